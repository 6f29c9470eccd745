/* An interning dictionary: texts to dense codes 1, 2, 3 … in order of first appearance; 0 is
 * "absent".
 *
 * Used per field: by import (a batch's own small one, then the case's), and by the column engine.
 * Texts are copied into the dictionary's own memory and never move, so slices stay valid until fini
 * or reset. */
#ifndef TH_BASE_DICT_H
#define TH_BASE_DICT_H

#include <stdint.h>

#include "base/str.h"

typedef struct th_dict th_dict;

th_dict *th_dict_new(void);
void th_dict_free(th_dict *dict);
/* Empty again, memory kept. */
void th_dict_reset(th_dict *dict);
/* Code of text, added when new. An absent slice gives 0; the empty text is a text. */
uint32_t th_dict_intern(th_dict *dict, struct th_str text);
/* Code of text, or 0 when it isn't there. */
uint32_t th_dict_find(const th_dict *dict, struct th_str text);
/* Text of a code in 1 … th_dict_count; absent for 0. Borrowed until reset or free. */
struct th_str th_dict_text(const th_dict *dict, uint32_t code);
/* Number of texts; codes are 1 … count. */
uint32_t th_dict_count(const th_dict *dict);
/* Bytes of memory held. */
size_t th_dict_memory(const th_dict *dict);

#endif
