/* A row is written field by field. Stored fields come from columns, computed ones from the record
 * through the document builder, so a value is the same here as in the whole document. */
#include "export/flat.h"

#include <stdlib.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "ecs/document/doc.h"
#include "export/csv.h"
#include "query/kql/kql.h"

static char *written_name(struct th_str asked, const struct th_field_ref *ref)
{
    const char *name = th_field_info(ref->field)->name;
    if (ref->path.p != NULL)
        return th_xasprintf("%s.%.*s", name, TH_STR_ARGS(ref->path));
    if (ref->text_twin)
        return th_xstrndup(asked.p, asked.n);
    return th_xstrdup(name);
}

static enum th_code unknown(struct th_str name, struct th_err *err)
{
    struct th_buf meant = TH_BUF_INIT;
    enum th_code rc;
    if (th_kql_suggest(name, &meant))
        rc = th_err_set(err, TH_E_QUERY, "unknown field %.*s, did you mean %s?",
                        TH_STR_ARGS(th_str_sub(name, 0, 100)), th_buf_cstr(&meant));
    else
        rc = th_err_set(err, TH_E_QUERY, "unknown field %.*s",
                        TH_STR_ARGS(th_str_sub(name, 0, 100)));
    th_buf_fini(&meant);
    return rc;
}

static bool is_listed(const struct th_flat_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->n; i++)
        if (strcmp(fields->field[i].name, name) == 0)
            return true;
    return false;
}

enum th_code th_flat_fields_parse(struct th_str list, struct th_flat_fields *out,
                                  struct th_err *err)
{
    *out = (struct th_flat_fields){NULL, 0};
    size_t cap = 0, at = 0;
    while (at <= list.n) {
        struct th_str rest = th_str_sub(list, at, list.n);
        ptrdiff_t comma = th_str_find(rest, ',');
        struct th_str name = comma < 0 ? rest : th_str_sub(rest, 0, (size_t)comma);
        at += name.n + 1;
        while (name.n > 0 && name.p[0] == ' ')
            name = th_str_sub(name, 1, name.n);
        while (name.n > 0 && name.p[name.n - 1] == ' ')
            name.n--;
        if (name.n == 0)
            continue;
        TH_GROW(out->field, out->n, cap);
        struct th_flat_field *field = &out->field[out->n];
        if (!th_field_resolve(name, &field->ref)) {
            enum th_code rc = unknown(name, err);
            th_flat_fields_fini(out);
            return rc;
        }
        field->name = written_name(name, &field->ref);
        if (field->ref.path.p != NULL) /* the list's text may go away: point into our own copy */
            field->ref.path = th_str_of(field->name + strlen(field->name) - field->ref.path.n);
        if (is_listed(out, field->name))
            free(field->name);
        else
            out->n++;
    }
    if (out->n == 0)
        return th_err_set(err, TH_E_USAGE, "no field named");
    return TH_OK;
}

void th_flat_fields_fini(struct th_flat_fields *fields)
{
    for (size_t i = 0; i < fields->n; i++)
        free(fields->field[i].name);
    free(fields->field);
    *fields = (struct th_flat_fields){NULL, 0};
}

bool th_flat_needs_records(const struct th_flat_fields *fields)
{
    for (size_t i = 0; i < fields->n; i++)
        if (th_field_info(fields->field[i].ref.field)->store == TH_STORE_EVIDENCE)
            return true;
    return false;
}

enum th_code th_flat_values(th_table *table, uint32_t row, const struct th_flat_field *field,
                            struct th_str raw, th_flat_visit *visit, void *ctx, struct th_err *err)
{
    const struct th_field_info *info = th_field_info(field->ref.field);
    if (info->store == TH_STORE_EVIDENCE) {
        const struct th_doc_options options = {.retain = TH_RETAIN_ALL};
        (void)th_doc_values(raw, &options, field->ref.field, field->ref.path, visit, ctx);
        return TH_OK;
    }
    const struct th_column *column;
    enum th_code rc = th_table_column(table, field->ref.field, &column, err);
    if (rc != TH_OK)
        return rc;
    if (column->width != 0) {
        uint32_t code = th_column_code(column, row);
        th_column_entry_values(column, code, visit, ctx);
        return TH_OK;
    }
    struct th_buf text = TH_BUF_INIT;
    if (th_column_text(column, row, &text))
        visit(ctx, th_buf_str(&text));
    th_buf_fini(&text);
    return TH_OK;
}

