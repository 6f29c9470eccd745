/* The entities of every service, written down a second time, from the description of the
 * integration and in another notation than schema/targets.def: each row is a record with these
 * values and nothing else, and the document's lists must be exactly what the row says.
 *
 * rq and rs stand for requestParameters and responseElements; [] goes into a list. */
#include "base/buf.h"
#include "base/compiler.h"
#include "base/time.h"
#include "ecs/doc_case.h"

static const struct {
    const char *service, *paths;
} related[] = {
    {"cloudtrail", "rq.name rq.s3BucketName rs.cloudWatchLogsLogGroupArn rs.cloudWatchLogsRoleArn "
                   "rs.kmsKeyId rs.snsTopicARN rs.trailARN rs.name"},
    {"config", "rq.configurationRecorderName"},
    {"ec2", "rq.groupId rq.groupName rq.roleName rq.subnetId rq.volumeId rq.networkInterfaceId "
            "rq.vpcId rq.snapshotId rs.groupId rs.reservationId rs.snapshotId rs.volumeId "
            "rs.vpc.vpcId rs.vpc.dhcpOptionsId rs.securityGroupRuleSet.items[].groupId "
            "rs.securityGroupRuleSet.items[].referencedGroupInfo.groupId "
            "rs.securityGroupRuleSet.items[].securityGroupRuleId rs.groupSet.items[].groupId "
            "rq.groupSet.items[].groupId rq.instancesSet.items[].instanceId "
            "rs.instancesSet.items[].subnetId rs.instancesSet.items[].vpcId "
            "rs.instancesSet.items[].instanceId rs.instancesSet.items[].imageId "
            "rs.instancesSet.items[].iamInstanceProfile.arn "
            "rs.instancesSet.items[].networkInterfaceSet.items[].networkInterfaceId "
            "rs.instancesSet.items[].networkInterfaceSet.items[].vpcId "
            "rs.instancesSet.items[].networkInterfaceSet.items[].subnetId "
            "rs.instancesSet.items[].networkInterfaceSet.items[].groupSet.items[].groupId "
            "rq.revokedSecurityGroupRuleSet.items[].securityGroupRuleId "
            "rq.revokedSecurityGroupRuleSet.items[].groupId"},
    {"guardduty", "rq.detectorId rs.detectorId"},
    {"iam", "rq.userName rq.serialNumber rq.accessKeyId rq.policyArn rq.roleName rq.policyName "
            "rs.accessKey.userName rs.accessKey.accessKeyId rs.user.arn rs.user.userId "
            "rs.user.userName rs.userId rs.role.arn rs.serialNumber"},
    {"kms", "rq.keyId rs.keyId rs.keyMetadata.arn rs.keyMetadata.keyId"},
    {"lambda", "rq.functionName rs.functionArn rs.functionName rs.role "
               "rs.vpcConfig.securityGroupIds[] rs.vpcConfig.subnetIds[]"},
    {"rds", "rq.dBInstanceIdentifier rq.dBInstanceArn rs.dBInstanceIdentifier rs.dbInstanceArn "
            "rs.dBSubnetGroup.vpcId rs.dBSubnetGroup.subnets[].subnetIdentifier "
            "rs.vpcSecurityGroups[].vpcSecurityGroupId"},
    {"s3", "rq.bucketName"},
    {"sts", "rq.roleArn sourceIdentity additionalEventData.MFAIdentifier rs.assumedRoleUser.arn "
            "rq.roleSessionName rs.accessKeyId"},
    {"wafv2", "rq.id rs.summary"},
    {"any", "userIdentity.accessKeyId userIdentity.arn userIdentity.userName "
            "userIdentity.sessionContext.sessionIssuer.arn "
            "userIdentity.sessionContext.sessionIssuer.userName resources[].ARN"},
};

