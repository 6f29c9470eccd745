/* The case while it grows: an import that runs beside the user interface, rules behind it, and what
 * other programs write.
 *
 * A look (case_watcher.h) brings a longer table; it is adopted at once, and the screen asked for
 * anew when no question of the user's is under way, so that typing never waits for it. The cursor
 * stays on its event. Rules run when an import is through and its last events are shown, or when
 * others have stopped adding some. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/command.h"
#include "ui/model/coverage.h"
#include "ui/model/findings.h"
#include "ui/model/marks.h"
#include "ui/model/place.h"
#include "ui/widget/format.h"
#include "ui/widget/menu.h"
#include "ui/work/internal.h"

/* Between looks: while our own import runs, and otherwise. */
#define OWN_MS   500
#define EVERY_MS 1000
/* After a look and the screen it led to there is rest for so many times as long as they took, but
 * never longer than this: on a busy machine both seem long. */
#define REST     2
#define LONGEST  2000
#define SEEM_MS  8000 /* how long it is told that others add events */
#define QUIET_MS 3000 /* nobody has added any: time for the rules */

void ui_follow_open(struct ui *ui)
{
    const struct ui_options *o = &ui->options;
    ui->follow = th_xcalloc(1, sizeof *ui->follow);
    ui->scribe = ui_scribe_new(th_app_path(ui->app), ui->jobs);
    ui->follow->watch = ui_watch_new(ui->app, ui->jobs, ui->scribe);
    ui->follow->live = ui_live_new(ui->app, ui->jobs, o->rules, o->rules_n);
    if (o->importer != NULL) {
        ui->follow->importing = true;
        ui_live_import(ui->follow->live, o->importer);
    } else if (o->run_rules) {
        ui_live_rules(ui->follow->live);
    }
    int every = ui->follow->importing ? OWN_MS : EVERY_MS;
    ui_watch_go_on(ui->follow->watch, ui->follow->importing ? 100 : every, every);
    if (th_case_readonly(th_app_case(ui->app)))
        ui_report(ui, UI_OWNER_CASE, UI_R_WARNING,
                  "the case can't be written: no marks, no notes, no rules");
}

/* ---- news ---- */

/* Rows are other events now: nothing that was found before is of any use. */
static void forget_rows(struct ui *ui)
{
    ui_places_forget(ui);
    ui_changed(ui, UI_CHANGED_ROWS);
}

static void take_lists(struct ui *ui, struct ui_news *news)
{
    if (!news->has_findings && !news->has_marks)
        return;
    /* Read before something was written that the screen shows already: again. */
    if (news->written != ui_scribe_given(ui->scribe)) {
        ui_watch_look(ui->follow->watch, true);
        return;
    }
    if (news->has_findings)
        ui_findings_put(ui, &news->findings);
    if (news->has_marks)
        ui_marks_put(ui, &news->marks);
    ui->follow->refresh_due = ui->follow->refresh_due || news->has_findings;
}

static void note_others(struct ui *ui, uint64_t before, uint64_t now)
{
    struct ui_follow *f = ui->follow;
    int64_t ms = th_time_mono();
    if (f->importing)
        return;
    f->others = (ms - f->others_ms < SEEM_MS ? f->others : 0) + (now > before ? now - before : 0);
    f->others_ms = ms;
    if (ui->options.run_rules || ui->options.importer != NULL)
        f->rules_at_ms = ms + QUIET_MS;
}

static void adopt(struct ui *ui, struct ui_news *news)
{
    unsigned what = th_app_news_what(news->news);
    uint64_t before, now;
    th_app_news_events(news->news, &before, &now);
    if ((what & TH_NEWS_RENUMBERED) != 0)
        forget_rows(ui);
    th_app_adopt(ui->app, news->news);
    news->news = NULL;
    if ((what & TH_NEWS_EVENTS) != 0)
        note_others(ui, before, now);
    if ((what & (TH_NEWS_EVENTS | TH_NEWS_VALUES)) != 0)
        ui->follow->refresh_due = true;
    ui_changed(ui, ((what & TH_NEWS_EVENTS) != 0 ? UI_CHANGED_EVENTS : 0) |
                       ((what & TH_NEWS_VALUES) != 0 ? UI_CHANGED_VALUES : 0) |
                       ((what & TH_NEWS_SOURCES) != 0 ? UI_CHANGED_SOURCES : 0));
    /* While this program imports, once at its end is enough. */
    if ((what & (TH_NEWS_EVENTS | TH_NEWS_SOURCES)) != 0 && !ui->follow->importing)
        ui_coverage_ask(ui);
    ui->dirty = true;
}

