/* The tree that a document is made of: nodes in one arena, children as lists in the order of their
 * insertion.
 *
 * A node that cleaning or a move took away stays in its parent's list with the type TH_JSON_ABSENT:
 * the table size of the Java map that Elasticsearch would hold counts it still (rules/javamap.h).
 * Walk with th_doc_node_first and th_doc_node_next, which leave such nodes out. */
#ifndef TH_ECS_DOC_TREE_H
#define TH_ECS_DOC_TREE_H

#include "base/arena.h"
#include "base/json.h"

struct th_doc_node {
    struct th_doc_node *next; /* sibling, absent ones included */
    struct th_doc_node *first;
    struct th_doc_node *last;
    struct th_str key; /* of an object's member */
    struct th_str
        text; /* STRING: its value, valid UTF-8; NUMBER: as Java prints it, which is JSON as well */
    uint8_t type; /* enum th_json_type */
    bool huge;    /* NUMBER that no double holds: text as it stands, written as a string */
};

/* Parse one JSON value with white space around into *out; strings are borrowed from text or in the
 * arena. A member given twice has the last value at the place of the first. Returns TH_OK, or
 * TH_E_JSON with the reason in err. *out is NULL for an empty or blank text. */
TH_NODISCARD enum th_code th_doc_node_parse(th_arena *arena, struct th_str text,
                                            struct th_doc_node **out, struct th_err *err);

/* New nodes without a parent. Texts are borrowed. */
struct th_doc_node *th_doc_node_new(th_arena *arena, enum th_json_type type);
struct th_doc_node *th_doc_node_string(th_arena *arena, struct th_str text);
struct th_doc_node *th_doc_node_bool(th_arena *arena, bool value);
/* The same value again, its children shared: for a node that stands at two places. */
struct th_doc_node *th_doc_node_share(th_arena *arena, const struct th_doc_node *node);

/* First live child, next live sibling; NULL at the end. node may be NULL. */
struct th_doc_node *th_doc_node_first(const struct th_doc_node *node);
struct th_doc_node *th_doc_node_next(const struct th_doc_node *node);

/* Append a child; th_doc_node_put gives it a key (borrowed) and takes the place of a member that
 * has it. */
void th_doc_node_add(struct th_doc_node *parent, struct th_doc_node *child);
void th_doc_node_put(struct th_doc_node *object, struct th_str key, struct th_doc_node *child);

/* Live member of an object, NULL when there is none, or object is none (NULL too). th_doc_node_at
 * takes a path with dots. */
struct th_doc_node *th_doc_node_get(const struct th_doc_node *object, struct th_str key);
struct th_doc_node *th_doc_node_at(const struct th_doc_node *object, const char *path);
/* Put a child at a path with dots; the objects on the way are made. What is no object on the way is
 * replaced. path is borrowed. */
void th_doc_node_set(th_arena *arena, struct th_doc_node *object, const char *path,
                     struct th_doc_node *child);
/* Take the node at a path out of its parent: a share of it, or NULL. */
struct th_doc_node *th_doc_node_take(th_arena *arena, struct th_doc_node *object, const char *path);

/* Text of a STRING node; absent for every other and NULL. */
struct th_str th_doc_node_str(const struct th_doc_node *node);
bool th_doc_node_is(const struct th_doc_node *node, const char *text);

/* Recursively take away null, "", {} and [], and when dashes also the strings "-" and "none".
 * Returns whether node itself is such. */
bool th_doc_node_clean(struct th_doc_node *node, bool dashes);

/* Append node as JSON in one line, keys sorted by bytes at every level. */
void th_doc_node_dump(th_arena *arena, const struct th_doc_node *node, struct th_buf *out);

/* Append what Java's toString makes of the value: {k=v, l=[a, b]}, keys in the order of a HashMap.
 */
void th_doc_node_java(th_arena *arena, const struct th_doc_node *node, struct th_buf *out);
/* The same as a slice: the node's own text or in the arena. */
struct th_str th_doc_node_java_text(th_arena *arena, const struct th_doc_node *node);

/* What Java prints for a JSON number: integers as digits, everything else as Double.toString does
 * ("2.0", "1.0E10"). Returns absent when no double holds the number. In the arena or text itself.
 */
struct th_str th_java_number(th_arena *arena, struct th_str text);

/* Append Double.toString of a finite number. */
void th_java_double(struct th_buf *out, double value);

#endif
