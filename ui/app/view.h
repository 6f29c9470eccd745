/* Which views there are (schema/views.def) and what each of them does: a record of functions, and a
 * state of its own. */
#ifndef UI_APP_VIEW_H
#define UI_APP_VIEW_H

#include "base/buf.h"
#include "ui/term/draw.h"
#include "ui/term/keys.h"
#include "ui/widget/list.h"

struct ui;
struct ui_value;

enum ui_view {
#define UI_VIEW(ID, name, KIND, letter, keys, but, hint, help, section) UI_##ID,
#include "views.def"
#undef UI_VIEW
    UI_VIEWS
};

/* MAIN: where leaving leads to. OVER: over the view that it was opened from. LIST: has lines. */
enum ui_view_kind { UI_KIND_MAIN, UI_KIND_OVER, UI_KIND_LIST };

/* Where a command may be used: bits, one for each view and further ones for what is in the events.
 */
enum {
    UI_IN_F = 1, /* events: facets */
    UI_IN_B = 2, /* events: histogram */
#define UI_VIEW(ID, name, KIND, letter, keys, but, hint, help, section)                            \
    UI_IN_##letter = 4 << UI_##ID,
#include "views.def"
#undef UI_VIEW
    UI_IN_E = 4 << UI_VIEWS, /* filter being typed */
    UI_IN_ALL = UI_IN_E - 1, /* everywhere else */
    UI_IN_EVENTS = UI_IN_T | UI_IN_F | UI_IN_B | UI_IN_D,
    UI_IN_LISTS = 0
#define UI_VIEW(ID, name, KIND, letter, keys, but, hint, help, section)                            \
    +(UI_KIND_##KIND == UI_KIND_LIST ? UI_IN_##letter : 0)
#include "views.def"
#undef UI_VIEW
};

/* A view's row. */
struct ui_view_info {
    const char *name;    /* of its command, and in a saved session */
    const char *section; /* heading in the help; NULL: none */
    enum ui_view_kind kind;
    unsigned place; /* its UI_IN_… bit */
};
const struct ui_view_info *ui_view_info(enum ui_view view);

/* What of the case is other than before: bits. */
#define UI_CHANGED_EVENTS   64u /* there are more */
#define UI_CHANGED_VALUES   1u  /* of events, or how they are written */
#define UI_CHANGED_FINDINGS 2u
#define UI_CHANGED_MARKS    4u
#define UI_CHANGED_SOURCES  8u
#define UI_CHANGED_COVERAGE 16u
#define UI_CHANGED_ROWS     32u /* rows are other events now */

/* Which line the cursor is on, for "finding 2 of 9": at counts from 0. */
struct ui_position {
    const char *what;
    size_t at, n; /* n 0: nothing to tell */
};

/* What a view does. Where it says NULL a view may have none. */
struct ui_view_ops {
    size_t state_size;                      /* of its state, which is zeroed: ui_state. 0: none */
    void (*init)(struct ui *ui);            /* NULL */
    void (*fini)(struct ui *ui);            /* NULL */
    void (*enter)(struct ui *ui);           /* it comes to the front; NULL */
    unsigned (*place)(const struct ui *ui); /* UI_IN_… bit of the part in use; NULL: the row's */
    void (*draw)(struct ui *ui);
    void (*move)(struct ui *ui, enum ui_move how);
    void (*side)(struct ui *ui, int step);                  /* NULL */
    void (*mouse)(struct ui *ui, const struct ui_key *key); /* NULL */
    bool (*value)(struct ui *ui, struct ui_value *out);     /* under the cursor; NULL: none */
    bool (*row)(const struct ui *ui, uint32_t *row);        /* its event; NULL: the table's */
    struct ui_position (*count)(const struct ui *ui);
    /* What the second line says; NULL: of a LIST how it is narrowed, else the filter. Where text is
     * typed the place of the cursor goes to *y and *x. */
    void (*head)(struct ui *ui, struct ui_rect r, int *y, int *x);
    /* What the line above the keys says of the line under the cursor, in at most w columns; NULL:
     * nothing. */
    void (*sentence)(struct ui *ui, struct ui_rect r, int w);
    struct ui_lines *(*lines)(struct ui *ui);   /* of a LIST */
    void (*pick)(struct ui *ui);                /* choose the lines of a LIST anew */
    const char *(*limits)(const struct ui *ui); /* of a LIST, beside its count: "new only"; NULL */
    bool (*search)(struct ui *ui, int step);    /* go to the next match; false: none. NULL */
    void (*plain)(struct ui *ui, struct th_buf *out); /* as text; NULL: what the screen shows */
    void (*changed)(struct ui *ui, unsigned what);    /* UI_CHANGED_… bits; NULL */
};

#define UI_VIEW(ID, name, KIND, letter, keys, but, hint, help, section)                            \
    extern const struct ui_view_ops ui_##name##_ops;
#include "views.def"
#undef UI_VIEW

/* Of the view in front. */
const struct ui_view_ops *ui_ops(const struct ui *ui);
/* Its state, as large as it said. */
void *ui_state(const struct ui *ui, enum ui_view view);

#endif
