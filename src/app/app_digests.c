/* The log files that digests name, in order of delivery, against those that the case holds. What is
 * missing in a row is one gap, with the files before and after it that are there.
 *
 * A file is known by the last part of its key, which is random and stays the same however folders
 * were copied about. A digest gives the hash of the inflated file. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_coverage_int.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/evidence/source_hash.h"

/* Digests come every hour; one that is a bit late is no hole. */
#define DIGEST_SLACK_MS (5 * TH_MINUTE_MS)

enum state { HERE, LEFT_OUT, MISSING, CHANGED };

struct named {
    const struct th_digest_log *log;
    const struct th_seen_digest *digest;
    struct th_str account, region, base;
    int64_t delivered_ms;
    const struct th_seen_file *file; /* NULL: none of that name */
    enum state state;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *x = a;
    const struct named *y = b;
    int c = th_str_cmp(x->account, y->account);
    if (c == 0)
        c = th_str_cmp(x->region, y->region);
    if (c == 0 && x->delivered_ms != y->delivered_ms)
        return x->delivered_ms < y->delivered_ms ? -1 : 1;
    return c != 0 ? c : th_str_cmp(x->base, y->base);
}

/* Every log file once, sorted. Owned: free. */
static struct named *list_named(const struct th_seen *seen, size_t *out_n)
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < seen->digests_n; i++)
        n += seen->digests[i].digest.logs_n;
    struct named *all = th_xcalloc(n + 1, sizeof *all);
    n = 0;
    for (size_t i = 0; i < seen->digests_n; i++) {
        const struct th_seen_digest *d = &seen->digests[i];
        for (size_t k = 0; k < d->digest.logs_n; k++) {
            const struct th_digest_log *log = &d->digest.logs[k];
            struct named *named = &all[n++];
            struct th_log_name name;
            *named =
                (struct named){log,
                               d,
                               d->account,
                               d->region,
                               th_log_name_base(log->object),
                               log->newest_ms != TH_TIME_NONE ? log->newest_ms : d->digest.end_ms,
                               NULL,
                               MISSING};
            if (th_log_name_read(log->object, &name)) {
                named->account = name.account;
                named->region = name.region;
                named->delivered_ms = name.delivered_ms;
            }
        }
    }
    if (n > 0)
        qsort(all, n, sizeof *all, compare_named);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !th_str_eq(all[i].base, all[kept - 1].base))
            all[kept++] = all[i];
    *out_n = kept;
    return all;
}

/* Was the file taken in? One that was passed over or couldn't be opened is there, but not read. */
static bool was_read(const struct th_seen_file *f)
{
    return f->skipped == NULL && f->has_sha256;
}

/* Files of the name: with hashes, one that has the right one is enough. */
static enum th_code find_file(struct th_seen *seen, struct named *named, bool hashes,
                              struct th_app_coverage *out, th_cancel *cancel, struct th_err *err)
{
    uint32_t code = th_dict_find(seen->bases, named->base);
    for (uint32_t at = code == 0 ? 0 : seen->first_of[code]; at != 0;) {
        const struct th_seen_file *f = &seen->files[at - 1];
        at = f->next_same;
        if (named->state == MISSING || !was_read(named->file))
            named->file = f;
        if (named->state == MISSING)
            named->state = LEFT_OUT;
        if (!was_read(f))
            continue;
        uint8_t sha256[32];
        bool known = false;
        if (hashes && named->log->has_sha256) {
            enum th_code rc = th_case_plain_hash(seen->c, f->id, cancel, sha256, &known, err);
            if (rc != TH_OK)
                return rc;
        }
        if (known && memcmp(sha256, named->log->sha256, sizeof sha256) != 0) {
            named->state = named->state == HERE ? HERE : CHANGED;
            continue;
        }
        out->checked += known;
        named->file = f;
        named->state = HERE;
    }
    out->checked += named->state == CHANGED;
    return TH_OK;
}

static void set_neighbours(const struct named *all, size_t n, size_t from, size_t to,
                           struct th_gap *gap)
{
    const struct named *first = &all[from];
    const struct named *before = from > 0 ? &all[from - 1] : NULL;
    const struct named *after = to < n ? &all[to] : NULL;
    if (before != NULL && before->file != NULL && th_str_eq(before->account, first->account) &&
        th_str_eq(before->region, first->region)) {
        gap->before = before->file->id;
        gap->before_path = before->file->place;
    }
    if (after != NULL && after->file != NULL && th_str_eq(after->account, first->account) &&
        th_str_eq(after->region, first->region)) {
        gap->after = after->file->id;
        gap->after_path = after->file->place;
    }
}

