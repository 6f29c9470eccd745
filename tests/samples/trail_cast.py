"""Who appears in the sample incident, from where, with which programs and things."""
from trail_world import BACKUP, PROD, Role, Rng, User, long_key

TERRAFORM = ("APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) "
             "terraform-provider-aws/5.82.2 "
             "(+https://registry.terraform.io/providers/hashicorp/aws) "
             "aws-sdk-go-v2/1.32.7 ua/2.1 os/linux lang/go#1.23.3")
BOTO3 = ("Boto3/1.35.90 md/Botocore#1.35.90 ua/2.0 os/linux#5.10.230 md/arch#x86_64 "
         "lang/python#3.12.8 md/pyimpl#CPython cfg/retry-mode#standard")
NODE_SDK = "aws-sdk-js/3.717.0 ua/2.1 os/linux#6.1.119 lang/js md/nodejs#20.18.1 api/s3#3.717.0"
JAVA_SDK = ("aws-sdk-java/2.29.43 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10.230 "
            "lang/java#21.0.5")
SSM_AGENT = "aws-sdk-go/1.55.5 (go1.22.9; linux; amd64) amazon-ssm-agent/3.3.1611.0"
CLI_MAC = ("aws-cli/2.22.35 md/awscrt#0.22.0 ua/2.0 os/macos#24.3.0 md/arch#arm64 "
           "lang/python#3.12.9")
CLI_LINUX = "aws-cli/2.15.30 Python/3.11.8 Linux/6.5.0 exe/x86_64 prompt/off"

# The intruder's addresses, in the order in which they are seen.
GUESSER, RELAY, COLLECTOR, MINER = "203.0.113.9", "198.51.100.7", "203.0.113.200", "203.0.113.77"

OFFICE, OFFICE_2, VPN = "192.0.2.10", "192.0.2.44", "198.51.100.23"

IVY, TOMAS, PETRA, JOAO = User("ivy"), User("tomas"), User("petra"), User("joao")
DEPLOY, REPORTING = User("deploy-svc"), User("svc-reporting")
OSKAR = User("oskar", BACKUP)

IVY_KEY, TOMAS_KEY, DEPLOY_KEY = long_key(), long_key(), long_key()
# Keys that the intruder makes: a second one for ivy, one for svc-reporting.
IVY_KEY_2, REPORTING_KEY = long_key(), long_key()

ADMIN, CI = Role("AdminRole"), Role("ci-runner")
WEB, THUMBS, SHOP = Role("web-node"), Role("thumbs-fn"), Role("shop-task")
READERS = Role("AWSReservedSSO_ReadOnly_4f1c0a2b9d3e5f67", PROD, "/aws-reserved/sso.amazonaws.com/")
BACKUP_ROLE = Role("BackupRole", BACKUP)


def linked(name, service, account=PROD):
    """The role that SERVICE uses in an account for its own work."""
    return Role(name, account, "/aws-service-role/%s/" % service)


CONFIG = {account: linked("AWSServiceRoleForConfig", "config.amazonaws.com", account)
          for account in (PROD, BACKUP)}
SCALING = linked("AWSServiceRoleForAutoScaling", "autoscaling.amazonaws.com")
BALANCER = linked("AWSServiceRoleForElasticLoadBalancing", "elasticloadbalancing.amazonaws.com")

THINGS = Rng("things")
NODES = ["i-" + THINGS.hex(17) for _ in range(3)]
DEV_BOX = "i-" + THINGS.hex(17)
GROUP, VPC = "sg-" + THINGS.hex(17), "vpc-" + THINGS.hex(17)
SUBNETS = ["subnet-" + THINGS.hex(17) for _ in range(3)]
ENDPOINT = "vpce-" + THINGS.hex(17)
KMS_KEY = {region: THINGS.uuid() for region in ("us-east-1", "eu-west-1", "eu-central-1")}
SNAPSHOT = "snap-" + THINGS.hex(17)
SECRETS = ["prod/db/main", "prod/payments", "prod/shop/session", "prod/mail/relay",
           "prod/ldap/bind", "prod/search/admin", "prod/invoice/sign", "prod/vpn/shared",
           "prod/partner/sftp"]


def kms_resource(region, account=PROD):
    return {"accountId": account, "type": "AWS::KMS::Key",
            "ARN": "arn:aws:kms:%s:%s:key/%s" % (region, account, KMS_KEY[region])}
