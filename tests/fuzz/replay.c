/* A driver for fuzz targets without a fuzzer: gives them every file of their corpus, then variants
 * of it that are the same on every run. With arguments: just these files. */
#include <dirent.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "lib/tap.h"

#ifndef TH_FUZZ_CORPUS
#error "the name of the corpus is missing"
#endif

#define VARIANTS 150

static uint64_t chance(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A copy of exactly that size, so that reading past the end is seen. */
static void run_bytes(const char *bytes, size_t n)
{
    uint8_t *copy = th_xmalloc(n > 0 ? n : 1);
    if (n > 0)
        memcpy(copy, bytes, n);
    (void)LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static bool read_file(const char *path, struct th_buf *out)
{
    FILE *f = fopen(path, "rb");
    size_t n;
    if (f == NULL)
        return false;
    th_buf_reset(out);
    while ((n = fread(th_buf_reserve(out, 65536), 1, 65536, f)) > 0)
        out->n += n;
    (void)fclose(f);
    return true;
}

/* Cut, flip, copy and overwrite pieces. */
static void run_variants(const struct th_buf *input, uint64_t seed)
{
    static const char *const words[] = {"{", "}",  "[",  "]",   "\"",  ",",
                                        ":", "\n", "\\", "\n{", "null"};
    struct th_buf b = TH_BUF_INIT;
    for (int i = 0; i < VARIANTS && input->n > 0; i++) {
        th_buf_reset(&b);
        th_buf_add_str(&b, th_buf_str(input));
        for (uint64_t changes = chance(&seed) % 4 + 1; changes > 0; changes--) {
            size_t at = (size_t)(chance(&seed) % b.n);
            size_t from = (size_t)(chance(&seed) % b.n);
            size_t longest = b.n - (at > from ? at : from);
            const char *word = words[chance(&seed) % TH_COUNT(words)];
            switch (chance(&seed) % 4) {
            case 0:
                b.p[at] = (char)(b.p[at] ^ (1 << chance(&seed) % 8));
                break;
            case 1:
                b.n = at + 1;
                break;
            case 2:
                memmove(b.p + at, b.p + from, longest);
                break;
            default:
                b.p[at] = word[0];
                if (word[1] != '\0' && at + 1 < b.n)
                    b.p[at + 1] = word[1];
                break;
            }
        }
        run_bytes(b.p, b.n);
    }
    th_buf_fini(&b);
}

int main(int argc, char **argv)
{
    struct th_buf input = TH_BUF_INIT;
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            if (tap_ok(read_file(argv[i], &input), "%s", argv[i]))
                run_bytes(input.p, input.n);
        th_buf_fini(&input);
        return tap_done();
    }
    const char *source = getenv("TH_SRCDIR");
    char *folder = th_xasprintf("%s/tests/fuzz/corpus/" TH_FUZZ_CORPUS, source ? source : ".");
    struct dirent **names = NULL;
    int n = scandir(folder, &names, NULL, alphasort);
    size_t ran = 0;
    run_bytes("", 0);
    for (int i = 0; i < n; i++) {
        char *path = th_xasprintf("%s/%s", folder, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && read_file(path, &input)) {
            run_bytes(input.p, input.n);
            run_variants(&input, (uint64_t)i + 1);
            tap_ok(true, "%s and %d variants", names[i]->d_name, VARIANTS);
            ran++;
        }
        free(path);
        free(names[i]);
    }
    free(names);
    tap_ok(ran >= 10, "%zu files in the corpus", ran);
    free(folder);
    th_buf_fini(&input);
    return tap_done();
}
