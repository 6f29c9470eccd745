/* The state of the events view and of the detail, and what their files need of each other. */
#ifndef UI_VIEW_EVENTS_INTERNAL_H
#define UI_VIEW_EVENTS_INTERNAL_H

#include "ui/app/command.h"
#include "ui/model/fields.h"
#include "ui/model/filter.h"
#include "ui/model/findings.h"
#include "ui/model/marks.h"
#include "ui/view/events/events.h"
#include "ui/widget/line_edit.h"

struct events_view {
    size_t bar_held; /* where the mouse button went down on a bar; SIZE_MAX: not held */
    bool facet_open[UI_FACETS_MAX];
    struct ui_list facet_list;
};

/* A line of the detail. Several values may stand on one line; each can be filtered for. */
enum ui_link { UI_LINK_NONE, UI_LINK_FINDING };
struct ui_seg {
    struct th_str text;  /* as shown */
    struct th_str field; /* absent: only text */
    struct th_str value; /* whole */
    enum ui_role role;
    enum ui_link link;
    int64_t target; /* finding id */
};
struct ui_line {
    const char *section; /* shown on the first line of a section */
    struct th_str label;
    struct ui_seg *segs;
    size_t segs_n;
};
struct ui_detail {
    th_arena *arena;
    struct ui_line *lines;
    size_t n, cap;
    uint32_t row;
    bool have;
    struct th_buf raw;
};
struct detail_view {
    struct ui_detail detail;
    struct ui_about about;
    bool about_asked, about_stale; /* stale: events came since */
    uint32_t about_row;
    struct ui_list list;
    size_t seg;
};

/* The filter while it is typed. */
struct ui_typing {
    struct ui_input line;
    bool stale; /* typed further: completion and preview follow when the keys have a pause */
    struct ui_screen preview;
    struct th_err err; /* what is wrong with it */
    char *renamed;     /* a saved filter: its name, a newline, the filter; NULL */
};

static inline struct events_view *events_state(const struct ui *ui)
{
    return ui_state(ui, UI_EVENTS);
}

static inline struct detail_view *detail_state(const struct ui *ui)
{
    return ui_state(ui, UI_DETAIL);
}

/* What is wrong with the filter that is typed; code TH_OK: nothing is known to be. */
const struct th_err *ui_typing_err(const struct ui *ui);

/* Make it the filter, as if it had been typed. */
void ui_filter_use(struct ui *ui, const char *filter);

void ui_histogram_draw(struct ui *ui);

void ui_facets_draw(struct ui *ui);
void ui_facets_move(struct ui *ui, enum ui_move how);

/* Build the lines for the current event if they aren't its. */
void ui_detail_update(struct ui *ui);
void ui_detail_fini(struct ui_detail *detail);
void ui_detail_draw_in(struct ui *ui, struct ui_rect rect, bool focus);
void ui_detail_move(struct ui *ui, enum ui_move how);
void ui_detail_side(struct ui *ui, int step);
bool ui_detail_value(struct ui *ui, struct ui_value *out);

#endif
