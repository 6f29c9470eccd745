/* trailhound histogram [FILTER]: counts over time, empty buckets included. */
#include "base/time.h"
#include "cli/cli.h"

#define AUTO_BUCKETS 200

static const struct cli_column columns[] = {
    {"time", "TIME UTC", false},
    {"count", "COUNT", true},
    {"failures", "FAILURES", true},
};

static enum th_code every_of(const struct cli_options *o, int64_t *every_ms, struct th_err *err)
{
    const char *word = o->given[OPT_EVERY] ? o->value[OPT_EVERY] : "auto";
    *every_ms = 0;
    if (strcmp(word, "auto") == 0)
        return TH_OK;
    if (!th_time_parse_span(th_str_of(word), every_ms) || *every_ms <= 0)
        return th_err_set(err, TH_E_USAGE,
                          "option --every takes auto or a span such as 1m, 1h or 1d, not '%s'",
                          word);
    return TH_OK;
}

static int histogram(struct cli *cli, th_app *app, enum cli_format format, int64_t every_ms)
{
    struct th_err err = {0};
    struct th_bits rows;
    int code = CLI_EXIT_OK;
    if (!cli_rows(cli, app, &rows, &code))
        return code;
    struct th_histogram h;
    enum th_code rc = th_ops_histogram(th_app_table(app), &rows, TH_TIME_NONE, TH_TIME_NONE,
                                       every_ms, AUTO_BUCKETS, cli->cancel, &h, &err);
    th_bits_fini(&rows);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    cli_out *out = cli_out_begin(stdout, format, columns, TH_COUNT(columns));
    for (size_t i = 0; i < h.buckets; i++) {
        const struct cli_cell cells[] = {
            cli_time(h.start_ms + (int64_t)i * h.every_ms),
            cli_number(h.count[i]),
            cli_number(h.failure[i]),
        };
        cli_out_row(out, cells);
    }
    if (h.untimed > 0 && !cli->options->given[OPT_QUIET])
        cli_note("%llu events have no time and are in no bucket", (unsigned long long)h.untimed);
    th_histogram_fini(&h);
    return cli_end_out(out, code);
}

int cli_cmd_histogram(struct cli *cli)
{
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    int64_t every_ms = 0;
    enum th_code rc = cli_format_of(cli->options->value[OPT_FORMAT], &format, &err);
    if (rc == TH_OK)
        rc = every_of(cli->options, &every_ms, &err);
    if (rc != TH_OK)
        return cli_fail_usage(cli, "%s", err.msg);
    th_app *app = NULL;
    rc = cli_open_app(cli, TH_CASE_READ, &app, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    return cli_close(app, histogram(cli, app, format, every_ms));
}
