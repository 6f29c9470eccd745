/* Findings and marks of a case, read into memory: on any thread that has the case. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/work/case_watcher.h"

static char *dup(const char *text)
{
    return text == NULL ? NULL : th_xstrdup(text);
}

static void finding_fini(struct ui_finding *f)
{
    free(f->rule);
    free(f->name);
    free(f->level);
    free(f->tags);
    free(f->grouping);
    free(f->why);
    free(f->detail);
    free(f->state);
    free(f->note);
    free(f->path);
    free(f->rows);
}

void ui_findings_free(struct ui_finding_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        finding_fini(&list->v[i]);
    free(list->v);
    *list = (struct ui_finding_list){NULL, 0, 0};
}

static bool take_finding(void *ctx, const struct th_finding_row *row)
{
    struct ui_finding_list *list = ctx;
    TH_GROW(list->v, list->n, list->cap);
    list->v[list->n++] = (struct ui_finding){
        .id = row->id,
        .rule = dup(row->rule),
        .name = dup(row->name),
        .level = dup(row->level),
        .tags = dup(row->tags),
        .grouping = dup(row->grouping),
        .why = dup(row->why),
        .detail = dup(row->detail),
        .state = dup(row->state),
        .note = dup(row->note),
        .path = dup(row->path),
        .first_ms = row->first_ms,
        .last_ms = row->last_ms,
        .count = row->count,
        .said_count = row->said_count,
    };
    return true;
}

enum th_code ui_findings_read(th_case *c, struct ui_finding_list *out, struct th_err *err)
{
    *out = (struct ui_finding_list){NULL, 0, 0};
    enum th_code rc = th_findings_list(c, NULL, NULL, take_finding, out, err);
    for (size_t i = 0; rc == TH_OK && i < out->n; i++)
        rc = th_findings_rows(c, out->v[i].id, &out->v[i].rows, &out->v[i].rows_n, err);
    if (rc != TH_OK)
        ui_findings_free(out);
    return rc;
}

/* ---- marks ---- */

void ui_marks_free(struct ui_mark_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->v[i].tag);
        free(list->v[i].comment);
    }
    free(list->v);
    *list = (struct ui_mark_list){NULL, 0, 0};
}

static bool take_mark(void *ctx, const struct th_mark *mark)
{
    struct ui_mark_list *list = ctx;
    TH_GROW(list->v, list->n, list->cap);
    list->v[list->n++] = (struct ui_mark){
        .row = (uint32_t)mark->row,
        .marked = mark->marked,
        .tag = dup(mark->tag),
        .comment = dup(mark->comment),
        .at_ms = mark->at_ms,
    };
    return true;
}

static int by_row(const void *a, const void *b)
{
    const struct ui_mark *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

enum th_code ui_marks_read(th_case *c, struct ui_mark_list *out, struct th_err *err)
{
    *out = (struct ui_mark_list){NULL, 0, 0};
    enum th_code rc = th_notes_marks(c, take_mark, out, err);
    if (rc != TH_OK)
        ui_marks_free(out);
    if (out->n > 0)
        qsort(out->v, out->n, sizeof *out->v, by_row);
    return rc;
}
