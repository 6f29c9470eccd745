/* What happens where JSON breaks.
 *
 * Inside an array the broken element is passed over by counting brackets outside strings, but only
 * when what follows it is sound: the array's end, or a comma and a well-formed element. Otherwise
 * nothing is guessed: the rest is one reject. At top level a line that begins with '{', or a time
 * and '{', is a new beginning, for one event per line is how such files are written. A value over
 * the limit is passed over in the same way, by its brackets, without keeping it, up to where it
 * can't be JSON any more. */
#include "ingest/shape/internal.h"

#include <stdio.h>
#include <string.h>

#include "ingest/batch.h"

/* More than a time before a value takes. */
#define TAIL_BYTES 64u

/* How far a line is looked at for a second value. */
#define LINE_BYTES ((size_t)1 << 20)

/* Elements without an end cost a look at up to record_max bytes each: only so many records' worth
 * per source. */
#define WASTE_RECORDS 4u

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

size_t shape_skip(struct skip *skip, const char *p, size_t n, bool *done)
{
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (skip->escape) {
            skip->escape = false;
            continue;
        }
        if (skip->in_string) {
            skip->escape = c == '\\';
            skip->in_string = c != '"';
            if (skip->in_string || skip->depth > 0)
                continue;
        } else if (c == '"') {
            skip->in_string = true;
            continue;
        } else if (c == '{' || c == '[') {
            skip->depth++;
            continue;
        } else if (skip->depth == 0) {
            /* A number or word: ends before what ends it. */
            if (c != ',' && c != '}' && c != ']' && !is_space(c))
                continue;
            *done = true;
            return i;
        } else if (c == '}' || c == ']') {
            if (--skip->depth > 0)
                continue;
        } else {
            continue;
        }
        *done = true;
        return i + 1;
    }
    *done = false;
    return n;
}

enum shape_grow shape_grow(struct th_shape *s, uint64_t start)
{
    if (th_window_end(s->w) - start > s->record_max)
        return GROW_LARGE;
    return th_window_more(s->w, start) ? GROW_OK : GROW_END;
}

void shape_keep_bytes(struct th_shape *s)
{
    struct lost *lost = &s->lost;
    if (lost->kept)
        return;
    while (th_window_end(s->w) - lost->from < TH_REJECT_BYTES && th_window_more(s->w, lost->from))
        ;
    th_buf_reset(&s->lost_bytes);
    th_buf_add_str(&s->lost_bytes,
                   th_str_sub(th_window_from(s->w, lost->from), 0, TH_REJECT_BYTES));
    lost->kept = true;
}

struct th_str shape_lost_bytes(const struct th_shape *s, uint64_t length)
{
    struct th_str bytes =
        s->lost.kept ? th_buf_str(&s->lost_bytes) : th_window_from(s->w, s->lost.from);
    return th_str_sub(bytes, 0, length < TH_REJECT_BYTES ? (size_t)length : TH_REJECT_BYTES);
}

void shape_cap(struct th_shape *s, enum th_limit limit, char out[TH_LIMIT_REASON])
{
    s->capped |= 1u << limit;
    th_limits_reason(s->limits, limit, out);
}

enum step shape_lose(struct th_shape *s, uint64_t from, uint64_t at, const char *why)
{
    char capped[TH_LIMIT_REASON];
    struct lost *lost = &s->lost;
    lost->from = from;
    lost->at = why == NULL ? UINT64_MAX : at;
    lost->passed = from;
    lost->behind = from;
    lost->before = '\0';
    lost->line = false;
    lost->kept = false;
    if (s->w->stopped)
        return STEP_STOP;
    lost->reported = why == NULL && s->w->broken != NULL;
    if (lost->reported)
        (void)snprintf(lost->reason, sizeof lost->reason, "%s", s->w->broken);
    else if (why == NULL)
        (void)snprintf(lost->reason, sizeof lost->reason,
                       "cut off: the data ends at byte %llu, inside a value",
                       (unsigned long long)th_window_end(s->w));
    else if (why == th_json_too_deep) {
        shape_cap(s, TH_LIMIT_MAX_DEPTH, capped);
        (void)snprintf(lost->reason, sizeof lost->reason, "%s, at byte %llu", capped,
                       (unsigned long long)at);
    } else
        (void)snprintf(lost->reason, sizeof lost->reason, "malformed JSON at byte %llu: %s",
                       (unsigned long long)at, why);
    return STEP_LOST;
}

char shape_peek(struct th_shape *s, uint64_t keep, uint64_t *place)
{
    for (;;) {
        struct th_str rest = shape_view(s, keep, *place);
        for (size_t i = 0; i < rest.n; i++) {
            if (!is_space(rest.p[i])) {
                *place += i;
                return rest.p[i];
            }
        }
        *place += rest.n;
        if (shape_grow(s, keep) != GROW_OK)
            return '\0';
    }
}

