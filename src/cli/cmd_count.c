/* trailhound count [FILTER]: one number, or {"count":N} as JSON. */
#include "cli/cli.h"

int cli_cmd_count(struct cli *cli)
{
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    enum th_code rc = cli_format_of(
        cli->options->given[OPT_FORMAT] ? cli->options->value[OPT_FORMAT] : "table", &format, &err);
    if (rc != TH_OK)
        return cli_fail_usage(cli, "%s", err.msg);
    th_app *app = NULL;
    rc = cli_open_app(cli, TH_CASE_READ, &app, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    struct th_bits rows;
    int code = CLI_EXIT_OK;
    if (!cli_rows(cli, app, &rows, &code))
        return cli_close(app, code);
    size_t n = th_bits_count(&rows);
    th_bits_fini(&rows);
    if (format == CLI_TABLE) {
        printf("%zu\n", n);
    } else {
        static const struct cli_column columns[] = {{"count", "count", true}};
        cli_out *out = cli_out_begin(stdout, format, columns, TH_COUNT(columns));
        struct cli_cell cell = cli_number((int64_t)n);
        cli_out_row(out, &cell);
        code = cli_end_out(out, code);
    }
    return cli_close(app, code);
}
