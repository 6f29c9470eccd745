"""The stage of the sample incident: accounts, clock, identities, how CloudTrail writes a record.

Everything here is invented. Addresses come from the documentation ranges, account ids are the usual
example ids, and every key carries the word EXAMPLE. Numbers come from Rng, so that each run on
each Python gives the same bytes.
"""
import calendar
import hashlib
import time

PROD = "111122223333"
BACKUP = "444455556666"
OUTSIDE = "999988887777"

US, IE, DE, HYD = "us-east-1", "eu-west-1", "eu-central-1", "ap-south-2"

CHROME_MAC = ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 "
              "(KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36")
CHROME_WIN = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
              "(KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0"

GLOBAL = {"iam", "organizations", "account", "ce", "health"}


def at(text):
    """Seconds since 1970 of "2026-03-02 06:00:00" UTC."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


def iso(when):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))


START = at("2026-03-02 06:00:00")
END = at("2026-03-05 18:12:09")
# Deliveries of the production account that were never handed over.
GAP = (at("2026-03-04 02:00:00"), at("2026-03-04 05:00:00"))


def spread(part):
    """The moment at PART (0 to 1) of the time in which the production account delivered. What
    begins then may last ten minutes."""
    quiet = GAP[0] - 600
    when = START + int(part * (END - START - (GAP[1] - quiet)))
    return when if when < quiet else when + GAP[1] - quiet


class Rng:
    """Reproducible numbers for one named purpose (splitmix64 seeded with the name)."""

    def __init__(self, name):
        digest = hashlib.sha256(("trailhound sample " + name).encode()).digest()
        self.state = int.from_bytes(digest[:8], "big")

    def next(self):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def below(self, count):
        return self.next() % count

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def pick(self, items):
        return items[self.below(len(items))]

    def chance(self, percent):
        return self.below(10000) < percent * 100

    def text(self, length, letters="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        return "".join(letters[self.below(len(letters))] for _ in range(length))

    def hex(self, length):
        return self.text(length, "0123456789abcdef")

    def base64(self, length):
        return self.text(length, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    def uuid(self):
        h = self.hex(32)
        variant = "89ab"[int(h[16], 16) % 4]
        return "-".join((h[:8], h[8:12], "4" + h[13:16], variant + h[17:20], h[20:]))


NAMES = Rng("names")


def long_key():
    return "AKIA" + NAMES.text(9) + "EXAMPLE"


def short_key():
    return "ASIA" + NAMES.text(9) + "EXAMPLE"


def principal(prefix):
    return prefix + NAMES.text(10) + "EXAMPLE"


class Who:
    """An identity as it stands in userIdentity, with the address and the client it uses."""

    def __init__(self, body, account, address, agent, **more):
        self.body, self.account, self.address, self.agent = body, account, address, agent
        self.console = more.get("console", False)
        self.vpce = more.get("vpce")
        self.tls = more.get("tls", True)
        self.key = body.get("accessKeyId")
        self.arn = body.get("arn")

    def seen_from(self, address, agent=None):
        """The same identity from another address, perhaps with another client."""
        return Who(self.body, self.account, address, agent or self.agent, console=self.console,
                   vpce=self.vpce, tls=self.tls)


class User:
    """An IAM user of an account."""

    def __init__(self, name, account=PROD):
        self.name, self.account = name, account
        self.principal = principal("AIDA")
        self.arn = "arn:aws:iam::%s:user/%s" % (account, name)

    def body(self, key=None):
        body = {"type": "IAMUser", "principalId": self.principal, "arn": self.arn,
                "accountId": self.account}
        if key:
            body["accessKeyId"] = key
        body["userName"] = self.name
        return body

    def with_key(self, key, address, agent):
        return Who(self.body(key), self.account, address, agent)

    def in_console(self, when, address, agent, mfa=True):
        body = self.body(short_key())
        body["sessionContext"] = {"attributes": {"creationDate": iso(when),
                                                 "mfaAuthenticated": "true" if mfa else "false"}}
        return Who(body, self.account, address, agent, console=True)

    def through_service(self, service_name, when):
        """What a service asks of another on the user's behalf (Decrypt, for a secret)."""
        body = self.body(short_key())
        body["sessionContext"] = {"attributes": {"creationDate": iso(when),
                                                 "mfaAuthenticated": "false"}}
        body["invokedBy"] = service_name
        return Who(body, self.account, service_name, service_name, tls=False)


