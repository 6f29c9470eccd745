/* What the rules found: the list above, and below it why the finding under the cursor fired, its
 * events over time and what the rule says. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/model/filter.h"
#include "ui/model/findings.h"
#include "ui/model/place.h"
#include "ui/view/findings/findings.h"
#include "ui/view/help/pager.h"
#include "ui/widget/bar_height.h"
#include "ui/widget/format.h"
#include "ui/work/live_update.h"

/* ---- the list ---- */

struct findings_view {
    struct ui_lines lines;
    int only;   /* the state that is listed; 0: all, else one more than enum th_finding_state */
    int64_t id; /* under the cursor, for when the findings are others; 0: none */
};

static struct findings_view *state(const struct ui *ui)
{
    return ui_state(ui, UI_FINDINGS);
}

static struct ui_lines *lines(struct ui *ui)
{
    return &state(ui)->lines;
}

static const struct th_finding *finding_at(const struct ui *ui)
{
    size_t n, item = ui_lines_item(&state(ui)->lines);
    const struct th_finding *findings = ui_findings(ui, &n);
    return item < n ? &findings[item] : NULL;
}

const struct th_finding *ui_finding_at(const struct ui *ui)
{
    return ui->view == UI_FINDINGS ? finding_at(ui) : NULL;
}

static void remember(struct ui *ui)
{
    const struct th_finding *f = finding_at(ui);
    state(ui)->id = f == NULL ? 0 : f->id;
}

static bool is_listed(void *ctx, size_t item)
{
    struct ui *ui = ctx;
    size_t n;
    const struct th_finding *f = &ui_findings(ui, &n)[item];
    const char *texts[] = {f->name, f->grouping, f->why, f->level, f->note, f->rule};
    int only = state(ui)->only;
    return (only == 0 || (int)f->state == only - 1) &&
           ui_lines_hold(lines(ui), texts, TH_COUNT(texts));
}

static void pick(struct ui *ui)
{
    size_t n;
    ui_findings(ui, &n);
    ui_lines_pick(lines(ui), n, is_listed, ui);
    remember(ui);
}

static void changed(struct ui *ui, unsigned what)
{
    size_t n;
    int64_t id = state(ui)->id;
    if ((what & UI_CHANGED_FINDINGS) == 0)
        return;
    pick(ui);
    const struct th_finding *findings = ui_findings(ui, &n);
    for (size_t i = 0; id != 0 && i < n; i++)
        if (findings[i].id == id)
            ui_lines_seek(lines(ui), i);
    remember(ui);
}

/* The values of the grouping, "203.0.113.9, ivy". */
static bool add_value(void *ctx, struct th_str path, const struct th_json_value *value)
{
    struct th_buf *out = ctx, scratch = TH_BUF_INIT;
    (void)path;
    struct th_str text = th_json_scalar(value, &scratch);
    if (out->n > 0)
        th_buf_puts(out, ", ");
    th_buf_add_str(out, text);
    th_buf_fini(&scratch);
    return true;
}

static void group_text(const struct th_finding *f, struct th_buf *out)
{
    th_buf_reset(out);
    if (f->grouping != NULL)
        (void)th_json_walk(th_str_of(f->grouping), add_value, out);
}

#define YEAR_W 5 /* columns that a year takes */
enum { LEVEL, WHEN, WHAT, GROUP, EVENTS, STATE, COLUMNS };
static void when_text(struct ui *ui, const struct th_finding *f, int w, struct th_buf *out)
{
    th_buf_reset(out);
    bool years = ui_years(ui);
    int more = years ? YEAR_W : 0;
    if (w >= 26 + more)
        ui_format_span(out, f->first_ms, f->last_ms, years, ui->local);
    else
        ui_format_time(out, f->first_ms, years, w >= 16 + more, ui->local);
}