static void take_news(struct ui *ui)
{
    struct ui_follow *f = ui->follow;
    struct ui_news *news;
    while ((news = ui_watch_take(ui->follow->watch)) != NULL) {
        bool taken = news->rc == TH_E_BUSY;
        ui->dirty = ui->dirty || taken != f->taken;
        f->taken = taken;
        f->look_ms = news->took_ms;
        if (news->rc != TH_OK && !taken)
            ui_report_err(ui, UI_OWNER_CASE, &news->err);
        if (news->news != NULL)
            adopt(ui, news);
        take_lists(ui, news);
        if (f->rules_after != 0 && news->began >= f->rules_after) {
            f->rules_after = 0;
            f->importing = false;
            ui_coverage_ask(ui);
            if (!f->leaving)
                ui_live_rules(ui->follow->live);
        }
        int64_t pause = REST * (f->look_ms + ui_result_ms(ui));
        int every = f->importing ? OWN_MS : EVERY_MS;
        pause = pause < every ? every : pause > LONGEST ? LONGEST : pause;
        ui_watch_go_on(ui->follow->watch, (int)pause, every);
        ui_news_free(news);
    }
}

/* ---- ends ---- */

static void add_count(struct th_buf *out, uint64_t n, const char *one, const char *many)
{
    if (n == 0)
        return;
    th_buf_puts(out, " · ");
    ui_format_counted(out, n, one, many);
}

/* "4,812 events of 31 files in 2.1 s · 1 reject · 9 findings" */
static void say_done(struct ui *ui)
{
    const struct ui_follow *f = ui->follow;
    const struct th_app_imported *d = &f->came.done;
    struct th_buf words = TH_BUF_INIT;
    if (f->came.rc == TH_E_CANCELLED)
        th_buf_puts(&words, "Stopped: ");
    ui_format_counted(&words, d->events, "event", "events");
    /* One that was stopped in its first file has none. */
    if (d->files > 0) {
        th_buf_puts(&words, " of ");
        ui_format_counted(&words, d->files, "file", "files");
    }
    if (f->came.rc == TH_E_CANCELLED)
        th_buf_printf(&words, " %s in; the same command goes on", d->events == 1 ? "is" : "are");
    else
        th_buf_printf(&words, " in %.1f s", d->seconds);
    add_count(&words, d->rejects, "reject", "rejects");
    add_count(&words, d->duplicates, "duplicate", "duplicates");
    add_count(&words, d->unselected, "record not chosen", "records not chosen");
    add_count(&words, d->unchanged, "file unchanged", "files unchanged");
    add_count(&words, d->altered, "file changed meanwhile", "files changed meanwhile");
    add_count(&words, d->skipped - d->unchanged, "file skipped", "files skipped");
    if (f->said)
        add_count(&words, f->came.detected.findings, "finding", "findings");
    ui_report(ui, UI_OWNER_IMPORT, d->rejects > 0 || f->came.rc != TH_OK ? UI_R_WARNING : UI_R_GOOD,
              "%s", th_buf_cstr(&words));
    th_buf_fini(&words);
}

static void import_ended(struct ui *ui, const struct ui_live_end *end)
{
    struct ui_follow *f = ui->follow;
    f->came.imported = true;
    f->came.rc = end->rc;
    f->came.err = end->err;
    f->came.done = end->imported;
    if (end->rc == TH_OK || end->rc == TH_E_CANCELLED)
        say_done(ui);
    else
        ui_report_err(ui, UI_OWNER_IMPORT, &end->err);
    /* The rules want to see its last events. */
    f->rules_after = ui_watch_look(ui->follow->watch, false);
}

static void rules_ended(struct ui *ui, struct ui_live_end *end)
{
    struct ui_follow *f = ui->follow;
    if (end->rules != NULL)
        th_app_rules_adopt(ui->app, end->rules);
    ui_watch_look(ui->follow->watch, true);
    ui->follow->came.rules_err = end->err;
    ui->follow->came.rules_err.code = end->rc;
    if (end->rc == TH_E_CANCELLED)
        return;
    f->came.rules_ran = end->rc == TH_OK && !th_case_readonly(th_app_case(ui->app));
    if (end->rc != TH_OK) {
        ui_report(ui, UI_OWNER_RULES, UI_R_WARNING, "no rules ran: %s", end->err.msg);
        return;
    }
    f->came.detected = end->detected;
    if (f->came.imported && !f->said && (f->came.rc == TH_OK || f->came.rc == TH_E_CANCELLED)) {
        f->said = true;
        say_done(ui);
    } else if (end->detected.ran > 0) {
        struct th_buf words = TH_BUF_INIT;
        ui_format_counted(&words, end->detected.ran, "rule", "rules");
        th_buf_puts(&words, " ran");
        th_buf_puts(&words, " · ");
        ui_format_counted(&words, end->detected.findings, "finding", "findings");
        ui_report(ui, UI_OWNER_RULES, UI_R_GOOD, "%s", th_buf_cstr(&words));
        th_buf_fini(&words);
    }
    if (end->detected.missing.code != TH_OK)
        ui_report(ui, UI_OWNER_RULES, UI_R_WARNING, "%s", end->detected.missing.msg);
}

