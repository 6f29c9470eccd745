/* How far an import or the rules are, in words for one line. What there is no room for is left out,
 * the least telling first. */
#include <stdio.h>

#include "base/text.h"
#include "ui/widget/format.h"
#include "ui/work/background.h"

/* "412 of 1,383 MB", in the unit of the total; "412 MB" when that is not known. */
static void add_bytes(struct th_buf *out, uint64_t done, uint64_t total)
{
    if (total == 0) {
        ui_format_bytes(out, done);
        return;
    }
    static const struct {
        uint64_t size;
        const char *name;
    } units[] = {{1000000000, "GB"}, {1000000, "MB"}, {1000, "KB"}, {1, "B"}};
    size_t i = 0;
    /* Four digits say more than one and a half. */
    while (i < 3 && total < 10 * units[i].size)
        i++;
    ui_format_count(out, done / units[i].size);
    th_buf_puts(out, " of ");
    ui_format_count(out, total / units[i].size);
    th_buf_printf(out, " %s", units[i].name);
}

static void add_time_left(struct th_buf *out, double seconds)
{
    if (seconds < 1)
        th_buf_puts(out, "1 s left");
    else if (seconds < 100)
        th_buf_printf(out, "%.0f s left", seconds);
    else if (seconds < 100 * 60)
        th_buf_printf(out, "%.0f min left", seconds / 60);
    else
        th_buf_printf(out, "%.1f h left", seconds / 3600);
}

enum part { PART_SHARE = 1, PART_BYTES = 2, PART_RATE = 4, PART_LEFT = 8, PART_WORD = 16 };

static void add_dot(struct th_buf *out)
{
    if (out->n > 0)
        th_buf_puts(out, " · ");
}

static void import_words(const struct ui_live_state *s, unsigned parts, struct th_buf *out)
{
    bool known = s->bytes_total > 0;
    bool all = known && s->bytes_done >= s->bytes_total;
    if (s->stopping || all)
        th_buf_puts(out, s->stopping ? "stopping" : "finishing");
    else if ((parts & PART_WORD) != 0 || !known)
        th_buf_puts(out, "importing");
    if (known && !all && (parts & PART_SHARE) != 0)
        th_buf_printf(out, "%s%.0f %%", out->n > 0 ? " " : "",
                      100.0 * (double)s->bytes_done / (double)s->bytes_total);
    if ((known || s->bytes_done > 0) && (parts & PART_BYTES) != 0) {
        add_dot(out);
        add_bytes(out, s->bytes_done, s->bytes_total);
    }
    add_dot(out);
    ui_format_counted(out, s->events, "event", "events");
    if (s->rate >= 1 && (parts & PART_RATE) != 0) {
        add_dot(out);
        ui_format_count(out, (uint64_t)s->rate);
        th_buf_puts(out, "/s");
    }
    /* From the average: what a file weighs says little of how long it takes. */
    if (known && !all && !s->stopping && s->bytes_done > 0 && s->seconds >= 1 &&
        (parts & PART_LEFT) != 0) {
        add_dot(out);
        add_time_left(out, s->seconds * (double)(s->bytes_total - s->bytes_done) /
                               (double)s->bytes_done);
    }
}

static void rules_words(const struct ui_live_state *s, struct th_buf *out)
{
    th_buf_puts(out, s->stopping ? "stopping the rules" : "running the rules");
    if (s->rule_n > 0)
        th_buf_printf(out, " · %zu of %zu: %s", s->rule_i, s->rule_n, s->rule);
}

void ui_live_words(const struct ui_live_state *state, int cols, struct th_buf *out)
{
    static const unsigned choices[] = {
        PART_WORD | PART_SHARE | PART_BYTES | PART_RATE | PART_LEFT,
        PART_WORD | PART_BYTES | PART_RATE | PART_LEFT,
        PART_BYTES | PART_RATE | PART_LEFT,
        PART_BYTES | PART_LEFT,
        PART_SHARE | PART_LEFT,
        PART_SHARE,
        0,
    };
    th_buf_reset(out);
    switch (state->phase) {
    case UI_LIVE_IDLE:
        return;
    case UI_LIVE_RULES:
        rules_words(state, out);
        return;
    case UI_LIVE_IMPORT:
        break;
    }
    if (state->files_total == 0 && state->events == 0) {
        th_buf_puts(out, state->stopping ? "stopping" : "looking for files");
        return;
    }
    for (size_t i = 0; i < TH_COUNT(choices); i++) {
        th_buf_reset(out);
        import_words(state, choices[i], out);
        if (th_text_width(th_buf_str(out)) <= cols)
            return;
    }
}
