/* One record against a filter: the plain meaning. The record is mapped as on import and every test
 * looks at the values of its field; columns, dictionaries and short cuts have no part in it, which
 * is why tests compare the two. */
#include "query/eval/eval.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "ecs/columns/map.h"
#include "query/eval/evidence.h"
#include "query/eval/match.h"
#include "query/eval/record.h"
#include "query/table/table.h"

struct th_one_record {
    struct th_str raw;
    const struct th_enrich *enrich;
    th_arena *arena;
    struct th_values *values; /* NULL: not mapped yet */
};

struct th_one_record *th_one_record_new(struct th_str raw, const struct th_enrich *enrich)
{
    struct th_one_record *one = th_xcalloc(1, sizeof *one);
    one->raw = raw;
    one->enrich = enrich;
    one->arena = th_arena_new(4096);
    return one;
}

/* Map the record, the first time. Many filters never ask. */
static const struct th_values *values_of(struct th_one_record *one)
{
    if (one->values != NULL)
        return one->values;
    struct th_record *record = th_arena_calloc(one->arena, 1, sizeof *record);
    th_scanner *scanner = th_scanner_new();
    struct th_json_cursor c;
    th_json_init(&c, one->raw);
    if (th_record_scan(scanner, &c, record) != TH_JSON_OK)
        memset(record, 0, sizeof *record);
    one->values = th_arena_calloc(one->arena, 1, sizeof *one->values);
    th_map_record(record, one->arena, one->values);
    th_scanner_free(scanner);
    return one->values;
}

void th_one_record_free(struct th_one_record *one)
{
    if (one == NULL)
        return;
    th_arena_free(one->arena);
    free(one);
}

static void visit_text(enum th_field field, struct th_str text, th_evidence_visit *visit, void *ctx)
{
    /* An entry of a column and the value of an event are split alike. */
    struct th_column column = {.field = field, .texts_n = 1, .texts = &text};
    th_column_entry_values(&column, 0, visit, ctx);
}

static void visit_derived(struct th_one_record *one, enum th_field field, th_evidence_visit *visit,
                          void *ctx)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_str parent = values_of(one)->text[th_field_info(field)->parent];
    if (th_field_derive(field, parent, one->enrich, &text))
        visit_text(field, (struct th_str){th_buf_cstr(&text), text.n}, visit, ctx);
    th_buf_fini(&text);
}

static void visit_values(struct th_one_record *one, const struct th_field_ref *field,
                         th_evidence_visit *visit, void *ctx)
{
    const struct th_field_info *info = th_field_info(field->field);
    int64_t num;
    char iso[TH_TIME_ISO_BYTES];
    switch (info->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_ID:
        visit_text(field->field, values_of(one)->text[field->field], visit, ctx);
        break;
    case TH_STORE_TIME:
        num = values_of(one)->num[field->field];
        if (num == TH_VALUE_NONE)
            break;
        th_time_iso(num, iso);
        visit(ctx, th_str_of(iso));
        break;
    case TH_STORE_BOOL:
        num = values_of(one)->num[field->field];
        if (num != TH_VALUE_NONE)
            visit(ctx, num != 0 ? TH_STR("true") : TH_STR("false"));
        break;
    case TH_STORE_OF:
        visit_derived(one, field->field, visit, ctx);
        break;
    case TH_STORE_CONST:
        visit(ctx, th_str_of(info->source));
        break;
    case TH_STORE_EVIDENCE:
        th_evidence_values(field, one->raw, visit, ctx);
        break;
    }
}

/* Two fields: every value of the one against every value of the other. */
struct meet {
    struct th_one_record *one;
    const struct th_node *leaf;
    struct th_str wanted;
    bool met;
};

static void meet_second(void *ctx, struct th_str value)
{
    struct meet *m = ctx;
    m->met = m->met || th_str_eq(value, m->wanted);
}

static void meet_first(void *ctx, struct th_str value)
{
    struct meet *m = ctx;
    m->wanted = value;
    if (!m->met)
        visit_values(m->one, &m->leaf->other, meet_second, m);
}

bool th_one_record_test(struct th_one_record *one, const struct th_node *leaf)
{
    struct th_match_set set = {.leaf = leaf};
    struct meet m = {.one = one, .leaf = leaf};
    if (leaf->kind == TH_NODE_FREE ||
        (leaf->test != TH_TEST_FIELD &&
         th_field_info(leaf->field.field)->store == TH_STORE_EVIDENCE))
        return th_evidence_plain(leaf, one->raw);
    if (leaf->test == TH_TEST_FIELD) {
        visit_values(one, &leaf->field, meet_first, &m);
        return m.met;
    }
    visit_values(one, &leaf->field, th_match_set_add, &set);
    return th_match_set_result(&set);
}

static bool test_node(struct th_one_record *one, const struct th_node *node)
{
    switch (node->kind) {
    case TH_NODE_ALL:
        return true;
    case TH_NODE_NONE:
        return false;
    case TH_NODE_AND:
        for (size_t i = 0; i < node->kids_n; i++)
            if (!test_node(one, node->kids[i]))
                return false;
        return true;
    case TH_NODE_OR:
        for (size_t i = 0; i < node->kids_n; i++)
            if (test_node(one, node->kids[i]))
                return true;
        return false;
    case TH_NODE_NOT:
        return !test_node(one, node->kids[0]);
    case TH_NODE_MATCH:
    case TH_NODE_FREE:
        return th_one_record_test(one, node);
    }
    return false;
}

bool th_eval_record_with(const th_query *query, struct th_str raw, const struct th_enrich *enrich)
{
    struct th_one_record *one = th_one_record_new(raw, enrich);
    bool result = test_node(one, th_query_root(query));
    th_one_record_free(one);
    return result;
}

bool th_eval_record(const th_query *query, struct th_str raw)
{
    return th_eval_record_with(query, raw, NULL);
}
