/* Typing a filter. Each change asks for a preview; Enter makes the filter the place we are at, and
 * if the preview of exactly this text is there already it becomes the result at once. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/model/write.h"
#include "ui/view/events/internal.h"
#include "ui/widget/completion.h"
#include "ui/widget/menu.h"

static bool remember_history(void *ctx, const char *name, const char *filter)
{
    struct ui_input *line = ctx;
    (void)name;
    line->history = th_xreallocarray(line->history, line->history_n + 1, sizeof *line->history);
    line->history[line->history_n++] = th_xstrdup(filter);
    return true;
}

void ui_typing_init(struct ui *ui)
{
    struct th_err err;
    th_err_clear(&err);
    ui->typing = th_xcalloc(1, sizeof *ui->typing);
    ui_input_init(&ui->typing->line);
    ui_complete_init(ui);
    if (th_notes_history(th_app_case(ui->app), remember_history, &ui->typing->line, &err) != TH_OK)
        ui_report_err(ui, UI_OWNER_CASE, &err);
}

void ui_typing_fini(struct ui *ui)
{
    if (ui->typing == NULL)
        return;
    ui_complete_fini(ui);
    ui_screen_fini(&ui->typing->preview);
    ui_input_fini(&ui->typing->line);
    free(ui->typing->renamed);
    free(ui->typing);
    ui->typing = NULL;
}

const struct ui_input *ui_typed(const struct ui *ui)
{
    return &ui->typing->line;
}

const struct ui_screen *ui_preview(const struct ui *ui)
{
    return &ui->typing->preview;
}

const struct th_err *ui_typing_err(const struct ui *ui)
{
    return &ui->typing->err;
}

void ui_preview_forget(struct ui *ui)
{
    ui_screen_fini(&ui->typing->preview);
    memset(&ui->typing->preview, 0, sizeof ui->typing->preview);
}

void ui_typing_draw(struct ui *ui)
{
    ui_complete_draw(ui, &ui->typing->line);
}

static void tell_wrong(struct ui *ui, const struct th_err *err)
{
    th_err_clear(&ui->typing->err);
    if (err != NULL)
        ui->typing->err = *err;
    if (ui->typing->err.code == TH_E_QUERY)
        ui_report_err(ui, UI_OWNER_FILTER, &ui->typing->err);
    else
        ui_messages_drop(&ui->messages, UI_OWNER_FILTER);
}

void ui_filter_edit(struct ui *ui)
{
    ui_show(ui, UI_EVENTS);
    ui->mode = UI_MODE_FILTER;
    ui->typing->line.history_at = 0;
    struct th_str now = th_buf_str(&ui_here(ui)->filter);
    ui_input_set(&ui->typing->line, now.p == NULL ? TH_STR("") : now);
    ui_screen_fini(&ui->typing->preview);
    tell_wrong(ui, NULL);
    ui->dirty = true;
}

static void changed(struct ui *ui)
{
    ui_complete_update(ui, &ui->typing->line);
    /* The beginning of a field's name would be looked for as a word in every record, for nothing.
     */
    if (ui_complete_names_field(ui)) {
        ui_jobs_cancel(ui->jobs, UI_JOB_PREVIEW);
        ui_screen_fini(&ui->typing->preview);
        tell_wrong(ui, NULL);
        return;
    }
    struct ui_request *request = ui_request_new(UI_JOB_PREVIEW);
    th_buf_add(&request->filter, ui->typing->line.text.p, ui->typing->line.text.n);
    ui_request_fill(ui, request);
    ui_jobs_post(ui->jobs, request);
}

void ui_preview_answer(struct ui *ui, struct ui_answer *answer)
{
    if (ui->mode != UI_MODE_FILTER)
        return;
    answer->err.code = answer->rc;
    tell_wrong(ui, &answer->err);
    if (answer->rc != TH_OK)
        return;
    ui_screen_fini(&ui->typing->preview);
    ui->typing->preview = answer->screen;
    memset(&answer->screen, 0, sizeof answer->screen);
}

static void stop_typing(struct ui *ui)
{
    ui->mode = UI_MODE_KEYS;
    ui->typing->stale = false;
    ui_jobs_cancel(ui->jobs, UI_JOB_PREVIEW);
    ui_jobs_cancel(ui->jobs, UI_JOB_VALUES);
    ui_complete_close(ui);
    ui_screen_fini(&ui->typing->preview);
    tell_wrong(ui, NULL);
}

void ui_do_filter(struct ui *ui, const char *arg)
{
    ui_filter_edit(ui);
    if (arg[0] == '\0')
        return;
    /* From the palette and scripts: the filter itself. */
    ui_input_set(&ui->typing->line, th_str_of(arg));
    ui_do_apply(ui, "");
}

void ui_do_leave(struct ui *ui, const char *arg)
{
    (void)arg;
    stop_typing(ui);
}

static bool bad_filter(struct ui *ui, struct th_str text)
{
    struct th_err err;
    th_query *query = NULL;
    th_err_clear(&err);
    if (th_app_parse(ui->app, text, &query, NULL, &err) == TH_OK) {
        th_query_free(query);
        return false;
    }
    tell_wrong(ui, &err);
    return true;
}

