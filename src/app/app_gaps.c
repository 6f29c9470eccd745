/* From silences to gaps: what is around each, what may account for it, and how it reads. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_coverage_int.h"
#include "base/mem.h"
#include "base/time.h"

/* A file comes up to about so long after the last event in it. */
#define DELIVERY_DELAY_MS (15 * TH_MINUTE_MS)

const char *th_gap_word(enum th_gap_kind kind)
{
    switch (kind) {
    case TH_GAP_CHANGED:
        return "changed";
    case TH_GAP_MISSING:
        return "missing";
    case TH_GAP_DIGEST:
        return "digest";
    case TH_GAP_SILENCE:
        return "silence";
    case TH_GAP_ENDED:
        return "ended";
    }
    return "";
}

static int64_t length_of(const struct th_gap *gap)
{
    return gap->to_ms - gap->from_ms;
}

static bool is_stream_of(const struct th_coverage_stream *s, struct th_str account,
                         struct th_str region)
{
    return th_str_eq(s->account, account) && (s->whole || th_str_eq(s->region, region));
}

/* What the files of a stream's name say about a time in which it is silent. */
struct around {
    const struct th_seen_file *rejected, *left_out, *unselected;
    uint64_t delivered, left_out_n;
};

static void look_around(const struct th_seen *seen, const struct th_coverage_stream *s,
                        const struct th_gap *gap, struct around *out)
{
    *out = (struct around){0};
    for (size_t i = 0; i < seen->files_n; i++) {
        const struct th_seen_file *f = &seen->files[i];
        if (!f->has_name || f->name.kind != TH_LOG_EVENTS ||
            !is_stream_of(s, f->name.account, f->name.region) ||
            f->name.delivered_ms <= gap->from_ms ||
            f->name.delivered_ms > gap->to_ms + DELIVERY_DELAY_MS)
            continue;
        out->delivered += f->name.delivered_ms <= gap->to_ms;
        if (f->skipped != NULL) {
            out->left_out = f;
            out->left_out_n++;
        } else if (f->rejects > 0) {
            out->rejected = f;
        } else if (f->unselected > 0) {
            out->unselected = f;
        }
    }
}

static const char *explain(struct th_seen *seen, const struct th_coverage_stream *s,
                           const struct th_gap *gap, const struct around *a)
{
    if (a->rejected != NULL)
        return th_seen_printf(seen,
                              "source %" PRId64 ", delivered in this time, couldn't be read whole",
                              a->rejected->id);
    if (a->left_out != NULL)
        return th_seen_printf(seen, "%" PRIu64 " file%s of this time %s skipped: %.200s",
                              a->left_out_n, a->left_out_n == 1 ? "" : "s",
                              a->left_out_n == 1 ? "was" : "were", a->left_out->skipped);
    if (a->unselected != NULL)
        return th_seen_printf(seen, "records of source %" PRId64 " were not chosen at import",
                              a->unselected->id);
    if (!s->whole && th_digests_cover(seen, s->account, s->region, gap->from_ms, gap->to_ms))
        return "the digests of this time name no log file that isn't here";
    return NULL;
}

static void add_span(struct th_buf *out, const char *before, int64_t ms, const char *after)
{
    th_buf_puts(out, before);
    th_time_add_span(out, ms);
    th_buf_puts(out, after);
}

static const char *tell_silence(struct th_seen *seen, const struct th_coverage_stream *s,
                                const struct th_gap *gap, const struct around *a)
{
    struct th_buf why = TH_BUF_INIT;
    int64_t ms = length_of(gap);
    add_span(&why, "no event for ", ms, "");
    if (gap->usual_ms > TH_SILENCE_MIN_MS)
        add_span(&why, ", usually for ", gap->usual_ms, " at most");
    else
        th_buf_puts(&why, ", usually for a minute at most");
    if (gap->kind == TH_GAP_ENDED)
        th_buf_puts(&why, ", while other events go on");
    else if (s->whole)
        th_buf_puts(&why, ", in all regions");
    else if (gap->account_silent_ms >= ms)
        th_buf_puts(&why, "; nor from any other region of the account");
    else if (gap->account_silent_ms >= TH_COVERAGE_MIN_MS)
        add_span(&why, "; for ", gap->account_silent_ms, " of it nor from any other region");
    if (s->delivery_ms != TH_TIME_NONE && s->delivery_ms > 0) {
        uint64_t expected = (uint64_t)(ms / s->delivery_ms);
        if (expected > a->delivered) {
            th_buf_printf(&why, "; about %" PRIu64 " file%s missing, one usually comes every ",
                          expected - a->delivered, expected - a->delivered == 1 ? " is" : "s are");
            th_time_add_span(&why, s->delivery_ms);
        }
    }
    const char *text = th_arena_strdup(seen->arena, th_buf_cstr(&why));
    th_buf_fini(&why);
    return text;
}

