/* All of the shared evidence: every record that jansson sees is a row with the same id, whether the
 * file comes plain or compressed. */
#include "ingest/import.h"

#include <jansson.h>

#include "ingest/collect.h"

/* "ID\n" of every record in text, by jansson: values behind each other, arrays and Records taken
 * apart. */
static void oracle(const char *text, size_t n, struct th_buf *ids, size_t *count)
{
    size_t at = 0;
    while (at < n) {
        json_error_t error;
        json_t *value = json_loadb(text + at, n - at, JSON_DISABLE_EOF_CHECK, &error);
        if (value == NULL)
            return;
        json_t *list = json_is_object(value) ? json_object_get(value, "Records") : value;
        size_t members = json_is_array(list) ? json_array_size(list) : 1;
        for (size_t i = 0; i < members; i++) {
            const json_t *record = json_is_array(list) ? json_array_get(list, i) : value;
            const char *id = json_string_value(json_object_get(record, "eventID"));
            th_buf_printf(ids, "%s\n", id != NULL ? id : "-");
            ++*count;
        }
        at += (size_t)error.position;
        json_decref(value);
    }
}

static void read_whole_file(const char *path, struct th_buf *out)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0;
    if (f == NULL)
        return;
    while ((n = fread(th_buf_reserve(out, 65536), 1, 65536, f)) > 0)
        out->n += n;
    (void)fclose(f);
}

struct ids {
    struct collected got;
    struct th_buf *by_source; /* ordinal -> "ID\n" … */
    size_t cap;
};

static enum th_code keep_ids(void *ctx, const struct th_batch *b, struct th_err *err)
{
    struct ids *ids = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        const struct th_id *id = &b->ids[TH_F_EVENT_ID][i];
        struct th_buf *to = &ids->by_source[b->parts[b->part[i]].ordinal];
        char text[37];
        if (id->is_uuid) {
            th_uuid_text(id->uuid, text);
            th_buf_printf(to, "%s\n", text);
        } else {
            th_buf_printf(to, "%.*s\n", id->text.p != NULL ? (int)id->text.n : 1,
                          id->text.p != NULL ? id->text.p : "-");
        }
    }
    return collect_batch(&ids->got, b, err);
}

static void compare(const char *label, const char *folder)
{
    struct ids ids = {.by_source = th_xcalloc(4096, sizeof(struct th_buf)), .cap = 4096};
    const char *paths[] = {folder};
    const struct th_import_options options = {.paths = paths, .paths_n = 1};
    const struct th_import_sink sink = {&ids, NULL, keep_ids, NULL, NULL};
    tap_is_int(th_import_run(&options, &sink, NULL, NULL), TH_OK, label);
    size_t wrong = 0;
    size_t all = 0;
    for (size_t i = 0; i < ids.got.n; i++) {
        const struct got_source *s = &ids.got.sources[i];
        struct th_buf file = TH_BUF_INIT;
        struct th_buf plain = TH_BUF_INIT;
        struct th_buf want = TH_BUF_INIT;
        size_t count = 0;
        read_whole_file(s->path, &file);
        if (!th_is_gzip(file.p, file.n))
            th_buf_add_str(&plain, th_buf_str(&file));
        else if (th_gunzip(file.p, file.n, 1u << 30, &plain, NULL, NULL) != TH_OK)
            wrong++;
        if (s->skipped == NULL)
            oracle(plain.p, plain.n, &want, &count);
        else if (strstr(s->path, "LICENSE") == NULL)
            wrong++;
        if (count != s->rows || s->rejects != 0 ||
            !th_str_eq(th_buf_str(&want), th_buf_str(&ids.by_source[i])) ||
            (s->skipped == NULL && !th_str_eq(th_buf_str(&s->kept), th_buf_str(&file)))) {
            wrong++;
            tap_note("%s: %zu records, %llu rows, %llu rejects", s->path, count,
                     (unsigned long long)s->rows, (unsigned long long)s->rejects);
        }
        all += count;
        th_buf_fini(&file);
        th_buf_fini(&plain);
        th_buf_fini(&want);
    }
    tap_ok(all > 3000 && ids.got.rows == all, "%s: %zu records", label, all);
    tap_is_int((int64_t)wrong, 0, "the same ids in every file, and the bytes are kept");
    for (size_t i = 0; i < ids.cap; i++)
        th_buf_fini(&ids.by_source[i]);
    free(ids.by_source);
    collected_fini(&ids.got);
}

/* The files of folder, compressed, in another one. */
static void compress_all(const char *from, const char *to)
{
    struct ids ids = {.by_source = th_xcalloc(4096, sizeof(struct th_buf)), .cap = 4096};
    const char *paths[] = {from};
    const struct th_import_options options = {.paths = paths, .paths_n = 1};
    const struct th_import_sink sink = {&ids, NULL, keep_ids, NULL, NULL};
    if (th_import_run(&options, &sink, NULL, NULL) != TH_OK)
        abort();
    for (size_t i = 0; i < ids.got.n; i++) {
        struct th_buf file = TH_BUF_INIT;
        struct th_buf gz = TH_BUF_INIT;
        char name[40];
        read_whole_file(ids.got.sources[i].path, &file);
        /* Cut anywhere into two members. */
        add_member(&gz, file.p, file.n / 3, 6);
        add_member(&gz, file.p + file.n / 3, file.n - file.n / 3, 1);
        bool licence = strstr(ids.got.sources[i].path, "LICENSE") != NULL;
        (void)snprintf(name, sizeof name, "%s%04zu.gz", licence ? "LICENSE" : "f", i);
        write_file(to, name, gz.p, gz.n);
        th_buf_fini(&file);
        th_buf_fini(&gz);
    }
    for (size_t i = 0; i < ids.cap; i++)
        th_buf_fini(&ids.by_source[i]);
    free(ids.by_source);
    collected_fini(&ids.got);
}

int main(void)
{
    char *evidence = shared_folder("evidence");
    if (evidence == NULL) {
        tap_skip("shared evidence", "no ../shared");
        return tap_done();
    }
    char *folder = make_folder();
    compare("as it is", evidence);
    compress_all(evidence, folder);
    compare("compressed", folder);
    remove_folder(folder);
    free(evidence);
    return tap_done();
}
