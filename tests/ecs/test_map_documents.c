/* Stored fields against the expected documents of the integration's own tests. */
#include "ecs/columns/map.h"

#include <dirent.h>
#include <jansson.h>

#include "base/time.h"
#include "ecs/map_help.h"

static const json_t *at_path(const json_t *json, const char *path)
{
    char key[64];
    while (*path != '\0' && json != NULL) {
        size_t n = strcspn(path, ".");
        memcpy(key, path, n);
        key[n] = '\0';
        json = json_object_get(json, key);
        path += n + (path[n] == '.');
    }
    return json;
}

/* Member of every resource of a document, as the JSON text of a list; NULL when none has it. */
static char *resource_list(const json_t *document, const char *name)
{
    const json_t *all = at_path(document, "aws.cloudtrail.resources");
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *value = json_object_get(json_array_get(all, i), name);
        if (value != NULL)
            json_array_append(list, value);
    }
    char *text = json_array_size(list) == 0 ? NULL : json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

static bool same_text(struct th_str got, const char *want)
{
    return want == NULL ? got.p == NULL : th_str_is(got, want);
}

/* Does one stored field have the document's value? */
static bool same_field(enum th_field field, const json_t *document)
{
    const struct th_field_info *info = th_field_info(field);
    const json_t *want = at_path(document, info->name);
    int64_t ts_ms;
    if (info->store == TH_STORE_LIST) {
        char *list = resource_list(document, strrchr(info->name, '.') + 1);
        bool good = same_text(values.text[field], list);
        free(list);
        return good;
    }
    if (info->store == TH_STORE_TIME) {
        if (want == NULL)
            return values.num[field] == TH_VALUE_NONE;
        return th_time_parse(th_str_of(json_string_value(want)), &ts_ms) &&
               values.num[field] == ts_ms;
    }
    if (info->store == TH_STORE_BOOL) {
        if (want == NULL)
            return values.num[field] == TH_VALUE_NONE;
        return values.num[field] == json_is_true(want);
    }
    if (json_is_integer(want)) {
        char digits[32];
        snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(want));
        return same_text(values.text[field], digits);
    }
    return same_text(values.text[field], json_string_value(want));
}

static int compared, differing;

static void compare(const char *file, const char *line, const json_t *document)
{
    struct th_json_cursor c;
    th_json_init(&c, th_str_of(line));
    if (th_record_scan(scanner, &c, &record) != TH_JSON_OK) {
        tap_ok(false, "%s: a record that can't be read", file);
        return;
    }
    th_arena_reset(arena);
    th_map_record(&record, arena, &values);
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        if (!th_field_is_column((enum th_field)i) || (info->flags & TH_FIELD_OWN) != 0)
            continue;
        compared++;
        if (same_field((enum th_field)i, document))
            continue;
        differing++;
        tap_note("%s: %s", file, info->name);
        tap_show("got ", values.text[i].p == NULL ? "(absent)" : values.text[i].p,
                 values.text[i].p == NULL ? 8 : values.text[i].n);
    }
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        const json_t *want = at_path(document, info->name);
        struct th_buf out = TH_BUF_INIT;
        if (i != TH_F_EVENT_CATEGORY && i != TH_F_EVENT_TYPE && i != TH_F_CLOUD_SERVICE_NAME &&
            i != TH_F_SOURCE_IP)
            continue;
        bool any = th_field_derive((enum th_field)i, values.text[info->parent], NULL, &out);
        char *list = json_is_array(want) ? json_dumps(want, JSON_COMPACT) : NULL;
        const char *text = list != NULL ? list : json_string_value(want);
        compared++;
        if (any != (text != NULL) || (any && strcmp(th_buf_cstr(&out), text) != 0)) {
            differing++;
            tap_note("%s: %s", file, info->name);
        }
        free(list);
        th_buf_fini(&out);
    }
}

static void compare_file(const char *folder, const char *name)
{
    char path[1400];
    snprintf(path, sizeof path, "%s/%s-expected.json", folder, name);
    json_t *expected = json_load_file(path, 0, NULL);
    const json_t *documents = json_object_get(expected, "expected");
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    for (size_t i = 0; file != NULL && getline(&line, &room, file) > 0; i++)
        if (strspn(line, " \r\n\t") != strlen(line))
            compare(name, line, json_array_get(documents, i));
    free(line);
    if (file != NULL)
        fclose(file);
    json_decref(expected);
}

static void test_expected_documents(void)
{
    char folder[1024];
    const char *shared = getenv("TH_SHARED");
    const char *source = getenv("TH_SRCDIR");
    if (shared != NULL)
        snprintf(folder, sizeof folder, "%s/elastic-cases", shared);
    else
        snprintf(folder, sizeof folder, "%s/../shared/elastic-cases",
                 source == NULL ? "." : source);
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        tap_skip("stored fields are those of the expected documents", "no shared cases here");
        return;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        size_t n = strlen(entry->d_name);
        if (n > 4 && strcmp(entry->d_name + n - 4, ".log") == 0)
            compare_file(folder, entry->d_name);
    }
    closedir(dir);
    tap_ok(compared > 1000, "%d values compared with the expected documents", compared);
    tap_is_int(differing, 0, "stored fields are those of the expected documents");
}

int main(void)
{
    map_begin();
    test_expected_documents();
    return map_done();
}
