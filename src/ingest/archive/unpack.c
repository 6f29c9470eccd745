/* Walking through an archive again as the import did (container.c), to one member.
 *
 * Archives inside archives are a stack of open ones; one is only unpacked when the wanted place
 * leads into it. The walk goes on from where the last one ended and begins again. A name says
 * little in an archive, so size and hash decide. */
#include "ingest/archive/unpack.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "ingest/limits.h"
#include "ingest/reader/gzstream.h"

#define LEVELS_MAX 16u
#define READ_BYTES ((size_t)256 * 1024)
/* An archive inside another is held in memory. */
#define INNER_MAX (UINT64_C(4) << 30)

/* An open archive. The outermost is read through the caller's function, an inner one from bytes. */
struct level {
    struct th_unpack *unpack;
    struct th_buf bytes;
    bool inner;
    uint64_t at; /* of the inflated bytes of a compressed tar */
    th_gzstream *gz;
    th_members *members;
    size_t prefix; /* bytes of place in front of its members' names */
};

struct th_unpack {
    th_members_read *read;
    void *ctx;
    uint64_t size;
    struct level levels[LEVELS_MAX];
    size_t depth;
    struct th_buf place; /* of the member at hand */
};

static size_t read_delivered(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    const struct level *level = ctx;
    if (!level->inner)
        return level->unpack->read(level->unpack->ctx, offset, buffer, size);
    struct th_str rest = th_str_sub(th_buf_str(&level->bytes), (size_t)offset, size);
    if (rest.n > 0)
        memcpy(buffer, rest.p, rest.n);
    return rest.n;
}

static size_t read_plain(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    struct level *level = ctx;
    return level->gz != NULL ? th_gzstream_read(level->gz, buffer, size)
                             : read_delivered(ctx, offset, buffer, size);
}

static size_t read_fully(struct level *level, char *buffer, size_t size)
{
    size_t n = 0;
    size_t got;
    while (n < size && (got = read_plain(level, n, buffer + n, size - n)) > 0)
        n += got;
    return n;
}

static void close_level(struct level *level)
{
    th_members_free(level->members);
    th_gzstream_free(level->gz);
    th_buf_fini(&level->bytes);
    *level = (struct level){0};
}

/* Open what the level's bytes are; false when they are no archive. */
static bool open_level(struct level *level, uint64_t size)
{
    char head[TH_MEMBERS_HEAD];
    size_t n = read_fully(level, head, sizeof head);
    bool gzip = th_is_gzip(head, n);
    if (gzip) {
        level->gz = th_gzstream_new(read_delivered, level, 0);
        n = read_fully(level, head, sizeof head);
        /* It has no way back: begin again. */
        th_gzstream_free(level->gz);
        level->gz = th_gzstream_new(read_delivered, level, 0);
    }
    enum th_members_kind kind = th_members_kind((struct th_str){head, n});
    if (kind == TH_MEMBERS_NO || (gzip && kind != TH_MEMBERS_TAR))
        return false;
    level->members = th_members_new(kind, read_plain, level, size);
    return true;
}

/* To the archive's beginning; false when it is none. */
static bool rewind_unpack(struct th_unpack *u)
{
    while (u->depth > 0)
        close_level(&u->levels[--u->depth]);
    u->levels[0] = (struct level){.unpack = u};
    if (!open_level(&u->levels[0], u->size)) {
        close_level(&u->levels[0]);
        return false;
    }
    u->depth = 1;
    return true;
}

th_unpack *th_unpack_new(th_members_read *read, void *ctx, uint64_t size)
{
    th_unpack *u = th_xcalloc(1, sizeof *u);
    u->read = read;
    u->ctx = ctx;
    u->size = size;
    return u;
}

void th_unpack_free(th_unpack *u)
{
    if (u == NULL)
        return;
    while (u->depth > 0)
        close_level(&u->levels[--u->depth]);
    th_buf_fini(&u->place);
    free(u);
}

