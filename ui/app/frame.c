/* The lines around every view: the case at the top, the filter, the sentence and the keys at the
 * bottom. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/app/turn.h"
#include "ui/model/coverage.h"
#include "ui/model/findings.h"
#include "ui/widget/format.h"
#include "ui/widget/menu.h"
#include "ui/work/live_update.h"
#include "ui/work/typeahead.h"

/* ---- first line: the case ---- */

static void add_part(struct th_buf *out, uint64_t n, const char *one, const char *many)
{
    if (out->n > 0)
        th_buf_puts(out, "  ");
    ui_format_counted(out, n, one, many);
}

/* What the case is made of, where there is room for it. */
static void head_places(const struct ui *ui, struct th_buf *out)
{
    if (ui->view == UI_FINDINGS) {
        th_app_rules_words(ui->app, out);
        if (out->n > 0) {
            struct th_buf folders = *out;
            *out = TH_BUF_INIT;
            th_buf_printf(out, "rules: %s", th_buf_cstr(&folders));
            th_buf_fini(&folders);
            return;
        }
    }
    if (ui_accounts(ui) > 0)
        ui_format_counted(out, ui_accounts(ui), "account", "accounts");
    if (ui_accounts(ui) > 0 && ui_regions(ui) > 0)
        th_buf_puts(out, " · ");
    if (ui_regions(ui) > 0)
        ui_format_counted(out, ui_regions(ui), "region", "regions");
}

/* less: without what can be read in the sources view; least: neither what it lacks. */
static void head_counts(struct ui *ui, bool less, bool least, struct th_buf *out)
{
    const struct th_case_summary *s = th_app_summary(ui->app);
    uint64_t found[TH_FINDING_STATES] = {0};
    size_t n;
    const struct th_finding *findings = ui_findings(ui, &n);
    for (size_t i = 0; i < n; i++)
        found[findings[i].state]++;
    if (ui->view == UI_FINDINGS) {
        th_buf_puts(out, "findings:");
        for (enum th_finding_state k = 0; k < TH_FINDING_STATES; k++) {
            th_buf_puts(out, k == 0 ? " " : "  ");
            ui_format_count(out, found[k]);
            th_buf_printf(out, " %s", th_finding_state_word(k));
        }
        return;
    }
    struct th_buf why = TH_BUF_INIT;
    add_part(out, s->events, "event", "events");
    /* None found is good news, and must not be said when nothing was looked for. */
    if (ui_findings_missing(ui, &why) && !ui_follow_runs(ui) && !ui_follow_imports(ui))
        th_buf_puts(out, "  no rules ran");
    else
        add_part(out, found[TH_FINDING_NEW] + found[TH_FINDING_CONFIRMED], "finding", "findings");
    th_buf_fini(&why);
    if (s->duplicates > 0 && !less)
        add_part(out, s->duplicates, "duplicate", "duplicates");
    if (s->rejects > 0)
        add_part(out, s->rejects, "reject", "rejects");
    if (s->skipped > 0 && !less)
        add_part(out, s->skipped, "file skipped", "files skipped");
    if (ui_coverage_known(ui) && ui_coverage(ui)->open_n > 0 && !least)
        add_part(out, ui_coverage(ui)->open_n, "gap", "gaps");
}

/* That the case is a part: an import was stopped, or runs elsewhere. Our own has its line below. */
static void head_unfinished(const struct ui *ui, struct th_buf *out)
{
    const struct th_unfinished *u = &th_app_summary(ui->app)->unfinished;
    if (u->imports > 0 && !ui_follow_imports(ui))
        th_unfinished_words(u, out);
}

/* The span of the case, shorter with each level: with the zone, without, days only, nothing. */
static void head_span(struct ui *ui, int level, struct th_buf *out)
{
    const struct th_case_summary *s = th_app_summary(ui->app);
    th_buf_reset(out);
    if (level >= 3 || s->first_ms == TH_TIME_NONE)
        return;
    if (level == 2)
        ui_format_days(out, s->first_ms, s->last_ms, ui->local);
    else
        ui_format_span(out, s->first_ms, s->last_ms, ui->canvas.cols >= 110, ui->local);
    if (level == 0)
        th_buf_puts(out, ui->local ? " local" : " UTC");
}

