/* trailhound sources: the evidence files of a case, or with --rejects what of them could not be
 * read. */
#include "base/hash.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/cmd_coverage.h"

static const struct cli_column source_columns[] = {
    {"source", "N", true},        {"path", "PATH", false},        {"sha256", NULL, false},
    {"size_bytes", "SIZE", true}, {"inflated_bytes", NULL, true}, {"events", "EVENTS", true},
    {"duplicates", "DUPL", true}, {"rejects", "REJECTS", true},   {"unselected", NULL, true},
    {"first", "FIRST", false},    {"last", "LAST", false},        {"skipped", "SKIPPED", false},
};

static bool source(void *ctx, const struct th_source_row *row)
{
    char hex[2 * TH_SHA256_BYTES + 1] = "";
    if (row->has_sha256)
        th_sha256_hex(row->sha256, hex);
    const struct cli_cell cells[] = {
        cli_number(row->id),
        cli_text(th_str_of(row->path)),
        row->has_sha256 ? cli_text(th_str_of(hex)) : CLI_CELL_ABSENT,
        cli_number((int64_t)row->size_bytes),
        cli_number((int64_t)row->inflated_bytes),
        cli_number((int64_t)row->events),
        cli_number((int64_t)row->duplicates),
        cli_number((int64_t)row->rejects),
        row->unselected == 0 ? CLI_CELL_ABSENT : cli_number((int64_t)row->unselected),
        cli_time(row->first_ms),
        cli_time(row->last_ms),
        cli_text(th_str_of(row->skipped)),
    };
    cli_out_row(ctx, cells);
    return true;
}

static const struct cli_column reject_columns[] = {
    {"source", "N", true},      {"path", "PATH", false},     {"offset", "OFFSET", true},
    {"length", "LENGTH", true}, {"reason", "REASON", false},
};

static bool reject(void *ctx, const struct th_reject_row *row)
{
    const struct cli_cell cells[] = {
        cli_number(row->source),          cli_text(th_str_of(row->path)),
        cli_number((int64_t)row->offset), cli_number((int64_t)row->length),
        cli_text(th_str_of(row->reason)),
    };
    cli_out_row(ctx, cells);
    return true;
}

/* Which list is asked for: one of them. */
static enum th_code check(const struct cli_options *o, int64_t *every_ms, struct th_err *err)
{
    if (o->args_n > 0)
        return th_err_set(err, TH_E_USAGE, "sources takes no argument");
    if (o->given[OPT_REJECTS] + o->given[OPT_GAPS] + o->given[OPT_COVERAGE] > 1)
        return th_err_set(err, TH_E_USAGE, "one of --rejects, --gaps and --coverage at a time");
    if (!o->given[OPT_EVERY])
        return TH_OK;
    if (!o->given[OPT_COVERAGE])
        return th_err_set(err, TH_E_USAGE, "--every goes with --coverage");
    if (!th_time_parse_span(th_str_of(o->value[OPT_EVERY]), every_ms) || *every_ms <= 0)
        return th_err_set(err, TH_E_USAGE,
                          "option --every takes a span such as 1m, 1h or 1d, not '%s'",
                          o->value[OPT_EVERY]);
    return TH_OK;
}

static int list(th_app *app, enum cli_format format, bool rejects)
{
    struct th_err err = {0};
    cli_out *out = cli_out_begin(stdout, format, rejects ? reject_columns : source_columns,
                                 rejects ? TH_COUNT(reject_columns) : TH_COUNT(source_columns));
    enum th_code rc = rejects ? th_case_rejects(th_app_case(app), reject, out, &err)
                              : th_case_sources(th_app_case(app), source, out, &err);
    int code = cli_end_out(out, CLI_EXIT_OK);
    return rc != TH_OK ? cli_fail(rc, &err) : code;
}

int cli_cmd_sources(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    int64_t every_ms = 0;
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &format, &err);
    if (rc == TH_OK)
        rc = check(o, &every_ms, &err);
    if (rc != TH_OK)
        return cli_fail_usage(cli, "%s", err.msg);
    th_app *app = NULL;
    rc = cli_open_app(cli, TH_CASE_READ, &app, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    int code;
    if (every_ms > 0)
        code = cli_sources_buckets(cli, app, format, every_ms);
    else if (o->given[OPT_GAPS] || o->given[OPT_COVERAGE])
        code = cli_sources_coverage(cli, app, format, o->given[OPT_GAPS]);
    else
        code = list(app, format, o->given[OPT_REJECTS]);
    return cli_close(app, code);
}
