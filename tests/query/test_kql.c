/* KQL: what a filter means (its canonical text), what is refused with which bytes and words, and
 * the notes. */
#include "lib/tap.h"

#include "base/text.h"
#include "base/time.h"
#include "query/kql/kql.h"

#define NOW INT64_C(1709899200000) /* 2024-03-08T12:00:00Z, a Friday */

static const struct {
    const char *text;
    const char *canonical;
} good[] = {
#define GOOD(text, canonical) {text, canonical},
#define BAD(text, at, length, message)
#include "kql_cases.def"
#undef GOOD
#undef BAD
};

static const struct {
    const char *text;
    unsigned at, length;
    const char *message;
} bad[] = {
#define GOOD(text, canonical)
#define BAD(text, at, length, message) {text, at, length, message},
#include "kql_cases.def"
#undef GOOD
#undef BAD
};

static const struct th_kql_options options = {.now_ms = NOW, .lenient = false};

static void print(const th_query *query, struct th_buf *out)
{
    th_buf_reset(out);
    th_query_print(query, out);
}

static void test_good(void)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_buf again = TH_BUF_INIT;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct th_err err = {0};
        th_query *query;
        enum th_code rc = th_kql_parse(th_str_of(good[i].text), &options, &query, NULL, &err);
        if (!tap_ok(rc == TH_OK, "parses: %s", good[i].text)) {
            tap_note("%s", err.msg);
            continue;
        }
        print(query, &text);
        tap_is_str(th_buf_cstr(&text), good[i].canonical, good[i].text);
        th_query_free(query);
        rc = th_kql_parse(th_buf_str(&text), &options, &query, NULL, NULL);
        if (rc == TH_OK) {
            print(query, &again);
            th_query_free(query);
        }
        tap_ok(rc == TH_OK && th_str_eq(th_buf_str(&text), th_buf_str(&again)),
               "means the same when parsed again: %s", th_buf_cstr(&text));
    }
    th_buf_fini(&text);
    th_buf_fini(&again);
}

static void test_bad(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct th_err err = {0};
        th_query *query;
        enum th_code rc = th_kql_parse(th_str_of(bad[i].text), &options, &query, NULL, &err);
        tap_ok(rc == TH_E_QUERY && query == NULL, "is refused: %s", bad[i].text);
        if (rc == TH_OK) {
            th_query_free(query);
            continue;
        }
        tap_is_str(err.msg, bad[i].message, bad[i].text);
        tap_ok(err.offset == bad[i].at && err.length == bad[i].length,
               "the bytes at fault are %u+%u (got %" PRIu64 "+%" PRIu64 "): %s", bad[i].at,
               bad[i].length, err.offset, err.length, bad[i].text);
    }
}

#define STAR    "a * inside quotes is a literal star; without the quotes it is a wildcard"
#define NOW_IS  "now is 2024-03-08T12:00:00.000Z, the time of the newest event"
#define NULL_IS "null is the text here; events without a field are found with not field: *"
#define NUMBERS "values are compared as numbers; Elasticsearch compares this field as text"
#define NO_STAR                                                                                    \
    "Elasticsearch has no wildcards on addresses; a network such as 203.0.113.0/24 works in both"
#define LITERAL "/…/ is the text itself, as in Kibana; a regular expression is ~/…/"

/* note NULL: nothing is said. Bytes, also where characters take several. */
static const struct {
    const char *text;
    unsigned from, to;
    const char *note;
} notes[] = {
    {"event.action: \"Get*\"", 14, 20, STAR},
    {"\"a*b\"", 0, 5, STAR},
    {"user: \"grüße\" or user: \"ü*\"", 25, 30, STAR},
    {"user: (ä or \"*\")", 13, 16, STAR},
    {"not user: { name: \"a*\" }", 18, 22, STAR},
    {"requestParameters.a: \"*\"", 21, 24, STAR},
    {"event.action: Get*", 0, 0, NULL},
    {"event.action: Get\\*", 0, 0, NULL},
    {"@timestamp > now-1d", 13, 19, NOW_IS},
    {"@timestamp: now/d", 12, 17, NOW_IS},
    {"user: \"ü\" and @timestamp >= now-1M/M", 29, 37, NOW_IS},
    {"@timestamp > 2024-01-01", 0, 0, NULL},
    {"user: now-1d", 0, 0, NULL},
    {"user: null", 6, 10, NULL_IS},
    {"user: (a or null)", 12, 16, NULL_IS},
    {"user: \"null\"", 0, 0, NULL},
    {"user: NULL", 0, 0, NULL},
    {"ip: 10.*", 4, 8, NO_STAR},
    {"ip: 10.0.0.0/8", 0, 0, NULL},
    {"requestParameters.maxResults > 5", 31, 32, NUMBERS},
    {"requestParameters.maxResults > m", 0, 0, NULL},
    {"source.as.number > 5", 0, 0, NULL},
    {"user: /adm.*/", 6, 13, LITERAL},
    {"user: \"/adm/\"", 0, 0, NULL},
    {"user: ~/adm/", 0, 0, NULL},
    {"file.path: /", 0, 0, NULL},
    {"file.path: //", 0, 0, NULL},
};

