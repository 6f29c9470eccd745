/* Hashes: SHA-256 by published vectors, the table hash by what a table needs of it. */
#include "base/hash.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "lib/tap.h"

static void sha_is(const void *bytes, size_t n, const char *want, const char *name)
{
    uint8_t digest[TH_SHA256_BYTES];
    char hex[2 * TH_SHA256_BYTES + 1];
    th_sha256_of(bytes, n, digest);
    th_sha256_hex(digest, hex);
    tap_is_str(hex, want, name);
}

static void sha(void)
{
    sha_is("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "nothing");
    sha_is("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "abc");
    static char million[1000000];
    memset(million, 'a', sizeof million);
    const char *want = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    sha_is(million, sizeof million, want, "a million times a");
    th_sha256 *state = th_sha256_new();
    for (size_t at = 0, step = 1; at < sizeof million; at += step, step = step * 2 % 4099 + 1) {
        if (step > sizeof million - at)
            step = sizeof million - at;
        th_sha256_update(state, million + at, step);
    }
    uint8_t digest[TH_SHA256_BYTES];
    char hex[2 * TH_SHA256_BYTES + 1];
    th_sha256_final(state, digest);
    th_sha256_hex(digest, hex);
    tap_is_str(hex, want, "the same in pieces");
    state = th_sha256_new();
    for (int turn = 0; turn < 3; turn++) {
        th_sha256_whole(state, million, turn == 1 ? 0 : sizeof million, digest);
        th_sha256_hex(digest, hex);
        tap_is_str(hex,
                   turn == 1 ? "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                             : want,
                   "one state for many: nothing of one input in the next");
    }
    th_sha256_free(state);
    th_sha256_free(NULL);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

#define SAMPLES 100000

/* Numbered texts of different lengths, as in logs: no two may share all 64 bits, and both halves
 * must spread. */
static void spread(const char *fmt, const char *name)
{
    uint64_t *seen = th_xreallocarray(NULL, SAMPLES, sizeof *seen);
    static unsigned low[1024];
    static unsigned high[1024];
    memset(low, 0, sizeof low);
    memset(high, 0, sizeof high);
    for (unsigned i = 0; i < SAMPLES; i++) {
        char *text = th_xasprintf("%u", i);
        char *whole = th_xasprintf("%s%s", fmt, text);
        seen[i] = th_hash(whole, strlen(whole), 42);
        low[seen[i] % 1024]++;
        high[seen[i] >> 54]++;
        free(text);
        free(whole);
    }
    qsort(seen, SAMPLES, sizeof *seen, compare);
    unsigned twins = 0;
    for (unsigned i = 1; i < SAMPLES; i++)
        twins += seen[i] == seen[i - 1];
    tap_is_int(twins, 0, name);
    /* About 98 fall into each of 1024 classes; six standard deviations are 59. */
    bool even = true;
    for (size_t i = 0; i < 1024; i++)
        even = even && low[i] > 30 && low[i] < 170 && high[i] > 30 && high[i] < 170;
    tap_ok(even, "lower and upper bits are spread evenly");
    free(seen);
}

static void quality(void)
{
    spread("", "numbers: no collision");
    spread("i-0abc", "short names: no collision");
    spread("arn:aws:iam::123456789012:role/service-role/", "long names: no collision");

    /* Flipping any one bit flips about half of the hash. */
    bool good = true;
    for (size_t n = 1; n <= 70; n++) {
        unsigned char bytes[70] = {0};
        uint64_t flips = 0;
        uint64_t base = th_hash(bytes, n, 7);
        for (size_t bit = 0; bit < 8 * n; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
            unsigned changed = (unsigned)__builtin_popcountll(base ^ th_hash(bytes, n, 7));
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
            good = good && changed >= 8 && changed <= 56;
            flips += changed;
        }
        double mean = (double)flips / (double)(8 * n);
        good = good && mean > 26 && mean < 38;
        if (!good) {
            tap_note("length %zu mean %f", n, mean);
            break;
        }
    }
    tap_ok(good, "every bit of the input matters at lengths 1 to 70");

    bool lengths = true;
    const char zeros[64] = {0};
    for (size_t n = 1; n < sizeof zeros; n++)
        lengths = lengths && th_hash(zeros, n, 1) != th_hash(zeros, n - 1, 1);
    tap_ok(lengths, "the length counts");
    tap_ok(th_hash("abc", 3, 1) != th_hash("abc", 3, 2), "so does the seed");
    tap_ok(th_hash("abc", 3, 1) == th_hash("abc", 3, 1), "the same gives the same");
    tap_ok(th_hash(NULL, 0, 1) == th_hash("", 0, 1), "nothing is nothing, wherever it is");
}

int main(void)
{
    sha();
    quality();
    return tap_done();
}
