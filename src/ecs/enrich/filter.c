/* An Aho-Corasick automaton over the needles of all expressions.
 *
 * Needles are put into a trie whose edges are classes of bytes: one for each byte that some needle
 * holds, in lower case, and one for all others. Then each state gets a row of next states, so that
 * a byte is one look-up. A state that ends a needle leads to the needle, a needle
 * to the longest other needle that it ends in. The first time that a needle is seen in a text, its
 * choices are taken off those that its expressions wait for; an expression that waits for none is a
 * candidate. When a needle was seen before, so were those that it ends in, and nothing is left to
 * do: a text costs its bytes and at most once each needle, whatever it is. */
#include "ecs/enrich/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/dict.h"
#include "base/mem.h"

enum {
    OTHERS = 0,         /* the class of bytes that no needle holds */
    NEEDLE_MAX = 16,    /* bytes of a needle that are looked for */
    STATES_MAX = 32767, /* so that a state and a mark go into 16 bits */
    MARK = 1 << 15,     /* on a way to a state that ends a needle */
};

/* An expression waits for the choice of this bit. */
struct wait {
    uint32_t expression;
    uint8_t choice;
};

/* One needle: its waits are a run of filter->waits. */
struct needle {
    uint32_t waits, waits_n;
    uint32_t shorter; /* the longest other needle it ends in; 0: none */
};

/* A wait while the expressions are gathered. */
struct pair {
    uint32_t needle;
    struct wait wait;
};

struct th_filter {
    th_dict *texts; /* of needles, by number from 1 */
    struct pair *pairs;
    size_t pairs_n, pairs_cap;
    uint8_t *choices; /* bits by expression: what it waits for */
    size_t n, choices_cap;
    struct th_bits always; /* expressions that wait for nothing */
    uint8_t class_of[256];
    unsigned shift; /* a row has 1 << shift classes */
    size_t classes;
    uint16_t *rows; /* a row a state: by class of the next byte the next state, and MARK */
    uint32_t *ends; /* by state: the longest needle that ends here; 0: none */
    size_t states;
    size_t bytes; /* of needles */
    struct needle *needles;
    struct wait *waits;
};

th_filter *th_filter_new(void)
{
    th_filter *filter = th_xcalloc(1, sizeof *filter);
    filter->texts = th_dict_new();
    return filter;
}

void th_filter_free(th_filter *filter)
{
    if (filter == NULL)
        return;
    th_dict_free(filter->texts);
    free(filter->pairs);
    free(filter->choices);
    th_bits_fini(&filter->always);
    free(filter->rows);
    free(filter->ends);
    free(filter->needles);
    free(filter->waits);
    free(filter);
}

/* One choice of the newest expression; left out when the automaton would become too large. */
static void add_choice(th_filter *filter, const struct th_needle_choice *choice, uint8_t bit)
{
    size_t bytes = filter->bytes;
    for (size_t t = 0; t < choice->n; t++) {
        struct th_str text = th_str_sub(choice->texts[t], 0, NEEDLE_MAX);
        bytes += th_dict_find(filter->texts, text) == 0 ? text.n : 0;
    }
    if (bytes >= STATES_MAX)
        return;
    for (size_t t = 0; t < choice->n; t++) {
        struct th_str text = th_str_sub(choice->texts[t], 0, NEEDLE_MAX);
        uint32_t needle = th_dict_intern(filter->texts, text);
        TH_GROW(filter->pairs, filter->pairs_n, filter->pairs_cap);
        filter->pairs[filter->pairs_n++] = (struct pair){needle, {(uint32_t)filter->n, bit}};
    }
    filter->bytes = bytes;
    filter->choices[filter->n] |= bit;
}

size_t th_filter_add(th_filter *filter, const struct th_needles *needles)
{
    TH_GROW(filter->choices, filter->n, filter->choices_cap);
    filter->choices[filter->n] = 0;
    for (size_t c = 0; c < needles->n; c++)
        add_choice(filter, &needles->choices[c], (uint8_t)(1u << c));
    return filter->n++;
}

/* Waits lie together by needle, in the order they came. */
static void sort_waits(th_filter *filter)
{
    uint32_t needles = th_dict_count(filter->texts);
    filter->needles = th_xcalloc(needles + 1, sizeof *filter->needles);
    filter->waits = th_xcalloc(filter->pairs_n + 1, sizeof *filter->waits);
    for (size_t i = 0; i < filter->pairs_n; i++)
        filter->needles[filter->pairs[i].needle].waits_n++;
    uint32_t at = 0;
    for (uint32_t n = 1; n <= needles; n++) {
        filter->needles[n].waits = at;
        at += filter->needles[n].waits_n;
        filter->needles[n].waits_n = 0;
    }
    for (size_t i = 0; i < filter->pairs_n; i++) {
        struct needle *needle = &filter->needles[filter->pairs[i].needle];
        filter->waits[needle->waits + needle->waits_n++] = filter->pairs[i].wait;
    }
    free(filter->pairs);
    filter->pairs = NULL;
}

