/* Errors become one line on standard error and an exit code here and nowhere else. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/casefile.h"
#include "cli/cli.h"
#include "query/eval/eval.h"

static int exit_code(enum th_code rc)
{
    if (rc == TH_E_USAGE || rc == TH_E_QUERY)
        return CLI_EXIT_USAGE;
    if (rc == TH_E_CANCELLED)
        return CLI_EXIT_INTERRUPTED;
    return rc == TH_OK ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}

static void line(const char *text)
{
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, th_str_of(text), cli_ascii_only());
    fprintf(stderr, "trailhound: %s\n", th_buf_cstr(&safe));
    th_buf_fini(&safe);
}

void cli_note(const char *fmt, ...)
{
    struct th_buf text = TH_BUF_INIT;
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n > 0) {
        vsnprintf(th_buf_reserve(&text, (size_t)n + 1), (size_t)n + 1, fmt, args);
        text.n = (size_t)n;
    }
    va_end(args);
    line(th_buf_cstr(&text));
    th_buf_fini(&text);
}

int cli_fail(enum th_code rc, const struct th_err *err)
{
    if (rc == TH_E_CANCELLED)
        line("interrupted");
    else
        line(err->msg[0] != '\0' ? err->msg : th_code_words(rc));
    return exit_code(rc);
}

/* The filter with a caret under what is meant, and the words. */
static void explain(const char *filter, const struct th_err *err)
{
    struct th_buf text = TH_BUF_INIT;
    th_kql_explain(th_str_of(filter), err, cli_ascii_only(), &text);
    fprintf(stderr, "trailhound: in the filter\n%s", th_buf_cstr(&text));
    if (text.n > 0 && text.p[text.n - 1] != '\n')
        fputc('\n', stderr);
    th_buf_fini(&text);
}

int cli_fail_filter(const char *filter, enum th_code rc, const struct th_err *err)
{
    if (rc != TH_E_QUERY || err->offset == TH_ERR_NO_OFFSET)
        return cli_fail(rc, err);
    explain(filter, err);
    return exit_code(rc);
}

/* What the parser has to say of a filter that is good. */
static void explain_notes(const char *filter, const struct th_kql_notes *notes)
{
    for (size_t i = 0; i < notes->n; i++) {
        struct th_err note = {0};
        (void)th_err_at(&note, TH_E_QUERY, notes->note[i].span.from,
                        notes->note[i].span.to - notes->note[i].span.from, "%s",
                        notes->note[i].text);
        explain(filter, &note);
    }
}

