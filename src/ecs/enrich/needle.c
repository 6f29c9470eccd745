/* Which texts must a match of an expression hold?
 *
 * A walk over the expression's syntax. Of each part it tells the texts that a match of the part
 * begins with and ends with, as small sets; an exact part has no others than these. Parts that
 * stand side by side are joined: the ends of the one with the beginnings of the other, so that
 * `; {0,2}A\d` is known to hold one of ";a0", "; a0", … What is lost on the way (a set that would
 * become too large, an end that something unknown follows) is a choice: a match holds one of its
 * texts. The choices whose shortest text is longest are kept. Of each alternative only the best
 * choice counts. Everything is lowered, so that [Bb] is as good as b and (?i) need not be known. */
#include "ecs/enrich/needle.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    DEPTH_MAX = 32,
    TEXTS_MAX = 512, /* of a set or a choice */
    SET_MAX = 40,    /* texts of a set that was joined of smaller ones */
    TEXT_MAX = 24,   /* bytes of a text in a set */
    CLASS_MAX = 12,  /* characters of a class that are told apart */
    REPEAT_MAX = 4,
    SECOND_MIN = 3, /* bytes; shorter ones than the best stand in nearly every text */
};

/* Texts of which one is there. n 0: nothing is known. */
struct set {
    struct th_str *texts;
    size_t n;
};

/* What a part of an expression says. exact: each match is a text of head, and tail is the same. */
struct said {
    struct th_needles needles; /* what head and tail don't tell */
    struct set head, tail;
    bool exact;
};

struct walk {
    const char *at;
    th_arena *arena;
    int depth;
    bool lost; /* met something whose extent is not known: nothing can be said */
};

static const struct said nothing = {.exact = false};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ---- choices ---- */

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

/* Does the text hold the part; where texts begin counts, begin with it? */
static bool holds(struct th_str text, struct th_str part, bool begins)
{
    if (begins)
        return th_str_starts(text, part);
    return part.n <= text.n && memmem(text.p, text.n, part.p, part.n) != NULL;
}

/* A text that holds another of the set says no more than that one. */
static void offer_set(struct th_needles *all, struct set set, bool begins, th_arena *arena)
{
    struct th_needle_choice choice = {.begins = begins};
    choice.texts = th_arena_calloc(arena, set.n + 1, sizeof *set.texts);
    for (size_t i = 0; i < set.n; i++) {
        struct th_str text = set.texts[i];
        bool more = true;
        for (size_t k = 0; k < set.n && more; k++)
            more =
                k == i || !holds(text, set.texts[k], begins) || (text.n == set.texts[k].n && i < k);
        if (!more)
            continue;
        if (choice.n == 0 || text.n < choice.shortest)
            choice.shortest = text.n;
        choice.texts[choice.n++] = text;
    }
    offer(all, &choice);
}

/* Nothing stands beside the part any more: its ends are choices like others. */
static void offer_ends(struct said *said, th_arena *arena)
{
    offer_set(&said->needles, said->head, false, arena);
    if (!said->exact)
        offer_set(&said->needles, said->tail, false, arena);
}

/* ---- sets ---- */

static struct set one_text(th_arena *arena, struct th_str text)
{
    struct set set = {th_arena_alloc(arena, sizeof *set.texts), 1};
    set.texts[0] = text;
    return set;
}

static size_t longest(struct set set)
{
    size_t most = 0;
    for (size_t i = 0; i < set.n; i++)
        most = set.texts[i].n > most ? set.texts[i].n : most;
    return most;
}

/* Texts of a with texts of b behind them. An unknown one of them adds nothing; of two, or when they
 * are too many or too long, nothing is known. */
