/* Columns against documents over records that nobody would write: whatever types a record's members
 * have, what import keeps in a column (and what is derived from one) must be what the document of
 * the same record holds. The document is built as export builds it; each of its values is read here
 * by a plain walk.
 *
 * How a column shows what its type can't hold as it is: of several values a JSON list of their
 * texts; of an object nothing; of a boolean only true and false. */
#include <dirent.h>
#include <sys/stat.h>

#include "base/jsonw.h"
#include "base/time.h"
#include "ecs/columns/map.h"
#include "ecs/doc_case.h"
#include "ecs/document/internal.h"
#include "ecs/random_record.h"

enum { SHOWN_MAX = 10 };

struct totals {
    struct random_state random;
    th_scanner *scanner;
    th_arena *arena;
    uint32_t per_record; /* odd relatives of each record */
    size_t records, errors, values, differing;
};

/* Texts of a document's field. */
struct texts {
    struct th_buf list; /* JSON list */
    struct th_buf last;
    size_t n;
};

static void take_leaves(th_arena *arena, const struct th_doc_node *node, struct texts *out)
{
    if (node->type == TH_JSON_OBJECT)
        return;
    if (node->type == TH_JSON_ARRAY) {
        for (struct th_doc_node *item = th_doc_node_first(node); item != NULL;
             item = th_doc_node_next(item))
            take_leaves(arena, item, out);
        return;
    }
    struct th_str text = th_doc_node_java_text(arena, node);
    th_buf_putc(&out->list, out->n++ == 0 ? '[' : ',');
    th_json_quote(&out->list, text);
    th_buf_reset(&out->last);
    th_buf_add_str(&out->last, text);
}

/* Everything at a dotted path, through lists. */
static void take_path(th_arena *arena, const struct th_doc_node *node, const char *path,
                      struct texts *out)
{
    const char *dot = strchr(path, '.');
    if (node->type == TH_JSON_ARRAY) {
        for (struct th_doc_node *item = th_doc_node_first(node); item != NULL;
             item = th_doc_node_next(item))
            take_path(arena, item, path, out);
        return;
    }
    const struct th_doc_node *child = th_doc_node_get(
        node, dot == NULL ? th_str_of(path) : (struct th_str){path, (size_t)(dot - path)});
    if (child == NULL)
        return;
    if (dot == NULL)
        take_leaves(arena, child, out);
    else
        take_path(arena, child, dot + 1, out);
}

/* The document's value as a column shows it; absent when there is none. */
static struct th_str document_text(struct totals *t, const struct th_doc *doc, enum th_field field)
{
    const struct th_field_info *info = th_field_info(field);
    struct texts texts = {.list = TH_BUF_INIT, .last = TH_BUF_INIT};
    struct th_str text = TH_STR_NONE;
    take_path(t->arena, doc->root, info->name, &texts);
    if (texts.n > 0) {
        th_buf_putc(&texts.list, ']');
        bool several = texts.n > 1 || (info->flags & TH_FIELD_MULTI) != 0;
        text = th_arena_dup(t->arena, th_buf_str(several ? &texts.list : &texts.last));
        if (text.p == NULL)
            text = TH_STR("");
    }
    if (info->type == TH_TYPE_BOOLEAN && !th_str_is(text, "true") && !th_str_is(text, "false"))
        text = TH_STR_NONE;
    th_buf_fini(&texts.list);
    th_buf_fini(&texts.last);
    return text;
}

/* What is in a column, or derived from one. */
static struct th_str column_text(struct totals *t, const struct th_values *values,
                                 enum th_field field)
{
    const struct th_field_info *info = th_field_info(field);
    char iso[TH_TIME_ISO_BYTES];
    if (info->store == TH_STORE_OF) {
        struct th_buf derived = TH_BUF_INIT;
        struct th_str text = TH_STR_NONE;
        if (th_field_derive(field, values->text[info->parent], NULL, &derived))
            text = th_arena_dup(t->arena, th_buf_str(&derived));
        th_buf_fini(&derived);
        return text;
    }
    if (info->store != TH_STORE_TIME && info->store != TH_STORE_BOOL)
        return values->text[field];
    if (values->num[field] == TH_VALUE_NONE)
        return TH_STR_NONE;
    if (info->store == TH_STORE_BOOL)
        return values->num[field] != 0 ? TH_STR("true") : TH_STR("false");
    th_time_iso(values->num[field], iso);
    return th_arena_dup(t->arena, th_str_of(iso));
}

static void compare_field(struct totals *t, struct th_str record, const struct th_doc *doc,
                          const struct th_values *values, enum th_field field)
{
    struct th_str got = column_text(t, values, field);
    struct th_str want = document_text(t, doc, field);
    t->values++;
    if ((got.p == NULL) == (want.p == NULL) && th_str_eq(got, want))
        return;
    if (t->differing++ >= SHOWN_MAX)
        return;
    tap_note("%s", th_field_info(field)->name);
    tap_show("column  ", got.p == NULL ? "(nothing)" : got.p, got.p == NULL ? 9 : got.n);
    tap_show("document", want.p == NULL ? "(nothing)" : want.p, want.p == NULL ? 9 : want.n);
    tap_show("record  ", record.p, record.n);
}

