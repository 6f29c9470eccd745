/* Editing filters: terms from values, adding and toggling them, and completion at every kind of
 * position. */
#include "lib/tap.h"

#include "query/kql/kql.h"

/* Terms -------------------------------------------------------------------- */

static void test_term(void)
{
    static const struct {
        const char *field, *value, *want;
    } cases[] = {
        {"event.action", "ConsoleLogin", "event.action: ConsoleLogin"},
        {"user.name", NULL, "not user.name: *"},
        {"user.name", "", "user.name: \"\""},
        {"user.name", "Alice Smith", "user.name: \"Alice Smith\""},
        {"user.name", "or", "user.name: \"or\""},
        {"user.name", "NOT", "user.name: \"NOT\""},
        {"user.name", "null", "user.name: \"null\""},
        {"user.name", "a*b", "user.name: \"a*b\""},
        {"user.name", "~/x/", "user.name: \"~/x/\""},
        {"user.name", "say \"hi\" \\o/", "user.name: \"say \\\"hi\\\" \\\\o/\""},
        {"user.name", "a\nb\x01\x7f", "user.name: \"a\\nb\\u0001\\u007f\""},
        {"user.name", "grüße", "user.name: \"grüße\""},
        {"user.name", "\\u0041", "user.name: \"\\\\u0041\""},
        {"source.ip", "203.0.113.9", "source.ip: 203.0.113.9"},
        {"source.ip", "2001:db8::1", "source.ip: \"2001:db8::1\""},
        {"aws.cloudtrail.user_identity.arn", "arn:aws:iam::1:root",
         "aws.cloudtrail.user_identity.arn: \"arn:aws:iam::1:root\""},
        {"@timestamp", "2024-03-01T10:00:00.000Z", "@timestamp: \"2024-03-01T10:00:00.000Z\""},
        {"requestParameters.a:b", "x", "requestParameters.a\\:b: x"},
        {"requestParameters.a or b", "x", "requestParameters.a\\u0020or b: x"},
        {"requestParameters. a\t*", "x", "requestParameters. a\\t\\*: x"},
        {"requestParameters.a\xc2\xa0", "x", "requestParameters.a\\u00a0: x"},
        {"aws.cloudtrail.read_only", "true", "aws.cloudtrail.read_only: true"},
        {"user_agent.original", "(x) <y> {z}", "user_agent.original: \"(x) <y> {z}\""},
        {"user.name", " a ", "user.name: \" a \""},
    };
    struct th_kql_options options = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct th_buf out = TH_BUF_INIT;
        th_query *query;
        th_kql_term(&out, cases[i].field, th_str_of(cases[i].value));
        tap_is_str(th_buf_cstr(&out), cases[i].want, cases[i].want);
        bool parses = th_kql_parse(th_buf_str(&out), &options, &query, NULL, NULL) == TH_OK;
        const struct th_node *node = parses ? th_query_root(query) : NULL;
        tap_ok(parses && (node->kind == TH_NODE_NOT || node->test != TH_TEST_TEXT ||
                          th_str_eq(node->text, th_str_of(cases[i].value))),
               "and it is read back as that value");
        if (parses)
            th_query_free(query);
        th_buf_fini(&out);
    }
}

/* And ---------------------------------------------------------------------- */