void ui_do_apply(struct ui *ui, const char *arg)
{
    (void)arg;
    if (ui->mode != UI_MODE_FILTER)
        return;
    struct th_str text = th_buf_str(&ui->typing->line.text);
    if (text.p == NULL)
        text = TH_STR("");
    while (text.n > 0 && text.p[text.n - 1] == ' ')
        text.n--;
    if (bad_filter(ui, text))
        return;
    struct th_buf filter = TH_BUF_INIT;
    th_buf_add_str(&filter, text);
    struct th_str wanted = th_buf_str(&filter);
    if (wanted.p == NULL)
        wanted = TH_STR("");
    bool same = th_str_eq(th_buf_str(&ui_here(ui)->filter), wanted);
    bool ready =
        ui->typing->preview.have && th_str_eq(th_str_of(ui->typing->preview.filter), wanted);
    struct ui_screen preview = {.have = false};
    if (ready && !same) {
        preview = ui->typing->preview;
        ui->typing->preview = (struct ui_screen){.have = false};
    }
    stop_typing(ui);
    if (!same) {
        ui_filter_set(ui, wanted, wanted.n > 0 ? th_buf_cstr(&filter) : "all events");
        ui_input_remember(&ui->typing->line, wanted);
        const struct ui_write write = {.kind = UI_WRITE_HISTORY, .text = th_buf_cstr(&filter)};
        if (!th_case_readonly(th_app_case(ui->app)) && wanted.n > 0)
            (void)ui_write(ui, &write);
    } else if ((ui_result_is_partial(ui) || !ui_result(ui)->have) && !ui_result_awaited(ui)) {
        ui_ask(ui); /* stopped before: go on */
    }
    if (preview.have)
        ui_result_take(ui, &preview);
    th_buf_fini(&filter);
}

bool ui_when_completing(const struct ui *ui)
{
    return ui_complete_open(ui);
}

bool ui_when_history(const struct ui *ui)
{
    return ui->typing->line.history_n > 0;
}

void ui_filter_settle(struct ui *ui)
{
    if (!ui->typing->stale)
        return;
    ui->typing->stale = false;
    changed(ui);
}

/* Text comes in pieces of many keys, from a paste or a slow line: what follows from it is found
 * once for all of them. Every other key works with what the text is now. */
static bool take_text(struct ui *ui, const struct ui_key *key)
{
    if (key->code < ' ' || key->code >= UI_KEY_BASE)
        return false;
    switch (ui_input_key(&ui->typing->line, key->code)) {
    case UI_INPUT_CHANGED:
        ui->typing->stale = true;
        break;
    case UI_INPUT_MOVED:
        if (ui->typing->line.text.n + 4 > UI_INPUT_MAX)
            ui_say(ui, UI_R_WARNING, "no more than %d bytes fit into a filter; the rest is cut off",
                   UI_INPUT_MAX);
        break;
    case UI_INPUT_IGNORED:
        break;
    }
    return true;
}

static bool take_completion(struct ui *ui)
{
    if (!ui_complete_take(ui, &ui->typing->line))
        return false;
    changed(ui);
    return true;
}

void ui_filter_key(struct ui *ui, const struct ui_key *key)
{
    if (take_text(ui, key))
        return;
    ui_filter_settle(ui);
    bool open = ui_complete_open(ui), up = key->code == UI_KEY_UP;
    if (up || key->code == UI_KEY_DOWN) {
        if (open)
            ui_complete_move(ui, up);
        else if (ui_input_walk(&ui->typing->line, up ? 1 : -1))
            changed(ui);
        return;
    }
    if (open && (key->code == UI_KEY_ESC || key->code == UI_CTRL('C'))) {
        ui_complete_dismiss(ui, &ui->typing->line);
        changed(ui);
        return;
    }
    if (key->code == UI_KEY_ENTER && ui_complete_chosen(ui) && take_completion(ui))
        return;
    if (key->code == UI_KEY_TAB) {
        if (!take_completion(ui))
            ui_complete_demand(ui, &ui->typing->line);
        return;
    }
    const struct ui_command *command =
        ui_command_of_key(ui, UI_IN_E, key->code == UI_CTRL('C') ? UI_KEY_ESC : key->code);
    if (command != NULL) {
        ui_command_run(ui, command, NULL);
        return;
    }
    enum ui_input_effect effect = ui_input_key(&ui->typing->line, key->code);
    if (effect == UI_INPUT_CHANGED)
        changed(ui);
    else if (effect == UI_INPUT_MOVED)
        ui_complete_update(ui, &ui->typing->line);
}

void ui_do_take(struct ui *ui, const char *arg)
{
    (void)arg;
    take_completion(ui);
}

void ui_filter_use(struct ui *ui, const char *filter)
{
    if (ui->mode == UI_MODE_FILTER)
        stop_typing(ui);
    ui_filter_edit(ui);
    ui_input_set(&ui->typing->line, th_str_of(filter));
    ui_do_apply(ui, "");
}
