/* One small record a rule: doc-cases/NAME.json is the record as it is, NAME.expected.json its
 * document with the settings it was made with
 * ({"retain": …, "tags": […], "expected": {…}}). event.original is compared with the record itself,
 * so the expected documents leave it out. */
#include <dirent.h>

#include "ecs/doc_case.h"

enum { TAGS_MAX = 8 };

static void check(const char *dir, const char *name, struct th_str record, json_t *settings)
{
    const char *tags[TAGS_MAX];
    json_t *list = json_object_get(settings, "tags");
    const char *retain = json_string_value(json_object_get(settings, "retain"));
    struct th_doc_options options = {.retain = case_retain(retain != NULL ? retain : "all"),
                                     .agent_text = TH_STR(CASE_TIME)};
    if (list != NULL) {
        for (size_t i = 0; i < json_array_size(list) && i < TAGS_MAX; i++)
            tags[options.tags_n++] = json_string_value(json_array_get(list, i));
        options.tags = tags;
    }
    json_t *got = case_document(record, &options);
    json_t *original = json_incref(json_object_get(json_object_get(got, "event"), "original"));
    case_remove(got, "event.original");
    case_same(got, json_object_get(settings, "expected"), name);
    if (original != NULL)
        tap_is_mem(json_string_value(original), json_string_length(original), record.p, record.n,
                   dir);
    json_decref(original);
    json_decref(got);
}

static int is_expected(const struct dirent *entry)
{
    return strstr(entry->d_name, ".expected.json") != NULL;
}

int main(void)
{
    char *dir = case_source("tests/ecs/doc-cases");
    struct dirent **entries;
    int n = scandir(dir, &entries, is_expected, alphasort);
    tap_ok(n >= 50, "%d cases", n);
    for (int i = 0; i < n; i++) {
        char *name = entries[i]->d_name;
        char *path = case_path(dir, name);
        json_error_t error;
        json_t *settings = json_load_file(path, 0, &error);
        *strstr(name, ".expected.json") = '\0';
        char *record_path = th_xasprintf("%s/%s.json", dir, name);
        char *label = th_xasprintf("%s: event.original is the record", name);
        struct th_str record = case_read(record_path);
        if (tap_ok(settings != NULL && record.p != NULL, "%s can be read", name)) {
            while (record.n > 0 && record.p[record.n - 1] == '\n')
                record.n--;
            check(label, name, record, settings);
        }
        free((char *)(uintptr_t)record.p);
        free(label);
        free(record_path);
        free(path);
        json_decref(settings);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    free(dir);
    return tap_done();
}
