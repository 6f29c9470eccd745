/* Completion while a filter is typed: fields by name, operators, and values with their counts under
 * the rest of the filter. Fields and operators are known at once; values come from the worker. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "query/kql/kql.h"
#include "ui/app/context.h"
#include "ui/widget/completion.h"
#include "ui/widget/format.h"
#include "ui/widget/line_edit.h"

#define CHOICES_MAX 60
#define SHOWN_MAX   8

struct ui_choice {
    char *text, *insert, *note;
};
struct ui_complete {
    bool open, chosen; /* chosen: moved to by hand, so Enter takes it */
    struct ui_choice *choices;
    size_t n, cap;
    struct ui_list list;
    size_t from, to; /* bytes of the line that a choice replaces */
    enum th_field field;
    const char *title;
    bool waiting;    /* for values */
    bool fields;     /* the choices are names of fields */
    bool asked;      /* by Tab: also where it would not open by itself */
    char *dismissed; /* text for which Esc closed it */
};

static void clear(struct ui_complete *popup)
{
    for (size_t i = 0; i < popup->n; i++) {
        free(popup->choices[i].text);
        free(popup->choices[i].insert);
        free(popup->choices[i].note);
    }
    popup->n = 0;
    popup->list = (struct ui_list){0};
    popup->chosen = false;
}

void ui_complete_close(struct ui *ui)
{
    struct ui_complete *popup = ui->complete;
    clear(popup);
    free(popup->choices);
    popup->choices = NULL;
    popup->cap = 0;
    popup->open = false;
    popup->waiting = false;
    popup->asked = false;
}

void ui_complete_init(struct ui *ui)
{
    ui->complete = th_xcalloc(1, sizeof *ui->complete);
}

void ui_complete_fini(struct ui *ui)
{
    ui_complete_close(ui);
    free(ui->complete->dismissed);
    free(ui->complete);
    ui->complete = NULL;
}

void ui_complete_dismiss(struct ui *ui, const struct ui_input *line)
{
    ui_complete_close(ui);
    free(ui->complete->dismissed);
    ui->complete->dismissed = th_xstrndup(line->text.n > 0 ? line->text.p : "", line->text.n);
}

void ui_complete_demand(struct ui *ui, const struct ui_input *line)
{
    free(ui->complete->dismissed);
    ui->complete->dismissed = NULL;
    ui->complete->asked = true;
    ui_complete_update(ui, line);
}

bool ui_complete_open(const struct ui *ui)
{
    return ui->complete->open && ui->complete->n > 0;
}

bool ui_complete_chosen(const struct ui *ui)
{
    return ui_complete_open(ui) && ui->complete->chosen;
}

void ui_complete_move(struct ui *ui, bool up)
{
    if (ui->complete->chosen || up)
        ui_list_move(&ui->complete->list, up ? UI_UP : UI_DOWN, 1);
    ui->complete->chosen = true;
}

bool ui_complete_names_field(const struct ui *ui)
{
    return ui->complete->open && ui->complete->fields;
}

static void add(struct ui_complete *popup, const char *text, const char *insert, const char *note)
{
    if (popup->n >= CHOICES_MAX)
        return;
    for (size_t i = 0; i < popup->n; i++)
        if (strcmp(popup->choices[i].text, text) == 0)
            return;
    TH_GROW(popup->choices, popup->n, popup->cap);
    popup->choices[popup->n++] =
        (struct ui_choice){th_xstrdup(text), th_xstrdup(insert), th_xstrdup(note)};
    popup->list.n = popup->n;
}

static const char *type_word(enum th_field field)
{
    static const char *const words[] = {
        [TH_TYPE_KEYWORD] = "keyword", [TH_TYPE_BOOLEAN] = "boolean", [TH_TYPE_LONG] = "number",
        [TH_TYPE_DATE] = "time",       [TH_TYPE_IP] = "address",      [TH_TYPE_TEXT] = "text",
        [TH_TYPE_FLATTENED] = "path",  [TH_TYPE_GEO] = "place",
    };
    return words[th_field_info(field)->type];
}

static bool add_field(void *ctx, const char *name, enum th_field field)
{
    struct ui_complete *popup = ctx;
    const struct th_field_info *info = th_field_info(field);
    struct th_buf insert = TH_BUF_INIT, note = TH_BUF_INIT;
    th_buf_puts(&insert, name);
    th_buf_puts(&insert, info->type == TH_TYPE_FLATTENED ? "." : ": ");
    th_buf_printf(&note, "%-8s %s", type_word(field),
                  strcmp(name, info->name) == 0 ? info->doc : info->name);
    add(popup, name, th_buf_cstr(&insert), th_buf_cstr(&note));
    th_buf_fini(&insert);
    th_buf_fini(&note);
    return popup->n < CHOICES_MAX;
}

