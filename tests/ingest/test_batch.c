/* Batches: columns, dictionaries, ids, rejects, and their reuse. */
#include "ingest/batch.h"

#include "base/hash.h"
#include "ingest/make.h"

static struct th_values *no_values(struct th_values *v)
{
    memset(v, 0, sizeof *v);
    for (int f = 0; f < TH_FIELD_COUNT; f++)
        v->num[f] = TH_VALUE_NONE;
    return v;
}

static bool text_is(const struct th_batch *b, enum th_field f, size_t row, const char *want)
{
    return th_str_is(th_dict_text(b->dict[f], th_batch_code(b, f, row)), want);
}

static void test_uuid(void)
{
    const char *text = "01234567-89ab-cdef-0123-456789abcdef";
    const char *wrong[] = {
        "01234567-89AB-cdef-0123-456789abcdef", "0123456789abcdef0123456789abcdef",
        "01234567-89ab-cdef-0123-456789abcde",  "01234567-89ab-cdef-0123-456789abcdefa",
        "g1234567-89ab-cdef-0123-456789abcdef", "01234567089ab-cdef-0123-456789abcdef",
        "{1234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcde\xff",
        "01234567-89ab-cdef-0123-456789abcd/:", "",
    };
    uint8_t bytes[16] = {0};
    char back[37];
    tap_ok(th_uuid_parse(th_str_of(text), bytes), "a UUID");
    tap_is_mem((const char *)bytes, 16,
               "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", 16,
               "a UUID: its bytes");
    th_uuid_text(bytes, back);
    tap_is_str(back, text, "a UUID and back");
    size_t taken = 0;
    for (size_t i = 0; i < TH_COUNT(wrong); i++)
        taken += th_uuid_parse(th_str_of(wrong[i]), bytes);
    tap_is_int((int64_t)taken, 0, "everything else is text");
    tap_ok(!th_uuid_parse(TH_STR_NONE, bytes), "nothing is no UUID");
}

