/* Completion: which kind of thing is being typed at a position.
 *
 * The text is unfinished by nature, so no parser: a walk over its tokens up to the position with a
 * small state, which of the grammar knows only what decides between a field, a value and an
 * operator. */
#include "query/kql/kql.h"

#include "query/kql/lex.h"
#include "query/kql/value.h"

enum token_kind { WORD, QUOTED, REGEX, PUNCTUATION, END };

struct token {
    enum token_kind kind;
    size_t from, to;
    bool closed; /* QUOTED, REGEX: its end was found */
    char c;      /* PUNCTUATION; for "<=" '<' */
};

enum state {
    OPERAND, /* a field or a value may begin */
    NAME,    /* behind one or more words that may be a field's name */
    VALUE,   /* behind ':' or a comparison, or in a list of values */
    INSIDE,  /* behind a word of an unquoted value */
    AFTER,   /* behind a complete clause */
};

enum { NEST_MAX = 128 };

struct walk {
    struct th_str text;
    size_t at; /* the position */
    enum state state;
    size_t name_from, name_to;
    size_t clause_from;
    size_t value_from;
    struct bracket {
        bool list;       /* of values */
        size_t at;       /* where it stands */
        size_t from, to; /* of '{': the name before it; else empty */
    } open[NEST_MAX];
    size_t nest;
};

static size_t quoted_end(struct th_str text, size_t at, bool *closed)
{
    for (at++; at < text.n; at++) {
        if (text.p[at] == '\\')
            at++;
        else if (text.p[at] == '"') {
            *closed = true;
            return at + 1;
        }
    }
    return text.n;
}

static size_t regex_end(struct th_str text, size_t at, bool *closed)
{
    for (at += 2; at < text.n; at++) {
        if (text.p[at] == '\\')
            at++;
        else if (text.p[at] == '/') {
            *closed = true;
            for (at++; at < text.n && text.p[at] >= 'a' && text.p[at] <= 'z';)
                at++;
            return at;
        }
    }
    return text.n;
}

static struct token next_token(struct th_str text, size_t at)
{
    struct token t = {.kind = END};
    th_kql_skip_space(text, &at);
    t.from = t.to = at;
    if (at >= text.n)
        return t;
    t.c = text.p[at];
    if (t.c == '"') {
        t.kind = QUOTED;
        t.to = quoted_end(text, at, &t.closed);
        return t;
    }
    if (t.c == '~' && text.n - at >= 2 && text.p[at + 1] == '/') {
        t.kind = REGEX;
        t.to = regex_end(text, at, &t.closed);
        return t;
    }
    if (strchr("():<>{}", t.c) != NULL) {
        t.kind = PUNCTUATION;
        t.to = at + 1;
        if ((t.c == '<' || t.c == '>') && t.to < text.n && text.p[t.to] == '=')
            t.to++;
        return t;
    }
    t.kind = WORD;
    while (t.to < text.n && th_kql_space(text, t.to) == 0 &&
           strchr("():<>{}\"", text.p[t.to]) == NULL)
        t.to += text.p[t.to] == '\\' && t.to + 1 < text.n ? 2 : 1;
    return t;
}

static bool in_list(const struct walk *w)
{
    return w->nest > 0 && w->open[w->nest - 1].list;
}

static void open_bracket(struct walk *w, size_t at, char c)
{
    struct bracket bracket = {.list = c == '(' && w->state == VALUE, .at = at};
    if (c == '{' && w->state == VALUE) {
        bracket.from = w->name_from;
        bracket.to = w->name_to;
    }
    if (w->nest < NEST_MAX)
        w->open[w->nest++] = bracket;
    w->state = bracket.list ? VALUE : OPERAND;
}

static void step_punctuation(struct walk *w, size_t at, char c)
{
    switch (c) {
    case '(':
    case '{':
        open_bracket(w, at, c);
        break;
    case ')':
    case '}':
        if (w->nest > 0)
            w->nest--;
        w->state = AFTER;
        break;
    default: /* : < > */
        w->state = VALUE;
        break;
    }
}

