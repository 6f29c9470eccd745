/* trailhound findings: run the rules that are new or changed, list what they found. */
#include "cli/cli.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "cli/findings_lines.h"

/* Cells that say what a finding is, and then one of three ends: its events as an array (jsonl),
 * nothing, or one of its events. */
static const struct cli_column columns[] = {
    {"id", NULL, true},        {"rule.id", NULL, false},  {"rule.name", "WHAT", false},
    {"level", "LEVEL", false}, {"tags", NULL, false},     {"group", "GROUP", false},
    {"first", "FIRST", false}, {"last", "LAST", false},   {"count", "EVENTS", true},
    {"why", "WHY", false},     {"state", "STATE", false}, {"note", "NOTE", false},
    {"events", NULL, false},
};
enum { WITHOUT_EVENTS = TH_COUNT(columns) - 1 };

static const struct cli_column event_columns[] = {
    {"id", NULL, true},
    {"rule.id", NULL, false},
    {"rule.name", "WHAT", false},
    {"level", NULL, false},
    {"group", NULL, false},
    {"state", NULL, false},
    {"@timestamp", "TIME", false},
    {"event.action", "ACTION", false},
    {"user.name", "USER", false},
    {"source.ip", "ADDRESS", false},
    {"event.outcome", "OUTCOME", false},
    {"event.id", NULL, false},
};
static const enum th_field event_fields[] = {TH_F_TIMESTAMP, TH_F_EVENT_ACTION,  TH_F_USER_NAME,
                                             TH_F_SOURCE_IP, TH_F_EVENT_OUTCOME, TH_F_EVENT_ID};
enum { OF_FINDING = TH_COUNT(event_columns) - TH_COUNT(event_fields) };

struct listing {
    th_app *app;
    const struct cli_findings *which;
    cli_out *out;              /* NULL: lines */
    cli_findings_lines *lines; /* NULL: out */
    int highest;
    enum th_code rc;
    struct th_err *err;
};

/* The ids of a finding's events as a JSON array; an event without an id is left out, its count
 * still tells. */
static void event_ids(struct listing *l, int64_t finding, struct th_buf *json)
{
    uint32_t *rows = NULL;
    size_t n = 0;
    l->rc = th_findings_rows(th_app_case(l->app), finding, &rows, &n, l->err);
    struct th_jsonw w;
    th_jsonw_init(&w, json);
    th_jsonw_begin_array(&w);
    struct th_buf id = TH_BUF_INIT;
    for (size_t i = 0; l->rc == TH_OK && i < n; i++) {
        th_buf_reset(&id);
        if (th_app_cell(l->app, rows[i], TH_F_EVENT_ID, &id))
            th_jsonw_string(&w, th_buf_str(&id));
    }
    th_jsonw_end_array(&w);
    th_buf_fini(&id);
    free(rows);
}

/* Scalars of a JSON text as they are read, with commas between. */
struct words {
    struct th_buf text;
    bool named; /* "source.ip: 203.0.113.9", not only the value */
};

static bool add_word(void *ctx, struct th_str path, const struct th_json_value *value)
{
    struct words *words = ctx;
    struct th_buf scratch = TH_BUF_INIT;
    if (words->text.n > 0)
        th_buf_puts(&words->text, ", ");
    if (words->named) {
        th_buf_add_str(&words->text, path);
        th_buf_puts(&words->text, ": ");
    }
    th_buf_add_str(&words->text, th_json_scalar(value, &scratch));
    th_buf_fini(&scratch);
    return true;
}

/* The words of JSON text as a cell; as jsonl has it that is the text itself. */
static struct cli_cell words_cell(const struct listing *l, const char *json, struct words *words)
{
    if (l->which->format == CLI_JSONL)
        return (struct cli_cell){.kind = CLI_RAW, .text = th_str_of(json)};
    (void)th_json_walk(th_str_of(json), add_word, words);
    return words->text.n == 0 ? CLI_CELL_ABSENT : cli_text(th_buf_str(&words->text));
}

