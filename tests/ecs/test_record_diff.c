/* The scanner against jansson, on real records and on what a seeded generator makes of them: same
 * verdict, same values. */
#include "ecs/columns/record.h"

#include <ctype.h>
#include <ftw.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "lib/tap.h"

static th_scanner *scanner;
static struct th_record record;

enum { FLAGS = JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL };

static uint64_t seed = 1;

static size_t below(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return n == 0 ? 0 : (size_t)(seed >> 11) % n;
}

static const json_t *at_path(const json_t *json, const char *path)
{
    char key[64];
    while (*path != '\0' && json != NULL) {
        size_t n = strcspn(path, ".");
        memcpy(key, path, n);
        key[n] = '\0';
        json = json_object_get(json, key);
        path += n + (path[n] == '.');
    }
    return json;
}

static bool same_value(const struct th_json_value *value, const json_t *json)
{
    switch ((enum th_json_type)value->type) {
    case TH_JSON_ABSENT:
        return json == NULL;
    case TH_JSON_NULL:
        return json_is_null(json);
    case TH_JSON_TRUE:
        return json_is_true(json);
    case TH_JSON_FALSE:
        return json_is_false(json);
    case TH_JSON_STRING: {
        struct th_buf text = TH_BUF_INIT;
        th_json_unescape(&text, value);
        size_t n = json_string_length(json);
        /* A NUL in a text is shown as U+FFFD here. */
        bool good = json_is_string(json) &&
                    (memchr(json_string_value(json), 0, n) != NULL ||
                     (text.n == n && (n == 0 || memcmp(text.p, json_string_value(json), n) == 0)));
        good = good && (value->escaped || (value->text.n == n &&
                                           memcmp(value->text.p, json_string_value(json), n) == 0));
        th_buf_fini(&text);
        return good;
    }
    case TH_JSON_NUMBER:
    case TH_JSON_ARRAY:
    case TH_JSON_OBJECT: {
        json_t *own = json_loadb(value->text.p, value->text.n, FLAGS | JSON_DECODE_ANY, NULL);
        bool good = own != NULL && json_equal(own, json);
        json_decref(own);
        return good;
    }
    }
    return false;
}

/* Are all slots what jansson finds at their paths? */
static bool same_slots(const json_t *json)
{
    for (int slot = 0; slot < TH_SLOT_COUNT; slot++) {
        const char *path = th_slot_path((enum th_slot)slot);
        const json_t *want = path[0] == '\0' ? NULL : at_path(json, path);
        if (!same_value(&record.v[slot], want)) {
            tap_note("slot %s differs", path);
            return false;
        }
    }
    return true;
}

/* What jansson refuses though the structure is sound. */
static bool is_excepted(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_invalid_utf8 || code == json_error_null_byte_in_key ||
           code == json_error_numeric_overflow || code == json_error_null_character ||
           strstr(error->text, "invalid Unicode") != NULL ||
           strstr(error->text, "unable to decode byte") != NULL;
}

/* Same verdict and same values for one text? accepted is counted. */
static bool agrees(const char *text, size_t n, int *accepted)
{
    char *copy = malloc(n + 1);
    memcpy(copy, text, n);
    struct th_json_cursor c;
    json_error_t error;
    th_json_init(&c, (struct th_str){copy, n});
    bool taken = th_record_scan(scanner, &c, &record) == TH_JSON_OK && !th_json_space(&c);
    json_t *json = json_loadb(copy, n, FLAGS, &error);
    bool good;
    if (json == NULL)
        good = !taken || is_excepted(&error);
    else if (!json_is_object(json))
        good = !taken;
    else
        good = taken && same_slots(json);
    if (!good)
        tap_show(taken ? "taken  " : "refused", copy, n);
    *accepted += json != NULL && taken;
    json_decref(json);
    free(copy);
    return good;
}

static void add_space(struct th_buf *out)
{
    static const char *const spaces[] = {"", "", "", "", " ", "\n", "\t", " \r\n  "};
    th_buf_puts(out, spaces[below(TH_COUNT(spaces))]);
}

/* A key, now and then with a character written as an escape. */
static void add_key(struct th_buf *out, const char *key)
{
    json_t *text = json_string(key);
    char *quoted = json_dumps(text, JSON_ENCODE_ANY | JSON_COMPACT);
    size_t n = strlen(key);
    if (below(8) == 0 && n > 0 && strcmp(quoted + 1, key) > 0 && strlen(quoted) == n + 2 &&
        isascii((unsigned char)key[below(n)])) {
        size_t at = below(n);
        bool ascii = true;
        for (size_t i = 0; i < n; i++)
            ascii = ascii && isascii((unsigned char)key[i]);
        if (ascii)
            th_buf_printf(out, "\"%.*s\\u%04x%s\"", (int)at, key, (unsigned)key[at], key + at + 1);
        else
            th_buf_puts(out, quoted);
    } else {
        th_buf_puts(out, quoted);
    }
    free(quoted);
    json_decref(text);
}