static const struct {
    const char *filter, *term;
    bool negate;
    const char *want;
} ands[] = {
    {"", "user.name: a", false, "user.name: a"},
    {"  ", "user.name: a", true, "not user.name: a"},
    {"*", "user.name: a", false, "user.name: a"},
    {"event.action: x", "user.name: a", false, "event.action: x and user.name: a"},
    {"event.action: x", "user.name: a", true, "event.action: x and not user.name: a"},
    {"  event.action:x  ", "user.name: a", false, "event.action:x and user.name: a"},
    {"event.action: x OR ip: 10.0.0.1", "user.name: a", false,
     "(event.action: x OR ip: 10.0.0.1) and user.name: a"},
    {"(event.action: x or ip: 10.0.0.1)", "user.name: a", false,
     "(event.action: x or ip: 10.0.0.1) and user.name: a"},
    {"event.action: (x or y)", "user.name: a", false, "event.action: (x or y) and user.name: a"},
    {"not event.action: x", "user.name: a", false, "not event.action: x and user.name: a"},
    /* the same again */
    {"user.name: a", "user.name: a", false, "user.name: a"},
    {"user.name:  \"a\"", "user.name: a", false, "user.name:  \"a\""},
    {"user: a", "user.name: a", false, "user: a"},
    {"event.action: x and user: a and ip: 10.0.0.1", "user.name: a", false,
     "event.action: x and user: a and ip: 10.0.0.1"},
    {"not user.name: a", "user.name: a", true, "not user.name: a"},
    {"event.action: x AND NOT user: a", "user.name: a", true, "event.action: x AND NOT user: a"},
    {"(user.name: a)", "user.name: a", false, "(user.name: a)"},
    /* the opposite */
    {"user.name: a", "user.name: a", true, "not user.name: a"},
    {"not user.name: a", "user.name: a", false, "user.name: a"},
    {"event.action: x and user: a and ip: 10.0.0.1", "user.name: a", true,
     "event.action: x and ip: 10.0.0.1 and not user.name: a"},
    {"event.action: x AND not (user: a)", "user.name: a", false,
     "event.action: x and user.name: a"},
    {"user.name: a and not user.name: a", "user.name: a", false, "user.name: a"},
    /* absent values */
    {"", "not user.name: *", false, "not user.name: *"},
    {"", "not user.name: *", true, "user.name: *"},
    {"user.name: *", "not user.name: *", false, "not user.name: *"},
    {"not user.name: *", "not user.name: *", false, "not user.name: *"},
    {"not user.name: *", "not user.name: *", true, "user.name: *"},
    /* terms that are more */
    {"ip: 10.0.0.1", "user: a or user: b", false, "ip: 10.0.0.1 and (user: a or user: b)"},
    {"ip: 10.0.0.1", "user: a and id: b", true, "ip: 10.0.0.1 and not (user: a and id: b)"},
    {"ip: 10.0.0.1", "user: (a or b)", true, "ip: 10.0.0.1 and not user: (a or b)"},
    /* different values stay */
    {"user.name: a", "user.name: b", false, "user.name: a and user.name: b"},
    {"nosuch: a", "nosuch: b", false, "nosuch: a and nosuch: b"},
    {"nosuch: a", "nosuch: a", true, "not nosuch: a"},
    {"alice", "user.name: alice", false, "alice and user.name: alice"},
    {"@timestamp > now-1d", "user.name: b", false, "@timestamp > now-1d and user.name: b"},
    /* broken filters are kept as they are */
    {"user.name: (a", "user.name: b", false, "user.name: (a and user.name: b"},
};

static void test_and(void)
{
    for (size_t i = 0; i < sizeof ands / sizeof ands[0]; i++) {
        struct th_buf out = TH_BUF_INIT;
        th_kql_and(&out, th_str_of(ands[i].filter), th_str_of(ands[i].term), ands[i].negate);
        char name[300];
        snprintf(name, sizeof name, "%s [%s %s]", ands[i].filter, ands[i].negate ? "-" : "+",
                 ands[i].term);
        tap_is_str(th_buf_cstr(&out), ands[i].want, name);
        th_buf_fini(&out);
    }
}

/* Pressing the keys again and again must come back to the same text. */
static void test_toggle(void)
{
    static const char *const starts[] = {"", "event.action: x", "event.action: x or ip: 10.0.0.1",
                                         "not (user: b or user: c)", "alice"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct th_buf now = TH_BUF_INIT;
        size_t longest = 0;
        size_t first = 0;
        th_buf_puts(&now, starts[i]);
        for (int k = 0; k < 40; k++) {
            struct th_buf next = TH_BUF_INIT;
            th_kql_and(&next, th_buf_str(&now), TH_STR("user.name: \"Alice Smith\""), k % 3 == 1);
            th_buf_fini(&now);
            now = next;
            if (k < 3)
                first = now.n > first ? now.n : first;
            longest = now.n > longest ? now.n : longest;
        }
        tap_ok(longest == first, "toggling a term does not grow \"%s\"", starts[i]);
        th_buf_fini(&now);
    }
}

/* Completion --------------------------------------------------------------- */

