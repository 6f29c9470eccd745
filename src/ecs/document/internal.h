/* A document while it is built, and the steps that build it. Inside of this folder only.
 *
 * The steps are those of the integration's pipeline, in its order where the order shows. A step
 * that meets a value of an unexpected type either notes an error and the next step goes on
 * (th_doc_note), or the pipeline stops there (th_doc_stop): the step returns false. */
#ifndef TH_ECS_DOCUMENT_INTERNAL_H
#define TH_ECS_DOCUMENT_INTERNAL_H

#include "ecs/document/doc.h"
#include "ecs/document/doc_tree.h"
#include "ecs/rules/javamap.h"

struct th_doc {
    th_arena *arena;
    const struct th_doc_options *options;
    struct th_str record;
    struct th_doc_node *root;   /* the document */
    struct th_doc_node *json;   /* the record; steps take values out of it. NULL when it is blank or
                               all   cleaned away */
    struct th_str service;      /* the AWS service that acted; absent: somebody else did */
    struct th_doc_node *errors; /* list of texts, NULL without any */
};

/* Build everything into doc->root. The arena, options (never NULL) and record are set by the
 * caller. */
void th_doc_build(struct th_doc *doc);

/* Remember what could not be mapped. stop returns false, for the step to return. */
void th_doc_note(struct th_doc *doc, const char *what, const char *why);
bool th_doc_stop(struct th_doc *doc, const char *what, const char *why);

/* Put a value into the document at the name of a field, or at a path. */
void th_doc_put(struct th_doc *doc, const char *path, struct th_doc_node *value);
void th_doc_put_text(struct th_doc *doc, const char *path, struct th_str text);
/* Append a text to the list at a path, unless it stands there or is empty. */
void th_doc_append(struct th_doc *doc, const char *path, struct th_str text);
/* The node at a path of the record, as a condition of the pipeline reaches for it: *out is NULL
 * when something on the way is missing, but what is there and no object stops the pipeline (returns
 * false). */
bool th_doc_reach(struct th_doc *doc, const char *path, struct th_doc_node **out);
/* Does the document have this tag? */
bool th_doc_has_tag(const struct th_doc *doc, const char *tag);

/* Steps that only put values; what they can't use is noted. */
void th_doc_timestamp(struct th_doc *doc);
void th_doc_entities(struct th_doc *doc); /* related.entity, actor and targets */
/* Would that step fail at what a service's rows name? json is cleaned; what no row names may be
 * missing from it. */
bool th_doc_entities_fail(th_arena *arena, struct th_doc_node *json, struct th_str source,
                          struct th_str event);
void th_doc_identity(struct th_doc *doc); /* who: service.name, user.*, session */
void th_doc_payload(struct th_doc *doc);  /* the four containers as text and flattened */
void th_doc_moves(struct th_doc *doc);    /* what the field table names */
void th_doc_tls(struct th_doc *doc);
void th_doc_resources(struct th_doc *doc);
void th_doc_source(struct th_doc *doc); /* cloud.service.name, source.ip and its place */
void th_doc_console_login(struct th_doc *doc);
void th_doc_categorise(struct th_doc *doc); /* event.kind, outcome, category, type */
void th_doc_digest(struct th_doc *doc);
void th_doc_retain(struct th_doc *doc);
/* One time of the record, read and written in the document's form; false when it isn't there or is
 * none (noted). */
bool th_doc_date(struct th_doc *doc, const char *from, const char *to);

/* Steps that may stop the pipeline. */
bool th_doc_agent(struct th_doc *doc); /* user_agent.* */
bool th_doc_check_identity(struct th_doc *doc);
bool th_doc_request_users(struct th_doc *doc); /* related.user from request and answer */
bool th_doc_related(struct th_doc *doc);       /* user.email and the rest of related.* */

/* Is the value of a container's text short enough for its flattened copy? */
bool th_doc_flattens(struct th_str java_text);

/* Names, each once, in order of insertion: a set with Java's habits. */
struct th_nameset {
    struct th_javamap map;
};
/* Add a name; false when it is absent, empty or was there already. */
bool th_nameset_add(struct th_nameset *set, struct th_str name);
/* The names as a list node, sorted by UTF-16 units; NULL when there is none. */
struct th_doc_node *th_nameset_list(const struct th_nameset *set, th_arena *arena);

/* Sort targets into the typed lists and name the actor (actor.c). */
void th_doc_targets(struct th_doc *doc, const struct th_nameset *targets);
void th_doc_actor(struct th_doc *doc, const struct th_doc_node *actor);

#endif