static void draw_finding(void *ctx, const struct ui_line_at *line, size_t item)
{
    struct ui *ui = ctx;
    size_t n;
    const struct th_finding *f = &ui_findings(ui, &n)[item];
    const struct ui_canvas *c = &ui->canvas;
    bool benign = f->state == TH_FINDING_BENIGN;
    enum ui_role role = !line->at && benign ? UI_R_FADED : line->role;
    enum ui_role level = line->at || benign ? role : ui_level_role(f->level);
    const int *x = line->x, *w = line->w;
    struct th_buf text = TH_BUF_INIT;
    ui_draw_words(c, line->y, 1, 1, level,
                  f->state == TH_FINDING_CONFIRMED ? "✓"
                  : benign                         ? "–"
                                                   : "▲");
    ui_draw_text(c, line->y, x[LEVEL], w[LEVEL], level, th_str_of(f->level));
    when_text(ui, f, w[WHEN], &text);
    ui_draw_words(c, line->y, x[WHEN], w[WHEN], role, th_buf_cstr(&text));
    ui_draw_text(c, line->y, x[WHAT], w[WHAT], role, th_str_of(f->name));
    group_text(f, &text);
    ui_draw_text(c, line->y, x[GROUP], w[GROUP], role, th_buf_str(&text));
    th_buf_reset(&text);
    ui_format_count(&text, f->count);
    ui_draw_words_right(c, line->y, x[EVENTS], w[EVENTS], role, th_buf_cstr(&text));
    ui_draw_text(c, line->y, x[STATE], w[STATE], role, th_str_of(th_finding_state_word(f->state)));
    th_buf_fini(&text);
}

/* ---- why ---- */

/* Words wrapped at blanks. Returns the row behind the last one drawn. */
static int draw_prose(struct ui *ui, int y, int end_y, int x, int w, enum ui_role role,
                      const char *text)
{
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, th_str_sub(th_str_of(text), 0, 8192), ui->canvas.ascii);
    struct th_str left = th_buf_str(&safe);
    while (y < end_y && left.n > 0) {
        size_t at = 0, cut = 0;
        int used = 0;
        while (at < left.n) {
            size_t next = at;
            used += th_text_cp_width(th_utf8_next(left, &next));
            if (used > w)
                break;
            if (left.p[at] == ' ' || next == left.n)
                cut = next;
            at = next;
        }
        if (cut == 0 || at == left.n)
            cut = at > 0 ? at : left.n;
        ui_draw_text(&ui->canvas, y++, x, w, role, th_str_sub(left, 0, cut));
        left = th_str_sub(left, cut, left.n);
    }
    th_buf_fini(&safe);
    return y;
}

/* "Sigma · T1110.003 · initial access" from tags like attack.t1110.003. */
static bool add_tag(void *ctx, struct th_str path, const struct th_json_value *value)
{
    struct th_buf *out = ctx, scratch = TH_BUF_INIT;
    (void)path;
    struct th_str text = th_json_scalar(value, &scratch);
    if (th_str_starts(text, TH_STR("attack."))) {
        text = th_str_sub(text, 7, text.n);
        th_buf_puts(out, out->n > 0 ? " · " : "");
        bool technique = text.n > 1 && text.p[0] == 't' && text.p[1] >= '0' && text.p[1] <= '9';
        for (size_t i = 0; i < text.n; i++)
            th_buf_putc(out, technique && i == 0                    ? 'T'
                             : text.p[i] == '_' || text.p[i] == '-' ? ' '
                                                                    : text.p[i]);
    }
    th_buf_fini(&scratch);
    return true;
}

static const struct th_rule *rule_of(struct ui *ui, const struct th_finding *f)
{
    const th_rules *rules = th_app_rules(ui->app);
    for (size_t i = 0; rules != NULL && i < th_rules_count(rules); i++)
        if (strcmp(th_rules_get(rules, i)->id, f->rule) == 0)
            return th_rules_get(rules, i);
    return NULL;
}

/* Events of a finding in n equal parts of its span. */
struct strip {
    uint32_t *count, *failed, highest;
    size_t n;
};

