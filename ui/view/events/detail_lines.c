/* What is known of one event, as lines of words: sections in the order in which one asks (who, on
 * what, from where, why not, with which words, what the rules say, what was noted), each line with
 * values that can be filtered for, some of which lead elsewhere. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "ui/view/events/internal.h"
#include "ui/widget/format.h"

#define PARAMETERS_MAX 200 /* lines of one of the four containers */

void ui_detail_fini(struct ui_detail *detail)
{
    th_arena_free(detail->arena);
    th_buf_fini(&detail->raw);
    free(detail->lines);
    memset(detail, 0, sizeof *detail);
}

static struct ui_line *add_line(struct ui_detail *d, const char *section, struct th_str label)
{
    TH_GROW(d->lines, d->n, d->cap);
    struct ui_line *line = &d->lines[d->n++];
    *line = (struct ui_line){.section = section, .label = th_arena_dup(d->arena, label)};
    return line;
}

static struct ui_seg *add_seg(struct ui_detail *d, enum ui_role role, struct th_str text)
{
    struct ui_line *line = &d->lines[d->n - 1];
    struct ui_seg *segs = th_arena_calloc(d->arena, line->segs_n + 1, sizeof *segs);
    if (line->segs_n > 0)
        memcpy(segs, line->segs, line->segs_n * sizeof *segs);
    line->segs = segs;
    struct ui_seg *seg = &segs[line->segs_n++];
    seg->role = role;
    seg->text = th_arena_dup(d->arena, text);
    seg->value = seg->text;
    return seg;
}

/* Append the event's value of a field to the last line; false when it has none. MULTI values are
 * one segment each. */
struct adding {
    struct ui_detail *detail;
    enum th_field field;
    enum ui_role role;
    size_t n;
};

static void add_one(void *ctx, struct th_str value)
{
    struct adding *a = ctx;
    struct ui_seg *seg = add_seg(a->detail, a->role, value);
    seg->field = th_str_of(th_field_info(a->field)->name);
    a->n++;
}

static bool add_values(struct ui *ui, enum th_field field, enum ui_role role)
{
    struct adding a = {&detail_state(ui)->detail, field, role, 0};
    const struct th_column *column;
    if ((th_field_info(field)->flags & TH_FIELD_MULTI) != 0 &&
        th_table_column(th_app_table(ui->app), field, &column, NULL) == TH_OK &&
        column->width > 0) {
        th_column_entry_values(column, th_column_code(column, detail_state(ui)->detail.row),
                               add_one, &a);
        return a.n > 0;
    }
    struct th_buf text = TH_BUF_INIT;
    if (th_app_cell(ui->app, detail_state(ui)->detail.row, field, &text) && text.n > 0)
        add_one(&a, th_buf_str(&text));
    th_buf_fini(&text);
    return a.n > 0;
}

/* A line with the value of one field, if it is there. Returns whether it was. */
static bool add_field(struct ui *ui, const char *section, const char *label, enum th_field field,
                      enum ui_role role)
{
    add_line(&detail_state(ui)->detail, section, th_str_of(label));
    if (add_values(ui, field, role))
        return true;
    detail_state(ui)->detail.n--;
    return false;
}

static void add_words(struct ui *ui, enum ui_role role, const char *words)
{
    struct th_buf text = TH_BUF_INIT;
    ui_words(&ui->canvas, words, &text);
    add_seg(&detail_state(ui)->detail, role, th_buf_str(&text));
    th_buf_fini(&text);
}

/* "first seen 2 Mar 08:11 · 214 events · 3 addresses" */
static void add_occurs(struct ui *ui, const struct ui_occurs *o, const char *one, const char *many)
{
    if (!detail_state(ui)->about.have ||
        detail_state(ui)->about.row != detail_state(ui)->detail.row || !o->have)
        return;
    struct th_buf words = TH_BUF_INIT;
    if (o->first_ms != TH_TIME_NONE &&
        o->first_ms == ui_row_time(ui, detail_state(ui)->detail.row)) {
        th_buf_puts(&words, "first seen here");
    } else {
        th_buf_puts(&words, "first seen ");
        ui_format_time(&words, o->first_ms, ui_years(ui), false, ui->local);
    }
    th_buf_puts(&words, " · ");
    ui_format_counted(&words, o->events, "event", "events");
    if (o->others > 0) {
        th_buf_puts(&words, " · ");
        ui_format_counted(&words, o->others, one, many);
    }
    add_words(ui, UI_R_DIM, th_buf_cstr(&words));
    th_buf_fini(&words);
}

