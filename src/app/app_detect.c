/* Rules over the case: those that are new, changed or have new events to see run; what they find
 * replaces what they found before. */
#include <stdlib.h>
#include <string.h>

#include "app/app_private.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "detect/run/run.h"

static char *tags_json(const struct th_rule *rule)
{
    struct th_buf out = TH_BUF_INIT;
    struct th_jsonw w;
    th_jsonw_init(&w, &out);
    th_jsonw_begin_array(&w);
    for (size_t i = 0; i < rule->tags_n; i++)
        th_jsonw_string(&w, th_str_of(rule->tags[i]));
    th_jsonw_end_array(&w);
    return th_buf_take(&out);
}

static int by_row(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum th_code keep(th_case *c, const struct th_rule *rule, struct th_found_list *list,
                         uint64_t events, struct th_err *err)
{
    char *tags = tags_json(rule);
    struct th_finding_new *rows = th_xcalloc(list->n + 1, sizeof *rows);
    for (size_t i = 0; i < list->n; i++) {
        struct th_found *f = &list->found[i];
        /* The run gives rows by time; the case keeps them by number. */
        qsort(f->rows, f->rows_n, sizeof *f->rows, by_row);
        rows[i] = (struct th_finding_new){
            .rule = rule->id,
            .name = rule->title,
            .level = rule->level,
            .tags = tags,
            .grouping = f->grouping,
            .why = f->why,
            .detail = f->detail,
            .first_ms = f->first_ms,
            .last_ms = f->last_ms,
            .rows = f->rows,
            .rows_n = f->rows_n,
        };
    }
    enum th_code rc = th_findings_replace(c, rule->id, rule->title, rule->level, rule->path,
                                          rule->hash, events, rows, list->n, err);
    free(rows);
    free(tags);
    return rc;
}

/* One run of rules over a table, with findings into c. */
struct running {
    th_case *c;
    th_table *table;
    const th_rules *rules;
    th_cancel *cancel;
    void (*progress)(void *ctx, const char *rule, size_t i, size_t n);
    void *ctx;
};

/* Which rules are new or changed, or haven't seen all events. out: owned (free). */
static enum th_code rules_due(const struct running *r, const struct th_rule ***out, size_t *out_n,
                              struct th_err *err)
{
    size_t n = th_rules_count(r->rules);
    uint64_t events = th_table_rows(r->table);
    enum th_code rc = TH_OK;
    *out = th_xcalloc(n + 1, sizeof **out);
    *out_n = 0;
    for (size_t i = 0; rc == TH_OK && i < n; i++) {
        const struct th_rule *rule = th_rules_get(r->rules, i);
        bool current = false;
        if (rule->silent)
            continue;
        rc = th_findings_current(r->c, rule->id, rule->hash, events, &current, err);
        if (rc == TH_OK && !current)
            (*out)[(*out_n)++] = rule;
    }
    return rc;
}

/* Findings of rules that are no longer there go, unless that is only because their folder is gone,
 * or no rule could be read. */
static enum th_code retire(const struct running *r, struct th_app_detected *out, struct th_err *err)
{
    size_t n = th_rules_count(r->rules);
    const char **ids = th_xcalloc(n + 1, sizeof *ids);
    for (size_t i = 0; i < n; i++)
        if (!th_rules_get(r->rules, i)->silent)
            ids[out->rules++] = th_rules_get(r->rules, i)->id;
    enum th_code rc = n > 0 && out->missing.code == TH_OK
                          ? th_findings_retire(r->c, ids, out->rules, err)
                          : TH_OK;
    free(ids);
    return rc;
}

#define RUN_AGAIN UINT64_MAX /* -1 in table rule */

/* Records that can't be read were left out: they may be readable when rules run again. */
static uint64_t events_seen(const struct running *r)
{
    struct th_lost lost;
    th_table_lost(r->table, &lost);
    return lost.events > 0 ? RUN_AGAIN : th_table_rows(r->table);
}

static enum th_code run_rule(const struct running *r, th_detect *detect, const struct th_rule *rule,
                             struct th_err *err)
{
    struct th_found_list list;
    th_found_list_init(&list);
    enum th_code rc = th_detect_run(detect, rule, r->cancel, &list, err);
    if (rc == TH_OK)
        rc = keep(r->c, rule, &list, events_seen(r), err);
    th_found_list_fini(&list);
    return rc;
}

static enum th_code run_rules(const struct running *r, struct th_app_detected *out,
                              struct th_err *err)
{
    const struct th_rule **due;
    size_t due_n;
    th_detect *detect = th_detect_new(r->table);
    enum th_code rc = rules_due(r, &due, &due_n, err);
    if (rc == TH_OK && due_n > 0 && r->progress != NULL)
        r->progress(r->ctx, due[0]->title, 0, due_n);
    if (rc == TH_OK)
        rc = th_detect_prepare(detect, due, due_n, r->cancel, err);
    for (size_t i = 0; rc == TH_OK && i < due_n; i++) {
        if (r->progress != NULL)
            r->progress(r->ctx, due[i]->title, i, due_n);
        rc = run_rule(r, detect, due[i], err);
        out->ran += rc == TH_OK;
    }
    th_detect_free(detect);
    free(due);
    return rc == TH_OK ? retire(r, out, err) : rc;
}

static enum th_code count_findings(th_case *c, struct th_case_summary *summary,
                                   struct th_app_detected *out, struct th_err *err)
{
    enum th_code rc = th_case_summary(c, summary, err);
    if (rc == TH_OK)
        out->findings = (size_t)(summary->findings_new + summary->findings_confirmed +
                                 summary->findings_benign);
    return rc;
}

enum th_code th_app_detect(th_app *app, const char *const *paths, size_t paths_n, th_cancel *cancel,
                           void (*progress)(void *ctx, const char *rule, size_t i, size_t n),
                           void *ctx, struct th_app_detected *out, struct th_err *err)
{
    memset(out, 0, sizeof *out);
    th_rules_free(app->rules);
    app->rules = NULL;
    enum th_code rc = th_app_rules_load(app->c, paths, paths_n, &app->rules, &out->missing, err);
    if (rc != TH_OK)
        return rc;
    out->notes = th_rules_note_count(app->rules);
    if (th_case_readonly(app->c))
        return TH_OK;
    const struct running r = {app->c, app->table, app->rules, cancel, progress, ctx};
    rc = run_rules(&r, out, err);
    if (rc == TH_OK)
        rc = count_findings(app->c, &app->summary, out, err);
    app->summary.events = th_table_rows(app->table);
    return rc;
}

enum th_code th_app_detect_aside(th_app *app, const char *const *paths, size_t paths_n,
                                 th_cancel *cancel,
                                 void (*progress)(void *ctx, const char *rule, size_t i, size_t n),
                                 void *ctx, th_rules **rules, struct th_app_detected *out,
                                 struct th_err *err)
{
    struct th_case_summary summary;
    th_case *c = NULL;
    memset(out, 0, sizeof *out);
    *rules = NULL;
    enum th_code rc = th_case_open(app->path, TH_CASE_WRITE, &c, err);
    if (rc == TH_OK)
        rc = th_app_rules_load(c, paths, paths_n, rules, &out->missing, err);
    if (rc == TH_OK)
        out->notes = th_rules_note_count(*rules);
    if (rc == TH_OK && !th_case_readonly(c)) {
        th_table *table = th_app_table_hold(app);
        const struct running r = {c, table, *rules, cancel, progress, ctx};
        rc = run_rules(&r, out, err);
        th_table_free(table);
    }
    if (rc == TH_OK)
        rc = count_findings(c, &summary, out, err);
    (void)th_case_close(c, NULL);
    return rc;
}

void th_app_rules_adopt(th_app *app, th_rules *rules)
{
    th_rules_free(app->rules);
    app->rules = rules;
}

const th_rules *th_app_rules(const th_app *app)
{
    return app->rules;
}
