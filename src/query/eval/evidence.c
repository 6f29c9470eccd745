/* Tests on records.
 *
 * Most records don't pass, so every test first looks for bytes without which none can: the last
 * name of a path, the longest run of plain characters of a phrase. JSON may spell any character as
 * \uXXXX, so a record with such an escape is always looked at properly. Then free text goes over
 * the values; a path inside a container is walked without a tree, and whatever is unusual there
 * (numbers that Java prints otherwise, escapes, containers near the integration's limit) is left to
 * the document builder, whose answer counts. */
#include "query/eval/evidence.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "ecs/document/doc.h"
#include "query/eval/evidence_path.h"
#include "query/eval/json_path.h"
#include "query/eval/match.h"

enum mode { MODE_FREE, MODE_WHOLE, MODE_PATH, MODE_PATHS, MODE_DOCUMENT };

struct th_evidence {
    const struct th_node *leaf;
    enum mode mode;
    bool ascii; /* FREE: the phrase is */
    struct th_str
        name; /* these bytes are in every record that has the field (borrowed); absent: unknown */
    struct th_buf run;                /* these, in any case, are in every record that passes */
    uint32_t name_needle, run_needle; /* their numbers where they were gathered */
    struct th_buf scratch;
};

/* What must be in a record ------------------------------------------------- */

/* Characters that JSON text never spells otherwise, \uXXXX aside. */
static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f && c != '"' && c != '\\' && c != '/';
}

/* The same for texts of documents: Java puts some characters between keys and values. */
static bool is_document_plain(char c)
{
    return is_plain(c) && strchr("={}[], ", c) == NULL;
}

/* The same for words, between which anything may stand. */
static bool is_word_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Digits alone may be printed otherwise in a document than in the record ("1E10"); other letters
 * than e only stand in texts. */
static bool is_telling(struct th_str run)
{
    for (size_t i = 0; i < run.n; i++) {
        char c = (char)(run.p[i] | 0x20);
        if (c >= 'a' && c <= 'z' && c != 'e')
            return true;
    }
    return false;
}

/* The longest run of characters that belong, in text; wildcard: signs and escapes of
 * TH_PATTERN_WILDCARD end a run; telling: it must be. */
static void longest_run(struct th_str text, bool wildcard, bool (*belongs)(char c), bool telling,
                        struct th_buf *out)
{
    struct th_str best = {text.p, 0};
    size_t start = 0;
    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : '\0';
        bool sign = wildcard && (c == '*' || c == '?' || c == '\\');
        if (belongs(c) && !sign)
            continue;
        struct th_str run = th_str_sub(text, start, i - start);
        if (run.n > best.n && (!telling || is_telling(run)))
            best = run;
        start = i + 1;
    }
    if (best.n >= 2)
        th_text_lower(out, best);
}

static void find_run(struct th_evidence *e)
{
    const struct th_node *leaf = e->leaf;
    bool wildcard = leaf->pattern_kind == TH_PATTERN_WILDCARD;
    if (leaf->kind == TH_NODE_FREE) {
        longest_run(leaf->text, leaf->pattern != NULL, is_plain, false, &e->run);
        return;
    }
    /* These two hold texts that stand in no record. */
    if (leaf->test != TH_TEST_TEXT || leaf->field.field == TH_F_ERROR_MESSAGE_PIPELINE ||
        leaf->field.field == TH_F_FLATTENED_DIGEST || leaf->pattern_kind == TH_PATTERN_REGEX)
        return;
    longest_run(leaf->text, wildcard,
                leaf->pattern_kind == TH_PATTERN_WORDS ? is_word_plain : is_document_plain, true,
                &e->run);
}

/* The name that a record with the field must hold; absent when nothing is sure. */
static struct th_str find_name(const struct th_node *leaf)
{
    struct th_str path = leaf->field.path;
    struct th_str source = th_str_of(th_field_info(leaf->field.field)->source);
    ptrdiff_t dot;
    if (path.p == NULL || leaf->field.field == TH_F_FLATTENED_DIGEST)
        path = source;
    dot = th_str_rfind(path, '.');
    if (dot >= 0)
        path = th_str_sub(path, (size_t)dot + 1, path.n);
    for (size_t i = 0; i < path.n; i++)
        if (!is_plain(path.p[i]))
            return TH_STR_NONE;
    return path.n > 0 ? path : TH_STR_NONE;
}

/* The longest name, or part of one, that a path which matches must have; absent when there is none.
 */
static struct th_str find_part(struct th_str pattern)
{
    struct th_str best = TH_STR_NONE;
    size_t start = 0;
    for (size_t i = 0; i <= pattern.n; i++) {
        if (i < pattern.n && is_plain(pattern.p[i]) && pattern.p[i] != '*' && pattern.p[i] != '.')
            continue;
        if (i - start > best.n)
            best = th_str_sub(pattern, start, i - start);
        start = i + 1;
    }
    return best;
}

