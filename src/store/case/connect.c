/* Connections to case files: what the file is, before SQLite touches it; how a connection is made
 * safe; and how a case is read where nothing can be written.
 *
 * Case files come from other people: triggers are off, functions in the schema must be harmless,
 * and nothing in the file is trusted to be in order before it was looked at. */
#include "store/case/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/case/handle.h"

#define CLOSING_TRIES         100
#define CLOSING_WAIT_MS       20
#define HEADER_BYTES          100
#define HEADER_MAGIC          "SQLite format 3"
#define HEADER_PAGE_BYTES     16
#define HEADER_READ_VERSION   19
#define HEADER_APPLICATION_ID 68

/* Through SQLite's own layer: its locks are of the kind that a process loses when it closes any
 * descriptor of the file, so a case that is open already must not be opened and closed behind
 * SQLite's back. */
static enum th_code read_head(const char *path, unsigned char bytes[HEADER_BYTES], ssize_t *n,
                              struct th_err *err)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_file *file = th_xcalloc(1, (size_t)vfs->szOsFile);
    sqlite3_int64 size = 0;
    /* Links are followed there, for xOpen follows none; it wants two zeros behind a name. */
    char *name = th_xcalloc((size_t)vfs->mxPathname + 2, 1);
    int rc = vfs->xFullPathname(vfs, path, vfs->mxPathname, name);
    if ((rc & 0xff) == SQLITE_OK) /* also SQLITE_OK_SYMLINK */
        rc = vfs->xOpen(vfs, name, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, NULL);
    bool opened = file->pMethods != NULL;
    if (rc == SQLITE_OK)
        rc = file->pMethods->xFileSize(file, &size);
    *n = size < HEADER_BYTES ? (ssize_t)size : HEADER_BYTES;
    if (rc == SQLITE_OK && *n > 0)
        rc = file->pMethods->xRead(file, bytes, (int)*n, 0);
    if (opened)
        file->pMethods->xClose(file);
    free(file);
    free(name);
    return rc == SQLITE_OK
               ? TH_OK
               : th_err_set(err, TH_E_IO, "reading case %s: %s", path, sqlite3_errstr(rc));
}

enum th_code th_connect_header(const char *path, struct th_case_header *out, struct th_err *err)
{
    unsigned char bytes[HEADER_BYTES] = {0};
    struct stat st;
    memset(out, 0, sizeof *out);
    if (stat(path, &st) != 0)
        return th_err_errno(err, "opening case %s", path);
    if (!S_ISREG(st.st_mode))
        return th_err_set(err, TH_E_CASE, "%s is %s, not a Trailhound case", path,
                          S_ISDIR(st.st_mode) ? "a folder" : "no plain file");
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0)
        return th_err_errno(err, "opening case %s", path);
    enum th_code rc = read_head(path, bytes, &out->n, err);
    if (rc != TH_OK)
        return rc;
    out->sqlite = out->n == HEADER_BYTES && memcmp(bytes, HEADER_MAGIC, sizeof HEADER_MAGIC) == 0;
    const unsigned char *page = bytes + HEADER_PAGE_BYTES;
    out->page_bytes = (uint32_t)page[0] << 8 | page[1];
    if (out->page_bytes == 1) /* what has no room in two bytes */
        out->page_bytes = 65536;
    out->wal = out->sqlite && bytes[HEADER_READ_VERSION] == 2;
    const unsigned char *id = bytes + HEADER_APPLICATION_ID;
    out->application_id =
        (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
    return TH_OK;
}

bool th_case_is_case(const char *path)
{
    struct th_case_header header;
    return th_connect_header(path, &header, NULL) == TH_OK && header.sqlite &&
           header.application_id == TH_CASE_APPLICATION_ID;
}

/* Steps of WAIT_MS: between the commits of an import the case is free for a moment only, which
 * SQLite's own waiting, with longer and longer sleeps, would miss again and again. */
#define WAIT_MS 1

static int wait_for_lock(void *most_ms, int tried)
{
    if ((intptr_t)tried * WAIT_MS >= (intptr_t)most_ms)
        return 0;
    sqlite3_sleep(WAIT_MS);
    return 1;
}

void th_connect_patience(sqlite3 *db, int ms)
{
    (void)sqlite3_busy_handler(db, wait_for_lock, (void *)(intptr_t)ms);
}

static void harden(sqlite3 *db)
{
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    (void)sqlite3_extended_result_codes(db, 1);
    th_db_try(db, "PRAGMA cell_size_check = 1");
    th_connect_patience(db, TH_CASE_BUSY_MS);
}

static enum th_code connect_as(const char *name, int flags, sqlite3 **out, struct th_err *err)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(name, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) {
        enum th_code code = db == NULL ? th_err_set(err, TH_E_IO, "%s", sqlite3_errstr(rc))
                                       : th_db_fail(db, rc, err, NULL);
        sqlite3_close(db);
        return code;
    }
    harden(db);
    *out = db;
    return TH_OK;
}

