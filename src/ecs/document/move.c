/* Values that keep their shape and only change their place. Which goes where is the field table's
 * business (source column); this file knows the few that are copied, turned into text or read as
 * times. */
#include "base/text.h"
#include "base/time.h"
#include "ecs/document/internal.h"

/* Rows of the table that a step of their own handles. */
static bool has_own_step(enum th_field field)
{
    static const enum th_field own[] = {
        TH_F_EVENT_ACTION,           TH_F_USER_AGENT_ORIGINAL, TH_F_TLS_CIPHER,
        TH_F_TLS_CLIENT_SERVER_NAME, TH_F_TLS_KEY_EXCHANGE,    TH_F_MANAGEMENT_EVENT,
    };
    for (size_t i = 0; i < TH_COUNT(own); i++)
        if (own[i] == field)
            return true;
    return false;
}

static bool is_moved(enum th_field field, const struct th_field_info *info)
{
    bool stored =
        info->store == TH_STORE_TERM || info->store == TH_STORE_ID || info->store == TH_STORE_BOOL;
    bool kept_whole = field == TH_F_WEB_ID_ATTRIBUTES || field == TH_F_FLATTENED_INSIGHT_DETAILS ||
                      field == TH_F_FILE_PATH;
    return info->source[0] != '\0' && ((stored && !has_own_step(field)) || kept_whole);
}

/* What stands in a request or an answer stays there as well: both are written whole. */
static bool is_copied(struct th_str source)
{
    return th_str_starts(source, TH_STR("requestParameters.")) ||
           th_str_starts(source, TH_STR("responseElements."));
}

/* From the record to the document. */
static void move(struct th_doc *doc, const char *from, const char *to)
{
    struct th_doc_node *value = th_doc_node_take(doc->arena, doc->json, from);
    if (value != NULL)
        th_doc_put(doc, to, value);
}

static void copy(struct th_doc *doc, const char *from, const char *to)
{
    const struct th_doc_node *value = th_doc_node_at(doc->json, from);
    if (value != NULL)
        th_doc_put(doc, to, th_doc_node_share(doc->arena, value));
}

/* The text form of a value, whatever its type. */
static void copy_text(struct th_doc *doc, const char *from, const char *to)
{
    const struct th_doc_node *value = th_doc_node_at(doc->json, from);
    if (value != NULL)
        th_doc_put_text(doc, to, th_doc_node_java_text(doc->arena, value));
}

bool th_doc_date(struct th_doc *doc, const char *from, const char *to)
{
    const struct th_doc_node *value = th_doc_node_at(doc->json, from);
    int64_t ts_ms;
    char iso[TH_TIME_ISO_BYTES];
    if (value == NULL || value->type == TH_JSON_NULL ||
        (value->type == TH_JSON_STRING && value->text.n == 0))
        return false;
    if (!th_time_parse(th_doc_node_java_text(doc->arena, value), &ts_ms)) {
        th_doc_note(doc, from, "not a time in ISO 8601 form");
        th_doc_node_take(doc->arena, doc->json, from);
        return false;
    }
    th_time_iso(ts_ms, iso);
    th_doc_put_text(doc, to, th_arena_dup(doc->arena, th_str_of(iso)));
    return true;
}

/* eventTime; else the record's own @timestamp (Logstash writes one); else the agent's time stays.
 */
void th_doc_timestamp(struct th_doc *doc)
{
    const struct th_doc_node *own = th_doc_node_get(doc->json, TH_STR("@timestamp"));
    int64_t ts_ms;
    char iso[TH_TIME_ISO_BYTES];
    if (th_doc_date(doc, "eventTime", "@timestamp"))
        return;
    if (th_doc_node_str(own).p != NULL && th_time_parse(own->text, &ts_ms)) {
        th_time_iso(ts_ms, iso);
        th_doc_put_text(doc, "@timestamp", th_arena_dup(doc->arena, th_str_of(iso)));
    }
}

/* Accounts: the caller's, else the one that the event was delivered to, else the digest's. */
static void move_account(struct th_doc *doc)
{
    move(doc, "userIdentity.accountId", "cloud.account.id");
    if (th_doc_node_at(doc->root, "cloud.account.id") == NULL)
        copy(doc, "recipientAccountId", "cloud.account.id");
    if (th_doc_node_at(doc->root, "cloud.account.id") == NULL)
        move(doc, "awsAccountId", "cloud.account.id");
}

