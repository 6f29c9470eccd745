/* Any bytes as a filter. The first byte chooses a position for completion; short ones are
 * completed everywhere. What parses must print
 * to text that means the same, and give the same rows on columns as record by record; what doesn't
 * must say where inside the text; editing must never make a good filter bad. */
#include <string.h>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "query/eval/eval.h"
#include "query/kql/kql.h"
#include "query/mem_loader.h"
#include "query/ops/ops.h"

static const struct th_kql_options strict = {.now_ms = INT64_C(1709899200000)};
static const struct th_kql_options lenient = {.now_ms = INT64_C(1709899200000), .lenient = true};

/* Few records with what filters look for; made once. */
struct world {
    struct mem_case *records;
    th_table *table;
};

static const struct world *world(void)
{
    static struct world w;
    static const char *const texts[] = {
        "{\"eventTime\":\"2024-03-01T10:00:00Z\",\"eventName\":\"ConsoleLogin\",\"eventSource\":"
        "\"signin.amazonaws.com\",\"sourceIPAddress\":\"203.0.113.9\",\"userAgent\":\"aws-cli/2.1 "
        "linux\",\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"alice\"},\"eventID\":"
        "\"11111111-1111-4111-8111-111111111111\",\"readOnly\":false}",
        "{\"eventName\":\"GetObject\",\"requestParameters\":{\"bucketName\":\"a*b\",\"n\":[1,{"
        "\"k\":"
        "\"\\u0041\\n\"}],\"a.b\":{\"c\":1.5e3}},\"errorCode\":\"AccessDenied\",\"awsRegion\":"
        "\"eu-west-1\"}",
        "{\"eventSource\":\"odd\"}",
    };
    if (w.records == NULL) {
        w.records = mem_case_new();
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            FUZZ_CHECK(mem_case_add(w.records, th_str_of(texts[i])));
        w.table = mem_table(w.records);
    }
    return &w;
}

static void check_rows(const th_query *query)
{
    const struct world *w = world();
    struct th_bits rows;
    FUZZ_CHECK(th_eval_rows(w->table, query, NULL, NULL, &rows, NULL) == TH_OK);
    for (size_t i = 0; i < rows.n; i++)
        FUZZ_CHECK(th_bits_get(&rows, i) == th_eval_record(query, w->records->raw[i]));
    th_bits_fini(&rows);
}

/* A cancelled or overlong filter is none of this; a tree's text may be longer than the cap on
 * texts. */
static void check_text(const th_query *query)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_buf again = TH_BUF_INIT;
    th_query *second;
    struct th_err err = {0};
    th_query_print(query, &text);
    enum th_code rc = th_kql_parse(th_buf_str(&text), &strict, &second, NULL, &err);
    FUZZ_CHECK(rc == TH_OK || text.n > 100000 || strstr(err.msg, "nested deeper") != NULL ||
               strstr(err.msg, "parts") != NULL);
    if (rc == TH_OK) {
        th_query_print(second, &again);
        FUZZ_CHECK(th_str_eq(th_buf_str(&text), th_buf_str(&again)));
        th_query_free(second);
    }
    th_buf_fini(&text);
    th_buf_fini(&again);
}

/* Of text that is UTF-8 no character is cut. */
static bool is_border(struct th_str text, size_t at)
{
    return at >= text.n || ((unsigned char)text.p[at] & 0xc0) != 0x80;
}

static void check_span(struct th_str text, uint64_t from, uint64_t to)
{
    FUZZ_CHECK(from <= to && to <= text.n);
    if (th_utf8_valid(text))
        FUZZ_CHECK(is_border(text, (size_t)from) && is_border(text, (size_t)to));
}

static void check_error(struct th_str text, const struct th_err *err)
{
    struct th_buf out = TH_BUF_INIT;
    check_span(text, err->offset, err->offset + err->length);
    FUZZ_CHECK(err->code == TH_E_QUERY && err->msg[0] != '\0');
    FUZZ_CHECK(err->offset <= text.n && err->length <= text.n - err->offset);
    th_kql_explain(text, err, err->length % 2 == 0, &out);
    size_t lines = 0;
    for (size_t i = 0; i < out.n; i++) {
        FUZZ_CHECK(out.p[i] == '\n' || (unsigned char)out.p[i] >= 0x20);
        lines += out.p[i] == '\n';
    }
    FUZZ_CHECK(lines == 3);
    th_buf_fini(&out);
}

/* The text with its completed bytes replaced. */
static void replace(struct th_str text, struct th_span span, struct th_str by, struct th_buf *out)
{
    th_buf_add_str(out, th_str_sub(text, 0, span.from));
    th_buf_add_str(out, by);
    th_buf_add_str(out, th_str_sub(text, span.to, text.n));
}

