/* Marks of a case, read into memory: on any thread that has the case. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/work/case_watcher.h"

static char *dup(const char *text)
{
    return text == NULL ? NULL : th_xstrdup(text);
}

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