static void test_rows(void)
{
    struct th_batch *b = th_batch_new();
    struct th_values *v = th_xmalloc(sizeof *v);
    uint8_t digest[32];
    no_values(v);
    v->text[TH_F_EVENT_ACTION] = TH_STR("ListUsers");
    v->text[TH_F_USER_NAME] = TH_STR("");
    v->text[TH_F_EVENT_ID] = TH_STR("01234567-89ab-cdef-0123-456789abcdef");
    v->num[TH_F_TIMESTAMP] = 1000;
    v->num[TH_F_READ_ONLY] = 1;
    th_batch_add(b, 0, 12, 300, 0, v, TH_STR("one"));
    no_values(v);
    v->text[TH_F_EVENT_ACTION] = TH_STR("ListUsers");
    v->text[TH_F_EVENT_ID] = TH_STR("odd id");
    th_batch_add(b, 0, 400, 20, TH_ROW_STRING, v, TH_STR("two"));
    no_values(v);
    v->text[TH_F_EVENT_ACTION] = TH_STR("A name of more than sixteen bytes");
    th_batch_add(b, 1, 5, 6, 0, v, TH_STR("three"));

    tap_is_int((int64_t)b->rows, 3, "three rows");
    tap_ok(b->part[2] == 1 && b->offset[1] == 400 && b->length[0] == 300, "where they stand");
    tap_ok(b->flags[0] == 0 && b->flags[1] == (TH_ROW_STRING | TH_ROW_UNTIMED) &&
               b->flags[2] == TH_ROW_UNTIMED,
           "flags; without a time a row is untimed");
    tap_ok(text_is(b, TH_F_EVENT_ACTION, 0, "ListUsers") &&
               th_batch_code(b, TH_F_EVENT_ACTION, 0) == th_batch_code(b, TH_F_EVENT_ACTION, 1) &&
               text_is(b, TH_F_EVENT_ACTION, 2, "A name of more than sixteen bytes"),
           "texts have codes");
    tap_is_int(th_dict_count(b->dict[TH_F_EVENT_ACTION]), 2, "equal texts have one");
    tap_ok(text_is(b, TH_F_USER_NAME, 0, "") && th_batch_code(b, TH_F_USER_NAME, 0) == 1,
           "the empty text is a text");
    tap_ok(th_batch_code(b, TH_F_USER_NAME, 1) == 0 && th_batch_code(b, TH_F_USER_NAME, 2) == 0,
           "absent is 0");
    tap_ok(b->ids[TH_F_EVENT_ID][0].is_uuid && b->ids[TH_F_EVENT_ID][0].text.p == NULL,
           "a UUID is 16 bytes");
    tap_ok(!b->ids[TH_F_EVENT_ID][1].is_uuid && th_str_is(b->ids[TH_F_EVENT_ID][1].text, "odd id"),
           "another id is text");
    tap_ok(!b->ids[TH_F_EVENT_ID][2].is_uuid && b->ids[TH_F_EVENT_ID][2].text.p == NULL,
           "no id is neither");
    tap_ok(b->num[TH_F_TIMESTAMP][0] == 1000 && b->num[TH_F_TIMESTAMP][1] == TH_VALUE_NONE &&
               th_batch_code(b, TH_F_READ_ONLY, 0) == 2 && th_batch_code(b, TH_F_READ_ONLY, 2) == 0,
           "numbers");
    tap_ok(b->codes[TH_F_USER_NAME] == NULL && th_tuples_count(b->tuples[TH_G_CALLER]) == 2 &&
               b->group[TH_G_CALLER][1] == b->group[TH_G_CALLER][2],
           "a member of a group has no column, equal combinations are one");
    th_sha256_of("three", 5, digest);
    tap_ok(memcmp(b->raw_hash[2], digest, 32) == 0, "a row without an id has its bytes' hash");
    tap_ok(b->dict[TH_F_TIMESTAMP] == NULL && b->codes[TH_F_EVENT_ID] == NULL &&
               b->num[TH_F_EVENT_ACTION] == NULL && b->codes[TH_F_SOURCE_IP] == NULL,
           "a field has only its own kind of column");

    /* A reject owns what it was given. */
    char reason[] = "reason";
    struct th_buf large = TH_BUF_INIT;
    memset(th_buf_reserve(&large, 100000), 'x', 100000);
    th_batch_reject(b, 2, 7, 100000, reason, (struct th_str){large.p, 100000});
    memset(reason, 'z', 6);
    memset(large.p, 'z', 100000);
    tap_ok(b->rejects_n == 1 && strcmp(b->rejects[0].reason, "reason") == 0, "a reject's reason");
    tap_ok(b->rejects[0].bytes.n == TH_REJECT_BYTES && b->rejects[0].bytes.p[65535] == 'x' &&
               b->rejects[0].length == 100000,
           "a reject's bytes: the first 64 KiB");
    th_batch_reject(b, 2, 7, 0, "none", TH_STR_NONE);
    tap_ok(b->rejects[1].bytes.p == NULL, "a reject without bytes");

    TH_GROW(b->parts, b->parts_n, b->parts_cap);
    b->parts[b->parts_n++] = (struct th_part){.path = th_xstrdup("x")};
    TH_GROW(b->blobs, b->blobs_n, b->blobs_cap);
    b->blobs[b->blobs_n++] = (struct th_blob){.bytes = th_xstrdup("bytes"), .bytes_n = 5};
    th_batch_reset(b);
    tap_ok(b->rows == 0 && b->parts_n == 0 && b->blobs_n == 0 && b->rejects_n == 0 &&
               th_dict_count(b->dict[TH_F_EVENT_ACTION]) == 0,
           "empty after a reset");
    no_values(v);
    v->text[TH_F_CLOUD_REGION] = TH_STR("eu-west-1");
    th_batch_add(b, 0, 0, 1, 0, v, TH_STR("x"));
    tap_ok(th_batch_code(b, TH_F_EVENT_ACTION, 0) == 0 &&
               th_batch_code(b, TH_F_CLOUD_REGION, 0) == 1,
           "nothing stays of the rows before");

    for (size_t i = 1; i < TH_BATCH_ROWS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "name %zu", i % 100);
        v->text[TH_F_USER_NAME] = th_str_of(name);
        th_batch_add(b, 0, i, 1, 0, v, TH_STR("x"));
    }
    tap_ok(b->rows == TH_BATCH_ROWS && th_dict_count(b->dict[TH_F_USER_NAME]) == 100 &&
               text_is(b, TH_F_USER_NAME, TH_BATCH_ROWS - 1, "name 91"),
           "a full batch");
    free(v);
    th_buf_fini(&large);
    th_batch_free(b);
    th_batch_free(NULL);
}

int main(void)
{
    test_uuid();
    test_rows();
    return tap_done();
}