static void put_finding(struct listing *l, const struct th_finding *f)
{
    struct th_buf events = TH_BUF_INIT;
    struct words group = {TH_BUF_INIT, l->which->format == CLI_CSV}, tags = {TH_BUF_INIT, false};
    if (l->which->format == CLI_JSONL)
        event_ids(l, f->id, &events);
    const struct cli_cell cells[] = {
        cli_number(f->id),
        cli_text(th_str_of(f->rule)),
        cli_text(th_str_of(f->name)),
        cli_text(th_str_of(f->level)),
        words_cell(l, f->tags, &tags),
        words_cell(l, f->grouping, &group),
        cli_time(f->first_ms),
        cli_time(f->last_ms),
        cli_number((int64_t)f->count),
        cli_text(th_str_of(f->why)),
        cli_text(th_str_of(th_finding_state_word(f->state))),
        cli_text(th_str_of(f->note)),
        {.kind = events.n == 0 ? CLI_ABSENT : CLI_RAW, .text = th_buf_str(&events)},
    };
    cli_out_row(l->out, cells);
    th_buf_fini(&events);
    th_buf_fini(&group.text);
    th_buf_fini(&tags.text);
}

static void put_lines(struct listing *l, const struct th_finding *f)
{
    struct words group = {TH_BUF_INIT, true};
    (void)th_json_walk(th_str_of(f->grouping), add_word, &group);
    cli_findings_lines_add(l->lines, f, th_buf_str(&group.text));
    th_buf_fini(&group.text);
}

static void put_events(struct listing *l, const struct th_finding *f)
{
    uint32_t *rows = NULL;
    size_t n = 0;
    struct words group = {TH_BUF_INIT, true};
    struct th_buf text[TH_COUNT(event_fields)] = {TH_BUF_INIT};
    struct cli_cell cells[TH_COUNT(event_columns)] = {
        cli_number(f->id),
        cli_text(th_str_of(f->rule)),
        cli_text(th_str_of(f->name)),
        cli_text(th_str_of(f->level)),
        words_cell(l, f->grouping, &group),
        cli_text(th_str_of(th_finding_state_word(f->state))),
    };
    l->rc = th_findings_rows(th_app_case(l->app), f->id, &rows, &n, l->err);
    bool more = l->rc == TH_OK;
    for (size_t i = 0; more && i < n; i++) {
        for (size_t c = 0; c < TH_COUNT(event_fields); c++) {
            th_buf_reset(&text[c]);
            bool there = th_app_cell(l->app, rows[i], event_fields[c], &text[c]);
            cells[OF_FINDING + c] = there ? cli_text(th_buf_str(&text[c])) : CLI_CELL_ABSENT;
        }
        more = cli_out_row(l->out, cells);
    }
    for (size_t c = 0; c < TH_COUNT(event_fields); c++)
        th_buf_fini(&text[c]);
    th_buf_fini(&group.text);
    free(rows);
}

static bool one(void *ctx, const struct th_finding *f)
{
    struct listing *l = ctx;
    int rank = th_level_rank(f->level);
    if (rank > l->highest)
        l->highest = rank;
    if (l->lines != NULL)
        put_lines(l, f);
    else if (l->which->events)
        put_events(l, f);
    else
        put_finding(l, f);
    return l->rc == TH_OK;
}

enum th_code cli_list_findings(th_app *app, FILE *file, const struct cli_findings *which,
                               int *highest, struct th_err *err)
{
    struct listing l = {.app = app, .which = which, .highest = -1, .rc = TH_OK, .err = err};
    int cols = which->format == CLI_TABLE ? cli_terminal_width(file) : 0;
    if (!which->events && cols > 0 && cols < CLI_FINDINGS_TABLE_COLS)
        l.lines = cli_findings_lines_new(cols, cli_ascii_only());
    else if (which->events)
        l.out = cli_out_begin(file, which->format, event_columns, TH_COUNT(event_columns));
    else
        l.out = cli_out_begin(file, which->format, columns,
                              which->format == CLI_CSV ? WITHOUT_EVENTS : TH_COUNT(columns));
    enum th_code rc = th_findings_list(th_app_case(app), th_level_rank(which->level),
                                       th_finding_state_parse(which->state), one, &l, err);
    enum th_code ended =
        l.lines != NULL ? cli_findings_lines_write(l.lines, file, err) : cli_out_end(l.out, err);
    cli_findings_lines_free(l.lines);
    *highest = l.highest;
    if (rc == TH_OK)
        rc = l.rc;
    return rc == TH_OK ? ended : rc;
}

