/* trailhound facets FIELD…: top values of each field under a filter. */
#include "cli/cli.h"
#include "export/flat.h"

static const struct cli_column columns[] = {
    {"field", "FIELD", false}, {"value", "VALUE", false},     {"count", "COUNT", true},
    {"share", "SHARE", true},  {"first", "FIRST UTC", false}, {"last", "LAST UTC", false},
};
/* Without --times. */
enum { COLUMNS_PLAIN = 4 };

static void rows_of_field(cli_out *out, const char *name, const struct th_top *top)
{
    for (size_t i = 0; i < top->n; i++) {
        const struct th_top_value *v = &top->values[i];
        const struct cli_cell cells[] = {
            cli_text(th_str_of(name)),
            v->value.p == NULL ? (struct cli_cell){.kind = CLI_NULL} : cli_text(v->value),
            cli_number((int64_t)v->count),
            {.kind = CLI_DOUBLE,
             .real = top->rows == 0 ? 0.0 : (double)v->count / (double)top->rows},
            cli_time(v->first_ms),
            cli_time(v->last_ms),
        };
        cli_out_row(out, cells);
    }
}

static int facets(struct cli *cli, th_app *app, enum cli_format format,
                  const struct th_flat_fields *fields, uint64_t top_n)
{
    struct th_err err = {0};
    struct th_bits rows;
    int code = CLI_EXIT_OK;
    bool times = cli->options->given[OPT_TIMES];
    struct cli filtered = *cli;
    struct cli_options without_args = *cli->options;
    without_args.args_n = 0; /* the arguments are fields; the filter comes from -f only */
    filtered.options = &without_args;
    if (!cli_rows(&filtered, app, &rows, &code))
        return code;
    cli_out *out =
        cli_out_begin(stdout, format, columns, times ? TH_COUNT(columns) : COLUMNS_PLAIN);
    enum th_code rc = TH_OK;
    for (size_t i = 0; rc == TH_OK && i < fields->n; i++) {
        struct th_top top;
        rc = th_ops_top(th_app_table(app), &rows, &fields->field[i].ref, (size_t)top_n, times,
                        cli->cancel, &top, &err);
        if (rc == TH_OK) {
            rows_of_field(out, fields->field[i].name, &top);
            th_top_fini(&top);
        }
    }
    th_bits_fini(&rows);
    code = cli_end_out(out, code);
    return rc == TH_OK ? code : cli_fail(rc, &err);
}

static enum th_code fields_of(const struct cli_options *o, struct th_flat_fields *fields,
                              struct th_err *err)
{
    struct th_buf list = TH_BUF_INIT;
    for (size_t i = 0; i < o->args_n; i++)
        th_buf_printf(&list, "%s%s", i > 0 ? "," : "", o->args[i]);
    enum th_code rc = th_flat_fields_parse(th_buf_str(&list), fields, err);
    th_buf_fini(&list);
    return rc;
}

int cli_cmd_facets(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    if (o->args_n == 0)
        return cli_fail_usage(cli, "facets needs a field, e.g. event.action");
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    uint64_t top_n = 0;
    struct th_flat_fields fields = {NULL, 0};
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &format, &err);
    if (rc == TH_OK)
        rc = cli_option_number(o, OPT_TOP, 1, 1000000, 20, &top_n, &err);
    if (rc == TH_OK)
        rc = fields_of(o, &fields, &err);
    if (rc != TH_OK)
        return cli_fail_usage(cli, "%s", err.msg);
    th_app *app = NULL;
    rc = cli_open_app(cli, TH_CASE_READ, &app, &err);
    int code = rc == TH_OK ? facets(cli, app, format, &fields, top_n) : cli_fail(rc, &err);
    th_flat_fields_fini(&fields);
    return cli_close(app, code);
}
