/* A sink that keeps what an import hands over, and checks its order as it comes. */
#ifndef TESTS_INGEST_COLLECT_H
#define TESTS_INGEST_COLLECT_H

#include "base/hash.h"
#include "ingest/batch.h"
#include "ingest/make.h"
#include "ingest/reader/inflate.h"

struct got_point {
    uint64_t inflated, bits;
    struct th_buf window; /* plain */
};

/* A source put together again from its parts. */
struct got_source {
    char *path;
    enum th_source_kind kind;
    uint64_t parts, rows, rejects, blobs;
    uint64_t size_bytes, inflated_bytes;
    uint8_t sha256[32];
    char *skipped, *altered;
    bool unchanged, ended;
    struct th_buf kept;     /* the blobs' bytes: delivered, or plain again */
    struct th_buf rejected; /* "OFFSET+LENGTH REASON\n" each */
    struct th_buf records;  /* "OFFSET+LENGTH ACTION\n" each */
    struct got_point *points;
    size_t points_n, points_cap;
    uint64_t *offsets; /* of its rows */
    uint32_t *lengths;
    size_t offsets_n, offsets_cap, lengths_cap;
};

struct collected {
    struct got_source *sources; /* by ordinal */
    size_t n, cap;
    uint64_t batches, rows, rejects;
    size_t disorder;     /* things that came where they may not */
    struct th_buf dump;  /* everything of every batch, as text */
    uint64_t stop_after; /* batches after which the sink fails; 0: never */
    bool with_dump;
};

UNUSED static struct got_source *got_source(struct collected *c, uint64_t ordinal)
{
    while (c->n <= ordinal) {
        TH_GROW(c->sources, c->n, c->cap);
        c->sources[c->n++] = (struct got_source){0};
    }
    return &c->sources[ordinal];
}

static void collect_part(struct collected *c, const struct th_part *part)
{
    struct got_source *s = got_source(c, part->ordinal);
    c->disorder += part->begins != (s->parts == 0) || s->ended;
    if (part->begins) {
        s->path = th_xstrdup(part->path);
        s->kind = part->kind;
    }
    c->disorder += strcmp(s->path, part->path) != 0;
    s->parts++;
    s->ended = part->ends;
    if (!part->ends) {
        c->disorder += part->skipped != NULL;
        return;
    }
    memcpy(s->sha256, part->sha256, 32);
    s->size_bytes = part->size_bytes;
    s->inflated_bytes = part->inflated_bytes;
    s->skipped = part->skipped != NULL ? th_xstrdup(part->skipped) : NULL;
    s->altered = part->altered != NULL ? th_xstrdup(part->altered) : NULL;
    s->unchanged = part->unchanged;
}

static void collect_blob(struct collected *c, const struct th_batch *b, const struct th_blob *blob)
{
    struct got_source *s = got_source(c, b->parts[blob->part].ordinal);
    c->disorder += blob->offset != s->kept.n || blob->bytes_n == 0;
    s->blobs++;
    if (s->kind == TH_SOURCE_CHUNKED)
        c->disorder += th_inflate_chunk(blob->bytes, blob->bytes_n, (size_t)blob->length, &s->kept,
                                        NULL) != TH_OK;
    else
        th_buf_add(&s->kept, blob->bytes, blob->bytes_n);
    c->disorder += s->kept.n != blob->offset + blob->length;
}

static void collect_point(struct collected *c, const struct th_batch *b,
                          const struct th_access_point *p)
{
    struct got_source *s = got_source(c, b->parts[p->part].ordinal);
    struct got_point point = {p->inflated, p->bits, TH_BUF_INIT};
    /* The window's plain size isn't kept beside it: it is 32 KiB, or less near a member's
     * beginning. */
    size_t n = 32768;
    while (th_inflate_chunk(p->window, p->window_n, n, &point.window, NULL) != TH_OK && n > 0)
        n--;
    c->disorder += s->points_n > 0 && s->points[s->points_n - 1].inflated >= p->inflated;
    TH_GROW(s->points, s->points_n, s->points_cap);
    s->points[s->points_n++] = point;
}

static void collect_row(struct collected *c, const struct th_batch *b, size_t row)
{
    struct got_source *s = got_source(c, b->parts[b->part[row]].ordinal);
    struct th_str action =
        th_dict_text(b->dict[TH_F_EVENT_ACTION], th_batch_code(b, TH_F_EVENT_ACTION, row));
    th_buf_printf(&s->records, "%llu+%u %.*s\n", (unsigned long long)b->offset[row], b->length[row],
                  TH_STR_ARGS(action));
    TH_GROW(s->offsets, s->offsets_n, s->offsets_cap);
    TH_GROW(s->lengths, s->offsets_n, s->lengths_cap);
    s->offsets[s->offsets_n] = b->offset[row];
    s->lengths[s->offsets_n++] = b->length[row];
    s->rows++;
}

