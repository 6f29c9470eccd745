/* trailhound import PATH…: evidence into the case, progress on standard error, the summary on
 * standard output. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/casefile.h"

#define LINE_EVERY_MS 5000 /* between progress lines when standard error is no terminal */

struct progress {
    bool tty;
    int64_t said_ms;
    int drawn; /* columns of the line that stands on the terminal */
};

/* "importing: 412.0 of 1383.0 MB, 1204311 events, 310000/s, 3 s left" */
static void progress_line(char *line, size_t size, uint64_t done, uint64_t total, uint64_t events,
                          double seconds)
{
    char bytes[64] = "", left[32] = "";
    done = total > 0 && done > total ? total : done;
    if (total > 0)
        snprintf(bytes, sizeof bytes, "%.1f of %.1f MB, ", (double)done / 1e6, (double)total / 1e6);
    else if (done > 0)
        snprintf(bytes, sizeof bytes, "%.1f MB, ", (double)done / 1e6);
    if (total > 0 && done > 0)
        snprintf(left, sizeof left, ", %.0f s left",
                 seconds * (double)(total - done) / (double)done);
    snprintf(line, size, "importing: %s%" PRIu64 " events, %.0f/s%s", bytes, events,
             seconds > 0 ? (double)events / seconds : 0, left);
}

static void progress(void *ctx, uint64_t bytes_done, uint64_t bytes_total, uint64_t files_done,
                     uint64_t files_total, uint64_t events, double seconds)
{
    struct progress *p = ctx;
    char line[160];
    int64_t now = th_time_mono();
    if (!p->tty && now - p->said_ms < LINE_EVERY_MS)
        return;
    p->said_ms = now;
    progress_line(line, sizeof line, bytes_done, bytes_total, events, seconds);
    size_t n = strlen(line);
    snprintf(line + n, sizeof line - n, ", file %" PRIu64 " of %" PRIu64, files_done, files_total);
    int cols = p->tty ? cli_terminal_width(stderr) - 1 : (int)sizeof line;
    if (cols > 0 && strlen(line) > (size_t)cols)
        line[cols] = '\0'; /* what wraps can't be drawn over */
    int drawn = (int)strlen(line);
    if (p->tty) {
        fprintf(stderr, "\r%s%*s", line, p->drawn > drawn ? p->drawn - drawn : 0, "");
        p->drawn = drawn;
    } else {
        fprintf(stderr, "%s\n", line);
    }
    fflush(stderr);
}

/* The caps, each by its option. */
static enum th_code read_limits(const struct cli_options *o, struct th_limits *limits,
                                struct th_err *err)
{
    static const enum cli_option_id options[TH_LIMIT_COUNT] = {
#define TH_LIMIT(id, member, option, argument, unit, usual, least, most, words, help) OPT_##id,
#include "limits.def"
#undef TH_LIMIT
    };
    enum th_code rc = TH_OK;
    for (enum th_limit i = 0; rc == TH_OK && i < TH_LIMIT_COUNT; i++) {
        const struct th_limit_info *info = th_limit_info(i);
        uint64_t value;
        rc = info->unit == TH_LIMIT_BYTES
                 ? cli_option_size(o, options[i], info->least, info->most, th_limits_get(limits, i),
                                   &value, err)
                 : cli_option_number(o, options[i], info->least, info->most,
                                     th_limits_get(limits, i), &value, err);
        if (rc == TH_OK)
            th_limits_set(limits, i, value);
    }
    return rc;
}

int cli_import_what(struct cli *cli, const struct cli_target *target, struct th_app_import *what)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    *what = (struct th_app_import){
        .paths = target->paths,
        .paths_n = target->paths_n,
        .is_new = target->is_new,
        .geoip = o->value[OPT_GEOIP],
        .selection =
            {
                .from = o->value[OPT_FROM],
                .to = o->value[OPT_TO],
                .regions = o->value[OPT_REGION],
                .accounts = o->value[OPT_ACCOUNT],
                .include = o->include,
                .include_n = o->include_n,
                .exclude = o->exclude,
                .exclude_n = o->exclude_n,
                .digest_regex = o->value[OPT_DIGEST_REGEX],
            },
    };
    cli->limits = th_limits_usual;
    uint64_t jobs = 0;
    enum th_code rc = cli_option_number(o, OPT_JOBS, 1, 256, 0, &jobs, &err);
    if (rc == TH_OK)
        rc = read_limits(o, &cli->limits, &err);
    what->jobs = (int)jobs;
    what->limits = &cli->limits;
    what->reference = o->given[OPT_REFERENCE];
    return rc == TH_OK ? CLI_EXIT_OK : cli_fail_usage(cli, "%s", err.msg);
}

int cli_import(struct cli *cli, const struct cli_target *target, struct th_app_imported *done)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    struct progress p = {.tty = isatty(STDERR_FILENO) != 0, .said_ms = th_time_mono()};
    struct th_app_import what;
    int code = cli_import_what(cli, target, &what);
    if (code != CLI_EXIT_OK)
        return code;
    what.ctx = &p;
    if (!o->given[OPT_QUIET])
        what.progress = progress;
    enum th_code rc = th_app_import(target->case_path, &what, cli->cancel, done, &err);
    if (p.drawn > 0)
        fprintf(stderr, "\r%*s\r", p.drawn, "");
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    return done->rejects > 0 ? CLI_EXIT_REJECTS : CLI_EXIT_OK;
}

