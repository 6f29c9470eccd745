/* Rows of a case that somebody else may have made: segments, combinations, kept columns of paths,
 * evidence and its access points, dictionaries. The bytes are a list of rows to insert; then
 * everything is read. What is damaged must be an error with words or absent, never a wrong access;
 * what is read must keep to its bounds. */
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "ingest/batch.h"
#include "ingest/reader/inflate.h"
#include "store/case/handle.h"
#include "store/columns/paths.h"
#include "store/columns/segment.h"

#define EVENTS_MAX  3000u
#define SOURCES_MAX 3
#define CODE_MAX    300u

struct input {
    const uint8_t *p;
    size_t n;
};

static uint64_t take(struct input *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && in->n > 0; i++, in->p++, in->n--)
        value |= (uint64_t)*in->p << (8 * i);
    return value;
}

/* A blob: a byte says whether it is deflated first, two its length. */
static void take_blob(struct input *in, struct th_buf *out)
{
    bool deflated = (take(in, 1) & 1) != 0;
    size_t n = (size_t)take(in, 2);
    n = n < in->n ? n : in->n;
    th_buf_reset(out);
    if (deflated)
        th_deflate_chunk(in->p, n, out);
    else
        th_buf_add(out, in->p, n);
    in->p += n;
    in->n -= n;
}

/* The fields that are read, one of each storage. */
static const enum th_field fields[] = {TH_F_EVENT_ACTION, TH_F_CLOUD_REGION, TH_F_TIMESTAMP,
                                       TH_F_EVENT_ID, TH_F_READ_ONLY};

static th_case *world(void)
{
    static th_case *c;
    if (c != NULL)
        return c;
    c = th_xcalloc(1, sizeof *c);
    c->path = th_xstrdup(":memory:");
    FUZZ_CHECK(sqlite3_open(":memory:", &c->db) == SQLITE_OK);
    FUZZ_CHECK(th_ddl_create(c->db, NULL) == TH_OK);
    FUZZ_CHECK(th_ddl_fields(c->db, &c->numbers, NULL) == TH_OK);
    FUZZ_CHECK(th_db_exec(c->db,
                          "CREATE TABLE path_column(path TEXT NOT NULL, first INTEGER NOT NULL, "
                          "rows INTEGER NOT NULL, width INTEGER NOT NULL, bytes BLOB NOT NULL, "
                          "PRIMARY KEY(path, first));"
                          "CREATE TABLE path_term(path TEXT NOT NULL, first INTEGER NOT NULL, n "
                          "INTEGER NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY "
                          "KEY(path, first));"
                          "INSERT OR REPLACE INTO meta(key, value) VALUES('path_columns', 1)",
                          NULL) == TH_OK);
    return c;
}

/* Run sql with numbers and, last, a blob. */
static void insert(th_case *c, const char *sql, const uint64_t *values, size_t n,
                   const struct th_buf *blob)
{
    sqlite3_stmt *stmt;
    FUZZ_CHECK(th_db_prepare(c->db, sql, &stmt, NULL) == TH_OK);
    for (size_t i = 0; i < n; i++)
        th_db_bind_int(stmt, (int)i + 1, (int64_t)values[i]);
    if (blob != NULL)
        th_db_bind_blob(stmt, (int)n + 1, blob->n > 0 ? blob->p : "", blob->n);
    (void)!th_db_run(stmt, NULL);
    sqlite3_finalize(stmt);
}

static void add_segment(th_case *c, struct input *in, struct th_buf *blob)
{
    size_t which = (size_t)take(in, 1);
    int64_t id = (which & 1) != 0 ? c->numbers.group[which / 2 % TH_GROUP_COUNT]
                                  : c->numbers.field[fields[which / 2 % TH_COUNT(fields)]];
    uint64_t first = take(in, 2);
    const uint64_t values[] = {((uint64_t)id << 32) + first, (uint64_t)id, first, take(in, 3),
                               take(in, 1)};
    take_blob(in, blob);
    insert(c,
           "INSERT OR REPLACE INTO segment(id, field, first, rows, width, bytes) VALUES(?1, ?2, "
           "?3, ?4, ?5, ?6)",
           values, 5, blob);
}

