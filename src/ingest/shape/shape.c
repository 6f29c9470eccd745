/* The forms in which CloudTrail records are saved, read in one pass over a window.
 *
 * At top level values stand behind each other. An object is tried as a record first, for that is
 * what nearly all are; one that isn't (or doesn't end within the window) and has a member named in
 * the table of wrappers that begins as an array is a wrapper: its array is read element by element,
 * so its length doesn't matter. An object that is neither may carry a record inside a string
 * (embedded.c). Every token that runs into the window's end is read again from its
 * beginning once more bytes are there. A new form is a row in one of the tables, or a function
 * beside object(). */
#include "ingest/shape/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/batch.h"
#include "ingest/shape/internal.h"

/* Arrays and wrappers inside each other: deeper ones are values that are no records. */
#define LEVEL_MAX 8u

/* More than a time before a value takes. */
#define STAMP_LOOK 64u

/* What the members of an array are expected to be. ANY: whatever. RECORDS: each is a record.
 * CARRIERS: each carries one inside a string; a record is fine too. */
enum members { MEMBERS_ANY, MEMBERS_RECORDS, MEMBERS_CARRIERS };

/* Members that hold an array of records. A trail is only proven by the first; the other names are
 * anybody's. nests: it may be an object that holds the array under one of these names. */
static const struct wrapper_name {
    const char *name;
    enum members members;
    bool nests;
} wrappers[] = {
    {"Records", MEMBERS_RECORDS, false},    /* as delivered */
    {"Events", MEMBERS_CARRIERS, false},    /* LookupEvents */
    {"logEvents", MEMBERS_CARRIERS, false}, /* CloudWatch Logs subscriptions */
    {"events", MEMBERS_CARRIERS, false},    /* FilterLogEvents, GetLogEvents */
    {"results", MEMBERS_CARRIERS, false},   /* Splunk, all at once */
    {"hits", MEMBERS_CARRIERS, true},       /* Elastic's answer to a search */
};

/* Members that only records and digests have: what follows them can't make a wrapper of the object
 * any more. */
static const char *const record_marks[] = {
    "userIdentity", "eventSource", "eventName", "eventTime", "insightDetails", "digestStartTime",
};

static enum step value(struct th_shape *s, unsigned level, enum members in);

th_shape *th_shape_new(void)
{
    th_shape *s = th_xcalloc(1, sizeof *s);
    s->scanner = th_scanner_new();
    s->pend_arena = th_arena_new(0);
    return s;
}

void th_shape_free(th_shape *s)
{
    if (s == NULL)
        return;
    th_scanner_free(s->scanner);
    th_arena_free(s->pend_arena);
    th_buf_fini(&s->lost_bytes);
    th_buf_fini(&s->scratch);
    th_buf_fini(&s->carried);
    th_buf_fini(&s->pend_bytes);
    free(s->pends);
    free(s);
}

void th_shape_take_digests(th_shape *s, bool take)
{
    s->digests = take;
}

/* Move pos to the next byte that is no white space and return it; '\0' at the end, where pos is
 * then the end (a NUL byte in the data comes back as 1, which begins nothing). */
static inline char next_token(struct th_shape *s)
{
    for (;;) {
        const char *p = th_window_at(s->w, s->pos);
        const char *end = s->w->p + s->w->n;
        const char *at = p;
        while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
            at++;
        s->pos += (uint64_t)(at - p);
        if (at < end)
            return *at == '\0' ? '\1' : *at;
        if (!th_window_more(s->w, s->pos))
            return '\0';
    }
}

static enum step lose_here(struct th_shape *s, const char *why)
{
    return shape_lose(s, s->pos, s->pos, why);
}

/* Read any one value at pos and go behind it. *v is borrowed until the window moves; its type is
 * ABSENT when it was passed over. is_element: a broken one is passed over, a large one rejected. */
