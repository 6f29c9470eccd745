"""AWS's own services and the workloads that run by themselves, in both accounts."""
from trail_cast import (BALANCER, BOTO3, CONFIG, ENDPOINT, KMS_KEY, NODE_SDK, NODES, SCALING, SHOP,
                        SSM_AGENT, THUMBS, WEB, kms_resource)
from trail_world import BACKUP, DE, END, GAP, IE, PROD, START, US, Rng, Who, iso, service, short_key

THUMBS_ARN = "arn:aws:lambda:us-east-1:%s:function:thumbs" % PROD
TRAIL_LOGS = "corp-trail-logs"


class Workload:
    """A role that something keeps assuming: hands out its session, renewed when it is old."""

    def __init__(self, role, taker, name, make, lives):
        self.role, self.taker, self.name, self.make, self.lives = role, taker, name, make, lives
        self.who, self.since = None, 0

    def renew(self, trail, when):
        key = short_key()
        taker = service(self.taker)
        trail.assume(taker, when, self.role, self.name, US, key, shared=trail.ids.uuid(),
                     seconds=self.lives)
        self.who, self.since = self.make(self, when, key), when

    def stale(self, when):
        return self.who is None or when - self.since >= self.lives


def node(work, when, key):
    address = "10.20.8.%d" % (20 + NODES.index(work.name))
    return work.role.session(work.name, when, address, SSM_AGENT, key, instance=True, vpce=ENDPOINT)


def function(work, when, key):
    scope = {"sourceArn": THUMBS_ARN, "sourceAccount": PROD, "issuerType": "AWS::Lambda::Function",
             "credentialsIssuedTo": THUMBS_ARN}
    return work.role.session(work.name, when, "10.20.12.40", NODE_SDK, key, scope=scope,
                             vpce=ENDPOINT)


def task(work, when, key):
    return work.role.session(work.name, when, "10.20.9.77", BOTO3, key, vpce=ENDPOINT)


def workloads():
    nodes = [Workload(WEB, "ec2.amazonaws.com", name, node, 21600) for name in NODES]
    return nodes + [Workload(THUMBS, "lambda.amazonaws.com", "thumbs", function, 14400),
                    Workload(SHOP, "ecs-tasks.amazonaws.com", "5f0c1e2d3b4a59687786950a1b2c3d4e",
                             task, 21600)]


def work(trail, rng, when, item):
    """One call of a workload, which gets its keys first if it has none."""
    if item.stale(when):
        item.renew(trail, when)
    elif item.role is WEB and rng.chance(55):
        trail.call(item.who, when, "ssm", "UpdateInstanceInformation", US,
                   {"instanceId": item.name, "agentVersion": "3.3.1611.0", "agentStatus": "Active",
                    "platformType": "Linux", "platformName": "Amazon Linux",
                    "platformVersion": "2023", "agentName": "amazon-ssm-agent",
                    "iPAddress": item.who.address, "computerName": "web-%d.corp.internal"
                    % (1 + NODES.index(item.name))})
    elif item.role is WEB:
        who = item.who.seen_from(item.who.address, NODE_SDK)
        trail.s3_object(who, when, "GetObject", "corp-assets",
                        "img/%04d.jpg" % rng.below(400), US, rng.between(9000, 420000))
    elif item.role is THUMBS and rng.chance(60):
        trail.s3_object(item.who, when, "PutObject", "corp-assets",
                        "thumb/%04d.jpg" % rng.below(400), US, rng.between(900, 9000),
                        read_only=False)
    elif item.role is THUMBS:
        trail.call(item.who, when, "logs", "CreateLogStream", US,
                   {"logGroupName": "/aws/lambda/thumbs",
                    "logStreamName": iso(when)[:10].replace("-", "/") + "/[$LATEST]" + rng.hex(32)})
    else:
        trail.call(item.who, when, "secretsmanager", "GetSecretValue", US,
                   {"secretId": "shop/session-salt"})