void ui_bar_head(struct ui *ui)
{
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.head;
    struct th_buf counts = TH_BUF_INIT, span = TH_BUF_INIT, name = TH_BUF_INIT;
    struct th_buf places = TH_BUF_INIT, part = TH_BUF_INIT;
    int gap = r.w >= 100 ? 3 : 2, counts_w = 0, span_w = 0, places_w = 0;
    head_unfinished(ui, &part);
    int part_w = part.n > 0 ? gap + ui_words_width(c, th_buf_cstr(&part)) : 0;
    th_text_sanitise(&name, th_str_of(th_app_name(ui->app)), c->ascii);
    if (th_case_readonly(th_app_case(ui->app)))
        th_buf_puts(&name, " (read-only)");
    int name_w = th_text_width(th_buf_str(&name));
    /* First the duplicates go, then accounts and regions, then the zone, then gaps; then the span
     * gets shorter, then the name. */
    for (int level = 0; level <= 6; level++) {
        static const int span_level[] = {0, 0, 0, 1, 1, 2, 3};
        th_buf_reset(&counts);
        th_buf_reset(&places);
        head_counts(ui, level > 0, level > 3, &counts);
        head_span(ui, span_level[level], &span);
        if (level < 2)
            head_places(ui, &places);
        counts_w = ui_words_width(c, th_buf_cstr(&counts));
        span_w = ui_words_width(c, th_buf_cstr(&span));
        places_w = places.n > 0 ? gap + ui_words_width(c, th_buf_cstr(&places)) : 0;
        if (1 + name_w + part_w + gap + span_w + places_w + 2 + counts_w + (r.w >= 100) <= r.w)
            break;
    }
    /* What is a part must not look like the whole: the name and the counts give way to that. */
    int room = r.w - part_w - counts_w - 3;
    if (part_w > 0 && room < (name_w < 8 ? name_w : 8)) {
        counts_w = 0;
        room = r.w - part_w - 3;
    }
    if (name_w > room)
        name_w = room > 4 ? room : r.w - 1;
    int x = r.x + 1 + ui_draw_text(c, r.y, r.x + 1, name_w, UI_R_HEAD, th_buf_str(&name));
    if (part_w > 0 && x + gap < r.x + r.w)
        x += gap +
             ui_draw_words(c, r.y, x + gap, r.x + r.w - x - gap, UI_R_WARNING, th_buf_cstr(&part));
    int counts_x = r.x + r.w - counts_w - (r.w >= 100);
    if (span_w > 0 && x + gap + span_w + 2 <= counts_x)
        ui_draw_words(c, r.y, x + gap, span_w, UI_R_TEXT, th_buf_cstr(&span));
    if (places_w > 0 && x + gap + span_w + places_w + 2 <= counts_x)
        ui_draw_words(c, r.y, x + gap + span_w + gap, places_w, UI_R_DIM, th_buf_cstr(&places));
    if (counts_x > x && counts_w > 0)
        ui_draw_words(c, r.y, counts_x, counts_w, UI_R_DIM, th_buf_cstr(&counts));
    th_buf_fini(&counts);
    th_buf_fini(&span);
    th_buf_fini(&places);
    th_buf_fini(&part);
    th_buf_fini(&name);
}

/* ---- second line: the filter ---- */

