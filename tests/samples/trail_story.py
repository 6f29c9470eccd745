"""What the intruder did, in order. README.md of the sample tells it in words."""
from trail_cast import (ADMIN, BACKUP_ROLE, CLI_LINUX, CLI_MAC, COLLECTOR, DEPLOY, GUESSER, IVY,
                        IVY_KEY_2, MINER, OFFICE, PETRA, RELAY, REPORTING, REPORTING_KEY, SECRETS,
                        SNAPSHOT, TOMAS, kms_resource)
from trail_world import (BACKUP, CHROME_MAC, CHROME_WIN, DE, HYD, IE, OUTSIDE, PROD, US, Rng, Who,
                         at, denied, long_date, outsider, principal, short_key)

ADMIN_KEY, BACKUP_KEY = short_key(), short_key()
NIGHT, DAY = "2026-03-03 ", "2026-03-04 "
TRAIL_ARN = "arn:aws:cloudtrail:us-east-1:%s:trail/org-trail" % PROD
GUESSES = 85
# Second of the burst at which a name that exists is tried; all others name nobody.
TRIED = {2: IVY, 4: TOMAS, 7: DEPLOY, 9: None, 11: PETRA, 13: IVY, 15: TOMAS, 17: DEPLOY, 19: None,
         21: IVY, 23: PETRA, 25: TOMAS, 26: DEPLOY, 27: IVY}