/* A value that is taken stands in the filter as that value, when the filter is good then. */
static void check_taken(struct th_str text, const struct th_completion *found)
{
    const struct th_str value = TH_STR("a b\"(\\ or *");
    struct th_buf term = TH_BUF_INIT, taken = TH_BUF_INIT;
    struct th_completion again;
    th_kql_term(&term, "x", value);
    replace(text, found->replace, th_str_sub(th_buf_str(&term), 3, term.n), &taken);
    size_t inside = found->replace.from + 2;
    FUZZ_CHECK(th_kql_complete(th_buf_str(&taken), inside, &again));
    FUZZ_CHECK(again.kind == TH_COMPLETE_VALUE && again.ref.field == found->ref.field &&
               again.replace.from == found->replace.from);
    th_completion_fini(&again);
    th_buf_fini(&term);
    th_buf_fini(&taken);
}

static void check_values(const struct th_completion *found)
{
    struct th_top top;
    FUZZ_CHECK(th_ops_matching(world()->table, NULL, &found->ref, th_buf_str(&found->typed), 5,
                               NULL, &top, NULL) == TH_OK);
    FUZZ_CHECK(top.n <= 5 && top.n <= top.distinct);
    for (size_t i = 0; i < top.n; i++)
        FUZZ_CHECK(top.values[i].value.p != NULL && top.values[i].count > 0);
    th_top_fini(&top);
}

static void check_completion(struct th_str text, size_t at)
{
    struct th_completion found;
    th_query *query;
    if (!th_kql_complete(text, at, &found))
        return;
    FUZZ_CHECK(found.replace.from <= found.replace.to && found.replace.to <= text.n);
    FUZZ_CHECK(found.replace.from <= at || at > text.n);
    FUZZ_CHECK(found.prefix.n <= text.n);
    check_span(text, found.replace.from, found.replace.to);
    FUZZ_CHECK(th_kql_parse(th_buf_str(&found.rest), &lenient, &query, NULL, NULL) == TH_OK);
    th_query_free(query);
    if (found.kind == TH_COMPLETE_VALUE) {
        FUZZ_CHECK((int)found.ref.field >= 0 && (int)found.ref.field < TH_FIELD_COUNT);
        check_taken(text, &found);
        check_values(&found);
    } else {
        FUZZ_CHECK(found.ref.field == TH_FIELD_NONE && found.rest.n == 0);
    }
    th_completion_fini(&found);
}

/* Adding a term to a filter that parses gives one that parses; adding it again changes nothing. */
static void check_editing(struct th_str text, bool parses)
{
    struct th_buf once = TH_BUF_INIT;
    struct th_buf twice = TH_BUF_INIT;
    struct th_err err = {0};
    const struct th_str term = TH_STR("user.name: \"a b\"");
    th_query *query;
    th_kql_and(&once, text, term, text.n % 2 == 1);
    if (parses && th_kql_parse(th_buf_str(&once), &strict, &query, NULL, &err) == TH_OK) {
        th_query_free(query);
        th_kql_and(&twice, th_buf_str(&once), term, text.n % 2 == 1);
        FUZZ_CHECK(th_str_eq(th_buf_str(&once), th_buf_str(&twice)));
    } else if (parses) {
        FUZZ_CHECK(strstr(err.msg, "parts") != NULL || strstr(err.msg, "longer") != NULL ||
                   strstr(err.msg, "nested deeper") != NULL);
    }
    th_buf_fini(&once);
    th_buf_fini(&twice);
}

/* A value must come back from the term made of it. */
static void check_term(struct th_str value)
{
    struct th_buf out = TH_BUF_INIT;
    th_query *query;
    if (value.n > 10000)
        return;
    th_kql_term(&out, "user.name", value);
    FUZZ_CHECK(th_kql_parse(th_buf_str(&out), &strict, &query, NULL, NULL) == TH_OK);
    const struct th_node *node = th_query_root(query);
    FUZZ_CHECK(node->kind == TH_NODE_MATCH && node->test == TH_TEST_TEXT &&
               th_str_eq(node->text, value));
    th_query_free(query);
    th_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct th_err err = {0};
    struct th_kql_notes notes;
    th_query *query;
    if (size < 1 || size > 20000)
        return 0;
    struct th_str text = {(const char *)data + 1, size - 1};
    bool parses = th_kql_parse(text, &strict, &query, &notes, &err) == TH_OK;
    if (parses) {
        for (size_t i = 0; i < notes.n; i++) {
            FUZZ_CHECK(notes.note[i].text[0] != '\0');
            check_span(text, notes.note[i].span.from, notes.note[i].span.to);
        }
        check_text(query);
        check_rows(query);
        th_query_free(query);
    } else {
        check_error(text, &err);
    }
    if (th_kql_parse(text, &lenient, &query, NULL, NULL) == TH_OK)
        th_query_free(query);
    else
        FUZZ_CHECK(!parses);
    check_completion(text, data[0] % (text.n + 1));
    for (size_t at = 0; at <= text.n && text.n < 200; at++)
        check_completion(text, at);
    check_editing(text, parses);
    check_term(text);
    return 0;
}
