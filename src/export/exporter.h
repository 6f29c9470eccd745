/* The formats of events: one row each, used by whoever exports. */
#ifndef TH_EXPORT_EXPORTER_H
#define TH_EXPORT_EXPORTER_H

#include <stdatomic.h>

#include "ecs/document/doc.h"
#include "export/flat.h"

/* What is exported and how; zeroed, then filled by the caller. */
struct th_export {
    th_table *table;
    struct th_flat_fields fields; /* of rows: jsonl, csv */
    struct th_doc_options doc;    /* of documents: ecs; agent_ms comes from imported_ms */
    bool one_line;                /* of records: raw */
    const int64_t *imported_ms;   /* by source id: when it was imported */
    size_t imported_n;
    atomic_size_t cut; /* cells that had to be cut are added */
};

struct th_exporter {
    const char *name;   /* of --format */
    const char *ending; /* of a file, without the dot */
    bool documents;     /* takes doc */
    bool rows;          /* takes fields */
    bool records;       /* the records as they are: takes one_line */
    unsigned growth;    /* bytes of text that a byte of record becomes, about */
    /* Append what stands before the first event; NULL: nothing. */
    void (*begin)(const struct th_export *e, struct th_buf *out);
    /* Append one event, with its line end. raw: its record, absent unless
     * th_exporter_needs_records. source: id of the evidence that it is in. Any number of threads at
     * once. */
    enum th_code (*event)(struct th_export *e, uint32_t row, int64_t source, struct th_str raw,
                          struct th_buf *out, struct th_err *err);
};

/* The format of that name; NULL: there is none. Static. */
const struct th_exporter *th_exporter_find(const char *name);
/* The i-th, from 0; NULL behind the last. */
const struct th_exporter *th_exporter_at(size_t i);
/* Must event be given the records? */
bool th_exporter_needs_records(const struct th_exporter *how, const struct th_export *e);

#endif
