/* The files that SQLite makes beside a database, looked at before SQLite is. It takes them for its
 * own by their names: it plays a journal or a WAL into the database, and removes what a journal
 * names as the list of the databases that were written together (the super-journal), whatever file
 * that is. Cases come from other people with all that lies beside them.
 *
 * What a Trailhound that was killed leaves is known: a WAL beside a file that says that it is in
 * WAL mode, or a journal that names no other file; both of the file's own page size, both plain
 * files under one name. Nothing else is opened. Nothing is moved or removed here either: it may be
 * evidence, and a program that runs may have just made it.
 *
 * What these files hold is pages of the same database, and believed as little as the database. */
#include "store/case/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/case/connect.h"

/* Rollback journal: magic, records, nonce, pages of the database before, sector size, page size. A
 * super-journal's name stands at the end of the file: name, its length, its checksum, the magic. */
#define JOURNAL_PAGES_AT 16
#define JOURNAL_PAGE_AT  24
/* WAL: magic (its last bit is the order of bytes in checksums), version, page size. */
#define WAL_HEAD    32 /* longer than that of a journal */
#define WAL_PAGE_AT 8

static const unsigned char journal_magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
static const unsigned char wal_magic[4] = {0x37, 0x7f, 0x06, 0x82};

static uint32_t load32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Both ends of a file. */
struct ends {
    unsigned char head[WAL_HEAD], tail[8];
    off_t size; /* 0: nothing there, or too little to mean anything */
};

static enum th_code refuse(const char *name, const char *why, struct th_err *err)
{
    return th_err_set(err, TH_E_CASE,
                      "%s %s, so it isn't touched, and the case isn't opened: move it away to read "
                      "the case without it",
                      name, why);
}

/* A plain file under this one name; its ends. out NULL: it must not be opened. A process loses all
 * its locks of a file with any descriptor of it that it closes, and SQLite's locks stand on the
 * -shm: who comes next would take it for one that nobody uses, and cut it off under those who do.
 */
static enum th_code look(const char *name, struct ends *out, struct th_err *err)
{
    struct stat st;
    if (out != NULL)
        memset(out, 0, sizeof *out);
    if (lstat(name, &st) != 0)
        return errno == ENOENT ? TH_OK : th_err_errno(err, "looking at %s", name);
    if (!S_ISREG(st.st_mode))
        return refuse(name, "is no plain file", err);
    if (st.st_nlink > 1)
        return refuse(name, "has another name as well", err);
    if (out == NULL)
        return TH_OK;
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) /* its owner was quicker; or it can't be read, which SQLite will say */
        return TH_OK;
    ssize_t n = pread(fd, out->head, sizeof out->head, 0);
    off_t tail = st.st_size - (off_t)sizeof out->tail;
    if (n == (ssize_t)sizeof out->head && pread(fd, out->tail, sizeof out->tail, tail) >= 0)
        out->size = st.st_size;
    close(fd);
    return TH_OK;
}

static bool is_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static enum th_code check_journal(const char *name, const struct th_case_header *header,
                                  struct th_err *err)
{
    struct ends ends;
    enum th_code rc = look(name, &ends, err);
    if (rc != TH_OK || ends.size == 0 || is_zero(ends.head, sizeof ends.head))
        return rc;
    /* The magic comes with the first write through to the disk; zeros stand there until then. */
    if (memcmp(ends.head, journal_magic, sizeof journal_magic) != 0 &&
        !is_zero(ends.head, sizeof journal_magic))
        return refuse(name, "is no journal of SQLite", err);
    if (memcmp(ends.tail, journal_magic, sizeof journal_magic) == 0)
        return refuse(name, "names another file, as no journal of Trailhound does", err);
    if (header->sqlite && load32(ends.head + JOURNAL_PAGE_AT) != header->page_bytes)
        return refuse(name, "belongs to another database", err);
    /* Killed while it was made, a case was nothing before. */
    if (!header->sqlite && load32(ends.head + JOURNAL_PAGES_AT) != 0)
        return refuse(name, "belongs to another database", err);
    return TH_OK;
}

static enum th_code check_wal(const char *name, const struct th_case_header *header,
                              struct th_err *err)
{
    struct ends ends;
    enum th_code rc = look(name, &ends, err);
    if (rc != TH_OK || ends.size == 0 || is_zero(ends.head, sizeof ends.head))
        return rc;
    ends.head[3] &= 0xfe;
    if (memcmp(ends.head, wal_magic, sizeof wal_magic) != 0)
        return refuse(name, "is no WAL of SQLite", err);
    if (!header->wal)
        return refuse(name, "lies beside a case that was closed without one", err);
    if (load32(ends.head + WAL_PAGE_AT) != header->page_bytes)
        return refuse(name, "belongs to another database", err);
    return TH_OK;
}

static enum th_code check_once(const char *path, struct th_err *err)
{
    struct th_case_header header;
    char *journal = th_xasprintf("%s-journal", path);
    char *wal = th_xasprintf("%s-wal", path);
    char *shm = th_xasprintf("%s-shm", path);
    enum th_code rc = th_connect_header(path, &header, err);
    if (rc == TH_E_NOT_FOUND) { /* about to be made: what lies there is not of it */
        th_err_clear(err);
        rc = TH_OK;
    }
    if (rc == TH_OK)
        rc = check_journal(journal, &header, err);
    if (rc == TH_OK)
        rc = check_wal(wal, &header, err);
    if (rc == TH_OK)
        rc = look(shm, NULL, err);
    free(journal);
    free(wal);
    free(shm);
    return rc;
}

enum th_code th_beside_check(const char *path, struct th_err *err)
{
    struct th_err inner;
    enum th_code rc = TH_OK;
    /* SQLite follows links to the file and looks beside that. */
    char *real = realpath(path, NULL);
    /* Between two looks another program may have closed the case or begun to write: what is wrong
     * stays wrong. */
    for (int tries = 0; tries < 3; tries++) {
        th_err_clear(&inner);
        rc = check_once(real == NULL ? path : real, &inner);
        if (rc != TH_E_CASE)
            break;
    }
    free(real);
    return rc == TH_OK ? rc : th_err_set(err, rc, "%s", inner.msg);
}
