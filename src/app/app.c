/* An open case is three things that live and die together: the case's connection (notes, findings,
 * raw records), the column loader with its own connections, and the table of columns over it. The
 * table is replaced by a longer one when the case has grown. */
#include "app/app.h"

#include <stdlib.h>

#include "app/app_private.h"
#include "base/mem.h"
#include "ingest/batch.h"

static char *case_name(const char *path)
{
    struct th_str s = th_str_of(path);
    ptrdiff_t slash = th_str_rfind(s, '/');
    s = th_str_sub(s, (size_t)(slash + 1), s.n);
    if (th_str_ends(s, TH_STR(".trail")))
        s.n -= sizeof ".trail" - 1;
    return th_xstrndup(s.p, s.n);
}

enum th_code th_app_open(const char *path, enum th_case_mode mode, th_app **out, struct th_err *err)
{
    th_app *app = th_xcalloc(1, sizeof *app);
    app->path = th_xstrdup(path);
    app->name = case_name(path);
    pthread_mutex_init(&app->lock, NULL);
    enum th_code rc = th_case_open(path, mode, &app->c, err);
    if (rc == TH_OK)
        rc = th_app_live_init(app, err);
    if (rc != TH_OK) {
        (void)th_app_close(app, NULL);
        return rc;
    }
    *out = app;
    return TH_OK;
}

enum th_code th_app_close(th_app *app, struct th_err *err)
{
    if (app == NULL)
        return TH_OK;
    th_rules_free(app->rules);
    th_app_live_fini(app);
    /* The case closes last: as the last connection it can leave WAL mode and its files behind. */
    enum th_code rc = th_case_close(app->c, err);
    pthread_mutex_destroy(&app->lock);
    free(app->path);
    free(app->name);
    free(app);
    return rc;
}

th_case *th_app_case(th_app *app)
{
    return app->c;
}

th_table *th_app_table(th_app *app)
{
    return app->table;
}

th_table *th_app_table_hold(th_app *app)
{
    pthread_mutex_lock(&app->lock);
    th_table *table = th_table_hold(app->table);
    pthread_mutex_unlock(&app->lock);
    return table;
}

const char *th_app_path(const th_app *app)
{
    return app->path;
}

const char *th_app_name(const th_app *app)
{
    return app->name;
}

const struct th_case_summary *th_app_summary(const th_app *app)
{
    return &app->summary;
}

enum th_code th_app_raw(th_app *app, uint32_t row, struct th_buf *out, struct th_err *err)
{
    return th_case_raw(app->c, row, out, err);
}

struct join {
    struct th_buf *out;
    bool any;
};

static void join_value(void *ctx, struct th_str value)
{
    struct join *join = ctx;
    if (join->any)
        th_buf_puts(join->out, ", ");
    th_buf_add_str(join->out, value);
    join->any = true;
}

bool th_app_cell_of(th_table *table, uint32_t row, enum th_field field, struct th_buf *out)
{
    const struct th_column *column;
    if (row >= th_table_rows(table) || th_table_column(table, field, &column, NULL) != TH_OK)
        return false;
    if ((th_field_info(field)->flags & TH_FIELD_MULTI) == 0 || column->width == 0)
        return th_column_text(column, row, out);
    struct join join = {out, false};
    th_column_entry_values(column, th_column_code(column, row), join_value, &join);
    return join.any;
}

bool th_app_cell(th_app *app, uint32_t row, enum th_field field, struct th_buf *out)
{
    return th_app_cell_of(app->table, row, field, out);
}

bool th_app_find(th_app *app, struct th_str event_id, uint32_t *row)
{
    const struct th_column *ids;
    if (th_table_column(app->table, TH_F_EVENT_ID, &ids, NULL) != TH_OK)
        return false;
    uint8_t uuid[16];
    bool is_uuid = th_uuid_parse(event_id, uuid);
    for (size_t i = 0; i < ids->rows; i++) {
        bool same;
        if (is_uuid)
            same = ids->id_kind[i] == 1 && memcmp(ids->uuids[i], uuid, sizeof uuid) == 0;
        else
            same = ids->id_kind[i] == 2 && th_str_eq(ids->ids_text[ids->id_index[i]], event_id);
        if (same) {
            *row = (uint32_t)i;
            return true;
        }
    }
    return false;
}
