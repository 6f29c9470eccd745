/* Opening evidence.
 *
 * Files are read, not mapped: one that shrinks while it is imported must be an error with words,
 * not a signal. A small one is read once into memory and everything after works on that. A large
 * one stays a descriptor and is read several times: for its hash (which decides whether it is known
 * already), for its records, and to be kept. Others may write to it meanwhile, so every block that
 * is read again must have the checksum it had when it was hashed; where it hasn't, the source ends.
 * What was read for its records stays in memory until it is kept, so that both are the same bytes.
 * What is added to a file after it was opened is not looked at: the next import takes it. A pipe
 * can't be read twice, so it becomes one of the two first.
 * Waiting on a pipe looks at the cancel flag ten times a second. */
#include "ingest/reader/source.h"

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
#include "ingest/reader/inflate.h"

#define READ_BYTES  ((size_t)1 << 20)
#define BLOCK_BYTES ((size_t)256 * 1024)
#define HELD_BLOCKS 384u /* 96 MiB: the records of a full batch, and what is read ahead of them */
#define GROW_MIN    ((uint64_t)64 * 1024)
#define WAIT_MS     100

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

/* Read into memory, at most max bytes. False when there is more. size: of a file that says it; more
 * of it is not read. 0: to the end. */
static bool read_whole(struct th_source *src, int fd, bool is_stream, uint64_t size, uint64_t max)
{
    uint64_t cap = size > 0 ? size : GROW_MIN;
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
        if (size > 0 && src->size == size)
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

/* Bytes of a block: all but the last have as many. */
static size_t block_size(const struct th_source *src, uint64_t number)
{
    uint64_t left = src->size - number * BLOCK_BYTES;
    return left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
}

/* Forget the first n blocks at hand. */
static void drop_blocks(struct th_source *src, size_t n)
{
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        free(src->blocks[i].bytes);
    src->blocks_n -= n;
    memmove(src->blocks, src->blocks + n, src->blocks_n * sizeof *src->blocks);
}

/* Read a block, as far as the file has it. It stays at hand. */
static const struct th_source_block *load_block(struct th_source *src, uint64_t number)
{
    size_t want = block_size(src, number);
    uint64_t from = src->base + number * BLOCK_BYTES;
    if (src->blocks_n >= src->blocks_max)
        drop_blocks(src, src->blocks_n - src->blocks_max + 1);
    TH_GROW(src->blocks, src->blocks_n, src->blocks_cap);
    struct th_source_block *block = &src->blocks[src->blocks_n++];
    *block = (struct th_source_block){number, 0, th_xmalloc(BLOCK_BYTES)};
    while (block->n < want) {
        ssize_t n =
            pread(src->fd, block->bytes + block->n, want - block->n, (off_t)(from + block->n));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            note_errno(src, "can't be read", errno);
        if (n <= 0)
            break;
        block->n += (size_t)n;
    }
    return block;
}

static void hash_file(struct th_source *src)
{
    th_sha256 *state = th_sha256_new();
    uint64_t at = 0;
    src->blocks_max = 1;
    for (size_t n = BLOCK_BYTES; n == BLOCK_BYTES && !th_cancelled(src->cancel); at += n) {
        const struct th_source_block *block = load_block(src, src->sums_n);
        n = block->n;
        if (n == 0)
            break;
        if (at == 0)
            src->gzip = th_is_gzip(block->bytes, n);
        th_sha256_update(state, block->bytes, n);
        TH_GROW(src->sums, src->sums_n, src->sums_cap);
        src->sums[src->sums_n++] = th_hash(block->bytes, n, 0);
    }
    src->size = at;
    src->hashed = at;
    drop_blocks(src, src->blocks_n);
    th_sha256_final(state, src->sha256);
}

/* The file ends before a block that can't be had again. */
static void cut(struct th_source *src, uint64_t number)
{
    if (src->failed[0] == '\0')
        (void)snprintf(src->failed, sizeof src->failed,
                       "can't be read: the file changed while it was read");
    src->size = number * BLOCK_BYTES;
    src->cut = true;
}

/* A block as it was hashed; NULL: it isn't any more. */
static const struct th_source_block *find_block(struct th_source *src, uint64_t number)
{
    for (size_t i = src->blocks_n; i > 0; i--)
        if (src->blocks[i - 1].number == number)
            return &src->blocks[i - 1];
    const struct th_source_block *block = load_block(src, number);
    if (block->n == block_size(src, number) &&
        th_hash(block->bytes, block->n, 0) == src->sums[number])
        return block;
    free(block->bytes);
    src->blocks_n--;
    cut(src, number);
    return NULL;
}

/* Of a file that was hashed, up to the end of a block. */
static size_t read_file(struct th_source *src, uint64_t offset, void *buffer, size_t size)
{
    if (offset >= src->size)
        return 0;
    const struct th_source_block *block = find_block(src, offset / BLOCK_BYTES);
    if (block == NULL)
        return 0;
    size_t from = (size_t)(offset % BLOCK_BYTES);
    size_t n = block->n - from < size ? block->n - from : size;
    memcpy(buffer, block->bytes + from, n);
    return n;
}

void th_source_hold(struct th_source *src)
{
    src->blocks_max = HELD_BLOCKS;
}

void th_source_released(struct th_source *src, uint64_t offset)
{
    size_t n = 0;
    /* The last one may be in the middle of being read. */
    while (n + 1 < src->blocks_n && (src->blocks[n].number + 1) * BLOCK_BYTES <= offset)
        n++;
    if (n > 0)
        drop_blocks(src, n);
}

static void note_state(struct th_source *src, const struct stat *st)
{
    src->state = (struct th_source_state){
        .watched = S_ISREG(st->st_mode),
        .device = st->st_dev,
        .inode = st->st_ino,
        .size = st->st_size,
        .modified = st->st_mtim,
    };
}

/* now: the file that was opened, as it is; path: NULL, or where it should still be. */
static void compare(struct th_source *src, const struct stat *now, const char *path)
{
    const struct th_source_state *then = &src->state;
    struct stat there;
    const char *what = "";
    if (path != NULL && stat(path, &there) != 0)
        what = "the file was removed while it was read";
    else if (path != NULL && (there.st_ino != then->inode || there.st_dev != then->device))
        what = "the file was replaced while it was read";
    else if (now->st_size < then->size)
        what = "the file became shorter while it was read";
    else if (now->st_size == then->size && (now->st_mtim.tv_sec != then->modified.tv_sec ||
                                            now->st_mtim.tv_nsec != then->modified.tv_nsec))
        what = "the file was written to while it was read";
    (void)snprintf(src->altered, sizeof src->altered, "%s", what);
    if (what[0] == '\0' && now->st_size > then->size)
        (void)snprintf(src->altered, sizeof src->altered,
                       "the file grew while it was read: %lld bytes behind its end aren't in the "
                       "case",
                       (long long)(now->st_size - then->size));
}

static void compare_fd(struct th_source *src, int fd, const struct th_item *item)
{
    struct stat now;
    if (src->state.watched && fstat(fd, &now) == 0)
        compare(src, &now, item->given && strcmp(item->path, "-") == 0 ? NULL : item->path);
}

void th_source_compare(struct th_source *src, const struct th_item *item)
{
    if (src->fd >= 0)
        compare_fd(src, src->fd, item);
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
        note_state(src, &st);
        if (regular && size > whole_max) {
            src->fd = fd;
            src->size = size;
        } else if (!read_whole(src, fd, !regular, size, whole_max)) {
            if (regular) {
                /* One that says no size, and has more than fits. */
                free(src->bytes);
                src->bytes = NULL;
                src->fd = fd;
                src->size = UINT64_MAX;
            } else {
                spool(src, fd);
            }
        } else {
            compare_fd(src, fd, item);
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
    drop_blocks(src, src->blocks_n);
    free(src->blocks);
    free(src->sums);
    if (src->fd > STDIN_FILENO)
        (void)close(src->fd);
    *src = (struct th_source){.fd = -1};
}

size_t th_source_read(struct th_source *src, uint64_t offset, void *buffer, size_t size)
{
    if (src->read != NULL)
        return src->read(src->read_ctx, offset, buffer, size);
    if (src->fd >= 0)
        return read_file(src, offset, buffer, size);
    if (offset >= src->size)
        return 0;
    size_t n = src->size - offset < size ? (size_t)(src->size - offset) : size;
    memcpy(buffer, src->bytes + offset, n);
    return n;
}
