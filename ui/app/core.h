/* The state of an open workbench, shared by the files of ui/. Everything here belongs to the UI
 * thread. */
#ifndef UI_APP_CORE_H
#define UI_APP_CORE_H

#include "app/app.h"
#include "ui/app/message.h"
#include "ui/app/view.h"
#include "ui/term/draw.h"
#include "ui/term/term.h"
#include "ui/ui.h"
#include "ui/widget/columns.h"
#include "ui/widget/layout.h"
#include "ui/widget/line_edit.h"
#include "ui/work/background.h"
#include "ui/work/case_watcher.h"
#include "ui/work/case_writer.h"
#include "ui/work/typeahead.h"
#include "ui/work/worker.h"

enum ui_pane { UI_PANE_TABLE, UI_PANE_FACETS, UI_PANE_HISTOGRAM, UI_PANE_DETAIL, UI_PANES };
enum ui_mode { UI_MODE_KEYS, UI_MODE_FILTER, UI_MODE_PROMPT, UI_MODE_MENU };

/* A field's value somewhere on the screen: what +, -, = and * work with. */
struct ui_value {
    struct th_buf field; /* ECS name or flattened path; empty: none, only text to copy */
    struct th_buf text;
    bool absent; /* the field is not there */
};

/* One step on the way: a filter with everything that limits or orders it, and where the cursor
 * stood. */
struct ui_place {
    struct th_buf filter;
    struct th_buf title; /* what was pushed, in words */
    int64_t from_ms, to_ms;
    int64_t finding; /* its rows only; 0: none */
    struct th_buf set_name;
    struct th_bits within;
    bool has_within, zoomed;
    enum th_field sort;
    bool descending;
    uint32_t row; /* under the cursor */
    bool has_row;
    size_t count; /* events it showed, for the trail */
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

struct ui;
struct ui_command;
struct ui_menu_item {
    int key;
    char *label, *note, *arg;
    void (*run)(struct ui *ui, const char *arg);
};
struct ui_menu {
    char *title;
    struct ui_menu_item *items;
    size_t n, cap;
    struct ui_list list;
    bool typing; /* narrowed by what is typed (palette): keys are text */
    struct ui_input input;
    size_t *shown; /* items that the input leaves */
    bool (*unlisted)(struct ui *ui, struct th_str typed);
};

struct ui_prompt {
    char *title;
    struct ui_input input;
    void (*done)(struct ui *ui, struct th_str text, int64_t arg);
    int64_t arg;
};

/* What a completion popup offers. */
struct ui_choice {
    char *text, *insert, *note;
};
struct ui_complete {
    bool open, chosen; /* chosen: moved to by hand, so Enter takes it */
    struct ui_choice *choices;
    size_t n, cap;
    struct ui_list list;
    size_t from, to; /* bytes of the input that a choice replaces */
    enum th_field field;
    const char *title;
    bool waiting;    /* for values */
    bool fields;     /* the choices are names of fields */
    bool asked;      /* by Tab: also where it would not open by itself */
    char *dismissed; /* text for which Esc closed it */
};

struct ui_script;

/* The case while it grows: what live_update.c has to remember. */
struct ui_follow {
    struct ui_live_state state; /* as it was drawn */
    bool importing;             /* our own import runs, or its last events are not shown yet */
    bool refresh_due;           /* there are events that the result doesn't show */
    bool refreshing;            /* the question under way is for them */
    bool touched;               /* a key was pressed */
    bool leaving;               /* leave when nothing runs any more */
    uint64_t rules_after;       /* run the rules behind this look; 0: none waits */
    int64_t rules_at_ms;        /* run them at this time; 0: not planned */
    bool taken;                 /* another program has the case for itself */
    uint64_t others;            /* events that others brought of late, the last at others_ms */
    int64_t others_ms;
    int64_t look_ms; /* what the last look took */
    bool imported;   /* done says what came of it; rc, err: how it ended */
    enum th_code rc;
    struct th_err err;
    struct th_app_imported done;
    struct th_app_detected detected;
    bool said;               /* that and how the rules ran, too */
    bool rules_ran;          /* since the workbench opened, to their end */
    struct th_err rules_err; /* why they did not; code TH_OK: nothing failed */
};

struct ui {
    th_app *app;
    const struct ui_command *commands;
    size_t commands_n;
    const struct ui_view_ops *const *views;
    void *state[UI_VIEWS]; /* each view's own */
    struct ui_options options;
    ui_term *term;
    struct ui_canvas canvas;
    struct ui_layout layout;
    ui_jobs *jobs;
    ui_scribe *scribe;
    ui_watch *watch;
    ui_live *live;
    struct ui_follow follow;
    struct ui_script *script;

