/* The evidence: every file with what came of it, and below the list what is known of the one under
 * the cursor, rejects first: nothing is dropped in silence. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/widget/format.h"

#define REJECTS_MAX  10000
#define REJECT_BYTES 200

static char *dup(const char *text)
{
    return text == NULL ? NULL : th_xstrdup(text);
}

void ui_sources_fini(struct ui *ui)
{
    for (size_t i = 0; i < ui->sources_n; i++) {
        free(ui->sources[i].path);
        free(ui->sources[i].container);
        free(ui->sources[i].skipped);
        free(ui->sources[i].altered);
        free(ui->sources[i].selection);
        free(ui->sources[i].version);
    }
    for (size_t i = 0; i < ui->rejects_n; i++) {
        free(ui->rejects[i].reason);
        free(ui->rejects[i].bytes);
    }
    free(ui->sources);
    free(ui->rejects);
    ui->sources = NULL;
    ui->rejects = NULL;
    ui->sources_n = ui->sources_cap = ui->rejects_n = ui->rejects_cap = 0;
}

static bool take_source(void *ctx, const struct th_source_row *row)
{
    struct ui *ui = ctx;
    TH_GROW(ui->sources, ui->sources_n, ui->sources_cap);
    struct ui_source *s = &ui->sources[ui->sources_n++];
    *s = (struct ui_source){
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
    struct th_buf bytes = TH_BUF_INIT;
    if (ui->rejects_n >= REJECTS_MAX)
        return false;
    TH_GROW(ui->rejects, ui->rejects_n, ui->rejects_cap);
    th_text_sanitise(&bytes, th_str_sub(row->bytes, 0, REJECT_BYTES), ui->canvas.ascii);
    th_buf_cstr(&bytes);
    ui->rejects[ui->rejects_n++] =
        (struct ui_reject){row->source, row->offset, row->length, dup(row->reason),
                           bytes.n > 0 ? th_buf_take(&bytes) : th_xstrdup("")};
    th_buf_fini(&bytes);
    return true;
}

void ui_sources_load(struct ui *ui)
{
    struct th_err err;
    th_err_clear(&err);
    ui_sources_fini(ui);
    enum th_code rc = th_case_sources(th_app_case(ui->app), take_source, ui, &err);
    if (rc == TH_OK)
        rc = th_case_rejects(th_app_case(ui->app), take_reject, ui, &err);
    if (rc != TH_OK)
        ui_report_err(ui, UI_OWNER_CASE, &err);
}

static void pick(struct ui *ui)
{
    size_t n = 0;
    if (ui->evidence != UI_FILES) {
        ui_coverage_pick(ui);
        return;
    }
    ui_shown_room(ui, ui->sources_n);
    for (size_t i = 0; i < ui->sources_n; i++) {
        const char *texts[] = {ui->sources[i].path, ui->sources[i].container,
                               ui->sources[i].skipped};
        if (ui_narrowed(ui, texts, TH_COUNT(texts)))
            ui->shown[n++] = i;
    }
    ui->sources_list.n = n;
    if (ui->sources_list.at >= n)
        ui->sources_list.at = n > 0 ? n - 1 : 0;
}

const struct ui_source *ui_source_at(struct ui *ui)
{
    if (ui->view != UI_SOURCES || ui->evidence != UI_FILES ||
        ui->sources_list.at >= ui->sources_list.n)
        return NULL;
    return &ui->sources[ui->shown[ui->sources_list.at]];
}

/* ---- the list ---- */

enum { FILE_NAME, WHEN, SIZE, EVENTS, DUPLICATES, REJECTS, COLUMNS };

static void solve(const struct ui *ui, int w, int widths[COLUMNS])
{
    int more = ui_years(ui); /* "10 Jul 2023 11:42:36 – 11:43:34" */
    const struct ui_column_spec specs[COLUMNS] = {
        [FILE_NAME] = {20, 24 - more, 200, 0, false},
        [WHEN] = {30 + more, 30 + more, 32 + 5 * more, 5, true},
        [SIZE] = {7, 8, 8, 6, true},
        [EVENTS] = {6, 8, 9, 1, false},
        [DUPLICATES] = {4, 6, 6, 2, false},
        [REJECTS] = {4, 6, 6, 2, false},
    };
    ui_columns_solve(w - 2, 1, specs, COLUMNS, widths);
}

void ui_tail(const struct ui *ui, const char *path, int w, struct th_buf *out)
{
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, th_str_of(path), ui->canvas.ascii);
    struct th_str left = th_buf_str(&safe);
    int width = th_text_width(left);
    if (width > w)
        th_buf_puts(out, ui->canvas.ascii ? "~" : "…");
    for (size_t at = 0; width > w - 1 && width > 0 && left.n > 0 && out->n > 0; at = 0) {
        width -= th_text_cp_width(th_utf8_next(left, &at));
        left = th_str_sub(left, at, left.n);
    }
    th_buf_add_str(out, left);
    th_buf_fini(&safe);
}

static void column_text(struct ui *ui, const struct ui_source *s, int column, struct th_buf *out)
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