/* Any byte beyond ASCII? */
static bool has_high(struct th_str raw)
{
    size_t i = 0;
    for (; i + 64 <= raw.n; i += 64) {
        unsigned char any = 0;
        for (size_t k = 0; k < 64; k++)
            any |= (unsigned char)raw.p[i + k];
        if (any >= 0x80)
            return true;
    }
    for (; i < raw.n; i++)
        if ((unsigned char)raw.p[i] >= 0x80)
            return true;
    return false;
}

static bool has_escape(const struct th_evidence_record *r)
{
    return r->seen != NULL ? r->has_escape : th_evidence_has_escape(r->raw);
}

/* Can the record hold a value of the field? */
static bool may_have(const struct th_evidence *e, const struct th_evidence_record *r)
{
    if (e->name.p == NULL)
        return true;
    bool there = r->seen != NULL && e->name_needle != TH_NEEDLE_NONE
                     ? th_bits_get(r->seen, e->name_needle)
                     : th_str_search(r->raw, e->name) >= 0;
    return there || has_escape(r);
}

static bool may_pass(const struct th_evidence *e, const struct th_evidence_record *r)
{
    if (e->run.n == 0)
        return true;
    bool there = r->seen != NULL && e->run_needle != TH_NEEDLE_NONE
                     ? th_bits_get(r->seen, e->run_needle)
                     : th_text_icontains(r->raw, th_buf_str(&e->run));
    return there || has_escape(r);
}

/* Making ready ------------------------------------------------------------- */

static enum mode mode_of(const struct th_node *leaf)
{
    if (leaf->kind == TH_NODE_FREE)
        return MODE_FREE;
    if (leaf->whole_text && th_field_info(leaf->field.field)->source[0] != '\0')
        return MODE_WHOLE;
    if (leaf->paths != NULL)
        return MODE_PATHS;
    return th_evidence_is_path(&leaf->field) ? MODE_PATH : MODE_DOCUMENT;
}

struct th_evidence *th_evidence_new(const struct th_node *leaf)
{
    struct th_evidence *e = th_xcalloc(1, sizeof *e);
    e->leaf = leaf;
    e->mode = mode_of(leaf);
    e->ascii = true;
    e->name_needle = e->run_needle = TH_NEEDLE_NONE;
    if (leaf->kind == TH_NODE_FREE)
        for (size_t i = 0; i < leaf->text.n; i++)
            e->ascii = e->ascii && (unsigned char)leaf->text.p[i] < 0x80;
    /* A whole object's text is JSON, in which anything may be spelled in two ways. */
    if (e->mode != MODE_WHOLE)
        find_run(e);
    if (e->mode == MODE_PATHS && leaf->field.field != TH_F_FLATTENED_DIGEST)
        e->name = find_part(leaf->field.path);
    if (e->mode == MODE_PATH || e->mode == MODE_WHOLE ||
        (e->mode == MODE_DOCUMENT && th_field_info(leaf->field.field)->source[0] != '\0'))
        e->name = find_name(leaf);
    return e;
}

void th_evidence_free(struct th_evidence *e)
{
    if (e == NULL)
        return;
    th_buf_fini(&e->run);
    th_buf_fini(&e->scratch);
    free(e);
}

int th_evidence_cost(const struct th_evidence *e)
{
    switch (e->mode) {
    case MODE_PATH:
        return 1;
    case MODE_WHOLE:
        return 2;
    case MODE_FREE:
        return 3;
    case MODE_PATHS:
    case MODE_DOCUMENT:
        break;
    }
    return e->run.n > 0 || e->name.p != NULL ? 4 : 5;
}

/* Free text ---------------------------------------------------------------- */

struct search {
    const struct th_node *leaf;
    struct th_buf *scratch;
    bool as_written; /* the value needs no unescaping unless it holds a backslash */
    bool found;
};

static bool search_value(void *ctx, const struct th_json_value *value)
{
    struct search *s = ctx;
    struct th_json_value plain = *value;
    /* Bytes that are no UTF-8 can't be mistaken for a phrase of ASCII. */
    if (!s->as_written && value->type == TH_JSON_STRING && !th_utf8_valid(value->text))
        plain.escaped = true;
    struct th_str text = th_json_scalar(&plain, s->scratch);
    s->found = text.p != NULL && th_match_free(s->leaf, text);
    return !s->found;
}

static bool match_free(struct th_evidence *e, const struct th_evidence_record *r)
{
    struct search s = {e->leaf, &e->scratch, e->ascii && e->leaf->pattern == NULL, false};
    if (!may_pass(e, r) || (!e->ascii && !has_high(r->raw) && !has_escape(r)))
        return false;
    th_json_each(r->raw, search_value, &s);
    return s.found;
}

/* Paths -------------------------------------------------------------------- */

static bool absent_result(const struct th_node *leaf)
{
    return leaf->test == TH_TEST_NULL;
}

static bool match_path(struct th_evidence *e, const struct th_evidence_record *r)
{
    const struct th_node *leaf = e->leaf;
    struct th_match_set set = {.leaf = leaf};
    if (!may_have(e, r))
        return absent_result(leaf);
    if (leaf->test == TH_TEST_TEXT && !may_pass(e, r))
        return false;
    if (!th_evidence_path(&leaf->field, r->raw, &e->scratch, th_match_set_add, &set))
        return th_evidence_plain(leaf, r->raw);
    return th_match_set_result(&set);
}

