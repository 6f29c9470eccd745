"""The two machines that change things all day: Terraform as deploy-svc, and the build runner."""
from trail_cast import (BOTO3, CI, DEPLOY, DEPLOY_KEY, ENDPOINT, GROUP, JAVA_SDK, NODES, SUBNETS,
                        TERRAFORM, VPC)
from trail_world import DE, IE, PROD, US, Rng, Who, at, denied, short_key, spread

REFUSED_BUILD = 10

HOMES = ("192.0.2.80", "192.0.2.81")
REGIONS = (US, IE, DE)

REFRESH = [
    ("iam", "GetRole", {"roleName": "web-node"}),
    ("iam", "ListRolePolicies", {"roleName": "web-node"}),
    ("iam", "ListAttachedRolePolicies", {"roleName": "web-node"}),
    ("ec2", "DescribeVpcs", {"vpcSet": {"items": [{"vpcId": VPC}]}, "filterSet": {}}),
    ("ec2", "DescribeVpcAttribute", {"vpcId": VPC, "attribute": "enableDnsSupport"}),
    ("ec2", "DescribeSubnets",
     {"subnetSet": {"items": [{"subnetId": SUBNETS[1]}]}, "filterSet": {}}),
    ("ec2", "DescribeRouteTables", {"routeTableIdSet": {}, "filterSet": {"items": [
        {"name": "vpc-id", "valueSet": {"items": [{"value": VPC}]}}]}}),
    ("ec2", "DescribeSecurityGroups", {"securityGroupSet": {}, "filterSet": {},
                                       "securityGroupIdSet": {"items": [{"groupId": GROUP}]}}),
    ("ec2", "DescribeInstances",
     {"instancesSet": {"items": [{"instanceId": NODES[1]}]}, "filterSet": {}}),
    ("ec2", "DescribeInstanceAttribute", {"instanceId": NODES[1], "attribute": "userData"}),
    ("lambda", "GetFunction20150331v2", {"functionName": "thumbs"}),
    ("lambda", "GetFunctionCodeSigningConfig", {"functionName": "thumbs"}),
    ("lambda", "ListVersionsByFunction20150331", {"functionName": "thumbs", "maxItems": 10000}),
    ("rds", "DescribeDBInstances", {"dBInstanceIdentifier": "shop-main"}),
    ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/corp/shop"}),
    ("logs", "ListTagsForResource",
     {"resourceArn": "arn:aws:logs:us-east-1:111122223333:log-group:/corp/shop"}),
    ("secretsmanager", "DescribeSecret", {"secretId": "prod/db/main"}),
    ("secretsmanager", "GetResourcePolicy", {"secretId": "prod/db/main"}),
    ("kms", "DescribeKey", {"keyId": "alias/shop"}),
    ("sns", "GetTopicAttributes", {"topicArn": "arn:aws:sns:us-east-1:111122223333:alerts"}),
]

APPLY = [
    ("lambda", "UpdateFunctionCode20150331v2",
     {"functionName": "thumbs", "s3Bucket": "corp-artifacts", "s3Key": "thumbs.zip",
      "publish": False, "dryRun": False}),
    ("lambda", "UpdateFunctionConfiguration20150331v2", {"functionName": "thumbs", "timeout": 30}),
    ("ecs", "RegisterTaskDefinition", {"family": "shop-web", "networkMode": "awsvpc",
                                       "requiresCompatibilities": ["FARGATE"]}),
    ("ecs", "UpdateService", {"cluster": "shop", "service": "web", "taskDefinition": "shop-web"}),
    ("monitoring", "PutMetricAlarm", {"alarmName": "queue-depth", "threshold": 400.0}),
    ("ec2", "CreateTags", {"resourcesSet": {"items": [{"resourceId": NODES[2]}]},
                           "tagSet": {"items": [{"key": "release", "value": "2026.10"}]}}),
    ("logs", "PutRetentionPolicy", {"logGroupName": "/corp/shop", "retentionInDays": 30}),
    ("iam", "TagRole", {"roleName": "web-node", "tags": [{"key": "release", "value": "2026.10"}]}),
    ("autoscaling", "UpdateAutoScalingGroup", {"autoScalingGroupName": "web", "minSize": 3}),
    ("ssm", "PutParameter", {"name": "/prod/release", "type": "String", "overwrite": True,
                             "value": "HIDDEN_DUE_TO_SECURITY_REASONS"}),
]

REFUSALS = [
    ("iam", "ListAttachedRolePolicies", {"roleName": "web-node-blue"},
     ("NoSuchEntityException", "The role with name web-node-blue cannot be found.")),
    ("lambda", "GetFunctionCodeSigningConfig", {"functionName": "resize"},
     ("ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:111122223333:"
                                   "function:resize")),
    ("ec2", "DescribeSecurityGroups", {"securityGroupIdSet": {"items": [
        {"groupId": "sg-0fe1dead0fe1dead0"}]}},
     ("Client.InvalidGroup.NotFound", "The security group 'sg-0fe1dead0fe1dead0' does not exist")),
]


