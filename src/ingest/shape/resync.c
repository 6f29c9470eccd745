/* Where records go on behind a place from which nothing could be read: data whose beginning is
 * missing, or a list with damage in it.
 *
 * A line that begins as a value does is a new beginning, as in all line by line forms. Otherwise a
 * record has to be found in the middle of a list, without knowing how what stands before it began,
 * and nothing may be taken for a record that was only a part of one. So an object counts when
 *   - it follows a comma or an opening bracket, as members of a list do, and is no part of a value
 *     that was well-formed so far;
 *   - it has all that CloudTrail gives a record when delivering it, of the right types. Text inside
 *     a string can't look like that: its quotes would be escaped, and where a string's end is taken
 *     for an object's beginning, what are keys then is the text between strings, never a name;
 *   - what follows doesn't tell that the list stands inside a record: the brackets that close
 * behind it are those of the list and its wrapper and no more. A list that goes on for longer than
 * a record may be is none inside one. In data that isn't known for a trail yet, what stands before
 * must also read as JSON that begins anywhere. Where the data ends before the list does, only the
 * first two can be asked. */
#include "ingest/shape/internal.h"

#include <string.h>

#include "base/time.h"
#include "ecs/field/field.h"

/* What stays in the window behind the byte at hand: a time before a value. */
#define TAIL_BYTES 64u

/* Records' worth of bytes per source that are looked at in vain, and to tell lists. */
#define WASTE_RECORDS 4u
#define LOOK_RECORDS  16u

/* More than a record that CloudTrail delivers has: a list that goes on for longer is none inside
 * one.
 */
#define NEST_BYTES (UINT64_C(4) << 20)

/* ---- JSON that begins anywhere ---- */

#define WORD_MAX 8u

enum lex_mode { LEX_OUT, LEX_WORD, LEX_STRING, LEX_ESCAPE, LEX_HEX, LEX_DEAD };

/* One reading, by how the data may begin: between tokens or in a word, inside a string, behind a
 * backslash in one. */
struct lexer {
    enum lex_mode mode;
    unsigned hex;        /* digits that are missing */
    char word[WORD_MAX]; /* the word at hand, when it is a literal */
    size_t word_n;
    bool number;
    bool partial; /* the word may be the end of one */
};

static const struct lexer beginnings[] = {
    {.mode = LEX_OUT, .partial = true}, {.mode = LEX_STRING}, {.mode = LEX_ESCAPE}};

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '+' || c == '.';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void begin_word(struct lexer *l, char c)
{
    l->mode = LEX_WORD;
    l->number = c == '-' || (c >= '0' && c <= '9') || (l->partial && strchr("+.eE", c) != NULL);
    l->word[0] = c;
    l->word_n = 1;
}

static bool is_word(const struct lexer *l)
{
    static const struct th_str literals[] = {TH_STR_INIT("true"), TH_STR_INIT("false"),
                                             TH_STR_INIT("null")};
    struct th_str word = {l->word, l->word_n};
    for (size_t i = 0; i < TH_COUNT(literals); i++)
        if (l->partial ? th_str_ends(literals[i], word) : th_str_eq(literals[i], word))
            return true;
    return l->number;
}

static enum lex_mode lex_out(struct lexer *l, char c)
{
    if (c == '"')
        return LEX_STRING;
    if (is_word_byte(c)) {
        begin_word(l, c);
        return LEX_WORD;
    }
    l->partial = false;
    return is_space(c) || memchr(",:{}[]", c, 6) != NULL ? LEX_OUT : LEX_DEAD;
}

static enum lex_mode lex_word(struct lexer *l, char c)
{
    if (is_word_byte(c)) {
        bool fits = l->word_n < WORD_MAX;
        l->number = l->number && ((c >= '0' && c <= '9') || strchr("+-.eE", c) != NULL);
        if (fits)
            l->word[l->word_n++] = c;
        return fits || l->number ? LEX_WORD : LEX_DEAD;
    }
    if (!is_word(l) || c == '"')
        return LEX_DEAD;
    l->partial = false;
    return lex_out(l, c);
}