static struct set cross(th_arena *arena, struct set a, struct set b)
{
    struct set none = {NULL, 0};
    if (a.n == 0 || b.n == 0)
        return a.n == 0 ? b : a;
    size_t more = a.n > b.n ? a.n : b.n;
    if (a.n * b.n > (more > SET_MAX ? more : SET_MAX) || longest(a) + longest(b) > TEXT_MAX)
        return none;
    struct set out = {th_arena_alloc(arena, a.n * b.n * sizeof *out.texts), 0};
    for (size_t i = 0; i < a.n; i++)
        for (size_t k = 0; k < b.n; k++) {
            size_t n = a.texts[i].n + b.texts[k].n;
            char *text = th_arena_alloc(arena, n + 1);
            if (a.texts[i].n > 0)
                memcpy(text, a.texts[i].p, a.texts[i].n);
            if (b.texts[k].n > 0)
                memcpy(text + a.texts[i].n, b.texts[k].p, b.texts[k].n);
            out.texts[out.n++] = (struct th_str){text, n};
        }
    return out;
}

/* All texts of both; nothing is known when one is not, or when they are too many. */
static struct set both(th_arena *arena, struct set a, struct set b)
{
    struct set none = {NULL, 0};
    if (a.n == 0 || b.n == 0 || a.n + b.n > TEXTS_MAX)
        return none;
    struct set out = {th_arena_alloc(arena, (a.n + b.n) * sizeof *out.texts), a.n + b.n};
    memcpy(out.texts, a.texts, a.n * sizeof *out.texts);
    memcpy(out.texts + a.n, b.texts, b.n * sizeof *out.texts);
    return out;
}

static struct said exactly(struct set set)
{
    return (struct said){.head = set, .tail = set, .exact = set.n > 0};
}

/* ---- parts side by side, repeated, or one of several ---- */

static struct said join(th_arena *arena, const struct said *a, const struct said *b)
{
    struct said out = {.needles = a->needles};
    struct set middle = cross(arena, a->tail, b->head);
    bool fits = middle.n > 0;
    offer_all(&out.needles, &b->needles);
    if (a->exact && b->exact && fits)
        return exactly(middle);
    /* The middle is an end as long as nothing unknown lies between. */
    out.head = a->exact && fits ? middle : a->head;
    out.tail = b->exact && fits ? middle : b->tail;
    if (!fits) {
        if (!a->exact)
            offer_set(&out.needles, a->tail, false, arena);
        if (!b->exact)
            offer_set(&out.needles, b->head, false, arena);
    } else if (!a->exact && !b->exact) {
        offer_set(&out.needles, middle, false, arena);
    }
    return out;
}

/* How often a part may stand: from least to most times; most 0: without end. */
struct times {
    size_t least, most;
    bool sure; /* false: it may be no quantifier but text, which then follows */
};

static size_t read_number(const char **at)
{
    size_t n = 0;
    for (; **at >= '0' && **at <= '9'; ++*at)
        n = n < 100000 ? n * 10 + (size_t)(**at - '0') : n;
    return n;
}

/* {n}, {n,}, {n,m}. Whether {,m} and such with blanks are quantifiers or text depends on the
 * version of PCRE2. */
static struct times braces(struct walk *w)
{
    struct times once = {1, 1, true};
    size_t n = 1 + strspn(w->at + 1, " \t0123456789,");
    if (n == 1 || w->at[n] != '}')
        return once;
    const char *at = w->at + 1;
    const char *end = w->at + n;
    w->at = end + 1;
    char first = at[strspn(at, " \t")];
    struct times unsure = {first >= '1' && first <= '9' ? 1 : 0, 0, false};
    if (*at < '0' || *at > '9')
        return unsure;
    struct times times = {read_number(&at), 0, true};
    times.most = times.least;
    if (*at == ',') {
        at++;
        times.most = at == end ? 0 : read_number(&at);
    }
    return at == end ? times : unsure;
}

static struct times quantifier(struct walk *w)
{
    struct times times = {1, 1, true};
    const char *before = w->at;
    char c = *w->at;
    if (c == '?' || c == '*' || c == '+') {
        times.least = c == '+';
        times.most = c == '?';
        w->at++;
    } else if (c == '{') {
        times = braces(w);
    }
    if (w->at != before && (*w->at == '?' || *w->at == '+'))
        w->at++;
    return times;
}

