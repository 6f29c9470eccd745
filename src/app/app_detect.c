/* Rules over the case: those that are new, changed or have new events to see run; what they find
 * replaces what they found before. */
#include <stdlib.h>
#include <string.h>

#include "app/app_private.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "detect/run.h"

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

static enum th_code keep(th_app *app, const struct th_rule *rule, struct th_found_list *list,
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
    enum th_code rc = th_findings_replace(app->c, rule->id, rule->title, rule->level, rule->path,
                                          rule->hash, events, rows, list->n, err);
    free(rows);
    free(tags);
    return rc;
}

static enum th_code run_rule(th_app *app, th_detect *detect, const struct th_rule *rule,
                             uint64_t events, th_cancel *cancel, struct th_err *err)
{
    struct th_found_list list;
    th_found_list_init(&list);
    enum th_code rc = th_detect_run(detect, rule, cancel, &list, err);
    if (rc == TH_OK)
        rc = keep(app, rule, &list, events, err);
    th_found_list_fini(&list);
    return rc;
}

static enum th_code load_rules(th_app *app, const char *const *paths, size_t paths_n,
                               struct th_err *err)
{
    th_rules_free(app->rules);
    app->rules = NULL;
    if (paths_n > 0)
        return th_rules_load(paths, paths_n, &app->rules, err);
    char *shipped = th_rules_shipped();
    if (shipped == NULL)
        return th_err_set(err, TH_E_NOT_FOUND,
                          "the shipped rules are not installed; name a folder with --rules");
    const char *const path[] = {shipped};
    enum th_code rc = th_rules_load(path, 1, &app->rules, err);
    free(shipped);
    return rc;
}

/* Which rules are new or changed, or haven't seen all events. out: owned (free). */
static enum th_code rules_due(th_app *app, uint64_t events, const struct th_rule ***out,
                              size_t *out_n, struct th_err *err)
{
    size_t n = th_rules_count(app->rules);
    enum th_code rc = TH_OK;
    *out = th_xcalloc(n + 1, sizeof **out);
    *out_n = 0;
    for (size_t i = 0; rc == TH_OK && i < n; i++) {
        const struct th_rule *rule = th_rules_get(app->rules, i);
        bool current = false;
        if (rule->silent)
            continue;
        rc = th_findings_current(app->c, rule->id, rule->hash, events, &current, err);
        if (rc == TH_OK && !current)
            (*out)[(*out_n)++] = rule;
    }
    return rc;
}

/* Findings of rules that are no longer there go. */
static enum th_code retire(th_app *app, size_t *rules, struct th_err *err)
{
    size_t n = th_rules_count(app->rules);
    const char **ids = th_xcalloc(n + 1, sizeof *ids);
    *rules = 0;
    for (size_t i = 0; i < n; i++)
        if (!th_rules_get(app->rules, i)->silent)
            ids[(*rules)++] = th_rules_get(app->rules, i)->id;
    enum th_code rc = th_findings_retire(app->c, ids, *rules, err);
    free(ids);
    return rc;
}

enum th_code th_app_detect(th_app *app, const char *const *paths, size_t paths_n, th_cancel *cancel,
                           void (*progress)(void *ctx, const char *rule, size_t i, size_t n),
                           void *ctx, struct th_app_detected *out, struct th_err *err)
{
    memset(out, 0, sizeof *out);
    enum th_code rc = load_rules(app, paths, paths_n, err);
    if (rc != TH_OK)
        return rc;
    out->notes = th_rules_note_count(app->rules);
    if (th_case_readonly(app->c))
        return TH_OK;
    const struct th_rule **due;
    size_t due_n;
    uint64_t events = th_table_rows(app->table);
    th_detect *detect = th_detect_new(app->table);
    rc = rules_due(app, events, &due, &due_n, err);
    if (rc == TH_OK && due_n > 0 && progress != NULL)
        progress(ctx, due[0]->title, 0, due_n);
    if (rc == TH_OK)
        rc = th_detect_prepare(detect, due, due_n, cancel, err);
    for (size_t i = 0; rc == TH_OK && i < due_n; i++) {
        if (progress != NULL)
            progress(ctx, due[i]->title, i, due_n);
        rc = run_rule(app, detect, due[i], events, cancel, err);
        out->ran += rc == TH_OK;
    }
    th_detect_free(detect);
    free(due);
    if (rc == TH_OK)
        rc = retire(app, &out->rules, err);
    if (rc == TH_OK)
        rc = th_case_summary(app->c, &app->summary, err);
    out->findings = (size_t)(app->summary.findings_new + app->summary.findings_confirmed +
                             app->summary.findings_benign);
    return rc;
}

const th_rules *th_app_rules(const th_app *app)
{
    return app->rules;
}
