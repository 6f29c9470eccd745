/* A case that others write to: this program's own import, which has a connection of its own like
 * everybody else, and other programs.
 *
 * A look makes a longer table out of the youngest one and reads what else changed, all from one
 * moment of the case. It is adopted by the owner of the app when that suits him; until then and
 * after, whoever works on an older table goes on with it. */
#include <stdlib.h>

#include "app/app_private.h"
#include "base/mem.h"

struct th_app_news {
    unsigned what;
    uint64_t before;
    th_table *table; /* held */
    struct th_case_summary summary;
};

enum th_code th_app_live_init(th_app *app, struct th_err *err)
{
    size_t rows = 0;
    enum th_code rc = th_columns_open(app->path, &app->columns, &rows, err);
    if (rc == TH_OK)
        rc = th_case_summary(app->c, &app->summary, err);
    if (rc == TH_OK)
        rc = th_case_stamps(app->c, &app->findings_stamp, &app->marks_stamp, err);
    if (rc != TH_OK)
        return rc;
    struct th_loader loader = th_columns_loader(app->columns);
    app->table = th_table_new(rows, &loader);
    app->latest = th_table_hold(app->table);
    app->summary.events = rows;
    app->running = app->summary.unfinished.running;
    return TH_OK;
}

void th_app_live_fini(th_app *app)
{
    th_table_free(app->latest);
    th_table_free(app->table);
    th_columns_close(app->columns);
    th_buf_fini(&app->findings_stamp);
    th_buf_fini(&app->marks_stamp);
}

/* The stamp as it is now; true when it is another one. */
static bool restamp(struct th_buf *old, struct th_buf *now)
{
    bool other = !th_str_eq(th_buf_str(old), th_buf_str(now));
    struct th_buf swap = *old;
    *old = *now;
    *now = swap;
    return other;
}

static enum th_code find_changes(th_app *app, const struct th_look *look, th_app_news *news,
                                 struct th_err *err)
{
    struct th_buf findings = TH_BUF_INIT, marks = TH_BUF_INIT;
    app->owed |= look->same ? 0 : TH_NEWS_RENUMBERED | TH_NEWS_EVENTS;
    app->owed |= look->derived ? TH_NEWS_VALUES : 0;
    enum th_code rc = th_case_summary(look->c, &news->summary, err);
    if (rc == TH_OK)
        rc = th_case_stamps(look->c, &findings, &marks, err);
    if (rc == TH_OK) {
        bool more = look->rows > th_table_rows(app->latest);
        news->what |= app->owed;
        news->what |= more ? TH_NEWS_EVENTS : 0;
        app->owed = 0;
        news->what |= restamp(&app->findings_stamp, &findings) ? TH_NEWS_FINDINGS : 0;
        news->what |= restamp(&app->marks_stamp, &marks) ? TH_NEWS_MARKS : 0;
    }
    th_buf_fini(&findings);
    th_buf_fini(&marks);
    return rc;
}

/* The table that shows what the look saw. */
static void make_table(th_app *app, const struct th_look *look, th_app_news *news)
{
    th_table *table = app->latest;
    if ((news->what & TH_NEWS_RENUMBERED) != 0) {
        struct th_loader loader = th_columns_loader(app->columns);
        table = th_table_new(look->rows, &loader);
    } else if ((news->what & (TH_NEWS_EVENTS | TH_NEWS_VALUES)) != 0) {
        table = th_table_grow(app->latest, look->rows);
    }
    if (table != app->latest)
        th_table_free(app->latest);
    app->latest = table;
    news->table = th_table_hold(table);
    news->summary.events = look->rows;
}

enum th_code th_app_look(th_app *app, bool anyway,
                         void (*read)(void *ctx, th_case *c, unsigned what), void *ctx,
                         th_app_news **out, struct th_err *err)
{
    struct th_look look;
    th_app_news *news = NULL;
    *out = NULL;
    anyway = anyway || app->owed != 0 || (app->running && !th_case_importing(app->path));
    enum th_code rc = th_columns_look(app->columns, anyway, &look, err);
    if (rc == TH_OK && look.changed) {
        news = th_xcalloc(1, sizeof *news);
        news->before = th_table_rows(app->latest);
        news->what = TH_NEWS_SOURCES;
        rc = find_changes(app, &look, news, err);
        if (rc == TH_OK) {
            make_table(app, &look, news);
            app->running = news->summary.unfinished.running;
            if (read != NULL)
                read(ctx, look.c, news->what);
        }
    }
    th_columns_look_end(app->columns);
    if (rc == TH_OK) {
        *out = news;
        return rc;
    }
    th_app_news_free(news);
    return rc;
}

unsigned th_app_news_what(const th_app_news *news)
{
    return news->what;
}

void th_app_news_events(const th_app_news *news, uint64_t *before, uint64_t *now)
{
    *before = news->before;
    *now = th_table_rows(news->table);
}

void th_app_news_free(th_app_news *news)
{
    if (news == NULL)
        return;
    th_table_free(news->table);
    free(news);
}

void th_app_adopt(th_app *app, th_app_news *news)
{
    pthread_mutex_lock(&app->lock);
    th_table *old = app->table;
    app->table = news->table;
    pthread_mutex_unlock(&app->lock);
    app->summary = news->summary;
    news->table = NULL;
    th_table_free(old);
    th_app_news_free(news);
}