static const struct cli_column columns[] = {
    {"files", "FILES", true},           {"skipped", "SKIPPED", true}, {"records", "RECORDS", true},
    {"events", "EVENTS", true},         {"duplicates", "DUPL", true}, {"rejects", "REJECTS", true},
    {"unselected", "UNSELECTED", true}, {"seconds", "SECONDS", true},
};

static int totals(enum cli_format format, const struct th_app_imported *done, int code)
{
    const struct cli_cell cells[] = {
        cli_number((int64_t)done->files),      cli_number((int64_t)done->skipped),
        cli_number((int64_t)done->records),    cli_number((int64_t)done->events),
        cli_number((int64_t)done->duplicates), cli_number((int64_t)done->rejects),
        cli_number((int64_t)done->unselected), {.kind = CLI_DOUBLE, .real = done->seconds},
    };
    cli_out *out = cli_out_begin(stdout, format, columns, TH_COUNT(columns));
    cli_out_row(out, cells);
    return cli_end_out(out, code);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

void cli_import_summary(const char *path, const struct th_app_imported *done)
{
    /* Without -c the case bears the name of the evidence. */
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, th_str_of(path), cli_ascii_only());
    printf("%s: %" PRIu64 " event%s from %" PRIu64 " file%s in %.1f s", th_buf_cstr(&safe),
           done->events, plural(done->events), done->files, plural(done->files), done->seconds);
    th_buf_fini(&safe);
    if (done->seconds > 0.5)
        printf(" (%.0f/s)", (double)done->records / done->seconds);
    putchar('\n');
    if (done->duplicates > 0)
        printf("  %" PRIu64 " duplicate%s: copies of events that are in the case already\n",
               done->duplicates, plural(done->duplicates));
    if (done->rejects > 0)
        printf("  %" PRIu64 " reject%s: could not be read, see trailhound sources --rejects\n",
               done->rejects, plural(done->rejects));
    if (done->unselected > 0)
        printf("  %" PRIu64 " record%s not chosen: left out by --from, --to, --region, --account\n",
               done->unselected, plural(done->unselected));
    if (done->unchanged > 0)
        printf("  %" PRIu64 " file%s unchanged since an earlier import\n", done->unchanged,
               plural(done->unchanged));
    if (done->changed > 0)
        printf("  %" PRIu64 " file%s changed since an earlier import: the case keeps both, see "
               "trailhound sources\n",
               done->changed, plural(done->changed));
    if (done->altered > 0)
        printf("  %" PRIu64 " file%s changed while the import read %s: import again for the rest, "
               "see trailhound sources\n",
               done->altered, plural(done->altered), done->altered == 1 ? "it" : "them");
    if (done->skipped > done->unchanged)
        printf("  %" PRIu64 " file%s skipped: no CloudTrail records or not chosen, see trailhound "
               "sources\n",
               done->skipped - done->unchanged, plural(done->skipped - done->unchanged));
    if (done->renewed > 0)
        printf("  %" PRIu64 " value%s of earlier imports changed: other databases than then\n",
               done->renewed, plural(done->renewed));
    if (done->no_user_agents)
        puts("  user agents keep their own text only: uap-core is not installed");
    if (done->no_places)
        puts("  addresses have no places: no MaxMind database is here, see trailhound enrich");
}

/* What the case as a whole has to be told of; words: also on standard output. */
static void remarks(const char *path, bool words)
{
    th_case *c = NULL;
    struct th_case_summary s;
    if (th_case_open(path, TH_CASE_READ, &c, NULL) != TH_OK)
        return;
    if (words && th_case_summary(c, &s, NULL) == TH_OK && s.untimed > 0)
        printf("  %" PRIu64 " event%s without a time: listed first, in no histogram\n", s.untimed,
               plural(s.untimed));
    if (words)
        cli_note_lacking(path, c);
    cli_note_unfinished(path, c);
    (void)th_case_close(c, NULL);
}

static int import(struct cli *cli, const struct cli_target *target, enum cli_format format)
{
    const struct cli_options *o = cli->options;
    struct th_app_imported done;
    int code = cli_import(cli, target, &done);
    if (code == CLI_EXIT_OK || code == CLI_EXIT_REJECTS || code == CLI_EXIT_INTERRUPTED) {
        /* The summary in words is what a person reads; a program asks with --format. */
        if (o->given[OPT_FORMAT] && format != CLI_TABLE) {
            if (!o->given[OPT_QUIET])
                remarks(target->case_path, false);
            if (done.changed > 0 && !o->given[OPT_QUIET])
                cli_note("%llu file%s changed since an earlier import; see trailhound sources",
                         (unsigned long long)done.changed, plural(done.changed));
            if (done.altered > 0 && !o->given[OPT_QUIET])
                cli_note("%llu file%s changed while the import read %s; see trailhound sources",
                         (unsigned long long)done.altered, plural(done.altered),
                         done.altered == 1 ? "it" : "them");
            code = totals(format, &done, code);
        } else if (!o->given[OPT_QUIET]) {
            cli_import_summary(target->case_path, &done);
            remarks(target->case_path, true);
        }
    }
    return code;
}

int cli_cmd_import(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    struct cli_target target;
    if (o->args_n == 0)
        return cli_fail_usage(cli, "import needs a file, a folder or - for standard input");
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &format, &err);
    if (rc != TH_OK)
        return cli_fail_usage(cli, "%s", err.msg);
    rc = cli_target_of(o, &target, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    if (target.paths_n == 0) {
        int wrong = cli_fail_usage(cli, "nothing to import: %s is a case, which is no evidence",
                                   target.case_path);
        cli_target_fini(&target);
        return wrong;
    }
    int code = import(cli, &target, format);
    cli_target_fini(&target);
    return code;
}