/* '|' is the position. kind: f field, v value, o operator, - nothing. */
static const struct {
    const char *text;
    char kind;
    unsigned from, to;
    const char *prefix, *field, *path, *rest;
} completions[] = {
    {"|", 'f', 0, 0, "", "", "", ""},
    {"us|", 'f', 0, 2, "us", "", "", ""},
    {"us|er", 'f', 0, 4, "us", "", "", ""},
    {"|user", 'f', 0, 4, "", "", "", ""},
    {"  ev|", 'f', 2, 4, "ev", "", "", ""},
    {"(us|", 'f', 1, 3, "us", "", "", ""},
    {"not us|", 'f', 4, 6, "us", "", "", ""},
    {"user: a and |", 'f', 12, 12, "", "", "", ""},
    {"user: a and e|", 'f', 12, 13, "e", "", "", ""},
    {"user: a or (|", 'f', 12, 12, "", "", "", ""},
    {"user: a AND NOT |", 'f', 16, 16, "", "", "", ""},
    {"user: { na|", 'f', 8, 10, "na", "", "", ""},
    {"user |", 'o', 5, 5, "", "", "", ""},
    {"user a|", 'o', 5, 6, "a", "", "", ""},
    {"user: a |", 'o', 8, 8, "", "", "", ""},
    {"user: a a|", 'o', 8, 9, "a", "", "", ""},
    {"user: a an|", 'o', 8, 10, "an", "", "", ""},
    {"user: a O|", 'o', 8, 9, "O", "", "", ""},
    {"user: \"a\" |", 'o', 10, 10, "", "", "", ""},
    {"(user: a) |", 'o', 10, 10, "", "", "", ""},
    {"user: (a or b) |", 'o', 15, 15, "", "", "", ""},
    {"user: (a |", 'o', 9, 9, "", "", "", ""},
    {"user:|", 'v', 5, 5, "", "user.name", "", ""},
    {"user: |", 'v', 6, 6, "", "user.name", "", ""},
    {"user: al|", 'v', 6, 8, "al", "user.name", "", ""},
    {"user: a|l", 'v', 6, 8, "a", "user.name", "", ""},
    {"user: \"al|", 'v', 6, 9, "al", "user.name", "", ""},
    {"user: \"al|ice\" and x", 'v', 6, 13, "al", "user.name", "", "x"},
    {"user: Alice S|", 'v', 6, 13, "Alice S", "user.name", "", ""},
    {"action: x and user: |", 'v', 20, 20, "", "user.name", "", "action: x"},
    {"action: x and user: al|", 'v', 20, 22, "al", "user.name", "", "action: x"},
    {"user: al| and action: x", 'v', 6, 8, "al", "user.name", "", "action: x"},
    {"ip: 1.2.3.4 and user: al| and action: x", 'v', 22, 24, "al", "user.name", "",
     "ip: 1.2.3.4 and action: x"},
    {"action: x and not user: al|", 'v', 24, 26, "al", "user.name", "", "action: x"},
    {"action: x or user: al|", 'v', 19, 21, "al", "user.name", "", ""},
    {"action: x and (ip: 1.2.3.4 and user: al|", 'v', 37, 39, "al", "user.name", "",
     "action: x and (ip: 1.2.3.4)"},
    {"user: (|", 'v', 7, 7, "", "user.name", "", ""},
    {"user: (a or |", 'v', 12, 12, "", "user.name", "", ""},
    {"user: (a or b|", 'v', 12, 13, "b", "user.name", "", ""},
    {"user: (a and not b|", 'v', 17, 18, "b", "user.name", "", ""},
    {"action: x and user: (a or b|) and ip: 1.2.3.4", 'v', 26, 27, "b", "user.name", "",
     "action: x and ip: 1.2.3.4"},
    {"source.ip >= |", 'v', 13, 13, "", "source.ip", "", ""},
    {"source.ip >|", 'v', 11, 11, "", "source.ip", "", ""},
    {"nosuch: a|", '-', 0, 0, "", "", "", ""},
    {"nosuch > |", '-', 0, 0, "", "", "", ""},
    {"nosuch: (a or |", '-', 0, 0, "", "", "", ""},
    {"user.*: a|", '-', 0, 0, "", "", "", ""},
    {"nosuch: a |", 'o', 10, 10, "", "", "", ""},
    {"nosuch |", 'o', 7, 7, "", "", "", ""},
    {"\"user.name\": a|", 'v', 13, 14, "a", "user.name", "", ""},
    {"requestParameters.bucketName: s|", 'v', 30, 31, "s",
     "aws.cloudtrail.flattened.request_parameters", "bucketName", ""},
    {"requestParameters.bucket*: s|", '-', 0, 0, "", "", "", ""},
    {"user: ~/a|", '-', 0, 0, "", "", "", ""},
    {"user: ~/a/i |", 'o', 12, 12, "", "", "", ""},
    {"\"some phr|", '-', 0, 0, "", "", "", ""},
    {"alice and |", 'f', 10, 10, "", "", "", ""},
    /* groups of names */
    {"user: { name: a|", 'v', 14, 15, "a", "user.name", "", ""},
    {"action: x and user: { id: b and name: a|", 'v', 38, 39, "a", "user.name", "",
     "action: x and user: { id: b}"},
    {"action: x and user: { name: a| }", 'v', 28, 29, "a", "user.name", "", "action: x"},
    {"user: { nosuch: a|", '-', 0, 0, "", "", "", ""},
    {"nosuch: { name: a|", '-', 0, 0, "", "", "", ""},
    {"user: { target: { name: a|", 'v', 24, 25, "a", "user.target.name", "", ""},
    {"requestParameters: { a: { b: x|", 'v', 29, 30, "x",
     "aws.cloudtrail.flattened.request_parameters", "a.b", ""},
    {"user: { name: a } and ip: 1|", 'v', 26, 27, "1", "source.ip", "", "user: { name: a }"},
    {"user: { id: b and |", 'f', 18, 18, "", "", "", ""},
    /* groups of clauses */
    {"action: x and (user: a|", 'v', 21, 22, "a", "user.name", "", "action: x"},
    {"action: x and (user: a or user: b|)", 'v', 32, 33, "b", "user.name", "", "action: x"},
    {"action: x and not (user: a or user: b|)", 'v', 36, 37, "b", "user.name", "", "action: x"},
    {"(user: a or user: b|) and action: x", 'v', 18, 19, "b", "user.name", "", "action: x"},
    {"action: x or (ip: 1.2.3.4 and user: b|)", 'v', 36, 37, "b", "user.name", "",
     "action: x or (ip: 1.2.3.4)"},
    {"((user: b|))", 'v', 8, 9, "b", "user.name", "", ""},
    {"action: x and ((user: (a or b|)))", 'v', 28, 29, "b", "user.name", "", "action: x"},
    {"(action: x and user: b| and ip: 1.2.3.4", 'v', 21, 22, "b", "user.name", "",
     "(action: x and ip: 1.2.3.4)"},
    {"not user: b| and action: x", 'v', 10, 11, "b", "user.name", "", "action: x"},
    {"{not user: b|", 'v', 11, 12, "b", "user.name", "", ""},
    /* quotes, escapes */
    {"user: \"a\\\"|", 'v', 6, 10, "a\\\"", "user.name", "", ""},
    {"user: a\\:|b", 'v', 6, 10, "a\\:", "user.name", "", ""},
    {"user: \"a\\|", 'v', 6, 9, "a\\", "user.name", "", ""},
    {"requestParameters.a\\:b: x|", 'v', 24, 25, "x", "aws.cloudtrail.flattened.request_parameters",
     "a:b", ""},
    {"\"requestParameters.a:b\": x|", 'v', 25, 26, "x",
     "aws.cloudtrail.flattened.request_parameters", "a:b", ""},
    {"user: \"and|", 'v', 6, 10, "and", "user.name", "", ""},
    {"user: |\"alice\"", 'v', 6, 13, "", "user.name", "", ""},
    {"user: gr\u00fc|", 'v', 6, 10, "gr\u00fc", "user.name", "", ""},
    {"agent.text: fire|", 'v', 12, 16, "fire", "user_agent.original", "", ""},
    {"requestParameters.|", 'f', 0, 18, "requestParameters.", "", "", ""},
};