static void test_notes(void)
{
    struct th_kql_notes found;
    th_query *query;
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        enum th_code rc = th_kql_parse(th_str_of(notes[i].text), &options, &query, &found, NULL);
        size_t want = notes[i].note != NULL;
        tap_ok(rc == TH_OK && found.n == want, "%zu notes on %s", want, notes[i].text);
        if (rc != TH_OK)
            continue;
        th_query_free(query);
        if (want == 0)
            continue;
        tap_is_str(found.n > 0 ? found.note[0].text : "", notes[i].note, notes[i].text);
        tap_ok(found.n > 0 && found.note[0].span.from == notes[i].from &&
                   found.note[0].span.to == notes[i].to,
               "its bytes");
    }
    struct th_kql_options timeless = {.now_ms = TH_TIME_NONE};
    setenv("TRAILHOUND_NOW", "2024-03-08T12:00:00Z", 1);
    enum th_code rc = th_kql_parse(TH_STR("@timestamp > now"), &timeless, &query, &found, NULL);
    tap_ok(rc == TH_OK && found.n == 1, "now without any event");
    if (rc == TH_OK) {
        tap_is_str(found.note[0].text, "now is 2024-03-08T12:00:00.000Z, for no event has a time",
                   "is today's, and says so");
        th_query_free(query);
    }
    const char *many = "a: \"*\" or \"*\" or \"*\" or \"*\" or \"*\" or \"*\"";
    struct th_kql_options lenient = {.now_ms = NOW, .lenient = true};
    rc = th_kql_parse(th_str_of(many), &lenient, &query, &found, NULL);
    tap_ok(rc == TH_OK && found.n == TH_KQL_WARNINGS, "no more notes than there is room for");
    if (rc == TH_OK)
        th_query_free(query);
}

static void test_lenient(void)
{
    struct th_kql_options lenient = {.now_ms = NOW, .lenient = true};
    struct th_buf text = TH_BUF_INIT;
    static const char *const cases[][2] = {
        {"nosuch: x", "not *"},
        {"not nosuch: x", "not (not *)"},
        {"nosuch.*: x or user: a", "not * or user.name: a"},
        {"nosuch > 5 and user: a", "not * and user.name: a"},
        {"nosuch: (a or b)", "not * or not *"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        th_query *query;
        struct th_kql_notes said;
        enum th_code rc = th_kql_parse(th_str_of(cases[i][0]), &lenient, &query, &said, NULL);
        tap_ok(rc == TH_OK && said.n > 0 && strstr(said.note[0].text, "matches nothing") != NULL,
               "lenient, but it is said: %s", cases[i][0]);
        if (rc != TH_OK)
            continue;
        print(query, &text);
        tap_is_str(th_buf_cstr(&text), cases[i][1], "an unknown field matches nothing");
        th_query_free(query);
    }
    th_buf_fini(&text);
}

/* count times unit, with what goes around. */
static enum th_code parse_many(const char *before, const char *unit, size_t count,
                               const char *middle, const char *close, struct th_err *err)
{
    struct th_buf text = TH_BUF_INIT;
    th_query *query;
    th_buf_puts(&text, before);
    for (size_t i = 0; i < count; i++)
        th_buf_puts(&text, unit);
    th_buf_puts(&text, middle);
    for (size_t i = 0; i < count && close[0] != '\0'; i++)
        th_buf_puts(&text, close);
    enum th_code rc = th_kql_parse(th_buf_str(&text), &options, &query, NULL, err);
    if (rc == TH_OK)
        th_query_free(query);
    th_buf_fini(&text);
    return rc;
}

static void test_limits(void)
{
    struct th_err err = {0};
    tap_ok(parse_many("", "(", 100, "a", ")", NULL) == TH_OK, "100 levels of parentheses");
    tap_ok(parse_many("", "(", 101, "a", ")", &err) == TH_E_QUERY && err.offset == 100,
           "101 are too many, the last is shown");
    tap_is_str(err.msg, "the filter is nested deeper than 100 levels", "and it is said");
    tap_ok(parse_many("", "not ", 101, "a", "", NULL) == TH_E_QUERY, "101 nots");
    tap_ok(parse_many("user: ", "(", 101, "a", ")", NULL) == TH_E_QUERY, "101 lists");
    tap_ok(parse_many("", "aws: { ", 101, "a: b", "}", NULL) == TH_E_QUERY, "101 groups");
    tap_ok(parse_many("", "(", 1000000, "a", "", NULL) == TH_E_QUERY, "a million parentheses");
    tap_ok(parse_many("user: (", "a or ", 9998, "b)", "", NULL) == TH_OK,
           "9,999 values and their group are 10,000 parts");
    th_err_clear(&err);
    tap_ok(parse_many("user: (", "a or ", 10000, "b)", "", &err) == TH_E_QUERY, "10,001 values");
    tap_is_str(err.msg, "the filter has more than 10000 parts", "are too many");
    tap_ok(parse_many("*: (", "a or ", 200, "b)", "", NULL) == TH_E_QUERY,
           "wildcard names count for each field");
    tap_ok(parse_many("\"", "0123456789abcdef", 65535, "\"", "", NULL) == TH_OK, "nearly 1 MiB");
    tap_ok(parse_many("\"", "0123456789abcdef", 65536, "\"", "", NULL) == TH_E_QUERY,
           "more than 1 MiB");
    tap_ok(parse_many("user_agent.original.text: \"", "w ", 20000, "\"", "", NULL) == TH_OK,
           "a long phrase is one part");
    tap_ok(parse_many("user_agent.original.text: ", "w ", 20000, "", "", NULL) == TH_E_QUERY,
           "its words unquoted are many");
}

static void test_odd(void)
{
    th_query *query;
    struct th_buf text = TH_BUF_INIT;
    const char nul[] = "user: \"a\0b\"";
    tap_ok(th_kql_parse(TH_STR_NONE, NULL, &query, NULL, NULL) == TH_OK, "an absent text");
    tap_ok(th_query_root(query)->kind == TH_NODE_ALL, "matches all");
    th_query_free(query);
    tap_ok(th_kql_parse((struct th_str){nul, sizeof nul - 1}, &options, &query, NULL, NULL) ==
               TH_OK,
           "a NUL in a value");
    print(query, &text);
    tap_is_str(th_buf_cstr(&text), "user.name: \"a\\u0000b\"", "is kept");
    th_query_free(query);
    tap_ok(th_kql_parse(TH_STR("user: \xff\xfe"), &options, &query, NULL, NULL) == TH_OK,
           "bytes that are no UTF-8");
    th_query_free(query);
    /* Every prefix of every good filter, and every single byte: no crash, and errors lie inside. */
    bool inside = true;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t n = strlen(good[i].text);
        for (size_t k = 0; k <= n; k++) {
            struct th_err err = {0};
            enum th_code rc =
                th_kql_parse((struct th_str){good[i].text, k}, &options, &query, NULL, &err);
            if (rc == TH_OK)
                th_query_free(query);
            else
                inside = inside && rc == TH_E_QUERY && err.offset <= k &&
                         err.offset + err.length <= k && err.msg[0] != '\0';
        }
    }
    tap_ok(inside, "errors of all prefixes have their bytes inside the text");
    inside = true;
    for (int c = 0; c < 256; c++) {
        char one = (char)c;
        if (th_kql_parse((struct th_str){&one, 1}, &options, &query, NULL, NULL) == TH_OK)
            th_query_free(query);
        else
            inside = inside && strchr("():<>\"{}\\", c) != NULL;
    }
    tap_ok(inside, "of single bytes only the special ones are refused");
    th_buf_fini(&text);
}