/* The next member that could be read; its place is in u->place. False at the end. */
static bool next_member(struct th_unpack *u, struct level **out)
{
    struct th_member member;
    const char *why;
    while (u->depth > 0) {
        struct level *level = &u->levels[u->depth - 1];
        if (th_members_next(level->members, &member, &why) != TH_MEMBERS_ONE) {
            close_level(level);
            u->depth--;
            continue;
        }
        u->place.n = level->prefix;
        th_buf_puts(&u->place, member.name);
        if (member.skipped == NULL && member.unreadable == NULL) {
            *out = level;
            return true;
        }
    }
    return false;
}

/* The member at hand into out, up to its end, its break or max bytes. */
static void load(struct level *level, uint64_t max, struct th_buf *out, th_cancel *cancel)
{
    const char *why;
    size_t n = 1;
    th_buf_reset(out);
    while (n > 0 && out->n < max && !th_cancelled(cancel)) {
        size_t room = max - out->n < READ_BYTES ? (size_t)(max - out->n) : READ_BYTES;
        n = th_members_data(level->members, th_buf_reserve(out, room), room, &why);
        out->n += n;
    }
}

/* Is the member at hand an archive that the place leads into? Then it is open. */
static bool enter(struct th_unpack *u, struct level *level, const char *place, th_cancel *cancel)
{
    size_t n = u->place.n;
    if (u->depth == LEVELS_MAX || strncmp(place, th_buf_cstr(&u->place), n) != 0 || place[n] != '/')
        return false;
    struct level *inner = &u->levels[u->depth];
    uint64_t max = th_limits_room(&th_limits_usual, u->size);
    *inner = (struct level){.unpack = u, .inner = true, .prefix = n + 1};
    load(level, max < INNER_MAX ? max : INNER_MAX, &inner->bytes, cancel);
    if (open_level(inner, inner->bytes.n)) {
        u->depth++;
        th_buf_putc(&u->place, '/');
        return true;
    }
    close_level(inner);
    return false;
}

/* Read the member at hand into nothing. */
static void drain(struct level *level, th_cancel *cancel)
{
    char buffer[READ_BYTES / 16];
    const char *why;
    while (!th_cancelled(cancel) &&
           th_members_data(level->members, buffer, sizeof buffer, &why) > 0)
        ;
}

/* From where it stands to the wanted member. thorough: members before it are read, as the import
 * did; where an archive is damaged, passing over one may lead elsewhere. */
static bool find(struct th_unpack *u, const char *place, uint64_t size, const uint8_t sha256[32],
                 th_cancel *cancel, bool thorough, struct th_buf *out, bool *named)
{
    struct level *level;
    while (!th_cancelled(cancel) && next_member(u, &level)) {
        if (strcmp(th_buf_cstr(&u->place), place) != 0) {
            if (!enter(u, level, place, cancel) && thorough)
                drain(level, cancel);
            continue;
        }
        uint8_t digest[TH_SHA256_BYTES];
        *named = true;
        /* More may stand behind what a cap let in. */
        load(level, size, out, cancel);
        if (out->n != size)
            continue;
        th_sha256_of(out->p, out->n, digest);
        if (memcmp(digest, sha256, sizeof digest) == 0)
            return true;
    }
    return false;
}

enum th_code th_unpack_member(th_unpack *u, const char *place, uint64_t size,
                              const uint8_t sha256[32], th_cancel *cancel, struct th_buf *out,
                              struct th_err *err)
{
    bool named = false;
    bool found = u->depth > 0 && find(u, place, size, sha256, cancel, false, out, &named);
    for (int thorough = 0; !found && thorough < 2; thorough++)
        if (!th_cancelled(cancel) && rewind_unpack(u))
            found = find(u, place, size, sha256, cancel, thorough > 0, out, &named);
    if (found)
        return TH_OK;
    th_buf_reset(out);
    if (th_cancelled(cancel))
        return th_err_set(err, TH_E_CANCELLED, "cancelled");
    return named ? th_err_set(err, TH_E_IO, "the member %s is not what was imported", place)
                 : th_err_set(err, TH_E_NOT_FOUND, "there is no member %s in it", place);
}
