/* Values come from tables of texts made once: a test may ask for millions. */
#include "store/synth.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/hash.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/time.h"
#include "ingest/reader/inflate.h"

#define VOCABULARY  400
#define CHUNK_BYTES 5000
#define POINT_BYTES 6000
#define BASE_MS     INT64_C(1740787200000)

static const struct synth_file corpus_files[] = {
    {"a/gz", SYNTH_GZ, 0, 3000},
    {"b/sliced", SYNTH_SLICED, 3000, 1500},
    {"c/plain", SYNTH_PLAIN, 4500, 800},
    {"d/string", SYNTH_STRING, 5300, 700},
    {"e/points", SYNTH_POINTS, 6000, 2500},
    {"f/copies", SYNTH_GZ, 2000, 1200},
    {"g/licence", SYNTH_SKIPPED, 0, 0},
    {"h/half", SYNTH_PLAIN, 8000, 1500},
};

const struct synth_import synth_corpus = {
    .files = corpus_files, .files_n = TH_COUNT(corpus_files), .batch_rows = 700};

static char *vocabulary[TH_FIELD_COUNT][VOCABULARY];
static char folder[64];

static uint64_t mix(uint64_t i, uint64_t f)
{
    uint64_t x = i * UINT64_C(0x9e3779b97f4a7c15) + f * UINT64_C(0xbf58476d1ce4e5b9) + 1;
    x ^= x >> 31;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 29;
}

static char *make_word(enum th_field f, unsigned k)
{
    static const char *const actions[] = {"ConsoleLogin", "CreateUser", "DeleteBucket",
                                          "AssumeRole", "GetObject"};
    const char *name = th_field_info(f)->name;
    if (f == TH_F_SOURCE_ADDRESS)
        return k % 3 == 0 ? th_xasprintf("service%u.amazonaws.com", k)
                          : th_xasprintf("203.0.%u.%u", k / 100, k % 100);
    if (f == TH_F_EVENT_ACTION)
        return k < 5 ? th_xstrdup(actions[k]) : th_xasprintf("Action%u", k);
    if (f == TH_F_EVENT_PROVIDER)
        return th_xasprintf("service%u.amazonaws.com", k);
    if (th_field_info(f)->store == TH_STORE_LIST)
        return th_xasprintf("[\"%s:%u\",\"second\"]", name, k);
    if (k == 1)
        return th_xasprintf("%s \"quoted\" 'n \xc3\xbc\xe2\x82\xac\xf0\x9f\x92\xa9 \\ end", name);
    return th_xasprintf("%s:%u", name, k);
}

static const char *word(enum th_field f, unsigned k)
{
    if (vocabulary[f][k] == NULL)
        vocabulary[f][k] = make_word(f, k);
    return vocabulary[f][k];
}

/* How many texts a field has: some few, some many, some more and more as events go on. */
static unsigned variety(uint64_t i, enum th_field f)
{
    static const unsigned sizes[] = {2, 5, 17, 300, VOCABULARY};
    if (f == TH_F_USER_AGENT_ORIGINAL || f == TH_F_USER_NAME || f == TH_F_SOURCE_ADDRESS)
        return 1 + (unsigned)(i / 20 % VOCABULARY);
    return sizes[(unsigned)f % 5];
}

static bool is_sparse(enum th_field f)
{
    return (th_field_info(f)->flags & TH_FIELD_SPARSE) != 0;
}

static bool present(uint64_t i, enum th_field f)
{
    uint64_t x = mix(i, (uint64_t)f + 1000);
    return is_sparse(f) ? x % 13 == 0 : x % 7 != 0;
}

static const char *term(uint64_t i, enum th_field f)
{
    if (f == TH_F_RECIPIENT_ACCOUNT_ID)
        return i % 2 == 0 ? "111122223333" : "444455556666";
    return present(i, f) ? word(f, (unsigned)(mix(i, (uint64_t)f) % variety(i, f))) : NULL;
}

static int64_t number(uint64_t i, enum th_field f)
{
    uint64_t x = mix(i, (uint64_t)f);
    if (f == TH_F_TIMESTAMP)
        return i % 997 == 5 ? TH_VALUE_NONE
                            : BASE_MS + (int64_t)(i * 1000 + (i % 11 == 0 ? x % 1000 : 0));
    if (!present(i, f))
        return TH_VALUE_NONE;
    if (th_field_info(f)->store == TH_STORE_BOOL)
        return (int64_t)(x % 2);
    /* Before 1970 now and then. */
    return i % 50 == 1 ? -(int64_t)(x % 100000000000) : BASE_MS - (int64_t)(x % 100000) * 1000;
}