static void take_ends(struct ui *ui)
{
    struct ui_live_end end;
    while (ui_live_take(ui->follow->live, &end)) {
        if (end.what == UI_LIVE_IMPORT)
            import_ended(ui, &end);
        else
            rules_ended(ui, &end);
        ui->dirty = true;
    }
}

/* ---- turns ---- */

/* A search that was stopped stays so until somebody asks for something. */
static bool is_due(const struct ui *ui)
{
    return ui->follow->refresh_due && !ui_result_is_partial(ui);
}

static void refresh(struct ui *ui)
{
    if (!is_due(ui) || ui_result_awaited(ui) || ui_result_due(ui) ||
        ui_jobs_busy(ui->jobs, UI_JOB_KINDS))
        return;
    ui->follow->refresh_due = false;
    ui_refresh(ui);
}

static void take_failure(struct ui *ui)
{
    struct th_err err;
    if (!ui_scribe_failed(ui->scribe, &err))
        return;
    ui_report(ui, UI_OWNER_CASE, UI_R_ERROR, "not written to the case: %s", err.msg);
    ui_watch_look(ui->follow->watch, true); /* the screen shows what is not there */
}

void ui_follow_turn(struct ui *ui)
{
    struct ui_follow *f = ui->follow;
    struct ui_live_state state;
    ui_live_state(ui->follow->live, &state);
    if (memcmp(&state, &f->state, sizeof state) != 0) {
        f->state = state;
        ui->dirty = true;
    }
    take_news(ui);
    take_ends(ui);
    take_failure(ui);
    int64_t now = th_time_mono();
    if (f->rules_at_ms != 0 && now >= f->rules_at_ms) {
        f->rules_at_ms = 0;
        ui_live_rules(ui->follow->live);
    }
    if (f->others != 0 && now - f->others_ms >= SEEM_MS) {
        f->others = 0;
        ui->dirty = true;
    }
    refresh(ui);
    if (f->leaving && !ui_live_busy(ui->follow->live))
        ui->quit = true;
}

int ui_follow_wait_ms(const struct ui *ui, int timeout_ms)
{
    const struct ui_follow *f = ui->follow;
    int64_t now = th_time_mono(), most = INT64_MAX;
    if (f->rules_at_ms != 0)
        most = f->rules_at_ms - now;
    if (f->others != 0 && f->others_ms + SEEM_MS - now < most)
        most = f->others_ms + SEEM_MS - now;
    most = most < 0 ? 0 : most;
    return timeout_ms < 0 || most < timeout_ms ? (most > 60000 ? timeout_ms : (int)most)
                                               : timeout_ms;
}

bool ui_follow_busy(struct ui *ui)
{
    return ui_live_busy(ui->follow->live) || ui_watch_busy(ui->follow->watch) || is_due(ui) ||
           ui->follow->rules_after != 0 ||
           ui_scribe_given(ui->scribe) != ui_scribe_done(ui->scribe);
}

enum th_code ui_follow_shut(struct ui *ui, struct th_err *err)
{
    enum th_code rc = TH_OK;
    struct ui_live_end end;
    struct ui_result *result = ui->options.result;
    ui_live_stop(ui->follow->live);
    ui_live_wait(ui->follow->live);
    while (ui_live_take(ui->follow->live, &end)) {
        if (end.what == UI_LIVE_IMPORT) {
            ui->follow->came.imported = true;
            ui->follow->came.rc = end.rc;
            ui->follow->came.err = end.err;
            ui->follow->came.done = end.imported;
        }
        th_rules_free(end.rules);
    }
    ui_live_free(ui->follow->live);
    ui_watch_free(ui->follow->watch);
    if (!ui_scribe_free(ui->scribe, err))
        rc = th_err_prefix(err, err == NULL ? TH_E_IO : err->code, "the last note is lost");
    if (result != NULL) {
        result->imported = ui->follow->came.imported;
        result->rc = ui->follow->came.rc;
        result->err = ui->follow->came.err;
        result->done = ui->follow->came.done;
    }
    free(ui->follow);
    ui->follow = NULL;
    return rc;
}

