/* The scanner of the import path: one walk over a record's bytes that fills the slots.
 *
 * The paths form a tree. A node is an object (or the value of one key) and has an edge per known
 * key. CloudTrail writes the members of an object in the same order record after record, so every
 * edge remembers which edge came after it last time: the next key is compared with that guess in
 * two or three 8-byte steps, and only when it differs is its end searched and looked up. Objects on
 * a path are walked member by member, so that the text of a captured object (requestParameters) is
 * known when its end is reached, without reading it twice; everything else is skipped by
 * th_json_value, which validates what it skips.
 *
 * Members below an object that comes a second time are hidden by clearing the slots below it: a
 * node remembers in which record it was last met. */
#include "ecs/columns/record.h"

#include <assert.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/json_scan.h"
#include "base/mem.h"

enum {
    BUCKETS = 64,
    NO_EDGE = UINT16_MAX,
    NO_NODE = UINT16_MAX,
    NO_SLOT = UINT16_MAX,
};

/* One key of an object. text ends with the closing quote and is padded for reads of 8 bytes. */
struct edge {
    char text[40];
    uint32_t length; /* with the quote */
    uint16_t node;
    uint16_t next_guess; /* edge that followed last time */
    uint16_t next_same;  /* in the same bucket */
};

struct node {
    uint64_t met;         /* number of the record that this key was met in last */
    uint16_t slot;        /* first slot of this path */
    uint16_t first_guess; /* edge that came first last time */
    bool inner;           /* has edges */
    uint8_t container;    /* enum th_container: its members are noted; TH_CONTAINER_COUNT: none */
    uint16_t bucket[BUCKETS];
};

struct th_scanner {
    struct node *nodes;
    struct edge *edges;
    size_t nodes_n, nodes_cap;
    size_t edges_n, edges_cap;
    uint16_t next_slot[TH_SLOT_COUNT]; /* further slots of the same path */
    uint64_t record;
    struct th_buf key; /* an unescaped key */
};

