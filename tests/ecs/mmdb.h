/* Databases in MaxMind's format, written byte by byte. */
#ifndef TESTS_ECS_MMDB_H
#define TESTS_ECS_MMDB_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* A database is a binary tree over address bits, whose leaves point into a section of typed values.
 */
enum { NODES_MAX = 4096, EMPTY = 0, RECORDS = 2 };

struct database {
    uint32_t nodes[NODES_MAX]
                  [RECORDS]; /* 0: nothing; n: node n; n + NODES_MAX: value at offset n - 1 */
    uint32_t n;
    int bits;
    struct th_buf data;
};

static void put_head(struct th_buf *out, unsigned type, size_t size)
{
    unsigned first = type < 8 ? type << 5 : 0;
    th_buf_putc(out, (char)(first | (size < 29 ? size : size < 285 ? 29 : 30)));
    if (type >= 8)
        th_buf_putc(out, (char)(type - 7));
    if (size >= 285)
        th_buf_putc(out, (char)((size - 285) >> 8));
    if (size >= 29)
        th_buf_putc(out, (char)(size - (size < 285 ? 29 : 285)));
}

static void put_text(struct th_buf *out, const char *text)
{
    put_head(out, 2, strlen(text));
    th_buf_puts(out, text);
}

static void put_number(struct th_buf *out, unsigned type, uint64_t value, size_t bytes)
{
    put_head(out, type, bytes);
    for (size_t i = bytes; i-- > 0;)
        th_buf_putc(out, (char)(value >> (8 * i)));
}

__attribute__((unused)) static void put_double(struct th_buf *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_number(out, 3, bits, 8);
}

static void put_map(struct th_buf *out, size_t members)
{
    put_head(out, 7, members);
}

/* {"names": {"en": text}} behind a key. */
__attribute__((unused)) static void put_names(struct th_buf *out, const char *key, const char *text)
{
    put_text(out, key);
    put_map(out, 1);
    put_text(out, "names");
    put_map(out, 1);
    put_text(out, "en");
    put_text(out, text);
}

__attribute__((unused)) static void put_code_and_names(struct th_buf *out, const char *code,
                                                       const char *text)
{
    put_map(out, 2);
    put_text(out, "iso_code");
    put_text(out, code);
    put_text(out, "names");
    put_map(out, 1);
    put_text(out, "en");
    put_text(out, text);
}

/* Let the first bits of an address lead to the value at offset. */
__attribute__((unused)) static void add_network(struct database *db, const uint8_t *address,
                                                int bits, size_t offset)
{
    uint32_t node = 1;
    if (db->n == 0)
        db->n = 2;
    for (int i = 0; i < bits; i++) {
        unsigned bit = (unsigned)(address[i / 8] >> (7 - i % 8)) & 1;
        uint32_t *record = &db->nodes[node][bit];
        if (i == bits - 1)
            *record = NODES_MAX + 1 + (uint32_t)offset;
        else if (*record == EMPTY)
            *record = db->n++;
        node = *record;
    }
}