static void add_actor(struct ui *ui)
{
    const char *section = "ACTOR";
    if (add_field(ui, section, "who", TH_F_OWN_ACTOR, UI_R_HEAD)) {
        add_values(ui, TH_F_USER_IDENTITY_TYPE, UI_R_TEXT);
        add_occurs(ui, &detail_state(ui)->about.actor, "address", "addresses");
        section = "";
    }
    if (add_field(ui, section, "arn", TH_F_USER_IDENTITY_ARN, UI_R_TEXT))
        section = "";
    if (add_field(ui, section, "role", TH_F_SESSION_ISSUER_ARN, UI_R_TEXT))
        section = "";
    if (add_field(ui, section, "key", TH_F_ACCESS_KEY_ID, UI_R_TEXT)) {
        add_occurs(ui, &detail_state(ui)->about.key, "address", "addresses");
        section = "";
    }
    if (add_field(ui, section, "mfa", TH_F_MFA_AUTHENTICATED, UI_R_TEXT)) {
        section = "";
        struct th_buf since = TH_BUF_INIT, words = TH_BUF_INIT;
        int64_t ts;
        if (ui_cell(ui, detail_state(ui)->detail.row, TH_F_CREATION_DATE, &since) &&
            th_time_parse(th_buf_str(&since), &ts)) {
            th_buf_puts(&words, "session since ");
            ui_format_time(&words, ts, ui_years(ui), true, ui->local);
            add_words(ui, UI_R_DIM, th_buf_cstr(&words));
        }
        th_buf_fini(&since);
        th_buf_fini(&words);
    }
    if (add_field(ui, section, "via", TH_F_INVOKED_BY, UI_R_TEXT))
        section = "";
    add_field(ui, section, "source", TH_F_SOURCE_IDENTITY, UI_R_TEXT);
}

static void add_target(struct ui *ui)
{
    const char *section = "TARGET";
    if (add_field(ui, section, "what", TH_F_OWN_TARGET, UI_R_HEAD)) {
        add_occurs(ui, &detail_state(ui)->about.target, "actor", "actors");
        section = "";
    }
    if (add_field(ui, section, "user", TH_F_USER_TARGET_NAME, UI_R_TEXT))
        section = "";
    const struct th_column *column;
    if (th_table_column(th_app_table(ui->app), TH_F_RESOURCES_ARN, &column, NULL) != TH_OK ||
        column->width == 0)
        return;
    /* Each resource on a line of its own: names are long. */
    add_line(&detail_state(ui)->detail, section, TH_STR("arn"));
    size_t first = detail_state(ui)->detail.n - 1;
    if (!add_values(ui, TH_F_RESOURCES_ARN, UI_R_TEXT)) {
        detail_state(ui)->detail.n--;
        return;
    }
    struct ui_line line = detail_state(ui)->detail.lines[first];
    detail_state(ui)->detail.lines[first].segs_n = 1;
    for (size_t i = 1; i < line.segs_n && i < PARAMETERS_MAX; i++) {
        struct ui_line *more = add_line(&detail_state(ui)->detail, "", TH_STR(""));
        more->segs = &line.segs[i];
        more->segs_n = 1;
    }
}

static void add_context(struct ui *ui)
{
    const char *section = "CONTEXT";
    if (add_field(ui, section, "from", TH_F_SOURCE_ADDRESS, UI_R_HEAD)) {
        add_values(ui, TH_F_SOURCE_AS_ORGANIZATION_NAME, UI_R_TEXT);
        add_values(ui, TH_F_SOURCE_GEO_COUNTRY_ISO_CODE, UI_R_TEXT);
        add_occurs(ui, &detail_state(ui)->about.address, "actor", "actors");
        section = "";
    }
    if (add_field(ui, section, "with", TH_F_USER_AGENT_ORIGINAL, UI_R_TEXT))
        section = "";
    add_line(&detail_state(ui)->detail, section, TH_STR("in"));
    bool any = add_values(ui, TH_F_CLOUD_REGION, UI_R_TEXT);
    any = add_values(ui, TH_F_CLOUD_ACCOUNT_ID, UI_R_TEXT) || any;
    any = add_values(ui, TH_F_EVENT_PROVIDER, UI_R_TEXT) || any;
    if (!any)
        detail_state(ui)->detail.n--;
    else
        section = "";
    add_line(&detail_state(ui)->detail, section, TH_STR("kind"));
    any = add_values(ui, TH_F_CT_EVENT_TYPE, UI_R_TEXT);
    any = add_values(ui, TH_F_CT_EVENT_CATEGORY, UI_R_TEXT) || any;
    if (!any)
        detail_state(ui)->detail.n--;
    add_field(ui, "", "vpc", TH_F_VPC_ENDPOINT_ID, UI_R_TEXT);
}