/* false: absent. */
static bool identifier(uint64_t i, enum th_field f, char out[64])
{
    uint8_t uuid[16];
    uint64_t a = mix(i, (uint64_t)f);
    uint64_t b = mix(i, (uint64_t)f + 7777);
    if (f == TH_F_EVENT_ID ? i % 101 == 100 : !present(i, f))
        return false;
    if (i % 53 == 7) {
        snprintf(out, 64, "ID-%llu.%d", (unsigned long long)i, (int)f);
        return true;
    }
    memcpy(uuid, &a, 8);
    memcpy(uuid + 8, &b, 8);
    th_uuid_text(uuid, out);
    return true;
}

bool synth_value(uint64_t i, enum th_field field, struct th_buf *out)
{
    char text[64];
    int64_t num;
    switch (th_field_info(field)->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
        if (term(i, field) == NULL)
            return false;
        th_buf_puts(out, term(i, field));
        return true;
    case TH_STORE_ID:
        if (!identifier(i, field, text))
            return false;
        th_buf_puts(out, text);
        return true;
    case TH_STORE_TIME:
        num = number(i, field);
        if (num == TH_VALUE_NONE)
            return false;
        th_time_iso(num, text);
        th_buf_puts(out, text);
        return true;
    case TH_STORE_BOOL:
        num = number(i, field);
        if (num == TH_VALUE_NONE)
            return false;
        th_buf_puts(out, num == 0 ? "false" : "true");
        return true;
    case TH_STORE_OF:
    case TH_STORE_CONST:
    case TH_STORE_EVIDENCE:
        break;
    }
    return false;
}

static bool derived(uint64_t i, enum th_field field, struct th_buf *out)
{
    struct th_buf parent = TH_BUF_INIT;
    bool has = synth_value(i, th_field_info(field)->parent, &parent);
    struct th_str value = has ? (struct th_str){th_buf_cstr(&parent), parent.n} : TH_STR_NONE;
    has = th_field_derive(field, value, NULL, out);
    th_buf_fini(&parent);
    return has;
}

bool synth_expected(uint64_t i, enum th_field field, struct th_buf *out)
{
    th_buf_reset(out);
    (void)th_buf_cstr(out);
    switch (th_field_info(field)->store) {
    case TH_STORE_OF:
        return derived(i, field, out);
    case TH_STORE_CONST:
        th_buf_puts(out, th_field_info(field)->source);
        return true;
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_ID:
    case TH_STORE_TIME:
    case TH_STORE_BOOL:
    case TH_STORE_EVIDENCE:
        break;
    }
    return synth_value(i, field, out);
}

void synth_record(uint64_t i, struct th_buf *out)
{
    char id[64];
    th_buf_printf(out, "{\"eventName\":\"E%llu\",\"n\":%llu,", (unsigned long long)mix(i, 1),
                  (unsigned long long)i);
    if (identifier(i, TH_F_EVENT_ID, id))
        th_buf_printf(out, "\"eventID\":\"%s\",", id);
    th_buf_puts(out, "\"pad\":\"\\u00fc\xc3\xbc \\\"");
    for (uint64_t k = 0; k < mix(i, 2) % 30; k++)
        th_buf_add_u64(out, mix(i, k));
    th_buf_puts(out, "\"}");
}

static void fill_values(uint64_t i, struct th_values *values, char ids[][64])
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        values->text[f] = TH_STR_NONE;
        values->num[f] = TH_VALUE_NONE;
        switch (th_field_info(f)->store) {
        case TH_STORE_TERM:
        case TH_STORE_LIST:
            values->text[f] = th_str_of(term(i, f));
            break;
        case TH_STORE_ID:
            if (identifier(i, f, ids[f]))
                values->text[f] = th_str_of(ids[f]);
            break;
        case TH_STORE_TIME:
        case TH_STORE_BOOL:
            values->num[f] = number(i, f);
            break;
        case TH_STORE_OF:
        case TH_STORE_CONST:
        case TH_STORE_EVIDENCE:
            break;
        }
    }
}