/* Names inside { } go on from the one before it. */
struct scoped {
    struct ui_complete *popup;
    size_t skip;
};

static bool add_inner(void *ctx, const char *name, enum th_field field)
{
    const struct scoped *scoped = ctx;
    (void)field;
    struct th_field_ref ref;
    if (th_field_resolve(th_str_of(name), &ref) && strlen(name) > scoped->skip)
        add_field(scoped->popup, name + scoped->skip, ref.field);
    return scoped->popup->n < CHOICES_MAX;
}

static void offer_inner_fields(struct ui_complete *popup, const struct th_completion *found)
{
    struct scoped scoped = {popup, found->name.n};
    struct th_buf prefix = TH_BUF_INIT;
    popup->title = "field";
    popup->fields = true;
    th_buf_add_str(&prefix, th_buf_str(&found->name));
    th_buf_add_str(&prefix, found->prefix);
    th_field_complete(th_buf_str(&prefix), add_inner, &scoped);
    th_buf_fini(&prefix);
}

static void offer_fields(struct ui_complete *popup, struct th_str prefix)
{
    popup->title = "field";
    popup->fields = true;
    /* Fields that the facets show are what one looks for most. */
    for (int i = 0; prefix.n > 0 && i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        if ((info->flags & TH_FIELD_FACET) != 0 && th_str_starts(th_str_of(info->name), prefix))
            add_field(popup, info->name, (enum th_field)i);
    }
    th_field_complete(prefix, add_field, popup);
    struct th_buf lower = TH_BUF_INIT;
    th_text_lower(&lower, prefix);
    for (int i = 0; prefix.n > 1 && i < TH_FIELD_COUNT; i++) {
        const char *name = th_field_info((enum th_field)i)->name;
        if (th_text_icontains(th_str_of(name), th_buf_str(&lower)))
            add_field(popup, name, (enum th_field)i);
    }
    th_buf_fini(&lower);
}

static void offer_operators(struct ui_complete *popup, bool behind_name)
{
    popup->title = "go on with";
    if (behind_name) {
        add(popup, ":", ": ", "is, or one of (a or b), or * for any");
        add(popup, ">=", ">= ", "at least: a number, a time, an address, a text");
        add(popup, "<=", "<= ", "at most");
        add(popup, ">", "> ", "more than");
        add(popup, "<", "< ", "less than");
    }
    add(popup, "and", "and ", "both must match");
    add(popup, "or", "or ", "one must match");
}

/* Only values that repeat are worth offering, and only those that need no look at the records
 * themselves: of a path, when its column is there already. */
static bool has_values(const struct th_field_ref *ref)
{
    return th_field_is_coded(ref->field) || th_field_info(ref->field)->store == TH_STORE_BOOL ||
           ref->path.p != NULL;
}

static void ask_values(struct ui *ui, const struct th_completion *found)
{
    struct ui_request *request = ui_request_new(UI_JOB_VALUES);
    ui->complete->title = "value";
    ui->complete->field = found->ref.field;
    ui->complete->waiting = true;
    request->field = found->ref.field;
    th_buf_add_str(&request->path, found->ref.path);
    th_buf_add_str(&request->filter, th_buf_str(&found->rest));
    th_buf_add_str(&request->prefix, th_buf_str(&found->typed));
    ui_jobs_post(ui->jobs, request);
}

void ui_complete_update(struct ui *ui, const struct ui_input *line)
{
    struct ui_complete *popup = ui->complete;
    struct th_completion found = {0};
    struct th_str text = th_buf_str(&line->text);
    if (text.p == NULL)
        text = TH_STR("");
    bool asked = popup->asked;
    clear(popup);
    popup->open = false;
    popup->fields = false;
    popup->waiting = false;
    ui_jobs_cancel(ui->jobs, UI_JOB_VALUES);
    if (popup->dismissed != NULL && th_str_eq(th_str_of(popup->dismissed), text))
        return;
    popup->asked = false;
    if (!th_kql_complete(text, line->at, &found))
        return;
    popup->from = found.replace.from;
    popup->to = found.replace.to;
    switch (found.kind) {
    case TH_COMPLETE_FIELD:
        if (found.name.n > 0 && (found.prefix.n > 0 || asked))
            offer_inner_fields(popup, &found);
        else if (found.prefix.n > 0 || asked)
            offer_fields(popup, found.prefix);
        break;
    case TH_COMPLETE_OPERATOR:
        if (asked)
            offer_operators(popup, found.behind_name);
        break;
    case TH_COMPLETE_VALUE:
        if (has_values(&found.ref))
            ask_values(ui, &found);
        break;
    }
    popup->open = popup->n > 0;
    th_completion_fini(&found);
}

