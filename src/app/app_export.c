/* Events in a format, oldest first: their order, their texts on all cores, one after the other to
 * who writes them. */
#include <stdlib.h>

#include "app/app_export.h"
#include "base/mem.h"
#include "query/ops/ops.h"

/* When each source was imported, for event.created. */
struct imported {
    int64_t *by_id;
    size_t n;
};

static bool remember_imported(void *ctx, const struct th_source_row *row)
{
    struct imported *all = ctx;
    size_t id = (size_t)row->id;
    if (id >= all->n) {
        all->by_id = th_xreallocarray(all->by_id, id + 1, sizeof *all->by_id);
        for (size_t i = all->n; i <= id; i++)
            all->by_id[i] = 0;
        all->n = id + 1;
    }
    all->by_id[id] = row->imported_ms;
    return true;
}

struct making {
    const struct th_app_export *what;
    struct th_export *export;
};

static enum th_code make_event(void *ctx, uint32_t row, int64_t source, struct th_str raw,
                               struct th_buf *out, struct th_err *err)
{
    const struct making *m = ctx;
    return m->what->how->event(m->export, row, source, raw, out, err);
}

static enum th_code write_event(void *ctx, struct th_str text, struct th_err *err)
{
    const struct making *m = ctx;
    return m->what->write(m->what->ctx, text, err);
}

static enum th_code write_begin(const struct making *m, struct th_err *err)
{
    struct th_buf text = TH_BUF_INIT;
    enum th_code rc = TH_OK;
    if (m->what->how->begin != NULL) {
        m->what->how->begin(m->export, &text);
        rc = m->what->write(m->what->ctx, th_buf_str(&text), err);
    }
    th_buf_fini(&text);
    return rc;
}

enum th_code th_app_export(th_app *app, const struct th_app_export *what,
                           const struct th_bits *rows, th_cancel *cancel, size_t *cut,
                           struct th_err *err)
{
    struct imported imported = {NULL, 0};
    struct th_export export = {.table = th_app_table(app),
                               .fields = what->fields,
                               .doc = what->doc,
                               .one_line = what->one_line};
    struct making making = {what, &export};
    size_t n = 0, count = th_bits_count(rows);
    uint32_t *order = th_xreallocarray(NULL, count + 1, sizeof *order);
    enum th_code rc = th_case_sources(th_app_case(app), remember_imported, &imported, err);
    if (rc == TH_OK)
        rc = th_ops_page(export.table, rows, TH_F_TIMESTAMP, false, 0, count, cancel, order, &n,
                         err);
    if (rc == TH_OK)
        rc = write_begin(&making, err);
    export.imported_ms = imported.by_id;
    export.imported_n = imported.n;
    const struct th_app_texts texts = {
        .order = order,
        .n = n,
        .records = th_exporter_needs_records(what->how, &export),
        .growth = what->how->growth,
        .make = make_event,
        .write = write_event,
        .ctx = &making,
    };
    if (rc == TH_OK)
        rc = th_app_texts(app, &texts, cancel, err);
    *cut = export.cut;
    free(order);
    free(imported.by_id);
    return rc;
}