def inventory(trail, rng, when, account, regions):
    """AWS Config takes stock with its service-linked role."""
    region = rng.pick(regions)
    role = CONFIG[account]
    if rng.chance(30):
        trail.assume(service("config.amazonaws.com", account), when, role,
                     "configLambdaExecution", region, short_key(), shared=trail.ids.uuid())
        return
    who = role.session("configLambdaExecution", when - 60, "config.amazonaws.com",
                       "config.amazonaws.com", invoked_by="config.amazonaws.com", tls=False)
    source, name, params = rng.pick([
        ("ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}, "maxResults": 1000}),
        ("ec2", "DescribeSecurityGroups", {"securityGroupSet": {}, "securityGroupIdSet": {},
                                           "filterSet": {}, "maxResults": 1000}),
        ("ec2", "DescribeVolumes", {"volumeSet": {}, "filterSet": {}, "maxResults": 500}),
        ("rds", "DescribeDBInstances", {"maxRecords": 100}),
        ("lambda", "ListFunctions20150331", {"maxItems": 50})])
    trail.call(who, when, source, name, region, params)


def scaling(trail, rng, when):
    """Auto Scaling and the load balancer look after the web group."""
    role, name, action, source, params = rng.pick([
        (SCALING, "AutoScaling", "DescribeInstanceStatus", "ec2",
         {"instancesSet": {"items": [{"instanceId": n} for n in NODES]}, "filterSet": {},
          "includeAllInstances": False}),
        (SCALING, "AutoScaling", "DescribeTargetHealth", "elasticloadbalancing",
         {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:%s:targetgroup/shop-web/"
                            "6d0ecf831eec9f09" % PROD}),
        (BALANCER, "ElasticLoadBalancing", "DescribeNetworkInterfaces", "ec2",
         {"networkInterfaceIdSet": {}, "filterSet": {"items": [
             {"name": "attachment.instance-owner-id",
              "valueSet": {"items": [{"value": "amazon-elb"}]}}]}})])
    host = role.arn.split("/")[2]
    who = role.session(name, when - 30, host, host, invoked_by=host, tls=False)
    trail.call(who, when, source, action, US, params)


def delivery(trail, rng, when):
    """Logging services write into the bucket that keeps the trails."""
    host = rng.pick(["cloudtrail.amazonaws.com", "cloudtrail.amazonaws.com",
                     "delivery.logs.amazonaws.com"])
    who = service(host, BACKUP)
    if rng.chance(14):
        trail.s3(who, when, "GetBucketAcl", TRAIL_LOGS, US, {"acl": ""}, out=530,
                 shared=trail.ids.uuid())
    elif rng.chance(24):
        trail.call(who, when, "kms", "GenerateDataKey", US,
                   {"keyId": "arn:aws:kms:us-east-1:%s:key/%s" % (BACKUP, KMS_KEY[US]),
                    "keySpec": "AES_256", "encryptionContext": {
                        "aws:s3:arn": "arn:aws:s3:::" + TRAIL_LOGS}},
                   resources=[kms_resource(US, BACKUP)], shared=trail.ids.uuid())
    else:
        day = iso(when)[:10].replace("-", "/")
        stamp = iso(when)[:16].replace("-", "").replace(":", "") + "Z"
        region = rng.pick([US, IE, DE])
        key = "AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz" % (
            PROD, region, day, PROD, region, stamp, rng.text(16))
        if host.startswith("delivery"):
            key = "AWSLogs/%s/vpcflowlogs/%s/%s/%s_vpcflowlogs_%s_%s_%s.log.gz" % (
                PROD, region, day, PROD, region, stamp, rng.hex(8))
        trail.s3_object(who, when, "PutObject", TRAIL_LOGS, key, US, rng.between(2100, 88000),
                        shared=trail.ids.uuid(), read_only=False)


def housekeeping(trail, rng, when):
    """Events that a service reports about its own doing, not calls."""
    if rng.chance(55):
        who = Who({"accountId": BACKUP, "invokedBy": "backup.amazonaws.com"}, BACKUP,
                  "backup.amazonaws.com", "backup.amazonaws.com", tls=False)
        trail.call(who, when, "backup", rng.pick(["BackupJobStarted", "BackupJobCompleted"]), DE,
                   kind="AwsServiceEvent", read_only=False,
                   details={"backupJobId": rng.uuid(), "backupVaultName": "nightly",
                            "resourceType": "EBS", "state": "COMPLETED"})
    elif GAP[0] - 60 <= when < GAP[1]:
        inventory(trail, rng, when, BACKUP, (US, DE))
    else:
        host = "secretsmanager.amazonaws.com"
        who = Who({"accountId": PROD, "invokedBy": host}, PROD, host, host, tls=False)
        trail.call(who, when, "secretsmanager", rng.pick(["RotationStarted", "RotationSucceeded"]),
                   IE, kind="AwsServiceEvent", read_only=False,
                   extra={"SecretId": "arn:aws:secretsmanager:eu-west-1:%s:secret:prod/mail/relay"
                                      "-Qh3mTz" % PROD})


def services(trail, count):
    """COUNT events, evenly over day and night; each turn adds exactly one."""
    rng = Rng("services")
    running = workloads()
    for n in range(count):
        when = START + (END - START - 40) * n // count + rng.below(30)
        away = GAP[0] - 60 <= when < GAP[1]
        turn = rng.below(100)
        if turn < 38 and not away:
            work(trail, rng, when, rng.pick(running))
        elif turn < 52 and not away:
            inventory(trail, rng, when, PROD, (US, IE, DE))
        elif turn < 64 and not away:
            scaling(trail, rng, when)
        elif turn < 72:
            inventory(trail, rng, when, BACKUP, (US, DE))
        elif turn < 97:
            delivery(trail, rng, when)
        else:
            housekeeping(trail, rng, when)