static const struct {
    const char *service, *events, *paths;
} targets[] = {
    {"bedrock", "Converse", "rq.modelId"},
    {"cloudformation", "CreateStackSet", "rs.stackSetId"},
    {"cloudformation", "CreateStack", "rs.stackId"},
    {"cloudtrail", "DeleteTrail StopLogging", "rq.name"},
    {"cloudtrail", "DescribeTrails", "recipientAccountId"},
    {"config", "StartConfigurationRecorder StopConfigurationRecorder",
     "rq.configurationRecorderName"},
    {"dynamodb", "ListTables", "recipientAccountId"},
    {"ec2", "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress",
     "rq.groupId rs.securityGroupRuleSet.items[].securityGroupRuleId"},
    {"ec2", "CreateTrafficMirrorFilter",
     "rs.CreateTrafficMirrorFilterResponse.trafficMirrorFilter.trafficMirrorFilterId"},
    {"ec2", "CreateTrafficMirrorFilterRule",
     "rs.CreateTrafficMirrorFilterRuleResponse.trafficMirrorFilterRule.trafficMirrorFilterRuleId"},
    {"ec2", "CreateTrafficMirrorSession",
     "rs.CreateTrafficMirrorSessionResponse.trafficMirrorSession.trafficMirrorSessionId"},
    {"ec2", "CreateTrafficMirrorTarget",
     "rs.CreateTrafficMirrorTargetResponse.trafficMirrorTarget.trafficMirrorTargetId"},
    {"ec2", "DeleteFlowLogs", "rq.DeleteFlowLogsRequest.FlowLogId.content"},
    {"ec2", "DeleteNetworkAcl", "rq.networkAclId"},
    {"ec2", "DeleteNetworkAclEntry", "rq.networkAclId rq.ruleNumber"},
    {"ec2", "GetPasswordData", "rq.instanceId"},
    {"ec2", "ModifyImageAttribute", "rq.imageId"},
    {"ec2", "ModifySnapshotAttribute", "rq.snapshotId"},
    {"ec2",
     "DescribeSecurityGroups DescribeNetworkInterfaces DescribeRegions DescribeVpcs "
     "DescribeNetworkAcls DescribeVolumes",
     "recipientAccountId"},
    {"ec2-instance-connect", "SendSSHPublicKey SendSerialConsoleSSHPublicKey", "rq.instanceId"},
    {"elasticfilesystem", "DeleteFileSystem", "rq.fileSystemId"},
    {"elasticfilesystem", "DeleteMountTarget", "rq.mountTargetId"},
    {"elasticloadbalancing", "DescribeLoadBalancers", "recipientAccountId"},
    {"events", "DeleteRule", "rq.name"},
    {"guardduty", "CreateDetector", "rs.detectorId"},
    {"guardduty", "DeleteDetector", "rq.detectorId"},
    {"iam", "AttachGroupPolicy", "rq.groupName"},
    {"iam", "AttachRolePolicy ListAttachedRolePolicies UpdateAssumeRolePolicy", "rq.roleName"},
    {"iam", "AttachUserPolicy", "rq.policyArn rq.userName"},
    {"iam", "CreateAccessKey", "rs.accessKey.accessKeyId rq.userName"},
    {"iam", "CreateUser DeactivateMFADevice", "rq.userName"},
    {"iam", "DeleteVirtualMFADevice", "rq.serialNumber"},
    {"iam", "GetPolicy", "rq.policyArn"},
    {"iam", "CreatePolicy", "rs.policy.arn"},
    {"iam", "ListRoles ListUsers", "recipientAccountId"},
    {"kms", "DisableKey ScheduleKeyDeletion", "resources[].ARN"},
    {"lambda", "AddPermission AddPermission20150331v2 xAddPermission", "rq.functionName"},
    {"lambda", "ListFunctions ListFunctions20150331", "recipientAccountId"},
    {"logs", "DeleteLogGroup", "rq.logGroupName"},
    {"logs", "DeleteLogStream", "rq.logStreamName"},
    {"monitoring", "DeleteAlarms", "rq.alarmNames[]"},
    {"rds", "DeleteDBCluster ModifyDBCluster StopDBCluster", "rs.dBClusterArn"},
    {"rds",
     "DeleteDBInstance ModifyDBInstance StopDBInstance RestoreDBInstanceFromDBSnapshot "
     "RestoreDBInstanceFromS3",
     "rs.dBInstanceArn"},
    {"rds", "DeleteGlobalCluster", "rs.globalClusterArn"},
    {"rds", "ModifyDBClusterSnapshotAttribute", "rs.dBClusterSnapshotIdentifier"},
    {"rds", "ModifyDBSnapshotAttribute", "rs.dBSnapshotIdentifier"},
    {"rds", "DescribeDBInstances", "recipientAccountId"},
    {"rolesanywhere", "CreateTrustAnchor", "rs.trustAnchor.trustAnchorArn"},
    {"route53resolver", "DeleteResolverQueryLogConfig", "rs.resolverQueryLogConfig.arn"},
    {"s3",
     "CopyObject PutBucketLogging PutBucketVersioning PutObject GetBucketPolicy ListObjects "
     "HeadObject GetObject DeleteObject DeleteBucket",
     "resources[].ARN"},
    {"s3", "PutBucketReplication",
     "resources[].ARN rq.ReplicationConfiguration.Rule.Destination.Bucket"},
    {"s3", "ListBuckets", "recipientAccountId"},
    {"secretsmanager", "BatchGetSecretValue", "rq.secretIdList[]"},
    {"secretsmanager", "GetSecretValue", "rq.secretId"},
    {"signin", "ConsoleLogin", "recipientAccountId"},
    {"sns", "CreateTopic", "rs.topicArn"},
    {"sns", "Subscribe Publish", "rq.topicArn"},
    {"ssm", "GetParameter GetParameters CreateControlChannel OpenControlChannel",
     "resources[].ARN"},
    {"ssm", "StartSession", "rq.target"},
    {"ssm", "CreateDocument", "rq.name"},
    {"ssm", "TerminateSession OpenDataChannel", "rq.sessionId"},
    {"ssm", "SendCommand", "rq.instanceIds[]"},
    {"ssm", "SendCommand", "rq.targets[].values[]"},
    {"ssm", "ListInstanceAssociations", "recipientAccountId"},
    {"sts", "AssumeRole", "rq.roleArn"},
    {"sts", "GetCallerIdentity", "recipientAccountId"},
    {"wafv2", "DeleteRuleGroup DeleteWebACL", "rq.id"},
    /* Not among them, although one would expect it. */
    {"ec2", "RunInstances TerminateInstances", ""},
    {"iam", "DeleteUser CreateRole", ""},
    {"sts", "AssumeRoleWithSAML", ""},
    {"x", "CreateUser AssumeRole GetObject", ""},
};