/* Is there a well-formed object at place? */
static bool object_follows(struct th_shape *s, uint64_t keep, uint64_t place)
{
    for (;;) {
        struct th_json_cursor c;
        shape_cursor(s, &c, shape_view(s, keep, place));
        enum th_json_status status = th_record_scan(s->scanner, &c, &s->record);
        if (status != TH_JSON_MORE)
            return status == TH_JSON_OK;
        if (shape_grow(s, keep) != GROW_OK)
            return false;
    }
}

/* Where the value at start ends by its brackets; false when not within record_max. */
static bool bracket_end(struct th_shape *s, uint64_t start, uint64_t *end)
{
    struct skip skip = {0};
    uint64_t at = start;
    for (;;) {
        struct th_str rest = shape_view(s, start, at);
        bool done;
        at += shape_skip(&skip, rest.p, rest.n, &done);
        *end = at;
        if (done)
            return true;
        if (shape_grow(s, start) != GROW_OK)
            return false;
    }
}

enum step shape_element_broken(struct th_shape *s, uint64_t start, uint64_t at, const char *why)
{
    enum step step = shape_lose(s, start, at, why);
    uint64_t end;
    char first = *th_window_at(s->w, start);
    if (step != STEP_LOST || (first != '{' && first != '[') ||
        s->wasted > WASTE_RECORDS * s->record_max)
        return step;
    if (!bracket_end(s, start, &end)) {
        s->wasted += end - start;
        return s->w->stopped ? STEP_STOP : step;
    }
    uint64_t next = end;
    char c = shape_peek(s, start, &next);
    if (c == ',') {
        next++;
        if (shape_peek(s, start, &next) != '{' || !object_follows(s, start, next))
            return s->w->stopped ? STEP_STOP : step;
    } else if (c != ']') {
        return s->w->stopped ? STEP_STOP : step;
    }
    /* With brackets damaged the element may have ended in the middle. */
    if (end >= s->list_until && shape_is_nested(s, start, end))
        return s->w->stopped ? STEP_STOP : step;
    s->pos = end;
    return shape_reject(s, start, end - start, s->lost.reason, shape_lost_bytes(s, end - start),
                        true)
               ? STEP_OK
               : STEP_STOP;
}

bool shape_reject_large(struct th_shape *s, uint64_t start, uint64_t length, struct th_str bytes)
{
    char reason[TH_LIMIT_REASON];
    shape_cap(s, TH_LIMIT_MAX_RECORD, reason);
    return shape_reject(s, start, length, reason, th_str_sub(bytes, 0, (size_t)length), true);
}

/* Levels of a large value whose brackets are told apart. */
#define KINDS 512u

/* What is passed over isn't parsed, but some things tell that brackets won't say where it ends: a
 * line break inside a string, an object or array where none can stand, a bracket that closes the
 * other kind. */
struct large {
    struct skip skip;
    char before;                     /* the last byte outside of strings that is no white space */
    bool line;                       /* a line begins here */
    size_t spaces;                   /* white space at the end of what was passed */
    unsigned char arrays[KINDS / 8]; /* bit per level that is open: an array */
};

static bool in_array(const struct large *large)
{
    uint64_t level = large->skip.depth - 1;
    return (large->arrays[level / 8] >> (level % 8) & 1) != 0;
}

static bool is_broken(const struct large *large, char c)
{
    if (large->skip.in_string)
        return c == '\n';
    if (large->skip.depth == 0 || large->skip.depth > KINDS)
        return false;
    if (c == '{' || c == '[')
        return large->before != ':' && !(in_array(large) && memchr(",[", large->before, 2) != NULL);
    return (c == '}' && in_array(large)) || (c == ']' && !in_array(large));
}

/* As shape_skip. *broken: p[…] at what is returned is such a thing. */
static size_t skip_large(struct large *large, const char *p, size_t n, bool *done, bool *broken)
{
    for (size_t i = 0; i < n; i++) {
        bool in_string = large->skip.in_string;
        uint64_t level = large->skip.depth;
        *broken = is_broken(large, p[i]);
        if (*broken)
            return i;
        size_t taken = shape_skip(&large->skip, p + i, 1, done);
        if (*done)
            return i + taken;
        if (large->skip.depth > level && level < KINDS) {
            unsigned char bit = (unsigned char)(1u << (level % 8));
            unsigned char *byte = &large->arrays[level / 8];
            *byte = (unsigned char)(p[i] == '[' ? *byte | bit : *byte & ~bit);
        }
        large->line = p[i] == '\n';
        if (!in_string && is_space(p[i])) {
            large->spaces++;
            continue;
        }
        large->spaces = 0;
        if (!in_string)
            large->before = p[i];
    }
    return n;
}

