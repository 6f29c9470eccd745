/* The SHA-256 of what is inside a delivered file: what CloudTrail's digests give. */
#ifndef TH_STORE_EVIDENCE_SOURCE_HASH_H
#define TH_STORE_EVIDENCE_SOURCE_HASH_H

#include "store/case/case.h"

/* Hash a source's inflated bytes; of a file that broke off those before the break. *known is false,
 * and TH_OK, when the case hasn't got them: the file was skipped, or it is only referenced and not
 * there any more. TH_E_CANCELLED. */
TH_NODISCARD enum th_code th_case_plain_hash(th_case *c, int64_t source, th_cancel *cancel,
                                             uint8_t out[32], bool *known, struct th_err *err);

#endif