static void list_head(struct ui *ui, struct ui_rect r)
{
    const struct ui_canvas *c = &ui->canvas;
    const struct ui_view_ops *ops = ui_ops(ui);
    const struct ui_lines *lines = ops->lines(ui);
    struct th_buf right = TH_BUF_INIT;
    if (ops->limits != NULL && ops->limits(ui)[0] != '\0')
        th_buf_printf(&right, "%s   ", ops->limits(ui));
    ui_format_count(&right, lines->list.n);
    th_buf_puts(&right, " of ");
    ui_format_count(&right, lines->total);
    int right_w = ui_words_width(c, th_buf_cstr(&right));
    ui_draw_words(c, r.y, r.x + 1, 1, UI_R_PROMPT, "❯");
    if (lines->narrow.n > 0)
        ui_draw_text(c, r.y, r.x + 3, r.w - right_w - 5, UI_R_INPUT, th_buf_str(&lines->narrow));
    else
        ui_draw_words(c, r.y, r.x + 3, r.w - right_w - 5, UI_R_DIM, "/ to narrow");
    ui_draw_words_right(c, r.y, r.x, r.w - 1, UI_R_TEXT, th_buf_cstr(&right));
    th_buf_fini(&right);
}

void ui_bar_filter(struct ui *ui, int *cursor_y, int *cursor_x)
{
    if (ui_ops(ui)->head != NULL)
        ui_ops(ui)->head(ui, ui->layout.filter, cursor_y, cursor_x);
    else
        list_head(ui, ui->layout.filter);
}

/* ---- the line above the keys ---- */

static void position_words(struct ui *ui, struct th_buf *out)
{
    struct ui_position at = ui_ops(ui)->count(ui);
    if (at.n == 0)
        return;
    th_buf_printf(out, "%s ", at.what);
    ui_format_count(out, at.at + 1);
    th_buf_puts(out, " of ");
    ui_format_count(out, at.n);
}

/* Does the line above the keys say something that must not be painted over? */
static bool is_taken(struct ui *ui)
{
    struct th_buf waits = TH_BUF_INIT;
    bool taken = ui_message(ui) != NULL || ui->mode == UI_MODE_PROMPT || ui_ahead_words(ui, &waits);
    th_buf_fini(&waits);
    return taken;
}

/* What runs beside: "importing 41 % · 412 of 1,383 MB · …            Esc stops". */
void ui_bar_progress(struct ui *ui)
{
    const struct ui_canvas *c = &ui->canvas;
    const struct ui_live_state *state = ui_live_now(ui);
    struct ui_rect r = ui->layout.progress;
    bool shared = r.h > 0 && r.y == ui->layout.sentence.y;
    if (r.h == 0 || (shared && is_taken(ui)))
        return;
    struct th_buf words = TH_BUF_INIT;
    const char *right = state->phase != UI_LIVE_IDLE && !state->stopping ? "Esc stops" : "";
    int right_w = ui_words_width(c, right), w = r.w - 2;
    ui_follow_words(ui, w - right_w - 2, &words);
    int need = ui_words_width(c, th_buf_cstr(&words));
    bool both = right_w > 0 && need + 2 + right_w <= w;
    ui_draw_fill(c, r, UI_R_PROGRESS);
    ui_draw_mixed(c, r.y, r.x + 1, w, UI_R_PROGRESS, th_buf_str(&words));
    if (both)
        ui_draw_words_right(c, r.y, r.x, r.w - 1, UI_R_PROGRESS, right);
    if (state->phase == UI_LIVE_IMPORT && state->bytes_total > 0)
        ui_draw_restyle(c, r.y, r.x, (int)((uint64_t)r.w * state->bytes_done / state->bytes_total),
                        UI_R_PROGRESS_DONE);
    th_buf_fini(&words);
}