static void gzip(const struct th_buf *plain, struct th_buf *out)
{
    z_stream z = {0};
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    size_t bound = deflateBound(&z, plain->n);
    z.next_in = (Bytef *)plain->p;
    z.avail_in = (uInt)plain->n;
    z.next_out = (Bytef *)th_buf_reserve(out, bound);
    z.avail_out = (uInt)bound;
    deflate(&z, Z_FINISH);
    out->n = bound - z.avail_out;
    deflateEnd(&z);
}

static bool is_plain(enum synth_kind kind)
{
    return kind == SYNTH_PLAIN || kind == SYNTH_STRING || kind == SYNTH_SKIPPED;
}

void synth_source_make(const struct synth_file *file, struct synth_source *out)
{
    struct th_buf record = TH_BUF_INIT;
    *out = (struct synth_source){.file = file, .plain = TH_BUF_INIT, .delivered = TH_BUF_INIT};
    out->offsets = th_xcalloc(file->n + 1, sizeof *out->offsets);
    out->lengths = th_xcalloc(file->n + 1, sizeof *out->lengths);
    th_buf_puts(&out->plain, file->kind == SYNTH_SKIPPED ? file->path : "{\"Records\":[");
    for (uint64_t k = 0; k < file->n; k++) {
        th_buf_reset(&record);
        synth_record(file->first + k, &record);
        th_buf_puts(&out->plain, k == 0 ? "" : ",\n");
        size_t start = out->plain.n;
        if (file->kind == SYNTH_STRING)
            th_json_quote(&out->plain, th_buf_str(&record));
        else
            th_buf_add_str(&out->plain, th_buf_str(&record));
        size_t quote = file->kind == SYNTH_STRING ? 1 : 0;
        out->offsets[k] = start + quote;
        out->lengths[k] = (uint32_t)(out->plain.n - start - 2 * quote);
    }
    th_buf_puts(&out->plain, "]}\n");
    th_buf_fini(&record);
    if (is_plain(file->kind))
        th_buf_add_str(&out->delivered, th_buf_str(&out->plain));
    else
        gzip(&out->plain, &out->delivered);
    th_sha256_of(out->delivered.p, out->delivered.n, out->sha256);
}

void synth_source_free(struct synth_source *source)
{
    th_buf_fini(&source->plain);
    th_buf_fini(&source->delivered);
    free(source->offsets);
    free(source->lengths);
}

static void add_blob(struct th_batch *batch, uint32_t part, uint64_t offset, uint64_t length,
                     const void *bytes, size_t n)
{
    TH_GROW(batch->blobs, batch->blobs_n, batch->blobs_cap);
    void *copy = th_xmalloc(n + 1);
    memcpy(copy, bytes, n);
    batch->blobs[batch->blobs_n++] = (struct th_blob){
        .part = part, .offset = offset, .length = length, .bytes = copy, .bytes_n = n};
}

static void add_chunks(struct th_batch *batch, uint32_t part, const struct synth_source *s)
{
    struct th_buf packed = TH_BUF_INIT;
    for (size_t at = 0; at < s->plain.n; at += CHUNK_BYTES) {
        size_t n = s->plain.n - at < CHUNK_BYTES ? s->plain.n - at : CHUNK_BYTES;
        th_buf_reset(&packed);
        th_deflate_chunk(s->plain.p + at, n, &packed);
        add_blob(batch, part, at, n, packed.p, packed.n);
    }
    th_buf_fini(&packed);
}

static void add_slices(struct th_batch *batch, uint32_t part, const struct synth_source *s)
{
    size_t slice = s->file->kind == SYNTH_SLICED ? s->delivered.n / 3 + 1 : s->delivered.n;
    for (size_t at = 0; at < s->delivered.n; at += slice) {
        size_t n = s->delivered.n - at < slice ? s->delivered.n - at : slice;
        add_blob(batch, part, at, n, s->delivered.p + at, n);
    }
}

static void add_point(struct th_batch *batch, uint32_t part, const struct synth_source *s,
                      uint64_t inflated, uint64_t bits)
{
    size_t n = inflated < 32768 ? (size_t)inflated : 32768;
    struct th_buf window = TH_BUF_INIT;
    th_deflate_chunk(s->plain.p + inflated - n, n, &window);
    TH_GROW(batch->points, batch->points_n, batch->points_cap);
    size_t window_n = window.n;
    batch->points[batch->points_n++] =
        (struct th_access_point){part, inflated, bits, th_buf_take(&window), window_n, false};
}

