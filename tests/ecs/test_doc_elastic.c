/* The documents of shared/elastic-cases against the builder: what the integration itself makes of a
 * record. Left out of the comparison: places and operators of addresses, whose databases are not
 * here, and the dot that older versions of Elasticsearch put behind user_agent.version. */
#include <dirent.h>

#include "ecs/doc_case.h"

static const char *const tags[] = {"preserve_original_event", "actor_target_mapping"};

/* retain out of a case's .log-config.yml: "    retain: minimal". The digest case has it in its name
 * only. */
static enum th_retain retain_of(const char *dir, const char *name)
{
    char *path = th_xasprintf("%s/%s-config.yml", dir, name);
    struct th_str text = case_read(path);
    enum th_retain retain =
        strstr(name, "-keyword.log") != NULL ? TH_RETAIN_KEYWORD : TH_RETAIN_ALL;
    const char *at = text.p == NULL ? NULL : strstr(text.p, "retain: ");
    if (at != NULL) {
        char word[32];
        snprintf(word, sizeof word, "%.*s", (int)strcspn(at + 8, "\r\n"), at + 8);
        retain = case_retain(word);
    }
    free((char *)(uintptr_t)text.p);
    free(path);
    return retain;
}

static void strip(json_t *document)
{
    json_t *agent = json_object_get(document, "user_agent");
    const char *version = json_string_value(json_object_get(agent, "version"));
    size_t n = version == NULL ? 0 : strlen(version);
    case_remove(document, "event.created");
    case_remove(document, "source.geo");
    case_remove(document, "source.as");
    if (n > 0 && version[n - 1] == '.')
        json_object_set_new(agent, "version", json_stringn(version, n - 1));
}

static void check_line(const char *name, size_t line, struct th_str record,
                       const struct th_doc_options *options, json_t *want)
{
    char label[300];
    json_t *got = case_document(record, options);
    strip(want);
    if (got != NULL)
        strip(got);
    if (options->enrich == NULL) {
        json_t *original =
            json_incref(json_object_get(json_object_get(want, "user_agent"), "original"));
        if (original != NULL)
            json_object_set_new(want, "user_agent", json_pack("{so}", "original", original));
    }
    snprintf(label, sizeof label, "%s, line %zu%s", name, line + 1,
             record.n == 0 ? " (blank)" : "");
    case_same(got, want, label);
    json_decref(got);
}

static size_t check_case(const char *dir, const char *name, const struct th_enrich *enrich)
{
    char *log_path = case_path(dir, name);
    char *want_path = th_xasprintf("%s/%s-expected.json", dir, name);
    struct th_str log = case_read(log_path);
    json_error_t error;
    json_t *want = json_load_file(want_path, 0, &error);
    json_t *list = json_object_get(want, "expected");
    struct th_doc_options options = {.retain = retain_of(dir, name),
                                     .tags = tags,
                                     .tags_n = 2,
                                     .agent_text = TH_STR(CASE_TIME),
                                     .enrich = enrich};
    size_t from = 0;
    size_t n = json_array_size(list);
    tap_ok(log.p != NULL && n > 0, "%s can be read", name);
    for (size_t line = 0; line < n; line++) {
        const char *end = memchr(log.p + from, '\n', log.n - from);
        size_t length = end == NULL ? log.n - from : (size_t)(end - log.p) - from;
        check_line(name, line, th_str_sub(log, from, length), &options, json_array_get(list, line));
        from = from + length + 1 < log.n ? from + length + 1 : log.n;
    }
    json_decref(want);
    free((char *)(uintptr_t)log.p);
    free(want_path);
    free(log_path);
    return n;
}

static int is_log(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 4 && strcmp(entry->d_name + n - 4, ".log") == 0;
}

int main(void)
{
    char *dir = case_shared("elastic-cases");
    struct dirent **entries;
    int n = scandir(dir, &entries, is_log, alphasort);
    struct th_enrich *enrich = th_enrich_new();
    bool agents = th_enrich_user_agents(enrich, NULL, NULL) == TH_OK;
    size_t documents = 0;
    if (n <= 0)
        tap_skip("the integration's documents", "no shared/elastic-cases here");
    if (!agents)
        tap_skip("user agents of these documents", "no uap-core here");
    for (int i = 0; i < n; i++) {
        documents += check_case(dir, entries[i]->d_name, agents ? enrich : NULL);
        free(entries[i]);
    }
    if (n > 0) {
        tap_is_int((int64_t)documents, 52, "39 events and 13 blank lines");
        free(entries);
    }
    th_enrich_free(enrich);
    free(dir);
    return tap_done();
}
