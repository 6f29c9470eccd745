/* Members by way of libarchive: only the tar and zip readers are asked for, without filters and
 * without anything that writes; a compressed tar comes inflated.
 *
 * A zip is read by the directory at its end. When that is missing (a download that broke off), what
 * stands before the break is read member by member, and the end is a break. A tar whose first
 * header is damaged is read from the next sound one on. */
#include "ingest/archive/members.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK_BYTES ((size_t)64 * 1024)

struct th_members {
    enum th_members_kind kind;
    th_members_read *read;
    void *ctx;
    uint64_t size;
    uint64_t at;
    struct archive *archive;
    bool in_order; /* a zip without its directory */
    bool opened;
    bool damaged;     /* a header was passed over */
    const char *data; /* the block at hand: what is left of it, and where that belongs */
    size_t block_n;
    uint64_t data_at;
    uint64_t given; /* bytes of the member so far */
    bool ended;
    bool broken; /* and there was more, or it is wrong: see why */
    bool synced; /* of a tar: a sound header was seen, */
    bool marked; /* and the block of zeros at its end */
    char why[256];
    char *name;
    unsigned char block[BLOCK_BYTES];
};

/* A block of bytes; whole tar blocks but at the end. */
static size_t read_block(th_members *m)
{
    size_t n = 0;
    size_t got;
    do {
        got = m->read(m->ctx, m->at, m->block + n, sizeof m->block - n);
        m->at += got;
        n += got;
    } while (got > 0 && n % TH_MEMBERS_HEAD != 0);
    return n;
}

static bool ends_in_zeros(const th_members *m, size_t n)
{
    static const unsigned char zeros[TH_MEMBERS_HEAD];
    return n >= sizeof zeros && memcmp(m->block + n - sizeof zeros, zeros, sizeof zeros) == 0;
}

static la_ssize_t give(struct archive *archive, void *ctx, const void **block)
{
    th_members *m = ctx;
    (void)archive;
    size_t n = read_block(m);
    size_t from = 0;
    while (!m->synced && m->kind == TH_MEMBERS_TAR && n > 0) {
        if (from + TH_MEMBERS_HEAD > n) {
            m->damaged = m->damaged || from < n;
            n = read_block(m);
            from = 0;
        } else if (th_members_is_tar_header(m->block + from)) {
            m->synced = true;
        } else {
            m->damaged = true;
            from += TH_MEMBERS_HEAD;
        }
    }
    if (n > 0)
        m->marked = ends_in_zeros(m, n);
    *block = m->block + from;
    return (la_ssize_t)(n > from ? n - from : 0);
}

static la_int64_t seek(struct archive *archive, void *ctx, la_int64_t offset, int whence)
{
    th_members *m = ctx;
    (void)archive;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)m->at : (int64_t)m->size;
    int64_t to;
    if (__builtin_add_overflow(base, offset, &to) || to < 0)
        return ARCHIVE_FATAL;
    m->at = (uint64_t)to < m->size ? (uint64_t)to : m->size;
    return (la_int64_t)m->at;
}

/* A fresh reader at the archive's beginning. */
static void start(th_members *m)
{
    if (m->archive != NULL)
        (void)archive_read_free(m->archive);
    m->archive = archive_read_new();
    if (m->archive == NULL)
        th_oom(sizeof *m);
    m->at = 0;
    m->opened = false;
    (void)archive_read_support_filter_none(m->archive);
    if (m->kind == TH_MEMBERS_TAR) {
        (void)archive_read_support_format_tar(m->archive);
        /* What stands behind the end mark is not passed over unseen. */
        (void)archive_read_set_options(m->archive, "tar:read_concatenated_archives");
    } else if (m->in_order) {
        (void)archive_read_support_format_zip_streamable(m->archive);
    } else {
        (void)archive_read_support_format_zip_seekable(m->archive);
        (void)archive_read_set_seek_callback(m->archive, seek);
    }
    (void)archive_read_set_read_callback(m->archive, give);
    (void)archive_read_set_callback_data(m->archive, m);
}

th_members *th_members_new(enum th_members_kind kind, th_members_read *read, void *ctx,
                           uint64_t size)
{
    th_members *m = th_xcalloc(1, sizeof *m);
    m->kind = kind;
    m->read = read;
    m->ctx = ctx;
    m->size = size;
    start(m);
    return m;
}

void th_members_free(th_members *m)
{
    if (m == NULL)
        return;
    (void)archive_read_free(m->archive);
    free(m->name);
    free(m);
}

static const char *words(th_members *m, const char *what)
{
    const char *text = archive_error_string(m->archive);
    if (text == NULL)
        text = m->in_order ? "its directory is missing, the end may be cut off"
                           : "it can't be read on";
    (void)snprintf(m->why, sizeof m->why, "%s: %s", what, text);
    return m->why;
}

