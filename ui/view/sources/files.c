/* The evidence files with what came of each, and below the list what is known of the one under the
 * cursor, rejects first: nothing is dropped in silence. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/model/place.h"
#include "ui/view/sources/internal.h"
#include "ui/widget/format.h"

#define REJECTS_MAX  10000
#define REJECT_BYTES 200

static char *dup(const char *text)
{
    return text == NULL ? NULL : th_xstrdup(text);
}

void sources_unload(struct ui *ui)
{
    struct sources_view *view = sources_state(ui);
    for (size_t i = 0; i < view->sources_n; i++) {
        free(view->sources[i].path);
        free(view->sources[i].container);
        free(view->sources[i].skipped);
        free(view->sources[i].altered);
        free(view->sources[i].selection);
        free(view->sources[i].version);
    }
    for (size_t i = 0; i < view->rejects_n; i++) {
        free(view->rejects[i].reason);
        free(view->rejects[i].bytes);
    }
    free(view->sources);
    free(view->rejects);
    view->sources = NULL;
    view->rejects = NULL;
    view->sources_n = view->sources_cap = view->rejects_n = view->rejects_cap = 0;
}

static bool take_source(void *ctx, const struct th_source_row *row)
{
    struct sources_view *view = sources_state(ctx);
    TH_GROW(view->sources, view->sources_n, view->sources_cap);
    struct source *s = &view->sources[view->sources_n++];
    *s = (struct source){
        .id = row->id,
        .differs_from = row->differs_from,
        .archive = row->archive,
        .path = dup(row->path == NULL ? "?" : row->path),
        .container = dup(row->container),
        .skipped = dup(row->skipped),
        .altered = dup(row->altered),
        .selection = dup(row->selection),
        .version = dup(row->version),
        .has_sha256 = row->has_sha256,
        .size_bytes = row->size_bytes,
        .inflated_bytes = row->inflated_bytes,
        .events = row->events,
        .duplicates = row->duplicates,
        .rejects = row->rejects,
        .unselected = row->unselected,
        .first_ms = row->first_ms,
        .last_ms = row->last_ms,
        .imported_ms = row->imported_ms,
    };
    memcpy(s->sha256, row->sha256, sizeof s->sha256);
    return true;
}

static bool take_reject(void *ctx, const struct th_reject_row *row)
{
    struct ui *ui = ctx;
    struct sources_view *view = sources_state(ui);
    struct th_buf bytes = TH_BUF_INIT;
    if (view->rejects_n >= REJECTS_MAX)
        return false;
    TH_GROW(view->rejects, view->rejects_n, view->rejects_cap);
    th_text_sanitise(&bytes, th_str_sub(row->bytes, 0, REJECT_BYTES), ui->canvas.ascii);
    th_buf_cstr(&bytes);
    view->rejects[view->rejects_n++] =
        (struct reject){row->source, row->offset, row->length, dup(row->reason),
                        bytes.n > 0 ? th_buf_take(&bytes) : th_xstrdup("")};
    th_buf_fini(&bytes);
    return true;
}

void sources_load(struct ui *ui)
{
    struct th_err err;
    th_err_clear(&err);
    sources_unload(ui);
    enum th_code rc = th_case_sources(th_app_case(ui->app), take_source, ui, &err);
    if (rc == TH_OK)
        rc = th_case_rejects(th_app_case(ui->app), take_reject, ui, &err);
    if (rc != TH_OK)
        ui_report_err(ui, UI_OWNER_CASE, &err);
}

static bool is_listed(void *ctx, size_t item)
{
    const struct sources_view *view = ctx;
    const struct source *s = &view->sources[item];
    const char *texts[] = {s->path, s->container, s->skipped};
    return ui_lines_hold(&view->lists[FILES], texts, TH_COUNT(texts));
}

void sources_pick(struct ui *ui)
{
    struct sources_view *view = sources_state(ui);
    ui_lines_pick(&view->lists[FILES], view->sources_n, is_listed, view);
}

const struct source *source_at(const struct ui *ui)
{
    const struct sources_view *view = sources_state(ui);
    size_t item = ui_lines_item(&view->lists[FILES]);
    return view->evidence == FILES && item < view->sources_n ? &view->sources[item] : NULL;
}

/* ---- the list ---- */

enum { FILE_NAME, WHEN, SIZE, EVENTS, DUPLICATES, REJECTS, COLUMNS };