static void step_word(struct walk *w, const struct token *t)
{
    enum th_kql_word word = t->kind == WORD ? th_kql_keyword(w->text, t->from) : TH_KQL_NO_WORD;
    if (word == TH_KQL_NOT && (w->state == OPERAND || w->state == VALUE))
        return;
    if (word != TH_KQL_NO_WORD) {
        w->state = in_list(w) ? VALUE : OPERAND;
        return;
    }
    switch (w->state) {
    case OPERAND:
        w->name_from = w->clause_from = t->from;
        w->name_to = t->to;
        w->state = NAME;
        break;
    case NAME:
        w->name_to = t->to;
        break;
    case VALUE:
        w->value_from = t->from;
        w->state = t->kind == WORD ? INSIDE : AFTER;
        break;
    case INSIDE:
    case AFTER:
        break;
    }
}

/* A name as it was typed, without quotes and escapes. False: it is no name of one field. */
static bool add_name(const struct walk *w, size_t from, size_t to, struct th_buf *out)
{
    th_arena *arena = th_arena_new(1024);
    struct th_kql_literal name;
    struct th_str text = th_str_sub(w->text, 0, to);
    size_t at = from;
    bool good = from < to && th_kql_literal(text, &at, false, arena, &name, NULL) == TH_OK &&
                at == to && !name.wildcard;
    if (good)
        th_buf_add_str(out, name.text);
    th_arena_free(arena);
    return good;
}

/* What stands before the names inside the open { }. */
static bool add_scope(const struct walk *w, struct th_buf *out)
{
    bool good = true;
    for (size_t i = 0; i < w->nest && good; i++)
        if (w->open[i].to > w->open[i].from) {
            good = add_name(w, w->open[i].from, w->open[i].to, out);
            th_buf_putc(out, '.');
        }
    return good;
}

/* The field before the ':'. */
static bool find_field(const struct walk *w, struct th_completion *out)
{
    return add_scope(w, &out->name) && add_name(w, w->name_from, w->name_to, &out->name) &&
           th_field_resolve(th_buf_str(&out->name), &out->ref);
}

static size_t cut_space(struct th_str text, size_t end)
{
    size_t space;
    while ((space = th_kql_space_before(text, end)) > 0)
        end -= space;
    return end;
}

/* Take the keyword off the end of text[0, end) when it is one. */
static size_t cut_keyword(struct th_str text, size_t end, enum th_kql_word *word)
{
    end = cut_space(text, end);
    size_t from = end;
    while (from > 0 && th_kql_space_before(text, from) == 0 &&
           strchr("():<>{}\"", text.p[from - 1]) == NULL)
        from--;
    struct th_str last = th_str_sub(text, from, end - from);
    *word = last.n <= 3 ? th_kql_keyword(last, 0) : TH_KQL_NO_WORD;
    return *word == TH_KQL_NO_WORD ? end : cut_space(text, from);
}

/* Behind the brackets that close so many open ones. */
static size_t closed_at(struct th_str text, size_t at, size_t open)
{
    while (open > 0) {
        struct token t = next_token(text, at);
        if (t.kind == END)
            return text.n;
        at = t.to;
        if (t.kind == PUNCTUATION && (t.c == '(' || t.c == '{'))
            open++;
        if (t.kind == PUNCTUATION && (t.c == ')' || t.c == '}'))
            open--;
    }
    return at;
}

/* What goes: the clause that is being typed, and every group that would be left without sense. */
struct gap {
    size_t from, to;
    size_t nest; /* open brackets around it */
    bool all;    /* nothing is left */
};

