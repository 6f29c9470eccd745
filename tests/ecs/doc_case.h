/* What the tests of documents share: files, options out of a case, and a comparison that names the
 * fields that differ. */
#ifndef TESTS_ECS_DOC_CASE_H
#define TESTS_ECS_DOC_CASE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ecs/document/doc.h"
#include "lib/tap.h"

#define CASE_TIME "2021-11-11T01:02:03.123456789Z"

/* A whole file; absent when it can't be read. Owned (free the pointer). */
__attribute__((unused)) static struct th_str case_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct th_buf text = TH_BUF_INIT;
    if (file == NULL)
        return TH_STR_NONE;
    for (;;) {
        char *room = th_buf_reserve(&text, 65536);
        size_t n = fread(room, 1, 65536, file);
        if (n == 0)
            break;
        text.n += n;
        text.p[text.n] = '\0';
    }
    fclose(file);
    size_t n = text.n;
    return (struct th_str){th_buf_take(&text), n};
}

/* dir/name, owned. */
__attribute__((unused)) static char *case_path(const char *dir, const char *name)
{
    return th_xasprintf("%s/%s", dir, name);
}

/* The folder of shared evidence, owned. */
__attribute__((unused)) static char *case_shared(const char *name)
{
    const char *shared = getenv("TH_SHARED");
    const char *source = getenv("TH_SRCDIR");
    if (shared != NULL)
        return case_path(shared, name);
    return th_xasprintf("%s/../shared/%s", source != NULL ? source : ".", name);
}

__attribute__((unused)) static char *case_source(const char *name)
{
    const char *source = getenv("TH_SRCDIR");
    return case_path(source != NULL ? source : ".", name);
}

/* The document of a record as jansson reads it; NULL when it doesn't. */
__attribute__((unused)) static json_t *case_document(struct th_str record,
                                                     const struct th_doc_options *options)
{
    struct th_buf out = TH_BUF_INIT;
    json_error_t error;
    th_doc_write(record, options, &out);
    json_t *document = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (document == NULL)
        tap_note("%s at byte %d of %.*s", error.text, error.position, (int)out.n, out.p);
    th_buf_fini(&out);
    return document;
}

/* Remove the member at a dotted path. */
__attribute__((unused)) static void case_remove(json_t *object, const char *path)
{
    char name[200];
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
        object = json_object_get(object, name);
        path = dot + 1;
    }
    json_object_del(object, path);
}

static void case_show(const char *label, const char *path, const json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    printf("#   %s %s: %s\n", label, path, text != NULL ? text : "(nothing)");
    free(text);
}

/* Print every field in which got and want differ; returns how many. */
static int case_diff(const char *path, const json_t *got, const json_t *want)
{
    char inner[500];
    const char *key;
    json_t *value;
    int n = 0;
    if (json_equal(got, want))
        return 0;
    if (!json_is_object(got) || !json_is_object(want)) {
        case_show("got ", path, got);
        case_show("want", path, want);
        return 1;
    }
    json_object_foreach((json_t *)(uintptr_t)want, key, value)
    {
        snprintf(inner, sizeof inner, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
        n += case_diff(inner, json_object_get(got, key), value);
    }
    json_object_foreach((json_t *)(uintptr_t)got, key, value)
    {
        if (json_object_get(want, key) != NULL)
            continue;
        snprintf(inner, sizeof inner, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
        case_show("got ", inner, value);
        case_show("want", inner, NULL);
        n++;
    }
    return n;
}

/* One assertion: equal, or the differing fields. */
__attribute__((unused)) static void case_same(const json_t *got, const json_t *want,
                                              const char *name)
{
    if (!tap_ok(got != NULL && json_equal(got, want), "%s", name))
        case_diff("", got, want);
}

static const struct {
    const char *word;
    enum th_retain retain;
} case_retains[] = {
    {"all", TH_RETAIN_ALL},
    {"keyword", TH_RETAIN_KEYWORD},
    {"flattened", TH_RETAIN_FLATTENED},
    {"minimal", TH_RETAIN_MINIMAL},
    {"none", TH_RETAIN_NONE},
};

__attribute__((unused)) static enum th_retain case_retain(const char *word)
{
    for (size_t i = 0; i < sizeof case_retains / sizeof case_retains[0]; i++)
        if (strcmp(case_retains[i].word, word) == 0)
            return case_retains[i].retain;
    return TH_RETAIN_ALL;
}

#endif
