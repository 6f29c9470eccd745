/* Events as flat rows: chosen fields under their ECS names, for jsonl, csv and tables. */
#ifndef TH_EXPORT_FLAT_H
#define TH_EXPORT_FLAT_H

#include "base/err.h"
#include "query/table/table.h"

/* One column: what was asked for and the ECS name it is written under. */
struct th_flat_field {
    struct th_field_ref ref;
    char *name; /* owned by the list */
};
struct th_flat_fields {
    struct th_flat_field *field;
    size_t n;
};

/* Parse "A,B,C" of ECS names, aliases and CloudTrail names; an alias is written under its ECS name;
 * of a field that is named twice the first place counts. TH_E_QUERY names the unknown one, with a
 * suggestion. Owned: th_flat_fields_fini. */
TH_NODISCARD enum th_code th_flat_fields_parse(struct th_str list, struct th_flat_fields *out,
                                               struct th_err *err);
void th_flat_fields_fini(struct th_flat_fields *fields);
/* Does any field need the record itself? */
bool th_flat_needs_records(const struct th_flat_fields *fields);

/* Visit the values of one field of a row, in order; raw is the row's record, only looked at for
 * EVIDENCE fields. */
typedef void th_flat_visit(void *ctx, struct th_str value);
TH_NODISCARD enum th_code th_flat_values(th_table *table, uint32_t row,
                                         const struct th_flat_field *field, struct th_str raw,
                                         th_flat_visit *visit, void *ctx, struct th_err *err);

/* Append one JSON object, keys in the order of fields, absent ones left out, several values as an
 * array, booleans and numbers as such. No line end. */
TH_NODISCARD enum th_code th_flat_json(th_table *table, uint32_t row,
                                       const struct th_flat_fields *fields, struct th_str raw,
                                       struct th_buf *out, struct th_err *err);
/* Append one CSV line with its line end; several values are joined by "; ". *cut: cells that had to
 * be cut are added to it. */
TH_NODISCARD enum th_code th_flat_csv(th_table *table, uint32_t row,
                                      const struct th_flat_fields *fields, struct th_str raw,
                                      struct th_buf *out, size_t *cut, struct th_err *err);
/* The heading line of the CSV. */
void th_flat_csv_heading(const struct th_flat_fields *fields, struct th_buf *out);

#endif
