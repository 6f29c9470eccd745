/* KQL (Kibana Query Language) text to a query tree, with byte-exact error spans. */
#ifndef TH_QUERY_KQL_KQL_H
#define TH_QUERY_KQL_KQL_H

#include "base/err.h"
#include "query/ast.h"

struct th_kql_options {
    int64_t now_ms; /* what "now" means in date math: the newest event; TH_TIME_NONE when there is
                       none */
    bool lenient;   /* unknown fields match nothing, which is noted, instead of being an error */
};

/* Something worth telling that is no error: "a * inside quotes is a literal star". At most
 * TH_KQL_WARNINGS are kept. */
#define TH_KQL_WARNINGS 4
struct th_kql_notes {
    struct {
        struct th_span span;
        char text[160];
    } note[TH_KQL_WARNINGS];
    size_t n;
};

/* Parse. Empty or blank text matches everything. TH_E_QUERY: err->offset and err->length are the
 * bytes at fault, msg says what is wrong and what was expected ("unknown field user.nam, did you
 * mean user.name?"). Depth is capped (100), values too. notes may be NULL. Owned: th_query_free. */
TH_NODISCARD enum th_code th_kql_parse(struct th_str text, const struct th_kql_options *options,
                                       th_query **out, struct th_kql_notes *notes,
                                       struct th_err *err);

/* Once a query of KQL was evaluated: note every regular expression that took too many steps on some
 * value, which then counted as one that doesn't match. */
void th_kql_note_limits(const th_query *query, struct th_kql_notes *notes);

/* What a name that is no field may have been meant to be: appends "A", or "A or B" when two are as
 * near, and returns true; false: nothing comes near. */
bool th_kql_suggest(struct th_str name, struct th_buf *out);

/* Three lines for a terminal: the text, a caret line under the bytes at fault (by display width),
 * the message. Sanitised. */
void th_kql_explain(struct th_str text, const struct th_err *err, bool ascii_only,
                    struct th_buf *out);

/* `field: value` as KQL text, value quoted and escaped as needed; absent value: `not field: *`. For
 * "filter for this". */
void th_kql_term(struct th_buf *out, const char *field, struct th_str value);
/* filter AND term (or AND NOT term), parenthesised only where needed; replaces an identical or
 * opposite term that stands in it already. */
void th_kql_and(struct th_buf *out, struct th_str filter, struct th_str term, bool negate);

/* Completion at a byte position of a text being typed. */
enum th_complete_kind { TH_COMPLETE_FIELD, TH_COMPLETE_VALUE, TH_COMPLETE_OPERATOR };
struct th_completion {
    enum th_complete_kind kind;
    struct th_span replace; /* bytes that a choice replaces */
    struct th_str prefix;   /* what was typed of it up to the position, without a quote before it;
                               borrowed from text */
    bool behind_name; /* OPERATOR: ':' or a comparison may follow, or what follows a word to look
                         for; false: only `and`, `or` */
    struct th_field_ref ref; /* VALUE: of which field, never none; its path is borrowed from name */
    struct th_buf name;      /* FIELD: what stands before the names inside { }, "user."; VALUE: the
                                field's whole name. Owned */
    struct th_buf typed;     /* VALUE: prefix with its escapes undone. Owned */
    struct th_buf rest; /* VALUE: the filter without the clause being typed, to count values under.
                           Owned */
};
/* replace goes to the end of the word or quoted value that the position is in. FIELD: a field, a
 * value to look for, or `not` may be typed here; OPERATOR: behind a name or a value. In rest a
 * group in which the clause is an alternative is left out as a whole; rest is empty when nothing
 * sensible is left (an alternative outermost, or the others are malformed). False
 * when nothing can be completed there (a value of an unknown field or of several, inside a regular
 * expression or a phrase without a field); out is then untouched. Owned: th_completion_fini. */
bool th_kql_complete(struct th_str text, size_t at, struct th_completion *out);
void th_completion_fini(struct th_completion *completion);

#endif