/* Inflate up to the end of each deflate block, and note a point there when the last one is far
 * enough back. */
static void add_points(struct th_batch *batch, uint32_t part, const struct synth_source *s)
{
    z_stream z = {0};
    unsigned char sink[4096];
    uint64_t last = 0;
    inflateInit2(&z, 15 + 16);
    z.next_in = (Bytef *)s->delivered.p;
    z.avail_in = (uInt)s->delivered.n;
    for (;;) {
        z.next_out = sink;
        z.avail_out = sizeof sink;
        int rc = inflate(&z, Z_BLOCK);
        if (rc != Z_OK)
            break;
        bool at_block = (z.data_type & 128) != 0 && (z.data_type & 64) == 0;
        if (at_block && z.total_out > last + POINT_BYTES) {
            add_point(batch, part, s, z.total_out, z.total_in * 8 - (uint64_t)(z.data_type & 7));
            last = z.total_out;
        }
    }
    inflateEnd(&z);
}

/* One import in progress. */
struct run {
    th_writer *w;
    const struct synth_import *what;
    struct th_batch *batch;
    struct th_values values;
    char ids[TH_FIELD_COUNT][64];
    uint64_t sequence;
};

static enum th_code flush(struct run *run, struct th_err *err)
{
    if (run->batch->parts_n == 0)
        return TH_OK;
    if (run->what->before != NULL)
        run->what->before(run->what->ctx, run->sequence);
    run->batch->sequence = run->sequence++;
    enum th_code rc = th_writer_put(run->w, run->batch, err);
    th_batch_reset(run->batch);
    return rc;
}

static uint32_t add_part(struct run *run, const struct synth_source *s, uint64_t ordinal,
                         bool begins)
{
    struct th_batch *batch = run->batch;
    TH_GROW(batch->parts, batch->parts_n, batch->parts_cap);
    batch->parts[batch->parts_n] =
        (struct th_part){.ordinal = ordinal, .begins = begins, .path = th_xstrdup(s->file->path)};
    if (begins)
        batch->parts[batch->parts_n].kind =
            is_plain(s->file->kind) ? TH_SOURCE_CHUNKED : TH_SOURCE_DELIVERED;
    return (uint32_t)batch->parts_n++;
}

static void end_part(struct run *run, const struct synth_source *s, uint32_t at)
{
    struct th_part *part = &run->batch->parts[at];
    part->ends = true;
    memcpy(part->sha256, s->sha256, sizeof part->sha256);
    part->size_bytes = s->delivered.n;
    part->inflated_bytes = s->plain.n;
    if (s->file->kind == SYNTH_SKIPPED) {
        part->skipped = "no CloudTrail records";
        return;
    }
    part->unselected = 2;
    if (is_plain(s->file->kind))
        add_chunks(run->batch, at, s);
    else
        add_slices(run->batch, at, s);
    if (s->file->kind == SYNTH_POINTS)
        add_points(run->batch, at, s);
}

static enum th_code import_source(struct run *run, const struct synth_source *s, uint64_t ordinal,
                                  struct th_err *err)
{
    struct th_buf record = TH_BUF_INIT;
    uint32_t part = add_part(run, s, ordinal, true);
    enum th_code rc = TH_OK;
    for (uint64_t k = 0; k < s->file->n && rc == TH_OK; k++) {
        if (run->batch->rows == run->what->batch_rows) {
            rc = flush(run, err);
            if (rc != TH_OK)
                break;
            part = add_part(run, s, ordinal, false);
        }
        uint64_t i = s->file->first + k;
        fill_values(i, &run->values, run->ids);
        th_buf_reset(&record);
        synth_record(i, &record);
        unsigned flags = s->file->kind == SYNTH_STRING ? TH_ROW_STRING : 0;
        th_batch_add(run->batch, part, s->offsets[k], s->lengths[k], flags, &run->values,
                     th_buf_str(&record));
        if (k % 500 == 499)
            th_batch_reject(run->batch, part, s->offsets[k] + 1, 3, "not a record", TH_STR("\"ev"));
    }
    th_buf_fini(&record);
    if (rc == TH_OK)
        end_part(run, s, part);
    return rc;
}

