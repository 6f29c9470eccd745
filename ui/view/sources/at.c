/* What the lists of the evidence have in common: the line under the cursor, paths cut to fit. */
#include "base/text.h"
#include "ui/view/sources/internal.h"
#include "ui/view/sources/sources.h"

const struct th_gap *ui_gap_at(const struct ui *ui)
{
    const struct sources_view *view = sources_state(ui);
    size_t item = ui_lines_item(&view->lists[GAPS]);
    return view->evidence == GAPS && item < ui_coverage(ui)->gaps_n ? &ui_coverage(ui)->gaps[item]
                                                                    : NULL;
}

const struct th_coverage_stream *ui_stream_at(const struct ui *ui)
{
    const struct sources_view *view = sources_state(ui);
    const struct th_coverage *c = &ui_coverage(ui)->coverage;
    size_t item = ui_lines_item(&view->lists[STREAMS]);
    return view->evidence == STREAMS && item < c->streams_n ? &c->streams[item] : NULL;
}

void ui_tail(const struct ui *ui, const char *path, int w, struct th_buf *out)
{
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, th_str_of(path), ui->canvas.ascii);
    struct th_str left = th_buf_str(&safe);
    int width = th_text_width(left);
    if (width > w)
        th_buf_puts(out, ui->canvas.ascii ? "~" : "…");
    for (size_t at = 0; width > w - 1 && width > 0 && left.n > 0 && out->n > 0; at = 0) {
        width -= th_text_cp_width(th_utf8_next(left, &at));
        left = th_str_sub(left, at, left.n);
    }
    th_buf_add_str(out, left);
    th_buf_fini(&safe);
}