/* The clause and the `and` that joins it to what stands before or behind it. */
static void take_clause(const struct walk *w, struct gap *gap, enum th_kql_word *before,
                        enum th_kql_word *behind)
{
    *before = TH_KQL_NOT;
    while (*before == TH_KQL_NOT)
        gap->from = cut_keyword(w->text, gap->from, before);
    th_kql_skip_space(w->text, &gap->to);
    *behind = th_kql_keyword(w->text, gap->to);
    if (*behind == TH_KQL_AND && *before == TH_KQL_NO_WORD) {
        gap->to += 3;
        th_kql_skip_space(w->text, &gap->to);
    }
}

/* An alternative says nothing about the others, nor does a group of nothing: the group goes. */
static struct gap find_gap(const struct walk *w, size_t value_end)
{
    struct gap gap = {.from = w->clause_from, .to = value_end, .nest = w->nest};
    enum th_kql_word before, behind;
    size_t lists = 0;
    while (gap.nest > 0 && w->open[gap.nest - 1].list) {
        gap.nest--;
        lists++;
    }
    gap.to = closed_at(w->text, gap.to, lists);
    for (;;) {
        take_clause(w, &gap, &before, &behind);
        bool alternative = before == TH_KQL_OR || behind == TH_KQL_OR;
        const struct bracket *bracket = gap.nest > 0 ? &w->open[gap.nest - 1] : NULL;
        bool alone = bracket != NULL && gap.from == bracket->at + 1 && behind == TH_KQL_NO_WORD;
        if (!alternative && !alone)
            return gap;
        gap.all = bracket == NULL;
        if (gap.all)
            return gap;
        gap.from = bracket->to > bracket->from ? bracket->from : bracket->at;
        gap.to = closed_at(w->text, gap.to, 1);
        gap.nest--;
    }
}

static bool stands_alone(struct th_str text)
{
    th_query *query = NULL;
    struct th_kql_options options = {.now_ms = 0, .lenient = true};
    bool good = th_kql_parse(text, &options, &query, NULL, NULL) == TH_OK;
    th_query_free(query);
    return good;
}

/* The filter without the clause; empty when what is left doesn't stand by itself. Brackets that are
 * still open are closed. */
static void add_rest(const struct walk *w, size_t value_end, struct th_buf *out)
{
    struct gap gap = find_gap(w, value_end);
    if (gap.all)
        return;
    th_buf_add_str(out, th_str_sub(w->text, 0, gap.from));
    if (gap.to < w->text.n) {
        if (gap.from > 0 && strchr(")}", w->text.p[gap.to]) == NULL)
            th_buf_putc(out, ' ');
        th_buf_add_str(out, th_str_sub(w->text, gap.to, w->text.n));
        if (stands_alone(th_buf_str(out)))
            return;
    }
    for (size_t i = gap.nest; i > 0; i--)
        th_buf_putc(out, w->open[i - 1].to > w->open[i - 1].from ? '}' : ')');
    if (!stands_alone(th_buf_str(out)))
        th_buf_reset(out);
}

/* What was typed of a value, as the value has it. */
static void add_typed(struct th_str prefix, bool quoted, struct th_buf *out)
{
    struct th_buf text = TH_BUF_INIT;
    th_arena *arena = th_arena_new(1024);
    struct th_kql_literal value;
    size_t at = 0;
    size_t slashes = 0;
    while (slashes < prefix.n && prefix.p[prefix.n - 1 - slashes] == '\\')
        slashes++;
    prefix.n -= slashes % 2; /* half of an escape */
    th_buf_puts(&text, quoted ? "\"" : "");
    th_buf_add_str(&text, prefix);
    th_buf_puts(&text, quoted ? "\"" : "");
    if (th_kql_literal(th_buf_str(&text), &at, false, arena, &value, NULL) == TH_OK && at == text.n)
        th_buf_add_str(out, value.text);
    else
        th_buf_add_str(out, prefix);
    th_arena_free(arena);
    th_buf_fini(&text);
}