def terraform(trail, count, runs=40):
    """COUNT events of deploy-svc: RUNS plans, each with a few changes, from start to end."""
    rng = Rng("terraform")
    for run in range(runs):
        size = count // runs + (1 if run < count % runs else 0)
        when = spread(run / (runs - 1) * 0.99985)
        who = DEPLOY.with_key(DEPLOY_KEY, HOMES[run % 2], TERRAFORM)
        region = REGIONS[run % 3]
        trail.call(who, when, "sts", "GetCallerIdentity", region)
        changes = rng.between(2, 7)
        for n in range(1, size):
            when += rng.below(3)
            if n == size // 2 and run % 3 == 1:
                source, name, params, error = REFUSALS[run // 3 % len(REFUSALS)]
                trail.call(who, when, source, name, region, params, error=error)
            elif n >= size - changes:
                source, name, params = APPLY[(n + run) % len(APPLY)]
                trail.call(who, when, source, name, region, params,
                           {"requestId": rng.uuid(), "_return": True} if source == "ec2" else None)
            elif n % 9 == 4:
                name, word = (("GetBucketPolicy", "policy"), ("GetBucketVersioning", "versioning"),
                              ("GetBucketTagging", "tagging"))[n // 9 % 3]
                trail.s3(who, when, name, "corp-assets", US, {word: ""}, out=rng.between(200, 900))
            else:
                source, name, params = REFRESH[(n * 7 + run) % len(REFRESH)]
                trail.call(who, when, source, name, region, params)


def moved(trail):
    """5 March 06:01: the same user and key with a program never seen before for it."""
    who = DEPLOY.with_key(DEPLOY_KEY, HOMES[0], JAVA_SDK)
    start = at("2026-03-05 06:01:12")
    trail.call(who, start, "sts", "GetCallerIdentity", US)
    trail.call(who, start + 3, "s3", "ListBuckets", US, {"Host": "s3.us-east-1.amazonaws.com"},
               extra=trail.s3_extra(who, out=1184), host="s3.us-east-1.amazonaws.com")
    trail.call(who, start + 9, "ecs", "DescribeServices", US,
               {"cluster": "shop", "services": ["web", "worker"]})
    trail.call(who, start + 17, "lambda", "GetFunction20150331v2", US, {"functionName": "thumbs"})


def runner_session(trail, number, when):
    """The build server hands its token in and gets ci-runner's keys."""
    name = "run-%d" % (48200 + number)
    key = short_key()
    subject = "project_path:corp/shop:ref_type:branch:ref:main"
    token = Who({"type": "WebIdentityUser",
                 "principalId": "arn:aws:iam::%s:oidc-provider/ci.corp.example:sts.amazonaws.com:%s"
                                % (PROD, subject),
                 "userName": subject,
                 "identityProvider": "arn:aws:iam::%s:oidc-provider/ci.corp.example" % PROD},
                PROD, "10.20.4.18", BOTO3, vpce=ENDPOINT)
    trail.assume(token, when, CI, name, US, key, action="AssumeRoleWithWebIdentity",
                 answer={"subjectFromWebIdentityToken": subject, "audience": "sts.amazonaws.com",
                         "provider": "arn:aws:iam::%s:oidc-provider/ci.corp.example" % PROD})
    return CI.session(name, when, "10.20.4.18", BOTO3, key, vpce=ENDPOINT)


def build_step(trail, rng, who, when, n, number):
    """Step N of a build."""
    step = n % 7
    if n == 0:
        trail.call(who, when, "ssm", "GetParameter", US,
                   {"name": "/prod/token", "withDecryption": True},
                   resources=[{"accountId": PROD,
                               "ARN": "arn:aws:ssm:us-east-1:%s:parameter/prod/token" % PROD}])
    elif step == 1:
        trail.call(who, when, "ecr", "GetAuthorizationToken", US, None)
    elif step == 5:
        trail.s3_object(who, when, "PutObject", "corp-artifacts", "shop/%d/bundle.zip" % number, US,
                        rng.between(180000, 2400000), read_only=False)
    elif step == 6:
        trail.s3_object(who, when, "GetObject", "corp-artifacts", "cache/layer-%d.tar" % (n % 3),
                        US, rng.between(90000, 900000))
    elif step == 4:
        trail.call(who, when, "ecr", "PutImage", US,
                   {"repositoryName": "shop", "imageTag": "build-%d" % number,
                    "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json"},
                   read_only=False)
    else:
        name = ("BatchGetImage", "DescribeImages", "BatchGetRepositoryScanningConfiguration")[n % 3]
        trail.call(who, when, "ecr", name, US, {"repositoryName": "shop"})


def refused_build(trail, who, count):
    """2 March, 14:10 to 14:31: a build whose new step asks for what ci-runner may not do."""
    start, end = at("2026-03-02 14:10:00"), at("2026-03-02 14:31:00")
    asks = (("ec2", "DescribeImages", {"imagesSet": {}, "filterSet": {}}, "ec2:DescribeImages"),
            ("ssm", "DescribeInstanceInformation", {"maxResults": 50},
             "ssm:DescribeInstanceInformation"),
            ("cloudformation", "DescribeStacks", {"stackName": "shop"},
             "cloudformation:DescribeStacks"))
    for n in range(count):
        source, name, params, action = asks[n % 3]
        when = start + (end - start) * n // (count - 1)
        trail.call(who, when, source, name, US, params, error=denied(who, action))


def builds(trail, count, refused, sessions=96):
    """COUNT events of ci-runner in SESSIONS builds, REFUSED of them denied in one burst."""
    rng = Rng("builds")
    left = count - refused
    for number in range(sessions):
        when = spread((number + 0.03) / sessions * 0.9995) + 120
        if number == REFUSED_BUILD:
            when = at("2026-03-02 14:09:40")
        size = left // (sessions - number)
        left -= size
        who = runner_session(trail, number, when)
        if number == REFUSED_BUILD:
            refused_build(trail, who, refused)
        for n in range(size):
            when += rng.between(2, 25)
            build_step(trail, rng, who, when, n, 48200 + number)
