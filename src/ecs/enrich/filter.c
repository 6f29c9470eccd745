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
    bool begins;
};

/* One needle: its waits are a run of filter->waits. */
struct needle {
    uint32_t waits, waits_n;
    uint32_t shorter; /* the longest other needle it ends in; 0: none */
    uint32_t length;
};

/* A wait while the expressions are gathered. */
struct pair {
    uint32_t needle;
    struct wait wait;
};

/* The trie while it grows: the children of a node are a list. Node 0 is the root and nobody's
 * child. */
struct node {
    uint16_t child, sibling;
    uint32_t needle; /* that ends here; 0: none */
    unsigned char byte;
};

struct th_filter {
    struct node *nodes;
    size_t nodes_n, nodes_cap;
    struct pair *pairs;
    size_t pairs_n, pairs_cap;
    uint8_t *choices;         /* bits by expression: what it waits for */
    struct th_needles *added; /* by expression, until the automaton is made */
    size_t n, added_cap;
    struct th_bits always; /* expressions that wait for nothing */
    uint16_t *begin; /* by expression: UINT16_MAX when a choice tells where matches begin, or 0 */
    uint8_t class_of[256];
    unsigned shift; /* a row has 1 << shift classes */
    size_t classes;
    uint16_t *rows; /* a row a state: by class of the next byte the next state, and MARK */
    uint32_t *ends; /* by state: the longest needle that ends here; 0: none */
    struct needle *needles;
    uint32_t needles_n; /* numbers from 1 */
    struct wait *waits;
};

static uint16_t new_node(th_filter *filter, unsigned char byte)
{
    TH_GROW(filter->nodes, filter->nodes_n, filter->nodes_cap);
    filter->nodes[filter->nodes_n] = (struct node){.byte = byte};
    return (uint16_t)filter->nodes_n++;
}

th_filter *th_filter_new(void)
{
    th_filter *filter = th_xcalloc(1, sizeof *filter);
    new_node(filter, 0);
    return filter;
}

void th_filter_free(th_filter *filter)
{
    if (filter == NULL)
        return;
    free(filter->nodes);
    free(filter->pairs);
    free(filter->added);
    free(filter->choices);
    free(filter->begin);
    th_bits_fini(&filter->always);
    free(filter->rows);
    free(filter->ends);
    free(filter->needles);
    free(filter->waits);
    free(filter);
}

/* The child of a node; 0: none. */
static uint16_t child_of(const th_filter *filter, size_t node, unsigned char byte)
{
    uint16_t child = filter->nodes[node].child;
    while (child != 0 && filter->nodes[child].byte != byte)
        child = filter->nodes[child].sibling;
    return child;
}

/* How many nodes a text would add. */
static size_t missing_nodes(const th_filter *filter, struct th_str text)
{
    size_t node = 0;
    for (size_t i = 0; i < text.n; i++)
        if ((node = child_of(filter, node, (unsigned char)text.p[i])) == 0)
            return text.n - i;
    return 0;
}

/* The needle's number. */
static uint32_t add_text(th_filter *filter, struct th_str text)
{
    size_t node = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char byte = (unsigned char)text.p[i];
        uint16_t child = child_of(filter, node, byte);
        if (child == 0) {
            child = new_node(filter, byte);
            filter->nodes[child].sibling = filter->nodes[node].child;
            filter->nodes[node].child = child;
        }
        node = child;
    }
    if (filter->nodes[node].needle == 0)
        filter->nodes[node].needle = ++filter->needles_n;
    return filter->nodes[node].needle;
}

/* One choice of an expression; left out when the automaton would become too large. */
static void add_choice(th_filter *filter, size_t expression, const struct th_needle_choice *choice,
                       uint8_t bit)
{
    size_t nodes = filter->nodes_n;
    for (size_t t = 0; t < choice->n; t++)
        nodes += missing_nodes(filter, th_str_sub(choice->texts[t], 0, NEEDLE_MAX));
    if (nodes > STATES_MAX)
        return;
    for (size_t t = 0; t < choice->n; t++) {
        uint32_t needle = add_text(filter, th_str_sub(choice->texts[t], 0, NEEDLE_MAX));
        TH_GROW(filter->pairs, filter->pairs_n, filter->pairs_cap);
        filter->pairs[filter->pairs_n++] =
            (struct pair){needle, {(uint32_t)expression, bit, choice->begins}};
    }
    filter->choices[expression] |= bit;
    if (choice->begins)
        filter->begin[expression] = UINT16_MAX;
}

size_t th_filter_add(th_filter *filter, const struct th_needles *needles)
{
    TH_GROW(filter->added, filter->n, filter->added_cap);
    filter->added[filter->n] = *needles;
    return filter->n++;
}

/* The best choice of each, then the second of each …: where there is no room for all, each has
 * some. */
static void add_choices(th_filter *filter)
{
    filter->choices = th_xcalloc(filter->n + 1, sizeof *filter->choices);
    filter->begin = th_xcalloc(filter->n + 1, sizeof *filter->begin);
    for (size_t c = 0; c < TH_NEEDLE_CHOICES; c++)
        for (size_t i = 0; i < filter->n; i++)
            if (c < filter->added[i].n)
                add_choice(filter, i, &filter->added[i].choices[c], (uint8_t)(1u << c));
    free(filter->added);
    filter->added = NULL;
}

