/* Links are followed here by hand because a file is renamed onto where the last of them points, and
 * because /dev/stdout and /dev/fd/N are links, too, whose text is no path of use: such a descriptor
 * is doubled, so that what is in the file already stays and the next program goes on behind. stat
 * comes first: it follows links by the rules of the system, which may forbid one that somebody
 * else has put into /tmp. */
#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define LINKS_MAX  40 /* as the system has it */
#define LINK_BYTES 4096

struct th_outfile {
    char *path;   /* as it was named */
    char *target; /* the plain file to be; NULL: written where it is */
    char *beside; /* the file being written; NULL as above */
    FILE *stream;
};

/* The folder of a path, with its last slash; "" is the current one. Owned. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return th_xstrndup(path, slash == NULL ? 0 : (size_t)(slash + 1 - path));
}

/* The number in a path /dev/fd/NUMBER, under any name of that folder; -1: it is none. */
static int own_descriptor(const char *path)
{
    const char *name = strrchr(path, '/');
    if (name == NULL || name[1] == '\0' || strspn(name + 1, "0123456789") != strlen(name + 1))
        return -1;
    char *folder = folder_of(path);
    char *here = realpath(folder, NULL), *own = realpath("/dev/fd", NULL);
    bool same = here != NULL && own != NULL && strcmp(here, own) == 0;
    free(folder);
    free(here);
    free(own);
    long fd = same ? strtol(name + 1, NULL, 10) : -1;
    return fd <= INT_MAX ? (int)fd : -1;
}

/* Where links lead from path: the last name, which is no link, owned; or a descriptor of our own,
 * and NULL. */
static char *follow(const char *path, int *fd)
{
    char text[LINK_BYTES];
    char *at = th_xstrdup(path);
    for (int i = 0; i < LINKS_MAX; i++) {
        *fd = own_descriptor(at);
        if (*fd >= 0) {
            free(at);
            return NULL;
        }
        ssize_t n = readlink(at, text, sizeof text);
        if (n <= 0 || n == (ssize_t)sizeof text)
            break;
        char *folder = text[0] == '/' ? th_xstrdup("") : folder_of(at);
        char *next = th_xasprintf("%s%.*s", folder, (int)n, text);
        free(folder);
        free(at);
        at = next;
    }
    return at;
}

static enum th_code failed(const th_outfile *file, struct th_err *err)
{
    if (errno != EINTR)
        return th_err_errno(err, "%s", file->path);
    (void)th_err_set(err, TH_E_CANCELLED, "interrupted");
    if (err != NULL)
        err->sys_errno = EINTR;
    return TH_E_CANCELLED;
}

/* Take over a descriptor as the stream. */
static enum th_code take(th_outfile *file, int fd, struct th_err *err)
{
    file->stream = fdopen(fd, "w");
    if (file->stream != NULL)
        return TH_OK;
    enum th_code rc = failed(file, err);
    close(fd);
    return rc;
}

static enum th_code open_as_it_is(th_outfile *file, bool wait, struct th_err *err)
{
    int fd = open(file->path, O_WRONLY | O_NOCTTY | O_CLOEXEC | (wait ? 0 : O_NONBLOCK));
    if (fd < 0 && errno == ENXIO && !wait)
        return th_err_set(err, TH_E_IO, "%s: nobody reads it", file->path);
    if (fd < 0)
        return failed(file, err);
    if (!wait)
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return take(file, fd, err);
}

/* A new file beside the target, with the mode and owner of the old one (NULL: there is none). */
static enum th_code open_beside(th_outfile *file, const struct stat *old, struct th_err *err)
{
    if (old != NULL && faccessat(AT_FDCWD, file->target, W_OK, AT_EACCESS) != 0)
        return failed(file, err);
    char *folder = folder_of(file->target);
    file->beside = th_xasprintf("%s.trailhound-XXXXXX", folder);
    free(folder);
    int fd = mkostemp(file->beside, O_CLOEXEC);
    if (fd < 0) {
        enum th_code rc = failed(file, err);
        free(file->beside);
        file->beside = NULL;
        return rc;
    }
    /* Who may not give a file away keeps it. */
    bool given = old != NULL && fchown(fd, old->st_uid, old->st_gid) == 0;
    (void)given;
    if (old != NULL && fchmod(fd, old->st_mode & 0777) != 0) {
        enum th_code rc = failed(file, err);
        close(fd);
        return rc;
    }
    return take(file, fd, err);
}

static enum th_code open_any(th_outfile *file, bool wait, struct th_err *err)
{
    struct stat st;
    int fd;
    char *target = follow(file->path, &fd);
    if (target == NULL) {
        fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        return fd < 0 ? failed(file, err) : take(file, fd, err);
    }
    bool there = stat(file->path, &st) == 0;
    enum th_code rc;
    if (there && !S_ISREG(st.st_mode)) {
        free(target);
        rc = open_as_it_is(file, wait, err);
    } else if (!there && errno != ENOENT) {
        rc = failed(file, err);
        free(target);
    } else {
        file->target = target;
        rc = open_beside(file, there ? &st : NULL, err);
    }
    return rc;
}

enum th_code th_outfile_open(const char *path, bool wait, th_outfile **out, struct th_err *err)
{
    th_outfile *file = th_xcalloc(1, sizeof *file);
    file->path = th_xstrdup(path);
    enum th_code rc = open_any(file, wait, err);
    if (rc != TH_OK) {
        th_outfile_abandon(file);
        file = NULL;
    }
    *out = file;
    return rc;
}

FILE *th_outfile_stream(const th_outfile *file)
{
    return file->stream;
}

enum th_code th_outfile_commit(th_outfile *file, struct th_err *err)
{
    enum th_code rc = TH_OK;
    if (ferror(file->stream) || fflush(file->stream) != 0) {
        rc = failed(file, err);
    } else {
        if (fclose(file->stream) != 0)
            rc = failed(file, err);
        file->stream = NULL;
    }
    if (rc == TH_OK && file->beside != NULL) {
        if (rename(file->beside, file->target) != 0) {
            rc = failed(file, err);
        } else {
            free(file->beside);
            file->beside = NULL;
        }
    }
    th_outfile_abandon(file);
    return rc;
}

void th_outfile_abandon(th_outfile *file)
{
    if (file == NULL)
        return;
    if (file->stream != NULL) {
        __fpurge(file->stream); /* nobody may be there to take the rest */
        fclose(file->stream);
    }
    if (file->beside != NULL)
        unlink(file->beside);
    free(file->path);
    free(file->target);
    free(file->beside);
    free(file);
}