class Role:
    """An IAM role; session() gives the identity of one that assumed it."""

    def __init__(self, name, account=PROD, path="/"):
        self.name, self.account = name, account
        self.principal = principal("AROA")
        self.arn = "arn:aws:iam::%s:role%s%s" % (account, path, name)

    def session(self, name, when, address, agent, key=None, mfa=False, **more):
        body = {"type": "AssumedRole", "principalId": self.principal + ":" + name,
                "arn": "arn:aws:sts::%s:assumed-role/%s/%s" % (self.account, self.name, name),
                "accountId": self.account, "accessKeyId": key or short_key(),
                "sessionContext": {
                    "sessionIssuer": {"type": "Role", "principalId": self.principal,
                                      "arn": self.arn, "accountId": self.account,
                                      "userName": self.name},
                    "attributes": {"creationDate": iso(when),
                                   "mfaAuthenticated": "true" if mfa else "false"}}}
        if more.get("instance"):
            body["sessionContext"]["ec2RoleDelivery"] = "2.0"
        if more.get("invoked_by"):
            del body["accessKeyId"]
            body["invokedBy"] = more["invoked_by"]
        if more.get("scope"):
            body["inScopeOf"] = more["scope"]
        return Who(body, self.account, address, agent, console=more.get("console", False),
                   vpce=more.get("vpce"), tls=more.get("tls", True))


def service(name, account=PROD):
    """An AWS service that acts by itself."""
    return Who({"type": "AWSService", "invokedBy": name}, account, name, name, tls=False)


def outsider(account, principal_id, address, agent):
    """A caller of another account, of whom only account and principal are told."""
    return Who({"type": "AWSAccount", "principalId": principal_id, "accountId": account}, PROD,
               address, agent)


READS = ("Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Filter", "Decrypt",
         "Encrypt", "GenerateDataKey", "AssumeRole", "Generate")