static void dump_row(struct th_buf *out, const struct th_batch *b, size_t row)
{
    th_buf_printf(out, "%u %llu %u %u", b->part[row], (unsigned long long)b->offset[row],
                  b->length[row], b->flags[row]);
    for (int f = 0; f < TH_FIELD_COUNT; f++) {
        uint32_t code = th_batch_code(b, (enum th_field)f, row);
        if (code != 0)
            th_buf_printf(
                out, " %d=%u:%.*s", f, code,
                TH_STR_ARGS(b->dict[f] == NULL ? TH_STR_NONE : th_dict_text(b->dict[f], code)));
        if (b->num[f] != NULL && b->num[f][row] != TH_VALUE_NONE)
            th_buf_printf(out, " %d=%lld", f, (long long)b->num[f][row]);
        if (b->ids[f] != NULL && b->ids[f][row].is_uuid) {
            char text[37];
            th_uuid_text(b->ids[f][row].uuid, text);
            th_buf_printf(out, " %d=%s", f, text);
        } else if (b->ids[f] != NULL && b->ids[f][row].text.p != NULL) {
            th_buf_printf(out, " %d=%.*s", f, TH_STR_ARGS(b->ids[f][row].text));
        }
    }
    th_buf_putc(out, '\n');
}

static void dump_batch(struct th_buf *out, const struct th_batch *b)
{
    th_buf_printf(out, "batch %llu\n", (unsigned long long)b->sequence);
    for (size_t i = 0; i < b->parts_n; i++) {
        char hex[65];
        th_sha256_hex(b->parts[i].sha256, hex);
        th_buf_printf(out, "part %llu %d %d %s %s %s\n", (unsigned long long)b->parts[i].ordinal,
                      b->parts[i].begins, b->parts[i].ends, b->parts[i].path, hex,
                      b->parts[i].skipped != NULL ? b->parts[i].skipped : "");
    }
    for (size_t i = 0; i < b->rows; i++)
        dump_row(out, b, i);
    for (size_t i = 0; i < b->blobs_n; i++)
        th_buf_printf(out, "blob %u %llu %llu\n", b->blobs[i].part,
                      (unsigned long long)b->blobs[i].offset,
                      (unsigned long long)b->blobs[i].length);
}

UNUSED static enum th_code collect_batch(void *ctx, const struct th_batch *b, struct th_err *err)
{
    struct collected *c = ctx;
    c->disorder += b->sequence != c->batches || b->parts_n == 0;
    c->batches++;
    c->rows += b->rows;
    c->rejects += b->rejects_n;
    for (size_t i = 0; i < b->parts_n; i++)
        collect_part(c, &b->parts[i]);
    for (size_t i = 0; i < b->rows; i++)
        collect_row(c, b, i);
    for (size_t i = 0; i < b->blobs_n; i++)
        collect_blob(c, b, &b->blobs[i]);
    for (size_t i = 0; i < b->points_n; i++)
        collect_point(c, b, &b->points[i]);
    for (size_t i = 0; i < b->rejects_n; i++) {
        const struct th_reject *r = &b->rejects[i];
        struct got_source *s = got_source(c, b->parts[r->part].ordinal);
        th_buf_printf(&s->rejected, "%llu+%llu %s\n", (unsigned long long)r->offset,
                      (unsigned long long)r->length, r->reason);
        s->rejects++;
    }
    if (c->with_dump)
        dump_batch(&c->dump, b);
    if (c->stop_after != 0 && c->batches == c->stop_after)
        return th_err_set(err, TH_E_FULL, "no room");
    return TH_OK;
}

UNUSED static void collected_fini(struct collected *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct got_source *s = &c->sources[i];
        for (size_t k = 0; k < s->points_n; k++)
            th_buf_fini(&s->points[k].window);
        free(s->points);
        free(s->path);
        free(s->skipped);
        free(s->altered);
        free(s->offsets);
        free(s->lengths);
        th_buf_fini(&s->kept);
        th_buf_fini(&s->rejected);
        th_buf_fini(&s->records);
    }
    free(c->sources);
    th_buf_fini(&c->dump);
    *c = (struct collected){0};
}

/* The source whose path ends in name. */
UNUSED static const struct got_source *find_source(const struct collected *c, const char *name)
{
    static const struct got_source none;
    for (size_t i = 0; i < c->n; i++)
        if (c->sources[i].path != NULL &&
            th_str_ends(th_str_of(c->sources[i].path), th_str_of(name)))
            return &c->sources[i];
    tap_note("no source %s", name);
    return &none;
}

UNUSED static const char *text_of(const struct th_buf *buf)
{
    return buf->n > 0 ? buf->p : "";
}

#endif