static void fill_strip(struct ui *ui, const struct th_finding *f, struct strip *strip)
{
    int64_t span = f->last_ms - f->first_ms + 1;
    /* Many events look the same when only some are looked at. */
    size_t step = f->rows_n > 20000 ? f->rows_n / 20000 : 1;
    for (size_t i = 0; i < f->rows_n; i += step) {
        int at = ui_bar_time_column(ui_row_time(ui, f->rows[i]), f->first_ms, span, (int)strip->n);
        if (at < 0)
            continue;
        strip->count[at]++;
        strip->failed[at] += ui_cell_is(ui, f->rows[i], TH_F_EVENT_OUTCOME, "failure");
        strip->highest = strip->count[at] > strip->highest ? strip->count[at] : strip->highest;
    }
}

/* The finding's own events over its own span, failures apart. Returns the row behind. */
static int draw_strip(struct ui *ui, int y, int end_y, const struct th_finding *f)
{
    const struct ui_canvas *c = &ui->canvas;
    int64_t span = f->last_ms - f->first_ms + 1;
    if (y + 1 >= end_y || f->rows_n < 2 || f->first_ms == TH_TIME_NONE || span <= 1)
        return y;
    enum ui_date shared = ui_date_shared(f->first_ms, f->last_ms, ui->local);
    int label_w = ui_row_time_width(shared), x = 1 + label_w + 2, w = c->cols - x - label_w - 4;
    if (w <= 8)
        return y;
    struct th_buf from = TH_BUF_INIT, to = TH_BUF_INIT;
    /* Never finer than the log's own seconds: a bar is as wide as a second then. */
    int64_t seconds = span / TH_SECOND_MS + 1;
    struct strip strip = {.n = seconds < w ? (size_t)seconds : (size_t)w};
    strip.count = th_xcalloc(strip.n, sizeof *strip.count);
    strip.failed = th_xcalloc(strip.n, sizeof *strip.failed);
    fill_strip(ui, f, &strip);
    ui_format_row_time(&from, f->first_ms, shared, ui->local);
    ui_format_row_time(&to, f->last_ms, shared, ui->local);
    ui_draw_words(c, y, 1, label_w, UI_R_DIM, th_buf_cstr(&from));
    ui_draw_words(c, y, x + w + 2, label_w, UI_R_DIM, th_buf_cstr(&to));
    for (int i = 0; i < w; i++) {
        size_t at = ui_bar_bucket(i, w, strip.n);
        if (strip.count[at] == 0)
            ui_draw_repeat(c, y, x + i, 1, UI_R_SEPARATOR, c->ascii ? '.' : 0x2500);
        else
            ui_draw_repeat(c, y, x + i, 1,
                           2 * strip.failed[at] >= strip.count[at] ? UI_R_BAR_FAILURE : UI_R_BAR,
                           ui_bar_block(ui_bar_eighths(strip.count[at], strip.highest, 1)));
    }
    free(strip.count);
    free(strip.failed);
    th_buf_fini(&from);
    th_buf_fini(&to);
    return y + 2;
}

/* What was said of it was said of less. */
static void grown_words(const struct th_finding *f, struct th_buf *out)
{
    bool benign = f->state == TH_FINDING_BENIGN;
    th_buf_reset(out);
    if (f->said_count == 0 || f->count <= f->said_count || f->state == TH_FINDING_NEW)
        return;
    th_buf_printf(out, "grew since it was %s: from ", benign ? "dismissed" : "confirmed");
    ui_format_count(out, f->said_count);
    th_buf_puts(out, " to ");
    ui_format_counted(out, f->count, "event", "events");
}

