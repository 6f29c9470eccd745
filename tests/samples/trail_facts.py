"""What can be counted in the sample: totals, filters with their counts, findings, its README."""
import ipaddress
import json
import os
import zlib

import trail_ecs

HERE = os.path.dirname(os.path.abspath(__file__))


def records_of(data):
    """([record], broke off?) of one delivered file, as many whole records as are there."""
    inflater = zlib.decompressobj(31)
    text = inflater.decompress(data).decode("utf-8", "ignore")
    decoder, found, place = json.JSONDecoder(), [], text.index("[") + 1
    while True:
        try:
            record, place = decoder.raw_decode(text, place)
        except ValueError:
            return found, True
        found.append(record)
        if text[place:place + 1] != ",":
            return found, not inflater.eof
        place += 1


def net(doc, low, high):
    ip = doc["source.ip"]
    return (ip is not None and ip.version == 4
            and ipaddress.ip_address(low) <= ip <= ipaddress.ip_address(high))


def is_write(doc):
    return doc["read_only"] is False


CT = "aws.cloudtrail."
UI = CT + "user_identity."
SC = UI + "session_context."

# KQL, and the same in Python over trail_ecs.document().
FILTERS = [
    ("event.action: ConsoleLogin", lambda e: e["event.action"] == "ConsoleLogin"),
    ("event.action: ConsoleLogin and event.outcome: failure",
     lambda e: e["event.action"] == "ConsoleLogin" and e["event.outcome"] == "failure"),
    ("event.action: ConsoleLogin and event.outcome: success",
     lambda e: e["event.action"] == "ConsoleLogin" and e["event.outcome"] == "success"),
    ("event.outcome: failure", lambda e: e["event.outcome"] == "failure"),
    ("user.name: ivy", lambda e: e["user.name"] == "ivy"),
    ("user.name: IVY", lambda e: e["user.name"] == "IVY"),
    ("user.name: tomas", lambda e: e["user.name"] == "tomas"),
    ("user.name: deploy-svc", lambda e: e["user.name"] == "deploy-svc"),
    ("user.name: ci-runner", lambda e: e["user.name"] == "ci-runner"),
    ("not user.name: (deploy-svc or ci-runner*)",
     lambda e: e["user.name"] != "deploy-svc"
     and not (e["user.name"] or "").startswith("ci-runner")),
    ("user.name: AdminRole", lambda e: e["user.name"] == "AdminRole"),
    ("user.name: HIDDEN_DUE_TO_SECURITY_REASONS",
     lambda e: e["user.name"] == "HIDDEN_DUE_TO_SECURITY_REASONS"),
    ("not user.name: *", lambda e: e["user.name"] is None),
    ("user.name: * and event.outcome: failure",
     lambda e: e["user.name"] is not None and e["event.outcome"] == "failure"),
    ("source.ip: 203.0.113.9", lambda e: str(e["source.ip"]) == "203.0.113.9"),
    ("source.ip: 203.0.113.0/24", lambda e: net(e, "203.0.113.0", "203.0.113.255")),
    ('source.ip: "2001:db8:41::7"', lambda e: str(e["source.ip"]) == "2001:db8:41::7"),
    ("source.ip >= 198.51.100.0 and source.ip < 198.51.101.0",
     lambda e: net(e, "198.51.100.0", "198.51.100.255")),
    ("not source.ip: *", lambda e: e["source.ip"] is None),
    ("source.address: *.amazonaws.com",
     lambda e: e["source.address"].endswith(".amazonaws.com")),
    ("cloud.region: ap-south-2", lambda e: e["cloud.region"] == "ap-south-2"),
    ("cloud.region: (eu-west-1 or eu-central-1)",
     lambda e: e["cloud.region"] in ("eu-west-1", "eu-central-1")),
    ("cloud.account.id: 444455556666", lambda e: e["cloud.account.id"] == "444455556666"),
    ("cloud.account.id: 999988887777", lambda e: e["cloud.account.id"] == "999988887777"),
    (CT + "recipient_account_id: 444455556666",
     lambda e: e["recipient_account_id"] == "444455556666"),
    (CT + "error_code: AccessDenied", lambda e: e["error_code"] == "AccessDenied"),
    (CT + "error_code: (AccessDenied or Client.UnauthorizedOperation)",
     lambda e: e["error_code"] in ("AccessDenied", "Client.UnauthorizedOperation")),
    ("event.outcome: failure and not (event.action: ConsoleLogin or " + CT + "error_code: Access*)",
     lambda e: e["event.outcome"] == "failure" and e["event.action"] != "ConsoleLogin"
     and not (e["error_code"] or "").startswith("Access")),
    ("user_agent.original: *Terraform*", lambda e: "Terraform" in (e["user_agent.original"] or "")),
    ("user_agent.name: aws-cli",
     lambda e: (e["user_agent.original"] or "").startswith("aws-cli/")),
    (UI + "type: AWSService", lambda e: e["user_identity.type"] == "AWSService"),
    (UI + "type: (AssumedRole or Root)",
     lambda e: e["user_identity.type"] in ("AssumedRole", "Root")),
    ("service.name: config.amazonaws.com",
     lambda e: e["service.name"] == "config.amazonaws.com"),
    (SC + "mfa_authenticated: true", lambda e: e["mfa_authenticated"] == "true"),
    (SC + 'session_issuer.arn: "arn:aws:iam::111122223333:role/AdminRole"',
     lambda e: e["session_issuer.arn"] == "arn:aws:iam::111122223333:role/AdminRole"),
    (UI + "arn: *assumed-role/AdminRole/s1",
     lambda e: (e["user_identity.arn"] or "").endswith("assumed-role/AdminRole/s1")),
    (UI + 'in_scope_of.issuer_type: "AWS::Lambda::Function"',
     lambda e: e["in_scope_of.issuer_type"] == "AWS::Lambda::Function"),
    (CT + "read_only: false", is_write),
    (CT + "management_event: false", lambda e: e["management_event"] is False),
    (CT + "event_type: AwsServiceEvent", lambda e: e["event_type"] == "AwsServiceEvent"),
    (CT + "session_credential_from_console: true",
     lambda e: e["session_credential_from_console"] == "true"),
    (CT + "event_category: Data and event.action: GetObject and " + CT
     + "resources.arn: *corp-backups*",
     lambda e: e["event_category"] == "Data" and e["event.action"] == "GetObject"
     and any("corp-backups" in arn for arn in e["resources.arn"])),
    (CT + "vpc_endpoint_id: *", lambda e: e["vpc_endpoint_id"] is not None),
    (CT + "shared_event_id: *", lambda e: e["shared_event_id"] is not None),
    ("user.target.name: svc-reporting", lambda e: e["user.target.name"] == "svc-reporting"),
    ("related.user: svc-reporting", lambda e: "svc-reporting" in e["related.user"]),
    ('user.email: "nadia@corp.example"', lambda e: e["user.email"] == "nadia@corp.example"),
    ("group.name: k1", lambda e: e["group.name"] == "k1"),
    ("event.category: iam", lambda e: e["event.category"] == "iam"),
    ("event.category: authentication and event.outcome: failure",
     lambda e: e["event.category"] == "authentication" and e["event.outcome"] == "failure"),
    ("event.type: (creation or deletion)",
     lambda e: "creation" in e["event.type"] or "deletion" in e["event.type"]),
    ("event.type: user and event.type: change",
     lambda e: "user" in e["event.type"] and "change" in e["event.type"]),
    ('event.provider: "secretsmanager.amazonaws.com" and event.action: GetSecretValue',
     lambda e: e["event.provider"] == "secretsmanager.amazonaws.com"
     and e["event.action"] == "GetSecretValue"),
    ("cloud.service.name: kms", lambda e: e["cloud.service.name"] == "kms"),
    ('@timestamp >= "2026-03-03T02:14:00Z" and @timestamp < "2026-03-03T02:15:00Z"',
     lambda e: "2026-03-03T02:14:00Z" <= e["@timestamp"] < "2026-03-03T02:15:00Z"),
    ('@timestamp < "2026-03-03"', lambda e: e["@timestamp"] < "2026-03-03"),
    ('@timestamp > "2026-03-04T02:00:00Z" and @timestamp < "2026-03-04T05:00:00Z" and '
     + CT + "recipient_account_id: 111122223333",
     lambda e: "2026-03-04T02:00:00Z" < e["@timestamp"] < "2026-03-04T05:00:00Z"
     and e["recipient_account_id"] == "111122223333"),
    (CT + 'flattened.request_parameters.bucketName: "corp-backups"',
     lambda e: (".bucketName", "corp-backups") in e["request"]),
    (CT + "flattened.request_parameters.instanceType: g5.12xlarge",
     lambda e: (".instanceType", "g5.12xlarge") in e["request"]),
    (CT + "request_parameters: *AdministratorAccess*",
     lambda e: "AdministratorAccess" in e["request_parameters"]),
    (CT + "console_login.additional_eventdata.mfa_used: false", lambda e: e["mfa_used"] is False),
    ('tls.version: "1.3"', lambda e: e["tls.version"] == "1.3"),
    ("eventName: StopLogging and requestParameters.name: org-trail",
     lambda e: e["event.action"] == "StopLogging" and (".name", "org-trail") in e["request"]),
    ("action: AssumeRole and user: ivy",
     lambda e: e["event.action"] == "AssumeRole" and e["user.name"] == "ivy"),
    ("corp-vault", lambda e: trail_ecs.contains(e, "corp-vault")),
    ('"Svc-Reporting" and not user.name: svc-reporting',
     lambda e: trail_ecs.contains(e, "svc-reporting") and e["user.name"] != "svc-reporting"),
]


