/* Where we are and were: a filter with all that limits it, the events that match, and the one under
 * the cursor. Who shows them reads here; they change through these functions only. */
#ifndef UI_MODEL_PLACE_H
#define UI_MODEL_PLACE_H

#include "ui/app/context.h"

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

/* A field's value somewhere on the screen: what +, -, = and * work with. */
struct ui_value {
    struct th_buf field; /* ECS name or flattened path; empty: none, only text to copy */
    struct th_buf text;
    bool absent; /* the field is not there */
};
void ui_value_fini(struct ui_value *value);
/* Value of a field of an event as +, - and = take it; of several values the first. */
void ui_value_of_field(struct ui *ui, uint32_t row, enum th_field field, struct ui_value *out);

/* Allocate, free what ui->places holds. */
void ui_places_init(struct ui *ui);
void ui_places_fini(struct ui *ui);

/* Where we are; the places before, the last one last. */
const struct ui_place *ui_here(const struct ui *ui);
const struct ui_place *ui_trail(const struct ui *ui, size_t *n);
/* Grows when another place is gone to. */
uint64_t ui_question(const struct ui *ui);

/* Remember where we are on the back stack and go on from a copy; title says in words what comes
 * next. */
void ui_push(struct ui *ui, const char *title);
bool ui_pop(struct ui *ui);
/* Ask for the events of here (again): at the end of this turn; at once. */
void ui_ask(struct ui *ui);
void ui_ask_now(struct ui *ui);
/* The same because events came in: the cursor stays where it is. */
void ui_refresh(struct ui *ui);
/* Ask if the histogram is of another width than this. */
void ui_ask_for_width(struct ui *ui, size_t cols);
/* Give up the question that is under way and go back to what is shown. */
void ui_stop(struct ui *ui);
/* Order by a field. */
void ui_sort(struct ui *ui, enum th_field field, bool descending);

/* What is shown: the result of the last question that was answered; result->have false: none yet.
 * err: why it has none. */
const struct ui_screen *ui_result(const struct ui *ui);
const struct th_err *ui_result_err(const struct ui *ui);
/* What it took. */
int64_t ui_result_ms(const struct ui *ui);
/* A newer one is on its way; must be asked for; is found so far, and grows; is there for events
 * that came in. */
bool ui_result_awaited(const struct ui *ui);
bool ui_result_due(const struct ui *ui);
bool ui_result_grows(const struct ui *ui);
bool ui_result_refreshes(const struct ui *ui);
/* Is the result that is shown only what was found so far, or until it was stopped? */
bool ui_result_is_partial(const struct ui *ui);
void ui_result_answer(struct ui *ui, struct ui_answer *answer);
/* Show this one for here: it was found already. Taken. */
void ui_result_take(struct ui *ui, struct ui_screen *screen);
/* Rows are other events now: forget all of them. */
void ui_places_forget(struct ui *ui);
/* The cursor among the result's events, which everybody may move. */
struct ui_list *ui_cursor(const struct ui *ui);
/* Put it on the row where it was, or on the one nearest in time. */
void ui_seek(struct ui *ui);
/* The bucket of the histogram under its cursor. */
size_t ui_bar(const struct ui *ui);
void ui_bar_put(struct ui *ui, size_t bucket);
/* UI_SHAPE_BINS parts of the result: not 0 where one holds a mark. To be found anew when marks
 * changed. */
const uint8_t *ui_marks_in_result(const struct ui *ui);
void ui_marks_shape(struct ui *ui);
/* What a question about the place we are at says, but for the filter. */
void ui_request_fill(struct ui *ui, struct ui_request *request);

/* ---- rows ---- */

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

#endif
