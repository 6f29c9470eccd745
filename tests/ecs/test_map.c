/* The mapper: every rule but those on identity and target, by a record of its own. */
#include "ecs/columns/map.h"

#include "base/compiler.h"
#include "ecs/map_help.h"
#include "ecs/rules/entity_row.h"

static void test_plain(void)
{
    map("{'eventVersion':'1.08','eventName':'RunInstances','eventSource':'ec2.amazonaws.com',"
        "'awsRegion':'us-east-1','sourceIPAddress':'203.0.113.9','userAgent':'aws-cli/2',"
        "'errorCode':'X','errorMessage':'say \\\"no\\\"','requestID':'r','eventID':'e',"
        "'eventType':'AwsApiCall','apiVersion':'2014','managementEvent':true,'readOnly':false,"
        "'recipientAccountId':'111122223333','eventCategory':'Management','vpcEndpointId':'vpce-1',"
        "'vpcEndpointAccountId':'444455556666','sessionCredentialFromConsole':'true',"
        "'addendum':{'reason':'UPDATED_DATA','updatedFields':'errorCode','originalRequestID':'q',"
        "'originalEventID':'p'}}");
    is(TH_F_EVENT_VERSION, "1.08", "eventVersion");
    is(TH_F_EVENT_ACTION, "RunInstances", "eventName");
    is(TH_F_EVENT_PROVIDER, "ec2.amazonaws.com", "eventSource");
    is(TH_F_CLOUD_REGION, "us-east-1", "awsRegion");
    is(TH_F_SOURCE_ADDRESS, "203.0.113.9", "sourceIPAddress");
    is(TH_F_SOURCE_IP, NULL, "fields that depend on another are not set");
    is(TH_F_USER_AGENT_ORIGINAL, "aws-cli/2", "userAgent");
    is(TH_F_ERROR_CODE, "X", "errorCode");
    is(TH_F_ERROR_MESSAGE, "say \"no\"", "errorMessage, unescaped");
    is(TH_F_REQUEST_ID, "r", "requestID");
    is(TH_F_EVENT_ID, "e", "eventID");
    is(TH_F_CT_EVENT_TYPE, "AwsApiCall", "eventType");
    is(TH_F_CT_EVENT_CATEGORY, "Management", "eventCategory");
    is(TH_F_API_VERSION, "2014", "apiVersion");
    is(TH_F_MANAGEMENT_EVENT, "true", "managementEvent is a text");
    is_num(TH_F_READ_ONLY, 0, "readOnly is a boolean");
    is(TH_F_RECIPIENT_ACCOUNT_ID, "111122223333", "recipientAccountId");
    is(TH_F_VPC_ENDPOINT_ID, "vpce-1", "vpcEndpointId");
    is(TH_F_VPC_ENDPOINT_ACCOUNT_ID, "444455556666", "vpcEndpointAccountId");
    is(TH_F_SESSION_CREDENTIAL_FROM_CONSOLE, "true", "sessionCredentialFromConsole");
    is(TH_F_ADDENDUM_REASON, "UPDATED_DATA", "addendum.reason");
    is(TH_F_ADDENDUM_UPDATED_FIELDS, "errorCode", "addendum.updatedFields");
    is(TH_F_ADDENDUM_ORIGINAL_REQUEST_ID, "q", "addendum.originalRequestID");
    is(TH_F_ADDENDUM_ORIGINAL_EVENT_ID, "p", "addendum.originalEventID");
    is(TH_F_EVENT_KIND, "event", "event.kind");
    is_num(TH_F_TIMESTAMP, TH_VALUE_NONE, "no time");

    map("{}");
    bool empty = true;
    for (int i = 0; i < TH_FIELD_COUNT; i++)
        empty = empty && (values.num[i] == TH_VALUE_NONE || i == TH_F_OWN_SENSITIVE) &&
                (values.text[i].p == NULL || i == TH_F_EVENT_KIND || i == TH_F_EVENT_OUTCOME ||
                 i == TH_F_OWN_VERB || i == TH_F_OWN_TONE);
    tap_ok(empty, "an empty record has nothing but kind, outcome, verb and tone");
    is(TH_F_EVENT_OUTCOME, "success", "and its outcome is success");
    is(TH_F_OWN_VERB, "?", "its verb unknown");
    is(TH_F_OWN_TONE, "routine", "its tone routine");
    is_num(TH_F_OWN_SENSITIVE, 0, "and it yields no secrets");
}