static void column_text(struct ui *ui, const struct source *s, int column, struct th_buf *out)
{
    th_buf_reset(out);
    switch (column) {
    case WHEN:
        if (s->first_ms != TH_TIME_NONE)
            ui_format_span(out, s->first_ms, s->last_ms, ui_years(ui), ui->local);
        break;
    case SIZE:
        ui_format_bytes(out, s->size_bytes);
        break;
    case EVENTS:
        ui_format_count(out, s->events);
        break;
    case DUPLICATES:
        if (s->duplicates > 0)
            ui_format_count(out, s->duplicates);
        break;
    case REJECTS:
        if (s->rejects > 0)
            ui_format_count(out, s->rejects);
        break;
    }
}

static void draw_source(void *ctx, const struct ui_line_at *line, size_t item)
{
    struct ui *ui = ctx;
    const struct ui_canvas *c = &ui->canvas;
    const struct source *s = &sources_state(ui)->sources[item];
    const int *x = line->x, *w = line->w;
    enum ui_role role = line->at             ? line->role
                        : s->rejects > 0     ? UI_R_ALARM
                        : s->skipped != NULL ? UI_R_DIM
                                             : UI_R_TEXT;
    struct th_buf text = TH_BUF_INIT, place = TH_BUF_INIT;
    th_buf_puts(&place, s->path);
    if (s->container != NULL)
        th_buf_printf(&place, "/%s", s->container);
    ui_tail(ui, th_buf_cstr(&place), w[FILE_NAME], &text);
    th_buf_fini(&place);
    ui_draw_text(c, line->y, x[FILE_NAME], w[FILE_NAME], role, th_buf_str(&text));
    th_buf_reset(&text);
    if (s->skipped != NULL) {
        int from = x[FILE_NAME] + w[FILE_NAME] + 1;
        th_buf_printf(&text, "skipped: %s", s->skipped);
        ui_draw_text(c, line->y, from, c->cols - from - 1, role, th_buf_str(&text));
        th_buf_fini(&text);
        return;
    }
    for (int i = WHEN; i < COLUMNS; i++) {
        if (w[i] == 0)
            continue;
        column_text(ui, s, i, &text);
        if (i == WHEN)
            ui_draw_words(c, line->y, x[i], w[i], role, th_buf_cstr(&text));
        else
            ui_draw_words_right(c, line->y, x[i], w[i], role, th_buf_cstr(&text));
    }
    th_buf_fini(&text);
}

/* ---- one source ---- */

static void fact(struct ui *ui, int *y, int end, const char *label, struct th_str text)
{
    if (*y >= end || text.n == 0)
        return;
    ui_draw_words(&ui->canvas, *y, 1, 10, UI_R_LABEL, label);
    ui_draw_text(&ui->canvas, *y, 12, ui->canvas.cols - 13, UI_R_TEXT, text);
    (*y)++;
}

static void facts(struct ui *ui, const struct source *s, int *y, int end)
{
    struct th_buf text = TH_BUF_INIT;
    fact(ui, y, end, "FILE", th_str_of(s->path));
    fact(ui, y, end, "INSIDE", th_str_of(s->container));
    if (s->has_sha256) {
        for (size_t i = 0; i < sizeof s->sha256; i++)
            th_buf_printf(&text, "%02x", s->sha256[i]);
        fact(ui, y, end, "SHA-256", th_buf_str(&text));
    }
    th_buf_reset(&text);
    ui_format_count(&text, s->size_bytes);
    th_buf_puts(&text, " bytes");
    if (s->inflated_bytes > 0 && s->inflated_bytes != s->size_bytes) {
        th_buf_puts(&text, ", ");
        ui_format_count(&text, s->inflated_bytes);
        th_buf_puts(&text, " inflated");
    }
    fact(ui, y, end, "SIZE", th_buf_str(&text));
    th_buf_reset(&text);
    ui_format_counted(&text, s->events, "event", "events");
    th_buf_puts(&text, ", ");
    ui_format_counted(&text, s->duplicates, "duplicate", "duplicates");
    th_buf_puts(&text, ", ");
    ui_format_counted(&text, s->rejects, "reject", "rejects");
    if (s->unselected > 0) {
        th_buf_puts(&text, ", ");
        ui_format_count(&text, s->unselected);
        th_buf_puts(&text, " not selected");
    }
    fact(ui, y, end, "RECORDS", th_buf_str(&text));
    th_buf_reset(&text);
    if (s->first_ms != TH_TIME_NONE) {
        ui_format_time(&text, s->first_ms, true, true, ui->local);
        th_buf_puts(&text, " to ");
        ui_format_time(&text, s->last_ms, true, true, ui->local);
        fact(ui, y, end, "COVERS", th_buf_str(&text));
    }
    th_buf_reset(&text);
    ui_format_time(&text, s->imported_ms, true, true, ui->local);
    if (s->version != NULL && s->version[0] != '\0')
        th_buf_printf(&text, " by version %s", s->version);
    if (s->selection != NULL && s->selection[0] != '\0')
        th_buf_printf(&text, ", only %s", s->selection);
    fact(ui, y, end, "IMPORTED", th_buf_str(&text));
    fact(ui, y, end, "SKIPPED", th_str_of(s->skipped));
    if (s->archive)
        fact(ui, y, end, "ARCHIVE", TH_STR("its members are sources of their own"));
    th_buf_reset(&text);
    th_buf_printf(&text, "other bytes than source %lld under the same path",
                  (long long)s->differs_from);
    if (s->differs_from != 0)
        fact(ui, y, end, "CHANGED", th_buf_str(&text));
    fact(ui, y, end, "ALTERED", th_str_of(s->altered));
    th_buf_fini(&text);
}