/* A name that SQLite takes for a file and nothing else: not for a URI, not for memory. */
static char *plain_name(const char *path)
{
    return th_xasprintf("%s%s", path[0] == '/' || path[0] == '.' ? "" : "./", path);
}

enum th_code th_connect_plain(const char *path, int flags, sqlite3 **out, struct th_err *err)
{
    char *name = plain_name(path);
    enum th_code rc = connect_as(name, flags, out, err);
    free(name);
    return rc;
}

/* "file:" URI of a path: bytes that mean something in a URI are escaped. */
static char *immutable_uri(const char *path)
{
    struct th_buf uri = TH_BUF_INIT;
    th_buf_puts(&uri, path[0] == '/' ? "file://" : "file:");
    for (const char *p = path; *p != '\0'; p++)
        if (*p == '%' || *p == '?' || *p == '#')
            th_buf_printf(&uri, "%%%02X", (unsigned)*p);
        else
            th_buf_putc(&uri, *p);
    th_buf_puts(&uri, "?immutable=1");
    return th_buf_take(&uri);
}

/* Is there anything in the file beside the case that belongs to it? */
bool th_connect_beside(const char *path, const char *suffix)
{
    struct stat st;
    char *real = realpath(path, NULL); /* SQLite follows links to the file */
    char *name = th_xasprintf("%s%s", real == NULL ? path : real, suffix);
    bool there = stat(name, &st) == 0 && st.st_size > 0;
    free(name);
    free(real);
    return there;
}

enum th_code th_connect_look(sqlite3 *db, struct th_err *err)
{
    int64_t tables;
    return th_db_number(db, "SELECT count(*) FROM sqlite_schema", 0, &tables, err);
}

static enum th_code connect_immutable(const char *path, sqlite3 **out, struct th_err *err)
{
    if (th_connect_beside(path, "-wal") || th_connect_beside(path, "-journal"))
        return th_err_set(err, TH_E_READONLY,
                          "%s was left open by a program that did not end well, and the folder "
                          "can't be written to repair it; copy it with "
                          "the files that begin with its name to a folder that can",
                          path);
    char *uri = immutable_uri(path);
    enum th_code rc = connect_as(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, out, err);
    free(uri);
    if (rc != TH_OK)
        return rc;
    rc = th_connect_look(*out, err);
    if (rc != TH_OK)
        sqlite3_close(*out);
    return rc;
}

/* Can a journal be made beside the file, and the file be changed? */
bool th_connect_can_write(const char *path)
{
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
        return false;
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? th_xstrdup(".")
                                 : th_xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
    bool can = faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
    free(folder);
    return can;
}

/* A program that was killed left a rollback journal: a connection that may write rolls it back, one
 * that only reads can't. */
static void recover(const char *path)
{
    sqlite3 *db;
    if (!th_connect_beside(path, "-journal") || !th_connect_can_write(path) ||
        th_connect_plain(path, SQLITE_OPEN_READWRITE, &db, NULL) != TH_OK)
        return;
    /* A journal in use is not left over: no waiting for its owner. */
    th_connect_patience(db, 0);
    (void)!th_connect_look(db, NULL);
    sqlite3_close(db);
}

/* A copy of a case that was open: it says that it is in WAL mode, and has no WAL. Nobody has it
 * open, or SQLite's shared memory were there too. Opened as usual, a read connection would make
 * both files and leave them. */
static bool is_lone_copy(const char *path)
{
    struct th_case_header header;
    return th_connect_header(path, &header, NULL) == TH_OK && header.wal &&
           !th_connect_beside(path, "-wal") && !th_connect_beside(path, "-shm");
}

static enum th_code connect_once(const char *path, sqlite3 **out, bool *immutable,
                                 struct th_err *err)
{
    struct th_err first;
    th_err_clear(&first);
    *immutable = false;
    *out = NULL;
    recover(path);
    enum th_code rc = is_lone_copy(path)
                          ? TH_E_READONLY
                          : th_connect_plain(path, SQLITE_OPEN_READONLY, out, &first);
    if (rc == TH_OK) {
        rc = th_connect_look(*out, &first);
        if (rc == TH_OK)
            return TH_OK;
        sqlite3_close(*out);
        *out = NULL;
    }
    if (rc == TH_E_IO || rc == TH_E_READONLY) {
        *immutable = true;
        rc = connect_immutable(path, out, err);
        if (rc != TH_OK)
            *out = NULL;
        return rc;
    }
    return th_err_set(err, rc, "%s", first.msg);
}

/* Where the folder can be written, what seems left open is being closed just now: SQLite's files
 * beside the case go one after the other. */
enum th_code th_connect_read(const char *path, sqlite3 **out, bool *immutable, struct th_err *err)
{
    struct th_err first;
    for (int tries = 0;; tries++) {
        th_err_clear(&first);
        enum th_code rc = connect_once(path, out, immutable, &first);
        if (rc == TH_OK)
            return TH_OK;
        if (rc != TH_E_READONLY || tries == CLOSING_TRIES || !th_connect_can_write(path))
            return th_err_set(err, rc, "%s", first.msg);
        sqlite3_sleep(CLOSING_WAIT_MS);
    }
}
