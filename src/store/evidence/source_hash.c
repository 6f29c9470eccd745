/* Evidence, piece by piece as it is inflated anyway, through the hash. */
#include "store/evidence/source_hash.h"

#include <string.h>

#include "base/hash.h"
#include "store/case/handle.h"

#define STEP_BYTES ((uint64_t)1 << 20)

enum th_code th_case_plain_hash(th_case *c, int64_t source, th_cancel *cancel, uint8_t out[32],
                                bool *known, struct th_err *err)
{
    struct th_evidence e;
    struct th_err broken;
    th_evidence_init(&e, c);
    e.pieces_max = 1;
    *known = false;
    enum th_code rc = th_evidence_source(&e, source, err);
    if (rc == TH_OK) {
        th_sha256 *sha = th_sha256_new();
        uint64_t at = 0, n = e.source.inflated_bytes;
        bool whole = n > 0;
        while (whole && at < n && !th_cancelled(cancel)) {
            struct th_str bytes;
            uint64_t step = n - at < STEP_BYTES ? n - at : STEP_BYTES;
            th_err_clear(&broken);
            whole = th_evidence_range(&e, source, at, step, &bytes, &broken) == TH_OK;
            if (whole)
                th_sha256_update(sha, bytes.p, bytes.n);
            at += step;
        }
        th_sha256_final(sha, out);
        *known = whole && at == n;
        if (th_cancelled(cancel))
            rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    th_evidence_release(&e);
    th_evidence_fini(&e);
    return rc;
}