static void draw_why(struct ui *ui, struct ui_rect r, const struct th_finding *f)
{
    const struct ui_canvas *c = &ui->canvas;
    const struct th_rule *rule = rule_of(ui, f);
    int y = r.y, end = r.y + r.h, w = r.w - 2 > 110 ? 110 : r.w - 2;
    struct th_buf tags = TH_BUF_INIT, words = TH_BUF_INIT;
    if (f->tags != NULL)
        (void)th_json_walk(th_str_of(f->tags), add_tag, &tags);
    int tags_w = ui_words_width(c, th_buf_cstr(&tags));
    tags_w = tags_w > r.w / 2 ? r.w / 2 : tags_w;
    ui_draw_text(c, y, 1, r.w - tags_w - 4, UI_R_HEAD, th_str_of(f->name));
    ui_draw_words_right(c, y, r.w - tags_w - 1, tags_w, UI_R_DIM, th_buf_cstr(&tags));
    y += r.h > 8 ? 2 : 1;
    if (y < end)
        y = draw_prose(ui, y, end, 1, w, UI_R_TEXT, f->why) + (r.h > 8);
    if (f->note != NULL && y < end) {
        th_buf_printf(&words, "%s: %s", th_finding_state_word(f->state), f->note);
        y = draw_prose(ui, y, end, 1, w, UI_R_MARK, th_buf_cstr(&words)) + (r.h > 8);
    }
    grown_words(f, &words);
    if (words.n > 0 && y < end)
        y = draw_prose(ui, y, end, 1, w, UI_R_WARNING, th_buf_cstr(&words)) + (r.h > 8);
    th_buf_reset(&words);
    y = draw_strip(ui, y, end, f);
    if (rule != NULL && rule->description != NULL && rule->description[0] != '\0' && y < end)
        y = draw_prose(ui, y, end, 1, w, UI_R_DIM, rule->description) + (r.h > 12);
    if (rule != NULL && rule->falsepositives_n > 0 && y < end) {
        th_buf_reset(&words);
        th_buf_puts(&words, "Not suspicious when: ");
        for (size_t i = 0; i < rule->falsepositives_n; i++) {
            struct th_str words_of = th_str_of(rule->falsepositives[i]);
            if (words_of.n > 0 && words_of.p[words_of.n - 1] == '.')
                words_of.n--;
            th_buf_puts(&words, i > 0 ? "; " : "");
            th_buf_add_str(&words, words_of);
        }
        th_buf_putc(&words, '.');
        draw_prose(ui, y, end, 1, w, UI_R_DIM, th_buf_cstr(&words));
    }
    th_buf_fini(&tags);
    th_buf_fini(&words);
}

static void draw_none(struct ui *ui, struct ui_rect r)
{
    bool any = lines(ui)->total > 0;
    struct th_buf why = TH_BUF_INIT;
    bool missing = ui_findings_missing(ui, &why);
    bool partly = th_app_summary(ui->app)->unfinished.imports > 0;
    const char *words =
        any      ? "No finding is like that."
        : partly ? "The rules found nothing in what is in so far: the import isn't finished."
                 : "The rules found nothing in these events.";
    int y = draw_prose(ui, r.y + 1, r.y + r.h, 2, r.w - 4, missing ? UI_R_WARNING : UI_R_TEXT,
                       missing ? th_buf_cstr(&why) : words);
    if (y < r.y + r.h)
        ui_draw_words(&ui->canvas, y, 2, r.w - 4, UI_R_DIM,
                      any ? "s shows findings of another state; / narrows by another text."
                          : "Tab goes to the events.");
    th_buf_fini(&why);
}

static void draw(struct ui *ui)
{
    int more = ui_years(ui) ? YEAR_W : 0;
    const struct ui_list_column columns[COLUMNS] = {
        [LEVEL] = {"LEVEL", {8, 8, 8, 0, false}, false},
        [WHEN] = {"WHEN", {14 + more, 26 + more, 32 + more, 4, false}, false},
        [WHAT] = {"WHAT", {16, 40, 90, 0, false}, false},
        [GROUP] = {"GROUP", {12, 16, 40, 5, false}, false},
        [EVENTS] = {"EVENTS", {6, 6, 7, 2, false}, true},
        [STATE] = {"STATE", {9, 9, 9, 6, true}, false},
    };
    const struct ui_list_look look = {columns, COLUMNS, 3, draw_finding, NULL};
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.body;
    pick(ui);
    int n = (int)lines(ui)->list.n;
    if (n == 0) {
        draw_none(ui, r);
        return;
    }
    int why_h = r.h >= 10 ? r.h / 2 : 0;
    int list_h = r.h - why_h - 1 - (why_h > 0 ? 1 : 0);
    if (list_h > n + 1) {
        list_h = n + 1;
        why_h = why_h > 0 ? r.h - list_h - 2 : 0;
    }
    ui_lines_draw(c, (struct ui_rect){r.y, r.x, list_h + 1, r.w}, lines(ui), &look, ui);
    const struct th_finding *f = finding_at(ui);
    if (why_h <= 0 || f == NULL)
        return;
    int y = r.y + r.h - why_h - 1;
    ui_draw_repeat(c, y, 0, c->cols, UI_R_SEPARATOR, 0x2500);
    draw_why(ui, (struct ui_rect){y + 1, 0, why_h, c->cols}, f);
}