static void test_cleaning(void)
{
    map("{'eventName':'','errorCode':'-','errorMessage':'none','userAgent':null,'apiVersion':{},"
        "'requestID':[],'awsRegion':['',{'a':'-'}],'eventSource':'None','eventID':'--',"
        "'vpcEndpointId':'\\u002d','eventType':'n\\u006fne'}");
    is(TH_F_EVENT_ACTION, NULL, "an empty text is nothing");
    is(TH_F_ERROR_CODE, NULL, "nor is a dash");
    is(TH_F_ERROR_MESSAGE, NULL, "nor none");
    is(TH_F_USER_AGENT_ORIGINAL, NULL, "nor null");
    is(TH_F_API_VERSION, NULL, "nor an empty object");
    is(TH_F_REQUEST_ID, NULL, "nor an empty list");
    is(TH_F_CLOUD_REGION, NULL, "nor a list of nothing");
    is(TH_F_EVENT_PROVIDER, "None", "None is something");
    is(TH_F_EVENT_ID, "--", "two dashes are");
    is(TH_F_VPC_ENDPOINT_ID, NULL, "an escaped dash is a dash");
    is(TH_F_CT_EVENT_TYPE, NULL, "an escaped none is none");
    is(TH_F_EVENT_OUTCOME, "success", "a dash is no error");
    is(TH_F_EVENT_KIND, "event", "nothing of that is an error of the pipeline");
}

static void test_scalars(void)
{
    map("{'errorCode':200,'apiVersion':1.0,'eventVersion':1e10,'requestID':-0,'vpcEndpointId':0.10,"
        "'eventType':true,'eventID':12345678901234567890123,'managementEvent':'false',"
        "'readOnly':'true','addendum':{'updatedFields':['a','b'],'reason':['x'],"
        "'originalEventID':{'a':1}}}");
    is(TH_F_ERROR_CODE, "200", "a number is its digits");
    is(TH_F_API_VERSION, "1.0", "a fraction as Java prints it");
    is(TH_F_EVENT_VERSION, "1.0E10", "an exponent too");
    is(TH_F_REQUEST_ID, "0", "minus zero");
    is(TH_F_VPC_ENDPOINT_ID, "0.1", "no zeros behind");
    is(TH_F_CT_EVENT_TYPE, "true", "a boolean by name");
    is(TH_F_EVENT_ID, "12345678901234567890123", "a large integer keeps its digits");
    is(TH_F_MANAGEMENT_EVENT, "false", "managementEvent as a text");
    is_num(TH_F_READ_ONLY, 1, "readOnly as a text");
    is(TH_F_ADDENDUM_UPDATED_FIELDS, "[\"a\",\"b\"]", "several values are the list");
    is(TH_F_ADDENDUM_REASON, "x", "one value of a list is the value");
    is(TH_F_ADDENDUM_ORIGINAL_EVENT_ID, NULL, "an object is none");
    is(TH_F_EVENT_OUTCOME, "failure", "even 200 is a failure");
    map("{'readOnly':'maybe'}");
    is_num(TH_F_READ_ONLY, TH_VALUE_NONE, "no boolean");
    map("{'readOnly':1}");
    is_num(TH_F_READ_ONLY, TH_VALUE_NONE, "a number is none either");
}

