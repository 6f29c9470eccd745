/* What a call is about, as shown. */
#include "ecs/columns/map.h"

#include "ecs/map_help.h"

static void target(const char *text, const char *want, const char *name)
{
    map(text);
    is(TH_F_OWN_TARGET, want, name);
}

static void test_targets(void)
{
    target("{'eventName':'StopLogging','requestParameters':{'name':'arn:aws:cloudtrail:us-east-1:1:"
           "trail/org-trail'}}",
           "org-trail", "the event table's path, ARN prefix stripped");
    target("{'eventName':'GetObject','requestParameters':{'bucketName':'b','key':'k/l'},"
           "'resources':[{'ARN':'arn:aws:s3:::other'}]}",
           "b/k/l", "two paths joined, before resources");
    target("{'eventName':'PutObject','requestParameters':{'bucketName':'b'}}", "b",
           "the next alternative when one is missing");
    target("{'eventName':'TerminateInstances','requestParameters':{'instancesSet':{'items':["
           "{'instanceId':'i-1'},{'x':1},{'instanceId':'i-2'},{'instanceId':'i-3'}]}}}",
           "i-1 +2", "a list: the first, and how many more");
    target("{'eventName':'CreateAccessKey','requestParameters':null,'responseElements':{'accessKey'"
           ":{'userName':'ivy'}}}",
           "ivy", "the answer");
    target("{'eventName':'GetSecretValue','requestParameters':{'secretId':'arn:aws:secretsmanager:"
           "r:1:secret:prod/db-AbC'}}",
           "prod/db-AbC", "an ARN of seven parts");
    target("{'eventName':'AssumeRole','requestParameters':{'roleArn':'arn:aws:iam::1:role/p/q/"
           "Admin','roleSessionName':'s'}}",
           "Admin", "IAM's path is left out");
    target("{'eventName':'Frobnicate','resources':[{'type':'x'},{'ARN':'arn:aws:s3:::b/"
           "k'},{'ARN':'arn:aws:s3:::c'}],"
           "'requestParameters':{'bucketName':'z'}}",
           "b/k", "no row: the first resource with an ARN; S3 keeps bucket and key");
    target("{'eventName':'Frobnicate','requestParameters':{'maxResults':5,'frobId':'f-1','zName':'"
           "z'}}",
           "f-1", "else the first member that names something");
    target("{'eventName':'Frobnicate','requestParameters':{'aName':'','bArn':'arn:aws:kms:r:1:key/"
           "k1'}}",
           "k1", "that has a value");
    target("{'eventName':'Frobnicate','requestParameters':{'id':'x1'}}", "x1", "id itself");
    target(
        "{'eventName':'Frobnicate','requestParameters':{'valid':'x','Username':'y','armID':'z'}}",
        NULL, "case counts");
    target("{'eventName':'Frobnicate','requestParameters':{'deep':{'er':[{'frobName':'n'}]},'topId'"
           ":'t'}}",
           "t", "the top before what lies deeper");
    target("{'eventName':'Frobnicate','requestParameters':{'deep':{'er':[{'frobName':'n'}]}}}", "n",
           "what lies deeper");
    target("{'eventName':'Frobnicate','requestParameters':{'filterSet':{'items':[{'name':'vpc-id'}]"
           "}}}",
           NULL, "filters are not it");
    target("{'eventName':'Frobnicate','responseElements':{'requestId':'r','frobArn':'arn:aws:sns:r:"
           "1:topic'}}",
           "topic", "the answer, but not the request's id");
    target("{'eventName':'Frobnicate','requestParameters':{'frobId':'a','frobId':'b'}}", "b",
           "the last one of a name");
    target("{'eventName':'Frobnicate','requestParameters':{'frob\\u0049d':'a'}}", "a",
           "an escaped key");
    target("{'eventName':'Frobnicate','requestParameters':{'frobName':'a\\\"b'}}", "a\"b",
           "an escaped value");
    target("{'eventName':'Frobnicate','requestParameters':{'frobArn':'arn:aws:logs:r:1:log-group:/"
           "aws/lambda/x:*'}}",
           "/aws/lambda/x", "a log group");
    target("{'eventName':'Frobnicate','requestParameters':{'frobArn':'arn:aws:lambda:r:1:function:"
           "f'}}",
           "f", "a function");
    target("{'eventName':'Frobnicate','requestParameters':{'frobArn':'arn:aws:dynamodb:r:1:table/T/"
           "index/I'}}",
           "T/index/I", "a table's index");
    target("{'eventName':'Frobnicate','requestParameters':{'frobArn':'arn:aws:sts::1:assumed-role/"
           "R/s'}}",
           "R/s", "a session");
    target("{'eventName':'Frobnicate','requestParameters':{'frobArn':'arn:aws:apigateway:r::/"
           "restapis/x'}}",
           "/restapis/x", "a resource without a type");
    target("{'eventName':'Frobnicate','requestParameters':{'frobArn':'arn:aws:x:y'}}",
           "arn:aws:x:y", "an ARN that is too short");
    target("{'eventName':'Frobnicate','requestParameters':{'frobArn':'arn:aws:x:y:z:'}}",
           "arn:aws:x:y:z:", "or ends early");
    target("{'eventName':'Frobnicate','requestParameters':'x'}", NULL, "no object to look into");
    target("{'eventName':'Frobnicate','requestParameters':{'1':1,'2':1,'3':1,'4':1,'5':1,'6':1,'7':"
           "1,'8':1,"
           "'9':1,'10':1,'11':1,'12':1,'13':1,'14':1,'15':1,'16':1,'17':1,'frobId':'late'}}",
           "late", "a member far behind");
    target("{'eventName':'StopLogging','requestParameters':{'1':1,'2':1,'3':1,'4':1,'5':1,'6':1,'7'"
           ":1,'8':1,"
           "'9':1,'10':1,'11':1,'12':1,'13':1,'14':1,'15':1,'16':1,'17':1,'name':'late'}}",
           "late", "also by the table");
    target("{'eventName':'StopLogging','requestParameters':{'name':[[[[[[[[[['deep']]]]]]]]]]}}",
           NULL, "lists in lists have an end");
    target("{'eventName':'StopLogging','requestParameters':{'name':['a']}}", "a", "a list of one");
    target("{'eventName':'Frob','eventType':'AwsServiceEvent','serviceEventDetails':{'frobId':'f'},"
           "'additionalEventData':{'SecretId':'s'}}",
           "f", "a service event's details");
    target(
        "{'eventName':'Frob','eventType':'AwsServiceEvent','additionalEventData':{'SecretId':'s'}}",
        "s", "else its further data");
    target("{'eventName':'Frob','eventType':'AwsApiCall','additionalEventData':{'SecretId':'s'}}",
           NULL, "calls have none there");
}

int main(void)
{
    map_begin();
    test_targets();
    return map_done();
}
