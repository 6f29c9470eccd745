/* Each format is two functions: what stands before the events, and one event. */
#include "export/exporter.h"

#include <string.h>

#include "base/compiler.h"
#include "base/json.h"

static enum th_code ecs_event(struct th_export *e, uint32_t row, int64_t source, struct th_str raw,
                              struct th_buf *out, struct th_err *err)
{
    (void)row;
    (void)err;
    struct th_doc_options doc = e->doc;
    doc.agent_ms = (size_t)source < e->imported_n ? e->imported_ms[source] : 0;
    th_doc_write(raw, &doc, out);
    th_buf_putc(out, '\n');
    return TH_OK;
}

static enum th_code raw_event(struct th_export *e, uint32_t row, int64_t source, struct th_str raw,
                              struct th_buf *out, struct th_err *err)
{
    (void)row;
    (void)source;
    (void)err;
    if (e->one_line)
        th_json_one_line(out, raw);
    else
        th_buf_add_str(out, raw);
    th_buf_putc(out, '\n');
    return TH_OK;
}

static enum th_code json_event(struct th_export *e, uint32_t row, int64_t source, struct th_str raw,
                               struct th_buf *out, struct th_err *err)
{
    (void)source;
    enum th_code rc = th_flat_json(e->table, row, &e->fields, raw, out, err);
    th_buf_putc(out, '\n');
    return rc;
}

static void csv_begin(const struct th_export *e, struct th_buf *out)
{
    th_flat_csv_heading(&e->fields, out);
}

static enum th_code csv_event(struct th_export *e, uint32_t row, int64_t source, struct th_str raw,
                              struct th_buf *out, struct th_err *err)
{
    (void)source;
    size_t cut = 0;
    enum th_code rc = th_flat_csv(e->table, row, &e->fields, raw, out, &cut, err);
    atomic_fetch_add(&e->cut, cut);
    return rc;
}

static const struct th_exporter exporters[] = {
    {"ecs", "ndjson", .documents = true, .growth = 3, .event = ecs_event},
    {"raw", "json", .records = true, .growth = 1, .event = raw_event},
    {"jsonl", "jsonl", .rows = true, .growth = 1, .event = json_event},
    {"csv", "csv", .rows = true, .growth = 1, .begin = csv_begin, .event = csv_event},
};

const struct th_exporter *th_exporter_find(const char *name)
{
    for (size_t i = 0; i < TH_COUNT(exporters); i++)
        if (strcmp(exporters[i].name, name) == 0)
            return &exporters[i];
    return NULL;
}

const struct th_exporter *th_exporter_at(size_t i)
{
    return i < TH_COUNT(exporters) ? &exporters[i] : NULL;
}

bool th_exporter_needs_records(const struct th_exporter *how, const struct th_export *e)
{
    return how->documents || how->records || (how->rows && th_flat_needs_records(&e->fields));
}