static void test_outcome(void)
{
    map("{'eventName':'X','errorCode':'AccessDenied'}");
    is(TH_F_EVENT_OUTCOME, "failure", "an error code");
    is(TH_F_OWN_TONE, "alarming", "is alarming");
    map("{'eventName':'X','errorMessage':'m'}");
    is(TH_F_EVENT_OUTCOME, "failure", "a message alone");
    map("{'eventName':'ConsoleLogin','responseElements':{'ConsoleLogin':'Failure'},"
        "'additionalEventData':{'MobileVersion':'No','MFAUsed':'Yes','LoginTo':'https://"
        "console'}}");
    is(TH_F_EVENT_OUTCOME, "failure", "a sign-in says it itself");
    is_num(TH_F_CONSOLE_LOGIN_MOBILE_VERSION, 0, "MobileVersion No");
    is_num(TH_F_CONSOLE_LOGIN_MFA_USED, 1, "MFAUsed Yes");
    is(TH_F_CONSOLE_LOGIN_LOGIN_TO, "https://console", "LoginTo");
    is(TH_F_OWN_TARGET, NULL, "a sign-in has no target");
    map("{'eventName':'ConsoleLogin','errorMessage':'m','responseElements':{'ConsoleLogin':'"
        "Success'}}");
    is(TH_F_EVENT_OUTCOME, "success", "whatever the message says");
    is(TH_F_OWN_TONE, "alarming", "which is alarming all the same");
    is_num(TH_F_CONSOLE_LOGIN_MFA_USED, TH_VALUE_NONE, "what isn't said is absent");
    map("{'eventName':'ConsoleLogin','errorMessage':'m'}");
    is(TH_F_EVENT_OUTCOME, "failure", "a sign-in without an answer");
    map("{'eventName':'SwitchRole','responseElements':{'ConsoleLogin':'Failure'},"
        "'additionalEventData':{'MFAUsed':'Yes'}}");
    is(TH_F_EVENT_OUTCOME, "success", "only ConsoleLogin looks there");
    is_num(TH_F_CONSOLE_LOGIN_MFA_USED, TH_VALUE_NONE, "and has flags");
}

static void test_tone(void)
{
    map("{'eventName':'DescribeInstances','readOnly':true,'userIdentity':{'type':'IAMUser'}}");
    is(TH_F_OWN_VERB, "R", "a read");
    is(TH_F_OWN_TONE, "routine", "is routine");
    map("{'eventName':'CreateUser','readOnly':false}");
    is(TH_F_OWN_VERB, "W", "a write");
    is(TH_F_OWN_TONE, "notable", "is notable");
    map("{'eventName':'StopLogging','readOnly':false}");
    is(TH_F_OWN_VERB, "D", "a destructive call");
    is(TH_F_OWN_TONE, "alarming", "is alarming");
    map("{'eventName':'GetSecretValue','readOnly':true}");
    is(TH_F_OWN_VERB, "R", "a sensitive read is a read");
    is(TH_F_OWN_TONE, "notable", "but notable");
    is_num(TH_F_OWN_SENSITIVE, 1, "and sensitive");
    map("{'eventName':'DeleteTrail'}");
    is_num(TH_F_OWN_SENSITIVE, 0, "which a call that destroys needn't be");
    map("{'eventName':'X','eventType':'AwsServiceEvent'}");
    is(TH_F_OWN_VERB, "S", "a service event");
    map("{'eventCategory':'Insight','insightDetails':{}}");
    is(TH_F_OWN_VERB, "I", "an insight");
    map("{'eventName':'X','eventType':'AwsVpceEvent','errorCode':'VpceAccessDenied'}");
    is(TH_F_OWN_VERB, "N", "network activity");
    is(TH_F_OWN_TONE, "alarming", "that was refused");
}

static void test_tls(void)
{
    map("{'tlsDetails':{'tlsVersion':'TLSv1.3','cipherSuite':'c','clientProvidedHostHeader':'h','"
        "keyExchange':'k'}}");
    is(TH_F_TLS_VERSION, "1.3", "version");
    is(TH_F_TLS_VERSION_PROTOCOL, "tls", "protocol");
    is(TH_F_TLS_CIPHER, "c", "cipher");
    is(TH_F_TLS_CLIENT_SERVER_NAME, "h", "host");
    is(TH_F_TLS_KEY_EXCHANGE, "k", "key exchange");
    map("{'tlsDetails':{'tlsVersion':'SSLv3v'}}");
    is(TH_F_TLS_VERSION, "3v", "split at the first v");
    is(TH_F_TLS_VERSION_PROTOCOL, "ssl", "in lower case");
    map("{'tlsDetails':{'tlsVersion':'1.2'}}");
    is(TH_F_TLS_VERSION, "1.2", "without a v");
    is(TH_F_TLS_VERSION_PROTOCOL, NULL, "no protocol");
    map("{'tlsDetails':{'tlsVersion':'v1'}}");
    is(TH_F_TLS_VERSION, "1", "nothing before the v");
    is(TH_F_TLS_VERSION_PROTOCOL, NULL, "no protocol either");
    map("{'tlsDetails':{'tlsVersion':'TLSv'}}");
    is(TH_F_TLS_VERSION, NULL, "nothing behind it");
    map("{'tlsDetails':{'tlsVersion':'tlsVersion','cipherSuite':'c','clientProvidedHostHeader':'h',"
        "'keyExchange':'k'}}");
    is(TH_F_TLS_VERSION, NULL, "a heading instead of a value");
    is(TH_F_TLS_CIPHER, NULL, "takes all");
    is(TH_F_TLS_CLIENT_SERVER_NAME, NULL, "of tlsDetails");
    is(TH_F_TLS_KEY_EXCHANGE, NULL, "with it");
}

