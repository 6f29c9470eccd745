/* trailhound sources: the evidence files of a case, or with --rejects what of them could not be
 * read. */
#include "base/hash.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/cmd_coverage.h"

static const struct cli_column source_columns[] = {
    {"source", NULL, true},       {"path", NULL, false},      {"container", NULL, false},
    {"sha256", NULL, false},      {"size_bytes", NULL, true}, {"inflated_bytes", NULL, true},
    {"events", NULL, true},       {"duplicates", NULL, true}, {"rejects", NULL, true},
    {"unselected", NULL, true},   {"first", NULL, false},     {"last", NULL, false},
    {"differs_from", NULL, true}, {"archive", NULL, false},   {"skipped", NULL, false},
    {"altered", NULL, false},
};

static bool source(void *ctx, const struct th_source_row *row)
{
    char hex[2 * TH_SHA256_BYTES + 1] = "";
    if (row->has_sha256)
        th_sha256_hex(row->sha256, hex);
    const struct cli_cell cells[] = {
        cli_number(row->id),
        cli_text(th_str_of(row->path)),
        cli_text(th_str_of(row->container)),
        row->has_sha256 ? cli_text(th_str_of(hex)) : CLI_CELL_ABSENT,
        cli_number((int64_t)row->size_bytes),
        cli_number((int64_t)row->inflated_bytes),
        cli_number((int64_t)row->events),
        cli_number((int64_t)row->duplicates),
        cli_number((int64_t)row->rejects),
        row->unselected == 0 ? CLI_CELL_ABSENT : cli_number((int64_t)row->unselected),
        cli_time(row->first_ms),
        cli_time(row->last_ms),
        row->differs_from == 0 ? CLI_CELL_ABSENT : cli_number(row->differs_from),
        row->archive ? (struct cli_cell){.kind = CLI_RAW, .text = TH_STR("true")} : CLI_CELL_ABSENT,
        cli_text(th_str_of(row->skipped)),
        cli_text(th_str_of(row->altered)),
    };
    return cli_out_row(ctx, cells);
}

/* The file, and where in it. */
static void add_place(struct th_buf *out, const char *path, const char *container)
{
    th_buf_puts(out, path == NULL ? "" : path);
    if (container != NULL)
        th_buf_printf(out, "/%s", container);
}

static const struct cli_column source_headings[] = {
    {"", "N", true},      {"", "PATH", false}, {"", "SIZE", true},
    {"", "EVENTS", true}, {"", "DUPL", true},  {"", "REJECTS", true},
    {"", "FIRST", false}, {"", "LAST", false}, {"", "NOTE", false},
};

static bool source_line(void *ctx, const struct th_source_row *row)
{
    struct th_buf place = TH_BUF_INIT, note = TH_BUF_INIT;
    add_place(&place, row->path, row->container);
    if (row->skipped != NULL)
        th_buf_printf(&note, "skipped: %s", row->skipped);
    else if (row->archive)
        th_buf_puts(&note, "archive");
    if (row->differs_from != 0)
        th_buf_printf(&note, "%sother bytes than source %lld", note.n > 0 ? "; " : "",
                      (long long)row->differs_from);
    if (row->altered != NULL)
        th_buf_printf(&note, "%s%s", note.n > 0 ? "; " : "", row->altered);
    const struct cli_cell cells[] = {
        cli_number(row->id),
        cli_text(th_buf_str(&place)),
        cli_number((int64_t)row->size_bytes),
        cli_number((int64_t)row->events),
        cli_number((int64_t)row->duplicates),
        cli_number((int64_t)row->rejects),
        cli_time(row->first_ms),
        cli_time(row->last_ms),
        cli_text(th_buf_str(&note)),
    };
    bool go_on = cli_out_row(ctx, cells);
    th_buf_fini(&place);
    th_buf_fini(&note);
    return go_on;
}

static const struct cli_column reject_columns[] = {
    {"source", NULL, true}, {"path", NULL, false},  {"container", NULL, false},
    {"offset", NULL, true}, {"length", NULL, true}, {"reason", NULL, false},
};

static bool reject(void *ctx, const struct th_reject_row *row)
{
    const struct cli_cell cells[] = {
        cli_number(row->source),
        cli_text(th_str_of(row->path)),
        cli_text(th_str_of(row->container)),
        cli_number((int64_t)row->offset),
        cli_number((int64_t)row->length),
        cli_text(th_str_of(row->reason)),
    };
    return cli_out_row(ctx, cells);
}

static const struct cli_column reject_headings[] = {
    {"", "N", true},      {"", "PATH", false},   {"", "OFFSET", true},
    {"", "LENGTH", true}, {"", "REASON", false},
};

static bool reject_line(void *ctx, const struct th_reject_row *row)
{
    struct th_buf place = TH_BUF_INIT;
    add_place(&place, row->path, row->container);
    const struct cli_cell cells[] = {
        cli_number(row->source),          cli_text(th_buf_str(&place)),
        cli_number((int64_t)row->offset), cli_number((int64_t)row->length),
        cli_text(th_str_of(row->reason)),
    };
    bool go_on = cli_out_row(ctx, cells);
    th_buf_fini(&place);
    return go_on;
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

static int list_sources(th_app *app, enum cli_format format)
{
    struct th_err err = {0};
    bool table = format == CLI_TABLE;
    cli_out *out = cli_out_begin(stdout, format, table ? source_headings : source_columns,
                                 table ? TH_COUNT(source_headings) : TH_COUNT(source_columns));
    enum th_code rc = th_case_sources(th_app_case(app), table ? source_line : source, out, &err);
    int code = cli_end_out(out, CLI_EXIT_OK);
    return rc != TH_OK ? cli_fail(rc, &err) : code;
}

static int list_rejects(th_app *app, enum cli_format format)
{
    struct th_err err = {0};
    bool table = format == CLI_TABLE;
    cli_out *out = cli_out_begin(stdout, format, table ? reject_headings : reject_columns,
                                 table ? TH_COUNT(reject_headings) : TH_COUNT(reject_columns));
    enum th_code rc = th_case_rejects(th_app_case(app), table ? reject_line : reject, out, &err);
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
        code = o->given[OPT_REJECTS] ? list_rejects(app, format) : list_sources(app, format);
    return cli_close(app, code);
}