/* What the bytes typed so far mean as a value. */
static void test_typed(void)
{
    static const char *const cases[][2] = {
        {"user: al|", "al"},
        {"user: \"a\\\"|", "a\""},
        {"user: \"a b|", "a b"},
        {"user: a\\:|b", "a:"},
        {"user: a\\|", "a"},
        {"user: \"a\\\\|", "a\\"},
        {"user: \"a\\|", "a"},
        {"user: |", ""},
        {"user: \"|", ""},
        {"user: \\u0061b|", "ab"},
        {"user: Alice S|", "Alice S"},
        {"user: (x or \"y|", "y"},
        {"user: \"C:\\Win|", "C:\\Win"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct th_buf text = TH_BUF_INIT;
        struct th_completion found;
        const char *bar = strchr(cases[i][0], '|');
        size_t at = (size_t)(bar - cases[i][0]);
        th_buf_add(&text, cases[i][0], at);
        th_buf_puts(&text, bar + 1);
        if (tap_ok(th_kql_complete(th_buf_str(&text), at, &found), "%s", cases[i][0])) {
            tap_is_str(th_buf_cstr(&found.typed), cases[i][1], "  is typed");
            th_completion_fini(&found);
        }
        th_buf_fini(&text);
    }
}

/* Inside { } names go on from the one before it; behind a name a comparison may follow. */
static void test_scope(void)
{
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"us", ""},
        {"user: { na", "user."},
        {"user: { name: a and target: { ", "user.target."},
        {"user: { name: a } and u", ""},
        {"(aws: { (cloud", "aws."},
        {"user: (", NULL},
    };
    struct th_completion found;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct th_str text = th_str_of(cases[i].text);
        bool any = th_kql_complete(text, text.n, &found);
        bool is_field = any && found.kind == TH_COMPLETE_FIELD;
        tap_ok(is_field == (cases[i].name != NULL), "a name? %s", cases[i].text);
        if (is_field)
            tap_is_str(th_buf_cstr(&found.name), cases[i].name, "  what stands before it");
        if (any)
            th_completion_fini(&found);
    }
    tap_ok(th_kql_complete(TH_STR("user "), 5, &found) && found.kind == TH_COMPLETE_OPERATOR &&
               found.behind_name,
           "behind a name a comparison may follow");
    th_completion_fini(&found);
    tap_ok(th_kql_complete(TH_STR("user: a "), 8, &found) && found.kind == TH_COMPLETE_OPERATOR &&
               !found.behind_name,
           "behind a value none");
    th_completion_fini(&found);
}