/* At least once, but maybe more often or with something unknown behind. */
static struct said repeated(const struct said *part, size_t least, bool sure, th_arena *arena)
{
    struct said out = *part;
    for (size_t i = 1; i < least && i < REPEAT_MAX; i++)
        out = join(arena, &out, part);
    out.exact = false;
    if (!sure) {
        offer_set(&out.needles, out.tail, false, arena);
        out.tail.n = 0;
    }
    return out;
}

/* The part as often as its quantifier says. */
static struct said take_times(const struct said *part, struct times times, th_arena *arena)
{
    if (times.least == 1 && times.most == 1)
        return *part;
    bool few = times.most > 0 && times.most <= REPEAT_MAX && times.sure;
    if (!few || !part->exact)
        return times.least > 0 ? repeated(part, times.least, times.sure, arena) : nothing;
    /* None, one, two … of an exact part. */
    struct said empty = exactly(one_text(arena, TH_STR("")));
    struct said all = empty;
    struct said so_far = empty;
    for (size_t i = 1; i <= times.most; i++) {
        so_far = join(arena, &so_far, part);
        struct set more = i < times.least    ? all.head
                          : i == times.least ? so_far.head
                                             : both(arena, all.head, so_far.head);
        if (!so_far.exact || more.n == 0)
            return times.least > 0 ? repeated(part, times.least, true, arena) : nothing;
        all = exactly(more);
    }
    return all;
}

static struct said read_alternatives(struct walk *w);