SWEEP = [(US, "ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}),
         (IE, "ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}),
         (DE, "ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}),
         (US, "lambda", "ListFunctions20150331", None), (US, "rds", "DescribeDBInstances", None),
         (DE, "rds", "DescribeDBSnapshots", {"includeShared": False, "includePublic": False}),
         (US, "ssm", "DescribeParameters", None), (US, "ecs", "ListClusters", None),
         (US, "iam", "ListRoles", None), (US, "iam", "ListUsers", None),
         (US, "iam", "GetAccountSummary", None), (US, "kms", "ListAliases", None),
         (DE, "backup", "ListBackupVaults", None), (US, "logs", "DescribeLogGroups", None)]


def guessing(trail):
    """02:14:01 to 02:14:29: 85 wrong passwords from one address, then ivy's."""
    start = at(NIGHT + "02:14:01")
    tried = set()
    for n in range(GUESSES):
        second = n * 28 // GUESSES
        body = {"type": "IAMUser", "accountId": PROD, "accessKeyId": "",
                "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
        error = "No username found in supplied account"
        if second in TRIED and second not in tried:
            tried.add(second)
            error = "Failed authentication"
            user = TRIED[second]
            body = root_body() if user is None else {
                "type": "IAMUser", "principalId": user.principal, "accountId": PROD,
                "accessKeyId": "", "userName": user.name}
        trail.sign_in(body, start + second, PROD, GUESSER, CHROME_WIN, None, error)
    trail.sign_in(IVY.body(), at(NIGHT + "02:14:29"), PROD, GUESSER, CHROME_WIN, None)


def root_body():
    return {"type": "Root", "principalId": PROD, "arn": "arn:aws:iam::%s:root" % PROD,
            "accountId": PROD, "accessKeyId": ""}


def look_around(trail):
    """As ivy: a key of her own for the command line, then who and what there is."""
    web = IVY.in_console(at(NIGHT + "02:14:29"), GUESSER, CHROME_WIN, mfa=False)
    trail.call(web, at(NIGHT + "02:14:36"), "health", "DescribeEventAggregates", US,
               {"aggregateField": "eventTypeCategory"})
    trail.call(web, at(NIGHT + "02:15:02"), "iam", "GetUser", US, {"userName": "ivy"})
    trail.call(web, at(NIGHT + "02:15:04"), "iam", "ListAccessKeys", US, {"userName": "ivy"})
    make_key(trail, web, at(NIGHT + "02:15:38"), IVY, IVY_KEY_2)
    cli = IVY.with_key(IVY_KEY_2, GUESSER, CLI_LINUX)
    for clock, source, name, params in (
            ("02:16:10", "sts", "GetCallerIdentity", None),
            ("02:16:18", "iam", "ListAttachedUserPolicies", {"userName": "ivy"}),
            ("02:16:19", "iam", "ListUserPolicies", {"userName": "ivy"}),
            ("02:16:20", "iam", "ListGroupsForUser", {"userName": "ivy"}),
            ("02:16:28", "iam", "ListRoles", None), ("02:16:32", "iam", "ListUsers", None),
            ("02:16:33", "iam", "GetAccountAuthorizationDetails", None)):
        trail.call(cli, at(NIGHT + clock), source, name, US, params)
    list_buckets(trail, cli, at(NIGHT + "02:16:24"), US)
    return cli


def list_buckets(trail, who, when, region):
    host = "s3.%s.amazonaws.com" % region
    trail.call(who, when, "s3", "ListBuckets", region, {"Host": host}, host=host,
               extra=trail.s3_extra(who, out=1184))


def make_key(trail, who, when, user, key):
    trail.call(who, when, "iam", "CreateAccessKey", US, {"userName": user.name},
               {"accessKey": {"userName": user.name, "accessKeyId": key, "status": "Active",
                              "createDate": long_date(when)}})


def dig_in(trail, ivy):
    """A key for tomas is refused; svc-reporting gets a key, a password and all rights."""
    trail.call(ivy, at(NIGHT + "02:16:40"), "iam", "CreateAccessKey", US, {"userName": "tomas"},
               error=denied(ivy, "iam:CreateAccessKey", "user tomas",
                            "with an explicit deny in an identity-based policy"))
    make_key(trail, ivy, at(NIGHT + "02:16:58"), REPORTING, REPORTING_KEY)
    when = at(NIGHT + "02:18:07")
    trail.call(ivy, when, "iam", "CreateLoginProfile", US,
               {"userName": "svc-reporting", "passwordResetRequired": False},
               {"loginProfile": {"userName": "svc-reporting", "createDate": long_date(when),
                                 "passwordResetRequired": False}})
    trail.call(ivy, at(NIGHT + "02:18:21"), "iam", "AttachUserPolicy", US,
               {"userName": "svc-reporting",
                "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})


def secrets(trail, ivy):
    """Nine secrets in 38 seconds; KMS decrypts each for the caller."""
    trail.call(ivy, at(NIGHT + "02:17:00"), "secretsmanager", "ListSecrets", IE,
               {"maxResults": 100, "includePlannedDeletion": False})
    start = at(NIGHT + "02:17:02")
    for n, name in enumerate(SECRETS):
        when = start + 38 * n // (len(SECRETS) - 1)
        arn = "arn:aws:secretsmanager:eu-west-1:%s:secret:%s-%s" % (PROD, name, trail.ids.text(6))
        trail.call(ivy, when, "secretsmanager", "GetSecretValue", IE, {"secretId": name})
        onward = IVY.through_service("secretsmanager.amazonaws.com", when)
        trail.call(onward, when, "kms", "Decrypt", IE,
                   {"encryptionAlgorithm": "SYMMETRIC_DEFAULT",
                        "encryptionContext": {"SecretARN": arn,
                                              "SecretVersionId": trail.ids.uuid()}},
                   resources=[kms_resource(IE)])


def blind(trail, ivy):
    """The trail: narrowed, stopped, and an attempt to delete it."""
    trail.call(ivy, at(NIGHT + "02:18:40"), "cloudtrail", "DescribeTrails", US,
               {"trailNameList": [], "includeShadowTrails": True})
    trail.call(ivy, at(NIGHT + "02:18:55"), "cloudtrail", "GetTrailStatus", US,
               {"name": "org-trail"})
    trail.call(ivy, at(NIGHT + "02:19:05"), "cloudtrail", "GetEventSelectors", US,
               {"trailName": "org-trail"})
    selectors = [{"readWriteType": "ReadOnly", "includeManagementEvents": False,
                  "dataResources": [], "excludeManagementEventSources": []}]
    trail.call(ivy, at(NIGHT + "02:19:20"), "cloudtrail", "PutEventSelectors", US,
               {"trailName": "org-trail", "eventSelectors": selectors},
               {"trailARN": TRAIL_ARN, "eventSelectors": selectors})
    trail.call(ivy, at(NIGHT + "02:19:44"), "cloudtrail", "StopLogging", US, {"name": "org-trail"})
    trail.call(ivy, at(NIGHT + "02:20:31"), "cloudtrail", "DeleteTrail", US, {"name": "org-trail"},
               error=denied(ivy, "cloudtrail:DeleteTrail", TRAIL_ARN,
                            "with an explicit deny in a service control policy"))


def become_admin(trail, ivy):
    """AdminRole, session s1, for twelve hours; a first sweep in the night."""
    start = at(NIGHT + "02:19:51")
    trail.assume(ivy, start, ADMIN, "s1", US, ADMIN_KEY, seconds=43200)
    s1 = ADMIN.session("s1", start, GUESSER, CLI_LINUX, ADMIN_KEY)
    when = start + 9
    trail.call(s1, when, "sts", "GetCallerIdentity", US)
    for region, source, name, params in SWEEP:
        when += 8
        trail.call(s1, when, source, name, region, params)
    trail.call(s1, at(NIGHT + "02:22:10"), "logs", "DeleteLogGroup", US,
               {"logGroupName": "/corp/trail"},
               error=denied(s1, "logs:DeleteLogGroup",
                            "arn:aws:logs:us-east-1:%s:log-group:/corp/trail:*" % PROD,
                            "with an explicit deny in a service control policy"))
    for n, (source, name) in enumerate((("organizations", "ListAccounts"),
                                        ("organizations", "DescribeOrganization"),
                                        ("organizations", "ListRoots"))):
        trail.call(s1, at(NIGHT + "02:22:31") + 4 * n, source, name, US,
                   error=denied(s1, "organizations:" + name))
    list_buckets(trail, s1, at(NIGHT + "02:23:02"), US)
    trail.call(ivy, at(NIGHT + "02:24:12"), "iam", "ListAccessKeys", US, {"userName": "ivy"})
    return s1.seen_from(RELAY)


def chain(trail, s1):
    """AdminRole/s1 takes BackupRole in the other account: one call, a record in each trail."""
    when = at(NIGHT + "09:01:58")
    shared, request = trail.ids.uuid(), trail.ids.uuid()
    trail.assume(s1, when, BACKUP_ROLE, "x", US, BACKUP_KEY, shared=shared, request=request)
    seen = Who({"type": "AWSAccount", "principalId": s1.body["principalId"], "accountId": PROD},
               BACKUP, RELAY, CLI_LINUX)
    trail.assume(seen, when, BACKUP_ROLE, "x", US, BACKUP_KEY, shared=shared, request=request)
    return BACKUP_ROLE.session("x", when, RELAY, CLI_LINUX, BACKUP_KEY)


def open_policy(bucket):
    return {"Version": "2012-10-17", "Statement": [
        {"Sid": "share", "Effect": "Allow", "Principal": {"AWS": "*"},
         "Action": ["s3:GetObject", "s3:ListBucket"],
         "Resource": ["arn:aws:s3:::" + bucket, "arn:aws:s3:::%s/*" % bucket]}]}


def dump(n):
    return "db/2026-02-%02d/part-%03d.sql.zst" % (1 + n % 28, n)


def take_backups(trail, s1, count):
    """COUNT events of AdminRole/s1 by day: the bucket opened, listed and copied."""
    rng = Rng("take")
    trail.call(s1, at(NIGHT + "09:02:11"), "ec2", "DescribeInstances", US,
               {"instancesSet": {}, "filterSet": {}})
    list_buckets(trail, s1, at(NIGHT + "09:02:13"), US)
    trail.s3(s1, at(NIGHT + "09:02:19"), "GetBucketPolicy", "corp-backups", DE, {"policy": ""},
             out=612)
    trail.s3(s1, at(NIGHT + "09:02:40"), "GetBucketPublicAccessBlock", "corp-backups", DE,
             {"publicAccessBlock": ""},
             error=("NoSuchPublicAccessBlockConfiguration",
                    "The public access block configuration was not found"))
    trail.s3(s1, at(NIGHT + "09:03:00"), "PutBucketPolicy", "corp-backups", DE,
             {"bucketPolicy": open_policy("corp-backups"), "policy": ""})
    trail.s3(s1, at(NIGHT + "09:03:21"), "ListObjects", "corp-backups", DE,
             {"list-type": "2", "prefix": "db/", "encoding-type": "url"}, out=48211,
             category="Data")
    trail.call(s1, at(NIGHT + "10:57:12"), "account", "GetRegionOptStatus", US, {"RegionName": HYD})
    trail.call(s1, at(NIGHT + "10:58:40"), "account", "EnableRegion", US, {"RegionName": HYD})
    trail.call(s1, at(NIGHT + "11:02:07"), "account", "GetRegionOptStatus", US, {"RegionName": HYD})
    probes(trail, s1)
    left = count - 9 - 20
    for n in range(left):
        when = at(NIGHT + "09:05:00") + 1620 * n // left
        error = ("NoSuchKey", "The specified key does not exist.") if n in (31, 77) else None
        trail.s3_object(s1, when, "GetObject", "corp-backups", dump(n), DE,
                        rng.between(4 << 20, 60 << 20), error=error)


def probes(trail, s1):
    """Between 10:05 and 10:40: twenty calls here and there, five of them refused."""
    start = at(NIGHT + "10:05:10")
    for n in range(20):
        region, source, name, params = SWEEP[(n * 5 + 3) % len(SWEEP)]
        error = denied(s1, "%s:%s" % (source, name.rstrip("0123456789"))) if n % 4 == 3 else None
        trail.call(s1, start + 105 * n, source, name, region, params, error=error)


def other_account(trail, x, count):
    """COUNT events of BackupRole/x: snapshots shared with an outside account, the vault copied."""
    rng = Rng("vault")
    nine = at(NIGHT + "09:00:00")
    own = {"ownersSet": {"items": [{"owner": "self"}]}, "snapshotSet": {}, "sharedUsersSet": {},
           "filterSet": {}}
    trail.call(x, nine + 130, "sts", "GetCallerIdentity", DE)
    trail.call(x, nine + 155, "ec2", "DescribeSnapshots", DE, own)
    trail.call(x, nine + 190, "backup", "ListBackupVaults", DE, {"maxResults": 100})
    trail.call(x, nine + 214, "backup", "ListRecoveryPointsByBackupVault", DE,
               {"backupVaultName": "nightly"})
    list_buckets(trail, x, nine + 240, DE)
    trail.call(x, nine + 862, "ec2", "ModifySnapshotAttribute", DE,
               {"snapshotId": SNAPSHOT, "attributeType": "CREATE_VOLUME_PERMISSION",
                "createVolumePermission": {"add": {"items": [{"userId": OUTSIDE}]}}},
               {"requestId": trail.ids.uuid(), "_return": True})
    trail.call(x, nine + 880, "ec2", "DescribeSnapshotAttribute", DE,
               {"snapshotId": SNAPSHOT, "attributeType": "CREATE_VOLUME_PERMISSION"})
    for n, name in enumerate(("DeleteBackupVaultLockConfiguration", "DeleteBackupVault")):
        trail.call(x, nine + 3010 + 20 * n, "backup", name, DE, {"backupVaultName": "nightly"},
                   error=denied(x, "backup:" + name))
    trail.s3(x, nine + 930, "ListObjects", "corp-vault", DE,
             {"list-type": "2", "encoding-type": "url"}, out=20117, category="Data")
    left = count - 10
    for n in range(left):
        trail.s3_object(x, nine + 960 + 1900 * n // left, "GetObject", "corp-vault",
                        "ledger/2025/%02d/%03d.parquet" % (1 + n % 12, n), DE,
                        rng.between(1 << 20, 9 << 20))
    volume = Who({"accountId": BACKUP, "invokedBy": "ec2.amazonaws.com"}, BACKUP,
                 "ec2.amazonaws.com", "ec2.amazonaws.com", tls=False)
    trail.call(volume, nine + 2466, "ec2", "SharedSnapshotVolumeCreated", DE,
               kind="AwsServiceEvent", read_only=False, shared=trail.ids.uuid(),
               details={"snapshotId": SNAPSHOT})


def outside_reads(trail, count):
    """COUNT objects read from the opened bucket by a principal of another account."""
    rng = Rng("outside")
    who = outsider(OUTSIDE, principal("AIDA"), COLLECTOR, CLI_LINUX)
    for n in range(count):
        trail.s3_object(who, at(NIGHT + "09:12:04") + 1930 * n // count, "GetObject",
                        "corp-backups", dump(n * 3), DE, rng.between(4 << 20, 60 << 20), owner=PROD)


def mine(trail):
    """4 March: svc-reporting's key in a region that was never used: 31 calls."""
    who = REPORTING.with_key(REPORTING_KEY, MINER, CLI_LINUX)
    trail.call(who, at(DAY + "13:19:22"), "sts", "GetCallerIdentity", US)
    trail.call(who, at(DAY + "13:19:31"), "ec2", "DescribeRegions", US,
               {"regionSet": {}, "allRegions": True})
    trail.call(who, at(DAY + "13:19:48"), "account", "GetRegionOptStatus", US, {"RegionName": HYD})
    start = at(DAY + "13:20:05")
    group = "sg-0" + trail.ids.hex(16)
    steps = [("DescribeVpcs", {"vpcSet": {}, "filterSet": {}}, None),
             ("DescribeSubnets", {"subnetSet": {}, "filterSet": {}}, None),
             ("DescribeInstanceTypes", {"DescribeInstanceTypesRequest": {"MaxResults": 100}}, None),
             ("DescribeImages", {"imagesSet": {}, "ownersSet": {"items": [{"owner": "amazon"}]},
                                 "filterSet": {}}, None),
             ("CreateKeyPair", {"keyName": "k1", "keyType": "ed25519", "keyFormat": "pem"},
              {"keyName": "k1", "keyPairId": "key-0" + trail.ids.hex(16),
               "keyMaterial": "<sensitiveDataRemoved>"}),
             ("CreateSecurityGroup", {"groupName": "k1", "groupDescription": "k1"},
              {"requestId": trail.ids.uuid(), "_return": True, "groupId": group}),
             ("AuthorizeSecurityGroupIngress",
              {"groupId": group, "ipPermissions": {"items": [
                  {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {},
                   "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {},
                   "prefixListIds": {}}]}}, {"requestId": trail.ids.uuid(), "_return": True})]
    for n, (name, params, answer) in enumerate(steps):
        trail.call(who, start + 7 * n, "ec2", name, HYD, params, answer)
    for n in range(6):
        run(trail, who, start + 60 + 9 * n, ("g5.12xlarge", "g5.xlarge")[n > 2], n)
    for n in range(18):
        trail.call(who, start + 130 + 14 * n, "ec2",
                   ("DescribeInstances", "DescribeInstanceStatus")[n % 2], HYD,
                   {"instancesSet": {}, "filterSet": {}})


def run(trail, who, when, size, n):
    """RunInstances: the big ones exceed the limit, the small ones start."""
    params = {"instancesSet": {"items": [{"imageId": "ami-0e1d2c3b4a5968770", "minCount": 1,
                                          "maxCount": 4, "keyName": "k1"}]},
              "instanceType": size, "blockDeviceMapping": {}, "monitoring": {"enabled": False},
              "disableApiTermination": False, "disableApiStop": False,
              "clientToken": trail.ids.uuid()}
    if n < 3:
        trail.call(who, when, "ec2", "RunInstances", HYD, params, error=(
            "Client.VcpuLimitExceeded", "You have requested more vCPU capacity than your current "
            "vCPU limit of 16 allows for the instance bucket that the specified instance type "
            "belongs to."))
        return
    made = {"instanceId": "i-0" + trail.ids.hex(16), "imageId": "ami-0e1d2c3b4a5968770",
            "instanceState": {"code": 0, "name": "pending"}, "instanceType": size,
            "launchTime": when * 1000, "keyName": "k1",
            "placement": {"availabilityZone": HYD + "a", "tenancy": "default"}}
    trail.call(who, when, "ec2", "RunInstances", HYD, params,
               {"requestId": trail.ids.uuid(), "reservationId": "r-0" + trail.ids.hex(16),
                "ownerId": PROD, "groupSet": {}, "instancesSet": {"items": [made]}})


def response(trail):
    """5 March, afternoon: tomas shuts the doors. Legitimate, though much of it is destructive."""
    start = at("2026-03-05 16:41:30")
    key = short_key()
    tomas = TOMAS.in_console(at("2026-03-05 16:38:02"), OFFICE, CHROME_MAC)
    trail.assume(tomas, start, ADMIN, "tomas", US, key)
    who = ADMIN.session("tomas", start, OFFICE, CLI_MAC, key, mfa=True)
    trail.call(who, start + 25, "cloudtrail", "StartLogging", US, {"name": "org-trail"})
    for n, (user, access_key) in enumerate(((IVY, IVY_KEY_2), (REPORTING, REPORTING_KEY))):
        trail.call(who, start + 90 + 12 * n, "iam", "UpdateAccessKey", US,
                   {"userName": user.name, "accessKeyId": access_key, "status": "Inactive"})
    trail.call(who, start + 130, "iam", "DeleteLoginProfile", US, {"userName": "svc-reporting"})
    trail.call(who, start + 160, "iam", "DetachUserPolicy", US,
               {"userName": "svc-reporting",
                "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
    policy = {"Version": "2012-10-17", "Statement": [
        {"Sid": "backup", "Effect": "Allow", "Action": "s3:PutObject",
         "Principal": {"AWS": "arn:aws:iam::%s:role/shop-task" % PROD},
         "Resource": "arn:aws:s3:::corp-backups/*"}]}
    trail.s3(who, start + 205, "PutBucketPolicy", "corp-backups", DE,
             {"bucketPolicy": policy, "policy": ""})