static const char *name_of(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    if (name == NULL)
        name = archive_entry_pathname_utf8(entry);
    return name != NULL ? name : "?";
}

static const char *why_skipped(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry) != NULL)
        return "link to another member";
    if (archive_entry_filetype(entry) == AE_IFLNK)
        return "symbolic link";
    return archive_entry_filetype(entry) == AE_IFREG ? NULL : "not a regular file";
}

/* A zip that is nothing but the end of its directory. */
static bool is_empty_zip(th_members *m)
{
    char head[4];
    return m->kind == TH_MEMBERS_ZIP && m->read(m->ctx, 0, head, sizeof head) == sizeof head &&
           memcmp(head, "PK\005\006", sizeof head) == 0;
}

/* A zip without a directory: begin again, in order. */
static bool without_directory(th_members *m)
{
    if (m->kind != TH_MEMBERS_ZIP || m->in_order || m->name != NULL)
        return false;
    m->in_order = true;
    start(m);
    return true;
}

static const char kind_words[][16] = {"archive", "tar archive", "zip archive"};

enum th_members_step th_members_next(th_members *m, struct th_member *out, const char **why)
{
    struct archive_entry *entry;
    for (;;) {
        int rc = ARCHIVE_OK;
        if (!m->opened)
            rc = archive_read_open1(m->archive);
        m->opened = rc >= ARCHIVE_WARN;
        if (m->opened)
            rc = archive_read_next_header(m->archive, &entry);
        if (rc == ARCHIVE_RETRY) {
            /* The next header is searched for, as tar does. */
            m->damaged = true;
            continue;
        }
        if (rc == ARCHIVE_EOF && m->damaged) {
            *why = "tar archive: a header is damaged, what stood there was passed over";
            return TH_MEMBERS_BROKEN;
        }
        if (rc == ARCHIVE_EOF && m->kind == TH_MEMBERS_TAR && !m->marked) {
            *why = "tar archive: its end mark is missing, the end may be cut off";
            return TH_MEMBERS_BROKEN;
        }
        if (rc == ARCHIVE_EOF && m->in_order) {
            *why = "zip archive: its directory is missing, the end may be cut off";
            return TH_MEMBERS_BROKEN;
        }
        if (rc == ARCHIVE_EOF)
            return TH_MEMBERS_END;
        if (rc < ARCHIVE_WARN) {
            if (is_empty_zip(m))
                return TH_MEMBERS_END;
            if (without_directory(m))
                continue;
            *why = words(m, kind_words[m->kind]);
            return TH_MEMBERS_BROKEN;
        }
        if (archive_entry_filetype(entry) != AE_IFDIR)
            break;
    }
    m->block_n = 0;
    m->given = 0;
    m->ended = false;
    m->broken = false;
    free(m->name);
    m->name = th_xstrndup(name_of(entry), TH_MEMBER_NAME_MAX);
    out->name = m->name;
    out->skipped = why_skipped(entry);
    out->unreadable = archive_entry_is_data_encrypted(entry) == 1
                          ? "encrypted: unpack the archive with its password to read it"
                          : NULL;
    return TH_MEMBERS_ONE;
}

/* libarchive gives blocks with their places (a sparse file has holes between them); its own call
 * that joins them loses what stands before a break. */
size_t th_members_data(th_members *m, void *buffer, size_t size, const char **why)
{
    *why = NULL;
    while (m->block_n == 0 && !m->ended) {
        const void *p = NULL;
        la_int64_t offset = 0;
        m->block_n = 0;
        int rc = archive_read_data_block(m->archive, &p, &m->block_n, &offset);
        m->data = p;
        m->data_at = offset > 0 ? (uint64_t)offset : 0;
        m->ended = rc == ARCHIVE_EOF || rc < ARCHIVE_OK;
        m->broken = rc < ARCHIVE_OK;
        if (m->broken)
            (void)words(m, "member of an archive");
        /* What is wrong behind the last bytes (a checksum, a mark) comes with them. A sparse file
         * may end in a hole. */
        if (rc == ARCHIVE_EOF || p == NULL)
            m->block_n = 0;
        if (m->broken && m->block_n == 0)
            m->data_at = m->given;
    }
    uint64_t hole = m->data_at > m->given ? m->data_at - m->given : 0;
    if (m->block_n == 0 && hole == 0) {
        *why = m->broken ? m->why : NULL;
        return 0;
    }
    size_t n =
        hole > 0 ? (hole < size ? (size_t)hole : size) : (m->block_n < size ? m->block_n : size);
    if (hole > 0) {
        memset(buffer, 0, n);
    } else {
        memcpy(buffer, m->data, n);
        m->data += n;
        m->block_n -= n;
    }
    m->given += n;
    m->data_at = hole > 0 ? m->data_at : m->given;
    return n;
}
