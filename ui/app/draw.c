/* One frame: where everything stands, and everything drawn in its order. */
#include "ui/app/context.h"
#include "ui/app/turn.h"
#include "ui/model/place.h"
#include "ui/view/events/events.h"
#include "ui/widget/menu.h"
#include "ui/work/live_update.h"

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
    if (!l->too_small)
        ui_ask_for_width(ui, (size_t)l->filter.w);
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
        ui_typing_draw(ui);
    if (ui->mode == UI_MODE_MENU)
        ui_menu_draw(ui);
    ui_draw_end(&ui->canvas, y, x);
    ui->dirty = false;
}
