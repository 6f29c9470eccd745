/* Opening evidence.
 *
 * Files are read, not mapped: one that shrinks while it is imported must be an error with words,
 * not a signal. A small one is read once into memory and everything after works on that. A large
 * one stays a descriptor and is read twice, first for its hash (which decides whether it is known
 * already), then piece by piece. A pipe can't be read twice, so it becomes one of the two first.
 * Waiting on a pipe looks at the cancel flag ten times a second. */
#include "ingest/source.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/system.h"
#include "ingest/inflate.h"

#define READ_BYTES ((size_t)1 << 20)
#define GROW_MIN   ((uint64_t)64 * 1024)
#define WAIT_MS    100

static void note_errno(struct th_source *src, const char *what, int sys_errno)
{
    char words[64];
    if (src->failed[0] != '\0')
        return;
    (void)snprintf(src->failed, sizeof src->failed, "%s: %s", what,
                   th_errno_text(sys_errno, words, sizeof words));
}

/* One read. False at the end, on an error (noted) and when cancelled. */
static bool read_some(struct th_source *src, int fd, bool is_stream, void *buffer, size_t size,
                      size_t *got)
{
    for (;;) {
        if (th_cancelled(src->cancel))
            return false;
        if (is_stream) {
            struct pollfd p = {.fd = fd, .events = POLLIN};
            int ready = poll(&p, 1, WAIT_MS);
            if (ready == 0 || (ready < 0 && errno == EINTR))
                continue;
        }
        ssize_t n = read(fd, buffer, size);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0)
            note_errno(src, "can't be read", errno);
        *got = n > 0 ? (size_t)n : 0;
        return n > 0;
    }
}

/* Read into memory, at most max bytes. False when there is more. hint: the expected size. */
static bool read_whole(struct th_source *src, int fd, bool is_stream, uint64_t hint, uint64_t max)
{
    /* One byte more than a file should have: a read that leaves room stood at its end. */
    uint64_t cap = hint > 0 ? hint + 1 : GROW_MIN;
    src->bytes = th_xmalloc(cap);
    for (;;) {
        if (src->size == cap) {
            if (cap > max)
                return false;
            cap = cap * 2 > max ? max + 1 : cap * 2;
            src->bytes = th_xrealloc(src->bytes, cap);
        }
        size_t got;
        if (!read_some(src, fd, is_stream, src->bytes + src->size, cap - src->size, &got))
            break;
        src->size += got;
        if (src->size > max)
            return false;
        if (!is_stream && src->size == hint)
            break;
    }
    /* What is kept as evidence shall not carry the room it was read into. */
    if (cap - src->size > GROW_MIN / 16)
        src->bytes = th_xrealloc(src->bytes, src->size > 0 ? src->size : 1);
    return true;
}

static int temporary_file(void)
{
    const char *folders[] = {getenv("TMPDIR"), _PATH_VARTMP, P_tmpdir};
    for (size_t i = 0; i < TH_COUNT(folders); i++) {
        int fd = folders[i] == NULL || folders[i][0] == '\0'
                     ? -1
                     : open(folders[i], O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

static bool write_all(int fd, const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

/* A long pipe: what was read so far and the rest go into a temporary file, which becomes the
 * source. */
static void spool(struct th_source *src, int fd)
{
    int to = temporary_file();
    bool good = to >= 0 && write_all(to, src->bytes, src->size);
    unsigned char *block = th_xmalloc(READ_BYTES);
    size_t got;
    while (good && read_some(src, fd, true, block, READ_BYTES, &got)) {
        good = write_all(to, block, got);
        if (good)
            src->size += got;
    }
    free(block);
    if (!good)
        note_errno(src, "can't be kept in a temporary file", errno);
    if (to < 0)
        return; /* what is in memory stands */
    free(src->bytes);
    src->bytes = NULL;
    src->fd = to;
    src->base = 0;
}

static void hash_file(struct th_source *src)
{
    th_sha256 *state = th_sha256_new();
    unsigned char *block = th_xmalloc(READ_BYTES);
    uint64_t at = 0;
    size_t n;
    while (!th_cancelled(src->cancel) && (n = th_source_read(src, at, block, READ_BYTES)) > 0) {
        if (at == 0)
            src->gzip = th_is_gzip(block, n);
        th_sha256_update(state, block, n);
        at += n;
    }
    src->size = at;
    free(block);
    th_sha256_final(state, src->sha256);
}

static int open_item(struct th_source *src, const struct th_item *item)
{
    if (item->given && strcmp(item->path, "-") == 0)
        return STDIN_FILENO;
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int fd = open(item->path, item->given ? flags : flags | O_NOFOLLOW);
    if (fd < 0)
        note_errno(src, "can't be opened", errno);
    return fd;
}

bool th_source_open(struct th_source *src, const struct th_item *item, uint64_t whole_max,
                    th_sha256 *hasher, th_cancel *cancel)
{
    struct stat st;
    *src = (struct th_source){.fd = -1, .cancel = cancel};
    int fd = open_item(src, item);
    if (fd >= 0 && fstat(fd, &st) != 0) {
        note_errno(src, "can't be read", errno);
    } else if (fd >= 0 && (S_ISDIR(st.st_mode) || (!S_ISREG(st.st_mode) && !item->given))) {
        (void)snprintf(src->failed, sizeof src->failed, "is no regular file any more");
    } else if (fd >= 0) {
        bool regular = S_ISREG(st.st_mode);
        off_t base = regular && fd == STDIN_FILENO ? lseek(fd, 0, SEEK_CUR) : 0;
        uint64_t size =
            regular && base >= 0 && st.st_size > base ? (uint64_t)(st.st_size - base) : 0;
        src->base = base > 0 ? (uint64_t)base : 0;
        if (regular && size > whole_max) {
            src->fd = fd;
        } else if (!read_whole(src, fd, !regular, size, whole_max)) {
            if (regular) {
                /* It grew over the limit while it was read. */
                free(src->bytes);
                src->bytes = NULL;
                src->fd = fd;
            } else {
                spool(src, fd);
            }
        }
    }
    src->unread = src->fd < 0 && src->bytes == NULL;
    if (fd > STDIN_FILENO && src->fd != fd)
        (void)close(fd);
    if (src->fd >= 0) {
        hash_file(src);
    } else if (!src->unread) {
        src->gzip = th_is_gzip(src->bytes, src->size);
        th_sha256_whole(hasher, src->bytes, src->size, src->sha256);
    }
    return !th_cancelled(cancel);
}

void th_source_close(struct th_source *src)
{
    free(src->bytes);
    if (src->fd > STDIN_FILENO)
        (void)close(src->fd);
    src->bytes = NULL;
    src->fd = -1;
}

size_t th_source_read(struct th_source *src, uint64_t offset, void *buffer, size_t size)
{
    if (src->read != NULL)
        return src->read(src->read_ctx, offset, buffer, size);
    if (src->fd < 0) {
        if (offset >= src->size)
            return 0;
        size_t n = src->size - offset < size ? (size_t)(src->size - offset) : size;
        memcpy(buffer, src->bytes + offset, n);
        return n;
    }
    for (;;) {
        ssize_t n = pread(src->fd, buffer, size, (off_t)(src->base + offset));
        if (n >= 0)
            return (size_t)n;
        if (errno != EINTR) {
            note_errno(src, "can't be read", errno);
            return 0;
        }
    }
}