static void lex(struct lexer *l, char c)
{
    switch (l->mode) {
    case LEX_OUT:
        l->mode = lex_out(l, c);
        break;
    case LEX_WORD:
        l->mode = lex_word(l, c);
        break;
    case LEX_STRING:
        l->mode = c == '"'                  ? LEX_OUT
                  : c == '\\'               ? LEX_ESCAPE
                  : (unsigned char)c < 0x20 ? LEX_DEAD
                                            : LEX_STRING;
        break;
    case LEX_ESCAPE:
        l->hex = 4;
        l->mode = c == 'u'                                       ? LEX_HEX
                  : c != '\0' && strchr("\"\\/bfnrt", c) != NULL ? LEX_STRING
                                                                 : LEX_DEAD;
        break;
    case LEX_HEX:
        l->mode = !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
                      ? LEX_DEAD
                  : --l->hex > 0 ? LEX_HEX
                                 : LEX_STRING;
        break;
    case LEX_DEAD:
        break;
    }
}

/* ---- records in a list ---- */

static bool is_text(const struct th_record *record, int slot)
{
    return record->v[slot].type == TH_JSON_STRING;
}

/* All that a delivered record has. */
static bool is_complete(const struct th_record *r)
{
    int64_t ms;
    if (!is_text(r, TH_S_EVENT_VERSION) || !is_text(r, TH_S_EVENT_ID) ||
        !is_text(r, TH_S_CLOUD_REGION) || !is_text(r, TH_S_TIMESTAMP) ||
        !th_time_parse(r->v[TH_S_TIMESTAMP].text, &ms))
        return false;
    bool call = is_text(r, TH_S_EVENT_ACTION) && is_text(r, TH_S_EVENT_PROVIDER) &&
                r->v[TH_S_IDENTITY].type == TH_JSON_OBJECT;
    return call || r->v[TH_S_INSIGHT].type == TH_JSON_OBJECT;
}

/* An event of LookupEvents: its text is a complete record. */
static bool carries_complete(struct th_shape *s, struct th_str object)
{
    struct th_json_value v;
    struct th_json_cursor c;
    if (!th_json_get(object, TH_STR("CloudTrailEvent"), &v) || v.type != TH_JSON_STRING)
        return false;
    th_buf_reset(&s->carried);
    th_json_unescape(&s->carried, &v);
    shape_cursor(s, &c, th_buf_str(&s->carried));
    return th_record_scan(s->scanner, &c, &s->record) == TH_JSON_OK && !th_json_space(&c) &&
           is_complete(&s->record);
}

/* Is there a complete record at start, or an object that carries one? *end: behind it. */
static bool record_at(struct th_shape *s, uint64_t start, uint64_t *end)
{
    for (;;) {
        struct th_json_cursor c;
        struct th_str view = shape_view(s, start, start);
        shape_cursor(s, &c, view);
        enum th_json_status status = th_record_scan(s->scanner, &c, &s->record);
        size_t n = (size_t)(c.at - view.p);
        *end = start + n;
        if (status == TH_JSON_OK && n <= s->record_max) {
            s->carriers = false;
            if (is_complete(&s->record))
                return true;
            s->carriers = carries_complete(s, th_str_sub(view, 0, n));
            s->wasted += s->carriers ? 0 : n;
            return s->carriers;
        }
        if (status != TH_JSON_MORE) {
            s->wasted += n;
            return false;
        }
        /* Keeping what was lost may read on, too. */
        uint64_t seen = th_window_end(s->w);
        shape_keep_bytes(s);
        if (th_window_end(s->w) == seen && shape_grow(s, start) != GROW_OK) {
            s->wasted += n;
            return false;
        }
    }
}