static enum step plain_value(struct th_shape *s, struct th_json_value *v, bool is_element)
{
    for (;;) {
        struct th_json_cursor c;
        shape_cursor(s, &c, shape_view(s, s->pos, s->pos));
        const char *start = c.at;
        enum th_json_status status = th_json_value(&c, v);
        uint64_t behind = s->pos + (uint64_t)(c.at - start);
        bool at_end = s->w->end && behind == th_window_end(s->w);
        /* A number or word that touches the end of what is seen may go on. */
        if (status == TH_JSON_OK && behind - s->pos <= s->record_max &&
            (c.at < c.end || at_end || v->type >= TH_JSON_STRING)) {
            s->pos = behind;
            return STEP_OK;
        }
        if (status == TH_JSON_BAD) {
            v->type = TH_JSON_ABSENT;
            return is_element ? shape_element_broken(s, s->pos, behind, c.why)
                              : shape_lose(s, s->pos, behind, c.why);
        }
        switch (shape_grow(s, s->pos)) {
        case GROW_OK:
            break;
        case GROW_END:
            /* Now that the end is known, a number there is whole. */
            if (status == TH_JSON_OK)
                break;
            return shape_lose(s, s->pos, s->pos, NULL);
        case GROW_LARGE:
            v->type = TH_JSON_ABSENT;
            return shape_too_large(s, s->pos, is_element);
        }
    }
}

static bool is_one_of(struct th_shape *s, const struct th_json_value *key, const char *const *names,
                      size_t n)
{
    th_buf_reset(&s->scratch);
    struct th_str name = th_json_scalar(key, &s->scratch);
    for (size_t i = 0; i < n; i++)
        if (th_str_is(name, names[i]))
            return true;
    return false;
}

/* The wrapper that a key names, or NULL. */
static const struct wrapper_name *names_wrapper(struct th_shape *s, const struct th_json_value *key)
{
    th_buf_reset(&s->scratch);
    struct th_str name = th_json_scalar(key, &s->scratch);
    for (size_t i = 0; i < TH_COUNT(wrappers); i++)
        if (th_str_is(name, wrappers[i].name))
            return &wrappers[i];
    return NULL;
}

/* What the object at pos is, by the first member that tells; UNTOLD when what is seen of it has
 * none. In the usual files that is its first or second member, so no wrapper is ever read as one
 * record first. */
enum kind { KIND_UNTOLD, KIND_RECORD, KIND_WRAPPER };
static enum kind kind_of_object(struct th_shape *s)
{
    struct th_json_cursor c;
    struct th_json_value key;
    struct th_json_value v;
    bool first = true;
    th_json_init(&c, shape_view(s, s->pos, s->pos));
    if (th_json_enter(&c) != TH_JSON_OK)
        return KIND_UNTOLD;
    while (th_json_next_key(&c, &key, &first) == TH_JSON_OK) {
        if (!th_json_space(&c))
            return KIND_UNTOLD;
        if (*c.at == '[' || *c.at == '{') {
            const struct wrapper_name *name = names_wrapper(s, &key);
            if (name != NULL && (*c.at == '[' || name->nests))
                return KIND_WRAPPER;
        }
        if (is_one_of(s, &key, record_marks, TH_COUNT(record_marks)))
            return KIND_RECORD;
        if (th_json_value(&c, &v) != TH_JSON_OK)
            return KIND_UNTOLD;
    }
    return KIND_UNTOLD;
}

/* Elements of the array at pos. */
static enum step elements(struct th_shape *s, unsigned level, enum members in)
{
    s->pos++;
    for (bool first = true;; first = false) {
        char c = next_token(s);
        if (c == ']' && first)
            break;
        if (!first) {
            if (c == ']')
                break;
            if (c != ',')
                return lose_here(s, c == '\0' ? NULL : "',' or ']' is missing");
            s->pos++;
            c = next_token(s);
            if (c == ']')
                return lose_here(s, "nothing stands behind the last comma");
        }
        if (c == '\0')
            return lose_here(s, NULL);
        enum step step = value(s, level + 1, in);
        if (step != STEP_OK)
            return step;
    }
    s->pos++;
    return STEP_OK;
}

