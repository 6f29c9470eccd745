/* The builder over real and damaged records: every document is one line of JSON with sorted keys
 * that jansson reads, and a single field's values are those of the document. Uses the project's own
 * cases, and the shared evidence when it is there. */
#include <dirent.h>
#include <sys/stat.h>

#include "base/json.h"
#include "ecs/doc_case.h"

enum { MUTANTS = 4, FIELDS_EVERY = 40 };

struct totals {
    size_t documents;
    size_t unreadable;
    size_t unsorted;
    size_t lines;
    size_t errors;
    size_t compared;
    size_t differing;
    uint64_t random;
};

static uint32_t next_random(struct totals *t)
{
    t->random = t->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(t->random >> 33);
}

/* Are the keys of an object's text in order, all the way down? jansson keeps them in the order they
 * were read. */
static bool is_sorted(const json_t *value)
{
    const char *key;
    const char *before = NULL;
    json_t *inner;
    size_t i;
    json_object_foreach((json_t *)(uintptr_t)value, key, inner)
    {
        if ((before != NULL && strcmp(before, key) > 0) || !is_sorted(inner))
            return false;
        before = key;
    }
    json_array_foreach(value, i, inner) if (!is_sorted(inner)) return false;
    return true;
}

static json_t *check(struct totals *t, struct th_str record, const struct th_doc_options *options)
{
    struct th_buf out = TH_BUF_INIT;
    json_error_t error;
    th_doc_write(record, options, &out);
    json_t *doc = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (doc == NULL)
        doc = json_loadb(out.p, out.n,
                         JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
    t->documents++;
    t->lines += memchr(out.p, '\n', out.n) == NULL;
    if (doc == NULL) {
        if (t->unreadable++ == 0)
            tap_note("%s: %.*s", error.text, (int)out.n, out.p);
    } else {
        t->unsorted += !is_sorted(doc);
        t->errors += json_object_get(doc, "error") != NULL;
    }
    th_buf_fini(&out);
    return doc;
}

/* Put a value of another type in the place of a text: the structure stays sound. */
static void swap_type(struct totals *t, struct th_buf *out)
{
    static const char *const values[] = {
        "5",    "[]",   "{}",    "[\"x\",{\"y\":1}]",   "{\"a\":{\"b\":[1.5]}}", "\"none\"",
        "true", "null", "1e999", "\"i-0123456789@a/b\""};
    const char *value = values[next_random(t) % (sizeof values / sizeof values[0])];
    size_t from = next_random(t) % out->n;
    const char *start = memmem(out->p + from, out->n - from, ":\"", 2);
    const char *end =
        start == NULL ? NULL : memchr(start + 2, '"', (size_t)(out->p + out->n - start - 2));
    if (end == NULL)
        return;
    struct th_buf changed = TH_BUF_INIT;
    th_buf_add(&changed, out->p, (size_t)(start + 1 - out->p));
    th_buf_puts(&changed, value);
    th_buf_add(&changed, end + 1, (size_t)(out->p + out->n - end - 1));
    th_buf_fini(out);
    *out = changed;
}

/* A record with some bytes changed, taken out or doubled. */
static void mutate(struct totals *t, struct th_str record, struct th_buf *out)
{
    static const char bytes[] = "\"{}[],:\\0-n.eutf\x00\xff\xc3 ";
    th_buf_reset(out);
    th_buf_add_str(out, record);
    if (out->n > 0 && next_random(t) % 3 != 0) {
        for (uint32_t swaps = 1 + next_random(t) % 4; swaps > 0; swaps--)
            swap_type(t, out);
        return;
    }
    for (uint32_t edits = 1 + next_random(t) % 3; edits > 0 && out->n > 0; edits--) {
        size_t at = next_random(t) % out->n;
        size_t n = next_random(t) % 20;
        if (n > out->n - at)
            n = out->n - at;
        switch (next_random(t) % 4) {
        case 0:
            out->p[at] = bytes[next_random(t) % (sizeof bytes - 1)];
            break;
        case 1:
            memmove(out->p + at, out->p + at + n, out->n - at - n);
            out->n -= n;
            break;
        case 2:
            out->n = at;
            break;
        case 3:
            th_buf_add(out, "null", 4);
            memmove(out->p + at + 4, out->p + at, out->n - 4 - at);
            memcpy(out->p + at, "null", 4);
            break;
        }
    }
}

/* Texts as a sorted list, to compare without their order: a document's keys are sorted, values come
 * in the record's order. */
struct bag {
    char **texts;
    size_t n, cap;
};

static void bag_add(void *ctx, struct th_str value)
{
    struct bag *bag = ctx;
    TH_GROW(bag->texts, bag->n, bag->cap);
    bag->texts[bag->n++] = th_xstrndup(value.p == NULL ? "" : value.p, value.n);
}

static int by_text(const void *a, const void *b)
{
    char *const *x = a;
    char *const *y = b;
    return strcmp(*x, *y);
}

static void bag_fini(struct bag *bag)
{
    for (size_t i = 0; i < bag->n; i++)
        free(bag->texts[i]);
    free(bag->texts);
}

/* Every scalar of a document's value that is no real: Java's text of those is another than C's. */
static size_t leaves(const json_t *value, struct bag *bag)
{
    const char *key;
    json_t *inner;
    size_t i;
    size_t reals = 0;
    char number[32];
    json_object_foreach((json_t *)(uintptr_t)value, key, inner) reals += leaves(inner, bag);
    json_array_foreach(value, i, inner) reals += leaves(inner, bag);
    if (json_is_string(value)) {
        bag_add(bag, th_str_of(json_string_value(value)));
    } else if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        bag_add(bag, th_str_of(number));
    } else if (json_is_boolean(value)) {
        bag_add(bag, json_is_true(value) ? TH_STR("true") : TH_STR("false"));
    } else if (json_is_real(value)) {
        reals++;
    }
    return reals;
}

