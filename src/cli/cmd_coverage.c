/* trailhound sources --gaps and --coverage: what the evidence covers and what it seems to lack. For
 * programs one kind of row each; as a table --gaps shows the coverage first, for a gap is judged by
 * what is around it. */
#include "cli/cmd_coverage.h"

#include <inttypes.h>
#include <stdlib.h>

#include "app/coverage.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "base/time.h"

static struct cli_cell text_cell(const char *text)
{
    return cli_text(th_str_of(text));
}

static struct cli_cell hours_cell(int64_t ms)
{
    if (ms == TH_TIME_NONE)
        return CLI_CELL_ABSENT;
    return (struct cli_cell){.kind = CLI_DOUBLE, .real = (double)ms / (double)TH_HOUR_MS};
}

static struct cli_cell id_cell(int64_t id)
{
    return id == 0 ? CLI_CELL_ABSENT : cli_number(id);
}

static struct cli_cell true_cell(bool is)
{
    return (struct cli_cell){.kind = is ? CLI_RAW : CLI_ABSENT, .text = TH_STR("true")};
}

/* "2026-03-04 01:54" */
static void add_minute(struct th_buf *out, int64_t ts)
{
    char iso[TH_TIME_ISO_BYTES];
    th_time_iso(ts, iso);
    th_buf_printf(out, "%.10s %.5s", iso, iso + 11);
}

/* ---- coverage ---- */

static const struct cli_column stream_columns[] = {
    {"cloud.account.id", NULL, false},
    {"cloud.region", NULL, false},
    {"all_regions", NULL, false},
    {"first", NULL, false},
    {"last", NULL, false},
    {"hours", NULL, true},
    {"hours_span", NULL, true},
    {"files", NULL, true},
    {"events", NULL, true},
    {"untimed", NULL, true},
    {"deliveries", NULL, true},
    {"delivery_minutes", NULL, true},
    {"longest_silence", NULL, true},
    {"gaps", NULL, true},
};

static void stream_row(cli_out *out, const struct th_coverage_stream *s)
{
    bool timed = s->first_ms != TH_TIME_NONE;
    struct cli_cell minutes = CLI_CELL_ABSENT;
    if (s->delivery_ms != TH_TIME_NONE)
        minutes = (struct cli_cell){.kind = CLI_DOUBLE,
                                    .real = (double)s->delivery_ms / (double)TH_MINUTE_MS};
    const struct cli_cell cells[] = {
        cli_text(s->account),
        cli_text(s->region),
        true_cell(s->whole),
        cli_time(s->first_ms),
        cli_time(s->last_ms),
        cli_number((int64_t)s->hours),
        cli_number((int64_t)s->hours_span),
        cli_number((int64_t)s->files),
        cli_number((int64_t)s->events),
        s->untimed == 0 ? CLI_CELL_ABSENT : cli_number((int64_t)s->untimed),
        s->deliveries == 0 ? CLI_CELL_ABSENT : cli_number((int64_t)s->deliveries),
        minutes,
        hours_cell(timed ? s->longest_ms : TH_TIME_NONE),
        cli_number((int64_t)s->gaps_n),
    };
    cli_out_row(out, cells);
}

static const struct cli_column table_columns[] = {
    {"", "ACCOUNT", false}, {"", "REGION", false}, {"", "FIRST", false},
    {"", "LAST", false},    {"", "HOURS", true},   {"", "FILES", true},
    {"", "EVENTS", true},   {"", "SILENT", true},  {"", "GAPS", true},
};