static enum step wrapper(struct th_shape *s, unsigned level);

/* A member of a wrapper, key and value, at pos. */
static enum step member(struct th_shape *s, unsigned level)
{
    struct th_json_value v;
    if (*th_window_at(s->w, s->pos) != '"')
        return lose_here(s, "a key is missing");
    enum step step = plain_value(s, &v, false);
    if (step != STEP_OK)
        return step;
    static const char *const kind_key[] = {"messageType"};
    static const char *const control[] = {"CONTROL_MESSAGE"};
    bool is_string = v.type == TH_JSON_STRING;
    const struct wrapper_name *name = is_string ? names_wrapper(s, &v) : NULL;
    bool is_kind = is_string && is_one_of(s, &v, kind_key, 1);
    char c = next_token(s);
    if (c != ':')
        return lose_here(s, c == '\0' ? NULL : "':' is missing behind a key");
    s->pos++;
    c = next_token(s);
    if (c == '\0')
        return lose_here(s, NULL);
    if (c == '[' && name != NULL) {
        if (name->members == MEMBERS_RECORDS && !shape_proven(s))
            return STEP_STOP;
        return elements(s, level, name->members);
    }
    if (c == '{' && name != NULL && name->nests && level + 1 < LEVEL_MAX)
        return wrapper(s, level + 1);
    step = plain_value(s, &v, false);
    if (step == STEP_OK && is_kind)
        s->control = is_one_of(s, &v, control, 1);
    return step;
}

/* Members of a wrapper up to its end. first: nothing of it was read yet. */
static enum step members(struct th_shape *s, unsigned level, bool first)
{
    for (;; first = false) {
        char c = next_token(s);
        if (c == '}')
            break;
        if (!first) {
            if (c != ',')
                return lose_here(s, c == '\0' ? NULL : "',' or '}' is missing");
            s->pos++;
            c = next_token(s);
        }
        if (c == '\0')
            return lose_here(s, NULL);
        enum step step = member(s, level);
        if (step != STEP_OK)
            return step;
    }
    s->control = false;
    s->pos++;
    return STEP_OK;
}

/* The wrapper at pos. */
static enum step wrapper(struct th_shape *s, unsigned level)
{
    s->control = false;
    s->pos++;
    return members(s, level, true);
}

static enum step give_record(struct th_shape *s, uint64_t start, size_t n)
{
    return shape_proven(s) && s->sink->record(s->sink->ctx, start, n, 0, &s->record) ? STEP_OK
                                                                                     : STEP_STOP;
}

/* A well-formed object that ends at pos + n. */
static enum step whole_object(struct th_shape *s, size_t n, enum members in)
{
    uint64_t start = s->pos;
    struct th_str object = s->record.raw;
    bool digest = th_record_is_digest(&s->record);
    bool trail = th_record_is_trail(&s->record);
    s->pos = start + n;
    if (digest && !s->digests) {
        s->digest = true;
        return shape_reject(s, start, n, "a digest, not an event", object, false) ? STEP_OK
                                                                                  : STEP_STOP;
    }
    if (trail && in != MEMBERS_CARRIERS)
        return give_record(s, start, n);
    switch (shape_carried(s, start, object)) {
    case CARRIED:
        return STEP_OK;
    case CARRIED_STOP:
        return STEP_STOP;
    case CARRIED_NOT:
        break;
    }
    if (trail) {
        /* Carriers were looked for in it: read it once more. */
        struct th_json_cursor c;
        th_json_init(&c, object);
        if (th_record_scan(s->scanner, &c, &s->record) == TH_JSON_OK)
            return give_record(s, start, n);
    }
    if (s->control)
        return STEP_OK;
    return shape_reject(s, start, n, "not a CloudTrail record", object, false) ? STEP_OK
                                                                               : STEP_STOP;
}

