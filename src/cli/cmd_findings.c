/* trailhound findings: run the rules that are new or changed, list what they found. */
#include "cli/cli.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "base/time.h"

static const struct cli_column columns[] = {
    {"id", NULL, true},        {"rule.id", NULL, false},  {"rule.name", "WHAT", false},
    {"level", "LEVEL", false}, {"tags", NULL, false},     {"group", "GROUP", false},
    {"first", "FIRST", false}, {"last", "LAST", false},   {"count", "EVENTS", true},
    {"why", "WHY", false},     {"state", "STATE", false}, {"note", "NOTE", false},
    {"events", NULL, false},
};

struct listing {
    th_app *app;
    cli_out *out;
    enum cli_format format;
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

/* {"source.ip":"203.0.113.9"} as it is read: 203.0.113.9; several values with a comma. */
static bool group_value(void *ctx, struct th_str path, const struct th_json_value *value)
{
    struct th_buf *text = ctx, scratch = TH_BUF_INIT;
    (void)path;
    if (text->n > 0)
        th_buf_puts(text, ", ");
    th_buf_add_str(text, th_json_scalar(value, &scratch));
    th_buf_fini(&scratch);
    return true;
}

static bool one(void *ctx, const struct th_finding_row *f)
{
    struct listing *l = ctx;
    struct th_buf events = TH_BUF_INIT, group = TH_BUF_INIT;
    if (l->format == CLI_TABLE)
        (void)th_json_walk(th_str_of(f->grouping), group_value, &group);
    else
        event_ids(l, f->id, &events);
    int rank = th_level_rank(f->level);
    if (rank > l->highest)
        l->highest = rank;
    const struct cli_cell cells[] = {
        cli_number(f->id),
        cli_text(th_str_of(f->rule)),
        cli_text(th_str_of(f->name)),
        cli_text(th_str_of(f->level)),
        {.kind = CLI_RAW, .text = th_str_of(f->tags)},
        l->format == CLI_TABLE ? cli_text(th_buf_str(&group))
                               : (struct cli_cell){.kind = CLI_RAW, .text = th_str_of(f->grouping)},
        cli_time(f->first_ms),
        cli_time(f->last_ms),
        cli_number((int64_t)f->count),
        cli_text(th_str_of(f->why)),
        cli_text(th_str_of(f->state)),
        cli_text(th_str_of(f->note)),
        events.n == 0 ? CLI_CELL_ABSENT
                      : (struct cli_cell){.kind = CLI_RAW, .text = th_buf_str(&events)},
    };
    cli_out_row(l->out, cells);
    th_buf_fini(&events);
    th_buf_fini(&group);
    return l->rc == TH_OK;
}

enum th_code cli_list_findings(th_app *app, FILE *file, enum cli_format format, const char *level,
                               const char *state, int *highest, struct th_err *err)
{
    struct listing l = {.app = app, .format = format, .highest = -1, .rc = TH_OK, .err = err};
    l.out = cli_out_begin(file, format, columns, TH_COUNT(columns));
    enum th_code rc = th_findings_list(th_app_case(app), level, state, one, &l, err);
    enum th_code ended = cli_out_end(l.out, err);
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
    if (state != NULL && strcmp(state, "new") != 0 && strcmp(state, "confirmed") != 0 &&
        strcmp(state, "benign") != 0)
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
    rc = cli_list_findings(app, stdout, format, o->value[OPT_LEVEL], o->value[OPT_STATE], &highest,
                           &err);
    if (rc != TH_OK && (rc != TH_E_CANCELLED || th_cancelled(cli->cancel)))
        code = cli_fail(rc, &err);
    else if (o->given[OPT_FAIL_ON] && highest >= th_level_rank(o->value[OPT_FAIL_ON]))
        code = CLI_EXIT_FINDINGS;
    else if (missing)
        code = CLI_EXIT_FAILED;
    return cli_close(app, code);
}
