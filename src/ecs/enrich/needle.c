/* Which texts must a match of an expression hold?
 *
 * A walk over the expression's syntax that understands just enough: runs of plain characters are
 * texts that a match must hold, a group's alternatives are a choice of such texts, and whatever may
 * be left out (or isn't understood) gives nothing. A match must hold one text of each choice; the
 * choices whose shortest text is longest are kept. Of each alternative only the best choice counts.
 * Everything is lowered, so that [Bb] is as good as b and (?i) need not be known. */
#include "ecs/enrich/needle.h"

#include <stdlib.h>

#include "base/mem.h"

enum {
    DEPTH_MAX = 32,
    TEXTS_MAX = 512,
};

/* What a part of an expression says: the best choices first. whole: the part is the one text of the
 * one choice and nothing else. */
struct said {
    struct th_needles needles;
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

/* The run of plain characters that is being read, and what is known until now, of one sequence. */
struct sequence {
    char *run;
    size_t run_n;
    size_t run_cap;
    struct th_needles needles;
    bool pure; /* nothing but plain characters until now */
};

static bool tells_more(const struct th_needle_choice *a, const struct th_needle_choice *b)
{
    return a->shortest != b->shortest ? a->shortest > b->shortest : a->n < b->n;
}

/* Keep a choice in its place among the best. */
static void offer(struct th_needles *all, const struct th_needle_choice *choice)
{
    size_t at = all->n;
    if (choice->shortest == 0)
        return;
    while (at > 0 && tells_more(choice, &all->choices[at - 1]))
        at--;
    if (at == TH_NEEDLE_CHOICES)
        return;
    if (all->n < TH_NEEDLE_CHOICES)
        all->n++;
    for (size_t i = all->n - 1; i > at; i--)
        all->choices[i] = all->choices[i - 1];
    all->choices[at] = *choice;
}

static void offer_all(struct th_needles *all, const struct th_needles *more)
{
    for (size_t i = 0; i < more->n; i++)
        offer(all, &more->choices[i]);
}

static void end_run(struct sequence *s, th_arena *arena)
{
    if (s->run_n > 0) {
        struct th_needle_choice choice = {.n = 1, .shortest = s->run_n};
        choice.texts = th_arena_alloc(arena, sizeof *choice.texts);
        choice.texts[0] = th_arena_dup(arena, (struct th_str){s->run, s->run_n});
        offer(&s->needles, &choice);
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

/* {n}, {n,m}, {,m} with or without blanks: whether such is a quantifier or text depends on the
 * version of PCRE2, so whatever it may be is skipped and what stands before it may stand alone. */
static enum times braces(struct walk *w)
{
    size_t n = 1 + strspn(w->at + 1, " \t0123456789,");
    if (n == 1 || w->at[n] != '}')
        return ONCE;
    char first = w->at[1 + strspn(w->at + 1, " \t")];
    w->at += n + 1;
    return first >= '1' && first <= '9' ? REPEATED : MAYBE;
}

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
    } else if (c == '{') {
        times = braces(w);
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

static struct said read_alternatives(struct walk *w);

/* A group, w->at on its parenthesis. */
static struct said read_group(struct walk *w)
{
    struct said nothing = {.whole = false};
    bool understood = true;
    w->at++;
    if (*w->at == '?') {
        char kind = w->at[1];
        understood = kind == ':';
        w->lost = w->lost || kind == '\0' || strchr("i:=!<>", kind) == NULL ||
                  (kind == 'i' && w->at[2] != ')' && w->at[2] != ':');
        w->at += kind == '\0' ? 1 : 2;
    }
    w->lost = w->lost || *w->at == '*'; /* a verb */
    struct said said = read_alternatives(w);
    if (*w->at == ')')
        w->at++;
    return understood ? said : nothing;
}

static void take_group(struct walk *w, struct sequence *s)
{
    struct said said = read_group(w);
    enum times times = quantifier(w);
    if (times == ONCE && said.whole) {
        struct th_str text = said.needles.choices[0].texts[0];
        for (size_t i = 0; i < text.n; i++)
            add_char(s, text.p[i]);
        return;
    }
    s->pure = false;
    end_run(s, w->arena);
    if (times != MAYBE)
        offer_all(&s->needles, &said.needles);
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

static struct said read_sequence(struct walk *w)
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
    return (struct said){s.needles, whole};
}

/* Make all hold the texts of one, too; false when that says nothing. */
static bool join(struct th_needle_choice *all, const struct said *one, th_arena *arena)
{
    const struct th_needle_choice *best = &one->needles.choices[0];
    if (one->needles.n == 0 || all->n + best->n > TEXTS_MAX)
        return false;
    struct th_str *texts = th_arena_calloc(arena, all->n + best->n, sizeof *texts);
    if (all->n > 0)
        memcpy(texts, all->texts, all->n * sizeof *texts);
    memcpy(texts + all->n, best->texts, best->n * sizeof *texts);
    if (all->n == 0 || best->shortest < all->shortest)
        all->shortest = best->shortest;
    all->texts = texts;
    all->n += best->n;
    return true;
}

/* A choice between sequences holds all their texts; one that says nothing spoils it. */
static struct said read_alternatives(struct walk *w)
{
    struct said said = {.whole = false};
    struct th_needle_choice all = {.n = 0};
    bool spoiled = ++w->depth > DEPTH_MAX;
    for (size_t branch = 0;; branch++) {
        struct said one = read_sequence(w);
        if (branch == 0 && *w->at != '|') {
            w->depth--;
            return spoiled ? said : one;
        }
        spoiled = spoiled || !join(&all, &one, w->arena);
        if (*w->at != '|')
            break;
        w->at++;
    }
    w->depth--;
    if (!spoiled)
        offer(&said.needles, &all);
    return said;
}

void th_needles_of(const char *regex, th_arena *arena, struct th_needles *out)
{
    struct walk w = {.at = regex, .arena = arena};
    *out = read_alternatives(&w).needles;
    /* Text behind an unmatched parenthesis was not read. */
    if (w.lost || *w.at != '\0')
        out->n = 0;
}