/* Do members go on behind the end of an object, which then isn't its end but a damaged byte? OK:
 * they do; BAD: they don't; MORE: that can't be told yet. */
static enum th_json_status goes_on(struct th_str behind)
{
    struct th_json_cursor c;
    struct th_json_value v;
    th_json_init(&c, behind);
    if (!th_json_space(&c))
        return TH_JSON_MORE;
    if (*c.at == ',') {
        c.at++;
        if (!th_json_space(&c))
            return TH_JSON_MORE;
    }
    if (*c.at != '"')
        return TH_JSON_BAD;
    enum th_json_status status = th_json_value(&c, &v);
    if (status != TH_JSON_OK)
        return status;
    if (!th_json_space(&c))
        return TH_JSON_MORE;
    return *c.at == ':' ? TH_JSON_OK : TH_JSON_BAD;
}

/* The object at pos: a record, a wrapper, or neither. */
static enum step object(struct th_shape *s, unsigned level, enum members in)
{
    bool may_wrap = in == MEMBERS_ANY && level < LEVEL_MAX;
    bool is_element = level > 0;
    for (;;) {
        enum kind kind = may_wrap ? kind_of_object(s) : KIND_RECORD;
        if (kind == KIND_WRAPPER)
            return wrapper(s, level);
        may_wrap = kind == KIND_UNTOLD;
        struct th_json_cursor c;
        struct th_str view = shape_view(s, s->pos, s->pos);
        shape_cursor(s, &c, view);
        enum th_json_status status = th_record_scan(s->scanner, &c, &s->record);
        size_t n = (size_t)(c.at - view.p);
        const char *why = c.why;
        if (status == TH_JSON_OK && n <= s->record_max) {
            enum th_json_status more = goes_on(th_str_sub(view, n, view.n));
            if (more == TH_JSON_BAD ||
                (more == TH_JSON_MORE && (s->w->end || shape_grow(s, s->pos) != GROW_OK)))
                return whole_object(s, n, in);
            if (more == TH_JSON_MORE)
                continue;
            status = TH_JSON_BAD;
            why = "members go on behind the object's end";
        }
        if (status == TH_JSON_BAD)
            return is_element ? shape_element_broken(s, s->pos, s->pos + n, why)
                              : shape_lose(s, s->pos, s->pos + n, why);
        switch (shape_grow(s, s->pos)) {
        case GROW_OK:
            break;
        case GROW_END:
            return shape_lose(s, s->pos, s->pos, NULL);
        case GROW_LARGE:
            return shape_too_large(s, s->pos, true);
        }
    }
}

/* The value at pos, which is no white space. */
static enum step value(struct th_shape *s, unsigned level, enum members in)
{
    char c = *th_window_at(s->w, s->pos);
    if (c == '{')
        return object(s, level, in);
    if (c == '[' && in == MEMBERS_ANY && level < LEVEL_MAX)
        return elements(s, level, MEMBERS_ANY);
    uint64_t start = s->pos;
    struct th_json_value v;
    enum step step = plain_value(s, &v, true);
    if (step != STEP_OK || v.type == TH_JSON_ABSENT)
        return step;
    struct th_str bytes = th_window_from(s->w, start);
    uint64_t n = s->pos - start;
    return shape_reject(s, start, n, "not an object", th_str_sub(bytes, 0, (size_t)n), false)
               ? STEP_OK
               : STEP_STOP;
}

/* The record at pos and those that follow it in a list whose beginning is lost; then what is left
 * of the wrapper around it. */