/* Behind the value at *at. False: the data ends, or no record is that long. */
static bool pass_value(struct th_shape *s, uint64_t start, uint64_t *at)
{
    struct skip skip = {0};
    for (;;) {
        struct th_str rest = shape_view(s, start, *at);
        bool done;
        *at += shape_skip(&skip, rest.p, rest.n, &done);
        if (done)
            return true;
        if (shape_grow(s, start) != GROW_OK)
            return false;
    }
}

/* Over values, commas and colons, behind the bracket that closes what they stand in; returns it, or
 * '\0' when the data ends first or goes on for longer than that matters. */
static char pass_items(struct th_shape *s, uint64_t start, uint64_t *at)
{
    while (*at - start < NEST_BYTES) {
        char c = shape_peek(s, start, at);
        if (c == '\0')
            return c;
        bool closes = c == ']' || c == '}';
        if (closes || c == ',' || c == ':')
            *at += 1;
        else if (!pass_value(s, start, at))
            return '\0';
        if (closes)
            return c;
    }
    return '\0';
}

/* As shape_is_nested; *at moves behind what was read. */
static bool look_ahead(struct th_shape *s, uint64_t start, uint64_t *at)
{
    char c = pass_items(s, start, at);
    if (c != ']')
        return c == '}';
    c = shape_peek(s, start, at);
    if (c == ',') {
        /* Members of the object around the list. Of one that doesn't end nobody knows what it is.
         */
        *at += 1;
        if (shape_peek(s, start, at) != '"' || pass_items(s, start, at) != '}')
            return true;
    } else if (c == '}') {
        *at += 1;
    } else {
        return c == ']' || c == ':';
    }
    c = shape_peek(s, start, at);
    return c != '\0' && memchr(",:]}", c, 4) != NULL;
}

static bool is_nested(struct th_shape *s, uint64_t start, uint64_t *at)
{
    shape_keep_bytes(s);
    bool nested = look_ahead(s, start, at);
    s->looked += *at - start;
    s->list_until = nested ? 0 : *at;
    return nested;
}

bool shape_is_nested(struct th_shape *s, uint64_t start, uint64_t at)
{
    return s->looked > LOOK_RECORDS * s->record_max || is_nested(s, start, &at);
}

bool shape_is_part(struct th_shape *s)
{
    uint64_t at = s->pos;
    if (!pass_value(s, s->pos, &at))
        return false;
    char c = shape_peek(s, s->pos, &at);
    return c != '\0' && memchr(",:]}", c, 4) != NULL;
}

/* ---- searching ---- */

struct search {
    uint64_t at;
    uint64_t behind; /* the last byte that is no white space */
    uint64_t solid;  /* the last that is no comma either */
    char before;     /* that byte */
    bool line;       /* a line begins at at */
    bool lines;      /* lines are beginnings */
    bool lexing;     /* what stands before has to read as JSON */
    struct lexer lexers[TH_COUNT(beginnings)];
};

/* Could a member of a list begin here, where rest stands? What was well-formed until the loss was
 * noticed are parts of the value that was lost. But where a quote is missing, the string is taken
 * to end at the next object's first quote, and only then is the loss noticed. */
static bool may_begin(const struct th_shape *s, const struct search *search, struct th_str rest)
{
    size_t quote = 1;
    if (search->at == s->lost.from || (search->before != ',' && search->before != '['))
        return false;
    while (quote < rest.n && quote < TAIL_BYTES && is_space(rest.p[quote]))
        quote++;
    if (quote == rest.n || rest.p[quote] != '"' || search->at + quote + 1 < s->lost.at)
        return false;
    if (s->wasted > WASTE_RECORDS * s->record_max || s->looked > LOOK_RECORDS * s->record_max)
        return false;
    bool reads = !search->lexing;
    for (size_t i = 0; !reads && i < TH_COUNT(search->lexers); i++)
        reads = search->lexers[i].mode == LEX_OUT;
    return reads;
}

