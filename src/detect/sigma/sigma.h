/* Reading one Sigma document: inside of src/detect only. */
#ifndef TH_DETECT_SIGMA_SIGMA_H
#define TH_DETECT_SIGMA_SIGMA_H

#include "detect/sigma/rules.h"
#include "detect/sigma/yaml.h"

/* A rule while it is being read. */
struct th_sigma_ref {
    struct th_str text; /* id, name or title */
    int line;
};
struct th_sigma_rule {
    struct th_rule rule;
    struct th_str name;
    th_query *query; /* rule.query while it may still be freed */
    struct th_sigma_ref *refs;
    size_t refs_n;
    bool speaks;   /* `generate: true` of the rule itself: it gives findings though it is a part */
    bool generate; /* `generate: true` of a correlation: those it refers to give findings */
    bool dropped;  /* a problem was noted: not loaded */
    int state;     /* while references are followed */
    struct th_sigma_rule **parts;
    bool hashed;
};

/* Where notes go and memory comes from. */
struct th_sigma {
    th_rules *rules;
    th_arena *arena; /* of the rules */
    const char *path;
    struct th_sigma_rule *rule;
    size_t nodes; /* built so far, capped */
};

/* Add a remark (error: the rule is not loaded). Returns false, so that a caller can `return
 * th_sigma_error(…)`. */
bool th_sigma_error(struct th_sigma *s, int line, const char *fmt, ...) TH_PRINTF(3, 4);
void th_sigma_warn(struct th_sigma *s, int line, const char *fmt, ...) TH_PRINTF(3, 4);
/* In rules.c. */
void th_rules_add_note(th_rules *rules, const char *path, int line, bool error, const char *text);

/* One document into s->rule; problems become notes. False: it is not to be kept. */
bool th_sigma_load(struct th_sigma *s, const struct th_yaml *doc);
/* The part under `correlation:`. */
bool th_sigma_load_correlation(struct th_sigma *s, const struct th_yaml *correlation);
/* Strings of a list, or of one string, into the arena. False when it is something else (noted). */
bool th_sigma_strings(struct th_sigma *s, const struct th_yaml *node, const char *what,
                      struct th_sigma_ref **out, size_t *out_n);
/* Fields to group by. */
bool th_sigma_group_by(struct th_sigma *s, const struct th_yaml *node);
/* A field's name as it is shown: its ECS name, or as written when it is a path. */
const char *th_sigma_field_name(struct th_sigma *s, const struct th_field_ref *ref,
                                struct th_str written);
/* Resolve a name; unknown: an error or a warning with a suggestion. */
bool th_sigma_field(struct th_sigma *s, struct th_str name, int line, bool error,
                    struct th_field_ref *out);

/* `detection:` into s->rule->query. */
bool th_sigma_detection(struct th_sigma *s, const struct th_yaml *detection);

/* A named detection, compiled. */
struct th_sigma_selection {
    struct th_str name;
    struct th_node *node;
    int line;
    bool used;
};
/* The tree of a condition; NULL when it is malformed (noted). */
struct th_node *th_sigma_condition(struct th_sigma *s, struct th_str text, int line,
                                   struct th_sigma_selection *selections, size_t n);

/* `field|modifiers: values`, or keywords when the field is empty. NULL when it can't be said
 * (noted). */
struct th_node *th_sigma_item(struct th_sigma *s, struct th_str key, const struct th_yaml *value);
/* A node of the rule's query; NULL when there are too many (noted). */
bool th_sigma_room(struct th_sigma *s, int line);

/* ---- modifiers ---- */

enum th_sigma_compare {
    TH_SIGMA_EQUALS,
    TH_SIGMA_CONTAINS,
    TH_SIGMA_STARTS,
    TH_SIGMA_ENDS,
    TH_SIGMA_RE,
    TH_SIGMA_EXISTS,
    TH_SIGMA_CIDR,
    TH_SIGMA_GT,
    TH_SIGMA_GTE,
    TH_SIGMA_LT,
    TH_SIGMA_LTE,
    TH_SIGMA_FIELDREF,
};
enum th_sigma_transform {
    TH_SIGMA_BASE64,
    TH_SIGMA_BASE64_OFFSET,
    TH_SIGMA_UTF16,   /* little endian with a byte order mark */
    TH_SIGMA_UTF16LE, /* also called wide */
    TH_SIGMA_UTF16BE,
    TH_SIGMA_WINDASH,
};
enum { TH_SIGMA_TRANSFORMS_MAX = 8 };
struct th_sigma_key {
    struct th_str field; /* n == 0: keywords */
    enum th_sigma_compare compare;
    bool compare_given;
    bool all, cased, neq;
    unsigned re_flags;
    enum th_sigma_transform transforms[TH_SIGMA_TRANSFORMS_MAX];
    size_t transforms_n;
};
bool th_sigma_key_parse(struct th_sigma *s, struct th_str text, int line, struct th_sigma_key *out);

/* A value in Sigma's writing (wildcards, backslashes), or as the very characters. */
struct th_sigma_value {
    struct th_str text;
    bool literal;
};
/* Put a value through the transforms of a key: one value may become several. False: noted. */
bool th_sigma_transform_value(struct th_sigma *s, const struct th_sigma_key *key,
                              struct th_str text, int line, struct th_sigma_value **out,
                              size_t *out_n);

/* A value's writing taken apart. literal: the characters without escapes, meaningful without
 * wildcards in the middle; pattern: in the syntax of TH_PATTERN_WILDCARD. stars_before,
 * stars_behind: it begins, ends with '*'; inside: a wildcard elsewhere ('?' anywhere). only_stars:
 * nothing else. */
struct th_sigma_writing {
    struct th_str literal, pattern;
    bool stars_before, stars_behind, inside, only_stars;
};
void th_sigma_read_value(th_arena *arena, struct th_str text, struct th_sigma_writing *out);

#endif