static void test_times(void)
{
    map("{'eventTime':'2026-03-01T09:00:00Z'}");
    is_num(TH_F_TIMESTAMP, INT64_C(1772355600000), "eventTime");
    map("{'eventTime':'2026-03-01T09:00:00Z','@timestamp':'2020-01-01T00:00:00Z'}");
    is_num(TH_F_TIMESTAMP, INT64_C(1772355600000), "eventTime before @timestamp");
    map("{'@timestamp':'2026-03-01T09:00:00.123456Z'}");
    is_num(TH_F_TIMESTAMP, INT64_C(1772355600123), "@timestamp of a log shipper");
    map("{'eventTime':'yesterday','@timestamp':'2026-03-01T09:00:00Z'}");
    is_num(TH_F_TIMESTAMP, INT64_C(1772355600000), "also when eventTime is no time");
    is(TH_F_EVENT_KIND, "pipeline_error", "which is an error");
    map("{'eventTime':'-'}");
    is(TH_F_EVENT_KIND, "pipeline_error", "eventTime is read before the cleaning");
    map("{'eventTime':''}");
    is(TH_F_EVENT_KIND, "event", "but an empty one is passed over");
    is_num(TH_F_TIMESTAMP, TH_VALUE_NONE, "and is no time");
    map("{'eventTime':null}");
    is(TH_F_EVENT_KIND, "event", "as is null");
    map("{'eventTime':['2026-03-01T09:00:00Z']}");
    is(TH_F_EVENT_KIND, "pipeline_error", "a list is not");
    map("{'digestStartTime':'2026-03-01T08:00:00Z','digestEndTime':'2026-03-01T09:00:00Z','"
        "logFiles':[],"
        "'awsAccountId':'3','digestS3Object':'o'}");
    is_num(TH_F_TIMESTAMP, INT64_C(1772355600000), "a digest's end");
    is(TH_F_EVENT_KIND, "event", "is fine");
    map("{'digestStartTime':'x','digestEndTime':'2026-03-01T09:00:00Z'}");
    is(TH_F_EVENT_KIND, "pipeline_error", "a digest's start must be a time, too");
    map("{'userIdentity':{'sessionContext':{'attributes':{'creationDate':'20131102T010628Z'}}}}");
    is_num(TH_F_CREATION_DATE, INT64_C(1383354388000), "creationDate in basic form");
    map("{'userIdentity':{'sessionContext':{'attributes':{'creationDate':'never'}}}}");
    is(TH_F_EVENT_KIND, "pipeline_error", "creationDate that is none");
    map("{'userIdentity':{'sessionContext':{'attributes':{'creationDate':'-'}}}}");
    is(TH_F_EVENT_KIND, "event", "creationDate is read after the cleaning");
}

