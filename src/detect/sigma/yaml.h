/* A YAML document as a small tree that remembers lines: inside of src/detect only. */
#ifndef TH_DETECT_SIGMA_YAML_H
#define TH_DETECT_SIGMA_YAML_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum th_yaml_kind { TH_YAML_NULL, TH_YAML_SCALAR, TH_YAML_LIST, TH_YAML_MAP };

/* text: a SCALAR's value. plain: it stood there without quotes, so that numbers, true and ~ mean
 * what they say. LIST: items. MAP: keys[i] (scalars) and items[i], no key twice. Everything is in
 * the arena given to th_yaml_read. */
struct th_yaml {
    enum th_yaml_kind kind;
    bool plain;
    int line; /* from 1 */
    struct th_str text;
    struct th_yaml **keys, **items;
    size_t n;
};

/* Caps: nesting, and nodes with aliases counted as often as they are used. */
enum { TH_YAML_DEPTH_MAX = 40, TH_YAML_NODES_MAX = 50000 };

/* Read text, one document. line: the line of its first byte in the file. *out is NULL when there is
 * only white space and comments. Returns TH_OK, or TH_E_RULE with the reason in err and the line of
 * the problem in *bad_line. A second document in the text is an error. */
TH_NODISCARD enum th_code th_yaml_read(struct th_str text, int line, th_arena *arena,
                                       struct th_yaml **out, int *bad_line, struct th_err *err);

/* The value of a key of a map; NULL when node is no map or has no such key. */
const struct th_yaml *th_yaml_get(const struct th_yaml *node, const char *key);
/* Text of a scalar under key; absent when it is missing or no scalar. */
struct th_str th_yaml_text(const struct th_yaml *node, const char *key);
/* true, yes or on without quotes. */
bool th_yaml_is_true(const struct th_yaml *node);

#endif