static void add_error(struct ui *ui)
{
    const char *section = "ERROR";
    if (add_field(ui, section, "code", TH_F_ERROR_CODE, UI_R_ALARM))
        section = "";
    add_field(ui, section, "says", TH_F_ERROR_MESSAGE, UI_R_TEXT);
}

/* ---- the four containers, value by value ---- */

struct walking {
    struct ui *ui;
    const char *section, *container;
    size_t n;
};

static bool add_parameter(void *ctx, struct th_str path, const struct th_json_value *value)
{
    struct walking *w = ctx;
    struct th_buf scratch = TH_BUF_INIT, name = TH_BUF_INIT;
    struct th_str text = th_json_scalar(value, &scratch);
    if (w->n >= PARAMETERS_MAX) {
        add_line(&detail_state(w->ui)->detail, "", TH_STR(""));
        add_words(w->ui, UI_R_DIM, "… the record (r) has more");
        th_buf_fini(&scratch);
        return false;
    }
    add_line(&detail_state(w->ui)->detail, w->n == 0 ? w->section : "", path);
    struct ui_seg *seg =
        add_seg(&detail_state(w->ui)->detail, UI_R_TEXT, text.p == NULL ? TH_STR("null") : text);
    if (text.p != NULL) {
        th_buf_puts(&name, w->container);
        if (path.n > 0)
            th_buf_putc(&name, '.');
        th_buf_add_str(&name, path);
        seg->field = th_arena_dup(detail_state(w->ui)->detail.arena, th_buf_str(&name));
    }
    w->n++;
    th_buf_fini(&scratch);
    th_buf_fini(&name);
    return true;
}

static void add_container(struct ui *ui, const char *section, const char *container)
{
    struct th_json_value value;
    struct walking w = {ui, section, container, 0};
    if (th_json_get(th_buf_str(&detail_state(ui)->detail.raw), th_str_of(container), &value) &&
        (value.type == TH_JSON_OBJECT || value.type == TH_JSON_ARRAY))
        (void)th_json_walk(value.text, add_parameter, &w);
}

/* ---- findings, notes, ids ---- */

static void add_findings(struct ui *ui)
{
    const char *section = "FINDINGS";
    size_t n;
    const struct th_finding *findings = ui_findings(ui, &n);
    for (size_t i = 0; i < n; i++) {
        const struct th_finding *f = &findings[i];
        if (!ui_finding_has(f, detail_state(ui)->detail.row))
            continue;
        add_line(&detail_state(ui)->detail, section, th_str_of(f->level));
        struct ui_seg *seg =
            add_seg(&detail_state(ui)->detail, ui_level_role(f->level), th_str_of(f->name));
        seg->link = UI_LINK_FINDING;
        seg->target = f->id;
        struct th_buf words = TH_BUF_INIT;
        ui_format_counted(&words, f->count, "event", "events");
        if (f->state != TH_FINDING_NEW)
            th_buf_printf(&words, " · %s", th_finding_state_word(f->state));
        add_words(ui, UI_R_DIM, th_buf_cstr(&words));
        th_buf_fini(&words);
        section = "";
    }
}

static void add_notes(struct ui *ui)
{
    const struct ui_mark *mark = ui_mark_of(ui, detail_state(ui)->detail.row);
    if (mark == NULL)
        return;
    add_line(&detail_state(ui)->detail, "NOTES", th_str_of(mark->marked ? "marked" : ""));
    if (mark->tag != NULL) {
        struct th_buf tag = TH_BUF_INIT;
        th_buf_putc(&tag, '#');
        th_buf_puts(&tag, mark->tag);
        add_seg(&detail_state(ui)->detail, UI_R_MARK, th_buf_str(&tag));
        th_buf_fini(&tag);
    }
    if (mark->comment != NULL)
        add_seg(&detail_state(ui)->detail, UI_R_TEXT, th_str_of(mark->comment));
    if (mark->tag == NULL && mark->comment == NULL)
        add_words(ui, UI_R_DIM, "no comment yet: c");
}