/* A group, w->at on its parenthesis. */
static struct said read_group(struct walk *w)
{
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

/* Characters of a class, lowered; more than are told apart: many. */
struct class
{
    char chars[CLASS_MAX];
    size_t n;
    bool many;
};

static void add_char(struct class *class, char c)
{
    c = lower(c);
    if (memchr(class->chars, c, class->n) != NULL)
        return;
    if (class->n == CLASS_MAX)
        class->many = true;
    else
        class->chars[class->n++] = c;
}

static void add_range(struct class *class, char from, char to)
{
    class->many = class->many || (unsigned char)to < (unsigned char)from || (to & 0x80) != 0;
    for (int c = (unsigned char)from; c <= (unsigned char)to && !class->many; c++)
        add_char(class, (char)c);
}

/* A backslash in a class: a digit, or the character it quotes; of the others nothing is known. */
static void add_escaped(struct class *class, char c)
{
    char low = lower(c);
    if (c == 'd')
        add_range(class, '0', '9');
    else if ((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9'))
        class->many = true;
    else
        add_char(class, c);
}

static struct said class_texts(const struct class *class, th_arena *arena)
{
    if (class->many || class->n == 0)
        return nothing;
    struct set set = {th_arena_alloc(arena, class->n * sizeof *set.texts), class->n};
    for (size_t i = 0; i < class->n; i++)
        set.texts[i] = th_arena_dup(arena, (struct th_str){&class->chars[i], 1});
    return exactly(set);
}

static struct said read_class(struct walk *w)
{
    struct class class = {.n = 0};
    if (*++w->at == '^') {
        class.many = true;
        w->at++;
    }
    for (bool first = true; *w->at != '\0' && (first || *w->at != ']'); first = false) {
        char c = *w->at++;
        w->lost = w->lost || c == '[';
        if (c == '\\' && *w->at != '\0')
            add_escaped(&class, *w->at++);
        else if (*w->at == '-' && w->at[1] != '\0' && w->at[1] != ']' && w->at[1] != '\\') {
            add_range(&class, c, w->at[1]);
            w->lost = w->lost || w->at[1] == '[';
            w->at += 2;
        } else
            add_char(&class, c);
    }
    if (*w->at == ']')
        w->at++;
    return class_texts(&class, w->arena);
}

static struct said one_char(const struct walk *w, char c)
{
    c = lower(c);
    return exactly(one_text(w->arena, th_arena_dup(w->arena, (struct th_str){&c, 1})));
}

/* \d is a digit, \w and its like are unknown; before everything that is no letter or digit the
 * backslash just quotes. Other letters may be followed by more that belongs to them. */
static struct said read_escape(struct walk *w)
{
    struct class digits = {.n = 0};
    char c = w->at[1];
    bool alnum = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
    w->at += c == '\0' ? 1 : 2;
    if (c == 'd') {
        add_range(&digits, '0', '9');
        return class_texts(&digits, w->arena);
    }
    if (c == '\0' || (alnum && strchr("DwWsStnrf", c) != NULL))
        return nothing;
    w->lost = w->lost || alnum;
    return one_char(w, c);
}

/* What takes no room: ^, $, \b, \B. */
static bool skip_place(struct walk *w)
{
    size_t n = *w->at == '^' || *w->at == '$'                           ? 1
               : *w->at == '\\' && (w->at[1] == 'b' || w->at[1] == 'B') ? 2
                                                                        : 0;
    w->at += n;
    return n > 0;
}

static struct said read_part(struct walk *w)
{
    char c = *w->at;
    if (c == '(')
        return read_group(w);
    if (c == '[')
        return read_class(w);
    if (c == '\\')
        return read_escape(w);
    w->at++;
    return c == '.' ? nothing : one_char(w, c);
}

static struct said read_sequence(struct walk *w)
{
    struct said all = exactly(one_text(w->arena, TH_STR("")));
    while (*w->at != '\0' && *w->at != '|' && *w->at != ')') {
        if (skip_place(w))
            continue;
        struct said part = read_part(w);
        part = take_times(&part, quantifier(w), w->arena);
        all = join(w->arena, &all, &part);
    }
    return all;
}

/* Make all hold the texts of the best of these, too; false when that says nothing. */
static bool add_best(struct th_needle_choice *all, const struct th_needles *needles,
                     th_arena *arena)
{
    const struct th_needle_choice *best = &needles->choices[0];
    if (needles->n == 0 || all->n + best->n > TEXTS_MAX)
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

/* A choice between sequences begins and ends as they do and holds all their best texts; one that
 * says nothing spoils it. */
static struct said read_alternatives(struct walk *w)
{
    struct th_needle_choice best = {.n = 0};
    bool spoiled = false;
    bool deep = ++w->depth > DEPTH_MAX;
    struct said all = read_sequence(w);
    if (*w->at == '|') {
        struct said one = all;
        offer_ends(&one, w->arena);
        spoiled = !add_best(&best, &one.needles, w->arena);
        all.needles.n = 0;
    }
    while (*w->at == '|') {
        w->at++;
        struct said one = read_sequence(w);
        all.exact = all.exact && one.exact;
        all.head = both(w->arena, all.head, one.head);
        all.tail = both(w->arena, all.tail, one.tail);
        offer_ends(&one, w->arena);
        spoiled = spoiled || !add_best(&best, &one.needles, w->arena);
    }
    w->depth--;
    all.exact = all.exact && all.head.n > 0;
    if (!all.exact && !spoiled && best.n > 0)
        offer(&all.needles, &best);
    return deep ? nothing : all;
}

void th_needles_of(const char *regex, th_arena *arena, struct th_needles *out)
{
    struct walk w = {.at = regex, .arena = arena};
    struct said all = read_alternatives(&w);
    offer_set(&all.needles, all.head, true, arena);
    if (!all.exact)
        offer_set(&all.needles, all.tail, false, arena);
    *out = all.needles;
    while (out->n > 1 && out->choices[out->n - 1].shortest < SECOND_MIN)
        out->n--;
    /* Text behind an unmatched parenthesis was not read. */
    if (w.lost || *w.at != '\0')
        out->n = 0;
}
