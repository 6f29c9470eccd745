/* Completion: which kind of thing is being typed at a position.
 *
 * The text is unfinished by nature, so no parser: a walk over its tokens up to the position with a
 * small state, which of the grammar knows only what decides between a field, a value and an
 * operator. */
#include "query/kql.h"

#include "query/kql_lex.h"
#include "query/kql_value.h"

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
    bool list[NEST_MAX]; /* for every open bracket: a list of values? */
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
    return w->nest > 0 && w->list[w->nest - 1];
}

static void open_bracket(struct walk *w, char c)
{
    bool list = c == '(' && w->state == VALUE;
    if (w->nest < NEST_MAX)
        w->list[w->nest++] = list;
    w->state = list ? VALUE : OPERAND;
}

static void step_punctuation(struct walk *w, char c)
{
    switch (c) {
    case '(':
    case '{':
        open_bracket(w, c);
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

/* The field before the ':'. */
static void find_field(const struct walk *w, struct th_completion *out)
{
    struct th_str name = th_str_sub(w->text, w->name_from, w->name_to - w->name_from);
    out->field = TH_FIELD_NONE;
    out->ref = (struct th_field_ref){TH_FIELD_NONE, false, TH_STR_NONE};
    if (name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
        name = th_str_sub(name, 1, name.n - 2);
    if (th_field_resolve(name, &out->ref))
        out->field = out->ref.field;
}

static size_t cut_space(struct th_str text, size_t end)
{
    while (end > 0 && th_kql_space(text, end - 1) > 0)
        end--;
    return end;
}

/* Take the keyword off the end of text[0, end) when it is one. */
static size_t cut_keyword(struct th_str text, size_t end, enum th_kql_word *word)
{
    end = cut_space(text, end);
    size_t from = end;
    while (from > 0 && th_kql_space(text, from - 1) == 0 && text.p[from - 1] != '(')
        from--;
    struct th_str last = th_str_sub(text, from, end - from);
    *word = last.n <= 3 ? th_kql_keyword(last, 0) : TH_KQL_NO_WORD;
    return *word == TH_KQL_NO_WORD ? end : cut_space(text, from);
}

/* Where the clause at the position ends: behind its value or its list. */
static size_t clause_end(const struct walk *w, size_t value_end)
{
    size_t open = 0;
    for (size_t i = w->nest; i > 0 && w->list[i - 1]; i--)
        open++;
    size_t at = value_end;
    while (open > 0) {
        struct token t = next_token(w->text, at);
        if (t.kind == END)
            return w->text.n;
        at = t.to;
        if (t.kind == PUNCTUATION && t.c == '(')
            open++;
        if (t.kind == PUNCTUATION && t.c == ')')
            open--;
    }
    return at;
}

/* The filter without the clause; empty when what is left doesn't stand by itself. */
static void add_rest(const struct walk *w, size_t value_end, struct th_buf *out)
{
    enum th_kql_word before = TH_KQL_NOT;
    enum th_kql_word behind;
    size_t end = w->clause_from;
    size_t from = clause_end(w, value_end);
    th_query *query = NULL;
    struct th_kql_options options = {.now_ms = 0, .lenient = true};
    while (before == TH_KQL_NOT)
        end = cut_keyword(w->text, end, &before);
    th_kql_skip_space(w->text, &from);
    behind = th_kql_keyword(w->text, from);
    if (before == TH_KQL_OR || behind == TH_KQL_OR)
        return;
    if (behind == TH_KQL_AND && before == TH_KQL_NO_WORD) {
        from += 3;
        th_kql_skip_space(w->text, &from);
    }
    th_buf_add_str(out, th_str_sub(w->text, 0, end));
    if (from < w->text.n) {
        if (end > 0)
            th_buf_putc(out, ' ');
        th_buf_add_str(out, th_str_sub(w->text, from, w->text.n));
    } else {
        for (size_t i = 0; i < w->nest; i++)
            if (!w->list[i])
                th_buf_putc(out, ')');
    }
    if (th_kql_parse(th_buf_str(out), &options, &query, NULL, NULL) != TH_OK)
        th_buf_reset(out);
    th_query_free(query);
}

static void complete_value(const struct walk *w, size_t from, size_t to, struct th_completion *out)
{
    bool quote = from < w->text.n && w->text.p[from] == '"' && from < w->at;
    size_t start = quote ? from + 1 : from;
    out->kind = TH_COMPLETE_VALUE;
    out->replace = (struct th_span){(uint32_t)from, (uint32_t)to};
    out->prefix = th_str_sub(w->text, start, w->at - start);
    find_field(w, out);
    add_rest(w, to, &out->rest);
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
        if (!word)
            return false;
        complete_word(w, TH_COMPLETE_FIELD, from, to, out);
        return true;
    case NAME:
        complete_word(w, TH_COMPLETE_OPERATOR, from, to, out);
        return word;
    case VALUE:
        complete_value(w, from, to, out);
        return true;
    case INSIDE:
        if (word && begins_keyword(prefix))
            complete_word(w, TH_COMPLETE_OPERATOR, from, to, out);
        else
            complete_value(w, w->value_from, to, out);
        return word;
    case AFTER:
        complete_word(w, TH_COMPLETE_OPERATOR, from, to, out);
        return word;
    }
    return false;
}

bool th_kql_complete(struct th_str text, size_t at, struct th_completion *out)
{
    struct walk w = {.text = text, .at = at < text.n ? at : text.n};
    struct th_completion found = {.field = TH_FIELD_NONE, .rest = TH_BUF_INIT};
    struct token t = next_token(text, 0);
    found.ref.field = TH_FIELD_NONE;
    if (text.p == NULL)
        w.text = text = TH_STR("");
    while (t.kind != END && t.from < w.at) {
        /* A closed quote ends the value; a word goes on where the position is. */
        bool touches = t.kind != PUNCTUATION && w.at <= t.to;
        bool done = t.kind == QUOTED && t.closed && w.at == t.to;
        if (touches && !done) {
            if (!decide(&w, &t, true, &found))
                goto no;
            *out = found;
            return true;
        }
        if (t.kind == PUNCTUATION)
            step_punctuation(&w, t.c);
        else
            step_word(&w, &t);
        t = next_token(text, t.to);
    }
    /* A word that begins at the position is replaced as well. */
    if (decide(&w, &t, t.kind == WORD && t.from == w.at, &found)) {
        *out = found;
        return true;
    }
no:
    th_buf_fini(&found.rest);
    return false;
}