def opened(doc):
    return any(path.endswith(".Principal.AWS") and text == "*" for path, text in doc["request"])


def human_without_second_factor(doc):
    return (doc["event.action"] == "ConsoleLogin" and doc["event.outcome"] == "success"
            and doc["mfa_used"] is False and doc["user_identity.type"] in ("IAMUser", "Root"))


def asked(doc, path):
    return next((text for key, text in sorted(doc["request"]) if key == "." + path), None)


def named(*names):
    return lambda e: e["event.action"] in names


# Idea of the rule, field and value of its group, and which events stand behind it.
FINDINGS = [
    ("trail stopped", "requestParameters.name", "org-trail", named("StopLogging")),
    ("console guessing, then success", "source.ip", "203.0.113.9", named("ConsoleLogin")),
    ("keys created for another user", "user.name", "ivy",
     lambda e: e["event.action"] == "CreateAccessKey" and e["user.target.name"] != e["user.name"]),
    ("bucket policy opened to any account", "requestParameters.bucketName", "corp-backups",
     lambda e: e["event.action"] == "PutBucketPolicy" and opened(e)),
    ("secrets read in bulk", "user.name", "ivy", named("GetSecretValue")),
    ("region never used before", "cloud.region", "ap-south-2", lambda e: True),
    ("console sign-in without MFA", "user.name", "ivy", human_without_second_factor),
    ("denied calls in a burst", "user.name", "ci-runner",
     lambda e: e["error_code"] in ("AccessDenied", "Client.UnauthorizedOperation")),
    ("new user agent for principal", "user.name", "deploy-svc",
     lambda e: "aws-sdk-java" in e["user_agent.original"]),
    ("event selectors narrowed", "requestParameters.trailName", "org-trail",
     named("PutEventSelectors")),
    ("trail deletion tried", "requestParameters.name", "org-trail", named("DeleteTrail")),
    ("log group deletion tried", "requestParameters.logGroupName", "/corp/trail",
     named("DeleteLogGroup")),
    ("login profile created for another user", "user.name", "ivy", named("CreateLoginProfile")),
    ("administrator policy attached", "user.name", "ivy", named("AttachUserPolicy")),
    ("snapshot shared with another account", "cloud.account.id", "444455556666",
     named("ModifySnapshotAttribute")),
    ("security group opened to the world", "cloud.region", "ap-south-2",
     named("AuthorizeSecurityGroupIngress")),
    ("region enabled", "requestParameters.RegionName", "ap-south-2", named("EnableRegion")),
    ("objects read in bulk", "user.name", "AdminRole", named("GetObject")),
    ("objects read in bulk", "user.name", "BackupRole", named("GetObject")),
    ("objects read by an outside account", "cloud.account.id", "999988887777", named("GetObject")),
]