/* Note the byte at search->at and go behind it. */
static void pass_byte(struct search *search, char c)
{
    search->at++;
    search->line = c == '\n';
    for (size_t i = 0; search->lexing && i < TH_COUNT(search->lexers); i++)
        lex(&search->lexers[i], c);
    if (is_space(c))
        return;
    search->before = c;
    search->behind = search->at;
    if (c != ',')
        search->solid = search->at;
}

/* The list that the record was found in is part of a record: nothing in it counts. */
static void pass_list(struct search *search, uint64_t behind)
{
    search->at = behind;
    search->before = ']';
    search->behind = behind;
    search->solid = behind;
    search->line = false;
    /* Outside of strings, or it could not have been read. */
    for (size_t i = 0; i < TH_COUNT(search->lexers); i++)
        search->lexers[i] =
            (struct lexer){.mode = search->lexers[i].mode == LEX_OUT ? LEX_OUT : LEX_DEAD};
}

/* Try the '{' at search->at. */
static bool try_here(struct th_shape *s, struct search *search)
{
    uint64_t start = search->at;
    uint64_t behind;
    if (!record_at(s, start, &behind))
        return false;
    if (!is_nested(s, start, &behind))
        return true;
    pass_list(search, behind);
    return false;
}

/* Look at the bytes from search->at on that surely have TAIL_BYTES behind them. */
static enum resync look(struct th_shape *s, struct search *search)
{
    for (;;) {
        struct th_str rest = th_window_from(s->w, search->at);
        if (rest.n == 0 || (!s->w->end && rest.n <= TAIL_BYTES))
            return RESYNC_END;
        char c = *rest.p;
        if (search->lines && search->line && (c == '{' || shape_stamp(rest) > 0))
            return RESYNC_LINE;
        if (c == '{' && may_begin(s, search, rest)) {
            uint64_t here = search->at;
            if (try_here(s, search))
                return RESYNC_RECORD;
            if (search->at != here)
                continue;
        }
        pass_byte(search, c);
    }
}

/* Not all JSON is a trail: does the beginning of what was lost have names of a record? */
static bool has_names(struct th_str bytes)
{
    static const struct th_str names[] = {
        TH_STR_INIT("\"eventVersion\""), TH_STR_INIT("\"userIdentity\""),
        TH_STR_INIT("\"eventTime\""),    TH_STR_INIT("\"eventSource\""),
        TH_STR_INIT("\"eventName\""),    TH_STR_INIT("\"eventID\""),
    };
    size_t n = 0;
    for (size_t i = 0; i < TH_COUNT(names); i++)
        n += th_str_search(bytes, names[i]) >= 0;
    return n >= 2;
}

static bool is_json(const struct search *search)
{
    for (size_t i = 0; i < TH_COUNT(search->lexers); i++)
        if (search->lexers[i].mode != LEX_DEAD)
            return true;
    return false;
}

enum resync shape_resync(struct th_shape *s, bool lines, bool begins, struct resynced *out)
{
    uint64_t from = s->lost.from;
    uint64_t start = s->lost.passed;
    s->list_until = 0;
    struct search search = {.at = start,
                            .behind = s->lost.behind,
                            .solid = s->lost.behind,
                            .before = s->lost.before,
                            .line = s->lost.line,
                            .lines = lines,
                            .lexing = begins && !s->trail};
    memcpy(search.lexers, beginnings, sizeof beginnings);
    if (start < s->w->offset)
        search.at = th_window_end(s->w);
    enum resync found;
    while ((found = look(s, &search)) == RESYNC_END) {
        if (search.at > from)
            shape_keep_bytes(s);
        if (!th_window_more(s->w, search.at) && search.at == th_window_end(s->w))
            break;
    }
    s->pos = search.at;
    *out = (struct resynced){
        .end = found == RESYNC_RECORD ? search.solid : search.behind,
        .cut =
            found == RESYNC_RECORD || (found == RESYNC_END && search.lexing && is_json(&search) &&
                                       has_names(shape_lost_bytes(s, search.at - from))),
    };
    return found;
}