static void test_resources(void)
{
    map("{'resources':[{'ARN':'arn:aws:s3:::b','accountId':'1','type':'AWS::S3::Bucket'}]}");
    is(TH_F_RESOURCES_ARN, "[\"arn:aws:s3:::b\"]", "one resource: ARN");
    is(TH_F_RESOURCES_ACCOUNT_ID, "[\"1\"]", "account");
    is(TH_F_RESOURCES_TYPE, "[\"AWS::S3::Bucket\"]", "type");
    /* "a__" and "b__" hash to buckets 7 and 6, as Java's String.hashCode has it. */
    map("{'resources':[{'ARN':'a'},{'ARN':'b'}]}");
    struct th_str two = values.text[TH_F_RESOURCES_ARN];
    map("{'resources':[{'ARN':'b'},{'ARN':'a'}]}");
    tap_ok(th_str_eq(two, TH_STR("[\"a\",\"b\"]")) || th_str_eq(two, TH_STR("[\"b\",\"a\"]")),
           "two resources");
    is(TH_F_RESOURCES_ARN, "[\"a\",\"b\"]", "the map's order, not the document's");
    map("{'resources':[{'ARN':'a','type':'T','accountId':'1'},{'ARN':'b','accountId':'1'},"
        "{'ARN':'a','type':'T','accountId':'1'}]}");
    is(TH_F_RESOURCES_ACCOUNT_ID, "[\"1\",\"1\"]", "one resource twice is one; values may repeat");
    is(TH_F_RESOURCES_TYPE, "[\"T\"]", "only those that have one");
    map("{'resources':[1,'x',{'ARN':'a'},[]]}");
    is(TH_F_RESOURCES_ARN, "[\"a\"]", "what is no object is dropped");
    map("{'resources':[{'ARN':'q\\\"\\\\\\n\303\244'},{'ARN':'-','accountId':7}]}");
    tap_ok(th_str_is(values.text[TH_F_RESOURCES_ARN], "[\"q\\\"\\\\\\n\303\244\"]"),
           "texts are quoted again");
    is(TH_F_RESOURCES_ACCOUNT_ID, "[\"7\"]", "a number is its digits");
    is(TH_F_RESOURCES_TYPE, NULL, "nobody has a type");
    map("{'resources':[]}");
    is(TH_F_RESOURCES_ARN, NULL, "an empty list");
    map("{'resources':{'ARN':'a','type':'T'}}");
    is(TH_F_RESOURCES_TYPE, "[\"T\"]", "an object stays as it is");
    is(TH_F_RESOURCES_ARN, NULL, "with CloudTrail's names, which are no fields");

    struct th_buf many = TH_BUF_INIT;
    th_buf_puts(&many, "{'resources':[");
    for (int i = 0; i < 200; i++)
        th_buf_printf(&many, "%s{'ARN':'arn:%d'}", i == 0 ? "" : ",", i % 100);
    th_buf_puts(&many, "]}");
    map(th_buf_cstr(&many));
    size_t commas = 0;
    for (size_t i = 0; i < values.text[TH_F_RESOURCES_ARN].n; i++)
        commas += values.text[TH_F_RESOURCES_ARN].p[i] == ',';
    tap_is_int((int64_t)commas, 99, "many resources, each once");
    th_buf_fini(&many);
}

#define EC2 "{'eventSource':'ec2.amazonaws.com','eventName':'RunInstances','responseElements':"
#define SSM "{'eventSource':'ssm.amazonaws.com','eventName':'SendCommand','requestParameters':"
#define STS "{'eventSource':'sts.amazonaws.com','eventName':'AssumeRole',"

