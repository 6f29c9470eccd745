/* trailhound verify: a line for every difference between a case and its evidence on standard
 * output; what was compared, in words, on standard error. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/casefile.h"
#include "cli/cli.h"

#define LINE_EVERY_MS 5000 /* between progress lines when standard error is no terminal */
#define NUMBER_BYTES  32

static const struct cli_column columns[] = {
    {"source", "SOURCE", true}, {"path", "PATH", false},   {"offset", "OFFSET", true},
    {"event", "EVENT", true},   {"field", "FIELD", false}, {"expected", "EXPECTED", false},
    {"found", "FOUND", false},  {"what", "WHAT", false},
};

struct verify {
    cli_out *out;
    bool tty;
    int64_t said_ms;
    int drawn;         /* columns of the progress line that stands on the terminal */
    bool nobody_reads; /* standard output was closed */
};

/* 1234567 as 1,234,567. */
static const char *grouped(uint64_t n, char out[NUMBER_BYTES])
{
    char digits[NUMBER_BYTES];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, n);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static void wipe(struct verify *verify)
{
    if (verify->drawn > 0)
        fprintf(stderr, "\r%*s\r", verify->drawn, "");
    verify->drawn = 0;
}

static bool difference(void *ctx, const struct th_verify_difference *d)
{
    struct verify *verify = ctx;
    const struct cli_cell cells[] = {
        d->source == 0 ? CLI_CELL_ABSENT : cli_number(d->source),
        cli_text(d->path),
        d->has_offset ? cli_number(d->offset) : CLI_CELL_ABSENT,
        d->event == 0 ? CLI_CELL_ABSENT : cli_number(d->event),
        cli_text(d->field),
        cli_text(d->expected),
        cli_text(d->found),
        cli_text(d->what),
    };
    wipe(verify);
    verify->nobody_reads = !cli_out_row(verify->out, cells);
    return !verify->nobody_reads;
}

static void space(void *ctx, uint64_t bytes, const char *folder)
{
    struct th_buf safe = TH_BUF_INIT;
    (void)ctx;
    th_text_sanitise(&safe, th_str_of(folder), cli_ascii_only());
    fprintf(stderr, "verify: needs %.1f MB of temporary space in %s\n", (double)bytes / 1e6,
            th_buf_cstr(&safe));
    th_buf_fini(&safe);
}

static void progress(void *ctx, const struct th_verify_progress *at)
{
    struct verify *verify = ctx;
    char line[160];
    char events[NUMBER_BYTES];
    int64_t now = th_time_mono();
    if (!verify->tty && now - verify->said_ms < LINE_EVERY_MS)
        return;
    verify->said_ms = now;
    int n = snprintf(
        line, sizeof line,
        "verifying: %s events, source %" PRIu64 " of %" PRIu64 ", %.0f %% of %.1f MB",
        grouped(at->events, events), at->sources_done, at->sources_total,
        at->bytes_total == 0 ? 100.0 : 100.0 * (double)at->bytes_done / (double)at->bytes_total,
        (double)at->bytes_total / 1e6);
    if (verify->tty) {
        fprintf(stderr, "\r%s%*s", line, verify->drawn > n ? verify->drawn - n : 0, "");
        verify->drawn = n;
    } else {
        fprintf(stderr, "%s\n", line);
    }
    fflush(stderr);
}

/* ---- the summary ---- */

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void say_kinds(const struct th_verify_totals *totals)
{
    static const char *const words[TH_VERIFY_KINDS] = {
        [TH_VERIFY_EVIDENCE] = "kept bytes",    [TH_VERIFY_SOURCE] = "figures of sources",
        [TH_VERIFY_EVENT] = "events",           [TH_VERIFY_DUPLICATE] = "duplicates",
        [TH_VERIFY_REJECT] = "rejects",         [TH_VERIFY_TERM] = "dictionaries",
        [TH_VERIFY_DERIVED] = "derived values", [TH_VERIFY_SEGMENT] = "columns for queries",
        [TH_VERIFY_PATH] = "columns of paths",  [TH_VERIFY_DATABASE] = "the database itself",
    };
    char number[NUMBER_BYTES];
    const char *between = "";
    for (size_t i = 0; i < TH_VERIFY_KINDS; i++) {
        if (totals->by_kind[i] == 0)
            continue;
        fprintf(stderr, "%s%s in %s", between, grouped(totals->by_kind[i], number), words[i]);
        between = ", ";
    }
}