void ui_complete_values(struct ui *ui, const struct ui_values *values)
{
    struct ui_complete *popup = ui->complete;
    if (ui->mode != UI_MODE_FILTER || !popup->waiting || values->field != popup->field)
        return;
    popup->waiting = false;
    clear(popup);
    for (size_t i = 0; i < values->n; i++) {
        struct th_buf term = TH_BUF_INIT, note = TH_BUF_INIT;
        th_kql_term(&term, "x", th_str_of(values->values[i].value));
        th_buf_putc(&term, ' ');
        ui_format_count(&note, values->values[i].count);
        add(popup, values->values[i].value, th_buf_cstr(&term) + strlen("x: "), th_buf_cstr(&note));
        th_buf_fini(&term);
        th_buf_fini(&note);
    }
    popup->open = popup->n > 0;
}

bool ui_complete_take(struct ui *ui, struct ui_input *line)
{
    struct ui_complete *popup = ui->complete;
    if (!popup->open || popup->list.at >= popup->n)
        return false;
    struct ui_choice *choice = &popup->choices[popup->list.at];
    char *insert = th_xstrdup(choice->insert);
    ui_input_replace(line, popup->from, popup->to, th_str_of(insert));
    free(insert);
    ui_complete_close(ui);
    return true;
}

/* ---- drawing ---- */

static int widest(const struct ui *ui, bool note)
{
    int width = 0;
    for (size_t i = 0; i < ui->complete->n; i++) {
        struct th_buf safe = TH_BUF_INIT;
        const struct ui_choice *choice = &ui->complete->choices[i];
        th_text_sanitise(&safe, th_str_of(note ? choice->note : choice->text), ui->canvas.ascii);
        int w = th_text_width(th_buf_str(&safe));
        width = w > width ? w : width;
        th_buf_fini(&safe);
    }
    return width;
}

static void draw_line(struct ui *ui, int y, int x, int w, int text_w, size_t i)
{
    const struct ui_canvas *c = &ui->canvas;
    const struct ui_choice *choice = &ui->complete->choices[i];
    bool at = i == ui->complete->list.at;
    enum ui_role role = at ? UI_R_POPUP_CURSOR : UI_R_POPUP,
                 dim = at ? UI_R_POPUP_CURSOR : UI_R_POPUP_DIM;
    if (at)
        ui_draw_fill(c, (struct ui_rect){y, x, 1, w}, role);
    ui_draw_text(c, y, x + 1, text_w, role, th_str_of(choice->text));
    int note_w = w - text_w - 4;
    bool number = choice->note[0] >= '0' && choice->note[0] <= '9';
    if (note_w > 0 && number)
        ui_draw_words_right(c, y, x + 3 + text_w, note_w, dim, choice->note);
    else if (note_w > 0)
        ui_draw_text(c, y, x + 3 + text_w, note_w, dim, th_str_of(choice->note));
}

void ui_complete_draw(struct ui *ui, const struct ui_input *line)
{
    struct ui_complete *popup = ui->complete;
    const struct ui_canvas *c = &ui->canvas;
    static const char foot[] = " ⇥ take · ↑↓ choose · Esc close ";
    int y = ui->layout.filter.y + 1;
    int room = ui->layout.keys.y - y - 1;
    if (!popup->open || popup->n == 0 || room < 3)
        return;
    int h = popup->n < SHOWN_MAX ? (int)popup->n : SHOWN_MAX;
    h = h > room - 2 ? room - 2 : h;
    int text_w = widest(ui, false), note_w = widest(ui, true), most = c->cols - 4;
    text_w = text_w > most * 2 / 3 ? most * 2 / 3 : text_w;
    int w = text_w + note_w + 6;
    w = w < 38 ? 38 : w;
    w = w > most ? most : w;
    /* Under the text it completes, as far as the right edge allows. */
    int x = 1 + th_text_width(th_str_sub(th_buf_str(&line->text), 0, popup->from));
    x = x + w > c->cols - 1 ? c->cols - 1 - w : x;
    x = x < 0 ? 0 : x;
    ui_list_fit(&popup->list, popup->n, h);
    ui_draw_frame(c, (struct ui_rect){y, x, h + 2, w}, UI_R_POPUP_DIM, UI_R_POPUP, popup->title);
    if ((int)popup->n > h) {
        struct th_buf position = TH_BUF_INIT;
        th_buf_printf(&position, " %zu of %zu ", popup->list.at + 1, popup->n);
        ui_draw_words_right(c, y, x + 1, w - 3, UI_R_POPUP_DIM, th_buf_cstr(&position));
        th_buf_fini(&position);
    }
    for (int i = 0; i < h; i++)
        draw_line(ui, y + 1 + i, x + 1, w - 2, text_w, popup->list.top + (size_t)i);
    if (ui_words_width(c, foot) < w - 2)
        ui_draw_words(c, y + 1 + h, x + 1, w - 2, UI_R_POPUP_DIM, foot);
}
