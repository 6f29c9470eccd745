/* Any bytes as a file of rules. What loads must run, and find the same rows on columns as record by
 * record; what doesn't must be noted with a line of the file. */
#include <string.h>

#include "detect/run/run.h"
#include "detect/sigma/internal.h"
#include "fuzz/fuzz.h"
#include "query/eval/eval.h"
#include "query/mem_loader.h"

/* A few sign-ins of two users from two addresses and what comes after; made once. */
struct world {
    struct mem_case *records;
    th_table *table;
};

static void add_record(struct mem_case *c, const char *name, int second, const char *user)
{
    struct th_buf json = TH_BUF_INIT;
    th_buf_printf(
        &json,
        "{\"eventTime\":\"2024-03-01T10:00:%02dZ\",\"eventName\":\"%s\",\"eventSource\":"
        "\"signin.amazonaws.com\",\"sourceIPAddress\":\"203.0.113.%d\",\"userIdentity\":"
        "{\"type\":\"IAMUser\",\"userName\":\"%s\"},\"requestParameters\":{\"name\":\"a*b\","
        "\"list\":[{\"k\":1},\"x\"]},\"responseElements\":{\"ConsoleLogin\":\"Failure\"}}",
        second, name, second % 2, user);
    FUZZ_CHECK(mem_case_add(c, th_buf_str(&json)));
    th_buf_fini(&json);
}

static const struct world *world(void)
{
    static struct world w;
    if (w.records == NULL) {
        w.records = mem_case_new();
        for (int i = 0; i < 8; i++)
            add_record(w.records, i % 3 == 0 ? "GetObject" : "ConsoleLogin", i * 5 % 60,
                       i % 2 == 0 ? "alice" : "bob");
        FUZZ_CHECK(mem_case_add(w.records, TH_STR("{\"eventSource\":\"odd\"}")));
        w.table = mem_table(w.records);
    }
    return &w;
}

static void check_rows(const th_query *query)
{
    const struct world *w = world();
    struct th_bits rows;
    struct th_buf text = TH_BUF_INIT;
    th_query_print(query, &text);
    th_buf_fini(&text);
    FUZZ_CHECK(th_eval_rows(w->table, query, NULL, NULL, &rows, NULL) == TH_OK);
    for (size_t i = 0; i < rows.n; i++)
        FUZZ_CHECK(th_bits_get(&rows, i) == th_eval_record(query, w->records->raw[i]));
    th_bits_fini(&rows);
}

static void check_found(const struct th_rule *rule, const struct th_found *found)
{
    struct th_err err = {0};
    FUZZ_CHECK(found->rule == rule && found->rows_n > 0 && found->why[0] != '\0');
    FUZZ_CHECK(th_json_check(th_str_of(found->detail), &err) == TH_OK);
    FUZZ_CHECK(th_json_check(th_str_of(found->grouping), &err) == TH_OK);
    for (size_t i = 0; i < found->rows_n; i++)
        FUZZ_CHECK(found->rows[i] < world()->records->rows);
    FUZZ_CHECK(found->first_ms <= found->last_ms);
}

static void check_rule(th_detect *detect, const struct th_rule *rule)
{
    struct th_found_list list;
    struct th_err err = {0};
    FUZZ_CHECK(rule->id != NULL && rule->title[0] != '\0' && rule->line > 0 && rule->text != NULL);
    if (rule->kind == TH_RULE_EVENT)
        check_rows(rule->query);
    th_found_list_init(&list);
    enum th_code rc = th_detect_run(detect, rule, NULL, &list, &err);
    FUZZ_CHECK(rc == TH_OK || rc == TH_E_LIMIT);
    for (size_t i = 0; i < list.n; i++)
        check_found(rule, &list.found[i]);
    FUZZ_CHECK(!rule->silent || list.n == 0);
    th_found_list_fini(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int lines = 1;
    if (size > 20000)
        return 0;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r' || data[i] >= 0x80; /* YAML knows more breaks */
    th_rules *rules = th_rules_from_text((struct th_str){(const char *)data, size}, "fuzz.yml");
    th_detect *detect = th_detect_new(world()->table);
    for (size_t i = 0; i < th_rules_note_count(rules); i++) {
        const struct th_rule_note *note = th_rules_note(rules, i);
        FUZZ_CHECK(note->text[0] != '\0' && note->line >= 0 && note->line <= lines);
    }
    for (size_t i = 0; i < th_rules_count(rules); i++)
        check_rule(detect, th_rules_get(rules, i));
    th_detect_free(detect);
    th_rules_free(rules);
    return 0;
}
