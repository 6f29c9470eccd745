/* Texts made of many events, in an order that has nothing to do with where their records lie.
 *
 * As many events as memory should hold texts of are taken at a time: their records are read in one
 * pass by all cores, in whatever order they lie, and the texts wait until their turn comes. So a
 * source is inflated once for each such portion, not once for each event. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_private.h"
#include "base/bits.h"
#include "base/mem.h"

/* Texts of a portion; more events than this aren't taken at once however short they are. */
#define PORTION_BYTES ((uint64_t)192 << 20)
enum { PORTION_ROWS = 1 << 20, FEW = 512, CHECK_EVERY = 1024 };

/* Of an event: where its record is, how long it is. */
struct extent {
    uint32_t source, length;
};

/* Where a text waits. */
struct waiting {
    size_t from, n;
    size_t thread;
    bool made;
};

struct thread {
    struct th_buf texts;
    enum th_code rc;
    struct th_err err;
};

struct maker {
    const struct th_app_texts *what;
    struct extent *extents; /* by row */
    uint32_t *places;       /* by row: its place in the portion, + 1 */
    struct waiting *waiting;
    struct thread threads[TH_TABLE_THREADS_MAX];
};

static struct extent extent_of(const struct th_place *place)
{
    uint32_t most = UINT32_MAX;
    return (struct extent){(uint32_t)place->source,
                           place->length < most ? (uint32_t)place->length : most};
}

struct extents {
    struct extent *v;
    size_t rows;
    th_cancel *cancel;
};

static bool note_extent(void *ctx, uint64_t row, const struct th_place *place)
{
    const struct extents *all = ctx;
    if (row >= all->rows || (row % CHECK_EVERY == 0 && th_cancelled(all->cancel)))
        return false;
    all->v[row] = extent_of(place);
    return true;
}

/* Of few events one by one, of many all at once. */
static enum th_code find_extents(th_app *app, const struct th_app_texts *what,
                                 struct extent *extents, th_cancel *cancel, struct th_err *err)
{
    struct extents all = {extents, th_table_rows(app->table), cancel};
    struct th_place place;
    enum th_code rc = TH_OK;
    if (what->n > FEW)
        rc = th_case_places(app->c, note_extent, &all, err);
    for (size_t i = 0; what->n <= FEW && rc == TH_OK && i < what->n; i++) {
        rc = th_case_place(app->c, what->order[i], &place, NULL, NULL);
        if (rc == TH_OK)
            extents[what->order[i]] = extent_of(&place);
        else if (th_case_unreadable(rc))
            rc = TH_OK; /* it is left out when its record isn't read */
    }
    if (rc == TH_OK && th_cancelled(cancel))
        rc = th_err_set(err, TH_E_CANCELLED, "interrupted");
    return rc;
}

/* Behind the last event of the portion that begins with event number from. */
static size_t portion_end(const struct maker *m, size_t from)
{
    uint64_t bytes = 0;
    size_t at = from;
    while (at < m->what->n && at - from < PORTION_ROWS && (at == from || bytes < PORTION_BYTES))
        bytes += (uint64_t)m->extents[m->what->order[at++]].length * m->what->growth;
    return at;
}

static void make_text(void *ctx, size_t thread, size_t row, struct th_str raw)
{
    struct maker *m = ctx;
    struct thread *t = &m->threads[thread];
    struct waiting *waiting = &m->waiting[m->places[row] - 1];
    if (t->rc != TH_OK)
        return;
    waiting->thread = thread;
    waiting->from = t->texts.n;
    t->rc = m->what->make(m->what->ctx, (uint32_t)row, (int64_t)m->extents[row].source, raw,
                          &t->texts, &t->err);
    waiting->n = t->texts.n - waiting->from;
    waiting->made = t->rc == TH_OK;
}

static enum th_code first_error(const struct maker *m, struct th_err *err)
{
    for (size_t t = 0; t < TH_TABLE_THREADS_MAX; t++)
        if (m->threads[t].rc != TH_OK)
            return th_err_set(err, m->threads[t].rc, "%s", m->threads[t].err.msg);
    return TH_OK;
}

