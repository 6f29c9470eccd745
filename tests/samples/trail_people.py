"""Staff at work: console sessions with a second factor, working hours, the odd slip."""
from trail_cast import (ADMIN, CLI_MAC, DEV_BOX, GROUP, IVY, IVY_KEY, JOAO, NODES, OFFICE, OFFICE_2,
                        OSKAR, PETRA, READERS, SUBNETS, TOMAS, TOMAS_KEY, VPN)
from trail_world import (BACKUP, CHROME_MAC, CHROME_WIN, DE, FIREFOX, IE, PROD, US, Rng, Who, at,
                         denied, short_key)

TARGETS = ("arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/shop-web/"
           "6d0ecf831eec9f09")

LOOKS = [
    ("ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}),
    ("ec2", "DescribeInstanceStatus",
     {"instancesSet": {}, "filterSet": {}, "includeAllInstances": True}),
    ("ec2", "DescribeSecurityGroups",
     {"maxResults": 100, "securityGroupSet": {}, "securityGroupIdSet": {}, "filterSet": {}}),
    ("ec2", "DescribeVolumes", {"maxResults": 200, "volumeSet": {}, "filterSet": {}}),
    ("ec2", "DescribeVpcs", {"vpcSet": {}, "filterSet": {}}),
    ("ec2", "DescribeSubnets",
     {"subnetSet": {"items": [{"subnetId": SUBNETS[0]}]}, "filterSet": {}}),
    ("monitoring", "DescribeAlarms", {"maxRecords": 100}),
    ("monitoring", "ListDashboards", None),
    ("logs", "DescribeLogGroups", {"limit": 50}),
    ("logs", "FilterLogEvents", {"logGroupName": "/corp/shop", "limit": 1000, "interleaved": True}),
    ("lambda", "ListFunctions20150331", {"maxItems": 50}),
    ("lambda", "GetFunction20150331v2", {"functionName": "thumbs"}),
    ("rds", "DescribeDBInstances", {"maxRecords": 100}),
    ("elasticloadbalancing", "DescribeLoadBalancers", {"pageSize": 100}),
    ("elasticloadbalancing", "DescribeTargetHealth", {"targetGroupArn": TARGETS}),
    ("ecs", "ListClusters", {"maxResults": 100}),
    ("ecs", "DescribeServices", {"cluster": "shop", "services": ["web", "worker"]}),
    ("ecs", "ListTasks", {"cluster": "shop", "serviceName": "web", "maxResults": 100}),
    ("health", "DescribeEventAggregates",
     {"aggregateField": "eventTypeCategory", "filter": {"eventStatusCodes": ["open", "upcoming"]}}),
    ("cloudtrail", "LookupEvents", {"maxResults": 50}),
    ("ssm", "DescribeParameters", {"maxResults": 50}),
    ("notifications", "ListNotificationHubs", None),
]

# What oskar looks at in the account that keeps logs and backups.
KEPT = [
    ("backup", "ListBackupJobs", {"maxResults": 100}),
    ("backup", "ListBackupVaults", {"maxResults": 100}),
    ("backup", "DescribeBackupVault", {"backupVaultName": "nightly"}),
    ("backup", "ListRecoveryPointsByBackupVault", {"backupVaultName": "nightly", "maxResults": 50}),
    ("athena", "ListWorkGroups", {"maxResults": 50}),
    ("athena", "GetQueryExecution", {"queryExecutionId": "5b1c1f0e-6a55-4d0a-9c66-0f2a4f7f9f10"}),
    ("kms", "ListAliases", {"limit": 100}),
    ("ec2", "DescribeSnapshots",
     {"maxResults": 100, "snapshotSet": {}, "ownersSet": {"items": [{"owner": "self"}]},
      "sharedUsersSet": {}, "filterSet": {}}),
]

CHANGES = [
    ("monitoring", "PutMetricAlarm",
     {"alarmName": "shop-5xx", "metricName": "HTTPCode_Target_5XX_Count", "threshold": 25.0,
      "namespace": "AWS/ApplicationELB", "evaluationPeriods": 3, "statistic": "Sum"}),
    ("ec2", "CreateTags",
     {"resourcesSet": {"items": [{"resourceId": DEV_BOX}]},
      "tagSet": {"items": [{"key": "owner", "value": "platform"}]}}),
    ("ec2", "StartInstances", {"instancesSet": {"items": [{"instanceId": DEV_BOX}]}}),
    ("ec2", "StopInstances",
     {"instancesSet": {"items": [{"instanceId": DEV_BOX}]}, "force": False}),
    ("ssm", "PutParameter",
     {"name": "/dev/flags", "type": "String", "value": "HIDDEN_DUE_TO_SECURITY_REASONS",
      "overwrite": True}),
    ("ecs", "UpdateService", {"cluster": "shop", "service": "worker", "desiredCount": 3}),
    ("logs", "PutRetentionPolicy", {"logGroupName": "/corp/shop", "retentionInDays": 30}),
    ("ec2", "AuthorizeSecurityGroupIngress",
     {"groupId": GROUP, "ipPermissions": {"items": [
         {"ipProtocol": "tcp", "fromPort": 8443, "toPort": 8443, "groups": {}, "prefixListIds": {},
          "ipRanges": {"items": [{"cidrIp": "192.0.2.0/24", "description": "office"}]},
          "ipv6Ranges": {}}]}}),
]

SLIPS = [
    ("organizations", "ListAccounts", None, "organizations:ListAccounts"),
    ("iam", "GetLoginProfile", {"userName": "svc-reporting"},
     ("NoSuchEntityException", "Login Profile for User svc-reporting cannot be found.")),
    ("ssm", "GetParameter", {"name": "/prod/retired", "withDecryption": True},
     ("ParameterNotFound", "Parameter /prod/retired not found.")),
    ("rds", "DescribeDBInstances", {"dBInstanceIdentifier": "shop-old"},
     ("DBInstanceNotFound", "DBInstance shop-old not found.")),
    ("lambda", "GetFunction20150331v2", {"functionName": "thumbnails"},
     ("ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:111122223333:"
                                   "function:thumbnails")),
]


def moments(rng, start, end, count):
    """COUNT moments in bunches, as someone who clicks, reads and clicks again."""
    found = []
    while len(found) < count:
        when = start + rng.below(end - start)
        for _ in range(min(rng.between(3, 9), count - len(found))):
            found.append(when)
            when = min(when + rng.between(1, 40), end)
    return sorted(found)


def act(trail, rng, who, when, regions, change=False, slip=None):
    """One thing a person does: mostly a look, sometimes a change, now and then a slip."""
    region = rng.pick(regions)
    if who.account == BACKUP:
        source, name, params = rng.pick(KEPT)
        trail.call(who, when, source, name, region, params)
    elif slip is not None:
        source, name, params, error = SLIPS[slip % len(SLIPS)]
        if isinstance(error, str):
            error = denied(who, error)
        trail.call(who, when, source, name, US, params, error=error)
    elif change:
        source, name, params = rng.pick(CHANGES)
        answer = {"requestId": rng.uuid(), "_return": True} if source == "ec2" else None
        trail.call(who, when, source, name, US, params, answer)
    elif rng.chance(12):
        trail.call(who, when, "s3", "ListBuckets", US, {"Host": "s3.us-east-1.amazonaws.com"},
                   extra=trail.s3_extra(who, out=1184), host="s3.us-east-1.amazonaws.com")
    elif rng.chance(10):
        name, word = rng.pick([("GetBucketLocation", "location"), ("GetBucketAcl", "acl"),
                               ("GetBucketVersioning", "versioning"),
                               ("GetBucketPolicyStatus", "policyStatus")])
        trail.s3(who, when, name, "corp-assets", US, {word: ""}, out=rng.between(140, 700))
    else:
        source, name, params = rng.pick(LOOKS)
        trail.call(who, when, source, name, region, params)


def login(trail, user, when, address, agent, typos=0):
    """A sign-in with second factor, after TYPOS wrong passwords. Returns the console session."""
    body = {"type": "IAMUser", "principalId": user.principal, "accountId": user.account,
            "accessKeyId": "", "userName": user.name}
    for n in range(typos):
        trail.sign_in(body, when - 21 * (typos - n), user.account, address, agent,
                      "Yes", "Failed authentication")
    asked = Who(body, user.account, address, agent)
    trail.call(asked, when - 9, "signin", "CheckMfa", US, None, {"CheckMfa": "Success"},
               extra={"MfaType": "Virtual MFA"}, read_only=False,
               host="us-east-1.signin.aws.amazon.com")
    trail.sign_in(user.body(), when, user.account, address, agent,
                  "arn:aws:iam::%s:mfa/%s" % (user.account, user.name))
    return user.in_console(when, address, agent)


def workday(trail, rng, user, day, hours, count, places, **more):
    """COUNT events of USER on DAY: a session before and one after lunch; more: typos, key, slips,
    changes (percent), regions."""
    address, agent = places
    start, end = (at("2026-03-%s %s" % (day, hour)) for hour in hours)
    typos = more.get("typos", 0)
    lunch = at("2026-03-%s 12:00:00" % day) + rng.between(0, 1500)
    back = lunch + rng.between(2400, 4200)
    first = login(trail, user, start, address, agent, typos)
    second = login(trail, user, back, address, agent)
    left = count - 4 - typos
    early = moments(rng, start + 20, lunch, left // 2)
    late = moments(rng, back + 20, end - 1, left - left // 2 - 1) + [end]
    slips = more.get("slips", 0)
    every = left // (slips + 1)
    for n, when in enumerate(early + late):
        who = first if when < back else second
        if more.get("key") and rng.chance(12):
            who = user.with_key(more["key"], address, CLI_MAC)
        due = n > 0 and n % every == 0 and n // every <= slips
        act(trail, rng, who, when, more.get("regions", (US, IE, DE)),
            rng.chance(more.get("changes", 8)), n // every + int(day) if due else None)


def reader(trail, rng, day, hours, count):
    """Nadia signs in through the identity provider, which asks for the second factor itself:
    CloudTrail then writes MFAUsed No."""
    start, end = (at("2026-03-%s %s" % (day, hour)) for hour in hours)
    who = READERS.session("nadia@corp.example", start, OFFICE_2, FIREFOX, console=True)
    body = {key: value for key, value in who.body.items() if key != "accessKeyId"}
    trail.sign_in(body, start, PROD, OFFICE_2, FIREFOX, None)
    for when in moments(rng, start + 15, end, count - 1):
        act(trail, rng, who, when, (US, DE))


def as_admin(trail, rng, start, count):
    """Tomas takes AdminRole for a maintenance task, with his second factor."""
    key = short_key()
    tomas = TOMAS.in_console(start - 1200, OFFICE, CHROME_MAC)
    trail.assume(tomas, start, ADMIN, "tomas", US, key)
    who = ADMIN.session("tomas", start, OFFICE, CLI_MAC, key, mfa=True)
    for n, when in enumerate(moments(rng, start + 30, start + 2400, count)):
        if n == 4:
            trail.call(who, when, "ec2", "CreateSnapshot", US,
                       {"volumeId": "vol-0" + rng.hex(16), "description": "before upgrade"},
                       {"requestId": rng.uuid(), "snapshotId": "snap-0" + rng.hex(16)})
        elif n == 9:
            trail.call(who, when, "ec2", "ModifyInstanceAttribute", US,
                       {"instanceId": NODES[0], "disableApiTermination": {"value": True}},
                       {"requestId": rng.uuid(), "_return": True})
        else:
            act(trail, rng, who, when, (US, IE))


TOMAS_DAYS = (("02", "07:58:12", "17:31:40", 104, OFFICE, 0),
              ("03", "08:04:51", "17:12:03", 98, "198.51.100.61", 0),
              ("04", "07:55:30", "17:44:19", 101, VPN, 1),
              ("05", "08:01:07", "17:40:26", 89, OFFICE, 0))
PETRA_DAYS = (("02", "08:21:40", "16:58:11", 44, 2), ("03", "08:40:02", "17:03:52", 41, 0),
              ("04", "08:31:17", "16:49:30", 43, 0), ("05", "08:22:58", "16:41:05", 40, 0))
JOAO_DAYS = (("02", "09:02:33", "17:59:48", 37, 0), ("03", "09:11:09", "18:20:41", 39, 0),
             ("04", "09:05:20", "18:04:37", 36, 0), ("05", "09:14:41", "17:58:02", 38, 1))
NADIA_DAYS = (("02", "09:30:01", "12:20:00", 24), ("03", "10:02:19", "15:10:00", 21),
              ("04", "09:41:56", "16:02:00", 23), ("05", "09:28:37", "14:45:00", 22))
OSKAR_DAYS = (("02", "07:31:00", "15:58:40", 29), ("03", "07:26:12", "15:40:15", 27),
              ("04", "07:29:44", "16:05:51", 26), ("05", "07:33:20", "15:52:07", 28))


def staff(trail, ivy_count):
    """Everyone's days. IVY_COUNT events of ivy's one day; she is on leave from the 3rd."""
    rng = Rng("staff")
    workday(trail, rng, IVY, "02", ("08:11:00", "17:48:22"), ivy_count, (OFFICE, CHROME_MAC),
            key=IVY_KEY, slips=2)
    for day, start, end, count, address, typos in TOMAS_DAYS:
        workday(trail, rng, TOMAS, day, (start, end), count, (address, CHROME_MAC), key=TOMAS_KEY,
                slips=3, changes=14, typos=typos)
    for when in ("2026-03-03 20:14:09", "2026-03-04 21:02:33"):
        login(trail, TOMAS, at(when), "2001:db8:41::7", CHROME_MAC)
    as_admin(trail, rng, at("2026-03-02 15:02:10"), 19)
    as_admin(trail, rng, at("2026-03-04 10:21:44"), 17)
    for day, start, end, count, typos in PETRA_DAYS:
        workday(trail, rng, PETRA, day, (start, end), count, (OFFICE_2, CHROME_WIN), slips=1,
                typos=typos)
    for day, start, end, count, typos in JOAO_DAYS:
        workday(trail, rng, JOAO, day, (start, end), count, (VPN, FIREFOX), slips=1, typos=typos)
    for day, start, end, count in NADIA_DAYS:
        reader(trail, rng, day, (start, end), count)
    for day, start, end, count in OSKAR_DAYS:
        workday(trail, rng, OSKAR, day, (start, end), count, ("198.51.100.88", CHROME_MAC),
                regions=(US, DE), changes=0)