enum step shape_too_large(struct th_shape *s, uint64_t start, bool is_record)
{
    struct large large = {0};
    bool done = false;
    bool broken = false;
    (void)shape_lose(s, start, start, "");
    shape_keep_bytes(s);
    uint64_t at = start;
    for (;;) {
        struct th_str rest = th_window_from(s->w, at);
        at += skip_large(&large, rest.p, rest.n, &done, &broken);
        if (done || broken || !th_window_more(s->w, at))
            break;
    }
    if (s->w->stopped)
        return STEP_STOP;
    if (!done) {
        char capped[TH_LIMIT_REASON];
        const char *why = broken ? NULL : s->w->broken;
        shape_cap(s, TH_LIMIT_MAX_RECORD, capped);
        (void)snprintf(s->lost.reason, sizeof s->lost.reason, "%s that does not end%s%s", capped,
                       why != NULL ? "; " : "", why != NULL ? why : "");
        s->lost.reported = why != NULL;
        s->lost.at = at;
        s->lost.passed = at;
        s->lost.behind = at - large.spaces;
        s->lost.before = large.before;
        s->lost.line = broken && large.line;
        return STEP_LOST;
    }
    s->pos = at;
    if (!is_record)
        return STEP_OK;
    return shape_reject_large(s, start, at - start, shape_lost_bytes(s, at - start)) ? STEP_OK
                                                                                     : STEP_STOP;
}

/* The line break before the next line that begins as a value does; NULL when text shows none. */
static const char *find_line(struct th_str text)
{
    size_t at = 0;
    while (at < text.n) {
        const char *found = memchr(text.p + at, '\n', text.n - at);
        if (found == NULL)
            return NULL;
        at = (size_t)(found - text.p) + 1;
        if (at < text.n && (text.p[at] == '{' || shape_stamp(th_str_sub(text, at, text.n)) > 0))
            return found;
    }
    return NULL;
}

/* Another value on the same line behind the broken one? One line may hold several. Looks no further
 * than the line, or LINE_BYTES. */
static bool same_line(struct th_shape *s, uint64_t *end)
{
    uint64_t start = s->lost.from;
    size_t n = 0;
    for (bool more = true; more;) {
        struct th_str line = th_str_sub(shape_view(s, start, start), 0, LINE_BYTES);
        /* Many may break on one long line: what was looked at has no line's end. */
        size_t seen = s->line_until > start ? (size_t)(s->line_until - start) : 0;
        seen = seen < line.n ? seen : line.n;
        const char *found = find_line(th_str_sub(line, seen, line.n));
        n = found != NULL ? (size_t)(found - line.p) : line.n;
        more = found == NULL && n < LINE_BYTES && shape_grow(s, start) == GROW_OK;
    }
    /* A line's end at the very end of what was seen may have had nothing behind it. */
    s->line_until = start + n > TAIL_BYTES ? start + n - TAIL_BYTES : 0;
    struct skip skip = {0};
    bool done;
    *end = start + shape_skip(&skip, th_window_at(s->w, start), n, &done);
    uint64_t next = *end;
    return done && shape_peek(s, start, &next) == '{' && object_follows(s, start, next);
}

enum step shape_recover(struct th_shape *s, bool lines)
{
    struct lost *lost = &s->lost;
    struct resynced found = {0};
    enum resync how = RESYNC_END;
    bool passed = lost->passed > lost->from;
    bool rest = !lines || (lost->kept && !passed);
    uint64_t length = 0;
    if (!rest && !passed && same_line(s, &s->pos))
        length = s->pos - lost->from;
    else if (!s->w->stopped)
        how = shape_resync(s, !rest, false, &found);
    if (s->w->stopped)
        return STEP_STOP;
    if (length == 0)
        length = (rest && how == RESYNC_END ? s->pos : found.end) - lost->from;
    bool go_on =
        shape_reject(s, lost->from, length, lost->reason, shape_lost_bytes(s, length), true);
    if (lost->reported)
        s->w->broken = NULL;
    if (!go_on)
        return STEP_STOP;
    return how == RESYNC_RECORD ? STEP_RESUMED : STEP_OK;
}

enum step shape_junk(struct th_shape *s)
{
    struct resynced found;
    s->lost.from = s->pos;
    s->lost.at = s->pos;
    s->lost.passed = s->pos;
    s->lost.behind = s->pos;
    s->lost.before = '\0';
    s->lost.line = false;
    s->lost.kept = false;
    enum resync how = shape_resync(s, true, true, &found);
    if (s->w->stopped)
        return STEP_STOP;
    uint64_t length = found.end - s->lost.from;
    const char *why = found.cut ? "cut off: the data begins inside a value" : "not JSON";
    s->json = s->json || found.cut;
    if (!shape_reject(s, s->lost.from, length, why, shape_lost_bytes(s, length), found.cut))
        return STEP_STOP;
    return how == RESYNC_RECORD ? STEP_RESUMED : STEP_OK;
}