/* The value at a dotted name; through an array of objects, an array of what is there. Owned
 * reference or NULL. */
static json_t *reach(json_t *node, const char *path)
{
    const char *dot = strchr(path, '.');
    char name[200];
    json_t *item;
    size_t i;
    if (json_is_array(node)) {
        json_t *all = json_array();
        json_array_foreach(node, i, item) json_array_append_new(all, reach(item, path));
        return all;
    }
    snprintf(name, sizeof name, "%.*s", dot == NULL ? (int)strlen(path) : (int)(dot - path), path);
    node = json_object_get(node, name);
    return node == NULL || dot == NULL ? json_incref(node) : reach(node, dot + 1);
}

static void compare_field(struct totals *t, struct th_str record, json_t *doc, enum th_field field)
{
    const struct th_field_info *info = th_field_info(field);
    struct bag want = {0};
    struct bag got = {0};
    json_t *value = reach(doc, info->name);
    size_t reals = leaves(value, &want);
    if (info->store == TH_STORE_CONST || (info->flags & TH_FIELD_OWN) != 0 || reals > 0) {
        json_decref(value);
        bag_fini(&want);
        return;
    }
    th_doc_values(record, NULL, field, TH_STR_NONE, bag_add, &got);
    if (want.n > 0)
        qsort(want.texts, want.n, sizeof *want.texts, by_text);
    if (got.n > 0)
        qsort(got.texts, got.n, sizeof *got.texts, by_text);
    bool same = want.n == got.n;
    for (size_t i = 0; same && i < want.n; i++)
        same = strcmp(want.texts[i], got.texts[i]) == 0;
    t->compared++;
    if (!same && t->differing++ < 3)
        tap_note("%s of %.*s: %zu values, %zu in the document", info->name, (int)record.n, record.p,
                 got.n, want.n);
    bag_fini(&want);
    bag_fini(&got);
    json_decref(value);
}