class Trail:
    """Collects records; each is (time, account that receives it, region, record)."""

    def __init__(self):
        self.events = []
        self.ids = Rng("ids")

    def call(self, who, when, service_name, name, region, params=None, answer=None, **more):
        """Adds one record, its members in CloudTrail's order. Returns it."""
        ids = self.ids
        if service_name in GLOBAL:
            region = US
        sign_in = service_name == "signin"
        kind = more.get("kind", "AwsConsoleSignIn" if sign_in else "AwsApiCall")
        category = more.get("category", "Management")
        record = {"eventVersion": "1.11", "userIdentity": who.body, "eventTime": iso(when),
                  "eventSource": service_name + ".amazonaws.com", "eventName": name,
                  "awsRegion": region, "sourceIPAddress": who.address, "userAgent": who.agent}
        if more.get("error"):
            record["errorCode"], record["errorMessage"] = more["error"]
        if more.get("error_message"):
            record["errorMessage"] = more["error_message"]
        record["requestParameters"] = params
        record["responseElements"] = None if more.get("error") else answer
        if more.get("extra"):
            record["additionalEventData"] = more["extra"]
        if kind == "AwsApiCall":
            record["requestID"] = more.get("request") or (ids.text(16) if service_name == "s3"
                                                          else ids.uuid())
        record["eventID"] = ids.uuid()
        record["readOnly"] = more.get("read_only", name.startswith(READS))
        if more.get("resources"):
            record["resources"] = more["resources"]
        record["eventType"] = kind
        if service_name == "logs":
            record["apiVersion"] = "20140328"
        record["managementEvent"] = category == "Management"
        account = more.get("account", who.account)
        record["recipientAccountId"] = account
        if more.get("shared"):
            record["sharedEventID"] = more["shared"]
        if who.vpce:
            record["vpcEndpointId"] = who.vpce
            record["vpcEndpointAccountId"] = account
        if more.get("details"):
            record["serviceEventDetails"] = more["details"]
        record["eventCategory"] = category
        if who.tls and kind != "AwsServiceEvent":
            record["tlsDetails"] = {
                "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": more.get("host") or endpoint(service_name, region)}
        if who.console and not sign_in:
            record["sessionCredentialFromConsole"] = "true"
        self.events.append((when, account, region, record))
        return record

    def s3(self, who, when, name, bucket, region, params=None, **more):
        """A call on a bucket; more may carry error and out (bytes sent)."""
        host = "%s.s3.%s.amazonaws.com" % (bucket, region)
        body = {"bucketName": bucket, "Host": host}
        body.update(params or {})
        extra = self.s3_extra(who, out=more.pop("out", 0))
        return self.call(who, when, "s3", name, region, body, None, host=host, extra=extra,
                         resources=[bucket_resource(bucket, who.account)], **more)

    def s3_object(self, who, when, name, bucket, key, region, size, **more):
        """A data event: one object read or written."""
        host = "%s.s3.%s.amazonaws.com" % (bucket, region)
        owner = more.pop("owner", who.account)
        body = {"bucketName": bucket, "Host": host, "key": key}
        sent = size if name == "GetObject" and not more.get("error") else 0
        taken = size if name == "PutObject" else 0
        return self.call(who, when, "s3", name, region, body, None, host=host, category="Data",
                         extra=self.s3_extra(who, taken, sent), account=owner,
                         resources=[{"type": "AWS::S3::Object",
                                     "ARN": "arn:aws:s3:::%s/%s" % (bucket, key)},
                                    bucket_resource(bucket, owner)], **more)

    def s3_extra(self, who, taken=0, out=0):
        extra = {"SignatureVersion": "SigV4"}
        if who.tls:
            extra["CipherSuite"] = "TLS_AES_128_GCM_SHA256"
        extra.update({"bytesTransferredIn": taken, "AuthenticationMethod": "AuthHeader",
                      "x-amz-id-2": self.ids.base64(48) + "=", "bytesTransferredOut": out})
        return extra

    def assume(self, who, when, role, name, region, session_key, seconds=3600, **more):
        """AssumeRole as the caller's account sees it."""
        params = {"roleArn": role.arn, "roleSessionName": name, "durationSeconds": seconds}
        action = more.pop("action", "AssumeRole")
        answer = {"credentials": {"accessKeyId": session_key,
                                  "sessionToken": "IQoJb3JpZ2luX2VjE" + self.ids.base64(120) + "==",
                                  "expiration": long_date(when + seconds)},
                  "assumedRoleUser": {"assumedRoleId": role.principal + ":" + name,
                                      "arn": "arn:aws:sts::%s:assumed-role/%s/%s"
                                             % (role.account, role.name, name)}}
        answer.update(more.pop("answer", {}))
        return self.call(who, when, "sts", action, region, params, answer,
                         resources=[{"accountId": role.account, "type": "AWS::IAM::Role",
                                     "ARN": role.arn}], **more)

    def sign_in(self, body, when, account, address, agent, mfa, error=None):
        """ConsoleLogin; BODY is the userIdentity as sign-in writes it."""
        who = Who(body, account, address, agent)
        extra = {"LoginTo": "https://console.aws.amazon.com/console/home?hashArgs=%23",
                 "MobileVersion": "No"}
        if mfa and not error:
            extra["MFAIdentifier"] = mfa
        extra["MFAUsed"] = "Yes" if mfa else "No"
        return self.call(who, when, "signin", "ConsoleLogin", US, None,
                         {"ConsoleLogin": "Failure" if error else "Success"}, extra=extra,
                         error_message=error, host="us-east-1.signin.aws.amazon.com")


def endpoint(service_name, region):
    if service_name in GLOBAL:
        return service_name + ".amazonaws.com"
    return "%s.%s.amazonaws.com" % (service_name, region)


def bucket_resource(bucket, owner):
    return {"accountId": owner, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::" + bucket}


def long_date(when):
    t = time.gmtime(when)
    month = ("Jan", "Feb", "Mar", "Apr")[t.tm_mon - 1]
    return "%s %d, 2026, %d:%02d:%02d %s" % (month, t.tm_mday, (t.tm_hour + 11) % 12 + 1, t.tm_min,
                                             t.tm_sec, "PM" if t.tm_hour >= 12 else "AM")


def denied(who, action, resource=None, why=None):
    """errorCode and errorMessage of a refused call. EC2 has words of its own."""
    text = "User: %s is not authorized to perform: %s" % (who.arn, action)
    if resource:
        text += " on resource: " + resource
    text += " " + (why or "because no identity-based policy allows the %s action" % action)
    if action.startswith("ec2:"):
        return ("Client.UnauthorizedOperation",
                "You are not authorized to perform this operation. " + text)
    return "AccessDenied", text