static void add_source(th_case *c, struct input *in, struct th_buf *blob)
{
    uint8_t sha256[TH_SHA256_BYTES] = {0};
    const uint64_t values[] = {1 + take(in, 1) % SOURCES_MAX, take(in, 1), take(in, 3),
                               take(in, 3)};
    th_buf_reset(blob);
    th_buf_add(blob, sha256, sizeof sha256);
    insert(c,
           "INSERT OR REPLACE INTO source(id, kind, size_bytes, inflated_bytes, sha256, path, "
           "imported, version, state) VALUES(?1, ?2, ?3, ?4, ?5, '/nowhere/at/all', 0, '', 1)",
           values, 4, blob);
}

static void add_evidence(th_case *c, struct input *in, struct th_buf *blob)
{
    const uint64_t values[] = {1 + take(in, 1) % SOURCES_MAX, take(in, 3), take(in, 4)};
    take_blob(in, blob);
    insert(c, "INSERT INTO evidence(source, offset, length, bytes) VALUES(?1, ?2, ?3, ?4)", values,
           3, blob);
}

static void add_point(th_case *c, struct input *in, struct th_buf *blob)
{
    const uint64_t values[] = {1 + take(in, 1) % SOURCES_MAX, take(in, 3), take(in, 3)};
    take_blob(in, blob);
    insert(c,
           "INSERT OR REPLACE INTO access_point(source, inflated, bits, window) VALUES(?1, ?2, ?3, "
           "?4)",
           values, 3, blob);
}

static void add_event(th_case *c, struct input *in)
{
    const uint64_t values[] = {1 + take(in, 2) % EVENTS_MAX, 1 + take(in, 1) % SOURCES_MAX,
                               take(in, 4), take(in, 4), take(in, 1)};
    insert(c,
           "INSERT OR REPLACE INTO event(id, source, offset, length, flags) VALUES(?1, ?2, ?3, ?4, "
           "?5)",
           values, 5, NULL);
}

static void add_path_column(th_case *c, struct input *in, struct th_buf *blob)
{
    const uint64_t values[] = {take(in, 2), take(in, 3), take(in, 1)};
    take_blob(in, blob);
    insert(c,
           "INSERT OR REPLACE INTO path_column(first, rows, width, bytes, path) VALUES(?1, ?2, ?3, "
           "?4, 'aws.cloudtrail.flattened.request_parameters.a')",
           values, 3, blob);
}

static void add_path_terms(th_case *c, struct input *in, struct th_buf *blob)
{
    const uint64_t values[] = {take(in, 2), take(in, 3), take(in, 4)};
    take_blob(in, blob);
    insert(c,
           "INSERT OR REPLACE INTO path_term(first, n, size, bytes, path) VALUES(?1, ?2, ?3, ?4, "
           "'aws.cloudtrail.flattened.request_parameters.a')",
           values, 3, blob);
}

static void add_group_row(th_case *c, struct input *in)
{
    struct th_buf sql = TH_BUF_INIT;
    enum th_group group = (enum th_group)(take(in, 1) % TH_GROUP_COUNT);
    const uint64_t values[] = {take(in, 2)};
    th_buf_printf(&sql, "INSERT OR REPLACE INTO %s(id) VALUES(?1)", th_group_name(group));
    insert(c, th_buf_cstr(&sql), values, 1, NULL);
    th_buf_fini(&sql);
}

static void add_rows(th_case *c, struct input *in)
{
    struct th_buf blob = TH_BUF_INIT;
    for (int rows = 0; in->n > 0 && rows < 64; rows++) {
        switch (take(in, 1) % 8) {
        case 0:
            add_segment(c, in, &blob);
            break;
        case 1:
            add_source(c, in, &blob);
            break;
        case 2:
            add_evidence(c, in, &blob);
            break;
        case 3:
            add_point(c, in, &blob);
            break;
        case 4:
            add_event(c, in);
            break;
        case 5:
            add_path_column(c, in, &blob);
            break;
        case 6:
            add_path_terms(c, in, &blob);
            break;
        case 7:
            add_group_row(c, in);
            break;
        }
    }
    th_buf_fini(&blob);
}

static void check_err(enum th_code rc, const struct th_err *err)
{
    FUZZ_CHECK(rc == TH_OK || err->msg[0] != '\0');
}

