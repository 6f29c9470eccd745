/* trailhound sources: the evidence files of a case, or with --rejects what of them could not be
 * read. */
#include "base/hash.h"
#include "cli/cli.h"

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

int cli_cmd_sources(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &format, &err);
    if (rc != TH_OK || o->args_n > 0)
        return cli_fail_usage(cli, "%s", rc != TH_OK ? err.msg : "sources takes no argument");
    th_app *app = NULL;
    rc = cli_open_app(cli, TH_CASE_READ, &app, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    bool rejects = o->given[OPT_REJECTS];
    cli_out *out = cli_out_begin(stdout, format, rejects ? reject_columns : source_columns,
                                 rejects ? TH_COUNT(reject_columns) : TH_COUNT(source_columns));
    rc = rejects ? th_case_rejects(th_app_case(app), reject, out, &err)
                 : th_case_sources(th_app_case(app), source, out, &err);
    int code = cli_end_out(out, CLI_EXIT_OK);
    if (rc != TH_OK)
        code = cli_fail(rc, &err);
    return cli_close(app, code);
}