void ui_bar_sentence(struct ui *ui)
{
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.sentence;
    if (r.h == 0) {
        r = ui->layout.keys;
        if (ui_message(ui) == NULL)
            return;
    }
    struct th_buf right = TH_BUF_INIT;
    position_words(ui, &right);
    int right_w = ui_words_width(c, th_buf_cstr(&right));
    int w = r.w - right_w - 4;
    const struct ui_message *message = ui_message(ui);
    struct th_buf waits = TH_BUF_INIT;
    if (ui_ahead_words(ui, &waits)) {
        ui_draw_fill(c, r, UI_R_TEXT);
        ui_draw_mixed(c, r.y, r.x + 1, r.w - 2, UI_R_WARNING, th_buf_str(&waits));
    } else if (message != NULL) {
        ui_draw_fill(c, r, UI_R_TEXT);
        bool typing = ui_filter_typing(ui);
        ui_draw_mixed(c, r.y, r.x + 1, typing ? w : r.w - 2, message->role,
                      th_buf_str(&message->text));
        if (typing)
            ui_draw_words_right(c, r.y, r.x, r.w - 1, UI_R_DIM, th_buf_cstr(&right));
        ui_messages_drawn(&ui->messages, typing);
    } else {
        if (ui_ops(ui)->sentence != NULL)
            ui_ops(ui)->sentence(ui, r, w);
        ui_draw_words_right(c, r.y, r.x, r.w - 1, UI_R_DIM, th_buf_cstr(&right));
    }
    th_buf_fini(&waits);
    th_buf_fini(&right);
}

/* ---- the last line: keys ---- */

static int draw_hint(const struct ui_canvas *c, int y, int x, int w,
                     const struct ui_command *command)
{
    int codes[UI_COMMAND_KEYS];
    struct th_buf key = TH_BUF_INIT;
    ui_command_keys(command, codes);
    ui_key_hint(&key, codes[0]);
    int need = ui_words_width(c, th_buf_cstr(&key)) + 1 + ui_words_width(c, command->hint);
    int used = 0;
    if (need <= w) {
        used = ui_draw_words(c, y, x, w, UI_R_KEY, th_buf_cstr(&key)) + 1;
        used += ui_draw_words(c, y, x + used, w - used, UI_R_HINT, command->hint);
    }
    th_buf_fini(&key);
    return used;
}

static void menu_keys(struct ui *ui, struct ui_rect r)
{
    const char *own = ui->mode == UI_MODE_MENU ? ui_menu_keys_words(ui) : NULL;
    const char *words = ui->mode == UI_MODE_PROMPT ? "⏎ keep   Esc leave as it was"
                        : ui_menu_is_typed(ui) ? "⏎ choose   ↑↓ move   ⇥ complete   Esc close"
                                               : "⏎ choose   ↑↓ move   Esc close";
    int used = ui_draw_words(&ui->canvas, r.y, r.x + 1, r.w - 2, UI_R_HINT, words) + 3;
    if (own != NULL)
        ui_draw_words(&ui->canvas, r.y, r.x + 1 + used, r.w - 2 - used, UI_R_HINT, own);
}

void ui_bar_keys(struct ui *ui)
{
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.keys;
    size_t n;
    const struct ui_command *all = ui_commands(ui, &n);
    if (ui->layout.sentence.h == 0 && (ui_message(ui) != NULL || ui->mode == UI_MODE_PROMPT))
        return;
    if (ui->mode == UI_MODE_MENU || ui->mode == UI_MODE_PROMPT) {
        menu_keys(ui, r);
        return;
    }
    unsigned context = ui_context(ui);
    bool typing = context == UI_IN_E;
    static const char tail[] = ": command  ? help";
    int tail_w = typing ? 0 : (int)sizeof tail - 1;
    int x = r.x + 1, end = r.x + r.w - 1;
    for (size_t i = 0; i < n; i++) {
        if (all[i].last || all[i].hint[0] == '\0' || (all[i].where & context) == 0 ||
            !all[i].when(ui))
            continue;
        int used = draw_hint(c, r.y, x, end - x - (tail_w > 0 ? tail_w + 2 : 0), &all[i]);
        x += used > 0 ? used + 2 : 0;
    }
    for (size_t i = 0; i < n && !typing; i++)
        if (all[i].last) {
            int used = draw_hint(c, r.y, x, end - x, &all[i]);
            x += used > 0 ? used + 2 : 0;
        }
}