static void make_classes(th_filter *filter)
{
    filter->classes = OTHERS + 1;
    for (uint32_t n = 1; n <= th_dict_count(filter->texts); n++) {
        struct th_str text = th_dict_text(filter->texts, n);
        for (size_t i = 0; i < text.n; i++) {
            unsigned char c = (unsigned char)text.p[i];
            if (filter->class_of[c] == OTHERS)
                filter->class_of[c] = (uint8_t)filter->classes++;
        }
    }
    for (int c = 'A'; c <= 'Z'; c++)
        filter->class_of[c] = filter->class_of[c - 'A' + 'a'];
    while (((size_t)1 << filter->shift) < filter->classes)
        filter->shift++;
}

static uint16_t *row_of(const th_filter *filter, size_t state)
{
    return filter->rows + (state << filter->shift);
}

/* The trie: edges that lead nowhere are 0, the root. */
static void make_trie(th_filter *filter)
{
    filter->rows = th_xcalloc((filter->bytes + 1) << filter->shift, sizeof *filter->rows);
    filter->ends = th_xcalloc(filter->bytes + 1, sizeof *filter->ends);
    filter->states = 1;
    for (uint32_t n = 1; n <= th_dict_count(filter->texts); n++) {
        struct th_str text = th_dict_text(filter->texts, n);
        size_t state = 0;
        for (size_t i = 0; i < text.n; i++) {
            uint16_t *edge = row_of(filter, state) + filter->class_of[(unsigned char)text.p[i]];
            if (*edge == 0)
                *edge = (uint16_t)filter->states++;
            state = *edge;
        }
        filter->ends[state] = n;
    }
    filter->rows =
        th_xreallocarray(filter->rows, filter->states << filter->shift, sizeof *filter->rows);
}

/* Turn the trie into an automaton, in order of depth: where a state has no edge, it goes where the
 * longest ending of its text that is a state goes. */
static void join_states(th_filter *filter)
{
    uint16_t *queue = th_xcalloc(filter->states, sizeof *queue);
    uint16_t *shorter = th_xcalloc(filter->states, sizeof *shorter);
    size_t queued = 1; /* the root */
    for (size_t at = 0; at < queued; at++) {
        size_t state = queue[at];
        uint16_t *row = row_of(filter, state);
        const uint16_t *other = row_of(filter, shorter[state]);
        for (size_t c = 0; c < filter->classes; c++) {
            if (row[c] == 0) {
                row[c] = other[c];
                continue;
            }
            shorter[row[c]] = state == 0 ? 0 : other[c];
            queue[queued++] = row[c];
        }
        uint32_t end = filter->ends[shorter[state]];
        if (filter->ends[state] == 0)
            filter->ends[state] = end;
        else
            filter->needles[filter->ends[state]].shorter = end;
    }
    free(queue);
    free(shorter);
    for (size_t i = 0; i < filter->states << filter->shift; i++)
        if (filter->ends[filter->rows[i]] != 0)
            filter->rows[i] |= MARK;
}

void th_filter_ready(th_filter *filter)
{
    sort_waits(filter);
    make_classes(filter);
    make_trie(filter);
    join_states(filter);
    th_bits_init(&filter->always, filter->n);
    for (size_t i = 0; i < filter->n; i++)
        if (filter->choices[i] == 0)
            th_bits_put(&filter->always, i);
}

/* What is seen of a text. */
struct look {
    struct th_bits seen;       /* needles */
    struct th_bits candidates; /* expressions */
    uint8_t *open;             /* by expression: choices that it still waits for */
};

static void see(const th_filter *filter, uint32_t needle, struct look *look)
{
    for (; needle != 0 && !th_bits_get(&look->seen, needle);
         needle = filter->needles[needle].shorter) {
        const struct wait *wait = filter->waits + filter->needles[needle].waits;
        th_bits_put(&look->seen, needle);
        for (uint32_t i = 0; i < filter->needles[needle].waits_n; i++, wait++) {
            uint8_t *open = &look->open[wait->expression];
            *open &= (uint8_t)~wait->choice;
            if (*open == 0)
                th_bits_put(&look->candidates, wait->expression);
        }
    }
}

static struct th_bits bits_in(th_arena *arena, size_t n)
{
    return (struct th_bits){th_arena_calloc(arena, th_bits_words(n), sizeof(uint64_t)), n};
}

struct th_bits th_filter_candidates(const th_filter *filter, struct th_str text, th_arena *arena)
{
    struct look look = {
        .seen = bits_in(arena, (size_t)th_dict_count(filter->texts) + 1),
        .candidates = bits_in(arena, filter->n),
        .open = th_arena_alloc(arena, filter->n + 1),
    };
    if (filter->n > 0) {
        memcpy(look.open, filter->choices, filter->n);
        memcpy(look.candidates.w, filter->always.w, th_bits_words(filter->n) * sizeof(uint64_t));
    }
    size_t state = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint16_t way = row_of(filter, state)[filter->class_of[(unsigned char)text.p[i]]];
        state = way & (MARK - 1u);
        if ((way & MARK) != 0)
            see(filter, filter->ends[state], &look);
    }
    return look.candidates;
}