    enum ui_view view;
    enum ui_view from[UI_VIEWS]; /* where detail, record and pager go back to */
    enum ui_pane pane;
    enum ui_mode mode;
    enum ui_wish want_facets, want_detail;
    bool local;
    bool quit, dirty, pasting;
    int64_t pasted_ms; /* when the last of it came */
    struct ui_ahead ahead;

    /* events */
    struct ui_place here;
    uint64_t question; /* grows when another place is gone to */
    struct ui_place *back;
    size_t back_n, back_cap;
    struct ui_screen result;
    bool result_wanted;  /* a newer result is on its way */
    bool result_pending; /* one must be asked for at the end of this turn */
    bool begin_at_top;   /* the next result is shown from its first line */
    bool growing;        /* the result is found so far; growing_at: where its cursor was put */
    size_t growing_at;
    struct th_err result_err;
    int64_t result_ms;
    struct ui_list events;
    size_t column; /* under the cursor */
    char *extra_columns[UI_FACETS_MAX];
    size_t extra_columns_n;
    size_t bar;      /* bucket under the cursor of the histogram */
    size_t bar_held; /* where the mouse button went down on it; SIZE_MAX: not held */
    size_t buckets_asked;
    uint8_t mark_shape[UI_SHAPE_BINS]; /* parts of the result that hold a mark */

    /* facets */
    char *facet_names[UI_FACETS_MAX];
    size_t facet_names_n;
    bool facet_open[UI_FACETS_MAX];
    struct ui_list facet_list;

    /* filter bar */
    struct ui_input filter;
    bool filter_stale; /* typed further: completion and preview follow when the keys have a pause */
    struct ui_screen preview;
    bool preview_ok;
    struct th_err preview_err;
    struct ui_complete complete;
    char *script_dir;

    /* detail, record */
    struct ui_detail detail;
    struct ui_about about;
    bool about_asked, about_stale; /* stale: events came since */
    uint32_t about_row;
    struct ui_list detail_list;
    size_t detail_seg;
    struct th_buf search;

    /* findings, sources, notes */
    struct ui_finding *findings;
    size_t findings_n, findings_cap;
    struct th_app_coverage coverage;
    bool have_coverage;
    struct th_err coverage_err; /* why there is none */
    struct ui_mark *marks;      /* by row */
    size_t marks_n, marks_cap;

    struct ui_menu menu;
    struct ui_prompt prompt;

