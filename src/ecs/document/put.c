/* What the steps do to a document: put values, note errors, look into a member. */
#include "base/text.h"
#include "ecs/document/internal.h"

void th_doc_put(struct th_doc *doc, const char *path, struct th_doc_node *value)
{
    th_doc_node_set(doc->arena, doc->root, path, value);
}

void th_doc_put_text(struct th_doc *doc, const char *path, struct th_str text)
{
    th_doc_put(doc, path, th_doc_node_string(doc->arena, text));
}

void th_doc_append(struct th_doc *doc, const char *path, struct th_str text)
{
    struct th_doc_node *list = th_doc_node_at(doc->root, path);
    if (text.n == 0)
        return;
    if (list == NULL) {
        list = th_doc_node_new(doc->arena, TH_JSON_ARRAY);
        th_doc_put(doc, path, list);
    }
    for (struct th_doc_node *item = th_doc_node_first(list); item != NULL;
         item = th_doc_node_next(item))
        if (th_str_eq(th_doc_node_str(item), text))
            return;
    th_doc_node_add(list, th_doc_node_string(doc->arena, text));
}

void th_doc_note(struct th_doc *doc, const char *what, const char *why)
{
    struct th_buf text = TH_BUF_INIT;
    if (doc->errors == NULL)
        doc->errors = th_doc_node_new(doc->arena, TH_JSON_ARRAY);
    th_buf_printf(&text, "%s: %s", what, why);
    th_doc_node_add(doc->errors,
                    th_doc_node_string(doc->arena, th_arena_dup(doc->arena, th_buf_str(&text))));
    th_buf_fini(&text);
}

bool th_doc_stop(struct th_doc *doc, const char *what, const char *why)
{
    th_doc_note(doc, what, why);
    return false;
}

bool th_doc_reach(struct th_doc *doc, const char *path, struct th_doc_node **out)
{
    struct th_doc_node *node = doc->json;
    *out = NULL;
    for (const char *at = path; at != NULL;) {
        const char *dot = strchr(at, '.');
        if (node == NULL)
            return true;
        if (node->type != TH_JSON_OBJECT)
            return th_doc_stop(doc, path, "an object was expected on the way");
        node = th_doc_node_get(node, dot == NULL ? th_str_of(at)
                                                 : (struct th_str){at, (size_t)(dot - at)});
        at = dot == NULL ? NULL : dot + 1;
    }
    *out = node;
    return true;
}