static void read_codes(const struct th_column_range *range)
{
    struct th_err err = {0};
    static const int widths[] = {1, 2, 4};
    for (size_t w = 0; w < TH_COUNT(widths); w++) {
        uint32_t max = widths[w] == 1 ? 200 : CODE_MAX;
        uint8_t *codes = th_xcalloc(range->n + 1, 4);
        th_err_clear(&err);
        enum th_code rc = th_range_codes(range, widths[w], max, codes, &err);
        check_err(rc, &err);
        for (size_t i = 0; i < range->n && rc == TH_OK; i++) {
            uint32_t code = 0;
            memcpy(&code, codes + i * (size_t)widths[w], (size_t)widths[w]);
            FUZZ_CHECK(code <= max);
        }
        free(codes);
    }
}

static void read_ids(const struct th_column_range *range)
{
    struct th_err err = {0};
    struct th_ids ids;
    memset(&ids, 0, sizeof ids);
    th_ids_init(&ids, range->n);
    enum th_code rc = th_range_ids(range, &ids, &err);
    check_err(rc, &err);
    uint64_t hash = 0;
    for (size_t i = 0; i < range->n && rc == TH_OK; i++) {
        FUZZ_CHECK(ids.kind[i] <= 2);
        struct th_str text = ids.kind[i] == 2 ? th_ids_text(&ids, i) : TH_STR_NONE;
        if (text.n > 0)
            hash = th_hash(text.p, text.n, hash);
    }
    FUZZ_CHECK(hash != 1);
    th_ids_fini(&ids);
}

static void read_columns(th_case *c)
{
    for (size_t f = 0; f < TH_COUNT(fields); f++) {
        for (uint64_t first = 1; first <= 51; first += 50) {
            const struct th_column_range range = {
                .db = c->db, .numbers = &c->numbers, .field = fields[f], .first = first, .n = 300};
            struct th_err err = {0};
            int64_t times[300];
            if (fields[f] == TH_F_TIMESTAMP)
                check_err(th_range_times(&range, times, &err), &err);
            else if (fields[f] == TH_F_EVENT_ID)
                read_ids(&range);
            else
                read_codes(&range);
        }
    }
}

static void read_path(th_case *c)
{
    struct th_err err = {0};
    uint32_t *codes = th_xcalloc(EVENTS_MAX, sizeof *codes);
    th_dict *dict = th_dict_new();
    size_t got = 0;
    enum th_code rc = th_paths_kept(c->db, TH_F_FLATTENED_REQUEST_PARAMETERS, TH_STR("a"),
                                    EVENTS_MAX, codes, dict, &got, &err);
    check_err(rc, &err);
    FUZZ_CHECK(rc != TH_OK || got <= EVENTS_MAX);
    for (size_t i = 0; i < got && rc == TH_OK; i++)
        FUZZ_CHECK(codes[i] <= th_dict_count(dict));
    th_dict_free(dict);
    free(codes);
}

static bool count_bytes(void *ctx, const void *bytes, size_t n)
{
    uint64_t *sum = ctx;
    *sum += th_hash(bytes, n, 7) & 1;
    return true;
}

static bool see_raw(void *ctx, uint64_t row, struct th_str raw)
{
    (void)row;
    return count_bytes(ctx, raw.p, raw.n);
}

static void read_evidence(th_case *c)
{
    uint64_t sum = 0;
    for (int64_t source = 1; source <= SOURCES_MAX; source++) {
        struct th_err err = {0};
        struct th_str out;
        check_err(th_case_source_bytes(c, source, count_bytes, &sum, &err), &err);
        for (uint64_t at = 0; at < 100000; at = at * 3 + 1) {
            th_err_clear(&err);
            enum th_code rc = th_evidence_range(&c->evidence, source, at, 50, &out, &err);
            check_err(rc, &err);
            FUZZ_CHECK(rc != TH_OK || out.n == 50);
            if (rc == TH_OK)
                (void)count_bytes(&sum, out.p, out.n);
        }
    }
    struct th_err err = {0};
    check_err(th_case_raw_scan(c, NULL, see_raw, &sum, NULL, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 20000)
        return 0;
    th_case *c = world();
    struct input in = {data, size};
    th_evidence_init(&c->evidence, c);
    FUZZ_CHECK(th_db_exec(c->db, "BEGIN", NULL) == TH_OK);
    add_rows(c, &in);
    read_columns(c);
    read_path(c);
    read_evidence(c);
    th_evidence_fini(&c->evidence);
    th_db_cache_fini(&c->cache);
    FUZZ_CHECK(th_db_exec(c->db, "ROLLBACK", NULL) == TH_OK);
    return 0;
}
