/* Out of the screen: to the terminal's clipboard, to a file, or printed plainly. What leaves is
 * sanitised where it is a line of the screen, and exact where it is a value or a record. */
#include <stdio.h>

#include "base/mem.h"
#include "base/outfile.h"
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/app/copy.h"
#include "ui/app/turn.h"
#include "ui/model/place.h"
#include "ui/term/dump.h"
#include "ui/view/events/events.h"
#include "ui/widget/format.h"
#include "ui/widget/menu.h"

#define RESULT_ROWS 500

void ui_copy_text(struct ui *ui, struct th_str text, const char *what)
{
    if (text.n == 0)
        ui_say(ui, UI_R_WARNING, "nothing to copy");
    else if (ui_term_copy(ui->term, text))
        ui_say(ui, UI_R_GOOD, "%s copied (%zu bytes)", what, text.n);
    else
        ui_say(ui, UI_R_WARNING, "%s is too long for the clipboard of a terminal (%zu bytes)", what,
               text.n);
}

void ui_row_text(struct ui *ui, uint32_t row, struct th_buf *out)
{
    enum th_field fields[UI_COLUMNS_MAX];
    size_t n = ui_event_columns(ui, fields);
    struct th_buf cell = TH_BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            th_buf_putc(out, '\t');
        if (ui_cell(ui, row, fields[i], &cell))
            th_text_sanitise(out, th_buf_str(&cell), false);
    }
    th_buf_fini(&cell);
}

void ui_do_copy(struct ui *ui, const char *arg)
{
    (void)arg;
    struct ui_value value = {.absent = false};
    const struct ui_view_ops *ops = ui_ops(ui);
    if (ops->value != NULL && ops->value(ui, &value))
        ui_copy_text(ui, th_buf_str(&value.text), "value");
    ui_value_fini(&value);
}

void ui_do_copy_record(struct ui *ui, const char *arg)
{
    (void)arg;
    uint32_t row;
    struct th_buf raw = TH_BUF_INIT;
    struct th_err err;
    th_err_clear(&err);
    if (!ui_row(ui, &row))
        return;
    if (th_app_raw(ui->app, row, &raw, &err) == TH_OK)
        ui_copy_text(ui, th_buf_str(&raw), "record");
    else
        ui_say_err(ui, &err);
    th_buf_fini(&raw);
}

void ui_do_copy_row(struct ui *ui, const char *arg)
{
    (void)arg;
    uint32_t row;
    struct th_buf text = TH_BUF_INIT;
    if (ui_row(ui, &row)) {
        ui_row_text(ui, row, &text);
        ui_copy_text(ui, th_buf_str(&text), "line");
    }
    th_buf_fini(&text);
}

static void result_text(struct ui *ui, struct th_buf *out)
{
    size_t n = ui_result(ui)->have ? ui_result(ui)->s.count : 0;
    for (size_t i = 0; i < n && i < RESULT_ROWS; i++) {
        ui_row_text(ui, ui_result(ui)->s.order[i], out);
        th_buf_putc(out, '\n');
    }
}

void ui_do_copy_result(struct ui *ui, const char *arg)
{
    (void)arg;
    struct th_buf text = TH_BUF_INIT;
    result_text(ui, &text);
    ui_copy_text(ui, th_buf_str(&text),
                 ui_result(ui)->s.count > RESULT_ROWS ? "the first 500 lines" : "lines");
    th_buf_fini(&text);
}

void ui_do_plain(struct ui *ui, const char *arg)
{
    (void)arg;
    struct th_buf text = TH_BUF_INIT;
    if (ui->view == UI_EVENTS) {
        result_text(ui, &text);
    } else if (ui_ops(ui)->plain != NULL) {
        ui_ops(ui)->plain(ui, &text);
    } else {
        ui_draw(ui);
        ui_dump_text(&ui->canvas, &text);
    }
    ui_term_plain(ui->term, text.n > 0 ? th_buf_str(&text) : TH_STR("nothing to print"));
    th_buf_fini(&text);
}

/* ---- a picture of the screen ---- */

static enum th_code write_file(struct ui *ui, const char *path, struct th_str text,
                               struct th_err *err)
{
    th_outfile *file;
    if (th_case_is_case(path))
        return th_err_set(err, TH_E_USAGE, "%s is a case: the screen isn't written over it", path);
    /* With somebody at the keys nothing is waited for that no key can end. */
    enum th_code rc = th_outfile_open(path, ui->options.script != NULL, &file, err);
    if (rc != TH_OK)
        return rc;
    (void)fwrite(text.p, 1, text.n, th_outfile_stream(file));
    return th_outfile_commit(file, err);
}

static void save_screen(struct ui *ui, struct th_str name, int64_t arg)
{
    (void)arg;
    struct th_buf path = TH_BUF_INIT, text = TH_BUF_INIT;
    struct th_err err;
    th_err_clear(&err);
    th_buf_add_str(&path, name);
    if (name.n > 0) {
        ui_draw(ui);
        ui_dump_text(&ui->canvas, &text);
        if (write_file(ui, th_buf_cstr(&path), th_buf_str(&text), &err) == TH_OK)
            ui_say(ui, UI_R_GOOD, "the screen is in %s", th_buf_cstr(&path));
        else
            ui_say_err(ui, &err);
    }
    th_buf_fini(&path);
    th_buf_fini(&text);
}

void ui_do_screenshot(struct ui *ui, const char *arg)
{
    if (arg[0] != '\0')
        save_screen(ui, th_str_of(arg), 0);
    else
        ui_prompt_open(ui, "Save the screen to the file", TH_STR("trailhound.txt"), save_screen, 0);
}