/* The first value waits until it is known whether a second follows: one value is a scalar, several
 * are an array. */
struct json_values {
    struct th_jsonw *w;
    const struct th_flat_field *field;
    struct th_buf first;
    size_t n;
};

static void json_scalar(struct th_jsonw *w, enum th_type type, struct th_str value)
{
    if (type == TH_TYPE_BOOLEAN || type == TH_TYPE_LONG)
        th_jsonw_raw(w, value);
    else
        th_jsonw_string(w, value);
}

static void json_value(void *ctx, struct th_str value)
{
    struct json_values *v = ctx;
    enum th_type type = th_field_info(v->field->ref.field)->type;
    if (v->n == 0) {
        th_buf_add_str(&v->first, value);
    } else {
        if (v->n == 1) {
            th_jsonw_key(v->w, v->field->name);
            th_jsonw_begin_array(v->w);
            json_scalar(v->w, type, th_buf_str(&v->first));
        }
        json_scalar(v->w, type, value);
    }
    v->n++;
}

static void json_values_end(struct json_values *v)
{
    const struct th_field_info *info = th_field_info(v->field->ref.field);
    struct th_str first = v->first.p == NULL ? TH_STR("") : th_buf_str(&v->first);
    if (v->n == 1) {
        th_jsonw_key(v->w, v->field->name);
        if ((info->flags & TH_FIELD_MULTI) != 0)
            th_jsonw_begin_array(v->w);
        json_scalar(v->w, info->type, first);
    }
    if (v->n > 1 || (v->n == 1 && (info->flags & TH_FIELD_MULTI) != 0))
        th_jsonw_end_array(v->w);
    th_buf_fini(&v->first);
}

enum th_code th_flat_json(th_table *table, uint32_t row, const struct th_flat_fields *fields,
                          struct th_str raw, struct th_buf *out, struct th_err *err)
{
    struct th_jsonw w;
    th_jsonw_init(&w, out);
    th_jsonw_begin_object(&w);
    for (size_t i = 0; i < fields->n; i++) {
        struct json_values values = {&w, &fields->field[i], TH_BUF_INIT, 0};
        enum th_code rc =
            th_flat_values(table, row, &fields->field[i], raw, json_value, &values, err);
        json_values_end(&values);
        if (rc != TH_OK)
            return rc;
    }
    th_jsonw_end_object(&w);
    return TH_OK;
}

struct csv_values {
    struct th_buf text;
    size_t n;
};

static void csv_value(void *ctx, struct th_str value)
{
    struct csv_values *v = ctx;
    if (v->n++ > 0)
        th_buf_puts(&v->text, "; ");
    th_buf_add_str(&v->text, value);
}

enum th_code th_flat_csv(th_table *table, uint32_t row, const struct th_flat_fields *fields,
                         struct th_str raw, struct th_buf *out, size_t *cut, struct th_err *err)
{
    struct csv_values values = {TH_BUF_INIT, 0};
    for (size_t i = 0; i < fields->n; i++) {
        th_buf_reset(&values.text);
        values.n = 0;
        enum th_code rc =
            th_flat_values(table, row, &fields->field[i], raw, csv_value, &values, err);
        if (rc != TH_OK) {
            th_buf_fini(&values.text);
            return rc;
        }
        if (i > 0)
            th_buf_putc(out, ',');
        enum th_type type = th_field_info(fields->field[i].ref.field)->type;
        *cut += th_csv_cell(out, values.n == 0 ? TH_STR_NONE : th_buf_str(&values.text),
                            type != TH_TYPE_LONG && type != TH_TYPE_DATE);
    }
    th_buf_puts(out, "\r\n");
    th_buf_fini(&values.text);
    return TH_OK;
}

void th_flat_csv_heading(const struct th_flat_fields *fields, struct th_buf *out)
{
    for (size_t i = 0; i < fields->n; i++) {
        if (i > 0)
            th_buf_putc(out, ',');
        /* The name of a field is no log text: @timestamp stays what it is. */
        (void)th_csv_cell(out, th_str_of(fields->field[i].name), false);
    }
    th_buf_puts(out, "\r\n");
}