int cli_fail_usage(const struct cli *cli, const char *fmt, ...)
{
    char msg[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(msg, sizeof msg, fmt, args);
    va_end(args);
    line(msg);
    const char *name = cli_command(cli->options->command)->name;
    fprintf(stderr, "Try 'trailhound%s%s --help'.\n", name[0] == '\0' ? "" : " ", name);
    return CLI_EXIT_USAGE;
}

void cli_note_lacking(const char *name, th_case *c)
{
    struct th_buf names = TH_BUF_INIT;
    if (th_case_lacking(c, &names, NULL) == TH_OK && names.n > 0)
        cli_note("%s: events that an earlier version imported have no values of %s; import their "
                 "evidence into a new case to have them",
                 name, th_buf_cstr(&names));
    th_buf_fini(&names);
}

void cli_note_unfinished(const char *name, th_case *c)
{
    struct th_buf paths = TH_BUF_INIT, words = TH_BUF_INIT;
    struct th_unfinished u;
    if (th_case_unfinished(c, &u, &paths, NULL) == TH_OK && u.imports > 0) {
        th_unfinished_words(&u, &words);
        cli_note("%s: %s (%s); results are of what is in so far; %s", name, th_buf_cstr(&words),
                 th_buf_cstr(&paths),
                 u.running ? "ask again when it is through" : "run the same command to continue");
    }
    th_buf_fini(&paths);
    th_buf_fini(&words);
}

enum th_code cli_open_app(const struct cli *cli, enum th_case_mode mode, th_app **out,
                          struct th_err *err)
{
    char *path = NULL;
    enum th_code rc = cli_case_existing(cli->options, &path, err);
    if (rc == TH_OK)
        rc = th_app_open(path, mode, out, err);
    free(path);
    if (rc == TH_OK && !cli->options->given[OPT_QUIET]) {
        cli_note_lacking(th_app_name(*out), th_app_case(*out));
        cli_note_unfinished(th_app_name(*out), th_app_case(*out));
    }
    return rc;
}

enum th_code cli_filter(const struct cli *cli, const char **out, struct th_err *err)
{
    const struct cli_options *o = cli->options;
    *out = o->given[OPT_FILTER] ? o->value[OPT_FILTER] : "";
    if (o->args_n == 0)
        return TH_OK;
    if (o->args_n > 1)
        return th_err_set(err, TH_E_USAGE, "%zu words where one filter was expected: quote it",
                          o->args_n);
    if (o->given[OPT_FILTER])
        return th_err_set(err, TH_E_USAGE, "the filter was given twice: as '%s' and with -f",
                          o->args[0]);
    *out = o->args[0];
    return TH_OK;
}

/* Strictly, as the workbench does, or as --lenient asks for. */
static enum th_code parse(const struct cli *cli, th_app *app, const char *filter, th_query **out,
                          struct th_kql_notes *notes, struct th_err *err)
{
    struct th_kql_options options = {.lenient = true};
    int64_t first;
    if (!cli->options->given[OPT_LENIENT])
        return th_app_parse(app, th_str_of(filter), out, notes, err);
    enum th_code rc = th_table_span(th_app_table(app), &first, &options.now_ms, err);
    return rc == TH_OK ? th_kql_parse(th_str_of(filter), &options, out, notes, err) : rc;
}

/* A filter that reads the records may take a while: how far it is, on a terminal. */
enum { FIRST_MS = 700, EVERY_MS = 250 };
struct reading {
    int64_t began_ms;
    int drawn; /* columns of the line that stands there */
};

static void tell_share(void *ctx, const struct th_bits *found, double share)
{
    struct reading *r = ctx;
    if (th_time_mono() - r->began_ms < FIRST_MS)
        return;
    int n = fprintf(stderr, "\rreading the records: %.0f %%, %zu events so far", 100 * share,
                    th_bits_count(found));
    if (n > 0 && r->drawn > n)
        fprintf(stderr, "%*s", r->drawn - n, "");
    r->drawn = n > r->drawn ? n : r->drawn;
    fflush(stderr);
}

static enum th_code eval(struct cli *cli, th_app *app, const th_query *query, struct th_bits *rows,
                         struct th_err *err)
{
    struct reading r = {th_time_mono(), 0};
    const struct th_eval_watch watch = {tell_share, &r, FIRST_MS, EVERY_MS};
    bool shown = isatty(STDERR_FILENO) != 0 && !cli->options->given[OPT_QUIET];
    enum th_code rc = th_eval_rows_watched(th_app_table(app), query, NULL, shown ? &watch : NULL,
                                           cli->cancel, rows, err);
    if (r.drawn > 0)
        fprintf(stderr, "\r%*s\r", r.drawn, "");
    return rc;
}

static bool rows_of(struct cli *cli, th_app *app, const char *filter, struct th_bits *rows,
                    int *code)
{
    struct th_err err = {0};
    struct th_kql_notes notes = {.n = 0};
    th_query *query = NULL;
    enum th_code rc = parse(cli, app, filter, &query, &notes, &err);
    if (rc == TH_OK)
        explain_notes(filter, &notes);
    if (rc == TH_OK)
        rc = eval(cli, app, query, rows, &err);
    if (rc == TH_OK) {
        notes.n = 0;
        th_kql_note_limits(query, &notes);
        explain_notes(filter, &notes);
    }
    th_query_free(query);
    if (rc != TH_OK)
        *code = cli_fail_filter(filter, rc, &err);
    return rc == TH_OK;
}

bool cli_rows(struct cli *cli, th_app *app, struct th_bits *rows, int *code)
{
    struct th_err err = {0};
    const char *filter;
    enum th_code rc = cli_filter(cli, &filter, &err);
    if (rc != TH_OK) {
        *code = cli_fail_usage(cli, "%s", err.msg);
        return false;
    }
    return rows_of(cli, app, filter, rows, code);
}

/* Of records that can't be read an answer knows nothing: that is said, source by source. True:
 * there were any. */
static bool note_lost(th_app *app)
{
    struct th_lost lost;
    th_table_lost(th_app_table(app), &lost);
    for (size_t i = 0; i < lost.sources_n; i++) {
        const struct th_lost_source *of = &lost.sources[i];
        cli_note("%zu event%s left out: %s can't be read: %s", of->events,
                 of->events == 1 ? "" : "s", of->events == 1 ? "its record" : "their records",
                 of->why);
    }
    if (lost.others > 0)
        cli_note("%zu event%s of further sources left out: the records can't be read", lost.others,
                 lost.others == 1 ? "" : "s");
    return lost.events > 0;
}

int cli_close(th_app *app, int code)
{
    if (app != NULL && note_lost(app) && code == CLI_EXIT_OK)
        code = CLI_EXIT_REJECTS;
    return cli_leave(app, code);
}

int cli_leave(th_app *app, int code)
{
    struct th_err err = {0};
    enum th_code rc = th_app_close(app, &err);
    return rc != TH_OK && code == CLI_EXIT_OK ? cli_fail(rc, &err) : code;
}

int cli_end_out(cli_out *out, int code)
{
    struct th_err err = {0};
    enum th_code rc = cli_out_end(out, &err);
    if (rc == TH_OK || (rc == TH_E_CANCELLED && err.sys_errno != EINTR))
        return code;
    return cli_fail(rc, &err);
}