/* The entity step looks at what a service's requests and answers name. */
static void test_entity_errors(void)
{
    static const struct {
        const char *text, *name;
        bool error;
    } cases[] = {
        {EC2 "{'instancesSet':{'items':[{'instanceId':'i-1'}]}}}", "instances", false},
        {EC2 "{'instancesSet':{'items':[{'instanceId':5}]}}}", "an instance that is a number",
         true},
        {EC2 "{'instancesSet':{'items':[5]}}}", "an item that is no object", true},
        {EC2 "{'instancesSet':{'items':[null,'-',{'a':''}]}}}", "items that mean nothing", false},
        {EC2 "{'instancesSet':{'items':'x'}}}", "items that are a text", true},
        {EC2 "{'instancesSet':'x'}}", "a set that is a text has no items", false},
        {EC2 "{'instancesSet':{'items':[{'networkInterfaceSet':{'items':[{'groupSet':{'items':[{"
             "'groupId':{'a':1}}]}}]}}]}}}",
         "a group far inside", true},
        {EC2 "{'groupId':7}}", "a group that is a number", true},
        {EC2 "{'groupId':7,'groupId':'sg-1'}}", "unless it comes again", false},
        {EC2 "{'groupId':'sg-1','\\u0067roupId':7}}", "in another spelling", true},
        {EC2 "{'groupId':['-',{}]}}", "a list of nothing", false},
        {EC2 "{'a':1,'b':2,'c':3,'d':4,'e':5,'f':6,'g':7,'h':8,'i':9,'j':0,'k':1,'l':2,'m':3,'n':4,"
             "'o':5,'p':6,'groupId':7}}",
         "behind many members", true},
        {EC2 "{'vpc':{'vpcId':7}}}", "a member's member", true},
        {EC2 "{'vpc':{'vpcId':'vpc-1'}}}", "that is a text", false},
        {EC2 "{'vpc':[{'vpcId':7}]}}", "not through a list", false},
        {SSM "{'instanceIds':['i-1','i-2']}}", "ids", false},
        {SSM "{'instanceIds':'i-1'}}", "ids that are a text", true},
        {SSM "{'targets':[{'values':['*']}]},'recipientAccountId':7}",
         "an account that is a number", true},
        {SSM "{'targets':[{'key':'k'}]}}", "a target without values", true},
        {STS "'sourceIdentity':7}", "a source identity that is a number", true},
        {STS "'additionalEventData':{'MFAIdentifier':['a']}}", "a second factor that is a list",
         true},
        {STS "'responseElements':{'assumedRoleUser':{'arn':'a'}}}", "a role", false},
        {STS "'responseElements':{'assumedRoleUser':{'arn':false}}}", "a role that is a boolean",
         true},
        {"{'eventSource':'sts.amazonaws.com','responseElements':{'accessKeyId':7}}",
         "without a name nobody looks", false},
        {"{'eventSource':'sts.example.org','eventName':'X','responseElements':{'accessKeyId':7}}",
         "nor at other services", false},
        {"{'eventSource':'monitoring.amazonaws.com','eventName':'DeleteAlarms','requestParameters':"
         "{'alarmNames':'x'}}",
         "a text where a list belongs", true},
        {"{'eventSource':'lambda.amazonaws.com','eventName':'AddPermission2015','requestParameters'"
         ":{'functionName':'f'},'recipientAccountId':7}",
         "an account that isn't asked for", false},
        {"{'eventSource':'lambda.amazonaws.com','eventName':'ListFunctions2015','"
         "recipientAccountId':7}",
         "one that is", true},
    };
    for (size_t i = 0; i < TH_COUNT(cases); i++) {
        map(cases[i].text);
        is(TH_F_EVENT_KIND, cases[i].error ? "pipeline_error" : "event", cases[i].name);
    }
    size_t n;
    size_t found;
    size_t good = 0;
    const struct th_entity_row *rows = th_entity_table(&n);
    for (size_t i = 0; i < n; i++) {
        char source[100];
        snprintf(source, sizeof source, "%s.amazonaws.com", rows[i].service.p);
        const struct th_entity_row *first = th_entity_rows(th_str_of(source), &found);
        good += first != NULL && &rows[i] >= first && &rows[i] < first + found;
    }
    tap_ok(n > 150 && good == n, "every row of %zu is found by its service", n);
}