static void compare(struct totals *t, struct th_str record)
{
    static const struct th_doc_options options = {.agent_ms = TH_TIME_NONE};
    struct th_json_cursor cursor;
    th_arena_reset(t->arena);
    struct th_record *parts = th_arena_calloc(t->arena, 1, sizeof *parts);
    struct th_values *values = th_arena_calloc(t->arena, 1, sizeof *values);
    struct th_doc doc = {.arena = t->arena, .options = &options, .record = record};
    th_json_init(&cursor, record);
    if (th_record_scan(t->scanner, &cursor, parts) != TH_JSON_OK) {
        if (t->differing++ < SHOWN_MAX)
            tap_show("can't be read:", record.p, record.n);
        return;
    }
    th_map_record(parts, t->arena, values);
    th_doc_build(&doc);
    t->records++;
    t->errors += doc.errors != NULL;
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        bool derived =
            info->store == TH_STORE_OF && th_enrich_kind_of((enum th_field)i) == TH_ENRICH_KINDS;
        if ((th_field_is_column((enum th_field)i) && (info->flags & TH_FIELD_OWN) == 0) || derived)
            compare_field(t, record, &doc, values, (enum th_field)i);
    }
}

static void check_record(struct totals *t, struct th_str record)
{
    struct th_buf odd = TH_BUF_INIT;
    compare(t, record);
    for (uint32_t i = 0; i < t->per_record; i++) {
        th_buf_reset(&odd);
        if (!random_record(&t->random, record, &odd))
            break;
        compare(t, th_buf_str(&odd));
    }
    th_buf_fini(&odd);
}

/* Every object of a file: itself, the elements of its list or its Records, or one after the other.
 */
static void check_text(struct totals *t, struct th_str text)
{
    struct th_json_cursor c;
    struct th_json_value value;
    bool first = true;
    th_json_init(&c, text);
    if (th_json_get(text, TH_STR("Records"), &value))
        th_json_init(&c, value.text);
    bool array = th_json_space(&c) && *c.at == '[';
    if (array && th_json_enter(&c) != TH_JSON_OK)
        return;
    while (array ? th_json_next_element(&c, &first) == TH_JSON_OK : th_json_space(&c)) {
        if (th_json_value(&c, &value) != TH_JSON_OK)
            break;
        if (value.type == TH_JSON_OBJECT)
            check_record(t, value.text);
    }
}

static int is_records(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && (strcmp(dot, ".json") == 0 || strcmp(dot, ".log") == 0) &&
           strstr(entry->d_name, "expected.json") == NULL;
}

static void check_folder(struct totals *t, const char *dir)
{
    struct dirent **entries;
    int files = scandir(dir, &entries, is_records, alphasort);
    for (int i = 0; i < files; i++) {
        char *path = case_path(dir, entries[i]->d_name);
        struct th_str text = case_read(path);
        check_text(t, text);
        free((char *)(uintptr_t)text.p);
        free(path);
        free(entries[i]);
    }
    if (files >= 0)
        free(entries);
}

/* per_record odd relatives of every record of a folder, more with TH_RANDOM=N (N times as many). */
static void check(const char *dir, const char *name, uint32_t per_record, size_t at_least)
{
    const char *more = getenv("TH_RANDOM");
    struct totals t = {.scanner = th_scanner_new(), .arena = th_arena_new(0)};
    t.random.arena = th_arena_new(0);
    t.random.seed = per_record;
    t.per_record = per_record * (more != NULL ? (uint32_t)strtoul(more, NULL, 10) : 1);
    check_folder(&t, dir);
    tap_ok(t.records >= at_least, "%s: %zu records, %zu of them errors, %zu values", name,
           t.records, t.errors, t.values);
    tap_is_int((int64_t)t.differing, 0, "columns hold what the documents say");
    th_arena_free(t.random.arena);
    th_arena_free(t.arena);
    th_scanner_free(t.scanner);
}

int main(void)
{
    static const struct {
        const char *folder;
        uint32_t per_record;
    } shared[] = {{"elastic-cases", 150},
                  {"evidence/security-datasets", 10},
                  {"evidence/stratus", 10},
                  {"evidence/invictus-ir", 2}};
    char *dir = case_source("tests/ecs/doc-cases");
    check(dir, "own cases", 120, 10000);
    free(dir);
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        struct stat info;
        dir = case_shared(shared[i].folder);
        if (stat(dir, &info) != 0)
            tap_skip(shared[i].folder, "no shared evidence here");
        else
            check(dir, shared[i].folder, shared[i].per_record, 1000);
        free(dir);
    }
    return tap_done();
}
