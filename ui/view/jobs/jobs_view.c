/* What runs beside the workbench, and what came of it: a line for the import, the rules, the
 * search, what waits to be written and what other processes add; below the list all that is known
 * of the one under the cursor. */
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "ui/app/command.h"
#include "ui/model/place.h"
#include "ui/widget/format.h"
#include "ui/work/case_writer.h"
#include "ui/work/live_update.h"

enum job { IMPORT, RULES, SEARCH, WRITES, OTHERS, JOBS };
enum { WHAT, STATE, TELLS, COLUMNS };
static const char *const names[JOBS] = {"import", "rules", "search", "notes", "other process"};

struct jobs_view {
    struct ui_lines lines;
};

static struct ui_lines *lines(struct ui *ui)
{
    return &((struct jobs_view *)ui_state(ui, UI_JOBS))->lines;
}

static bool is_running(struct ui *ui, enum job job)
{
    switch (job) {
    case IMPORT:
        return ui_live_now(ui)->phase == UI_LIVE_IMPORT;
    case RULES:
        return ui_live_now(ui)->phase == UI_LIVE_RULES;
    case SEARCH:
        return ui_result_awaited(ui) && !ui_result_refreshes(ui);
    case WRITES:
        return ui_scribe_given(ui->scribe) != ui_scribe_done(ui->scribe);
    case OTHERS:
        return ui_live_now(ui)->phase == UI_LIVE_IDLE && ui_follow_tells(ui);
    case JOBS:
        break;
    }
    return false;
}

static const struct ui_message *trouble(const struct ui *ui)
{
    const struct ui_message *message = &ui->messages.of[UI_OWNER_CASE];
    return message->state == UI_MESSAGE_NONE ? NULL : message;
}

/* Does it run, or did it since the workbench opened? */
static bool is_known(struct ui *ui, enum job job)
{
    const struct ui_came *came = ui_live_came(ui);
    struct th_buf why = TH_BUF_INIT;
    bool known = is_running(ui, job);
    if (job == IMPORT)
        known = known || came->imported;
    else if (job == RULES)
        known = known || ui_follow_imports(ui) || came->rules_ran || came->detected.rules > 0 ||
                came->rules_err.code != TH_OK || ui_findings_missing(ui, &why);
    else if (job == WRITES)
        known = known || ui_scribe_given(ui->scribe) > 0 || trouble(ui) != NULL;
    th_buf_fini(&why);
    return known;
}

static const char *state_word(struct ui *ui, enum job job)
{
    const struct ui_came *came = ui_live_came(ui);
    enum th_code rc = job == IMPORT ? came->rc : job == RULES ? came->rules_err.code : TH_OK;
    if (is_running(ui, job))
        return job <= RULES && ui_live_now(ui)->stopping ? "stopping" : "running";
    if (job == WRITES && trouble(ui) != NULL)
        return "failed";
    if (job == RULES && !came->rules_ran && rc == TH_OK)
        return ui_follow_imports(ui) ? "waiting" : "none ran";
    return rc == TH_OK ? "done" : rc == TH_E_CANCELLED ? "stopped" : "failed";
}

static void came_of_import(const struct ui_came *came, struct th_buf *out)
{
    ui_format_counted(out, came->done.events, "event", "events");
    th_buf_puts(out, " of ");
    ui_format_counted(out, came->done.files, "file", "files");
    th_buf_printf(out, " in %.1f s", came->done.seconds);
}

static void came_of_rules(struct ui *ui, struct th_buf *out)
{
    const struct ui_came *came = ui_live_came(ui);
    /* Findings may be there of an earlier run. */
    if (ui_findings_missing(ui, out))
        return;
    if (ui_follow_imports(ui)) {
        th_buf_puts(out, "run when the import is through");
    } else if (came->rules_err.code != TH_OK && came->rules_err.code != TH_E_CANCELLED) {
        th_buf_printf(out, "did not run: %s", came->rules_err.msg);
    } else if (came->detected.rules > 0) {
        ui_format_counted(out, came->detected.findings, "finding", "findings");
        if (came->detected.ran == came->detected.rules)
            th_buf_printf(out, "; all %zu rules ran", came->detected.rules);
        else
            th_buf_printf(out, "; %zu of %zu rules ran, the rest had run before",
                          came->detected.ran, came->detected.rules);
    }
}