static void add_noisy(struct th_buf *out, const json_t *json);

/* Members in any order, some of them twice: the earlier ones must not count. */
static void add_object(struct th_buf *out, const json_t *json)
{
    static const char *const decoys[] = {"\"decoy\"",
                                         "null",
                                         "{\"type\":\"decoy\",\"arn\":\"decoy\"}",
                                         "[1]",
                                         "{\"sessionContext\":{\"attributes\":{}}}",
                                         "17"};
    const char *keys[512];
    size_t n = 0;
    json_t *object = json_incref((json_t *)(uintptr_t)json);
    for (void *it = json_object_iter(object); it != NULL && n < TH_COUNT(keys);
         it = json_object_iter_next(object, it))
        keys[n++] = json_object_iter_key(it);
    th_buf_putc(out, '{');
    for (size_t i = 0; i < n; i++) {
        size_t j = i + below(n - i);
        const char *key = keys[j];
        keys[j] = keys[i];
        add_space(out);
        if (below(6) == 0) {
            add_key(out, key);
            th_buf_putc(out, ':');
            th_buf_puts(out, decoys[below(TH_COUNT(decoys))]);
            th_buf_putc(out, ',');
        }
        add_key(out, key);
        add_space(out);
        th_buf_putc(out, ':');
        add_space(out);
        add_noisy(out, json_object_get(object, key));
        add_space(out);
        if (i + 1 < n)
            th_buf_putc(out, ',');
    }
    th_buf_putc(out, '}');
    json_decref(object);
}

static void add_noisy(struct th_buf *out, const json_t *json)
{
    if (json_is_object(json)) {
        add_object(out, json);
    } else if (json_is_array(json)) {
        th_buf_putc(out, '[');
        for (size_t i = 0; i < json_array_size(json); i++) {
            if (i > 0)
                th_buf_putc(out, ',');
            add_space(out);
            add_noisy(out, json_array_get(json, i));
            add_space(out);
        }
        th_buf_putc(out, ']');
    } else {
        char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT |
                                          (below(2) == 0 ? JSON_ENSURE_ASCII : 0));
        th_buf_puts(out, text);
        free(text);
    }
}

/* The same record, written another way, must give the same values. */
static bool noisy_agrees(const char *text, size_t n)
{
    json_error_t error;
    struct th_buf noisy = TH_BUF_INIT;
    json_t *json = json_loadb(text, n, FLAGS, &error);
    if (json == NULL)
        return false;
    add_noisy(&noisy, json);
    struct th_json_cursor c;
    th_json_init(&c, th_buf_str(&noisy));
    bool good = th_record_scan(scanner, &c, &record) == TH_JSON_OK && same_slots(json);
    if (!good)
        tap_show("noisy", noisy.p, noisy.n);
    th_buf_fini(&noisy);
    json_decref(json);
    return good;
}

/* A text with one thing broken, or not. */
static void mutate(struct th_buf *out, const char *text, size_t n)
{
    static const char bits[] = "{}[]\":,\\u0\n\t -1eE.tfn/\x7f\xc3\xff";
    size_t at = below(n);
    size_t length = 1 + below(below(4) == 0 ? 40 : 3);
    size_t rest = at + length < n ? at + length : n;
    th_buf_reset(out);
    th_buf_add(out, text, at);
    switch (below(5)) {
    case 0: /* another byte */
        th_buf_putc(out, bits[below(sizeof bits - 1)]);
        th_buf_add(out, text + at + 1, n - at - 1);
        break;
    case 1: /* a byte more */
        th_buf_putc(out, bits[below(sizeof bits - 1)]);
        th_buf_add(out, text + at, n - at);
        break;
    case 2: /* some less */
        th_buf_add(out, text + rest, n - rest);
        break;
    case 3: /* some twice */
        th_buf_add(out, text + at, rest - at);
        th_buf_add(out, text + at, n - at);
        break;
    case 4: /* a bit flipped */
        th_buf_putc(out, (char)(text[at] ^ (1 << below(8))));
        th_buf_add(out, text + at + 1, n - at - 1);
        break;
    }
}

struct totals {
    int records, slots_wrong, noisy_wrong, mutants, mutants_wrong, accepted;
};

static void try_record(struct totals *t, struct th_str text)
{
    struct th_buf mutant = TH_BUF_INIT;
    int taken = 0;
    t->records++;
    t->slots_wrong += !agrees(text.p, text.n, &taken) || taken != 1;
    t->noisy_wrong += !noisy_agrees(text.p, text.n);
    for (int i = 0; i < 4; i++) {
        mutate(&mutant, text.p, text.n);
        t->mutants++;
        t->mutants_wrong += !agrees(mutant.p, mutant.n, &t->accepted);
    }
    th_buf_fini(&mutant);
}

