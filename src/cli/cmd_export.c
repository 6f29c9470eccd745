/* trailhound export [FILTER]: events or findings to a file or standard output, oldest first. */
#include "cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/app_export.h"
#include "base/mem.h"
#include "base/outfile.h"

#define DEFAULT_FIELDS "@timestamp,event.action,user.name,source.ip,event.outcome,event.id"

/* A file as it was delivered: no format of events. */
#define SOURCE "source"
static const char *const retains[] = {"all", "keyword", "flattened", "minimal", "none"};

struct plan {
    struct th_app_export what; /* how NULL: a source as it was delivered */
    char *tags_text;
    const char **tags;
    uint64_t source;
    FILE *file;
    th_outfile *out; /* what -o names; NULL: standard output */
};

static int word_index(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return (int)i;
    return -1;
}

/* enum th_retain, or -1. The integration takes an empty setting for keyword. */
static int retain_of(const struct cli_options *o)
{
    if (!o->given[OPT_RETAIN])
        return TH_RETAIN_ALL;
    const char *word = o->value[OPT_RETAIN];
    return word[0] == '\0' ? TH_RETAIN_KEYWORD : word_index(word, retains, TH_COUNT(retains));
}

static void split_tags(struct plan *plan, const char *text)
{
    plan->tags_text = th_xstrdup(text);
    plan->tags = th_xcalloc(strlen(text) + 2, sizeof *plan->tags);
    for (char *at = plan->tags_text; at != NULL && *at != '\0';) {
        char *comma = strchr(at, ',');
        if (comma != NULL)
            *comma++ = '\0';
        if (*at != '\0')
            plan->tags[plan->what.doc.tags_n++] = at;
        at = comma;
    }
    plan->what.doc.tags = plan->tags;
}

/* "ecs, raw, jsonl, csv or source" */
static enum th_code unknown_format(const char *format, struct th_err *err)
{
    struct th_buf names = TH_BUF_INIT;
    for (size_t i = 0; th_exporter_at(i) != NULL; i++)
        th_buf_printf(&names, "%s%s", i == 0 ? "" : ", ", th_exporter_at(i)->name);
    enum th_code rc = th_err_set(err, TH_E_USAGE, "unknown format '%s': %s or " SOURCE, format,
                                 th_buf_cstr(&names));
    th_buf_fini(&names);
    return rc;
}

static enum th_code plan_of(const struct cli_options *o, struct plan *plan, struct th_err *err)
{
    const char *format = o->given[OPT_FORMAT]     ? o->value[OPT_FORMAT]
                         : o->given[OPT_FINDINGS] ? "jsonl"
                                                  : th_exporter_at(0)->name;
    const bool source = strcmp(format, SOURCE) == 0;
    const struct th_exporter *how = th_exporter_find(format);
    if (how == NULL && !source)
        return unknown_format(format, err);
    plan->what.how = how;
    int retain = retain_of(o);
    if (retain < 0)
        return th_err_set(err, TH_E_USAGE,
                          "unknown --retain '%s': all, keyword, flattened, minimal or none",
                          o->value[OPT_RETAIN]);
    plan->what.doc.retain = (enum th_retain)retain;
    if ((source || !how->documents) && (o->given[OPT_RETAIN] || o->given[OPT_TAGS]))
        return th_err_set(err, TH_E_USAGE,
                          "--retain and --tags shape ecs documents; this is --format %s", format);
    if ((source || !how->records) && o->given[OPT_ONE_LINE])
        return th_err_set(err, TH_E_USAGE, "--one-line needs --format raw");
    if (source != o->given[OPT_SOURCE])
        return th_err_set(err, TH_E_USAGE, "--format source and --source N go together");
    if (o->given[OPT_FINDINGS] && (source || !how->rows))
        return th_err_set(err, TH_E_USAGE, "findings are exported as jsonl or csv");
    if ((source || !how->rows) && o->given[OPT_FIELDS])
        return th_err_set(err, TH_E_USAGE, "--fields needs --format jsonl or csv");
    if (o->given[OPT_TAGS])
        split_tags(plan, o->value[OPT_TAGS]);
    plan->what.one_line = o->given[OPT_ONE_LINE];
    enum th_code rc = cli_option_number(o, OPT_SOURCE, 1, INT64_MAX, 1, &plan->source, err);
    if (rc == TH_OK && !source)
        rc = th_flat_fields_parse(
            th_str_of(o->given[OPT_FIELDS] ? o->value[OPT_FIELDS] : DEFAULT_FIELDS),
            &plan->what.fields, err);
    return rc;
}

static enum th_code open_output(const struct cli_options *o, struct plan *plan, struct th_err *err)
{
    const char *path = o->given[OPT_OUTPUT] ? o->value[OPT_OUTPUT] : "-";
    plan->file = stdout;
    if (strcmp(path, "-") != 0) {
        if (th_case_is_case(path))
            return th_err_set(err, TH_E_USAGE, "%s is a case: export doesn't write over it", path);
        enum th_code rc = th_outfile_open(path, true, &plan->out, err);
        if (rc != TH_OK)
            return rc;
        plan->file = th_outfile_stream(plan->out);
    }
    if (plan->what.how != NULL || !isatty(fileno(plan->file)))
        return TH_OK;
    th_outfile_abandon(plan->out);
    return th_err_set(err, TH_E_USAGE,
                      "a file as delivered may hold anything, even what a terminal obeys: "
                      "name a file with -o FILE");
}