/* How far it is, or what came of it, in at most w columns where that can be had shorter. */
static void job_words(struct ui *ui, enum job job, int w, struct th_buf *out)
{
    bool runs = is_running(ui, job);
    int64_t since = ui_jobs_since(ui->jobs);
    switch (job) {
    case IMPORT:
    case RULES:
        if (runs)
            ui_live_words(ui_live_now(ui), w, out);
        else if (job == IMPORT)
            came_of_import(ui_live_came(ui), out);
        else
            came_of_rules(ui, out);
        break;
    case SEARCH:
        if (ui_result_grows(ui)) {
            ui_format_count(out, ui_result(ui)->s.count);
            th_buf_printf(out, " so far · %d %% searched", (int)(ui_result(ui)->share * 100));
        } else if (since != 0) {
            th_buf_printf(out, "for %.1f s", (double)(th_time_mono() - since) / 1000.0);
        }
        break;
    case WRITES:
        if (runs) {
            ui_format_count(out, ui_scribe_given(ui->scribe) - ui_scribe_done(ui->scribe));
            th_buf_puts(out, " wait to be written to the case");
        } else if (trouble(ui) != NULL) {
            th_buf_add_str(out, th_buf_str(&trouble(ui)->text));
        } else {
            ui_format_count(out, ui_scribe_done(ui->scribe));
            th_buf_puts(out, " written to the case");
        }
        break;
    case OTHERS:
        ui_follow_words(ui, w, out);
        break;
    case JOBS:
        break;
    }
}

static bool is_listed(void *ctx, size_t item)
{
    struct ui *ui = ctx;
    struct th_buf words = TH_BUF_INIT;
    job_words(ui, (enum job)item, 200, &words);
    const char *texts[] = {names[item], state_word(ui, (enum job)item), th_buf_cstr(&words)};
    bool listed = is_known(ui, (enum job)item) && ui_lines_hold(lines(ui), texts, TH_COUNT(texts));
    th_buf_fini(&words);
    return listed;
}

static void pick(struct ui *ui)
{
    size_t was = ui_lines_item(lines(ui)), known = 0;
    for (int job = 0; job < JOBS; job++)
        known += is_known(ui, (enum job)job);
    ui_lines_pick(lines(ui), JOBS, is_listed, ui);
    ui_lines_seek(lines(ui), was);
    lines(ui)->total = known;
}

/* ---- drawing ---- */

static void draw_job(void *ctx, const struct ui_line_at *line, size_t item)
{
    struct ui *ui = ctx;
    const struct ui_canvas *c = &ui->canvas;
    enum job job = (enum job)item;
    const char *state = state_word(ui, job);
    enum ui_role role = line->role;
    struct th_buf words = TH_BUF_INIT;
    if (!line->at && strcmp(state, "failed") == 0)
        role = UI_R_ERROR;
    else if (!line->at && is_running(ui, job))
        role = UI_R_WARNING;
    job_words(ui, job, line->w[TELLS], &words);
    ui_draw_words(c, line->y, line->x[WHAT], line->w[WHAT], line->role, names[job]);
    ui_draw_words(c, line->y, line->x[STATE], line->w[STATE], role, state);
    ui_draw_mixed(c, line->y, line->x[TELLS], line->w[TELLS], line->role, th_buf_str(&words));
    th_buf_fini(&words);
}

struct details {
    struct ui *ui;
    int y, end;
};

static void say(struct details *d, const char *words)
{
    if (d->y < d->end && words[0] != '\0')
        ui_draw_mixed(&d->ui->canvas, d->y++, 1, d->ui->canvas.cols - 2, UI_R_TEXT,
                      th_str_of(words));
}

static void say_count(struct details *d, uint64_t n, const char *one, const char *many,
                      const char *more)
{
    struct th_buf line = TH_BUF_INIT;
    if (n == 0)
        return;
    ui_format_counted(&line, n, one, many);
    th_buf_puts(&line, more);
    say(d, th_buf_cstr(&line));
    th_buf_fini(&line);
}