static void stream_line(cli_out *out, const struct th_coverage_stream *s)
{
    struct th_buf text[4] = {TH_BUF_INIT, TH_BUF_INIT, TH_BUF_INIT, TH_BUF_INIT};
    if (s->first_ms != TH_TIME_NONE) {
        add_minute(&text[0], s->first_ms);
        add_minute(&text[1], s->last_ms);
        th_buf_printf(&text[2], "%" PRIu64 " of %" PRIu64, s->hours, s->hours_span);
        th_time_add_span(&text[3], s->longest_ms);
    }
    const struct cli_cell cells[] = {
        s->account.p == NULL ? text_cell("-") : cli_text(s->account),
        s->whole              ? text_cell("(all)")
        : s->region.p == NULL ? text_cell("-")
                              : cli_text(s->region),
        cli_text(th_buf_str(&text[0])),
        cli_text(th_buf_str(&text[1])),
        cli_text(th_buf_str(&text[2])),
        cli_number((int64_t)s->files),
        cli_number((int64_t)s->events),
        cli_text(th_buf_str(&text[3])),
        s->gaps_n == 0 ? CLI_CELL_ABSENT : cli_number((int64_t)s->gaps_n),
    };
    cli_out_row(out, cells);
    for (size_t i = 0; i < TH_COUNT(text); i++)
        th_buf_fini(&text[i]);
}

static int show_coverage(const struct th_coverage *coverage, enum cli_format format)
{
    bool table = format == CLI_TABLE;
    cli_out *out = cli_out_begin(stdout, format, table ? table_columns : stream_columns,
                                 table ? TH_COUNT(table_columns) : TH_COUNT(stream_columns));
    for (size_t i = 0; i < coverage->streams_n; i++) {
        if (table)
            stream_line(out, &coverage->streams[i]);
        else
            stream_row(out, &coverage->streams[i]);
    }
    return cli_end_out(out, CLI_EXIT_OK);
}

/* ---- gaps ---- */

static const struct cli_column gap_columns[] = {
    {"kind", NULL, false},         {"cloud.account.id", NULL, false},
    {"cloud.region", NULL, false}, {"all_regions", NULL, false},
    {"from", NULL, false},         {"to", NULL, false},
    {"hours", NULL, true},         {"usual_hours", NULL, true},
    {"account_hours", NULL, true}, {"before", NULL, false},
    {"after", NULL, false},        {"before_source", NULL, true},
    {"after_source", NULL, true},  {"files", NULL, false},
    {"digest", NULL, false},       {"explained", NULL, false},
    {"why", NULL, false},
};

static void gap_row(cli_out *out, const struct th_gap *gap)
{
    struct th_buf files = TH_BUF_INIT;
    struct th_jsonw w;
    th_jsonw_init(&w, &files);
    th_jsonw_begin_array(&w);
    for (size_t i = 0; i < gap->files_n; i++)
        th_jsonw_string(&w, th_str_of(gap->files[i]));
    th_jsonw_end_array(&w);
    const struct cli_cell cells[] = {
        text_cell(th_gap_word(gap->kind)),
        text_cell(gap->account),
        text_cell(gap->region),
        true_cell(gap->whole),
        cli_time(gap->from_ms),
        cli_time(gap->to_ms),
        hours_cell(gap->to_ms - gap->from_ms),
        hours_cell(gap->usual_ms),
        hours_cell(gap->account_silent_ms),
        text_cell(gap->before_path),
        text_cell(gap->after_path),
        id_cell(gap->before),
        id_cell(gap->after),
        gap->files_n == 0 ? CLI_CELL_ABSENT
                          : (struct cli_cell){.kind = CLI_RAW, .text = th_buf_str(&files)},
        text_cell(gap->digest),
        text_cell(gap->explained),
        text_cell(gap->why),
    };
    cli_out_row(out, cells);
    th_buf_fini(&files);
}

static void put(struct th_buf *out, const char *label, const char *text)
{
    if (text == NULL)
        return;
    th_buf_printf(out, "   %-8s ", label);
    th_text_sanitise(out, th_str_of(text), cli_ascii_only());
    th_buf_putc(out, '\n');
}