    struct ui_messages messages;
    uint64_t accounts, regions; /* in the whole case; 0: not known yet or none */
};

/* ---- life, one turn, messages ---- */

/* Everything but the terminal; ui_open starts, ui_shut ends. Returns 0 or 1 (err says why). */
TH_NODISCARD enum th_code ui_open(struct ui *ui, th_app *app, const struct ui_options *options,
                                  const struct ui_term_config *config, struct th_err *err);
/* Stops what runs, writes what waits. TH_OK, or why something that the user added is not in the
 * case. */
enum th_code ui_shut(struct ui *ui, struct th_err *err);
/* Handle what waits: keys, answers; then draw if anything changed. Waits at most timeout_ms (-1: no
 * end) for something. */
void ui_turn(struct ui *ui, int timeout_ms);
/* Turns until no job is under way and nothing waits to be drawn. */
void ui_settle(struct ui *ui);
/* Is no job under way and nothing waiting to be drawn? True too when the workbench is left. */
bool ui_is_settled(struct ui *ui);
void ui_draw(struct ui *ui);
/* Size and places anew, after what is wanted changed. */
void ui_layout(struct ui *ui);
void ui_key(struct ui *ui, const struct ui_key *key);
/* Answer the last key or command. */
void ui_say(struct ui *ui, enum ui_role role, const char *fmt, ...) TH_PRINTF(3, 4);
void ui_say_err(struct ui *ui, const struct th_err *err);
/* Say something about anything else, whenever it comes: it is shown when the line is free. */
void ui_report(struct ui *ui, enum ui_owner owner, enum ui_role role, const char *fmt, ...)
    TH_PRINTF(4, 5);
void ui_report_err(struct ui *ui, enum ui_owner owner, const struct th_err *err);
/* The message on the line above the keys; NULL: none. Borrowed until the next one. */
const struct ui_message *ui_message(const struct ui *ui);
void ui_show(struct ui *ui, enum ui_view view);
/* Back to where detail, record or pager were opened from; from a list to the events. */
void ui_leave(struct ui *ui);
/* Tell the views that something (UI_CHANGED_… bits) is other than before. */
void ui_changed(struct ui *ui, unsigned what);

/* ---- place.c: where we are and were ---- */

void ui_place_fini(struct ui_place *place);
/* Remember where we are on the back stack and go on from a copy; title says in words what comes
 * next. */
void ui_push(struct ui *ui, const char *title);
bool ui_pop(struct ui *ui);
void ui_state_save(struct ui *ui);
void ui_state_restore(struct ui *ui);
/* Ask for the events of here (again). */
void ui_ask(struct ui *ui);
void ui_ask_now(struct ui *ui);
/* Give up the question that is under way and go back to what is shown. */
/* Is the result that is shown only what was found so far, or until it was stopped? */
bool ui_result_is_partial(const struct ui *ui);
void ui_stop(struct ui *ui);
/* Put the cursor on the row where it was, or on the one nearest in time. */
void ui_seek(struct ui *ui);
void ui_take_answers(struct ui *ui);
void ui_result_answer(struct ui *ui, struct ui_answer *answer);
void ui_preview_answer(struct ui *ui, struct ui_answer *answer);
void ui_about_answer(struct ui *ui, struct ui_answer *answer);
/* What a question about the place we are at says, but for the filter. */
void ui_request_fill(struct ui *ui, struct ui_request *request);
/* Row of the event that commands work on; false when there is none. */
bool ui_row(const struct ui *ui, uint32_t *row);
int64_t ui_row_time(struct ui *ui, uint32_t row);
/* Are the events of several years, so that a time must say of which? */
bool ui_years(const struct ui *ui);
/* Text of a cell into buf (emptied first); false when absent. */
bool ui_cell(struct ui *ui, uint32_t row, enum th_field field, struct th_buf *buf);
bool ui_cell_is(struct ui *ui, uint32_t row, enum th_field field, const char *text);
enum ui_role ui_tone(struct ui *ui, uint32_t row);
/* One sentence about an event. */
void ui_sentence(struct ui *ui, uint32_t row, struct th_buf *out);

/* ---- live_update.c: the case while it grows ---- */

/* Start following it, and the import or the rules that the options ask for. */
void ui_follow_open(struct ui *ui);
/* Stop all that runs and wait for it. */
enum th_code ui_follow_shut(struct ui *ui, struct th_err *err);
/* Take in what came since the last turn. */
void ui_follow_turn(struct ui *ui);
/* Will more come without anybody doing anything? */
bool ui_follow_busy(struct ui *ui);
/* How long a turn may wait, at most timeout_ms (-1: no end). */
int ui_follow_wait_ms(const struct ui *ui, int timeout_ms);
/* Is there something for the progress line? Its words. */
bool ui_follow_tells(const struct ui *ui);
void ui_follow_words(const struct ui *ui, int cols, struct th_buf *out);
/* Esc and Ctrl-C, when nothing else takes them: true when something ran that they are about. */
bool ui_follow_stop(struct ui *ui);
/* Leave, or ask first when that would stop an import. */
void ui_follow_quit(struct ui *ui);
/* Can something be kept in the case? Else false, with a message: before anybody types it. */
bool ui_may_write(struct ui *ui);
/* Give a write to the scribe; false, with a message, when the case can't be written. */
bool ui_write(struct ui *ui, const struct ui_write *write);
/* ---- filter.c ---- */

void ui_value_fini(struct ui_value *value);
/* Push a new filter text. */
void ui_filter_set(struct ui *ui, struct th_str filter, const char *title);
/* Push: and (not) this term. */
void ui_filter_add(struct ui *ui, struct th_str term, bool negate, const char *title);
/* Push: only the rows of a finding; of a source (rows are taken). */
void ui_filter_finding(struct ui *ui, const struct ui_finding *finding);
void ui_filter_rows(struct ui *ui, struct th_bits *rows, const char *path);
/* Push: events of an account and region (NULL: any) from from_ms to before to_ms (TH_TIME_NONE:
 * open). */
void ui_filter_stream(struct ui *ui, const char *account, const char *region, int64_t from_ms,
                      int64_t to_ms, const char *title);
/* Select time [from, to); TH_TIME_NONE: open. */
void ui_brush(struct ui *ui, int64_t from_ms, int64_t to_ms, const char *title);
/* Push: and (not) the value under the cursor. */
void ui_filter_value(struct ui *ui, bool negate);
void ui_filter_edit(struct ui *ui);
void ui_filter_key(struct ui *ui, const struct ui_key *key);
void ui_filter_changed(struct ui *ui);
/* Let completion and preview follow what was typed. */
void ui_filter_settle(struct ui *ui);
bool ui_filter_typing(const struct ui *ui);
/* What is wrong with the filter that is being typed; NULL: nothing is known to be. Shown while it
 * holds. */
void ui_filter_wrong(struct ui *ui, const struct th_err *err);
/* Show an event in the events view, without its filter when that hides it. */
void ui_go_to_row(struct ui *ui, uint32_t row);

/* ---- completion.c ---- */

void ui_complete_update(struct ui *ui);
void ui_complete_values(struct ui *ui, const struct ui_values *values);
void ui_complete_close(struct ui *ui);
/* Are names of fields being offered: is what stands at the cursor the beginning of one? */
bool ui_complete_names_field(const struct ui *ui);
bool ui_complete_take(struct ui *ui);
void ui_complete_draw(struct ui *ui);

/* ---- menu.c, prompt.c ---- */

void ui_menu_open(struct ui *ui, const char *title, bool typing);
void ui_menu_add(struct ui *ui, int key, const char *label, const char *note,
                 void (*run)(struct ui *ui, const char *arg), const char *arg);
/* Ask about what was typed when no line is called so: true, it was done. */
void ui_menu_unlisted(struct ui *ui, bool (*unlisted)(struct ui *ui, struct th_str typed));
void ui_menu_close(struct ui *ui);
void ui_menu_key(struct ui *ui, const struct ui_key *key);
void ui_menu_draw(struct ui *ui);
void ui_prompt_open(struct ui *ui, const char *title, struct th_str text,
                    void (*done)(struct ui *ui, struct th_str text, int64_t arg), int64_t arg);
void ui_prompt_close(struct ui *ui);
void ui_prompt_key(struct ui *ui, const struct ui_key *key);
/* Draw in the sentence's place; the cursor's place goes to y and x. */
void ui_prompt_draw(struct ui *ui, int *y, int *x);
/* Draw an input line within w columns: text scrolled so that the cursor shows, bytes [bad_from,
 * bad_to) as wrong. */
void ui_input_draw(const struct ui_canvas *c, int y, int x, int w, const struct ui_input *input,
                   enum ui_role role, size_t bad_from, size_t bad_to, int *cursor_x);

/* ---- frame.c: the lines around ---- */

void ui_bar_head(struct ui *ui);
void ui_bar_filter(struct ui *ui, int *cursor_y, int *cursor_x);
void ui_bar_progress(struct ui *ui);
void ui_bar_sentence(struct ui *ui);
void ui_bar_keys(struct ui *ui);
void ui_histogram_draw(struct ui *ui);

/* ---- parts of the events view ---- */

/* For the views that show one of its events: see struct ui_view_ops. */
void ui_events_head(struct ui *ui, struct ui_rect r, int *y, int *x);
void ui_events_sentence(struct ui *ui, struct ui_rect r, int w);
struct ui_position ui_events_count(const struct ui *ui);

void ui_facets_default(struct ui *ui);
void ui_facets_draw(struct ui *ui);
void ui_facets_move(struct ui *ui, enum ui_move how);
bool ui_facets_value(struct ui *ui, struct ui_value *out);
/* Put the cursor on the value, where it stands now; it stays where it is when it is gone. */
void ui_facets_seek(struct ui *ui, const struct ui_value *value);
/* Heading or "more" line under the cursor: open or close it. */
bool ui_facets_toggle(struct ui *ui);
void ui_names_toggle(struct ui *ui, char **names, size_t *n, struct th_str name);

void ui_detail_fini(struct ui_detail *detail);
/* Build the lines for the current event if they aren't its. */
void ui_detail_update(struct ui *ui);
void ui_detail_draw_in(struct ui *ui, struct ui_rect rect, bool focus);
void ui_detail_move(struct ui *ui, enum ui_move how);
void ui_detail_side(struct ui *ui, int step);
bool ui_detail_value(struct ui *ui, struct ui_value *out);
const struct ui_seg *ui_detail_seg_at(struct ui *ui);
void ui_about_ask(struct ui *ui);

/* ---- findings.c, sources.c, marks.c ---- */

void ui_findings_load(struct ui *ui);
/* These from now on; the list is taken, and the cursor stays on its finding. */
void ui_findings_put(struct ui *ui, struct ui_finding_list *list);
void ui_findings_fini(struct ui *ui);
struct ui_finding *ui_finding_by_id(struct ui *ui, int64_t id);
/* All of them; those of another time after UI_CHANGED_FINDINGS. */
const struct ui_finding *ui_findings(const struct ui *ui, size_t *n);
/* Give it a state, and a note unless that is NULL, in memory. */
void ui_finding_set(struct ui *ui, struct ui_finding *f, const char *state, const char *note);
/* The one under the cursor of their view; NULL: none, or another view is in front. */
const struct ui_finding *ui_finding_at(const struct ui *ui);
/* When there are no findings because no rule ran: why, in a sentence; else false. */
bool ui_findings_missing(const struct ui *ui, struct th_buf *why);
bool ui_finding_has(const struct ui_finding *finding, uint32_t row);
/* Bits of all rows that belong to a finding that is not benign. */
void ui_findings_bits(struct ui *ui, struct th_bits *out);
enum ui_role ui_level_role(const char *level);
/* coverage.c: ask for what the evidence covers, after it changed; take the answers. */
void ui_coverage_ask(struct ui *ui);
void ui_coverage_answer(struct ui *ui, struct ui_answer *answer);
void ui_coverage_fini(struct ui *ui);
/* What is known of it: nothing, with no bytes set, while ui_coverage_known says false; why not. */
const struct th_app_coverage *ui_coverage(const struct ui *ui);
bool ui_coverage_known(const struct ui *ui);
const struct th_err *ui_coverage_err(const struct ui *ui);
/* The view of the evidence: the gap, the account and region under its cursor; NULL: it lists
 * something else. */
const struct th_gap *ui_gap_at(const struct ui *ui);
const struct th_coverage_stream *ui_stream_at(const struct ui *ui);
void ui_source_answer(struct ui *ui, struct ui_answer *answer);
void ui_marks_load(struct ui *ui);
/* As ui_findings_put. */
void ui_marks_put(struct ui *ui, struct ui_mark_list *list);
/* Bits of all rows that are marked. */
void ui_marks_bits(struct ui *ui, struct th_bits *out);
void ui_marks_fini(struct ui *ui);
const struct ui_mark *ui_mark_of(const struct ui *ui, uint32_t row);
const struct ui_mark *ui_marks(const struct ui *ui, size_t *n); /* by row */
/* Store what is known of an event now; NULL keeps the old tag or comment. False, with a message,
 * when the case can't be written. */
bool ui_mark_set(struct ui *ui, uint32_t row, bool marked, const char *tag, const char *comment);
/* ---- record, pager ---- */

void ui_record_open(struct ui *ui);
/* An empty text to read; keys: lines are "keys<Tab>words", as help has them. */
void ui_pager_open(struct ui *ui, const char *title, bool keys);
void ui_pager_add(struct ui *ui, const char *line);
void ui_pager_add_text(struct ui *ui, struct th_str text);
/* NULL past the end. */
const char *ui_pager_line(const struct ui *ui, size_t i);

/* ---- copy.c ---- */

void ui_copy_text(struct ui *ui, struct th_str text, const char *what);
/* A row of the table as tab separated text, sanitised. */
void ui_row_text(struct ui *ui, uint32_t row, struct th_buf *out);

/* ---- script.c ---- */

TH_NODISCARD enum th_code ui_script_open(struct ui *ui, const char *path, struct th_err *err);
void ui_script_close(struct ui *ui);
/* Run the next line if one is left and it need not wait; *more: the script goes on. TH_E_USAGE: a
 * line that means nothing, with its number. */
TH_NODISCARD enum th_code ui_script_step(struct ui *ui, bool *more, struct th_err *err);
/* Run one line as a script would. */
TH_NODISCARD enum th_code ui_script_line(struct ui *ui, struct th_str line, struct th_err *err);

/* Columns of the events table: fields in the order shown. Returns how many. */
#define UI_COLUMNS_MAX (8 + UI_FACETS_MAX)
size_t ui_event_columns(const struct ui *ui, enum th_field out[UI_COLUMNS_MAX]);
/* Where marks stand in the result; call when either changed. */
void ui_marks_shape(struct ui *ui);
/* Value of a field of an event as +, - and = take it; of several values the first. */
void ui_value_of_field(struct ui *ui, uint32_t row, enum th_field field, struct ui_value *out);

#endif