static bool complete_value(const struct walk *w, size_t from, size_t to, struct th_completion *out)
{
    bool quote = from < w->text.n && w->text.p[from] == '"' && from < w->at;
    size_t start = quote ? from + 1 : from;
    out->kind = TH_COMPLETE_VALUE;
    out->replace = (struct th_span){(uint32_t)from, (uint32_t)to};
    out->prefix = th_str_sub(w->text, start, w->at - start);
    if (!find_field(w, out))
        return false;
    add_typed(out->prefix, quote, &out->typed);
    add_rest(w, to, &out->rest);
    return true;
}

static void complete_word(const struct walk *w, enum th_complete_kind kind, size_t from, size_t to,
                          struct th_completion *out)
{
    out->kind = kind;
    out->replace = (struct th_span){(uint32_t)from, (uint32_t)to};
    out->prefix = th_str_sub(w->text, from, w->at - from);
}

static bool begins_keyword(struct th_str prefix)
{
    static const char *const words[] = {"and", "or"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t k = 0;
        while (k < prefix.n && words[i][k] != '\0' && (prefix.p[k] | 0x20) == words[i][k])
            k++;
        if (k == prefix.n)
            return true;
    }
    return false;
}

/* What stands at the position is t when it touches it, else nothing. */
static bool decide(const struct walk *w, const struct token *t, bool touches,
                   struct th_completion *out)
{
    size_t from = touches ? t->from : w->at;
    size_t to = touches ? t->to : w->at;
    bool word = !touches || t->kind == WORD;
    struct th_str prefix = th_str_sub(w->text, from, w->at - from);
    if (touches && t->kind == REGEX)
        return false;
    switch (w->state) {
    case OPERAND:
        complete_word(w, TH_COMPLETE_FIELD, from, to, out);
        return word && add_scope(w, &out->name);
    case NAME:
        complete_word(w, TH_COMPLETE_OPERATOR, from, to, out);
        out->behind_name = true;
        return word;
    case VALUE:
        return complete_value(w, from, to, out);
    case INSIDE:
        if (word && begins_keyword(prefix)) {
            complete_word(w, TH_COMPLETE_OPERATOR, from, to, out);
            return true;
        }
        return word && complete_value(w, w->value_from, to, out);
    case AFTER:
        complete_word(w, TH_COMPLETE_OPERATOR, from, to, out);
        return word;
    }
    return false;
}

void th_completion_fini(struct th_completion *completion)
{
    th_buf_fini(&completion->name);
    th_buf_fini(&completion->typed);
    th_buf_fini(&completion->rest);
}

bool th_kql_complete(struct th_str text, size_t at, struct th_completion *out)
{
    if (text.p == NULL)
        text = TH_STR("");
    struct walk w = {.text = text, .at = at < text.n ? at : text.n};
    struct th_completion found = {.name = TH_BUF_INIT, .typed = TH_BUF_INIT, .rest = TH_BUF_INIT};
    struct token t = next_token(text, 0);
    bool touches = false;
    bool any;
    found.ref.field = TH_FIELD_NONE;
    /* A position inside a character is one before it. */
    while (w.at > 0 && w.at < text.n && ((unsigned char)text.p[w.at] & 0xc0) == 0x80)
        w.at--;
    while (t.kind != END && t.from < w.at) {
        /* A closed quote ends the value; a word goes on where the position is. */
        bool done = t.kind == QUOTED && t.closed && w.at == t.to;
        touches = t.kind != PUNCTUATION && w.at <= t.to && !done;
        if (touches)
            break;
        if (t.kind == PUNCTUATION)
            step_punctuation(&w, t.from, t.c);
        else
            step_word(&w, &t);
        t = next_token(text, t.to);
    }
    /* A word or a value that begins at the position is replaced as well. */
    if (t.from == w.at && (t.kind == WORD || (t.kind == QUOTED && w.state == VALUE)))
        touches = true;
    any = decide(&w, &t, touches, &found);
    if (any)
        *out = found;
    else
        th_completion_fini(&found);
    return any;
}