/* A gap as a person reads it: a line of what and when, then what tells and what is around. */
static void gap_lines(struct th_buf *out, size_t number, const struct th_gap *gap)
{
    th_buf_printf(out, "\n%zu  %s  ", number, th_gap_word(gap->kind));
    th_text_sanitise(out, gap->account == NULL ? TH_STR("-") : th_str_of(gap->account),
                     cli_ascii_only());
    th_buf_putc(out, ' ');
    th_text_sanitise(out,
                     gap->whole            ? TH_STR("(all regions)")
                     : gap->region == NULL ? TH_STR("-")
                                           : th_str_of(gap->region),
                     cli_ascii_only());
    th_buf_puts(out, "  ");
    add_minute(out, gap->from_ms);
    th_buf_puts(out, " to ");
    add_minute(out, gap->to_ms);
    th_buf_puts(out, "  ");
    th_time_add_span(out, gap->to_ms - gap->from_ms);
    th_buf_putc(out, '\n');
    put(out, "why", gap->why);
    put(out, "but", gap->explained);
    put(out, "before", gap->before_path);
    put(out, "after", gap->after_path);
    put(out, "digest", gap->digest);
    for (size_t i = 0; i < gap->files_n; i++)
        put(out, "file", gap->files[i]);
}

static int show_words(const struct th_app_coverage *found)
{
    struct th_buf out = TH_BUF_INIT;
    struct th_err err = {0};
    int code = show_coverage(&found->coverage, CLI_TABLE);
    if (code != CLI_EXIT_OK)
        return code;
    if (found->gaps_n == 0)
        th_buf_puts(&out, "\nno gap was found\n");
    for (size_t i = 0; i < found->gaps_n; i++)
        gap_lines(&out, i + 1, &found->gaps[i]);
    enum th_code rc = cli_write(stdout, th_buf_str(&out), &err);
    if (rc == TH_OK)
        rc = cli_flush(stdout, &err);
    th_buf_fini(&out);
    /* A reader that has seen enough is no failure. */
    return rc == TH_OK || (rc == TH_E_CANCELLED && err.sys_errno == 0) ? CLI_EXIT_OK
                                                                       : cli_fail(rc, &err);
}

static int show_gaps(const struct th_app_coverage *found, enum cli_format format)
{
    if (format == CLI_TABLE)
        return show_words(found);
    cli_out *out = cli_out_begin(stdout, format, gap_columns, TH_COUNT(gap_columns));
    for (size_t i = 0; i < found->gaps_n; i++)
        gap_row(out, &found->gaps[i]);
    return cli_end_out(out, CLI_EXIT_OK);
}

int cli_sources_coverage(struct cli *cli, th_app *app, enum cli_format format, bool gaps)
{
    struct th_err err = {0};
    struct th_app_coverage found;
    const struct th_app_coverage_ask ask = {.hashes = gaps};
    enum th_code rc = th_app_coverage(app, &ask, cli->cancel, &found, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    int code = gaps ? show_gaps(&found, format) : show_coverage(&found.coverage, format);
    if (gaps && code == CLI_EXIT_OK && found.digests == 0 && found.digests_skipped > 0 &&
        !cli->options->given[OPT_QUIET])
        cli_note("%llu digests were passed over at import; with --digest-regex they tell which log "
                 "files are missing",
                 (unsigned long long)found.digests_skipped);
    th_app_coverage_fini(&found);
    return code;
}

/* ---- buckets ---- */

static bool bucket(void *ctx, int64_t time_ms, struct th_str account, struct th_str region,
                   uint64_t events)
{
    const struct cli_cell cells[] = {cli_time(time_ms), cli_text(account), cli_text(region),
                                     cli_number((int64_t)events)};
    return cli_out_row(ctx, cells);
}

int cli_sources_buckets(struct cli *cli, th_app *app, enum cli_format format, int64_t every_ms)
{
    static const struct cli_column columns[] = {
        {"time", "TIME", false},
        {"cloud.account.id", "ACCOUNT", false},
        {"cloud.region", "REGION", false},
        {"count", "COUNT", true},
    };
    struct th_err err = {0};
    cli_out *out = cli_out_begin(stdout, format, columns, TH_COUNT(columns));
    enum th_code rc = th_app_coverage_buckets(app, every_ms, bucket, out, cli->cancel, &err);
    int code = cli_end_out(out, CLI_EXIT_OK);
    return rc != TH_OK ? cli_fail(rc, &err) : code;
}