void th_doc_moves(struct th_doc *doc)
{
    const char *shared = th_field_info(TH_F_SHARED_EVENT_ID)->name;
    move_account(doc);
    copy_text(doc, "eventName", "event.action");
    copy_text(doc, "managementEvent", th_field_info(TH_F_MANAGEMENT_EVENT)->name);
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        if (!is_moved((enum th_field)i, info))
            continue;
        if (is_copied(th_str_of(info->source)))
            copy(doc, info->source, info->name);
        else
            move(doc, info->source, info->name);
    }
    move(doc, "sharedEventID", shared);
    if (th_doc_node_at(doc->root, shared) == NULL)
        move(doc, "sharedEventId", shared);
}

void th_doc_digest(struct th_doc *doc)
{
#define DIGEST "aws.cloudtrail.flattened.digest."
    static const struct {
        const char *from, *to;
        bool date;
    } rows[] = {
        {"previousDigestS3Object", DIGEST "previous_s3_object", false},
        {"previousDigestSignature", DIGEST "previous_signature", false},
        {"previousDigestHashValue", DIGEST "previous_hash_value", false},
        {"logFiles", DIGEST "log_files", false},
        {"digestStartTime", DIGEST "start_time", true},
        {"digestEndTime", DIGEST "end_time", true},
        {"digestS3Bucket", DIGEST "s3_bucket", false},
        {"newestEventTime", DIGEST "newest_event_time", true},
        {"oldestEventTime", DIGEST "oldest_event_time", true},
        {"previousDigestS3Bucket", DIGEST "previous_s3_bucket", false},
        {"previousDigestHashAlgorithm", DIGEST "previous_hash_algorithm", false},
        {"publicKeyFingerprint", DIGEST "public_key_fingerprint", false},
        {"digestPublicKeyFingerprint", DIGEST "public_key_fingerprint", false},
        {"digestSignatureAlgorithm", DIGEST "signature_algorithm", false},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        if (rows[i].date)
            th_doc_date(doc, rows[i].from, rows[i].to);
        else
            move(doc, rows[i].from, rows[i].to);
    }
    const struct th_doc_node *end = th_doc_node_at(doc->root, DIGEST "end_time");
    const struct th_doc_node *hash = th_doc_node_at(doc->root, DIGEST "previous_hash_value");
    if (end != NULL)
        th_doc_put(doc, "@timestamp", th_doc_node_share(doc->arena, end));
    if (hash != NULL)
        th_doc_append(doc, "related.hash", th_doc_node_java_text(doc->arena, hash));
#undef DIGEST
}

/* "TLSv1.3": what stands before the first v is the protocol. Without a v, or of another type, the
 * whole value is the version. */
static void split_tls_version(struct th_doc *doc)
{
    const struct th_doc_node *version = th_doc_node_at(doc->json, "tlsDetails.tlsVersion");
    struct th_str text = th_doc_node_str(version);
    ptrdiff_t v = th_str_find(text, 'v');
    struct th_buf lower = TH_BUF_INIT;
    if (version == NULL)
        return;
    if (text.p == NULL || v < 0) {
        th_doc_put(doc, "tls.version", th_doc_node_share(doc->arena, version));
        return;
    }
    th_text_lower(&lower, th_str_sub(text, 0, (size_t)v));
    th_doc_put_text(doc, "tls.version_protocol", th_arena_dup(doc->arena, th_buf_str(&lower)));
    th_doc_put_text(doc, "tls.version", th_str_sub(text, (size_t)v + 1, text.n));
    th_buf_fini(&lower);
}

void th_doc_tls(struct th_doc *doc)
{
    static const enum th_field fields[] = {TH_F_TLS_CIPHER, TH_F_TLS_CLIENT_SERVER_NAME,
                                           TH_F_TLS_KEY_EXCHANGE};
    /* The header row of a table that somebody exported, not an event's value. */
    if (th_doc_node_is(th_doc_node_at(doc->json, "tlsDetails.tlsVersion"), "tlsVersion"))
        return;
    split_tls_version(doc);
    for (size_t i = 0; i < TH_COUNT(fields); i++)
        move(doc, th_field_info(fields[i])->source, th_field_info(fields[i])->name);
}
