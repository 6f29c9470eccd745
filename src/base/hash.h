/* Hashes: a fast one for tables (not stable between versions, not for storage) and SHA-256 for
 * evidence. */
#ifndef TH_BASE_HASH_H
#define TH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* 64-bit hash of n bytes: word-at-a-time multiply-fold, well mixed in all bits. */
uint64_t th_hash(const void *bytes, size_t n, uint64_t seed);
/* A seed that nobody can guess, from the system's randomness: log text is written by attackers, and
 * keys that all collide would turn an import into a quadratic walk. Without randomness (early in a
 * boot) table's address serves: everything works then, only guessable. */
uint64_t th_hash_seed(const void *table);

#define TH_SHA256_BYTES 32
typedef struct th_sha256 th_sha256;
/* SHA-256 by libcrypto. new/update/final; final writes 32 bytes and frees the state, free does so
 * without. */
th_sha256 *th_sha256_new(void);
void th_sha256_update(th_sha256 *state, const void *bytes, size_t n);
void th_sha256_final(th_sha256 *state, uint8_t out[TH_SHA256_BYTES]);
void th_sha256_free(th_sha256 *state);
/* All at once with a fresh state, which is fresh again afterwards: for many small inputs, where
 * making a state costs as much as hashing 2 KiB. */
void th_sha256_whole(th_sha256 *state, const void *bytes, size_t n, uint8_t out[TH_SHA256_BYTES]);
/* All at once. */
void th_sha256_of(const void *bytes, size_t n, uint8_t out[TH_SHA256_BYTES]);
/* 64 lower-case hex digits and a NUL. */
void th_sha256_hex(const uint8_t digest[TH_SHA256_BYTES], char out[2 * TH_SHA256_BYTES + 1]);

#endif