static void compare_fields(struct totals *t, struct th_str record, json_t *doc, bool all)
{
    static const enum th_field quick[] = {
        TH_F_REQUEST_PARAMETERS,
        TH_F_RESPONSE_ELEMENTS,
        TH_F_FLATTENED_REQUEST_PARAMETERS,
        TH_F_FLATTENED_RESPONSE_ELEMENTS,
        TH_F_FLATTENED_ADDITIONAL_EVENTDATA,
        TH_F_FLATTENED_SERVICE_EVENT_DETAILS,
        TH_F_WEB_ID_ATTRIBUTES,
    };
    for (size_t i = 0; !all && i < sizeof quick / sizeof quick[0]; i++)
        compare_field(t, record, doc, quick[i]);
    for (int i = 0; all && i < TH_FIELD_COUNT; i++)
        compare_field(t, record, doc, (enum th_field)i);
}

static void check_record(struct totals *t, struct th_str record, bool all_fields)
{
    struct th_buf mutant = TH_BUF_INIT;
    json_t *doc = check(t, record, NULL);
    if (doc != NULL)
        compare_fields(t, record, doc, all_fields);
    json_decref(doc);
    for (int i = 0; i < MUTANTS; i++) {
        mutate(t, record, &mutant);
        doc = check(t, th_buf_str(&mutant), NULL);
        if (doc != NULL && i == 0)
            compare_fields(t, th_buf_str(&mutant), doc, false);
        json_decref(doc);
    }
    th_buf_fini(&mutant);
}

/* Every event of a file: {"Records": […]}, an array, or one a line. */
static size_t check_file(struct totals *t, struct th_str text)
{
    struct th_json_cursor c;
    struct th_json_value value;
    bool first = true;
    size_t n = 0;
    th_json_init(&c, text);
    if (th_json_get(text, TH_STR("Records"), &value))
        th_json_init(&c, value.text);
    bool array = th_json_space(&c) && *c.at == '[';
    if (array && th_json_enter(&c) != TH_JSON_OK)
        return 0;
    while (array ? th_json_next_element(&c, &first) == TH_JSON_OK : th_json_space(&c)) {
        if (th_json_value(&c, &value) != TH_JSON_OK)
            break;
        check_record(t, value.text, n % FIELDS_EVERY == 0);
        n++;
    }
    return n;
}

static int is_json(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".json") == 0 && strstr(entry->d_name, ".expected.") == NULL;
}

static size_t check_folder(struct totals *t, const char *dir)
{
    struct dirent **entries;
    int files = scandir(dir, &entries, is_json, alphasort);
    size_t n = 0;
    for (int i = 0; i < files; i++) {
        char *path = case_path(dir, entries[i]->d_name);
        struct th_str text = case_read(path);
        n += check_file(t, text);
        free((char *)(uintptr_t)text.p);
        free(path);
        free(entries[i]);
    }
    if (files >= 0)
        free(entries);
    return n;
}

static void report(const struct totals *t, const char *what)
{
    tap_note("%s: %zu documents, %zu of them errors, %zu fields compared", what, t->documents,
             t->errors, t->compared);
    tap_is_int((int64_t)t->unreadable, 0, "every document is JSON");
    tap_is_int((int64_t)t->unsorted, 0, "with its keys in order");
    tap_is_int((int64_t)t->lines, (int64_t)t->documents, "on one line");
    tap_is_int((int64_t)t->differing, 0, "values of fields are those of the document");
}

int main(void)
{
    static const char *const folders[] = {"evidence/invictus-ir", "evidence/stratus",
                                          "evidence/security-datasets"};
    struct totals t = {.random = 1};
    char *dir = case_source("tests/ecs/doc-cases");
    tap_ok(check_folder(&t, dir) > 50, "own cases");
    free(dir);
    report(&t, "own cases");
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        struct stat info;
        dir = case_shared(folders[i]);
        if (stat(dir, &info) != 0) {
            tap_skip(folders[i], "no shared evidence here");
        } else {
            t = (struct totals){.random = i + 2};
            tap_ok(check_folder(&t, dir) > 50, "%s", folders[i]);
            report(&t, folders[i]);
        }
        free(dir);
    }
    return tap_done();
}