static char kind_letter(enum th_complete_kind kind)
{
    switch (kind) {
    case TH_COMPLETE_FIELD:
        return 'f';
    case TH_COMPLETE_VALUE:
        return 'v';
    case TH_COMPLETE_OPERATOR:
        return 'o';
    }
    return '?';
}

static void test_complete(void)
{
    for (size_t i = 0; i < sizeof completions / sizeof completions[0]; i++) {
        struct th_buf text = TH_BUF_INIT;
        struct th_completion found;
        const char *bar = strchr(completions[i].text, '|');
        size_t at = (size_t)(bar - completions[i].text);
        th_buf_add(&text, completions[i].text, at);
        th_buf_puts(&text, bar + 1);
        bool any = th_kql_complete(th_buf_str(&text), at, &found);
        char kind = any ? kind_letter(found.kind) : '-';
        tap_ok(kind == completions[i].kind, "%s completes %c (got %c)", completions[i].text,
               completions[i].kind, kind);
        if (any && kind == completions[i].kind) {
            tap_ok(found.replace.from == completions[i].from &&
                       found.replace.to == completions[i].to,
                   "  replaces %u-%u (got %u-%u)", completions[i].from, completions[i].to,
                   found.replace.from, found.replace.to);
            tap_is_mem(found.prefix.p, found.prefix.n, completions[i].prefix,
                       strlen(completions[i].prefix), "  prefix");
            if (kind == 'v') {
                tap_is_str(th_field_info(found.ref.field)->name, completions[i].field, "  field");
                tap_is_mem(found.ref.path.p, found.ref.path.n, completions[i].path,
                           strlen(completions[i].path), "  path");
            }
            tap_is_str(th_buf_cstr(&found.rest), completions[i].rest, "  the rest of the filter");
        }
        if (any)
            th_completion_fini(&found);
        th_buf_fini(&text);
    }
}

/* Every position of odd texts: spans inside, the rest parses. */
static void test_anywhere(void)
{
    static const char *const texts[] = {
        "user: (a or \"b c\" or ~/x\\/y/i) and not ip >= 10.0.0.1 or {} )))((( \\ \" ~/ :::: and",
        "((((user:(((a",
        "not not not user: { name: { a : b } } and \xff\xfe: \xc3 |",
        "\"\\\"\\\\",
        "a:b:c:d",
    };
    struct th_kql_options options = {.lenient = true};
    bool good = true;
    size_t values = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct th_str text = th_str_of(texts[i]);
        for (size_t at = 0; at <= text.n + 2; at++) {
            struct th_completion found;
            th_query *query;
            if (!th_kql_complete(text, at, &found))
                continue;
            values += found.kind == TH_COMPLETE_VALUE;
            good = good && found.replace.from <= found.replace.to && found.replace.to <= text.n &&
                   found.replace.from <= at && found.prefix.n <= text.n;
            if (th_kql_parse(th_buf_str(&found.rest), &options, &query, NULL, NULL) == TH_OK)
                th_query_free(query);
            else
                good = false;
            th_completion_fini(&found);
        }
    }
    tap_ok(good && values > 20,
           "at every position of odd texts the spans lie inside and the rest parses");
    struct th_completion found;
    tap_ok(th_kql_complete(TH_STR_NONE, 7, &found) && found.kind == TH_COMPLETE_FIELD &&
               found.replace.to == 0,
           "an absent text is an empty one");
    th_completion_fini(&found);
}

int main(void)
{
    test_term();
    test_and();
    test_toggle();
    test_complete();
    test_typed();
    test_scope();
    test_anywhere();
    return tap_done();
}