static void add_ids(struct ui *ui)
{
    const char *section = "IDS";
    if (add_field(ui, section, "event", TH_F_EVENT_ID, UI_R_DIM))
        section = "";
    if (add_field(ui, section, "request", TH_F_REQUEST_ID, UI_R_DIM))
        section = "";
    if (add_field(ui, section, "shared", TH_F_SHARED_EVENT_ID, UI_R_DIM))
        section = "";
    struct th_place place;
    struct th_buf path = TH_BUF_INIT, words = TH_BUF_INIT;
    if (th_case_place(th_app_case(ui->app), detail_state(ui)->detail.row, &place, &path, NULL) ==
        TH_OK) {
        th_buf_puts(&words, "byte ");
        ui_format_count(&words, place.offset);
        th_buf_puts(&words, " of ");
        ptrdiff_t slash = th_str_rfind(th_buf_str(&path), '/');
        th_buf_add_str(&words, th_str_sub(th_buf_str(&path), (size_t)(slash + 1), path.n));
        add_line(&detail_state(ui)->detail, section, TH_STR("file"));
        add_seg(&detail_state(ui)->detail, UI_R_DIM, th_buf_str(&words))->value =
            th_arena_dup(detail_state(ui)->detail.arena, th_buf_str(&path));
    }
    th_buf_fini(&path);
    th_buf_fini(&words);
}

static void add_headline(struct ui *ui)
{
    struct th_buf words = TH_BUF_INIT;
    add_line(&detail_state(ui)->detail, NULL, TH_STR_NONE);
    add_values(ui, TH_F_EVENT_ACTION, UI_R_HEAD);
    bool failed = ui_cell_is(ui, detail_state(ui)->detail.row, TH_F_EVENT_OUTCOME, "failure");
    add_values(ui, TH_F_EVENT_OUTCOME, failed ? UI_R_ALARM : UI_R_GOOD);
    ui_format_time(&words, ui_row_time(ui, detail_state(ui)->detail.row), true, true, ui->local);
    th_buf_puts(&words, ui->local ? " local" : " UTC");
    struct ui_seg *seg = add_seg(&detail_state(ui)->detail, UI_R_TEXT, th_buf_str(&words));
    struct th_buf iso = TH_BUF_INIT;
    if (ui_cell(ui, detail_state(ui)->detail.row, TH_F_TIMESTAMP, &iso)) {
        seg->field = TH_STR("@timestamp");
        seg->value = th_arena_dup(detail_state(ui)->detail.arena, th_buf_str(&iso));
    }
    th_buf_fini(&iso);
    th_buf_fini(&words);
}

static void ask_about(struct ui *ui)
{
    bool stale = detail_state(ui)->about_stale;
    detail_state(ui)->about_stale = false;
    if (detail_state(ui)->about.have &&
        detail_state(ui)->about.row == detail_state(ui)->detail.row && !stale)
        return;
    if (detail_state(ui)->about_asked &&
        detail_state(ui)->about_row == detail_state(ui)->detail.row && !stale)
        return;
    struct ui_request *request = ui_request_new(UI_JOB_ABOUT);
    request->row = detail_state(ui)->detail.row;
    detail_state(ui)->about_asked = true;
    detail_state(ui)->about_row = detail_state(ui)->detail.row;
    ui_jobs_post(ui->jobs, request);
}

void ui_detail_update(struct ui *ui)
{
    uint32_t row;
    struct ui_detail *d = &detail_state(ui)->detail;
    if (!ui_row(ui, &row)) {
        d->have = false;
        d->n = 0;
        return;
    }
    if (d->have && d->row == row)
        return;
    struct th_err err;
    th_err_clear(&err);
    if (d->arena == NULL)
        d->arena = th_arena_new(0);
    if (d->row != row || !d->have) {
        bool other = d->row != row;
        detail_state(ui)->list.at = other ? 0 : detail_state(ui)->list.at;
        detail_state(ui)->list.top = other ? 0 : detail_state(ui)->list.top;
        detail_state(ui)->seg = other ? 0 : detail_state(ui)->seg;
    }
    th_arena_reset(d->arena);
    d->n = 0;
    d->row = row;
    d->have = true;
    th_buf_reset(&d->raw);
    enum th_code rc = th_app_raw(ui->app, row, &d->raw, &err);
    add_headline(ui);
    add_actor(ui);
    add_target(ui);
    add_context(ui);
    add_error(ui);
    add_container(ui, "REQUEST", "requestParameters");
    add_container(ui, "RESPONSE", "responseElements");
    add_container(ui, "MORE", "additionalEventData");
    add_container(ui, "SERVICE", "serviceEventDetails");
    add_findings(ui);
    add_notes(ui);
    add_ids(ui);
    if (rc != TH_OK) {
        add_line(d, "RECORD", TH_STR(""));
        add_seg(d, UI_R_ERROR, th_str_of(err.msg));
    }
    ask_about(ui);
}

void ui_about_answer(struct ui *ui, struct ui_answer *answer)
{
    if (answer->rc != TH_OK)
        return;
    detail_state(ui)->about = answer->about;
    detail_state(ui)->detail.have = false;
}