__attribute__((unused)) static void write_dated(const struct database *db, const char *path,
                                                const char *type, uint64_t built)
{
    static const char marker[] = "\xab\xcd\xefMaxMind.com";
    struct th_buf out = TH_BUF_INIT;
    uint32_t count = db->n - 1;
    for (uint32_t i = 1; i < db->n; i++) {
        for (int bit = 0; bit < RECORDS; bit++) {
            uint32_t record = db->nodes[i][bit];
            uint32_t value = count;
            if (record > NODES_MAX)
                value = count + 16 + (record - NODES_MAX - 1);
            else if (record != EMPTY)
                value = record - 1;
            for (int shift = 16; shift >= 0; shift -= 8)
                th_buf_putc(&out, (char)(value >> shift));
        }
    }
    for (int i = 0; i < 16; i++)
        th_buf_putc(&out, '\0');
    th_buf_add_str(&out, th_buf_str(&db->data));
    th_buf_add(&out, marker, sizeof marker - 1);
    put_map(&out, 9);
    put_text(&out, "binary_format_major_version");
    put_number(&out, 5, 2, 2);
    put_text(&out, "binary_format_minor_version");
    put_number(&out, 5, 0, 2);
    put_text(&out, "build_epoch");
    put_number(&out, 9, built, 8);
    put_text(&out, "database_type");
    put_text(&out, type);
    put_text(&out, "description");
    put_map(&out, 1);
    put_text(&out, "en");
    put_text(&out, "made by a test");
    put_text(&out, "ip_version");
    put_number(&out, 5, db->bits == 32 ? 4 : 6, 2);
    put_text(&out, "languages");
    put_head(&out, 11, 1);
    put_text(&out, "en");
    put_text(&out, "node_count");
    put_number(&out, 6, count, 4);
    put_text(&out, "record_size");
    put_number(&out, 5, 24, 2);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(out.p, 1, out.n, file) != out.n || fclose(file) != 0) {
        perror(path);
        exit(99);
    }
    th_buf_fini(&out);
}

__attribute__((unused)) static void write_database(const struct database *db, const char *path,
                                                   const char *type)
{
    write_dated(db, path, type, 1700000000);
}

/* A database that says one city of everything. */
__attribute__((unused)) static void write_whole(const char *path, const char *type,
                                                const char *city, uint64_t built)
{
    static const uint8_t none[] = {0, 0, 0, 0};
    struct database *db = th_xcalloc(1, sizeof *db);
    db->bits = 32;
    put_map(&db->data, 1);
    put_names(&db->data, "city", city);
    add_network(db, none, 1, 0);
    write_dated(db, path, type, built);
    th_buf_fini(&db->data);
    free(db);
}

__attribute__((unused)) static void write_city(const char *path)
{
    static const uint8_t v4[] = {203, 0, 113, 0};
    static const uint8_t bare[] = {198, 51, 100, 0};
    struct database *db = th_xcalloc(1, sizeof *db);
    db->bits = 32;
    put_map(&db->data, 5);
    put_names(&db->data, "city", "Linköping");
    put_names(&db->data, "continent", "Europe");
    put_text(&db->data, "country");
    put_code_and_names(&db->data, "SE", "Sweden");
    put_text(&db->data, "location");
    put_map(&db->data, 2);
    put_text(&db->data, "latitude");
    put_double(&db->data, 58.4167);
    put_text(&db->data, "longitude");
    put_double(&db->data, -15.0);
    put_text(&db->data, "subdivisions");
    put_head(&db->data, 11, 2);
    put_code_and_names(&db->data, "X", "Wider");
    put_code_and_names(&db->data, "E", "Östergötland County");
    add_network(db, v4, 24, 0);
    size_t offset = db->data.n;
    put_map(&db->data, 2);
    put_text(&db->data, "country");
    put_code_and_names(&db->data, "US", "United States");
    put_text(&db->data, "location");
    put_text(&db->data, "not what is expected");
    add_network(db, bare, 24, offset);
    write_database(db, path, "Test-City");
    th_buf_fini(&db->data);
    free(db);
}

__attribute__((unused)) static void write_network(const char *path)
{
    uint8_t v4[16] = {0};
    uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8};
    struct database *db = th_xcalloc(1, sizeof *db);
    db->bits = 128;
    v4[12] = 203;
    v4[14] = 113;
    put_map(&db->data, 2);
    put_text(&db->data, "autonomous_system_number");
    put_number(&db->data, 6, 29518, 4);
    put_text(&db->data, "autonomous_system_organization");
    put_text(&db->data, "Example Net");
    add_network(db, v4, 120, 0);
    size_t offset = db->data.n;
    put_map(&db->data, 1);
    put_text(&db->data, "autonomous_system_number");
    put_number(&db->data, 6, UINT64_C(4294967295), 4);
    add_network(db, v6, 32, offset);
    write_database(db, path, "Test-ASN");
    th_buf_fini(&db->data);
    free(db);
}

#endif
