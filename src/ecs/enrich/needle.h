/* Texts that every match of a regular expression must hold: a cheap test before the expensive one.
 * Inside of enrich only. */
#ifndef TH_ECS_ENRICH_NEEDLE_H
#define TH_ECS_ENRICH_NEEDLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

#define TH_NEEDLE_CHOICES 6

/* One of these texts stands in every match. In lower case, to be compared in lower case (ASCII),
 * whatever the expression's case rules. */
struct th_needle_choice {
    struct th_str *texts;
    size_t n;
    size_t shortest; /* bytes of the shortest text */
    bool begins;     /* each match begins with one of these texts */
};

/* A match holds a text of each choice; n is 0 when nothing can be said. */
struct th_needles {
    struct th_needle_choice choices[TH_NEEDLE_CHOICES];
    size_t n;
};

/* The choices of an expression (PCRE2's syntax), the most telling first. In the arena. */
void th_needles_of(const char *regex, th_arena *arena, struct th_needles *out);

#endif