/* The files of the events on both sides. */
static enum th_code set_sides(struct th_seen *seen, const struct th_silence *silence,
                              struct th_gap *gap, struct th_err *err)
{
    struct th_place place;
    enum th_code rc = th_case_place(seen->c, silence->before, &place, NULL, err);
    if (rc != TH_OK)
        return rc;
    const struct th_seen_file *f = th_seen_file(seen, place.source);
    gap->before = place.source;
    gap->before_path = f == NULL ? NULL : f->place;
    if (silence->after == UINT32_MAX)
        return TH_OK;
    rc = th_case_place(seen->c, silence->after, &place, NULL, err);
    if (rc != TH_OK)
        return rc;
    f = th_seen_file(seen, place.source);
    gap->after = place.source;
    gap->after_path = f == NULL ? NULL : f->place;
    return TH_OK;
}

static enum th_code add_silence(struct th_seen *seen, const struct th_coverage_stream *s, size_t at,
                                struct th_gap_list *gaps, struct th_err *err)
{
    const struct th_silence *silence = &s->gaps[at];
    struct around around;
    TH_GROW(gaps->v, gaps->n, gaps->cap);
    struct th_gap *gap = &gaps->v[gaps->n++];
    *gap = (struct th_gap){
        .kind = silence->after == UINT32_MAX ? TH_GAP_ENDED : TH_GAP_SILENCE,
        .account = s->account.p,
        .region = s->region.p,
        .whole = s->whole,
        .from_ms = silence->from_ms,
        .to_ms = silence->to_ms,
        .usual_ms = silence->usual_ms,
        .account_silent_ms = s->account_silent_ms[at],
    };
    look_around(seen, s, gap, &around);
    gap->explained = explain(seen, s, gap, &around);
    gap->why = tell_silence(seen, s, gap, &around);
    return set_sides(seen, silence, gap, err);
}

/* ---- digests and silences together ---- */

static bool is_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A silence in which digests name missing files is proven by them: it takes what they say, and
 * they need no line of their own. named_n: how many gaps at the front come from digests. */
static void join_named(struct th_seen *seen, struct th_gap_list *gaps, size_t named_n)
{
    bool *told = th_xcalloc(gaps->n + 1, sizeof *told);
    size_t kept = 0;
    for (size_t i = named_n; i < gaps->n; i++) {
        struct th_gap *silence = &gaps->v[i];
        for (size_t k = 0; k < named_n; k++) {
            const struct th_gap *named = &gaps->v[k];
            if (named->kind != TH_GAP_MISSING || told[k] || named->from_ms < silence->from_ms ||
                named->to_ms > silence->to_ms || !is_text(named->account, silence->account) ||
                (!silence->whole && !is_text(named->region, silence->region)))
                continue;
            const char **files =
                th_arena_calloc(seen->arena, silence->files_n + named->files_n + 1, sizeof *files);
            for (size_t f = 0; f < silence->files_n; f++)
                files[f] = silence->files[f];
            for (size_t f = 0; f < named->files_n; f++)
                files[silence->files_n + f] = named->files[f];
            silence->kind = TH_GAP_MISSING;
            silence->files = files;
            silence->files_n += named->files_n;
            silence->digest = silence->digest == NULL ? named->digest : silence->digest;
            silence->explained = named->explained;
            told[k] = true;
        }
        if (silence->files_n > 0)
            silence->why =
                th_seen_printf(seen, "%zu log file%s that digests name %s not in the case; %.300s",
                               silence->files_n, silence->files_n == 1 ? "" : "s",
                               silence->files_n == 1 ? "is" : "are", silence->why);
    }
    for (size_t i = 0; i < gaps->n; i++)
        if (!told[i])
            gaps->v[kept++] = gaps->v[i];
    gaps->n = kept;
    free(told);
}