static void move(struct ui *ui, enum ui_move how)
{
    ui_list_move(&lines(ui)->list, how, ui->layout.body.h / 2);
    remember(ui);
}

/* The group that the finding fired for: its first field and value. */
struct group {
    struct ui_value *out;
    bool found;
};

static bool first_group(void *ctx, struct th_str path, const struct th_json_value *value)
{
    struct group *g = ctx;
    struct th_buf scratch = TH_BUF_INIT;
    th_buf_add_str(&g->out->field, path);
    th_buf_add_str(&g->out->text, th_json_scalar(value, &scratch));
    th_buf_fini(&scratch);
    g->found = true;
    return false;
}

static bool value(struct ui *ui, struct ui_value *out)
{
    const struct th_finding *f = finding_at(ui);
    struct group g = {out, false};
    if (f == NULL || f->grouping == NULL)
        return false;
    (void)th_json_walk(th_str_of(f->grouping), first_group, &g);
    if (!g.found)
        th_buf_puts(&out->text, f->name);
    return true;
}

static struct ui_position count(const struct ui *ui)
{
    const struct ui_list *list = &state(ui)->lines.list;
    return (struct ui_position){"finding", list->at, list->n};
}

static void sentence(struct ui *ui, struct ui_rect r, int w)
{
    const struct th_finding *f = finding_at(ui);
    const char *words = f == NULL ? "" : f->path != NULL ? f->path : f->rule;
    ui_draw_mixed(&ui->canvas, r.y, r.x + 1, w, UI_R_DIM, th_str_of(words));
}

static const char *limits(const struct ui *ui)
{
    static const char *const words[] = {"", "new only", "confirmed only", "benign only"};
    return words[state(ui)->only];
}

static void fini(struct ui *ui)
{
    ui_lines_fini(lines(ui));
}

const struct ui_view_ops ui_findings_ops = {
    .state_size = sizeof(struct findings_view),
    .fini = fini,
    .draw = draw,
    .move = move,
    .value = value,
    .count = count,
    .sentence = sentence,
    .lines = lines,
    .pick = pick,
    .limits = limits,
    .changed = changed,
};

/* ---- commands ---- */

bool ui_when_triaged(const struct ui *ui)
{
    const struct th_finding *f = finding_at(ui);
    return f != NULL && f->state != TH_FINDING_NEW;
}

void ui_do_rule(struct ui *ui, const char *arg)
{
    (void)arg;
    const struct th_finding *f = ui_finding_at(ui);
    const struct th_rule *rule = f == NULL ? NULL : rule_of(ui, f);
    if (rule == NULL || rule->text == NULL) {
        ui_say(ui, UI_R_WARNING,
               "the rule's text is not at hand: it was not among those that ran now");
        return;
    }
    ui_pager_open(ui, rule->path, false);
    ui_pager_add_text(ui, th_str_of(rule->text));
    ui_show(ui, UI_PAGER);
}

void ui_do_its_events(struct ui *ui, const char *arg)
{
    (void)arg;
    const struct th_finding *f = ui_finding_at(ui);
    if (f != NULL)
        ui_filter_finding(ui, f);
}

void ui_do_state(struct ui *ui, const char *arg)
{
    (void)arg;
    state(ui)->only = (state(ui)->only + 1) % (TH_FINDING_STATES + 1);
    lines(ui)->list.at = 0;
    pick(ui);
}
