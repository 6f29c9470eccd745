/* Inside of pattern.c: cutting text into words. */
#ifndef TH_BASE_PATTERN_WORDS_H
#define TH_BASE_PATTERN_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* The next word of s at or after *at, as it stands there; *at moves behind it. False when there is
 * none.
 *
 * Roughly what Elasticsearch's standard analyzer (UAX 29) does: a word is a run of letters, digits
 * and '_'. "." and "'" between two letters or two digits, ":" between two letters, "," and ";"
 * between two digits don't end it. Outside ASCII every character is a letter, but an ideograph,
 * kana (hiragana) or emoji is a word by itself, and what is hidden or no word character (general
 * punctuation, arrows, box drawing) separates. */
bool th_pattern_next_word(struct th_str s, size_t *at, struct th_str *word);

#endif