bool ui_findings_missing(const struct ui *ui, struct th_buf *why)
{
    const struct ui_follow *f = ui->follow;
    size_t n;
    th_buf_reset(why);
    ui_findings(ui, &n);
    if (n > 0)
        return false;
    if (f->state.phase == UI_LIVE_RULES)
        th_buf_puts(why, "The rules are running.");
    else if (f->importing)
        th_buf_puts(why, "The rules run when the import is through.");
    else if (f->came.rules_err.code == TH_E_CANCELLED)
        th_buf_puts(why, "The rules were stopped: what they find is not known.");
    else if (f->came.rules_err.code != TH_OK)
        th_buf_printf(why, "The rules did not run: %s", f->came.rules_err.msg);
    else if (f->came.detected.missing.code != TH_OK)
        th_buf_puts(why, f->came.detected.missing.msg);
    else if (f->came.rules_ran || th_app_summary(ui->app)->rules > 0)
        return false;
    else if (th_case_readonly(th_app_case(ui->app)))
        th_buf_puts(why, "No rule ever ran on this case, and it can't be written.");
    else
        th_buf_puts(why, "No rule ran on this case yet.");
    return true;
}

const struct ui_live_state *ui_live_now(const struct ui *ui)
{
    return &ui->follow->state;
}

const struct ui_came *ui_live_came(const struct ui *ui)
{
    return &ui->follow->came;
}

bool ui_follow_imports(const struct ui *ui)
{
    return ui->follow->importing;
}

bool ui_follow_is_due(const struct ui *ui)
{
    return ui->follow->refresh_due;
}

bool ui_follow_runs(struct ui *ui)
{
    return ui_live_busy(ui->follow->live);
}

bool ui_follow_works(struct ui *ui)
{
    return ui_follow_runs(ui) || ui_scribe_given(ui->scribe) != ui_scribe_done(ui->scribe);
}

/* ---- the progress line ---- */

bool ui_follow_tells(const struct ui *ui)
{
    const struct ui_follow *f = ui->follow;
    return f->state.phase != UI_LIVE_IDLE || f->taken || f->others != 0;
}

void ui_follow_words(const struct ui *ui, int cols, struct th_buf *out)
{
    const struct ui_follow *f = ui->follow;
    th_buf_reset(out);
    if (f->state.phase != UI_LIVE_IDLE) {
        ui_live_words(&f->state, cols, out);
    } else if (f->taken) {
        th_buf_puts(out, "another process imports into this case; its events appear when it is "
                         "through");
    } else {
        th_buf_putc(out, '+');
        ui_format_counted(out, f->others, "event", "events");
        th_buf_puts(out, " from another process");
    }
}

/* ---- stopping and leaving ---- */

static bool imports(const struct ui *ui)
{
    return ui->follow->state.phase == UI_LIVE_IMPORT && !ui->follow->state.stopping;
}

/* It may have come to its end since it was asked about: the rules behind it aren't meant. */
static void stop_now(struct ui *ui, const char *arg)
{
    (void)arg;
    if (imports(ui))
        ui_live_stop(ui->follow->live);
    else
        ui_say(ui, UI_R_TEXT, "the import was through already: nothing was stopped");
}

static void go_on(struct ui *ui, const char *arg)
{
    (void)arg;
    ui->dirty = true;
}

static void stop_and_leave(struct ui *ui, const char *arg)
{
    (void)arg;
    ui->follow->leaving = true;
    ui_live_stop(ui->follow->live);
}

bool ui_follow_stop(struct ui *ui)
{
    if (imports(ui)) {
        ui_menu_open(ui, "stop the import?", false);
        ui_menu_add(ui, 's', "stop", "what is in stays; the same command goes on", stop_now, "");
        ui_menu_add(ui, 'g', "go on importing", "", go_on, "");
        return true;
    }
    if (ui->follow->state.phase != UI_LIVE_RULES || ui->follow->state.stopping)
        return false;
    ui_live_stop(ui->follow->live);
    ui_say(ui, UI_R_WARNING, "stopped; rules that did not run will run the next time");
    return true;
}

void ui_follow_quit(struct ui *ui)
{
    if (ui->follow->state.phase == UI_LIVE_IDLE) {
        ui->quit = true;
    } else if (imports(ui)) {
        ui_menu_open(ui, "an import is running", false);
        ui_menu_add(ui, 's', "stop it and leave", "what is in stays; the same command goes on",
                    stop_and_leave, "");
        ui_menu_add(ui, 'g', "stay", "", go_on, "");
    } else {
        stop_and_leave(ui, "");
    }
}

bool ui_when_running(const struct ui *ui)
{
    return ui->follow->state.phase != UI_LIVE_IDLE || ui_result_awaited(ui);
}

void ui_do_stop(struct ui *ui, const char *arg)
{
    (void)arg;
    if (ui_follow_stop(ui))
        return;
    if (ui_result_awaited(ui))
        ui_stop(ui);
    else
        ui_say(ui, UI_R_DIM, "nothing runs");
}
