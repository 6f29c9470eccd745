/* Making archives by libarchive, and importing them with limits of one's own. */
#ifndef TESTS_INGEST_ARCHIVES_H
#define TESTS_INGEST_ARCHIVES_H

#include <archive.h>
#include <archive_entry.h>

#include "ingest/collect.h"
#include "ingest/reader/source_reader.h"

struct run {
    struct collected got;
    uint64_t bytes, files;
};

static struct th_batch *get_batch(void *ctx)
{
    (void)ctx;
    return th_batch_new();
}

static void put_batch(void *ctx, struct th_batch *b)
{
    struct run *run = ctx;
    b->sequence = run->got.batches;
    if (collect_batch(&run->got, b, NULL) != TH_OK)
        abort();
    th_batch_free(b);
}

static void add_done(void *ctx, uint64_t bytes, uint64_t files)
{
    struct run *run = ctx;
    run->bytes += bytes;
    run->files += files;
}

static struct th_intake_limits limits;

UNUSED static bool take(struct run *run, const char *folder, const struct th_buf *file)
{
    const struct th_intake_hooks hooks = {run, get_batch, put_batch, NULL, add_done};
    struct th_intake in;
    write_file(folder, "archive", file->p, file->n);
    char *path = th_xasprintf("%s/archive", folder);
    struct th_item item = {.path = path, .given = true, .size_bytes = file->n};
    *run = (struct run){.bytes = 0};
    th_intake_init(&in, &hooks, &limits, NULL);
    bool good = th_intake_item(&in, &item, 0);
    if (good)
        th_intake_flush(&in);
    th_intake_fini(&in);
    free(path);
    return good && run->got.disorder == 0;
}

struct making {
    struct archive *a;
    struct th_buf *out;
    char *room;
    size_t size, used;
};

UNUSED static void make(struct making *m, struct th_buf *out, int (*format)(struct archive *),
                        bool gzip)
{
    m->a = archive_write_new();
    m->out = out;
    m->size = (size_t)16 << 20;
    m->room = th_xmalloc(m->size);
    m->used = 0;
    if (format(m->a) != ARCHIVE_OK || (gzip && archive_write_add_filter_gzip(m->a) != ARCHIVE_OK) ||
        archive_write_open_memory(m->a, m->room, m->size, &m->used) != ARCHIVE_OK)
        abort();
}

UNUSED static void put(struct making *m, const char *name, const void *bytes, size_t n)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)n);
    if (archive_write_header(m->a, entry) < ARCHIVE_WARN ||
        archive_write_data(m->a, bytes, n) != (la_ssize_t)n)
        abort();
    archive_entry_free(entry);
}

UNUSED static void made(struct making *m)
{
    if (archive_write_close(m->a) != ARCHIVE_OK)
        abort();
    th_buf_reset(m->out);
    th_buf_add(m->out, m->room, m->used);
    (void)archive_write_free(m->a);
    free(m->room);
}

static int zip_stored(struct archive *a)
{
    (void)archive_write_set_format_zip(a);
    return archive_write_zip_set_compression_store(a);
}

UNUSED static const struct format {
    const char *name;
    int (*set)(struct archive *);
    bool gzip;
} formats[] = {
    {"ustar", archive_write_set_format_ustar, false},
    {"ustar, gzip", archive_write_set_format_ustar, true},
    {"pax", archive_write_set_format_pax, false},
    {"GNU", archive_write_set_format_gnutar, false},
    {"GNU, gzip", archive_write_set_format_gnutar, true},
    {"v7", archive_write_set_format_v7tar, false},
    {"zip", archive_write_set_format_zip, false},
    {"zip, stored", zip_stored, false},
};

#endif