/* What was not compared, and why not. */
static void say_rest(const struct th_verify_totals *t)
{
    if (t->skipped > 0)
        fprintf(stderr, "  %" PRIu64 " file%s skipped at import and not kept: not checked\n",
                t->skipped, t->skipped == 1 ? " was" : "s were");
    if (t->unread > 0)
        fprintf(stderr, "  %" PRIu64 " file%s could not be read at import: nothing to check\n",
                t->unread, plural(t->unread));
    if (t->broken > 0)
        fprintf(stderr,
                "  %" PRIu64 " source%s broke off while being read at import: by a reject that the "
                "bytes can't prove\n",
                t->broken, plural(t->broken));
    if (t->open > 0)
        fprintf(stderr,
                "  %" PRIu64 " source%s interrupted at import: checked as far as it came; import "
                "again to go on\n",
                t->open, t->open == 1 ? " was" : "s were");
    if (t->outside > 0)
        fprintf(stderr, "  %" PRIu64 " file%s outside the case: there, with the same bytes\n",
                t->outside, plural(t->outside));
    if (t->outside_gone > 0)
        fprintf(stderr,
                "  %" PRIu64 " source%s kept outside the case, and no event comes from %s: not "
                "there as imported, or inside an archive, so not checked\n",
                t->outside_gone, t->outside_gone == 1 ? " is" : "s are",
                t->outside_gone == 1 ? "it" : "them");
    if (t->unchecked[TH_ENRICH_AGENTS])
        fputs("  values from user-agent expressions: not checked, the file that gave them isn't "
              "here (--user-agents FILE)\n",
              stderr);
    if (t->unchecked[TH_ENRICH_PLACES])
        fputs("  values from databases of places: not checked, the files that gave them aren't "
              "here (--geoip DIR)\n",
              stderr);
    if (t->other_version > 0)
        fprintf(stderr,
                "  %" PRIu64 " source%s imported by another version of Trailhound: fields may be "
                "mapped otherwise since, and views are not checked\n",
                t->other_version, t->other_version == 1 ? " was" : "s were");
    if (t->missing > 0)
        fprintf(stderr,
                "  %" PRIu64 " field%s of this version the case doesn't have: not checked\n",
                t->missing, plural(t->missing));
}

static void summary(const char *path, const struct th_verify_totals *t)
{
    struct th_buf safe = TH_BUF_INIT;
    char events[NUMBER_BYTES];
    char sources[NUMBER_BYTES];
    char differences[NUMBER_BYTES];
    uint64_t kept = t->sources - t->skipped - t->archives;
    th_text_sanitise(&safe, th_str_of(path), cli_ascii_only());
    fprintf(stderr, "%s: ", th_buf_cstr(&safe));
    th_buf_fini(&safe);
    if (t->differences > 0)
        fprintf(stderr, "%s difference%s in ", grouped(t->differences, differences),
                plural(t->differences));
    fprintf(stderr, "%s event%s of %s source%s: ", grouped(t->events, events), plural(t->events),
            grouped(kept, sources), plural(kept));
    if (t->differences > 0)
        say_kinds(t);
    else
        fputs("every byte and every column as imported", stderr);
    fputc('\n', stderr);
    say_rest(t);
}

/* ---- the command ---- */

static void note_unfinished(const char *path)
{
    th_case *c = NULL;
    if (th_case_open(path, TH_CASE_READ, &c, NULL) != TH_OK)
        return;
    cli_note_unfinished(path, c);
    (void)th_case_close(c, NULL);
}

static int run(struct cli *cli, const char *path, int jobs, enum cli_format format)
{
    const struct cli_options *o = cli->options;
    const struct th_app_files files = {.geoip = o->value[OPT_GEOIP],
                                       .user_agents = o->value[OPT_USER_AGENTS]};
    struct verify verify = {
        .out = cli_out_begin(stdout, format, columns, TH_COUNT(columns)),
        .tty = isatty(STDERR_FILENO) != 0,
        .said_ms = th_time_mono(),
    };
    const struct th_verify_sink sink = {.ctx = &verify,
                                        .difference = difference,
                                        .space = o->given[OPT_QUIET] ? NULL : space,
                                        .progress = o->given[OPT_QUIET] ? NULL : progress};
    struct th_verify_totals totals;
    struct th_err err = {0};
    enum th_code rc =
        th_app_verify(path, &files, jobs, o->value[OPT_TEMP], &sink, cli->cancel, &totals, &err);
    wipe(&verify);
    int code = totals.differences > 0 ? CLI_EXIT_FAILED : CLI_EXIT_OK;
    bool stopped = rc == TH_E_CANCELLED && verify.nobody_reads && !th_cancelled(cli->cancel);
    if (rc != TH_OK && !stopped)
        code = cli_fail(rc, &err);
    code = cli_end_out(verify.out, code);
    if (rc == TH_OK && !o->given[OPT_QUIET]) {
        summary(path, &totals);
        note_unfinished(path);
    }
    return code;
}

int cli_cmd_verify(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    uint64_t jobs = 0;
    char *path = NULL;
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &format, &err);
    if (rc == TH_OK && o->args_n > 0)
        rc = th_err_set(&err, TH_E_USAGE, "verify takes no argument");
    if (rc == TH_OK)
        rc = cli_option_number(o, OPT_JOBS, 1, 256, 0, &jobs, &err);
    if (rc != TH_OK)
        return cli_fail_usage(cli, "%s", err.msg);
    rc = cli_case_existing(o, &path, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    int code = run(cli, path, (int)jobs, format);
    free(path);
    return code;
}
