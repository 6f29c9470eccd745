/* One turn of the workbench: wait for a key, an answer of the worker or a signal, handle all that
 * waits, draw once. Nothing in here or below it waits for anything but that one poll. */
#include "ui/app/core.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/command.h"
#include "ui/app/tables.h"

static void put(struct ui *ui, enum ui_owner owner, enum ui_role role, const char *fmt,
                va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, fmt, args);
    ui_messages_put(&ui->messages, owner, role, text);
    ui->dirty = true;
}

void ui_say(struct ui *ui, enum ui_role role, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put(ui, UI_OWNER_COMMAND, role, fmt, args);
    va_end(args);
}

void ui_report(struct ui *ui, enum ui_owner owner, enum ui_role role, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put(ui, owner, role, fmt, args);
    va_end(args);
}

void ui_report_err(struct ui *ui, enum ui_owner owner, const struct th_err *err)
{
    ui_report(ui, owner, UI_R_ERROR, "%s",
              err->msg[0] != '\0' ? err->msg : th_code_words(err->code));
}

void ui_say_err(struct ui *ui, const struct th_err *err)
{
    ui_report_err(ui, UI_OWNER_COMMAND, err);
}

const struct ui_message *ui_message(const struct ui *ui)
{
    return ui_messages_shown(&ui->messages, ui_filter_typing(ui));
}

static void change_view(struct ui *ui, enum ui_view view)
{
    ui->view = view;
    ui->dirty = true;
    const struct ui_view_ops *ops = ui_ops(ui);
    if (ops->enter != NULL)
        ops->enter(ui);
    if (ops->lines != NULL) {
        th_buf_reset(&ops->lines(ui)->narrow);
        ops->pick(ui);
    }
}

void ui_show(struct ui *ui, enum ui_view view)
{
    if (view == ui->view)
        return;
    ui->from[view] = ui->view;
    change_view(ui, view);
}

void ui_leave(struct ui *ui)
{
    bool over = ui_view_info(ui->view)->kind == UI_KIND_OVER;
    change_view(ui, over ? ui->from[ui->view] : UI_EVENTS);
}

void ui_changed(struct ui *ui, unsigned what)
{
    ui->dirty = true;
    for (int i = 0; i < UI_VIEWS; i++)
        if (ui->views[i]->changed != NULL)
            ui->views[i]->changed(ui, what);
}

void ui_layout(struct ui *ui)
{
    ui->canvas.rows = ui_term_rows(ui->term);
    ui->canvas.cols = ui_term_cols(ui->term);
    ui_layout_solve(ui->canvas.rows, ui->canvas.cols, ui->want_facets, ui->want_detail,
                    ui_follow_tells(ui), &ui->layout);
    const struct ui_layout *l = &ui->layout;
    if (ui->view == UI_EVENTS && ((ui->pane == UI_PANE_FACETS && l->facets.h == 0) ||
                                  (ui->pane == UI_PANE_DETAIL && l->detail.h == 0) ||
                                  (ui->pane == UI_PANE_HISTOGRAM && l->histogram.h == 0)))
        ui->pane = UI_PANE_TABLE;
    /* A search that was stopped isn't begun again for the sake of its bars. */
    bool stopped = ui_result_is_partial(ui) && !ui->result_wanted;
    if (!l->too_small && !stopped && ui->buckets_asked != 0 &&
        (size_t)l->filter.w != ui->buckets_asked)
        ui->result_pending = true;
}

static void draw_too_small(struct ui *ui)
{
    const struct ui_canvas *c = &ui->canvas;
    ui_draw_words(c, 0, 0, c->cols, UI_R_TEXT, "Too small: 20 columns and 5 rows are needed.");
}

void ui_draw(struct ui *ui)
{
    ui_layout(ui);
    int y = -1, x = -1;
    ui_draw_begin(&ui->canvas);
    if (ui->layout.too_small) {
        draw_too_small(ui);
        ui_draw_end(&ui->canvas, -1, -1);
        ui->dirty = false;
        return;
    }
    ui_ops(ui)->draw(ui);
    ui_bar_head(ui);
    ui_bar_filter(ui, &y, &x);
    if (ui->mode == UI_MODE_PROMPT)
        ui_prompt_draw(ui, &y, &x);
    else
        ui_bar_sentence(ui);
    ui_bar_progress(ui);
    ui_bar_keys(ui);
    if (ui->mode == UI_MODE_FILTER)
        ui_complete_draw(ui);
    if (ui->mode == UI_MODE_MENU)
        ui_menu_draw(ui);
    ui_draw_end(&ui->canvas, y, x);
    ui->dirty = false;
}

