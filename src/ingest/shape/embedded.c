/* Records that travel as text: answers, log lines and documents of other programs that hold a
 * CloudTrail record inside a JSON string.
 *
 * An object is looked through once for the members named in the table; the text found there is
 * unescaped and read as a record of its own. Where it stands in the source is the string's content,
 * escaped as it is, so the original bytes are found again without this file. */
#include "ingest/shape/internal.h"

#include <stdio.h>
#include <string.h>

#include "ingest/batch.h"

#define STEPS_MAX 3

/* A path to the string. proves: only trails have it. When an object has several, the first row
 * counts. */
static const struct carrier {
    const char *steps[STEPS_MAX + 1];
    bool proves;
} carriers[] = {
    {{"CloudTrailEvent"}, true},               /* LookupEvents */
    {{"_raw"}, false},                         /* Splunk */
    {{"result", "_raw"}, false},               /* Splunk, one result a line */
    {{"event.original"}, false},               /* Elastic documents, */
    {{"event", "original"}, false},            /* */
    {{"_source", "event.original"}, false},    /* and as hits of a search */
    {{"_source", "event", "original"}, false}, /* */
    {{"message"}, false},                      /* CloudWatch Logs */
};

/* What CloudWatch Logs writes where it only tries whether somebody listens. */
static const char control_text[] = "CWL CONTROL MESSAGE";

struct search {
    struct th_buf *scratch;
    struct th_json_value found;
    size_t row; /* of found; TH_COUNT(carriers) when there is none */
};

static void look_through(struct search *search, struct th_str object, size_t depth, unsigned live);

/* The value of a member that rows lead to. */
static void look_at(struct search *search, const struct th_json_value *v, size_t depth,
                    unsigned rows)
{
    unsigned deeper = 0;
    for (size_t i = 0; i < TH_COUNT(carriers); i++) {
        if ((rows & (1u << i)) == 0)
            continue;
        if (carriers[i].steps[depth + 1] != NULL) {
            deeper |= 1u << i;
        } else if (v->type == TH_JSON_STRING && i <= search->row) {
            search->found = *v;
            search->row = i;
        }
    }
    if (deeper != 0 && v->type == TH_JSON_OBJECT)
        look_through(search, v->text, depth + 1, deeper);
}

/* live: a bit for every row whose first steps led here. */
static void look_through(struct search *search, struct th_str object, size_t depth, unsigned live)
{
    struct th_json_cursor c;
    struct th_json_value key;
    struct th_json_value v;
    bool first = true;
    th_json_init(&c, object);
    if (th_json_enter(&c) != TH_JSON_OK)
        return;
    while (th_json_next_key(&c, &key, &first) == TH_JSON_OK) {
        th_buf_reset(search->scratch);
        struct th_str name = th_json_scalar(&key, search->scratch);
        unsigned rows = 0;
        for (size_t i = 0; i < TH_COUNT(carriers); i++)
            if ((live & (1u << i)) != 0 && th_str_is(name, carriers[i].steps[depth]))
                rows |= 1u << i;
        if (th_json_value(&c, &v) != TH_JSON_OK)
            return;
        if (rows != 0)
            look_at(search, &v, depth, rows);
    }
}

/* The text is meant as an object. */
static bool begins_as_object(struct th_str text)
{
    struct th_json_cursor c;
    th_json_init(&c, text);
    return th_json_space(&c) && *c.at == '{';
}

static enum carried reject_carried(struct th_shape *s, uint64_t offset, struct th_str object,
                                   const char *reason)
{
    return shape_reject(s, offset, object.n, reason, object, false) ? CARRIED : CARRIED_STOP;
}

enum carried shape_carried(struct th_shape *s, uint64_t offset, struct th_str object)
{
    struct search search = {.scratch = &s->scratch, .row = TH_COUNT(carriers)};
    look_through(&search, object, 0, (1u << TH_COUNT(carriers)) - 1);
    if (search.row == TH_COUNT(carriers))
        return CARRIED_NOT;
    const struct th_json_value *v = &search.found;
    if (carriers[search.row].proves && !shape_proven(s))
        return CARRIED_STOP;
    if (th_str_starts(v->text, (struct th_str){control_text, sizeof control_text - 1}))
        return CARRIED;
    struct th_str text = v->text;
    if (v->escaped) {
        th_buf_reset(&s->carried);
        th_json_unescape(&s->carried, v);
        text = th_buf_str(&s->carried);
    }
    if (!begins_as_object(text))
        return CARRIED_NOT;
    char reason[160];
    char capped[TH_LIMIT_REASON];
    struct th_json_cursor c;
    shape_cursor(s, &c, text);
    enum th_json_status status = th_record_scan(s->scanner, &c, &s->record);
    bool behind = status == TH_JSON_OK && th_json_space(&c);
    if (status != TH_JSON_OK || behind) {
        const char *why = behind                   ? "more stands behind the record"
                          : status == TH_JSON_MORE ? "it is cut off"
                                                   : c.why;
        if (why == th_json_too_deep) {
            shape_cap(s, TH_LIMIT_MAX_DEPTH, capped);
            why = capped;
        }
        (void)snprintf(reason, sizeof reason, "malformed JSON at byte %zu of the text inside: %s",
                       (size_t)(c.at - text.p), why);
        return reject_carried(s, offset, object, reason);
    }
    if (th_record_is_digest(&s->record) || !th_record_is_trail(&s->record))
        return CARRIED_NOT;
    s->record.raw = text;
    if (!shape_proven(s))
        return CARRIED_STOP;
    uint64_t at = offset + (uint64_t)(v->text.p - object.p);
    return s->sink->record(s->sink->ctx, at, v->text.n, TH_ROW_STRING, &s->record) ? CARRIED
                                                                                   : CARRIED_STOP;
}

/* Bytes of a stamp and the white space behind it that are looked at. */
#define STAMP_MAX 48u

size_t shape_stamp(struct th_str text)
{
    static const char form[] = "dddd-dd-ddT";
    struct th_str head = th_str_sub(text, 0, STAMP_MAX);
    size_t at = sizeof form - 1;
    if (head.n <= at)
        return 0;
    for (size_t i = 0; i < at; i++) {
        bool digit = head.p[i] >= '0' && head.p[i] <= '9';
        if (form[i] == 'd' ? !digit : head.p[i] != form[i])
            return 0;
    }
    while (at < head.n && head.p[at] != '\0' && strchr("0123456789:.,+-Z", head.p[at]) != NULL)
        at++;
    size_t space = at;
    while (at < head.n && (head.p[at] == ' ' || head.p[at] == '\t'))
        at++;
    return at > space && at < head.n && head.p[at] == '{' ? at : 0;
}
