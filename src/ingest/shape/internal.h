/* What the files shape*.c share. */
#ifndef TH_INGEST_SHAPE_INTERNAL_H
#define TH_INGEST_SHAPE_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "ingest/shape/shape.h"

/* How reading a value went on. LOST: what follows can't be told apart from here on; struct lost
 * says from where. RESUMED: what was lost is a reject, and a record of a list begins at pos. */
enum step { STEP_OK, STEP_LOST, STEP_RESUMED, STEP_STOP };

/* A place from which nothing could be read, with the beginning of what stands there. */
struct lost {
    uint64_t from;
    uint64_t at; /* where it was noticed; UINT64_MAX: only by the end of the data */
    /* Up to passed (from: nothing) the value was passed over, and the window may have moved on;
     * what stands before it, as far as it matters for what begins there: */
    uint64_t passed;
    uint64_t behind; /* the end of the last byte that is no white space */
    char before;     /* that byte, outside of strings */
    bool line;       /* a line begins at passed */
    char reason[512];
    bool kept;     /* its first bytes are in lost_bytes, for the window has moved on */
    bool reported; /* reason is the source's own break */
};

/* A reject that waits until the source turns out to be a trail. */
struct pend {
    uint64_t offset;
    uint64_t length;
    const char *reason; /* arena */
    size_t at;          /* of its bytes in pend_bytes */
    size_t n;
    bool is_break;
};

struct th_shape {
    struct th_window *w;
    const struct th_shape_sink *sink;
    th_scanner *scanner;
    uint64_t pos;
    const struct th_limits *limits;
    uint64_t record_max; /* of limits */
    uint32_t capped;     /* limits that were run into */
    uint64_t values;     /* top-level values that were read to their end */
    bool trail;          /* a trail shape or a record was seen */
    bool json;           /* the first bytes look like JSON */
    bool digest;         /* a digest was seen */
    bool digests;        /* digests are records */
    bool control;        /* inside a wrapper that says it holds no records */
    bool carriers;       /* the list that was found again: its members carry records */
    uint64_t wasted;     /* bytes looked at for the ends of broken elements, in vain */
    uint64_t line_until; /* so far no line of its own begins */
    uint64_t list_until; /* so far it is known that the list at hand is none inside a record */
    uint64_t looked;     /* bytes looked at to tell what a list belongs to */
    struct lost lost;
    struct th_buf lost_bytes;
    struct th_buf scratch;
    struct th_buf carried; /* the record inside a string */
    struct pend *pends;
    size_t pends_n, pends_cap;
    struct th_buf pend_bytes;
    th_arena *pend_arena;
    struct th_record record;
};

/* pending.c: rejects, held back until the source is known to be a trail. All but reset return
 * false to stop. */
void shape_pend_reset(struct th_shape *s);
bool shape_reject(struct th_shape *s, uint64_t offset, uint64_t length, const char *reason,
                  struct th_str bytes, bool is_break);
/* It is a trail: hand over what was held back. */
bool shape_proven(struct th_shape *s);
/* It isn't one, but began as JSON: hand over the first break alone. *found says whether there was
 * one. */
bool shape_first_break(struct th_shape *s, bool *found);

/* What the window holds from place on, but no further than one byte over the largest record that
 * begins at start: what is found must not depend on how much the window happens to hold. */
static inline struct th_str shape_view(const struct th_shape *s, uint64_t start, uint64_t place)
{
    uint64_t limit = start + s->record_max + 1;
    return th_str_sub(th_window_from(s->w, place), 0, limit > place ? (size_t)(limit - place) : 0);
}

/* A cursor over a record or a part of one: no deeper than the limit. */
static inline void shape_cursor(const struct th_shape *s, struct th_json_cursor *c,
                                struct th_str text)
{
    th_json_init(c, text);
    c->depth = TH_JSON_DEPTH_MAX - (unsigned)s->limits->depth;
}

