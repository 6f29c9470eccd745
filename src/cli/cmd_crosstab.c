/* trailhound crosstab FIELD FIELD: how often values of two fields meet in one event. */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "export/flat.h"

#define TOP_DEFAULT 100
#define TOP_MAX     10000000

static struct cli_cell value_cell(struct th_str value)
{
    return value.p == NULL ? (struct cli_cell){.kind = CLI_NULL} : cli_text(value);
}

static int show(struct cli *cli, const struct th_flat_fields *fields, enum cli_format format,
                const struct th_crosstab *pairs)
{
    const struct cli_column columns[] = {
        {fields->field[0].name, fields->field[0].name, false},
        {fields->field[1].name, fields->field[1].name, false},
        {"count", "COUNT", true},
    };
    cli_out *out = cli_out_begin(stdout, format, columns, TH_COUNT(columns));
    for (size_t i = 0; i < pairs->n; i++) {
        const struct cli_cell cells[] = {
            value_cell(pairs->cells[i].a),
            value_cell(pairs->cells[i].b),
            cli_number((int64_t)pairs->cells[i].count),
        };
        cli_out_row(out, cells);
    }
    if (pairs->distinct > pairs->n && !cli->options->given[OPT_TOP] &&
        !cli->options->given[OPT_QUIET])
        cli_note("%llu pairs more; --top N shows N",
                 (unsigned long long)(pairs->distinct - pairs->n));
    return cli_end_out(out, CLI_EXIT_OK);
}

static int crosstab(struct cli *cli, th_app *app, enum cli_format format,
                    const struct th_flat_fields *fields, uint64_t top)
{
    struct th_err err = {0};
    struct th_bits rows;
    struct th_crosstab pairs;
    int code = CLI_EXIT_OK;
    struct cli_options filtered_options = *cli->options;
    struct cli filtered = *cli;
    filtered_options.args_n = 0; /* the arguments are fields; the filter comes from -f only */
    filtered.options = &filtered_options;
    if (!cli_rows(&filtered, app, &rows, &code))
        return code;
    enum th_code rc =
        th_ops_crosstab(th_app_table(app), &rows, &fields->field[0].ref, &fields->field[1].ref,
                        (size_t)top, cli->cancel, &pairs, &err);
    th_bits_fini(&rows);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    code = show(cli, fields, format, &pairs);
    th_crosstab_fini(&pairs);
    return code;
}

static enum th_code fields_of(const struct cli_options *o, struct th_flat_fields *fields,
                              struct th_err *err)
{
    char *list = th_xasprintf("%s,%s", o->args[0], o->args[1]);
    enum th_code rc = th_flat_fields_parse(th_str_of(list), fields, err);
    free(list);
    if (rc == TH_OK && fields->n == 1)
        rc = th_err_set(err, TH_E_USAGE, "crosstab takes two different fields, not %s twice",
                        fields->field[0].name);
    else if (rc == TH_OK && fields->n != 2)
        rc = th_err_set(err, TH_E_USAGE, "crosstab takes two fields");
    return rc;
}

int cli_cmd_crosstab(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    if (o->args_n != 2)
        return cli_fail_usage(cli, "crosstab needs two fields, e.g. event.action event.outcome");
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    uint64_t top = 0;
    struct th_flat_fields fields = {NULL, 0};
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &format, &err);
    if (rc == TH_OK)
        rc = cli_option_number(o, OPT_TOP, 1, TOP_MAX, TOP_DEFAULT, &top, &err);
    if (rc == TH_OK)
        rc = fields_of(o, &fields, &err);
    if (rc != TH_OK) {
        th_flat_fields_fini(&fields);
        return cli_fail_usage(cli, "%s", err.msg);
    }
    th_app *app = NULL;
    rc = cli_open_app(cli, TH_CASE_READ, &app, &err);
    int code = rc == TH_OK ? crosstab(cli, app, format, &fields, top) : cli_fail(rc, &err);
    th_flat_fields_fini(&fields);
    return cli_close(app, code);
}