/* Waits lie together by needle, in the order they came. */
static void sort_waits(th_filter *filter)
{
    filter->needles = th_xcalloc(filter->needles_n + 1, sizeof *filter->needles);
    filter->waits = th_xcalloc(filter->pairs_n + 1, sizeof *filter->waits);
    for (size_t i = 0; i < filter->pairs_n; i++)
        filter->needles[filter->pairs[i].needle].waits_n++;
    uint32_t at = 0;
    for (uint32_t n = 1; n <= filter->needles_n; n++) {
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
    for (size_t i = 1; i < filter->nodes_n; i++)
        if (filter->class_of[filter->nodes[i].byte] == OTHERS)
            filter->class_of[filter->nodes[i].byte] = (uint8_t)filter->classes++;
    for (int c = 'A'; c <= 'Z'; c++)
        filter->class_of[c] = filter->class_of[c - 'A' + 'a'];
    while (((size_t)1 << filter->shift) < filter->classes)
        filter->shift++;
}

static uint16_t *row_of(const th_filter *filter, size_t state)
{
    return filter->rows + (state << filter->shift);
}

/* The trie as rows, numbered in order of depth, so that what is looked at most lies together. Edges
 * that lead nowhere are 0, the root. */
static void make_rows(th_filter *filter)
{
    uint8_t *depth = th_xcalloc(filter->nodes_n, sizeof *depth); /* of a state */
    uint16_t *queue = th_xcalloc(filter->nodes_n, sizeof *queue);
    size_t queued = 1; /* the root */
    filter->rows = th_xcalloc(filter->nodes_n << filter->shift, sizeof *filter->rows);
    filter->ends = th_xcalloc(filter->nodes_n, sizeof *filter->ends);
    for (size_t state = 0; state < queued; state++) {
        const struct node *node = &filter->nodes[queue[state]];
        filter->ends[state] = node->needle;
        filter->needles[node->needle].length = depth[state]; /* nobody asks for that of needle 0 */
        for (uint16_t child = node->child; child != 0; child = filter->nodes[child].sibling) {
            row_of(filter, state)[filter->class_of[filter->nodes[child].byte]] = (uint16_t)queued;
            depth[queued] = (uint8_t)(depth[state] + 1);
            queue[queued++] = child;
        }
    }
    free(depth);
    free(queue);
}

/* Turn the trie into an automaton, in order of depth: where a state has no edge, it goes where the
 * longest ending of its text that is a state goes. */
static void join_states(th_filter *filter)
{
    size_t states = filter->nodes_n;
    uint16_t *shorter = th_xcalloc(states, sizeof *shorter);
    for (size_t state = 0; state < states; state++) {
        uint16_t *row = row_of(filter, state);
        const uint16_t *other = row_of(filter, shorter[state]);
        for (size_t c = 0; c < filter->classes; c++) {
            if (row[c] <= state) /* an edge leads to a state behind this one */
                row[c] = other[c];
            else
                shorter[row[c]] = state == 0 ? 0 : other[c];
        }
        uint32_t end = filter->ends[shorter[state]];
        if (filter->ends[state] == 0)
            filter->ends[state] = end;
        else
            filter->needles[filter->ends[state]].shorter = end;
    }
    free(shorter);
    for (size_t i = 0; i < states << filter->shift; i++)
        if (filter->ends[filter->rows[i]] != 0)
            filter->rows[i] |= MARK;
}

void th_filter_ready(th_filter *filter)
{
    add_choices(filter);
    sort_waits(filter);
    make_classes(filter);
    make_rows(filter);
    join_states(filter);
    free(filter->nodes);
    filter->nodes = NULL;
    th_bits_init(&filter->always, filter->n);
    for (size_t i = 0; i < filter->n; i++)
        if (filter->choices[i] == 0)
            th_bits_put(&filter->always, i);
}

/* What is seen of a text. */
struct look {
    struct th_bits seen; /* needles */
    struct th_filter_found found;
    uint8_t *open; /* by expression: choices that it still waits for */
};

/* The needle ends before at. */
static void see(const th_filter *filter, uint32_t needle, size_t at, struct look *look)
{
    for (; needle != 0 && !th_bits_get(&look->seen, needle);
         needle = filter->needles[needle].shorter) {
        const struct wait *wait = filter->waits + filter->needles[needle].waits;
        uint16_t begin = (uint16_t)(at - filter->needles[needle].length);
        th_bits_put(&look->seen, needle);
        for (uint32_t i = 0; i < filter->needles[needle].waits_n; i++, wait++) {
            uint8_t *open = &look->open[wait->expression];
            *open &= (uint8_t)~wait->choice;
            if (*open == 0)
                th_bits_put(&look->found.candidates, wait->expression);
            if (wait->begins && begin < look->found.begin[wait->expression])
                look->found.begin[wait->expression] = begin;
        }
    }
}

static struct th_bits bits_in(th_arena *arena, size_t n)
{
    return (struct th_bits){th_arena_calloc(arena, th_bits_words(n), sizeof(uint64_t)), n};
}

struct th_filter_found th_filter_find(const th_filter *filter, struct th_str text, th_arena *arena)
{
    struct look look = {
        .seen = bits_in(arena, (size_t)filter->needles_n + 1),
        .found = {bits_in(arena, filter->n),
                  th_arena_alloc(arena, (filter->n + 1) * sizeof *look.found.begin)},
        .open = th_arena_alloc(arena, filter->n + 1),
    };
    text = th_str_sub(text, 0, TH_FILTER_TEXT_MAX);
    if (filter->n > 0) {
        memcpy(look.open, filter->choices, filter->n);
        memcpy(look.found.begin, filter->begin, filter->n * sizeof *look.found.begin);
        memcpy(look.found.candidates.w, filter->always.w,
               th_bits_words(filter->n) * sizeof(uint64_t));
    }
    size_t state = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint16_t way = row_of(filter, state)[filter->class_of[(unsigned char)text.p[i]]];
        state = way & (MARK - 1u);
        if ((way & MARK) != 0)
            see(filter, filter->ends[state], i + 1, &look);
    }
    return look.found;
}
