/* UTF-8 text: decoding, display width, sanitising, case-insensitive comparison.
 *
 * All log text is hostile. th_text_sanitise is the single door through which it reaches a terminal.
 */
#ifndef TH_BASE_TEXT_H
#define TH_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Decode one code point at s.p[*at] and advance *at (by at least 1). Invalid bytes give U+FFFD, one
 * per maximal subpart. */
uint32_t th_utf8_next(struct th_str s, size_t *at);
/* Append the UTF-8 form of a code point (surrogates and values over 10FFFF: U+FFFD). */
void th_utf8_add(struct th_buf *out, uint32_t cp);
bool th_utf8_valid(struct th_str s);
/* s with every invalid sequence replaced by U+FFFD. */
void th_utf8_repair(struct th_buf *out, struct th_str s);
/* Length in UTF-16 units (Java's String.length), invalid bytes counting as one. */
size_t th_utf8_utf16_length(struct th_str s);

/* Columns a code point takes on a terminal: 0 (combining), 1 or 2. Own table, so that it doesn't
 * depend on the C library's locale. */
int th_text_cp_width(uint32_t cp);
/* Columns of sanitised text. */
int th_text_width(struct th_str s);

/* Append text made safe to show: C0/C1 controls, DEL, bidi controls, zero-width and other invisible
 * characters, line and paragraph separators, tags, variation selectors beyond emoji use,
 * noncharacters and invalid UTF-8 become visible marks: ^X for C0, ␡-like marks spelled "\u{202E}",
 * and \xHH for a bad byte; \n, \r and \t become "⏎", "␍" and "⇥" (ASCII "\n", "\r", "\t" when
 * ascii_only). ascii_only: every non-ASCII character becomes \u{…} as well. Never emits a byte that
 * moves the cursor. Marks also stand for private use and unassigned characters, spaces other than
 * U+0020 and U+3000, a combining character that has nothing to sit on, and the fifth and later ones
 * on one base (a curses cell holds four). */
void th_text_sanitise(struct th_buf *out, struct th_str s, bool ascii_only);

/* Append text that is meant for programs (JSON, CSV) as a terminal may get it: characters that
 * th_text_sanitise would mark become \uXXXX (two of them beyond U+FFFF), which inside a JSON string
 * means the same; a bad byte becomes U+FFFD. Tabs and line ends (LF, CR LF) stay, and so do
 * combining characters. */
void th_text_escape(struct th_buf *out, struct th_str s);

/* Append at most cols columns of sanitised s; when cut, the last column is "…" ("~" when
 * ascii_only). Returns columns written. */
int th_text_clip(struct th_buf *out, struct th_str s, int cols, bool ascii_only);

/* Simple Unicode lower-casing for the ranges of Latin, Greek, Cyrillic and ASCII; other code points
 * as they are. Nothing beyond ASCII is mapped into ASCII. */
uint32_t th_text_lower_cp(uint32_t cp);
/* Append the lower-cased text; invalid bytes become U+FFFD. */
void th_text_lower(struct th_buf *out, struct th_str s);
/* Equal, ignoring case as above. */
bool th_text_ieq(struct th_str a, struct th_str b);
/* Does haystack contain needle, ignoring case? needle_lower is already lower-cased by
 * th_text_lower. ASCII runs at memchr speed. */
bool th_text_icontains(struct th_str haystack, struct th_str needle_lower);

/* Edit distance (Damerau-Levenshtein, ASCII case ignored) capped at max + 1: for did-you-mean.
 * Different texts of which one is longer than 128 bytes are always max + 1 apart. */
int th_text_distance(struct th_str a, struct th_str b, int max);

#endif