/* Files from … to - 1, all of one stream and in one state. */
static void add_run(struct th_seen *seen, const struct named *all, size_t n, size_t from, size_t to,
                    struct th_gap_list *gaps)
{
    const struct named *first = &all[from];
    const char **files = th_arena_calloc(seen->arena, to - from + 1, sizeof *files);
    TH_GROW(gaps->v, gaps->n, gaps->cap);
    struct th_gap *gap = &gaps->v[gaps->n++];
    *gap = (struct th_gap){
        .kind = first->state == CHANGED ? TH_GAP_CHANGED : TH_GAP_MISSING,
        .account = first->account.p == NULL ? NULL : th_arena_dup(seen->arena, first->account).p,
        .region = first->region.p == NULL ? NULL : th_arena_dup(seen->arena, first->region).p,
        .from_ms = INT64_MAX,
        .to_ms = TH_TIME_NONE,
        .usual_ms = TH_TIME_NONE,
        .account_silent_ms = TH_TIME_NONE,
        .files = files,
        .files_n = to - from,
        .digest = first->digest->place,
    };
    for (size_t i = from; i < to; i++) {
        const struct th_digest_log *log = all[i].log;
        int64_t oldest = log->oldest_ms != TH_TIME_NONE ? log->oldest_ms : all[i].delivered_ms;
        int64_t newest = log->newest_ms != TH_TIME_NONE ? log->newest_ms : all[i].delivered_ms;
        gap->from_ms = oldest < gap->from_ms ? oldest : gap->from_ms;
        gap->to_ms = newest > gap->to_ms ? newest : gap->to_ms;
        files[i - from] = th_arena_dup(seen->arena, log->object).p;
    }
    if (first->state == CHANGED) {
        gap->before = gap->after = first->file->id;
        gap->before_path = gap->after_path = first->file->place;
        gap->why = th_seen_printf(seen, "the digest has another hash for source %" PRId64,
                                  first->file->id);
        return;
    }
    set_neighbours(all, n, from, to, gap);
    gap->why = th_seen_printf(seen, "%zu log file%s that digests name %s not in the case",
                              to - from, to - from == 1 ? "" : "s", to - from == 1 ? "is" : "are");
    if (first->state == LEFT_OUT)
        gap->explained = th_seen_printf(seen, "source %" PRId64 " was %s%.200s", first->file->id,
                                        first->file->skipped != NULL ? "skipped: " : "not readable",
                                        first->file->skipped != NULL ? first->file->skipped : "");
}

static void add_runs(struct th_seen *seen, const struct named *all, size_t n,
                     struct th_gap_list *gaps)
{
    for (size_t i = 0; i < n;) {
        size_t to = i + 1;
        while (all[i].state != CHANGED && to < n && all[to].state == all[i].state &&
               th_str_eq(all[to].account, all[i].account) &&
               th_str_eq(all[to].region, all[i].region))
            to++;
        if (all[i].state != HERE)
            add_run(seen, all, n, i, to, gaps);
        i = to;
    }
}

/* ---- holes between digests ---- */

static int compare_digests(const void *a, const void *b)
{
    const struct th_seen_digest *x = a;
    const struct th_seen_digest *y = b;
    int c = th_str_cmp(x->account, y->account);
    if (c == 0)
        c = th_str_cmp(x->region, y->region);
    if (c != 0)
        return c;
    return (x->digest.start_ms > y->digest.start_ms) - (x->digest.start_ms < y->digest.start_ms);
}

static void add_holes(struct th_seen *seen, struct th_gap_list *gaps)
{
    const struct th_seen_digest *last = NULL; /* of those so far, the one that ends last */
    for (size_t i = 0; i < seen->digests_n; i++) {
        const struct th_seen_digest *d = &seen->digests[i];
        if (last == NULL || !th_str_eq(d->account, last->account) ||
            !th_str_eq(d->region, last->region)) {
            last = d;
            continue;
        }
        if (d->digest.start_ms > last->digest.end_ms + DIGEST_SLACK_MS) {
            TH_GROW(gaps->v, gaps->n, gaps->cap);
            gaps->v[gaps->n++] = (struct th_gap){
                .kind = TH_GAP_DIGEST,
                .account = d->account.p == NULL ? NULL : th_arena_dup(seen->arena, d->account).p,
                .region = d->region.p == NULL ? NULL : th_arena_dup(seen->arena, d->region).p,
                .from_ms = last->digest.end_ms,
                .to_ms = d->digest.start_ms,
                .usual_ms = TH_TIME_NONE,
                .account_silent_ms = TH_TIME_NONE,
                .before_path = last->place,
                .after_path = d->place,
                .why = "no digest of this time is in the case, though they come every hour",
            };
        }
        if (d->digest.end_ms > last->digest.end_ms)
            last = d;
    }
}

bool th_digests_cover(const struct th_seen *seen, struct th_str account, struct th_str region,
                      int64_t from_ms, int64_t to_ms)
{
    int64_t at = from_ms;
    for (size_t i = 0; i < seen->digests_n && at < to_ms; i++) {
        const struct th_seen_digest *d = &seen->digests[i];
        if (th_str_eq(d->account, account) && th_str_eq(d->region, region) &&
            d->digest.start_ms <= at + DIGEST_SLACK_MS && d->digest.end_ms > at)
            at = d->digest.end_ms;
    }
    return at >= to_ms;
}

enum th_code th_digests_compare(struct th_seen *seen, bool hashes, th_cancel *cancel,
                                struct th_app_coverage *out, struct th_gap_list *gaps,
                                struct th_err *err)
{
    size_t n;
    enum th_code rc = TH_OK;
    if (seen->digests_n > 0)
        qsort(seen->digests, seen->digests_n, sizeof *seen->digests, compare_digests);
    struct named *all = list_named(seen, &n);
    for (size_t i = 0; i < n && rc == TH_OK; i++) {
        rc = find_file(seen, &all[i], hashes, out, cancel, err);
        if (th_cancelled(cancel))
            rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    if (rc == TH_OK) {
        out->named = n;
        add_runs(seen, all, n, gaps);
        add_holes(seen, gaps);
    }
    free(all);
    return rc;
}
