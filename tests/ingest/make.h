/* Making input for the tests of ingest: gzip members, temporary folders, repeatable chance. */
#ifndef TESTS_INGEST_MAKE_H
#define TESTS_INGEST_MAKE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "lib/tap.h"

#define UNUSED __attribute__((unused))

/* xorshift: the same numbers on every run. */
UNUSED static uint64_t chance(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Append bytes as one gzip member. */
UNUSED static void add_member(struct th_buf *out, const void *bytes, size_t n, int level)
{
    z_stream z = {0};
    if (deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    size_t bound = deflateBound(&z, n) + 64;
    z.next_in = bytes;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)th_buf_reserve(out, bound);
    z.avail_out = (uInt)bound;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    out->n += bound - z.avail_out;
    deflateEnd(&z);
}

/* Append text that looks like records, n bytes or a little more. */
UNUSED static void add_lines(struct th_buf *out, size_t n, uint64_t seed)
{
    size_t end = out->n + n;
    while (out->n < end)
        th_buf_printf(out,
                      "{\"eventName\":\"Name%u\",\"eventID\":\"%016llx%016llx\",\"userAgent\":\"ua "
                      "%u\"}\n",
                      (unsigned)(chance(&seed) % 50), (unsigned long long)chance(&seed),
                      (unsigned long long)chance(&seed), (unsigned)(chance(&seed) % 9));
}

UNUSED static char *make_folder(void)
{
    const char *base = getenv("TMPDIR");
    char *path = th_xasprintf("%s/th-ingest-XXXXXX", base != NULL ? base : P_tmpdir);
    if (mkdtemp(path) == NULL)
        abort();
    return path;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

UNUSED static void remove_folder(char *path)
{
    (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}

/* Write folder/name, making the folders in name. */
UNUSED static void write_file(const char *folder, const char *name, const void *bytes, size_t n)
{
    char *path = th_xasprintf("%s/%s", folder, name);
    for (char *p = path + strlen(folder) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            abort();
        *p = '/';
    }
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        abort();
    free(path);
}

UNUSED static void write_text(const char *folder, const char *name, const char *text)
{
    write_file(folder, name, text, strlen(text));
}

/* The folder of shared evidence, or NULL. */
UNUSED static char *shared_folder(const char *name)
{
    const char *shared = getenv("TH_SHARED");
    const char *source = getenv("TH_SRCDIR");
    char *path = shared != NULL ? th_xasprintf("%s/%s", shared, name)
                                : th_xasprintf("%s/../shared/%s", source ? source : ".", name);
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

#endif
