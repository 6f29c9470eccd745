"""A second, plain reading of the ECS mapping: just the fields that expected.tsv asks for.

It shares nothing with the program, so that the two can be compared.
"""
import ipaddress
import re

MARK = ":role/aws-service-role/"

_TABLE = """
iam|group change|AddUserToGroup AttachGroupPolicy DeleteGroupPolicy DetachGroupPolicy
iam|group change|PutGroupPolicy RemoveUserFromGroup UpdateGroup
iam|user creation|CreateUser
iam|user deletion|DeleteUser
iam|user change|AttachUserPolicy ChangePassword CreateAccessKey CreateVirtualMFADevice
iam|user change|DeactivateMFADevice DeleteAccessKey DeleteUserPolicy DetachUserPolicy
iam|user change|EnableMFADevice PutUserPolicy TagUser UntagUser UpdateAccessKey
iam|user change|UpdateLoginProfile UpdateUser
iam|admin creation|CreateKeyPair
iam|admin change|UpdateRole UpdateAccountPasswordPolicy SetDefaultPolicyVersion
iam|user info|GetUser GetUserPolicy ListAttachedUserPolicies ListGroupsForUser
iam|user info|ListUserPolicies ListUsers ListUserTags
iam|info|ListRoles GetPolicy ListAttachedRolePolicies
iam|creation|CreatePolicy
iam|change|AttachRolePolicy
authentication|info|AssumeRole ConsoleLogin GetCallerIdentity
file|creation|CreateBucket CreateDocument
file|deletion|DeleteBucket DeleteObject
file|change|PutObject
file|info|ListBuckets ListObjects HeadObject GetObject
host|info|DescribeInstances DescribeVolumes ListInstanceAssociations
network|info|DescribeSecurityGroups DescribeNetworkInterfaces DescribeVpcs
network|info|DescribeNetworkAcls DescribeLoadBalancers
network|access|AuthorizeSecurityGroupIngress
api|info|DescribeRegions Publish Converse
configuration|info|DescribeTrails
configuration|deletion|DeleteTrail
package|info|ListFunctions
database|info|ListTables DescribeDBInstances
"""
KINDS = {name: (row.split("|")[0], row.split("|")[1].split())
         for row in _TABLE.split("\n") if row for name in row.split("|")[2].split()}


def clean(value):
    """The value without nulls, empty texts, "-" and "none", and what they leave empty."""
    if isinstance(value, dict):
        value = {k: w for k, w in ((k, clean(v)) for k, v in value.items()) if w is not None}
        return value or None
    if isinstance(value, list):
        value = [w for w in (clean(v) for v in value) if w is not None]
        return value or None
    return None if value in (None, "", "-", "none") else value


def get(record, path):
    for part in path.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def plain_text(value):
    """Java's Map.toString; the order of keys is left out of account."""
    if isinstance(value, dict):
        return "{" + ", ".join("%s=%s" % (k, plain_text(v)) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(plain_text(v) for v in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def leaves(value, path=""):
    """(path, text) of every value below, as a flattened field sees them."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, path + "." + key)
    elif isinstance(value, list):
        for below in value:
            yield from leaves(below, path)
    elif value is not None:
        yield path, plain_text(value)


def acting_service(record):
    kind = get(record, "userIdentity.type")
    issuer = get(record, "userIdentity.sessionContext.sessionIssuer.arn") or ""
    if kind == "AWSService":
        return get(record, "userIdentity.invokedBy")
    if kind == "AssumedRole" and MARK in issuer:
        return get(record, "userIdentity.invokedBy") or issuer.split(MARK)[1].split("/")[0]
    return None


def user_name(record):
    if acting_service(record):
        return None
    name = get(record, "userIdentity.userName")
    if get(record, "userIdentity.type") in ("AssumedRole", "FederatedUser"):
        name = get(record, "userIdentity.sessionContext.sessionIssuer.userName") or name
    return name


def session_name(record):
    arn = get(record, "userIdentity.arn") or ""
    if get(record, "userIdentity.type") in ("AssumedRole", "FederatedUser", "IdentityCenterUser"):
        if re.match(r"arn:[^:]*:sts:.*/", arn):
            return arn.rsplit("/", 1)[1]
    return None


def outcome(record):
    if record.get("eventName") == "ConsoleLogin" and get(record, "responseElements.ConsoleLogin"):
        return get(record, "responseElements.ConsoleLogin").lower()
    return "failure" if record.get("errorCode") or record.get("errorMessage") else "success"


def address(text):
    try:
        return ipaddress.ip_address(text or "")
    except ValueError:
        return None


PLAIN = {
    "event.action": "eventName", "event.provider": "eventSource", "event.id": "eventID",
    "cloud.region": "awsRegion", "source.address": "sourceIPAddress",
    "user_agent.original": "userAgent", "error_code": "errorCode", "event_type": "eventType",
    "event_category": "eventCategory", "recipient_account_id": "recipientAccountId",
    "shared_event_id": "sharedEventID", "vpc_endpoint_id": "vpcEndpointId",
    "session_credential_from_console": "sessionCredentialFromConsole",
    "user_identity.type": "userIdentity.type", "user_identity.arn": "userIdentity.arn",
    "user_identity.access_key_id": "userIdentity.accessKeyId",
    "mfa_authenticated": "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "session_issuer.arn": "userIdentity.sessionContext.sessionIssuer.arn",
    "in_scope_of.issuer_type": "userIdentity.inScopeOf.issuerType",
    "user.target.name": "requestParameters.userName", "group.name": "requestParameters.groupName",
}


def document(raw):
    """The fields of a record under ECS names (aws.cloudtrail.user_identity.… without what stands
    before its last telling words)."""
    record = clean(raw)
    doc = {name: get(record, path) for name, path in PLAIN.items()}
    doc["@timestamp"] = raw["eventTime"]
    doc["raw"] = raw
    doc["read_only"], doc["management_event"] = raw.get("readOnly"), raw.get("managementEvent")
    doc["event.outcome"] = outcome(record)
    doc["user.name"], doc["service.name"] = user_name(record), acting_service(record)
    doc["source.ip"] = address(record.get("sourceIPAddress"))
    doc["cloud.account.id"] = get(record, "userIdentity.accountId") or record["recipientAccountId"]
    doc["cloud.service.name"] = record["eventSource"][:-len(".amazonaws.com")]
    doc["event.category"], doc["event.type"] = KINDS.get(record["eventName"], (None, ["info"]))
    doc["resources.arn"] = [r["ARN"] for r in record.get("resources", []) if r.get("ARN")]
    doc["request"] = set(leaves(record.get("requestParameters")))
    doc["request_parameters"] = plain_text(record.get("requestParameters") or "")
    name = session_name(record)
    doc["user.email"] = next((n for n in (name, doc["user.name"]) if n and "@" in n[1:]), None)
    doc["related.user"] = {n for n in (name, name and name.split("@")[0], doc["user.target.name"],
                                       doc["user.name"]) if n}
    doc["mfa_used"] = None
    if record["eventName"] == "ConsoleLogin" and get(record, "additionalEventData.MFAUsed"):
        doc["mfa_used"] = get(record, "additionalEventData.MFAUsed") != "No"
    doc["tls.version"] = (get(record, "tlsDetails.tlsVersion") or "TLSv").partition("v")[2] or None
    return doc


def contains(doc, word):
    """Whether any decoded text of the record has the word in it, whatever the case."""
    return any(word.lower() in text.lower() for _, text in leaves(doc["raw"]))