/* ---- keys ---- */

static void mouse(struct ui *ui, const struct ui_key *key)
{
    if (ui->mode != UI_MODE_KEYS)
        return;
    const struct ui_view_ops *ops = ui_ops(ui);
    for (int i = 0; i < 3; i++) {
        if (key->mouse == UI_MOUSE_WHEEL_UP)
            ops->move(ui, UI_UP);
        else if (key->mouse == UI_MOUSE_WHEEL_DOWN)
            ops->move(ui, UI_DOWN);
    }
    if (ops->mouse != NULL)
        ops->mouse(ui, key);
}

/* What is pasted is text, wherever it goes to: a line break ends nothing, and no character is a
 * command. False: nothing to type. */
static bool pasted(struct ui *ui, struct ui_key *key)
{
    int64_t now = th_time_mono(), pause_ms = now - ui->pasted_ms;
    ui->pasted_ms = now;
    /* The end of a paste may be lost on its way: Esc and Ctrl-C by themselves are that, too. */
    if (pause_ms > 1000 && (key->code == UI_KEY_ESC || key->code == UI_CTRL('C'))) {
        ui->pasting = false;
        return true;
    }
    if (key->code == UI_KEY_ENTER || (key->code >= 0 && key->code < ' '))
        key->code = ' ';
    return key->code < UI_KEY_BASE && ui->mode != UI_MODE_KEYS &&
           (ui->mode != UI_MODE_MENU || ui->menu.typing);
}

void ui_key(struct ui *ui, const struct ui_key *given)
{
    struct ui_key key[1] = {*given};
    ui->dirty = true;
    if (key->code == UI_KEY_RESIZE)
        return;
    if (ui->mode == UI_MODE_KEYS && ui_ahead_key(ui, key))
        return;
    if (key->code == UI_KEY_PASTE_BEGIN || key->code == UI_KEY_PASTE_END) {
        ui->pasting = key->code == UI_KEY_PASTE_BEGIN;
        ui->pasted_ms = th_time_mono();
        /* Pasted text is a filter, never commands. */
        if (ui->pasting && ui->mode == UI_MODE_KEYS)
            ui_filter_edit(ui);
        return;
    }
    if (ui->pasting && !pasted(ui, key))
        return;
    ui_messages_key(&ui->messages);
    ui->follow.touched = true;
    if (key->code == UI_KEY_MOUSE) {
        mouse(ui, key);
        return;
    }
    switch (ui->mode) {
    case UI_MODE_FILTER:
        ui_filter_key(ui, key);
        return;
    case UI_MODE_PROMPT:
        ui_prompt_key(ui, key);
        return;
    case UI_MODE_MENU:
        ui_menu_key(ui, key);
        return;
    case UI_MODE_KEYS:
        break;
    }
    if (key->code == UI_CTRL('C') && ui_follow_stop(ui))
        return;
    const struct ui_command *command =
        ui_command_of_key(ui, ui_context(ui), key->code == UI_CTRL('C') ? UI_KEY_ESC : key->code);
    if (command == NULL) {
        struct th_buf name = TH_BUF_INIT;
        ui_key_name(&name, key->code);
        ui_say(ui, UI_R_DIM, "%s does nothing here; ? shows what does", th_buf_cstr(&name));
        th_buf_fini(&name);
        return;
    }
    ui_command_run(ui, command, NULL);
}

/* ---- turns ---- */

static void take_keys(struct ui *ui)
{
    struct ui_key key;
    while (!ui->quit && ui_term_key(ui->term, &key))
        ui_key(ui, &key);
}

static int wait_ms(struct ui *ui, int timeout_ms)
{
    timeout_ms = ui_follow_wait_ms(ui, timeout_ms);
    /* While something takes long, the screen says so and how long. */
    if (!ui_jobs_busy(ui->jobs, UI_JOB_KINDS))
        return timeout_ms;
    return timeout_ms < 0 || timeout_ms > 100 ? 100 : timeout_ms;
}

void ui_turn(struct ui *ui, int timeout_ms)
{
    ui_filter_settle(ui);
    if (ui->dirty)
        ui_draw(ui);
    ui_term_wait(ui->term, ui_jobs_fd(ui->jobs), wait_ms(ui, timeout_ms));
    take_keys(ui);
    ui_filter_settle(ui);
    ui_take_answers(ui);
    ui_follow_turn(ui);
    ui_ahead_turn(ui);
    if (!ui->follow.refreshing && ui_jobs_since(ui->jobs) != 0 &&
        th_time_mono() - ui_jobs_since(ui->jobs) >= 100)
        ui->dirty = true;
    if (ui_term_stopped(ui->term) != 0)
        ui->quit = true;
    if (!ui->quit && ui_term_jobs(ui->term))
        ui->dirty = true;
    if (ui->result_pending)
        ui_ask_now(ui);
    if (ui->dirty && !ui->quit)
        ui_draw(ui);
    if (ui->result_pending)
        ui_ask_now(ui);
}

