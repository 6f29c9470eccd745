/* What is kept between two sessions: one JSON object in the case's settings. Events are kept by id,
 * because rows may be numbered anew. A text that can't be understood (another version wrote it) is
 * as good as none. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "ui/model/fields.h"
#include "ui/model/findings.h"
#include "ui/model/internal.h"
#include "ui/model/session.h"
#include "ui/model/write.h"

#define KEY "workbench"

static void write_place(struct ui *ui, struct th_jsonw *w, const struct ui_place *place,
                        bool has_row, uint32_t row)
{
    struct th_buf id = TH_BUF_INIT;
    th_jsonw_begin_object(w);
    th_jsonw_key(w, "filter");
    th_jsonw_string(w, place->filter.n > 0 ? th_buf_str(&place->filter) : TH_STR(""));
    th_jsonw_key(w, "title");
    th_jsonw_string(w, place->title.n > 0 ? th_buf_str(&place->title) : TH_STR(""));
    if (place->from_ms != TH_TIME_NONE) {
        th_jsonw_key(w, "from");
        th_jsonw_i64(w, place->from_ms);
    }
    if (place->to_ms != TH_TIME_NONE) {
        th_jsonw_key(w, "to");
        th_jsonw_i64(w, place->to_ms);
    }
    if (place->finding != 0) {
        th_jsonw_key(w, "finding");
        th_jsonw_i64(w, place->finding);
    }
    th_jsonw_key(w, "sort");
    th_jsonw_string(w, th_str_of(th_field_info(place->sort)->name));
    th_jsonw_key(w, "descending");
    th_jsonw_bool(w, place->descending);
    th_jsonw_key(w, "zoomed");
    th_jsonw_bool(w, place->zoomed);
    th_jsonw_key(w, "count");
    th_jsonw_i64(w, (int64_t)place->count);
    if (has_row && th_app_cell(ui->app, row, TH_F_EVENT_ID, &id)) {
        th_jsonw_key(w, "event");
        th_jsonw_string(w, th_buf_str(&id));
    }
    th_jsonw_end_object(w);
    th_buf_fini(&id);
}

static void write_names(struct th_jsonw *w, const char *key, const struct ui_names *names)
{
    th_jsonw_key(w, key);
    th_jsonw_begin_array(w);
    for (size_t i = 0; i < names->n; i++)
        th_jsonw_string(w, th_str_of(names->v[i]));
    th_jsonw_end_array(w);
}

/* What they show isn't kept. */
static bool is_passing(enum ui_view view)
{
    return view == UI_PAGER || view == UI_RECORD;
}

void ui_state_save(struct ui *ui)
{
    if (th_case_readonly(th_app_case(ui->app)))
        return;
    struct th_buf out = TH_BUF_INIT;
    struct th_jsonw w;
    th_jsonw_init(&w, &out);
    th_jsonw_begin_object(&w);
    enum ui_view view = ui->view;
    for (int i = 0; is_passing(view) && i < UI_VIEWS; i++)
        view = ui->from[view];
    view = is_passing(view) ? UI_EVENTS : view;
    th_jsonw_key(&w, "view");
    th_jsonw_string(&w, th_str_of(ui_view_info(view)->name));
    th_jsonw_key(&w, "local");
    th_jsonw_bool(&w, ui->local);
    th_jsonw_key(&w, "facets");
    th_jsonw_i64(&w, ui->want_facets);
    th_jsonw_key(&w, "detail");
    th_jsonw_i64(&w, ui->want_detail);
    th_jsonw_key(&w, "column");
    th_jsonw_i64(&w, (int64_t)ui->fields->column);
    write_names(&w, "columns", &ui->fields->columns);
    write_names(&w, "facet_fields", &ui->fields->facets);
    th_jsonw_key(&w, "back");
    th_jsonw_begin_array(&w);
    size_t from = ui->places->back_n > 20 ? ui->places->back_n - 20 : 0;
    for (size_t i = from; i < ui->places->back_n; i++)
        write_place(ui, &w, &ui->places->back[i], ui->places->back[i].has_row,
                    ui->places->back[i].row);
    th_jsonw_end_array(&w);
    th_jsonw_key(&w, "here");
    uint32_t row = ui->places->here.row;
    bool has_row = ui->places->here.has_row;
    if (!has_row && ui->places->result.have && ui->places->events.at < ui->places->result.s.count) {
        row = ui->places->result.s.order[ui->places->events.at];
        has_row = true;
    }
    write_place(ui, &w, &ui->places->here, has_row, row);
    th_jsonw_end_object(&w);
    const struct ui_write write = {
        .kind = UI_WRITE_SETTING, .text = KEY, .more = th_buf_cstr(&out)};
    (void)ui_write(ui, &write);
    th_buf_fini(&out);
}

/* ---- reading ---- */

static bool get_text(struct th_str object, const char *key, struct th_buf *out)
{
    struct th_json_value value;
    th_buf_reset(out);
    if (!th_json_get(object, th_str_of(key), &value) || value.type != TH_JSON_STRING)
        return false;
    th_json_unescape(out, &value);
    return true;
}

static int64_t get_number(struct th_str object, const char *key, int64_t missing)
{
    struct th_json_value value;
    if (!th_json_get(object, th_str_of(key), &value) || value.type != TH_JSON_NUMBER ||
        value.text.n > 20)
        return missing;
    char text[24] = {0};
    memcpy(text, value.text.p, value.text.n);
    return strtoll(text, NULL, 10);
}