enum th_code synth_import(th_writer *w, const struct synth_import *what, struct th_err *err)
{
    struct run *run = th_xcalloc(1, sizeof *run);
    run->w = w;
    run->what = what;
    run->batch = th_batch_new();
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < what->files_n && rc == TH_OK; i++) {
        struct synth_source source;
        synth_source_make(&what->files[i], &source);
        if (th_writer_known_at(w, source.file->path, source.sha256, source.delivered.n)) {
            uint32_t part = add_part(run, &source, i, true);
            run->batch->parts[part].ends = true;
            run->batch->parts[part].unchanged = true;
            run->batch->parts[part].skipped = "unchanged";
        } else {
            rc = import_source(run, &source, i, err);
        }
        synth_source_free(&source);
    }
    if (rc == TH_OK)
        rc = flush(run, err);
    th_batch_free(run->batch);
    free(run);
    return rc;
}

enum th_code synth_case(const char *path, const struct synth_import *what,
                        struct th_import_totals *totals, struct th_err *err)
{
    th_case *c;
    th_writer *w;
    enum th_code rc = th_case_open(path, TH_CASE_CREATE, &c, err);
    if (rc != TH_OK)
        return rc;
    rc = th_writer_begin(c, "test", NULL, &w, err);
    if (rc == TH_OK) {
        rc = synth_import(w, what, err);
        enum th_code end = th_writer_end(w, rc == TH_OK, totals, rc == TH_OK ? err : NULL);
        rc = rc == TH_OK ? end : rc;
    }
    enum th_code closed = th_case_close(c, rc == TH_OK ? err : NULL);
    return rc == TH_OK ? closed : rc;
}

int64_t synth_number(const char *of, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt = NULL;
    int64_t out = -1;
    sqlite3_open_v2(of, &db, SQLITE_OPEN_READONLY, NULL);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        out = sqlite3_column_int64(stmt, 0);
    else
        printf("# %s\n", sqlite3_errmsg(db));
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return out;
}

static void dump_table(sqlite3 *db, const char *table, struct th_buf *out)
{
    sqlite3_stmt *stmt = NULL;
    char *sql = th_xasprintf("SELECT * FROM \"%s\" ORDER BY 1, 2", table);
    th_buf_printf(out, "== %s\n", table);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        th_buf_puts(out, sqlite3_errmsg(db));
    while (stmt != NULL && sqlite3_step(stmt) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const void *bytes = sqlite3_column_blob(stmt, i);
            int n = sqlite3_column_bytes(stmt, i);
            if (sqlite3_column_type(stmt, i) == SQLITE_BLOB)
                th_buf_printf(out, "blob %d %016llx|", n,
                              (unsigned long long)th_hash(bytes, (size_t)n, 1));
            else
                th_buf_printf(out, "%d:%.*s|", sqlite3_column_type(stmt, i), n,
                              bytes == NULL ? "" : (const char *)bytes);
        }
        th_buf_putc(out, '\n');
    }
    sqlite3_finalize(stmt);
    free(sql);
}

void synth_dump(const char *path, struct th_buf *out)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *tables = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
        sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
                           -1, &tables, NULL);
    while (tables != NULL && sqlite3_step(tables) == SQLITE_ROW)
        dump_table(db, (const char *)sqlite3_column_text(tables, 0), out);
    sqlite3_finalize(tables);
    sqlite3_close(db);
}

const char *synth_folder(void)
{
    if (folder[0] == '\0') {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%.40s/trailXXXXXX", base == NULL ? P_tmpdir : base);
        if (mkdtemp(folder) == NULL)
            abort();
        setenv("TRAILHOUND_NOW", "2026-03-06T12:00:00Z", 1);
    }
    return folder;
}

const char *synth_path(const char *name)
{
    static char paths[8][160];
    static unsigned next;
    char *out = paths[next++ % 8];
    snprintf(out, sizeof paths[0], "%s/%s", synth_folder(), name);
    return out;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void synth_done(void)
{
    for (size_t f = 0; f < TH_FIELD_COUNT; f++)
        for (size_t k = 0; k < VOCABULARY; k++)
            free(vocabulary[f][k]);
    if (folder[0] != '\0') {
        chmod(folder, 0700);
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
}
