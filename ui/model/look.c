/* Reading the state of place.c, for those outside of this folder. */
#include "ui/model/internal.h"

const struct ui_place *ui_here(const struct ui *ui)
{
    return &ui->places->here;
}

const struct ui_place *ui_trail(const struct ui *ui, size_t *n)
{
    *n = ui->places->back_n;
    return ui->places->back;
}

uint64_t ui_question(const struct ui *ui)
{
    return ui->places->question;
}

const struct ui_screen *ui_result(const struct ui *ui)
{
    return &ui->places->result;
}

const struct th_err *ui_result_err(const struct ui *ui)
{
    return &ui->places->result_err;
}

int64_t ui_result_ms(const struct ui *ui)
{
    return ui->places->result_ms;
}

bool ui_result_awaited(const struct ui *ui)
{
    return ui->places->result_wanted;
}

bool ui_result_due(const struct ui *ui)
{
    return ui->places->result_pending;
}

bool ui_result_grows(const struct ui *ui)
{
    return ui->places->growing;
}

bool ui_result_refreshes(const struct ui *ui)
{
    return ui->places->refreshing;
}

struct ui_list *ui_cursor(const struct ui *ui)
{
    return &ui->places->events;
}

size_t ui_bar(const struct ui *ui)
{
    return ui->places->bar;
}

void ui_bar_put(struct ui *ui, size_t bucket)
{
    ui->places->bar = bucket;
}

const uint8_t *ui_marks_in_result(const struct ui *ui)
{
    return ui->places->mark_shape;
}