/* An event without a text has a record that couldn't be read, or is gone from the case. */
static void leave_out(th_table *table, uint32_t row)
{
    char why[64];
    (void)snprintf(why, sizeof why, "the case holds no event %llu", (unsigned long long)row + 1);
    th_table_lose(table, row, 0, why);
}

static enum th_code write_texts(th_table *table, const struct maker *m, size_t from, size_t to,
                                th_cancel *cancel, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (size_t i = from; rc == TH_OK && i < to; i++) {
        const struct waiting *w = &m->waiting[i - from];
        const struct th_buf *texts = &m->threads[w->thread].texts;
        if (!w->made) {
            leave_out(table, m->what->order[i]);
            continue;
        }
        if (i % CHECK_EVERY == 0 && th_cancelled(cancel))
            return th_err_set(err, TH_E_CANCELLED, "interrupted");
        rc = m->what->write(m->what->ctx, (struct th_str){texts->p + w->from, w->n}, err);
    }
    return rc;
}

static enum th_code do_portion(th_app *app, struct maker *m, size_t from, size_t to,
                               th_cancel *cancel, struct th_err *err)
{
    struct th_bits wanted;
    th_bits_init(&wanted, th_table_rows(app->table));
    m->waiting = th_xcalloc(to - from + 1, sizeof *m->waiting);
    for (size_t i = from; i < to; i++) {
        th_bits_put(&wanted, m->what->order[i]);
        m->places[m->what->order[i]] = (uint32_t)(i - from) + 1;
    }
    for (size_t t = 0; t < TH_TABLE_THREADS_MAX; t++)
        th_buf_reset(&m->threads[t].texts);
    enum th_code rc = th_table_records(app->table, &wanted, make_text, m, cancel, err);
    if (rc == TH_OK)
        rc = first_error(m, err);
    if (rc == TH_OK)
        rc = write_texts(app->table, m, from, to, cancel, err);
    free(m->waiting);
    th_bits_fini(&wanted);
    return rc;
}

static enum th_code from_records(th_app *app, const struct th_app_texts *what, th_cancel *cancel,
                                 struct th_err *err)
{
    struct maker m = {.what = what};
    size_t rows = th_table_rows(app->table);
    m.extents = th_xcalloc(rows + 1, sizeof *m.extents);
    m.places = th_xcalloc(rows + 1, sizeof *m.places);
    enum th_code rc = find_extents(app, what, m.extents, cancel, err);
    for (size_t from = 0; rc == TH_OK && from < what->n;) {
        size_t to = portion_end(&m, from);
        rc = do_portion(app, &m, from, to, cancel, err);
        from = to;
    }
    for (size_t t = 0; t < TH_TABLE_THREADS_MAX; t++)
        th_buf_fini(&m.threads[t].texts);
    free(m.extents);
    free(m.places);
    return rc;
}

static enum th_code from_columns(const struct th_app_texts *what, th_cancel *cancel,
                                 struct th_err *err)
{
    struct th_buf text = TH_BUF_INIT;
    enum th_code rc = TH_OK;
    for (size_t i = 0; rc == TH_OK && i < what->n; i++) {
        th_buf_reset(&text);
        rc = what->make(what->ctx, what->order[i], 0, TH_STR_NONE, &text, err);
        if (rc == TH_OK)
            rc = what->write(what->ctx, th_buf_str(&text), err);
        if (rc == TH_OK && i % CHECK_EVERY == 0 && th_cancelled(cancel))
            rc = th_err_set(err, TH_E_CANCELLED, "interrupted");
    }
    th_buf_fini(&text);
    return rc;
}

enum th_code th_app_texts(th_app *app, const struct th_app_texts *texts, th_cancel *cancel,
                          struct th_err *err)
{
    return texts->records ? from_records(app, texts, cancel, err)
                          : from_columns(texts, cancel, err);
}