static void test_explain(void)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"user: a and actoin: b", "user: a and actoin: b\n            ^^^^^^\n"
                                  "unknown field actoin, did you mean action?\n"},
        {"ü: (é", "ü: (é\n^\nunknown field ü\n"},
        {"user: a)", "user: a)\n       ^\nnothing is open that this ')' could close\n"},
        {"user:\ta)", "user:⇥a)\n       ^\nnothing is open that this ')' could close\n"},
        {"\x1b[31m: x", "^[[31m: x\n^^^^^^\nunknown field ^[[31m\n"},
    };
    struct th_buf out = TH_BUF_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct th_err err = {0};
        th_query *query;
        if (th_kql_parse(th_str_of(cases[i].text), &options, &query, NULL, &err) == TH_OK) {
            th_query_free(query);
            tap_ok(false, "is refused: %s", cases[i].text);
            continue;
        }
        th_buf_reset(&out);
        th_kql_explain(th_str_of(cases[i].text), &err, false, &out);
        tap_is_str(th_buf_cstr(&out), cases[i].want, "explained");
    }
    struct th_buf text = TH_BUF_INIT;
    struct th_err err = {0};
    th_query *query;
    for (int i = 0; i < 100; i++)
        th_buf_puts(&text, "user: \"ü\" or ");
    th_buf_puts(&text, "nosuch: x");
    for (int i = 0; i < 100; i++)
        th_buf_puts(&text, " or user: ü");
    tap_ok(th_kql_parse(th_buf_str(&text), &options, &query, NULL, &err) == TH_E_QUERY,
           "a long text");
    th_buf_reset(&out);
    th_kql_explain(th_buf_str(&text), &err, true, &out);
    char *line = th_buf_take(&out);
    char *caret = strchr(line, '\n') + 1;
    tap_ok(strncmp(line, "...", 3) == 0 && strlen(line) < 600, "is cut to the neighbourhood");
    tap_ok(strncmp(line + strcspn(caret, "^"), "nosuch:", 7) == 0, "the caret stands under it");
    tap_ok(th_utf8_valid(th_str_of(line)), "and no character is cut");
    free(line);
    th_buf_fini(&text);
    th_buf_fini(&out);
}

int main(void)
{
    test_good();
    test_bad();
    test_notes();
    test_lenient();
    test_limits();
    test_odd();
    test_explain();
    return tap_done();
}
