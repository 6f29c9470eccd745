/* The document of one record: its frame, the order of the steps, errors.
 *
 * The record becomes a tree (parse.c), loses its empty values (first cleaning), gives its
 * values to a second tree, the document, step by step, and what is left of it is dropped. Errors
 * are of two kinds, as in the pipeline: a step's own (noted, the next step goes on) and one that
 * nobody handles (the rest of the steps is left out). Either way the document is kept, as
 * event.kind pipeline_error. */
#include "ecs/document/doc.h"

#include "base/text.h"
#include "base/time.h"
#include "ecs/document/internal.h"

static const char *const default_tags[] = {"preserve_original_event", "actor_target_mapping",
                                           "forwarded", "aws-cloudtrail"};

bool th_doc_has_tag(const struct th_doc *doc, const char *tag)
{
    const struct th_doc_node *tags = th_doc_node_get(doc->root, TH_STR("tags"));
    for (struct th_doc_node *item = th_doc_node_first(tags); item != NULL;
         item = th_doc_node_next(item))
        if (th_doc_node_is(item, tag))
            return true;
    return false;
}

/* Agent time in words: what the caller gave, else agent_ms. Absent when neither is there. */
static struct th_str agent_text(const struct th_doc *doc)
{
    char iso[TH_TIME_ISO_BYTES];
    if (doc->options->agent_text.p != NULL)
        return doc->options->agent_text;
    if (doc->options->agent_ms == TH_TIME_NONE)
        return TH_STR_NONE;
    th_time_iso(doc->options->agent_ms, iso);
    return th_arena_dup(doc->arena, th_str_of(iso));
}

static void begin(struct th_doc *doc)
{
    const struct th_doc_options *options = doc->options;
    const char *const *tags = options->tags == NULL ? default_tags : options->tags;
    size_t tags_n = options->tags == NULL ? TH_COUNT(default_tags) : options->tags_n;
    struct th_str created = agent_text(doc);

    doc->root = th_doc_node_new(doc->arena, TH_JSON_OBJECT);
    for (size_t i = 0; i < tags_n; i++)
        th_doc_append(doc, "tags", th_str_of(tags[i]));
    if (created.p != NULL) {
        th_doc_put_text(doc, "@timestamp", created);
        th_doc_put_text(doc, "event.created", created);
    }
}

static bool is_blank(struct th_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (strchr(" \t\r\n", text.p[i]) == NULL || text.p[i] == '\0')
            return false;
    return true;
}

/* Kept only when a tag asks for it, as Fleet's final pipeline does; errors ask for it. */
static void put_original(struct th_doc *doc)
{
    struct th_str text = doc->record;
    if (!th_doc_has_tag(doc, "preserve_original_event") || is_blank(text))
        return;
    if (!th_utf8_valid(text)) {
        struct th_buf repaired = TH_BUF_INIT;
        th_utf8_repair(&repaired, text);
        text = th_arena_dup(doc->arena, th_buf_str(&repaired));
        th_buf_fini(&repaired);
    }
    th_doc_put_text(doc, "event.original", text);
}

static void finish(struct th_doc *doc)
{
    if (doc->errors != NULL) {
        th_doc_put(doc, "error.message", doc->errors);
        th_doc_put_text(doc, "event.kind", TH_STR("pipeline_error"));
        th_doc_append(doc, "tags", TH_STR("preserve_original_event"));
    }
    put_original(doc);
    th_doc_node_clean(doc->root, false);
}

static bool parse(struct th_doc *doc)
{
    struct th_err err;
    th_err_clear(&err);
    if (th_doc_node_parse(doc->arena, doc->record, &doc->json, &err) != TH_OK)
        return th_doc_stop(doc, "the record is no JSON", err.msg);
    th_doc_put_text(doc, "ecs.version", th_str_of(th_field_info(TH_F_ECS_VERSION)->source));
    if (doc->json != NULL && doc->json->type == TH_JSON_NULL)
        doc->json = NULL;
    if (doc->json != NULL && doc->json->type != TH_JSON_OBJECT)
        return th_doc_stop(doc, "the record", "an object was expected");
    return true;
}

/* All steps, until one stops. What only puts values comes before what may stop, so that a record
 * which stops the pipeline keeps them and can't hide behind the odd value: then only the e-mail
 * address and what is related is missing. */
static bool run(struct th_doc *doc)
{
    if (!parse(doc))
        return false;
    th_doc_timestamp(doc);
    if (doc->json != NULL && th_doc_node_clean(doc->json, true))
        doc->json = NULL;
    if (th_doc_node_get(doc->json, TH_STR("eventName")) != NULL &&
        th_doc_has_tag(doc, "actor_target_mapping"))
        th_doc_entities(doc);
    th_doc_put_text(doc, "cloud.provider", th_str_of(th_field_info(TH_F_CLOUD_PROVIDER)->source));
    th_doc_identity(doc);
    th_doc_payload(doc);
    th_doc_moves(doc);
    th_doc_tls(doc);
    th_doc_resources(doc);
    th_doc_source(doc);
    th_doc_console_login(doc);
    th_doc_categorise(doc);
    th_doc_digest(doc);
    if (!th_doc_agent(doc) || !th_doc_check_identity(doc) || !th_doc_request_users(doc) ||
        !th_doc_related(doc))
        return false;
    th_doc_retain(doc);
    return true;
}

void th_doc_build(struct th_doc *doc)
{
    begin(doc);
    run(doc);
    finish(doc);
}

void th_doc_write(struct th_str record, const struct th_doc_options *options, struct th_buf *out)
{
    static const struct th_doc_options defaults = {.agent_ms = TH_TIME_NONE};
    struct th_doc doc = {.arena = th_arena_new((size_t)32 << 10),
                         .options = options == NULL ? &defaults : options,
                         .record = record};
    th_doc_build(&doc);
    th_doc_node_dump(doc.arena, doc.root, out);
    th_arena_free(doc.arena);
}