/* The first word of a list; NULL at its end. *list is moved behind it. */
static char *word(const char **list)
{
    while (**list == ' ')
        ++*list;
    size_t n = strcspn(*list, " ");
    const char *start = *list;
    *list += n;
    return n == 0 ? NULL : th_xstrndup(start, n);
}

/* Put a value at a path; [] goes on in the first element of a list. */
static void put(json_t *node, const char *path, json_t *value)
{
    char name[100];
    const char *end = path + strcspn(path, ".[");
    snprintf(name, sizeof name, "%.*s", (int)(end - path), path);
    bool list = strncmp(end, "[]", 2) == 0;
    const char *rest = end + (list ? 2 : 0);
    if (*rest == '\0') {
        json_object_set_new(node, name, list ? json_pack("[o]", value) : value);
        return;
    }
    json_t *inner = json_object_get(node, name);
    if (inner == NULL) {
        inner = list ? json_pack("[{}]") : json_object();
        json_object_set_new(node, name, inner);
    }
    put(list ? json_array_get(inner, 0) : inner, rest + 1, value);
}

/* A record of the event with a text of its own at every path; values gets the texts, sorted. */
static json_t *record_of(const char *service, const char *event, const char *paths, char **values,
                         size_t *n)
{
    json_t *record = json_pack("{s:s}", "eventName", event);
    char *source = th_xasprintf("%s.amazonaws.com", service);
    json_object_set_new(record, "eventSource", json_string(source));
    free(source);
    *n = 0;
    for (char *path = word(&paths); path != NULL; path = word(&paths)) {
        char *full = strncmp(path, "rq.", 3) == 0   ? th_xasprintf("requestParameters.%s", path + 3)
                     : strncmp(path, "rs.", 3) == 0 ? th_xasprintf("responseElements.%s", path + 3)
                                                    : th_xstrdup(path);
        values[*n] = th_xasprintf("v%02zu", *n);
        put(record, full, json_string(values[*n]));
        ++*n;
        free(full);
        free(path);
    }
    return record;
}

/* The list at a dotted name; NULL when there is none. */
static json_t *list_at(json_t *document, const char *name)
{
    char part[64];
    for (;;) {
        size_t n = strcspn(name, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, name);
        document = json_object_get(document, part);
        if (name[n] == '\0')
            return document;
        name += n + 1;
    }
}

static bool is_list(const json_t *list, char *const *values, size_t n)
{
    bool same = json_array_size(list) == n;
    for (size_t i = 0; i < n && same; i++)
        same = strcmp(json_string_value(json_array_get(list, i)), values[i]) == 0;
    return same;
}

static bool holds(const json_t *list, const char *value)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), value) == 0)
            return true;
    return false;
}

static json_t *document_of(json_t *record)
{
    const struct th_doc_options options = {.agent_ms = TH_TIME_NONE};
    char *text = json_dumps(record, JSON_COMPACT);
    json_t *document = case_document(th_str_of(text), &options);
    free(text);
    json_decref(record);
    return document;
}

enum { VALUES_MAX = 64 };

static void check_related(const char *service, const char *paths)
{
    char *values[VALUES_MAX];
    size_t n;
    json_t *document = document_of(record_of(service, "Nothing", paths, values, &n));
    bool good = is_list(list_at(document, "related.entity"), values, n) &&
                json_object_get(document, "target") == NULL &&
                json_object_get(document, "error") == NULL;
    if (!tap_ok(good, "%s: all %zu related entities and no target", service, n)) {
        char *text = json_dumps(list_at(document, "related.entity"), JSON_ENCODE_ANY);
        tap_note("%s", text != NULL ? text : "none");
        free(text);
    }
    json_decref(document);
    for (size_t i = 0; i < n; i++)
        free(values[i]);
}