static void test_errors(void)
{
    static const struct {
        const char *text, *name;
        bool error;
    } cases[] = {
        {"{'eventName':'X','userAgent':7}", "a user agent that is a number", true},
        {"{'eventName':'X','userAgent':[]}", "an empty list is nothing", false},
        {"{'eventName':'X','userAgent':['a']}", "a list is no user agent", true},
        {"{'eventName':7}", "a name that is a number", true},
        {"{'eventSource':7}", "a source that is a number", true},
        {"{'eventName':'X','userIdentity':'x'}", "an identity that is a text", true},
        {"{'userIdentity':'-'}", "unless it means nothing", false},
        {"{'eventName':'X','userIdentity':{'arn':7}}", "an ARN that is a number", true},
        {"{'userIdentity':{'arn':7}}", "without a name nobody looks", false},
        {"{'userIdentity':{'type':'AssumedRole','arn':7}}", "but sessions do", true},
        {"{'eventName':'X','userIdentity':{'accessKeyId':true}}", "a key that is a boolean", true},
        {"{'userIdentity':{'type':7}}", "a type that is a number", true},
        {"{'userIdentity':{'sessionContext':'x'}}", "a session that is a text", true},
        {"{'requestParameters':'x'}", "a request that is a text", true},
        {"{'requestParameters':''}", "an empty text is nothing", false},
        {"{'responseElements':[1]}", "an answer that is a list", true},
        {"{'responseElements':{'user':'x'}}", "a user that is a text", true},
        {"{'tlsDetails':'x'}", "tlsDetails that is a text", true},
        {"{'tlsDetails':{'tlsVersion':1.2}}", "a TLS version that is a number", false},
        {"{'sourceIPAddress':7}", "an address that is a number", true},
        {"{'tlsDetails':{'clientProvidedHostHeader':{'a':1}}}", "a host that is an object", true},
        {"{'tlsDetails':{'clientProvidedHostHeader':7,'tlsVersion':'tlsVersion'}}",
         "unless all of it is discarded", false},
        {"{'eventName':'X','resources':'x'}", "resources that are a text", true},
        {"{'eventName':'X','resources':[{'ARN':7}]}", "a resource's ARN that is a number", true},
        {"{'resources':[{'ARN':7}]}", "without a name nobody looks", false},
        {"{'eventName':'ConsoleLogin','responseElements':{'ConsoleLogin':1}}",
         "an answer that is a number", true},
        {"{'userIdentity':{'type':'AssumedRole','arn':'xarn:aws:sts::1:x/y'}}", "an odd ARN", true},
        {"{'eventName':'X','errorCode':200,'readOnly':'x','apiVersion':7}", "what may be odd",
         false},
    };
    for (size_t i = 0; i < TH_COUNT(cases); i++) {
        map(cases[i].text);
        tap_ok(
            th_str_is(values.text[TH_F_EVENT_KIND], cases[i].error ? "pipeline_error" : "event") &&
                values.text[TH_F_EVENT_OUTCOME].p != NULL,
            "%s", cases[i].name);
    }
    test_entity_errors();
    map("{'eventName':['a','','b'],'managementEvent':{'k':[1,2.50]}}");
    is(TH_F_EVENT_ACTION, "[a, b]", "a list of names as Java prints it, cleaned");
    is(TH_F_MANAGEMENT_EVENT, "{k=[1, 2.5]}", "and managementEvent");
    map("{'userIdentity':{'type':'AWSService','invokedBy':7}}");
    is(TH_F_SERVICE_NAME, NULL, "a service must be a text");
    map("{'userIdentity':{'userName':['a@b','c']},'eventName':'X'}");
    is(TH_F_USER_EMAIL, NULL, "an address is found in a text only");
    map("{'tlsDetails':'x','userIdentity':{'userName':'a@b'}}");
    is(TH_F_USER_EMAIL, NULL, "and not behind a step that fails");
    map("{'userIdentity':{'accountId':{'a':1}},'recipientAccountId':'2'}");
    is(TH_F_CLOUD_ACCOUNT_ID, NULL, "an account that is there but no text isn't replaced");
    map("{'userIdentity':{'sessionContext':7},'userAgent':'a/1'}");
    is(TH_F_USER_AGENT_ORIGINAL, "a/1", "no odd value hides the user agent");
    map("{'tlsDetails':{'tlsVersion':1.2}}");
    is(TH_F_TLS_VERSION, "1.2", "it is the version");
    map("{'eventName':'StopLogging','userAgent':7,'errorCode':'X'}");
    is(TH_F_USER_AGENT_ORIGINAL, NULL, "no user agent");
    is(TH_F_EVENT_OUTCOME, "failure", "the outcome all the same");
    is(TH_F_OWN_TONE, "alarming", "the row is coloured all the same");
    is(TH_F_OWN_VERB, "D", "and has its verb");
}

int main(void)
{
    map_begin();
    test_plain();
    test_cleaning();
    test_scalars();
    test_outcome();
    test_tone();
    test_tls();
    test_times();
    test_resources();
    test_errors();
    return map_done();
}