static int compare_texts(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a == NULL) - (b == NULL);
    return strcmp(a, b);
}

static int compare_gaps(const void *a, const void *b)
{
    const struct th_gap *x = a;
    const struct th_gap *y = b;
    if ((x->explained == NULL) != (y->explained == NULL))
        return x->explained == NULL ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (length_of(x) != length_of(y))
        return length_of(x) > length_of(y) ? -1 : 1;
    int c = compare_texts(x->account, y->account);
    if (c == 0)
        c = compare_texts(x->region, y->region);
    return c != 0 ? c : (x->from_ms > y->from_ms) - (x->from_ms < y->from_ms);
}

static int compare_account_time(const void *a, const void *b)
{
    const struct th_gap *x = *(const struct th_gap *const *)a;
    const struct th_gap *y = *(const struct th_gap *const *)b;
    int c = compare_texts(x->account, y->account);
    return c != 0 ? c : (x->from_ms > y->from_ms) - (x->from_ms < y->from_ms);
}

static size_t count_open(const struct th_gap_list *gaps)
{
    size_t n = 0, open = 0;
    int64_t until = TH_TIME_NONE;
    const struct th_gap **list = th_xcalloc(gaps->n + 1, sizeof *list);
    for (size_t i = 0; i < gaps->n; i++)
        if (gaps->v[i].explained == NULL)
            list[n++] = &gaps->v[i];
    if (n > 0)
        qsort(list, n, sizeof *list, compare_account_time);
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && is_text(list[i]->account, list[i - 1]->account);
        open += !same || list[i]->from_ms > until;
        until = same && until > list[i]->to_ms ? until : list[i]->to_ms;
    }
    free(list);
    return open;
}

static enum th_code fill(struct th_seen *seen, const struct th_app_coverage_ask *ask,
                         th_cancel *cancel, struct th_app_coverage *out, struct th_gap_list *gaps,
                         struct th_err *err)
{
    enum th_code rc = th_digests_compare(seen, ask->hashes, cancel, out, gaps, err);
    size_t named_n = gaps->n;
    if (rc == TH_OK)
        rc = th_coverage_find(seen->table, seen->spans, seen->files_n, &seen->digest_rows,
                              ask->bins, cancel, &out->coverage, err);
    for (size_t i = 0; rc == TH_OK && i < out->coverage.streams_n; i++) {
        const struct th_coverage_stream *s = &out->coverage.streams[i];
        for (size_t g = 0; g < s->gaps_n && rc == TH_OK; g++) {
            rc = add_silence(seen, s, g, gaps, err);
            if (th_cancelled(cancel))
                rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
        }
    }
    if (rc != TH_OK)
        return rc;
    join_named(seen, gaps, named_n);
    if (gaps->n > 0)
        qsort(gaps->v, gaps->n, sizeof *gaps->v, compare_gaps);
    out->gaps = th_arena_calloc(seen->arena, gaps->n + 1, sizeof *out->gaps);
    for (size_t i = 0; i < gaps->n; i++)
        out->gaps[i] = gaps->v[i];
    out->gaps_n = gaps->n;
    out->open_n = count_open(gaps);
    out->digests = seen->digests_n;
    out->digests_skipped = seen->digests_skipped;
    return TH_OK;
}

enum th_code th_app_coverage(th_app *app, const struct th_app_coverage_ask *ask, th_cancel *cancel,
                             struct th_app_coverage *out, struct th_err *err)
{
    struct th_seen seen;
    struct th_gap_list gaps = {0};
    *out = (struct th_app_coverage){0};
    enum th_code rc = th_seen_open(app, &seen, cancel, err);
    if (rc == TH_OK)
        rc = fill(&seen, ask, cancel, out, &gaps, err);
    free(gaps.v);
    if (rc == TH_OK) {
        out->arena = seen.arena;
        seen.arena = NULL;
        out->table = seen.table;
        seen.table = NULL;
    } else {
        th_app_coverage_fini(out);
    }
    th_seen_fini(&seen);
    return rc;
}

void th_app_coverage_fini(struct th_app_coverage *coverage)
{
    th_coverage_fini(&coverage->coverage);
    th_arena_free(coverage->arena);
    th_table_free(coverage->table);
    *coverage = (struct th_app_coverage){0};
}