static void check_target(const char *service, const char *event, const char *paths)
{
    char *values[VALUES_MAX];
    size_t n;
    json_t *document = document_of(record_of(service, event, paths, values, &n));
    const json_t *related_list = list_at(document, "related.entity");
    bool good = is_list(list_at(document, "target.entity.id"), values, n) &&
                json_object_get(document, "error") == NULL;
    for (size_t i = 0; i < n; i++)
        good = good && holds(related_list, values[i]);
    tap_ok(good, "%s %s: %zu targets%s%s", service, event, n, n > 0 ? ", " : "", paths);
    json_decref(document);
    for (size_t i = 0; i < n; i++)
        free(values[i]);
}

/* A target of its own is in exactly one typed list. */
static void check_kind(const char *value, const char *kind)
{
    static const char *const lists[][2] = {{"user", "user.target.entity.id"},
                                           {"host", "host.target.entity.id"},
                                           {"service", "service.target.entity.id"},
                                           {"other", "entity.target.id"}};
    json_t *document = document_of(json_pack(
        "{s:s,s:s,s:{s:{s:s}}}", "eventName", "CreateTrustAnchor", "eventSource",
        "rolesanywhere.amazonaws.com", "responseElements", "trustAnchor", "trustAnchorArn", value));
    char *const values[] = {(char *)(uintptr_t)value};
    bool good = true;
    for (size_t i = 0; i < TH_COUNT(lists); i++) {
        size_t n = strcmp(lists[i][0], kind) == 0;
        good = good && is_list(list_at(document, lists[i][1]), values, n);
    }
    good = good && (strcmp(kind, "host") == 0) == (list_at(document, "host.target.id") != NULL);
    tap_ok(good, "%s is of the kind %s", value, kind);
    json_decref(document);
}

static void check_types(const char *types, const char *kind)
{
    for (char *type = word(&types); type != NULL; type = word(&types)) {
        char *arn = th_xasprintf("arn:aws:ec2:us-east-1:1:%s/i-0123456789", type);
        check_kind(arn, kind);
        free(arn);
        /* The type is the whole sixth part where no slash follows. */
        if (strcmp(kind, "host") != 0) {
            arn = th_xasprintf("arn:aws-us-gov:x::1:%s:name", type);
            check_kind(arn, kind);
            free(arn);
        }
        free(type);
    }
}

static void test_kinds(void)
{
    static const char *const others[][2] = {
        {"arn:aws:s3:::bucket/key", "service"},
        {"arn:aws:s3:::role/key", "user"}, /* the type comes before the service */
        {"arn:aws:sns:us-east-1:1:name", "other"},
        {"arn:aws:iam::1:role/aws-service-role/x/AWSServiceRoleForX", "service"},
        {"arn:aws:iam::1:role/x/AWSServiceRoleForX", "service"},
        {"arn:aws:x:short", "other"},
        {"arn:", "other"},
        {"AKIAIOSFODNN7EXAMPLE", "user"},
        {"AKIAIOSFODNN7EXAMPL", "other"},
        {"AKIAIOSFODNN7EXAMPLES", "other"},
        {"ASIAIOSFODNN7EXAMPLE", "other"},
        {"i-0123456789abcdef0", "host"},
        {"i-1", "host"},
        {"snap-1", "other"},
        {"ami-1", "other"},
        {"vol-1", "other"},
        {"111122223333", "other"},
        {"ivy", "other"},
        {"100", "other"},
    };
    const char *ids = "sg-1 sgr-1 eni-1 vpc-1 subnet-1 acl-1 rtb-1 igw-1 nat-1 vpce-1 tgw-1 pcx-1";
    check_types("user role assumed-role federated-user instance-profile mfa serialNumber", "user");
    check_types("instance", "host");
    check_types("stack stack-set trail configuration-recorder file-system mount-target rule "
                "detector key function log-group log-stream alarm db cluster global-cluster "
                "trust-anchor resolver-query-log-config secret parameter document session webacl "
                "rulegroup ipset topic model loadbalancer table group policy security-group "
                "network-interface vpc subnet network-acl dhcp-options",
                "service");
    check_types("volume snapshot image task bucket", "other");
    for (char *id = word(&ids); id != NULL; id = word(&ids)) {
        check_kind(id, "service");
        free(id);
    }
    for (size_t i = 0; i < TH_COUNT(others); i++)
        check_kind(others[i][0], others[i][1]);
}

int main(void)
{
    for (size_t i = 0; i < TH_COUNT(related); i++)
        check_related(related[i].service, related[i].paths);
    for (size_t i = 0; i < TH_COUNT(targets); i++) {
        const char *events = targets[i].events;
        for (char *event = word(&events); event != NULL; event = word(&events)) {
            check_target(targets[i].service, event, targets[i].paths);
            free(event);
        }
    }
    test_kinds();
    return tap_done();
}