static void rejects(struct ui *ui, const struct source *s, int *y, int end)
{
    const struct sources_view *view = sources_state(ui);
    for (size_t i = 0; i < view->rejects_n && *y < end; i++) {
        const struct reject *r = &view->rejects[i];
        struct th_buf text = TH_BUF_INIT;
        if (r->source != s->id)
            continue;
        th_buf_puts(&text, "byte ");
        ui_format_count(&text, r->offset);
        th_buf_printf(&text, ": %s", r->reason == NULL ? "" : r->reason);
        ui_draw_words(&ui->canvas, *y, 1, 10, UI_R_LABEL, "REJECT");
        ui_draw_text(&ui->canvas, *y, 12, ui->canvas.cols - 13, UI_R_ALARM, th_buf_str(&text));
        (*y)++;
        if (*y < end && r->bytes[0] != '\0')
            ui_draw_text(&ui->canvas, (*y)++, 12, ui->canvas.cols - 13, UI_R_DIM,
                         th_str_of(r->bytes));
        th_buf_fini(&text);
    }
}

void sources_draw(struct ui *ui)
{
    int more = ui_years(ui); /* "10 Jul 2023 11:42:36 – 11:43:34" */
    const struct ui_list_column columns[COLUMNS] = {
        [FILE_NAME] = {"FILE", {20, 24 - more, 200, 0, false}, false},
        [WHEN] = {"COVERS", {30 + more, 30 + more, 32 + 5 * more, 5, true}, false},
        [SIZE] = {"SIZE", {7, 8, 8, 6, true}, true},
        [EVENTS] = {"EVENTS", {6, 8, 9, 1, false}, true},
        [DUPLICATES] = {"DUP", {4, 6, 6, 2, false}, true},
        [REJECTS] = {"REJECT", {4, 6, 6, 2, false}, true},
    };
    const struct ui_list_look look = {columns, COLUMNS, 1, draw_source, NULL};
    struct sources_view *view = sources_state(ui);
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.body;
    int strips = coverage_strips(ui, r);
    r.y += strips;
    r.h -= strips;
    if (view->lists[FILES].list.n == 0) {
        ui_draw_words(c, r.y + 1, 2, r.w - 4, UI_R_TEXT,
                      view->sources_n == 0 ? "Nothing was imported into this case yet."
                                           : "No file is called that.");
        return;
    }
    int about_h = r.h >= 12 ? (r.h > 30 ? 14 : r.h / 2) : 0;
    int list_h = r.h - (about_h > 0 ? about_h + 1 : 0);
    ui_lines_draw(c, (struct ui_rect){r.y, r.x, list_h, r.w}, &view->lists[FILES], &look, ui);
    if (about_h == 0)
        return;
    int y = r.y + r.h - about_h, end = r.y + r.h;
    ui_draw_repeat(c, y - 1, 0, c->cols, UI_R_SEPARATOR, 0x2500);
    const struct source *s = source_at(ui);
    rejects(ui, s, &y, end - 6 > y ? end - 6 : y);
    facts(ui, s, &y, end);
}