static void draw_line(struct ui *ui, int y, const struct ui_source *s, const int widths[COLUMNS],
                      bool at)
{
    const struct ui_canvas *c = &ui->canvas;
    enum ui_role role = at                   ? UI_R_CURSOR
                        : s->rejects > 0     ? UI_R_ALARM
                        : s->skipped != NULL ? UI_R_DIM
                                             : UI_R_TEXT;
    struct th_buf text = TH_BUF_INIT;
    if (at) {
        ui_draw_fill(c, (struct ui_rect){y, 0, 1, c->cols}, role);
        ui_draw_words(c, y, 0, 1, UI_R_KEY, "▌");
    }
    struct th_buf place = TH_BUF_INIT;
    th_buf_puts(&place, s->path);
    if (s->container != NULL)
        th_buf_printf(&place, "/%s", s->container);
    ui_tail(ui, th_buf_cstr(&place), widths[FILE_NAME], &text);
    th_buf_fini(&place);
    ui_draw_text(c, y, 1, widths[FILE_NAME], role, th_buf_str(&text));
    th_buf_reset(&text);
    int x = 1 + widths[FILE_NAME] + 1;
    if (s->skipped != NULL) {
        th_buf_puts(&text, "skipped: ");
        th_buf_puts(&text, s->skipped);
        ui_draw_text(c, y, x, c->cols - x - 1, role, th_buf_str(&text));
        th_buf_fini(&text);
        return;
    }
    for (int i = WHEN; i < COLUMNS; i++) {
        if (widths[i] == 0)
            continue;
        column_text(ui, s, i, &text);
        if (i == WHEN)
            ui_draw_words(c, y, x, widths[i], role, th_buf_cstr(&text));
        else
            ui_draw_words_right(c, y, x, widths[i], role, th_buf_cstr(&text));
        x += widths[i] + 1;
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

static void facts(struct ui *ui, const struct ui_source *s, int *y, int end)
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

static void rejects(struct ui *ui, const struct ui_source *s, int *y, int end)
{
    for (size_t i = 0; i < ui->rejects_n && *y < end; i++) {
        const struct ui_reject *r = &ui->rejects[i];
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

static void draw(struct ui *ui)
{
    const struct ui_canvas *c = &ui->canvas;
    static const char *const titles[COLUMNS] = {"FILE",   "COVERS", "SIZE",
                                                "EVENTS", "DUP",    "REJECT"};
    struct ui_rect r = ui->layout.body;
    int widths[COLUMNS];
    pick(ui);
    if (ui->evidence != UI_FILES) {
        ui_coverage_draw(ui);
        return;
    }
    int strips = ui_coverage_strips(ui, r);
    r.y += strips;
    r.h -= strips;
    solve(ui, c->cols, widths);
    if (ui->sources_list.n == 0) {
        ui_draw_words(c, r.y + 1, 2, r.w - 4, UI_R_TEXT,
                      ui->sources_n == 0 ? "Nothing was imported into this case yet."
                                         : "No file is called that.");
        return;
    }
    int about_h = r.h >= 12 ? (r.h > 30 ? 14 : r.h / 2) : 0;
    int list_h = r.h - 1 - (about_h > 0 ? about_h + 1 : 0);
    int x = 1;
    for (int i = 0; i < COLUMNS; i++) {
        if (widths[i] == 0)
            continue;
        if (i <= WHEN)
            ui_draw_words(c, r.y, x, widths[i], UI_R_LABEL, titles[i]);
        else
            ui_draw_words_right(c, r.y, x, widths[i], UI_R_LABEL, titles[i]);
        x += widths[i] + 1;
    }
    ui_list_fit(&ui->sources_list, ui->sources_list.n, list_h);
    for (int i = 0; i < list_h && ui->sources_list.top + (size_t)i < ui->sources_list.n; i++) {
        size_t at = ui->sources_list.top + (size_t)i;
        draw_line(ui, r.y + 1 + i, &ui->sources[ui->shown[at]], widths, at == ui->sources_list.at);
    }
    if (about_h == 0)
        return;
    int y = r.y + r.h - about_h, end = r.y + r.h;
    ui_draw_repeat(c, y - 1, 0, c->cols, UI_R_SEPARATOR, 0x2500);
    const struct ui_source *s = ui_source_at(ui);
    rejects(ui, s, &y, end - 6 > y ? end - 6 : y);
    facts(ui, s, &y, end);
}

static unsigned context(const struct ui *ui)
{
    (void)ui;
    return UI_IN_S;
}

static void move(struct ui *ui, enum ui_move how)
{
    ui_list_move(ui_evidence_list(ui), how, ui->layout.body.h / 2);
}

static void side(struct ui *ui, int step)
{
    (void)ui;
    (void)step;
}

static bool value(struct ui *ui, struct ui_value *out)
{
    const struct ui_source *s = ui_source_at(ui);
    const struct th_gap *gap = ui_gap_at(ui);
    const struct th_coverage_stream *stream = ui_stream_at(ui);
    if (s != NULL) {
        th_buf_puts(&out->text, s->path);
        if (s->container != NULL)
            th_buf_printf(&out->text, "/%s", s->container);
    } else if (gap != NULL) {
        ui_format_time(&out->text, gap->from_ms, true, true, ui->local);
        th_buf_puts(&out->text, " to ");
        ui_format_time(&out->text, gap->to_ms, true, true, ui->local);
        th_buf_printf(&out->text, " %s %s: %s", gap->account == NULL ? "" : gap->account,
                      gap->region == NULL ? "" : gap->region, gap->why);
    } else if (stream != NULL) {
        th_buf_printf(&out->text, "%s %s", stream->account.p == NULL ? "" : stream->account.p,
                      stream->region.p == NULL ? "" : stream->region.p);
    }
    return out->text.n > 0;
}

const struct ui_view_ops ui_sources_ops = {"sources", context, draw, move, side, value, pick};