static void try_list(struct totals *t, struct th_str list)
{
    struct th_json_cursor c;
    struct th_json_value element;
    bool first = true;
    th_json_init(&c, list);
    if (th_json_enter(&c) != TH_JSON_OK)
        return;
    while (th_json_next_element(&c, &first) == TH_JSON_OK &&
           th_json_value(&c, &element) == TH_JSON_OK)
        if (element.type == TH_JSON_OBJECT)
            try_record(t, element.text);
}

static struct totals totals;

static int visit_file(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    size_t n = strlen(path);
    (void)ftw;
    if (type != FTW_F || n < 5 ||
        (strcmp(path + n - 5, ".json") != 0 && strcmp(path + n - 4, ".log") != 0))
        return 0;
    FILE *file = fopen(path, "rb");
    size_t size = (size_t)info->st_size;
    char *text = malloc(size + 1);
    size = file == NULL ? 0 : fread(text, 1, size, file);
    if (file != NULL)
        fclose(file);
    struct th_json_cursor c;
    struct th_json_value value, records;
    th_json_init(&c, (struct th_str){text, size});
    while (th_json_space(&c) && th_json_value(&c, &value) == TH_JSON_OK) {
        if (value.type == TH_JSON_ARRAY)
            try_list(&totals, value.text);
        else if (value.type == TH_JSON_OBJECT &&
                 th_json_get(value.text, TH_STR("Records"), &records) &&
                 records.type == TH_JSON_ARRAY)
            try_list(&totals, records.text);
        else if (value.type == TH_JSON_OBJECT)
            try_record(&totals, value.text);
    }
    free(text);
    return 0;
}

static void test_evidence(const char *folder, uint64_t start)
{
    char path[1024];
    const char *shared = getenv("TH_SHARED");
    const char *source = getenv("TH_SRCDIR");
    if (shared != NULL)
        snprintf(path, sizeof path, "%s/%s", shared, folder);
    else
        snprintf(path, sizeof path, "%s/../shared/%s", source == NULL ? "." : source, folder);
    if (access(path, R_OK) != 0) {
        tap_skip(folder, "no shared evidence here");
        return;
    }
    totals = (struct totals){0, 0, 0, 0, 0, 0};
    seed = start;
    nftw(path, visit_file, 8, FTW_PHYS);
    tap_ok(totals.records > 30, "%s: %d records", folder, totals.records);
    tap_is_int(totals.slots_wrong, 0, "every slot of each is what jansson finds");
    tap_is_int(totals.noisy_wrong, 0, "reordered, with doubles, escaped keys and white space");
    tap_is_int(totals.mutants_wrong, 0, "broken ones: same verdict, same values");
    tap_ok(totals.accepted > 0 && totals.accepted < totals.mutants,
           "of %d broken ones %d were still sound", totals.mutants, totals.accepted);
}

/* A record made for it, so that there is something to break without any evidence. */
static void test_own_mutants(void)
{
    static const char text[] =
        "{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"AssumedRole\",\"principalId\":"
        "\"AROA:s\","
        "\"arn\":\"arn:aws:sts::111122223333:assumed-role/R/s\",\"accountId\":\"111122223333\","
        "\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\",\"userName\":\"R\"},"
        "\"webIdFederationData\":{},\"attributes\":{\"creationDate\":\"2026-03-01T09:00:00Z\","
        "\"mfaAuthenticated\":\"false\"}}},\"eventTime\":\"2026-03-01T09:10:00Z\","
        "\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\",\"awsRegion\":\"us-"
        "east-1\","
        "\"sourceIPAddress\":\"203.0.113.9\",\"userAgent\":\"a/1 \\\"b\\\" \303\251\","
        "\"requestParameters\":{\"userName\":\"u\",\"tags\":[{\"key\":\"k\",\"value\":1.5}]},"
        "\"responseElements\":{\"user\":{\"userId\":\"AIDA\"}},\"readOnly\":false,\"resources\":[],"
        "\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\"}}";
    struct th_buf mutant = TH_BUF_INIT;
    int wrong = 0;
    int accepted = 0;
    int noisy_wrong = 0;
    seed = 42;
    for (int i = 0; i < 6000; i++) {
        mutate(&mutant, text, sizeof text - 1);
        wrong += !agrees(mutant.p, mutant.n, &accepted);
    }
    for (int i = 0; i < 1000; i++)
        noisy_wrong += !noisy_agrees(text, sizeof text - 1);
    tap_is_int(wrong, 0, "6000 broken records: same verdict and values as jansson");
    tap_ok(accepted > 100 && accepted < 5000, "%d of them were still sound", accepted);
    tap_is_int(noisy_wrong, 0, "1000 ways to write one record");
    th_buf_fini(&mutant);
}

int main(void)
{
    scanner = th_scanner_new();
    test_own_mutants();
    test_evidence("evidence", 7);
    test_evidence("elastic-cases", 11);
    th_scanner_free(scanner);
    return tap_done();
}