static bool get_bool(struct th_str object, const char *key)
{
    struct th_json_value value;
    return th_json_get(object, th_str_of(key), &value) && value.type == TH_JSON_TRUE;
}

static void read_place(struct ui *ui, struct th_str object, struct ui_place *place)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_field_ref ref;
    get_text(object, "filter", &place->filter);
    get_text(object, "title", &place->title);
    place->from_ms = get_number(object, "from", TH_TIME_NONE);
    place->to_ms = get_number(object, "to", TH_TIME_NONE);
    place->descending = get_bool(object, "descending");
    place->zoomed = get_bool(object, "zoomed");
    place->count = (size_t)get_number(object, "count", 0);
    place->sort = TH_F_TIMESTAMP;
    if (get_text(object, "sort", &text) && th_field_resolve(th_buf_str(&text), &ref) &&
        th_field_is_column(ref.field))
        place->sort = ref.field;
    const struct th_finding *finding = ui_finding_by_id(ui, get_number(object, "finding", 0));
    if (finding != NULL) {
        place->finding = finding->id;
        th_buf_puts(&place->set_name, finding->name);
        th_bits_init(&place->within, th_table_rows(th_app_table(ui->app)));
        place->has_within = true;
        for (size_t i = 0; i < finding->rows_n; i++)
            if (finding->rows[i] < place->within.n)
                th_bits_put(&place->within, finding->rows[i]);
    }
    if (get_text(object, "event", &text) && text.n > 0)
        place->has_row = th_app_find(ui->app, th_buf_str(&text), &place->row);
    th_buf_fini(&text);
}

static void read_names(struct th_str object, const char *key, struct ui_names *names)
{
    struct th_json_value list;
    if (!th_json_get(object, th_str_of(key), &list) || list.type != TH_JSON_ARRAY)
        return;
    ui_names_clear(names);
    struct th_json_cursor c;
    th_json_init(&c, list.text);
    bool first = true;
    if (th_json_enter(&c) != TH_JSON_OK)
        return;
    while (names->n < UI_FACETS_MAX && th_json_next_element(&c, &first) == TH_JSON_OK) {
        struct th_json_value value;
        struct th_buf text = TH_BUF_INIT;
        struct th_field_ref ref;
        if (th_json_value(&c, &value) != TH_JSON_OK)
            return;
        if (value.type == TH_JSON_STRING)
            th_json_unescape(&text, &value);
        if (text.n > 0 && th_field_resolve(th_buf_str(&text), &ref))
            names->v[names->n++] = th_buf_take(&text);
        th_buf_fini(&text);
    }
}

static void read_back(struct ui *ui, struct th_str object)
{
    struct th_json_value list;
    if (!th_json_get(object, TH_STR("back"), &list) || list.type != TH_JSON_ARRAY)
        return;
    struct th_json_cursor c;
    th_json_init(&c, list.text);
    bool first = true;
    if (th_json_enter(&c) != TH_JSON_OK)
        return;
    while (ui->places->back_n < 20 && th_json_next_element(&c, &first) == TH_JSON_OK) {
        struct th_json_value value;
        if (th_json_value(&c, &value) != TH_JSON_OK)
            return;
        struct ui_place place = {.sort = TH_F_TIMESTAMP};
        read_place(ui, value.text, &place);
        TH_GROW(ui->places->back, ui->places->back_n, ui->places->back_cap);
        ui->places->back[ui->places->back_n++] = place;
    }
}

void ui_state_restore(struct ui *ui)
{
    struct th_buf text = TH_BUF_INIT, name = TH_BUF_INIT;
    struct th_json_value here;
    if (th_case_get(th_app_case(ui->app), KEY, &text, NULL) == TH_OK && text.n > 0 &&
        th_json_check(th_buf_str(&text), NULL) == TH_OK) {
        struct th_str object = th_buf_str(&text);
        ui->local = ui->options.local_time || get_bool(object, "local");
        int64_t wish = get_number(object, "facets", UI_BY_SIZE);
        ui->want_facets = wish >= UI_BY_SIZE && wish <= UI_HIDDEN ? (enum ui_wish)wish : UI_BY_SIZE;
        wish = get_number(object, "detail", UI_BY_SIZE);
        ui->want_detail = wish >= UI_BY_SIZE && wish <= UI_HIDDEN ? (enum ui_wish)wish : UI_BY_SIZE;
        ui->fields->column = (size_t)get_number(object, "column", 0);
        read_names(object, "columns", &ui->fields->columns);
        read_names(object, "facet_fields", &ui->fields->facets);
        read_back(ui, object);
        if (th_json_get(object, TH_STR("here"), &here) && here.type == TH_JSON_OBJECT)
            read_place(ui, here.text, &ui->places->here);
        if (get_text(object, "view", &name))
            for (int view = 0; view < UI_VIEWS; view++)
                if (!is_passing((enum ui_view)view) &&
                    th_str_is(th_buf_str(&name), ui_view_info((enum ui_view)view)->name))
                    ui_show(ui, (enum ui_view)view);
    }
    th_buf_fini(&text);
    th_buf_fini(&name);
}