static void import_details(struct details *d, const struct ui_came *came)
{
    const struct th_app_imported *done = &came->done;
    if (!came->imported)
        return;
    if (came->rc != TH_OK && came->rc != TH_E_CANCELLED)
        say(d, came->err.msg);
    say_count(d, done->duplicates, "duplicate", "duplicates",
              ": copies of events that are in the case already");
    say_count(d, done->rejects, "reject", "rejects", ": could not be read; S shows them");
    say_count(d, done->unselected, "record", "records",
              " not chosen: left out by --from, --to, --region, --account");
    say_count(d, done->unchanged, "file", "files", " unchanged since an earlier import");
    say_count(d, done->altered, "file", "files",
              " changed while the import read them: import again for the rest");
    say_count(d, done->skipped - done->unchanged, "file", "files",
              " skipped: no CloudTrail records or not chosen; S shows them");
    say_count(d, done->renewed, "value", "values",
              " of earlier imports changed: other databases than then");
    if (done->no_user_agents)
        say(d, "user agents keep their own text only: uap-core is not installed");
    if (done->no_places)
        say(d, "addresses have no places: no MaxMind database is here");
}

static void draw_details(struct ui *ui, int y, int end)
{
    struct details d = {ui, y, end};
    size_t item = ui_lines_item(lines(ui));
    struct th_buf words = TH_BUF_INIT;
    if (item >= JOBS)
        return;
    enum job job = (enum job)item;
    th_buf_printf(&words, "%s, %s: ", names[job], state_word(ui, job));
    struct th_buf tells = TH_BUF_INIT;
    job_words(ui, job, ui->canvas.cols - (int)words.n - 2, &tells);
    th_buf_add_str(&words, th_buf_str(&tells));
    say(&d, th_buf_cstr(&words));
    if (job == IMPORT)
        import_details(&d, ui_live_came(ui));
    if (job == RULES && ui_live_came(ui)->detected.missing.code != TH_OK)
        say(&d, ui_live_came(ui)->detected.missing.msg);
    if (is_running(ui, job) && job <= SEARCH)
        ui_draw_words(&ui->canvas, d.y < end ? d.y : end - 1, 1, ui->canvas.cols - 2, UI_R_DIM,
                      "X stops it.");
    th_buf_fini(&tells);
    th_buf_fini(&words);
}

static void draw(struct ui *ui)
{
    static const struct ui_list_column columns[COLUMNS] = {
        [WHAT] = {"JOB", {13, 14, 16, 0, false}, false},
        [STATE] = {"STATE", {8, 9, 10, 0, false}, false},
        [TELLS] = {"PROGRESS, RESULT", {10, 60, 200, 0, false}, false},
    };
    static const struct ui_list_look look = {columns, COLUMNS, 1, draw_job, NULL};
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.body;
    pick(ui);
    if (lines(ui)->list.n == 0) {
        ui_draw_words(c, r.y + 1, 2, r.w - 4, UI_R_TEXT,
                      lines(ui)->total > 0
                          ? "No job is like that."
                          : "Nothing runs, and nothing ran since the workbench opened.");
        return;
    }
    int h = (int)lines(ui)->list.n + 1, rule = r.y + h;
    h = h > r.h ? r.h : h;
    ui_lines_draw(c, (struct ui_rect){r.y, r.x, h, r.w}, lines(ui), &look, ui);
    if (rule + 1 >= r.y + r.h)
        return;
    ui_draw_repeat(c, rule, 0, c->cols, UI_R_SEPARATOR, 0x2500);
    draw_details(ui, rule + 1, r.y + r.h);
}

static void move(struct ui *ui, enum ui_move how)
{
    ui_list_move(&lines(ui)->list, how, ui->layout.body.h);
}

static bool value(struct ui *ui, struct ui_value *out)
{
    size_t item = ui_lines_item(lines(ui));
    if (item >= JOBS)
        return false;
    th_buf_printf(&out->text, "%s, %s: ", names[item], state_word(ui, (enum job)item));
    struct th_buf words = TH_BUF_INIT;
    job_words(ui, (enum job)item, 200, &words);
    th_buf_add_str(&out->text, th_buf_str(&words));
    th_buf_fini(&words);
    return true;
}

static struct ui_position count(const struct ui *ui)
{
    const struct jobs_view *view = ui_state(ui, UI_JOBS);
    return (struct ui_position){"job", view->lines.list.at, view->lines.list.n};
}

static void fini(struct ui *ui)
{
    ui_lines_fini(lines(ui));
}

const struct ui_view_ops ui_jobs_ops = {
    .state_size = sizeof(struct jobs_view),
    .fini = fini,
    .draw = draw,
    .move = move,
    .value = value,
    .count = count,
    .lines = lines,
    .pick = pick,
};