bool ui_is_settled(struct ui *ui)
{
    return ui->quit || !(ui->dirty || ui->result_pending || ui_jobs_busy(ui->jobs, UI_JOB_KINDS) ||
                         ui_follow_busy(ui));
}

void ui_settle(struct ui *ui)
{
    do {
        ui_turn(ui, 0);
    } while (!ui_is_settled(ui));
}

/* ---- life ---- */

static bool remember_history(void *ctx, const char *name, const char *filter)
{
    struct ui *ui = ctx;
    (void)name;
    ui->filter.history =
        th_xreallocarray(ui->filter.history, ui->filter.history_n + 1, sizeof *ui->filter.history);
    ui->filter.history[ui->filter.history_n++] = th_xstrdup(filter);
    return true;
}

enum th_code ui_open(struct ui *ui, th_app *app, const struct ui_options *options,
                     const struct ui_term_config *config, struct th_err *err)
{
    memset(ui, 0, sizeof *ui);
    ui_tables_give(ui);
    ui->app = app;
    ui->options = *options;
    ui->local = options->local_time;
    ui->here.from_ms = ui->here.to_ms = TH_TIME_NONE;
    ui->here.sort = TH_F_TIMESTAMP;
    enum th_code rc = ui_term_open(config, &ui->term, err);
    if (rc != TH_OK)
        return rc;
    ui->canvas.theme = ui_term_theme(ui->term);
    ui->canvas.colours = ui_term_colours(ui->term);
    ui->canvas.ascii = ui_term_ascii(ui->term);
    ui->jobs = ui_jobs_new(app);
    for (int i = 0; i < UI_VIEWS; i++) {
        const struct ui_view_ops *view = ui->views[i];
        ui->state[i] = view->state_size > 0 ? th_xcalloc(1, view->state_size) : NULL;
        if (view->init != NULL)
            view->init(ui);
    }
    ui_input_init(&ui->filter);
    ui_facets_default(ui);
    struct th_err trouble;
    th_err_clear(&trouble);
    if (th_notes_history(th_app_case(app), remember_history, ui, &trouble) != TH_OK)
        ui_report_err(ui, UI_OWNER_CASE, &trouble);
    ui_findings_load(ui);
    ui_marks_load(ui);
    ui_follow_open(ui);
    if (!options->fresh)
        ui_state_restore(ui);
    ui_layout(ui);
    ui_ask(ui);
    ui_ask_now(ui);
    ui_coverage_ask(ui);
    ui->dirty = true;
    return TH_OK;
}

enum th_code ui_shut(struct ui *ui, struct th_err *err)
{
    /* Another program may hold the case for a while. */
    if (ui_live_busy(ui->live) || ui_scribe_given(ui->scribe) != ui_scribe_done(ui->scribe)) {
        ui_say(ui, UI_R_TEXT, "leaving, as soon as everything is written to the case");
        ui_draw(ui);
    }
    /* Asked last, it is written last. */
    enum th_code rc = ui_follow_shut(ui, err);
    ui_jobs_free(ui->jobs);
    ui_term_close(ui->term);
    ui_script_close(ui);
    ui_ahead_fini(ui);
    ui_menu_close(ui);
    ui_prompt_close(ui);
    ui_complete_close(ui);
    free(ui->complete.dismissed);
    for (int i = 0; i < UI_VIEWS; i++) {
        if (ui->views[i]->fini != NULL)
            ui->views[i]->fini(ui);
        free(ui->state[i]);
    }
    ui_findings_fini(ui);
    ui_coverage_fini(ui);
    ui_marks_fini(ui);
    ui_detail_fini(&ui->detail);
    ui_screen_fini(&ui->result);
    ui_screen_fini(&ui->preview);
    ui_place_fini(&ui->here);
    for (size_t i = 0; i < ui->back_n; i++)
        ui_place_fini(&ui->back[i]);
    free(ui->back);
    for (size_t i = 0; i < ui->facet_names_n; i++)
        free(ui->facet_names[i]);
    for (size_t i = 0; i < ui->extra_columns_n; i++)
        free(ui->extra_columns[i]);
    ui_input_fini(&ui->filter);
    ui_messages_fini(&ui->messages);
    th_buf_fini(&ui->search);
    free(ui->script_dir);
    return rc;
}