/* Errors name what could not be written. */
static enum th_code close_output(const struct cli_options *o, struct plan *plan, enum th_code rc,
                                 struct th_err *err)
{
    if (rc == TH_OK)
        rc = cli_flush(plan->file, err);
    if (plan->out == NULL)
        return rc;
    if (rc == TH_OK)
        return th_outfile_commit(plan->out, err);
    th_outfile_abandon(plan->out);
    return rc == TH_E_FULL || rc == TH_E_IO ? th_err_prefix(err, rc, "%s", o->value[OPT_OUTPUT])
                                            : rc;
}

static enum th_code write_text(void *ctx, struct th_str text, struct th_err *err)
{
    const struct plan *plan = ctx;
    return cli_write(plan->file, text, err);
}

static enum th_code events(struct cli *cli, th_app *app, struct plan *plan,
                           const struct th_bits *rows, struct th_err *err)
{
    size_t cut = 0;
    plan->what.write = write_text;
    plan->what.ctx = plan;
    enum th_code rc = th_app_export(app, &plan->what, rows, cli->cancel, &cut, err);
    if (rc == TH_OK)
        cli_note_cut(cut);
    return rc;
}

/* Bytes on their way to a file, and why they stopped. */
struct sink {
    FILE *file;
    enum th_code rc;
    struct th_err err;
};

static bool write_bytes(void *ctx, const void *bytes, size_t n)
{
    struct sink *sink = ctx;
    sink->rc = cli_write(sink->file, (struct th_str){bytes, n}, &sink->err);
    return sink->rc == TH_OK;
}

/* A reader that went away has seen enough; Ctrl-C is another matter. */
static int ended(struct cli *cli, enum th_code rc, const struct th_err *err)
{
    if (rc == TH_OK || (rc == TH_E_CANCELLED && !th_cancelled(cli->cancel)))
        return CLI_EXIT_OK;
    return cli_fail(rc, err);
}

static int filtered_events(struct cli *cli, th_app *app, struct plan *plan)
{
    struct th_err err = {0};
    const struct cli_options *o = cli->options;
    struct th_bits rows;
    int code = CLI_EXIT_OK;
    if (!cli_rows(cli, app, &rows, &code))
        return code;
    if (o->given[OPT_ID]) {
        uint32_t row = 0;
        bool found = th_app_find(app, th_str_of(o->value[OPT_ID]), &row) && th_bits_get(&rows, row);
        th_bits_fini(&rows);
        if (!found) {
            (void)th_err_set(&err, TH_E_NOT_FOUND, "no event with id %s", o->value[OPT_ID]);
            return cli_fail(TH_E_NOT_FOUND, &err);
        }
        th_bits_init(&rows, th_table_rows(th_app_table(app)));
        th_bits_put(&rows, row);
    }
    enum th_code rc = open_output(o, plan, &err);
    if (rc == TH_OK)
        rc = close_output(o, plan, events(cli, app, plan, &rows, &err), &err);
    th_bits_fini(&rows);
    return ended(cli, rc, &err);
}

static int findings(struct cli *cli, th_app *app, struct plan *plan)
{
    struct th_err err = {0};
    int highest;
    enum th_code rc = open_output(cli->options, plan, &err);
    if (rc == TH_OK) {
        struct cli_findings all = {.format = CLI_JSONL};
        rc = cli_format_of(plan->what.how->name, &all.format, &err);
        if (rc == TH_OK)
            rc = cli_list_findings(app, plan->file, &all, &highest, &err);
        rc = close_output(cli->options, plan, rc, &err);
    }
    return ended(cli, rc, &err);
}

static int source_bytes(struct cli *cli, th_app *app, struct plan *plan)
{
    struct th_err err = {0};
    enum th_code rc = open_output(cli->options, plan, &err);
    if (rc == TH_OK) {
        struct sink sink = {.file = plan->file};
        rc =
            th_case_source_bytes(th_app_case(app), (int64_t)plan->source, write_bytes, &sink, &err);
        if (sink.rc != TH_OK) {
            rc = sink.rc;
            err = sink.err;
        }
        rc = close_output(cli->options, plan, rc, &err);
    }
    return ended(cli, rc, &err);
}

int cli_cmd_export(struct cli *cli)
{
    struct th_err err = {0};
    struct plan plan = {.what = {.how = NULL}};
    struct th_enrich *enrich = NULL;
    th_derived *derived = NULL;
    th_app *app = NULL;
    enum th_code rc = plan_of(cli->options, &plan, &err);
    int code;
    if (rc != TH_OK) {
        code = cli_fail_usage(cli, "%s", err.msg);
    } else {
        rc = cli_open_app(cli, TH_CASE_READ, &app, &err);
        if (rc == TH_OK && plan.what.how != NULL && plan.what.how->documents) {
            /* What the case holds, not what files say today: documents and columns agree. */
            rc = th_derived_load(th_app_case(app), &derived, &err);
            enrich = th_enrich_new();
            th_enrich_stored(enrich, th_derived_value, derived);
            plan.what.doc.enrich = enrich;
        }
        if (rc != TH_OK)
            code = cli_fail(rc, &err);
        else if (cli->options->given[OPT_FINDINGS])
            code = findings(cli, app, &plan);
        else
            code = plan.what.how == NULL ? source_bytes(cli, app, &plan)
                                         : filtered_events(cli, app, &plan);
    }
    th_enrich_free(enrich);
    th_derived_free(derived);
    th_flat_fields_fini(&plan.what.fields);
    free(plan.tags_text);
    free(plan.tags);
    return cli_close(app, code);
}
