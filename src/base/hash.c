/* Hashes.
 *
 * th_hash takes the input 16 bytes at a time: two words are each mixed with a secret and multiplied
 * into 128 bits, whose halves are folded together. Both secrets depend on the seed, so whoever
 * doesn't know it can't choose an input that zeroes one factor (which would forget everything
 * before). SHA-256 comes from libcrypto. */
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/mem.h"
#include "config.h"
#ifdef HAVE_SYS_RANDOM_H
#include <sys/random.h> /* getentropy on macOS; elsewhere it is in unistd.h */
#endif

__extension__ typedef unsigned __int128 wide;

#define MIX_A UINT64_C(0x9e3779b97f4a7c15)
#define MIX_B UINT64_C(0xd6e8feb86659fd93)
#define MIX_C UINT64_C(0xa0b428db1f6d2e47)

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t read64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t read32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

uint64_t th_hash(const void *bytes, size_t n, uint64_t seed)
{
    const unsigned char *p = bytes;
    uint64_t state = seed ^ MIX_A;
    uint64_t secret = fold(seed ^ MIX_B, MIX_C) ^ MIX_B;
    uint64_t a;
    uint64_t b;

    if (n > 16) {
        const unsigned char *last = p + n - 16;
        for (; p < last; p += 16)
            state = fold(read64(p) ^ state, read64(p + 8) ^ secret);
        a = read64(last);
        b = read64(last + 8);
    } else if (n >= 8) {
        a = read64(p);
        b = read64(p + n - 8);
    } else if (n >= 4) {
        a = read32(p);
        b = read32(p + n - 4);
    } else if (n > 0) {
        a = (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1];
        b = 0;
    } else {
        a = 0;
        b = 0;
    }
    /* The length comes in only now, when the bytes are mixed: beside raw bytes it could cancel out
     * a difference. */
    state = fold(a ^ state, b ^ secret);
    return fold(state ^ n, secret ^ MIX_A);
}

uint64_t th_hash_seed(const void *table)
{
    uint64_t seed;
    if (getentropy(&seed, sizeof seed) != 0)
        seed = (uint64_t)(uintptr_t)table;
    return seed;
}

struct th_sha256 {
    EVP_MD_CTX *ctx;
};

/* libcrypto fails here only when it has no memory (or no SHA-256 at all): nothing a caller could do
 * about it. */
static void must(int good)
{
    if (good != 1)
        th_oom(0);
}

th_sha256 *th_sha256_new(void)
{
    th_sha256 *state = th_xmalloc(sizeof *state);
    state->ctx = EVP_MD_CTX_new();
    must(state->ctx != NULL);
    must(EVP_DigestInit_ex(state->ctx, EVP_sha256(), NULL));
    return state;
}

void th_sha256_update(th_sha256 *state, const void *bytes, size_t n)
{
    must(EVP_DigestUpdate(state->ctx, bytes, n));
}

void th_sha256_final(th_sha256 *state, uint8_t out[TH_SHA256_BYTES])
{
    unsigned n = 0;
    must(EVP_DigestFinal_ex(state->ctx, out, &n));
    th_sha256_free(state);
}

void th_sha256_free(th_sha256 *state)
{
    if (state == NULL)
        return;
    EVP_MD_CTX_free(state->ctx);
    free(state);
}

void th_sha256_whole(th_sha256 *state, const void *bytes, size_t n, uint8_t out[TH_SHA256_BYTES])
{
    unsigned written = 0;
    th_sha256_update(state, bytes, n);
    must(EVP_DigestFinal_ex(state->ctx, out, &written));
    /* No name: the digest that the context has, which libcrypto then needn't look up. */
    must(EVP_DigestInit_ex(state->ctx, NULL, NULL));
}

void th_sha256_of(const void *bytes, size_t n, uint8_t out[TH_SHA256_BYTES])
{
    th_sha256 *state = th_sha256_new();
    th_sha256_update(state, bytes, n);
    th_sha256_final(state, out);
}

void th_sha256_hex(const uint8_t digest[TH_SHA256_BYTES], char out[2 * TH_SHA256_BYTES + 1])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < TH_SHA256_BYTES; i++) {
        out[2 * i] = hex[digest[i] >> 4];
        out[2 * i + 1] = hex[digest[i] & 15];
    }
    out[2 * (size_t)TH_SHA256_BYTES] = '\0';
}
