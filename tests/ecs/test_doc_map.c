/* Two roads to one value: what import keeps in a column (ecs/columns/map.h, no tree) must be what
 * the document says (a tree and the pipeline's steps). Over the own cases, and the shared events
 * when they are there. */
#include <dirent.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/jsonw.h"
#include "base/time.h"
#include "ecs/columns/map.h"
#include "ecs/doc_case.h"

struct totals {
    th_scanner *scanner;
    th_arena *arena;
    size_t records;
    size_t values;
    size_t differing;
};

struct texts {
    struct th_buf list; /* JSON array */
    size_t n;
    struct th_buf one;
};

static void take(void *ctx, struct th_str value)
{
    struct texts *t = ctx;
    th_buf_putc(&t->list, t->n++ == 0 ? '[' : ',');
    th_json_quote(&t->list, value);
    th_buf_reset(&t->one);
    th_buf_add_str(&t->one, value);
}

/* A column's value in the form of a document's text; absent when there is none. */
static struct th_str column_text(const struct th_values *values, enum th_field field,
                                 char iso[TH_TIME_ISO_BYTES])
{
    enum th_store store = th_field_info(field)->store;
    if (store != TH_STORE_TIME && store != TH_STORE_BOOL)
        return values->text[field];
    if (values->num[field] == TH_VALUE_NONE)
        return TH_STR_NONE;
    if (store == TH_STORE_BOOL)
        return values->num[field] != 0 ? TH_STR("true") : TH_STR("false");
    th_time_iso(values->num[field], iso);
    return th_str_of(iso);
}

static void compare(struct totals *t, struct th_str record, const struct th_values *values,
                    enum th_field field)
{
    const struct th_field_info *info = th_field_info(field);
    struct texts texts = {.list = TH_BUF_INIT};
    char iso[TH_TIME_ISO_BYTES];
    if (!th_field_is_column(field) || (info->flags & TH_FIELD_OWN) != 0)
        return;
    struct th_str got = column_text(values, field, iso);
    th_doc_values(record, NULL, field, TH_STR_NONE, take, &texts);
    if (texts.n > 0)
        th_buf_putc(&texts.list, ']');
    struct th_str want = TH_STR_NONE;
    if (texts.n > 0)
        want = (info->flags & TH_FIELD_MULTI) != 0 || texts.n > 1 ? th_buf_str(&texts.list)
                                                                  : th_buf_str(&texts.one);
    t->values++;
    bool same = (got.p == NULL) == (want.p == NULL) && th_str_eq(got, want);
    if (!same && t->differing++ < 10)
        tap_note("%s: column %.*s, document %.*s, of %.*s", info->name, (int)got.n,
                 got.n > 0 ? got.p : "", (int)want.n, want.n > 0 ? want.p : "",
                 (int)(record.n < 700 ? record.n : 700), record.p);
    th_buf_fini(&texts.list);
    th_buf_fini(&texts.one);
}

static void compare_all(struct totals *t, struct th_str record)
{
    struct th_json_cursor cursor;
    struct th_record *parts = th_arena_calloc(t->arena, 1, sizeof *parts);
    struct th_values *values = th_arena_calloc(t->arena, 1, sizeof *values);
    th_json_init(&cursor, record);
    if (th_record_scan(t->scanner, &cursor, parts) == TH_JSON_OK && !th_json_space(&cursor)) {
        th_map_record(parts, t->arena, values);
        t->records++;
        for (int i = 0; i < TH_FIELD_COUNT; i++)
            compare(t, record, values, (enum th_field)i);
    }
    th_arena_reset(t->arena);
}

/* Every value of a file of JSON texts, one after the other, or of the array that it is or holds as
 * Records. */
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
        compare_all(t, value.text);
    }
}

static int is_records(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && (strcmp(dot, ".json") == 0 || strcmp(dot, ".log") == 0) &&
           strstr(entry->d_name, "expected.json") == NULL;
}

static void check_folder(const char *dir, const char *name)
{
    struct totals t = {.scanner = th_scanner_new(), .arena = th_arena_new(0)};
    struct dirent **entries;
    int files = scandir(dir, &entries, is_records, alphasort);
    for (int i = 0; i < files; i++) {
        char *path = case_path(dir, entries[i]->d_name);
        struct th_str text = case_read(path);
        check_text(&t, text);
        free((char *)(uintptr_t)text.p);
        free(path);
        free(entries[i]);
    }
    if (files >= 0)
        free(entries);
    tap_ok(t.records > 30, "%s: %zu records, %zu values", name, t.records, t.values);
    tap_is_int((int64_t)t.differing, 0, "columns hold what the documents say");
    th_scanner_free(t.scanner);
    th_arena_free(t.arena);
}

int main(void)
{
    static const char *const folders[] = {"elastic-cases", "evidence/stratus",
                                          "evidence/security-datasets", "evidence/invictus-ir"};
    char *dir = case_source("tests/ecs/doc-cases");
    check_folder(dir, "own cases");
    free(dir);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        struct stat info;
        dir = case_shared(folders[i]);
        if (stat(dir, &info) != 0)
            tap_skip(folders[i], "no shared evidence here");
        else
            check_folder(dir, folders[i]);
        free(dir);
    }
    return tap_done();
}
