/* Writing JSON text into a buffer, streaming. Escapes ", \ and controls; everything else as UTF-8;
 * invalid bytes become U+FFFD. */
#ifndef TH_BASE_JSONW_H
#define TH_BASE_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* A writer keeps only where commas go: nesting up to 64. */
struct th_jsonw {
    struct th_buf *out;
    unsigned depth;
    uint64_t filled; /* bit d: something was written at depth d */
    bool after_key;
};

void th_jsonw_init(struct th_jsonw *w, struct th_buf *out);
void th_jsonw_begin_object(struct th_jsonw *w);
void th_jsonw_end_object(struct th_jsonw *w);
void th_jsonw_begin_array(struct th_jsonw *w);
void th_jsonw_end_array(struct th_jsonw *w);
void th_jsonw_key(struct th_jsonw *w, const char *key);
void th_jsonw_key_str(struct th_jsonw *w, struct th_str key);
void th_jsonw_string(struct th_jsonw *w, struct th_str value); /* absent: null */
void th_jsonw_i64(struct th_jsonw *w, int64_t value);
/* With decimals (0 to 20) behind the point, whatever the locale; infinite and NaN: null. */
void th_jsonw_double(struct th_jsonw *w, double value, int decimals);
void th_jsonw_bool(struct th_jsonw *w, bool value);
void th_jsonw_null(struct th_jsonw *w);
void th_jsonw_time(struct th_jsonw *w, int64_t ts_ms); /* ISO text; TH_TIME_NONE: null */
/* A value that is JSON text already. */
void th_jsonw_raw(struct th_jsonw *w, struct th_str json);

/* Just one quoted, escaped string. */
void th_json_quote(struct th_buf *out, struct th_str value);

#endif
