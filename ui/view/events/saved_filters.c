/* Filters used before, and filters under a name: to choose from, to rename, to delete. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/model/write.h"
#include "ui/view/events/internal.h"
#include "ui/widget/menu.h"

void ui_do_history(struct ui *ui, const char *arg)
{
    (void)arg;
    if (ui->mode == UI_MODE_FILTER)
        ui_do_leave(ui, "");
    ui_menu_open(ui, "filters used before", true);
    for (size_t i = 0; i < ui->typing->line.history_n; i++)
        ui_menu_add(ui, 0, ui->typing->line.history[i], "", ui_filter_use,
                    ui->typing->line.history[i]);
}

void ui_do_typing_history(struct ui *ui, const char *arg)
{
    ui_do_history(ui, arg);
}

void ui_do_typing_save(struct ui *ui, const char *arg)
{
    ui_do_save_filter(ui, arg);
}

/* ---- saved filters ---- */

/* A filter under a name, while something is asked about it: of one line "name<newline>filter". */
static void split(const char *arg, struct th_str *name, struct th_str *filter)
{
    const char *end = strchr(arg, '\n');
    *name = end == NULL ? th_str_of(arg) : (struct th_str){arg, (size_t)(end - arg)};
    *filter = end == NULL ? TH_STR("") : th_str_of(end + 1);
}

static void use_saved(struct ui *ui, const char *arg)
{
    struct th_str name, filter;
    split(arg, &name, &filter);
    ui_filter_use(ui, filter.n > 0 ? filter.p : "");
}

static bool write_filter(struct ui *ui, enum ui_write_kind kind, struct th_str name,
                         struct th_str filter)
{
    struct th_buf text = TH_BUF_INIT, more = TH_BUF_INIT;
    th_buf_add_str(&text, name);
    th_buf_add_str(&more, filter);
    const struct ui_write write = {
        .kind = kind, .text = th_buf_cstr(&text), .more = th_buf_cstr(&more)};
    bool written = ui_write(ui, &write);
    th_buf_fini(&text);
    th_buf_fini(&more);
    return written;
}

static void delete_saved(struct ui *ui, const char *arg)
{
    struct th_str name, filter;
    split(arg, &name, &filter);
    if (write_filter(ui, UI_WRITE_DROP_FILTER, name, TH_STR("")))
        ui_say(ui, UI_R_GOOD, "deleted: %.*s", TH_STR_ARGS(name));
}

static void keep_saved(struct ui *ui, const char *arg)
{
    (void)arg;
    ui->dirty = true;
}

struct looking {
    struct th_str name;
    bool found;
};

static bool is_called(void *ctx, const char *name, const char *filter)
{
    struct looking *looking = ctx;
    (void)filter;
    looking->found = looking->found || th_str_is(looking->name, name);
    return true;
}

static void renamed(struct ui *ui, struct th_str text, int64_t arg)
{
    struct th_str name, filter;
    struct looking looking = {text, false};
    (void)arg;
    split(ui->typing->renamed, &name, &filter);
    if (text.n == 0 || th_str_eq(text, name))
        return;
    if (th_notes_filters(th_app_case(ui->app), is_called, &looking, NULL) == TH_OK && looking.found)
        ui_say(ui, UI_R_WARNING, "there is a filter called %.*s already", TH_STR_ARGS(text));
    else if (write_filter(ui, UI_WRITE_FILTER, text, filter) &&
             write_filter(ui, UI_WRITE_DROP_FILTER, name, TH_STR("")))
        ui_say(ui, UI_R_GOOD, "%.*s is called %.*s now", TH_STR_ARGS(name), TH_STR_ARGS(text));
}

/* Delete and Ctrl-R on a line of the menu. */
static bool saved_key(struct ui *ui, int code, const char *arg)
{
    struct th_str name, filter;
    if (code != UI_KEY_DELETE && code != UI_CTRL('R'))
        return false;
    char *copy = th_xstrdup(arg);
    split(copy, &name, &filter);
    ui_menu_close(ui);
    if (ui_may_write(ui) && code == UI_KEY_DELETE) {
        struct th_buf title = TH_BUF_INIT;
        th_buf_printf(&title, "delete %.*s?", (int)(name.n > 40 ? 40 : name.n), name.p);
        ui_menu_open(ui, th_buf_cstr(&title), false);
        ui_menu_add(ui, 'd', "delete", "", delete_saved, copy);
        ui_menu_add(ui, 'k', "keep", "", keep_saved, "");
        th_buf_fini(&title);
    } else if (ui_may_write(ui)) {
        free(ui->typing->renamed);
        ui->typing->renamed = th_xstrdup(copy);
        ui_prompt_open(ui, "Rename to", name, renamed, 0);
    }
    free(copy);
    return true;
}

static bool offer_saved(void *ctx, const char *name, const char *filter)
{
    char *arg = th_xasprintf("%s\n%s", name, filter);
    ui_menu_add(ctx, 0, name, filter, use_saved, arg);
    free(arg);
    return true;
}

void ui_do_saved(struct ui *ui, const char *arg)
{
    (void)arg;
    struct th_err err;
    th_err_clear(&err);
    ui_menu_open(ui, "saved filters", true);
    ui_menu_keys(ui, saved_key, "Del delete   ^R rename");
    if (th_notes_filters(th_app_case(ui->app), offer_saved, ui, &err) != TH_OK)
        ui_say_err(ui, &err);
    if (ui_menu_count(ui) == 0) {
        ui_menu_close(ui);
        ui_say(ui, UI_R_DIM, "no saved filters yet: Ctrl-S saves the one in use");
    }
}

static void save_as(struct ui *ui, struct th_str name, int64_t arg)
{
    (void)arg;
    if (name.n > 0 && write_filter(ui, UI_WRITE_FILTER, name, th_buf_str(&ui_here(ui)->filter)))
        ui_say(ui, UI_R_GOOD, "saved as %.*s; o chooses among saved filters", TH_STR_ARGS(name));
}

void ui_do_save_filter(struct ui *ui, const char *arg)
{
    if (ui->mode == UI_MODE_FILTER) {
        ui_do_apply(ui, "");
        if (ui->mode == UI_MODE_FILTER)
            return; /* it is not right yet */
    }
    if (!ui_may_write(ui))
        return;
    if (arg[0] != '\0')
        save_as(ui, th_str_of(arg), 0);
    else
        ui_prompt_open(ui, "Save this filter as", TH_STR(""), save_as, 0);
}