static const char *const paths[TH_SLOT_COUNT] = {
#define SOURCE_TERM(path)     path
#define SOURCE_LIST(path)     path
#define SOURCE_ID(path)       path
#define SOURCE_TIME(path)     path
#define SOURCE_BOOL(path)     path
#define SOURCE_EVIDENCE(path) path
#define SOURCE_OF(path)       ""
#define SOURCE_CONST(path)    ""
#define TH_FIELD(id, name, type, store, source, flags, width, doc)                                 \
    [TH_S_##id] = SOURCE_##store(source),
#include "fields.def"
#undef TH_FIELD
#define TH_PATH(id, path) [TH_S_##id] = path,
#include "paths.def"
#undef TH_PATH
};

const char *th_slot_path(enum th_slot slot)
{
    return paths[slot];
}

static inline size_t bucket_of(const char *key, size_t n)
{
    if (n == 0)
        return 0;
    unsigned first = (unsigned char)key[0];
    unsigned last = (unsigned char)key[n - 1];
    return (n * 7 + first * 3 + last * 5) % BUCKETS;
}

static uint16_t find_edge(const th_scanner *s, const struct node *node, const char *key, size_t n)
{
    uint16_t e = node->bucket[bucket_of(key, n)];
    while (e != NO_EDGE && (s->edges[e].length != n + 1 || memcmp(s->edges[e].text, key, n) != 0))
        e = s->edges[e].next_same;
    return e;
}

static uint16_t add_node(th_scanner *s)
{
    TH_GROW(s->nodes, s->nodes_n, s->nodes_cap);
    struct node *node = &s->nodes[s->nodes_n];
    *node = (struct node){.met = 0, .slot = NO_SLOT, .first_guess = NO_EDGE};
    node->container = TH_CONTAINER_COUNT;
    for (size_t i = 0; i < BUCKETS; i++)
        node->bucket[i] = NO_EDGE;
    return (uint16_t)s->nodes_n++;
}

static uint16_t add_edge(th_scanner *s, uint16_t parent, const char *key, size_t n)
{
    uint16_t to = add_node(s);
    TH_GROW(s->edges, s->edges_n, s->edges_cap);
    struct edge *edge = &s->edges[s->edges_n];
    uint16_t *bucket = &s->nodes[parent].bucket[bucket_of(key, n)];
    *edge = (struct edge){.length = (uint32_t)n + 1, .node = to, .next_guess = NO_EDGE};
    assert(n + 9 <= sizeof edge->text);
    memcpy(edge->text, key, n);
    edge->text[n] = '"';
    edge->next_same = *bucket;
    *bucket = (uint16_t)s->edges_n++;
    s->nodes[parent].inner = true;
    return to;
}

static void add_path(th_scanner *s, uint16_t slot, const char *path)
{
    uint16_t at = 0;
    while (*path != '\0') {
        size_t n = strcspn(path, ".");
        uint16_t e = find_edge(s, &s->nodes[at], path, n);
        at = e != NO_EDGE ? s->edges[e].node : add_edge(s, at, path, n);
        path += n + (path[n] == '.');
    }
    if (slot == TH_S_REQUEST)
        s->nodes[at].container = TH_CONTAINER_REQUEST;
    if (slot == TH_S_RESPONSE)
        s->nodes[at].container = TH_CONTAINER_RESPONSE;
    s->next_slot[slot] = s->nodes[at].slot;
    s->nodes[at].slot = slot;
}

th_scanner *th_scanner_new(void)
{
    th_scanner *s = th_xcalloc(1, sizeof *s);
    add_node(s);
    for (uint16_t slot = 0; slot < TH_SLOT_COUNT; slot++) {
        s->next_slot[slot] = NO_SLOT;
        if (paths[slot][0] != '\0')
            add_path(s, slot, paths[slot]);
    }
    return s;
}

void th_scanner_free(th_scanner *s)
{
    if (s == NULL)
        return;
    th_buf_fini(&s->key);
    free(s->nodes);
    free(s->edges);
    free(s);
}

static enum th_json_status bad(struct th_json_cursor *c, const char *why)
{
    c->why = why;
    return TH_JSON_BAD;
}

static enum th_json_status more(struct th_json_cursor *c)
{
    c->at = c->end;
    c->why = "the text ends inside a record";
    return TH_JSON_MORE;
}

/* Compact JSON has no white space: one comparison. False at the end of the input. */
static inline bool skip_space(struct th_json_cursor *c)
{
    if (TH_LIKELY(c->at < c->end && (unsigned char)*c->at > ' '))
        return true;
    return th_json_space(c);
}

/* Does the input at p (behind a key's opening quote) go on with this edge's key and the closing
 * quote? */
static inline bool edge_fits(const struct edge *edge, const char *p, const char *end)
{
    size_t length = edge->length;
    if ((size_t)(end - p) < sizeof edge->text)
        return (size_t)(end - p) >= length && memcmp(p, edge->text, length) == 0;
    uint64_t a, b;
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        memcpy(&a, p + i, 8);
        memcpy(&b, edge->text + i, 8);
        if (a != b)
            return false;
    }
    if (i == length)
        return true;
    memcpy(&a, p + i, 8);
    memcpy(&b, edge->text + i, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (a ^ b) << (64 - 8 * (length - i)) == 0;
#else
    return (a ^ b) >> (64 - 8 * (length - i)) == 0;
#endif
}

/* The next key, whose opening quote c->at stands on: its edge into *edge, NO_EDGE for a key of no
 * path. Leaves the cursor behind the closing quote. */
static inline enum th_json_status read_key(th_scanner *s, const struct node *node, uint16_t guess,
                                           struct th_json_cursor *c, uint16_t *edge)
{
    const char *key = c->at + 1;
    if (TH_LIKELY(guess != NO_EDGE)) {
        if (TH_LIKELY(edge_fits(&s->edges[guess], key, c->end))) {
            *edge = guess;
            c->at = key + s->edges[guess].length;
            return TH_JSON_OK;
        }
        /* An optional member is missing: what comes after it? */
        uint16_t after = s->edges[guess].next_guess;
        if (after != NO_EDGE && edge_fits(&s->edges[after], key, c->end)) {
            *edge = after;
            c->at = key + s->edges[after].length;
            return TH_JSON_OK;
        }
    }
    const char *close = th_json_next_special(key, c->end);
    if (TH_LIKELY(close < c->end && *close == '"')) {
        *edge = find_edge(s, node, key, (size_t)(close - key));
        c->at = close + 1;
        return TH_JSON_OK;
    }
    struct th_json_value value;
    enum th_json_status status = th_json_value(c, &value);
    if (status != TH_JSON_OK)
        return status;
    if (value.escaped) {
        th_buf_reset(&s->key);
        th_json_unescape(&s->key, &value);
        value.text = th_buf_str(&s->key);
    }
    *edge = find_edge(s, node, value.text.p, value.text.n);
    return TH_JSON_OK;
}

/* Make every slot below a node absent. */
static void clear_below(th_scanner *s, const struct node *node, struct th_record *out)
{
    for (size_t b = 0; b < BUCKETS; b++)
        for (uint16_t e = node->bucket[b]; e != NO_EDGE; e = s->edges[e].next_same) {
            const struct node *child = &s->nodes[s->edges[e].node];
            for (uint16_t slot = child->slot; slot != NO_SLOT; slot = s->next_slot[slot])
                out->v[slot].type = TH_JSON_ABSENT;
            if (child->inner)
                clear_below(s, child, out);
        }
}

static enum th_json_status scan_object(th_scanner *s, struct node *node, struct th_json_cursor *c,
                                       struct th_record *out);

/* Put a value into every slot of its path. By parts: copying a struct that was just written part by
 * part waits for the stores. */
static inline void put(const th_scanner *s, const struct node *node, struct th_record *out,
                       const char *p, size_t n, uint8_t type, bool escaped)
{
    for (uint16_t slot = node->slot; slot != NO_SLOT; slot = s->next_slot[slot]) {
        struct th_json_value *value = &out->v[slot];
        value->text.p = p;
        value->text.n = n;
        value->type = type;
        value->escaped = escaped;
    }
}

/* A value that lies on a path and is no plain string; c->at stands on its first byte. */
static enum th_json_status read_other(th_scanner *s, struct node *node, struct th_json_cursor *c,
                                      struct th_record *out)
{
    struct th_json_value value;
    const char *start = c->at;
    enum th_json_status status;
    if (node->inner && node->met == s->record)
        clear_below(s, node, out);
    if (*start == '{' && node->inner) {
        node->met = s->record;
        status = scan_object(s, node, c, out);
        if (status == TH_JSON_OK)
            put(s, node, out, start, (size_t)(c->at - start), TH_JSON_OBJECT, false);
        return status;
    }
    status = th_json_value(c, &value);
    if (status == TH_JSON_OK)
        put(s, node, out, value.text.p, value.text.n, value.type, value.escaped);
    return status;
}

static inline enum th_json_status read_value(th_scanner *s, struct node *node,
                                             struct th_json_cursor *c, struct th_record *out)
{
    const char *start = c->at;
    if (TH_LIKELY(*start == '"' && !node->inner)) {
        const char *close = th_json_next_special(start + 1, c->end);
        if (TH_LIKELY(close < c->end && *close == '"')) {
            put(s, node, out, start + 1, (size_t)(close - start - 1), TH_JSON_STRING, false);
            c->at = close + 1;
            return TH_JSON_OK;
        }
    }
    return read_other(s, node, c, out);
}

/* Note a member of a container: its key in quotes from key to key_end, its value from start to the
 * cursor. */
static void note_member(struct th_members *members, const char *key, const char *key_end,
                        const char *start, const struct th_json_cursor *c)
{
    static const uint8_t types[256] = {
        ['"'] = TH_JSON_STRING, ['{'] = TH_JSON_OBJECT, ['['] = TH_JSON_ARRAY,
        ['t'] = TH_JSON_TRUE,   ['f'] = TH_JSON_FALSE,  ['n'] = TH_JSON_NULL,
    };
    unsigned i = members->n;
    size_t n = (size_t)(key_end - key) - 2;
    if (i == TH_MEMBERS_MAX || memchr(key + 1, '\\', n) != NULL) {
        members->complete = false;
        return;
    }
    uint8_t type = types[(unsigned char)*start];
    size_t quote = type == TH_JSON_STRING;
    struct th_str text = {start + quote, (size_t)(c->at - start) - 2 * quote};
    members->key[i].p = key + 1;
    members->key[i].n = n;
    members->value[i].text.p = text.p;
    members->value[i].text.n = text.n;
    members->value[i].type = type == TH_JSON_ABSENT ? TH_JSON_NUMBER : type;
    members->value[i].escaped = quote != 0;
    members->n = i + 1;
}

/* One member, key and value; c->at stands on what must be the key's quote. *before: the edge of the
 * last known key of this object. */
static inline enum th_json_status read_member(th_scanner *s, struct node *node,
                                              struct th_json_cursor *c, uint16_t *before,
                                              struct th_record *out)
{
    uint16_t *guess = *before == NO_EDGE ? &node->first_guess : &s->edges[*before].next_guess;
    const char *key = c->at;
    uint16_t edge;
    enum th_json_status status;
    if (TH_UNLIKELY(*key != '"'))
        return bad(c, "a key is missing");
    if ((status = read_key(s, node, *guess, c, &edge)) != TH_JSON_OK)
        return status;
    const char *key_end = c->at;
    if (!skip_space(c))
        return more(c);
    if (TH_UNLIKELY(*c->at != ':'))
        return bad(c, "':' is missing behind a key");
    c->at++;
    if (!skip_space(c))
        return more(c);
    const char *start = c->at;
    if (edge == NO_EDGE) {
        struct th_json_value ignored;
        status = th_json_value(c, &ignored);
    } else {
        *guess = edge;
        *before = edge;
        status = read_value(s, &s->nodes[s->edges[edge].node], c, out);
    }
    if (node->container != TH_CONTAINER_COUNT && status == TH_JSON_OK)
        note_member(&out->members[node->container], key, key_end, start, c);
    return status;
}

/* An object on a path; c->at stands on its brace. Depth of recursion is that of the path tree. */
static enum th_json_status scan_object(th_scanner *s, struct node *node, struct th_json_cursor *c,
                                       struct th_record *out)
{
    uint16_t before = NO_EDGE;
    if (c->depth >= TH_JSON_DEPTH_MAX)
        return bad(c, th_json_too_deep);
    c->depth++;
    c->at++;
    if (node->container != TH_CONTAINER_COUNT) {
        out->members[node->container].n = 0;
        out->members[node->container].complete = true;
    }
    if (!skip_space(c))
        return more(c);
    if (*c->at == '}') {
        c->at++;
        c->depth--;
        return TH_JSON_OK;
    }
    for (;;) {
        enum th_json_status status = read_member(s, node, c, &before, out);
        if (TH_UNLIKELY(status != TH_JSON_OK))
            return status;
        if (!skip_space(c))
            return more(c);
        char separator = *c->at;
        if (TH_UNLIKELY(separator != ',')) {
            if (separator != '}')
                return bad(c, "',' or '}' is missing");
            c->at++;
            c->depth--;
            return TH_JSON_OK;
        }
        c->at++;
        if (!skip_space(c))
            return more(c);
    }
}

enum th_json_status th_record_scan(th_scanner *s, struct th_json_cursor *c, struct th_record *out)
{
    memset(out->v, 0, sizeof out->v);
    out->raw = TH_STR_NONE;
    if (!th_json_space(c))
        return more(c);
    const char *start = c->at;
    if (*start != '{')
        return bad(c, "a record is no object");
    s->record++;
    enum th_json_status status = scan_object(s, &s->nodes[0], c, out);
    if (status == TH_JSON_OK)
        out->raw = (struct th_str){start, (size_t)(c->at - start)};
    return status;
}

static bool has(const struct th_record *record, enum th_slot slot)
{
    return record->v[slot].type != TH_JSON_ABSENT;
}

bool th_record_is_digest(const struct th_record *record)
{
    return has(record, TH_S_DIGEST_START) && has(record, TH_S_DIGEST_FILES);
}

bool th_record_is_trail(const struct th_record *record)
{
    return has(record, TH_S_EVENT_ACTION) || has(record, TH_S_EVENT_PROVIDER) ||
           has(record, TH_S_TIMESTAMP) || has(record, TH_S_IDENTITY) || has(record, TH_S_INSIGHT) ||
           th_record_is_digest(record);
}
