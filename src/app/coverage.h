/* What a case's evidence covers, and what of it seems to be missing. */
#ifndef TH_APP_COVERAGE_H
#define TH_APP_COVERAGE_H

#include "app/app.h"
#include "query/ops/coverage.h"

/* CHANGED: a digest has another hash for the file. MISSING: a digest names log files that the case
 * doesn't hold. DIGEST: digests come every hour, and there is none. SILENCE: no event for longer
 * than the rhythm of account and region explains. ENDED: no event any more, while the account (or
 * the case) goes on. */
enum th_gap_kind { TH_GAP_CHANGED, TH_GAP_MISSING, TH_GAP_DIGEST, TH_GAP_SILENCE, TH_GAP_ENDED };

struct th_gap {
    enum th_gap_kind kind;
    const char *account, *region; /* NULL: not known; region also when whole */
    bool whole;                   /* of the account in all regions */
    int64_t from_ms, to_ms;
    int64_t usual_ms; /* SILENCE, ENDED: the longest silence of a usual day; else TH_TIME_NONE */
    int64_t account_silent_ms; /* longest part of it in which the whole account is silent; or
                                  TH_TIME_NONE */
    int64_t before, after;     /* sources around it; 0: none */
    const char *before_path, *after_path; /* with the place inside an archive; NULL: none */
    const char *const *files;             /* keys of the files that a digest names */
    size_t files_n;
    const char *digest;    /* path of the first digest that names them; NULL */
    const char *explained; /* what accounts for it, in words; NULL: nothing that the case knows */
    const char *why;       /* what tells that it is one, in words */
};

struct th_app_coverage {
    struct th_coverage coverage;
    /* Most suspicious first: by kind, longest first; explained ones last. */
    struct th_gap *gaps;
    size_t gaps_n;
    size_t open_n; /* that nothing explains; of one account at one time they count as one */
    uint64_t digests, digests_skipped; /* read as records; passed over at import */
    uint64_t named, checked;           /* log files that digests name; of these: hashes compared */
    th_table *table;                   /* held: what texts stand in */
    th_arena *arena;
};

/* bins: see th_coverage_find. hashes: compare those that digests give with the evidence, which
 * inflates each file. Thread-safe: reads the case through a connection of its own. Texts in out die
 * with it. On success out is owned: th_app_coverage_fini. TH_E_CANCELLED; TH_E_BUSY while a first
 * import runs. */
struct th_app_coverage_ask {
    size_t bins;
    bool hashes;
};
TH_NODISCARD enum th_code th_app_coverage(th_app *app, const struct th_app_coverage_ask *ask,
                                          th_cancel *cancel, struct th_app_coverage *out,
                                          struct th_err *err);
void th_app_coverage_fini(struct th_app_coverage *coverage);

/* Events by bucket, account and region: see th_coverage_buckets. Thread-safe. */
TH_NODISCARD enum th_code th_app_coverage_buckets(th_app *app, int64_t every_ms,
                                                  th_coverage_visit *visit, void *ctx,
                                                  th_cancel *cancel, struct th_err *err);

/* The rows of one source; out is initialised on success. Thread-safe. */
TH_NODISCARD enum th_code th_app_source_rows(th_app *app, int64_t source, struct th_bits *out,
                                             struct th_err *err);

/* The word for a kind, as the command line gives it: "silence", "missing" … */
const char *th_gap_word(enum th_gap_kind kind);

#endif