class Evidence:
    """The records of {path: bytes}, in order of path; README and other files are not looked at."""

    def __init__(self, files):
        self.files = sorted(path for path in files if path.endswith(".json.gz"))
        self.others = len(files) - len(self.files)
        self.docs, self.duplicates, self.broken, self.again = [], 0, [], []
        seen = set()
        for path in self.files:
            records, broke = records_of(files[path])
            if broke:
                self.broken.append((path, len(records)))
            had = self.duplicates
            for record in records:
                key = (record["eventID"], record["recipientAccountId"])
                if key in seen:
                    self.duplicates += 1
                else:
                    seen.add(key)
                    self.docs.append(trail_ecs.document(record))
            if self.duplicates > had:
                self.again.append(path)
        self.docs.sort(key=lambda e: (e["@timestamp"], e["event.id"]))

    def totals(self):
        rejects = len(self.broken)
        return [("log files", len(self.files)), ("other files", self.others),
                ("records", len(self.docs) + self.duplicates + rejects),
                ("events", len(self.docs)), ("duplicates", self.duplicates), ("rejects", rejects)]

    def count(self, test):
        return sum(1 for doc in self.docs if test(doc))

    def expected(self):
        lines = ["%s\t%d\n" % (text, self.count(test)) for text, test in FILTERS]
        chain = next(e for e in self.docs if e["shared_event_id"] and e["user.name"] == "AdminRole")
        key = chain["user_identity.access_key_id"]
        for text, test in (
                ('event.id: "%s"' % chain["event.id"],
                 lambda e: e["event.id"] == chain["event.id"]),
                (CT + 'shared_event_id: "%s"' % chain["shared_event_id"],
                 lambda e: e["shared_event_id"] == chain["shared_event_id"]),
                (UI + "access_key_id: " + key,
                 lambda e: e["user_identity.access_key_id"] == key)):
            lines.append("%s\t%d\n" % (text, self.count(test)))
        return "".join(lines)

    def found(self):
        """(idea, group field, value, count, first, last) of each finding."""
        for idea, field, value, test in FINDINGS:
            docs = [e for e in self.docs if test(e) and value == (
                asked(e, field.partition(".")[2]) if field.startswith("requestParameters.")
                else str(e[field]))]
            yield idea, field, value, len(docs), docs[0]["@timestamp"], docs[-1]["@timestamp"]

    def findings(self):
        return "".join("\t".join(map(str, row)) + "\n" for row in self.found())


def spoken(time):
    """2026-03-03T02:19:44Z as "3 March 02:19:44"."""
    return "%d March %s" % (int(time[8:10]), time[11:19])


def readme(evidence):
    """README.md: the words of story.md with the figures filled in."""
    with open(os.path.join(HERE, "story.md"), encoding="utf-8") as file:
        text = file.read()
    path, whole = evidence.broken[0]
    short = {"broken": path.rsplit("/", 1)[1], "whole": whole,
             "again": evidence.again[0].rsplit("/", 1)[1]}
    short["totals"] = "\n".join("| %s | %d |" % row for row in evidence.totals())
    short["findings"] = "\n".join("| %s | `%s` %s | %d | %s | %s |" % (
        row[:4] + tuple(spoken(time) for time in row[4:])) for row in evidence.found())
    for name, value in short.items():
        text = text.replace("{%s}" % name, str(value))
    return text