static enum th_code check_words(const struct cli_options *o, struct th_err *err)
{
    static const enum cli_option_id levels[] = {OPT_LEVEL, OPT_FAIL_ON};
    for (size_t i = 0; i < TH_COUNT(levels); i++)
        if (o->given[levels[i]] && th_level_rank(o->value[levels[i]]) < 0)
            return th_err_set(err, TH_E_USAGE,
                              "unknown level '%s': informational, low, medium, high or critical",
                              o->value[levels[i]]);
    const char *state = o->value[OPT_STATE];
    if (state != NULL && th_finding_state_parse(state) < 0)
        return th_err_set(err, TH_E_USAGE, "unknown state '%s': new, confirmed or benign", state);
    return TH_OK;
}

static void say_notes(const struct cli *cli, const th_app *app)
{
    const th_rules *rules = th_app_rules(app);
    for (size_t i = 0;
         rules != NULL && !cli->options->given[OPT_QUIET] && i < th_rules_note_count(rules); i++) {
        const struct th_rule_note *note = th_rules_note(rules, i);
        cli_note("%s:%d: %s%s", note->path, note->line, note->error ? "rule not loaded: " : "",
                 note->text);
    }
}

static void say_limits(const struct cli *cli, const th_app *app)
{
    const th_rules *rules = th_app_rules(app);
    for (size_t i = 0;
         rules != NULL && !cli->options->given[OPT_QUIET] && i < th_rules_count(rules); i++) {
        const struct th_rule *rule = th_rules_get(rules, i);
        if (rule->query != NULL && th_query_gave_up(rule->query))
            cli_note("%s: an expression took too many steps on some values, which count as no "
                     "match",
                     rule->path);
    }
}

int cli_cmd_findings(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &format, &err);
    if (rc == TH_OK)
        rc = check_words(o, &err);
    if (rc != TH_OK || o->args_n > 0)
        return cli_fail_usage(cli, "%s", rc != TH_OK ? err.msg : "findings takes no argument");
    th_app *app = NULL;
    rc = cli_open_app(cli, TH_CASE_WRITE, &app, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    struct th_app_detected detected;
    rc = th_app_detect(app, o->rules, o->rules_n, cli->cancel, NULL, NULL, &detected, &err);
    if (rc != TH_OK)
        return cli_close(app, cli_fail(rc, &err));
    say_notes(cli, app);
    say_limits(cli, app);
    /* A script that asks for --fail-on must not pass because its rules could not be read. */
    bool missing = detected.missing.code != TH_OK;
    if (missing)
        cli_note("%s", detected.missing.msg);
    if (!missing && th_app_rules(app) != NULL && th_rules_count(th_app_rules(app)) == 0) {
        cli_note("no rule was loaded");
        return cli_close(app, CLI_EXIT_FAILED);
    }
    if (th_case_readonly(th_app_case(app)))
        cli_note("the case can't be written: listing the findings it holds, no rule was run");
    int highest = -1, code = CLI_EXIT_OK;
    const struct cli_findings which = {format, o->value[OPT_LEVEL], o->value[OPT_STATE],
                                       o->given[OPT_EVENTS]};
    rc = cli_list_findings(app, stdout, &which, &highest, &err);
    if (rc != TH_OK && (rc != TH_E_CANCELLED || th_cancelled(cli->cancel)))
        code = cli_fail(rc, &err);
    else if (o->given[OPT_FAIL_ON] && highest >= th_level_rank(o->value[OPT_FAIL_ON]))
        code = CLI_EXIT_FINDINGS;
    else if (missing)
        code = CLI_EXIT_FAILED;
    return cli_close(app, code);
}
