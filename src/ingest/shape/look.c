/* What a source is before anything of it was read, and what it was when nothing came of it. */
#include "ingest/shape/internal.h"

#include <string.h>

#include "ingest/reader/magic.h"

/* A scalar at the front of an array that is longer says nothing more. */
#define LOOK_BYTES 512u

/* Do the bytes at pos (no white space) look like JSON that was meant as such, and not like a log
 * line in brackets? */
static bool looks_like_json(struct th_shape *s)
{
    struct th_json_cursor c;
    struct th_json_value v;
    while (th_window_end(s->w) - s->pos < LOOK_BYTES && th_window_more(s->w, s->pos))
        ;
    th_json_init(&c, th_str_sub(th_window_from(s->w, s->pos), 0, LOOK_BYTES));
    char opening = *c.at;
    if (opening != '{' && opening != '[')
        return false;
    c.at++;
    if (!th_json_space(&c))
        return true;
    if (opening == '{')
        return *c.at == '"' || *c.at == '}';
    if (*c.at == '{' || *c.at == '[' || *c.at == ']')
        return true;
    enum th_json_status status = th_json_value(&c, &v);
    if (status != TH_JSON_OK)
        return status == TH_JSON_MORE;
    return !th_json_space(&c) || *c.at == ',' || *c.at == ']';
}

const char *shape_first_look(struct th_shape *s)
{
    struct th_window *w = s->w;
    size_t at = 0;
    for (;;) {
        if (at == 0 && w->n >= 3 && memcmp(w->p, "\xef\xbb\xbf", 3) == 0)
            at = 3;
        while (at < w->n && at < TH_MAGIC_BYTES && memchr(" \n\r\t", w->p[at], 4) != NULL)
            at++;
        /* Three bytes may be a mark; white space for ever is no mark of anything. */
        if ((w->n >= 3 && at < w->n) || at == TH_MAGIC_BYTES || !th_window_more(w, 0))
            break;
    }
    if (w->n == 0 && w->broken == NULL)
        return "empty file";
    s->pos = at;
    if (at == w->n || at == TH_MAGIC_BYTES)
        return NULL;
    if (w->p[at] == '{' || w->p[at] == '[') {
        s->json = looks_like_json(s);
        return NULL;
    }
    while (w->n < TH_MAGIC_BYTES && th_window_more(w, 0))
        ;
    return th_magic_words((struct th_str){w->p, w->n});
}

enum th_shape_result shape_no_trail(struct th_shape *s, const char **why)
{
    bool found = false;
    bool go_on = true;
    if (s->json)
        go_on = shape_first_break(s, &found);
    if (!found && s->w->broken != NULL) {
        found = true;
        go_on = s->sink->reject(s->sink->ctx, s->pos, 0, s->w->broken, TH_STR_NONE);
    }
    if (!go_on)
        return TH_SHAPE_STOPPED;
    *why = s->digest ? "digest (skipped)" : "no CloudTrail records";
    return found ? TH_SHAPE_TRAIL : TH_SHAPE_NONE;
}
