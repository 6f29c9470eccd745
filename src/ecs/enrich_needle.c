/* Which texts must a match of an expression hold?
 *
 * A walk over the expression's syntax that understands just enough: runs of plain characters are
 * texts that a match must hold, a group's alternatives are a choice of such texts, and whatever may
 * be left out (or isn't understood) gives nothing. Of all choices that a sequence offers the one
 * whose shortest text is longest is taken. Everything is lowered, so that [Bb] is as good as b and
 * (?i) need not be known. */
#include <stdlib.h>

#include "base/mem.h"
#include "ecs/enrich_agent.h"

enum {
    DEPTH_MAX = 32,
    TEXTS_MAX = 512,
};

/* A choice of texts; shortest is 0 when it says nothing. whole: the part of the expression is this
 * one text and nothing else. */
struct choice {
    struct th_str *texts;
    size_t n;
    size_t shortest;
    bool whole;
};

struct walk {
    const char *at;
    th_arena *arena;
    int depth;
    bool lost; /* met something whose extent is not known: nothing can be said */
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The run of plain characters that is being read, and the best choice so far, of one sequence. */
struct sequence {
    char *run;
    size_t run_n;
    size_t run_cap;
    struct choice best;
    bool pure; /* nothing but plain characters until now */
};

static void offer(struct sequence *s, const struct choice *choice)
{
    if (choice->shortest > s->best.shortest ||
        (choice->shortest == s->best.shortest && choice->n < s->best.n))
        s->best = *choice;
}

static struct choice one_text(th_arena *arena, const char *p, size_t n)
{
    struct choice choice = {.n = 1, .shortest = n};
    choice.texts = th_arena_alloc(arena, sizeof *choice.texts);
    choice.texts[0] = th_arena_dup(arena, (struct th_str){p, n});
    return choice;
}

static void end_run(struct sequence *s, th_arena *arena)
{
    if (s->run_n > 0) {
        struct choice choice = one_text(arena, s->run, s->run_n);
        offer(s, &choice);
    }
    s->run_n = 0;
}

static void add_char(struct sequence *s, char c)
{
    TH_GROW(s->run, s->run_n, s->run_cap);
    s->run[s->run_n++] = lower(c);
}

/* How often what was just read may stand: skips the quantifier. */
enum times { ONCE, MAYBE, REPEATED };

static enum times quantifier(struct walk *w)
{
    enum times times = ONCE;
    char c = *w->at;
    if (c == '?' || c == '*') {
        times = MAYBE;
        w->at++;
    } else if (c == '+') {
        times = REPEATED;
        w->at++;
    } else if (c == '{' && w->at[1] >= '0' && w->at[1] <= '9') {
        times = w->at[1] == '0' ? MAYBE : REPEATED;
        while (*w->at != '\0' && *w->at != '}')
            w->at++;
        if (*w->at == '}')
            w->at++;
    }
    if (times != ONCE && (*w->at == '?' || *w->at == '+'))
        w->at++;
    return times;
}

/* Skip a character class; returns the one letter it stands for, whatever its case, or 0. */
static char class_letter(struct walk *w)
{
    char letter = 0;
    bool one = *++w->at != '^';
    if (!one)
        w->at++;
    for (bool first = true; *w->at != '\0' && (first || *w->at != ']'); first = false) {
        char c = lower(*w->at);
        w->lost = w->lost || c == '[';
        if (c == '\\' && w->at[1] != '\0')
            w->at++;
        if (letter == 0)
            letter = c;
        one = one && c == letter && c >= 'a' && c <= 'z';
        w->at++;
    }
    if (*w->at == ']')
        w->at++;
    return one ? letter : 0;
}

static struct choice read_alternatives(struct walk *w);

/* A group, w->at on its parenthesis. */
static struct choice read_group(struct walk *w)
{
    struct choice none = {0};
    bool understood = true;
    w->at++;
    if (*w->at == '?') {
        char kind = w->at[1];
        understood = kind == ':';
        w->lost = w->lost || kind == '\0' || strchr("i:=!<>", kind) == NULL;
        w->at += kind == '\0' ? 1 : 2;
    }
    struct choice choice = read_alternatives(w);
    if (*w->at == ')')
        w->at++;
    return understood ? choice : none;
}

static void take_group(struct walk *w, struct sequence *s)
{
    struct choice choice = read_group(w);
    enum times times = quantifier(w);
    if (times == ONCE && choice.whole) {
        for (size_t i = 0; i < choice.texts[0].n; i++)
            add_char(s, choice.texts[0].p[i]);
        return;
    }
    s->pure = false;
    end_run(s, w->arena);
    if (times != MAYBE && choice.shortest > 0)
        offer(s, &choice);
}

/* A plain character with what stands behind it. */
static void take_char(struct walk *w, struct sequence *s, char c)
{
    enum times times = quantifier(w);
    if (times == ONCE) {
        add_char(s, c);
        return;
    }
    s->pure = false;
    if (times == REPEATED)
        add_char(s, c);
    end_run(s, w->arena);
}

static void take_unknown(struct walk *w, struct sequence *s)
{
    quantifier(w);
    s->pure = false;
    end_run(s, w->arena);
}

/* \d and its like; \b and \B take no room; before everything that is no letter or digit the
 * backslash just quotes. Other letters may be followed by more that belongs to them. */
static void take_escape(struct walk *w, struct sequence *s)
{
    char c = w->at[1];
    bool alnum = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
    w->at += c == '\0' ? 1 : 2;
    if (c == 'b' || c == 'B')
        s->pure = false;
    else if (c == '\0' || (alnum && strchr("dDwWsStnrf", c) != NULL))
        take_unknown(w, s);
    else if (alnum)
        w->lost = true;
    else
        take_char(w, s, c);
}

static struct choice read_sequence(struct walk *w)
{
    struct sequence s = {.pure = true};
    while (*w->at != '\0' && *w->at != '|' && *w->at != ')') {
        char c = *w->at;
        if (c == '(') {
            take_group(w, &s);
        } else if (c == '[') {
            char letter = class_letter(w);
            if (letter != 0)
                take_char(w, &s, letter);
            else
                take_unknown(w, &s);
        } else if (c == '\\') {
            take_escape(w, &s);
        } else {
            w->at++;
            if (c == '^' || c == '$')
                s.pure = false;
            else if (c == '.')
                take_unknown(w, &s);
            else
                take_char(w, &s, c);
        }
    }
    bool whole = s.pure && s.run_n > 0;
    end_run(&s, w->arena);
    free(s.run);
    s.best.whole = whole;
    return s.best;
}

/* A choice between sequences holds all their texts; one that says nothing spoils it. */
static struct choice read_alternatives(struct walk *w)
{
    struct choice all = {0};
    struct choice none = {0};
    bool spoiled = ++w->depth > DEPTH_MAX;
    for (size_t branch = 0;; branch++) {
        struct choice one = read_sequence(w);
        if (branch == 0 && *w->at != '|') {
            w->depth--;
            return spoiled ? none : one;
        }
        spoiled = spoiled || one.shortest == 0 || all.n + one.n > TEXTS_MAX;
        if (!spoiled) {
            struct th_str *texts = th_arena_calloc(w->arena, all.n + one.n, sizeof *texts);
            if (all.n > 0)
                memcpy(texts, all.texts, all.n * sizeof *texts);
            memcpy(texts + all.n, one.texts, one.n * sizeof *texts);
            all.shortest = branch == 0 || one.shortest < all.shortest ? one.shortest : all.shortest;
            all.texts = texts;
            all.n += one.n;
        }
        if (*w->at != '|')
            break;
        w->at++;
    }
    w->depth--;
    return spoiled ? none : all;
}

void th_needles_of(const char *regex, th_arena *arena, struct th_needles *out)
{
    struct walk w = {.at = regex, .arena = arena};
    struct choice choice = read_alternatives(&w);
    *out = (struct th_needles){NULL, 0};
    /* Text behind an unmatched parenthesis was not read. */
    if (w.lost || *w.at != '\0' || choice.shortest == 0)
        return;
    out->texts = choice.texts;
    out->n = choice.n;
}