/* embedded.c: an object at offset that is no record itself. NOT: it carries none either (record
 * has then changed). Otherwise what it carries was given to the sink, as a record or a reject. */
enum carried { CARRIED_NOT, CARRIED, CARRIED_STOP };
enum carried shape_carried(struct th_shape *s, uint64_t offset, struct th_str object);
/* How many bytes of a time and white space stand before the '{' that follows them: lines as
 * CloudWatch Logs exports them to S3. 0: text doesn't begin like that, as far as it goes. */
size_t shape_stamp(struct th_str text);

/* break.c */
/* More bytes behind a value that begins at start: OK, END (nothing follows) or LARGE (it is over
 * record_max already). */
enum shape_grow { GROW_OK, GROW_END, GROW_LARGE };
enum shape_grow shape_grow(struct th_shape *s, uint64_t start);
/* A limit was run into: why, in words. */
void shape_cap(struct th_shape *s, enum th_limit limit, char out[TH_LIMIT_REASON]);
/* Note a loss at from and return STEP_LOST (or STOP). why NULL: the data ends there. */
enum step shape_lose(struct th_shape *s, uint64_t from, uint64_t at, const char *why);
/* A malformed array element begins at start: pass over it by its brackets when a well-formed one
 * (or the array's end) follows. */
enum step shape_element_broken(struct th_shape *s, uint64_t start, uint64_t at, const char *why);
/* The value at start is over record_max: reject it and go on behind it. */
enum step shape_too_large(struct th_shape *s, uint64_t start, bool is_record);
/* Reject a record over record_max; false: stop. */
bool shape_reject_large(struct th_shape *s, uint64_t start, uint64_t length, struct th_str bytes);
/* At top level: reject from the loss to where the next value begins, or to the end. lines: a line
 * that begins with '{' is one. OK, RESUMED or STOP. */
enum step shape_recover(struct th_shape *s, bool lines);
/* Bytes that begin no value of their own at pos: reject them in the same way, lines being
 * beginnings. */
enum step shape_junk(struct th_shape *s);
/* First byte that is no white space, from *place on, reading more without forgetting keep; '\0'
 * when there is none, or only more than record_max bytes behind keep. */
char shape_peek(struct th_shape *s, uint64_t keep, uint64_t *place);
/* Before the window moves past the loss: keep its first bytes, reading on until there are enough.
 */
void shape_keep_bytes(struct th_shape *s);
/* The first bytes of the loss, length bytes long. */
struct th_str shape_lost_bytes(const struct th_shape *s, uint64_t length);

/* Counting brackets, byte by byte. Zero before a value. */
struct skip {
    uint64_t depth;
    bool in_string;
    bool escape;
};
/* Go on over p[0 … n); returns how many bytes were taken. *done: the value ended there. */
size_t shape_skip(struct skip *skip, const char *p, size_t n, bool *done);

/* look.c */
/* Look at the first bytes and set pos behind a byte order mark. Returns why nothing of this source
 * is read, or NULL. */
const char *shape_first_look(struct th_shape *s);
/* Nothing of CloudTrail was seen: did something break that should count? */
enum th_shape_result shape_no_trail(struct th_shape *s, const char **why);

/* resync.c: move pos from the loss to where records go on: a LINE, a RECORD in a list, or the
 * END. begins: what was lost begins where a value might, so it may be the rest of data whose front
 * is missing. end: behind what was lost, without what separates it from what follows. cut: it reads
 * as the rest of a trail. */
enum resync { RESYNC_END, RESYNC_LINE, RESYNC_RECORD };
struct resynced {
    uint64_t end;
    bool cut;
};
enum resync shape_resync(struct th_shape *s, bool lines, bool begins, struct resynced *out);
/* Does what follows the object or array at pos tell that it is an element or a member of another?
 */
bool shape_is_part(struct th_shape *s);
/* Does what follows at, behind the list member that begins at start, tell that the list stands
 * inside a record? */
bool shape_is_nested(struct th_shape *s, uint64_t start, uint64_t at);

#endif