/* Whole objects ------------------------------------------------------------ */

/* A scalar as its text, an object as its JSON, both as it stands there and with the escapes of its
 * strings undone (policies are JSON inside a string); of an array every element. */
static void whole_item(struct th_match_set *set, const struct th_json_value *value)
{
    struct th_buf scratch = TH_BUF_INIT;
    struct th_json_value inside = {value->text, TH_JSON_STRING, true};
    bool scalar = value->type != TH_JSON_OBJECT && value->type != TH_JSON_ARRAY;
    struct th_str text = scalar ? th_json_scalar(value, &scratch) : value->text;
    if (text.p != NULL)
        th_match_set_add(set, text);
    if (!scalar && set->leaf->test == TH_TEST_TEXT && !set->passed &&
        th_str_find(text, '\\') >= 0) {
        th_json_unescape(&scratch, &inside);
        th_match_set_add(set, th_buf_str(&scratch));
    }
    th_buf_fini(&scratch);
}

static void whole_value(void *ctx, const struct th_json_value *value)
{
    struct th_match_set *set = ctx;
    struct th_json_cursor c;
    struct th_json_value item;
    bool first = true;
    if (value->type != TH_JSON_ARRAY) {
        whole_item(set, value);
        return;
    }
    th_json_init(&c, value->text);
    if (!th_json_space(&c) || th_json_enter(&c) != TH_JSON_OK)
        return;
    while (th_json_next_element(&c, &first) == TH_JSON_OK && th_json_value(&c, &item) == TH_JSON_OK)
        whole_item(set, &item);
}

static bool match_whole(const struct th_node *leaf, struct th_str raw)
{
    struct th_match_set set = {.leaf = leaf};
    struct th_json_value value;
    struct th_str source = th_str_of(th_field_info(leaf->field.field)->source);
    if (th_json_get(raw, source, &value))
        (void)th_json_path(&value, leaf->field.path, whole_value, &set);
    return th_match_set_result(&set);
}

/* All ---------------------------------------------------------------------- */

bool th_evidence_match(struct th_evidence *e, struct th_str raw)
{
    const struct th_evidence_record record = {.raw = raw};
    return th_evidence_match_in(e, &record);
}

void th_evidence_gather(struct th_evidence *e, th_needles *needles)
{
    if (e->name.p != NULL)
        e->name_needle = th_needles_add(needles, e->name);
    if (e->run.n > 0)
        e->run_needle = th_needles_add(needles, th_buf_str(&e->run));
}

uint32_t th_evidence_needle(const struct th_evidence *e)
{
    if (e->mode == MODE_FREE)
        return e->run_needle;
    if (absent_result(e->leaf))
        return TH_NEEDLE_NONE;
    return e->leaf->test == TH_TEST_TEXT && e->run_needle != TH_NEEDLE_NONE ? e->run_needle
                                                                            : e->name_needle;
}

bool th_evidence_match_in(struct th_evidence *e, const struct th_evidence_record *r)
{
    switch (e->mode) {
    case MODE_FREE:
        return match_free(e, r);
    case MODE_PATH:
        return match_path(e, r);
    case MODE_WHOLE:
        return may_have(e, r) ? match_whole(e->leaf, r->raw) : absent_result(e->leaf);
    case MODE_PATHS:
    case MODE_DOCUMENT:
        break;
    }
    if (!may_have(e, r))
        return absent_result(e->leaf);
    if (e->leaf->test == TH_TEST_TEXT && !may_pass(e, r))
        return false;
    return th_evidence_plain(e->leaf, r->raw);
}

void th_evidence_values(const struct th_field_ref *field, struct th_str raw,
                        th_evidence_visit *visit, void *ctx)
{
    (void)th_doc_values(raw, NULL, field->field, field->path, visit, ctx);
}

static bool plain_search(void *ctx, struct th_str path, const struct th_json_value *value)
{
    struct search *s = ctx;
    (void)path;
    struct th_str text = th_json_scalar(value, s->scratch);
    s->found = text.p != NULL && th_match_free(s->leaf, text);
    return !s->found;
}

bool th_evidence_plain(const struct th_node *leaf, struct th_str raw)
{
    struct th_match_set set = {.leaf = leaf};
    if (leaf->kind == TH_NODE_FREE) {
        struct th_buf scratch = TH_BUF_INIT;
        struct search s = {.leaf = leaf, .scratch = &scratch};
        (void)th_json_walk(raw, plain_search, &s);
        th_buf_fini(&scratch);
        return s.found;
    }
    if (mode_of(leaf) == MODE_WHOLE)
        return match_whole(leaf, raw);
    if (leaf->paths != NULL) {
        (void)th_doc_values_like(raw, NULL, leaf->field.field, leaf->paths, th_match_set_add, &set);
        return th_match_set_result(&set);
    }
    th_evidence_values(&leaf->field, raw, th_match_set_add, &set);
    return th_match_set_result(&set);
}