static enum step rest_of_list(struct th_shape *s)
{
    char c;
    for (;;) {
        enum step step = value(s, 1, s->carriers ? MEMBERS_CARRIERS : MEMBERS_RECORDS);
        if (step != STEP_OK)
            return step;
        c = next_token(s);
        if (c != ',')
            break;
        s->pos++;
        if (next_token(s) == '\0')
            return lose_here(s, NULL);
    }
    if (c != ']')
        return lose_here(s, c == '\0' ? NULL : "',' or ']' is missing");
    s->pos++;
    c = next_token(s);
    if (c == '}')
        s->pos++;
    if (c != ',')
        return STEP_OK;
    s->pos++;
    if (next_token(s) != '"')
        return STEP_OK;
    enum step step = member(s, 0);
    return step == STEP_OK ? members(s, 0, false) : step;
}

/* A time before a value at pos: go behind it. */
static bool pass_stamp(struct th_shape *s)
{
    while (th_window_end(s->w) - s->pos < STAMP_LOOK && th_window_more(s->w, s->pos))
        ;
    size_t n = shape_stamp(th_window_from(s->w, s->pos));
    s->pos += n;
    return n > 0;
}

/* All top-level values. part: what comes first may stand inside of one. */
static enum step top(struct th_shape *s, bool part)
{
    bool comma = false;
    for (;; part = false) {
        char c = next_token(s);
        enum step step;
        bool lines = true;
        if (c == '\0')
            return s->w->stopped ? STEP_STOP : STEP_OK;
        if (c == ',' && s->values > 0 && !comma && !part) {
            comma = true;
            s->pos++;
            continue;
        }
        comma = false;
        if (c >= '0' && c <= '9' && pass_stamp(s))
            c = '{';
        if ((c == '{' || c == '[') && !(part && shape_is_part(s))) {
            uint64_t start = s->pos;
            step = value(s, 0, MEMBERS_ANY);
            /* What breaks inside an array or wrapper may go on in lines that aren't values of their
             * own. */
            lines = s->values > 0 || (s->lost.from == start && c == '{');
        } else {
            step = shape_junk(s);
        }
        while (step == STEP_LOST || step == STEP_RESUMED) {
            step = step == STEP_LOST ? shape_recover(s, lines) : rest_of_list(s);
            lines = s->values > 0;
            s->control = false;
        }
        if (step == STEP_STOP)
            return step;
        s->values++;
    }
}

/* At the end of what could be read: what stands behind the break begins anew. LOST: nothing does.
 */
static enum step behind_break(struct th_shape *s)
{
    char why[sizeof s->lost.reason];
    const char *broken = s->w->broken;
    (void)snprintf(why, sizeof why, "%s", broken != NULL ? broken : "");
    if (!th_window_resume(s->w))
        return STEP_LOST;
    if (broken != NULL && !shape_reject(s, s->pos, 0, why, TH_STR_NONE, true))
        return STEP_STOP;
    /* What is gone may have been a trail, whatever the rest is. */
    s->json = true;
    return top(s, true);
}

uint32_t th_shape_capped(const th_shape *s)
{
    return s->capped;
}

enum th_shape_result th_shape_read(th_shape *s, struct th_window *w, const struct th_limits *limits,
                                   const struct th_shape_sink *sink, const char **why)
{
    s->w = w;
    s->sink = sink;
    s->pos = w->offset;
    s->limits = limits;
    s->record_max = limits->record;
    s->capped = 0;
    s->values = 0;
    s->trail = false;
    s->json = false;
    s->digest = false;
    s->control = false;
    s->wasted = 0;
    s->line_until = 0;
    s->list_until = 0;
    s->looked = 0;
    shape_pend_reset(s);
    *why = shape_first_look(s);
    if (w->stopped)
        return TH_SHAPE_STOPPED;
    if (*why != NULL)
        return TH_SHAPE_NONE;
    enum step step = top(s, false);
    while (step == STEP_OK)
        step = behind_break(s);
    if (step == STEP_STOP)
        return TH_SHAPE_STOPPED;
    if (!s->trail)
        return shape_no_trail(s, why);
    if (w->broken != NULL && !sink->reject(sink->ctx, s->pos, 0, w->broken, TH_STR_NONE))
        return TH_SHAPE_STOPPED;
    return TH_SHAPE_TRAIL;
}
