/* Places and networks: databases written here, byte by byte, in MaxMind's format. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ecs/doc_case.h"

/* A database is a binary tree over address bits, whose leaves point into a section of typed values.
 */
enum { NODES_MAX = 4096, EMPTY = 0, RECORDS = 2 };

struct database {
    uint32_t nodes[NODES_MAX]
                  [RECORDS]; /* 0: nothing; n: node n; n + NODES_MAX: value at offset n - 1 */
    uint32_t n;
    int bits;
    struct th_buf data;
};

static void put_head(struct th_buf *out, unsigned type, size_t size)
{
    unsigned first = type < 8 ? type << 5 : 0;
    th_buf_putc(out, (char)(first | (size < 29 ? size : 29)));
    if (type >= 8)
        th_buf_putc(out, (char)(type - 7));
    if (size >= 29)
        th_buf_putc(out, (char)(size - 29));
}

static void put_text(struct th_buf *out, const char *text)
{
    put_head(out, 2, strlen(text));
    th_buf_puts(out, text);
}

static void put_number(struct th_buf *out, unsigned type, uint64_t value, size_t bytes)
{
    put_head(out, type, bytes);
    for (size_t i = bytes; i-- > 0;)
        th_buf_putc(out, (char)(value >> (8 * i)));
}

static void put_double(struct th_buf *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_number(out, 3, bits, 8);
}

static void put_map(struct th_buf *out, size_t members)
{
    put_head(out, 7, members);
}

/* {"names": {"en": text}} behind a key. */
static void put_names(struct th_buf *out, const char *key, const char *text)
{
    put_text(out, key);
    put_map(out, 1);
    put_text(out, "names");
    put_map(out, 1);
    put_text(out, "en");
    put_text(out, text);
}

static void put_code_and_names(struct th_buf *out, const char *code, const char *text)
{
    put_map(out, 2);
    put_text(out, "iso_code");
    put_text(out, code);
    put_text(out, "names");
    put_map(out, 1);
    put_text(out, "en");
    put_text(out, text);
}

/* Let the first bits of an address lead to the value at offset. */
static void add_network(struct database *db, const uint8_t *address, int bits, size_t offset)
{
    uint32_t node = 1;
    if (db->n == 0)
        db->n = 2;
    for (int i = 0; i < bits; i++) {
        unsigned bit = (unsigned)(address[i / 8] >> (7 - i % 8)) & 1;
        uint32_t *record = &db->nodes[node][bit];
        if (i == bits - 1)
            *record = NODES_MAX + 1 + (uint32_t)offset;
        else if (*record == EMPTY)
            *record = db->n++;
        node = *record;
    }
}

static void write_dated(const struct database *db, const char *path, const char *type,
                        uint64_t built)
{
    static const char marker[] = "\xab\xcd\xefMaxMind.com";
    struct th_buf out = TH_BUF_INIT;
    uint32_t count = db->n - 1;
    for (uint32_t i = 1; i < db->n; i++) {
        for (int bit = 0; bit < RECORDS; bit++) {
            uint32_t record = db->nodes[i][bit];
            uint32_t value = count;
            if (record > NODES_MAX)
                value = count + 16 + (record - NODES_MAX - 1);
            else if (record != EMPTY)
                value = record - 1;
            for (int shift = 16; shift >= 0; shift -= 8)
                th_buf_putc(&out, (char)(value >> shift));
        }
    }
    for (int i = 0; i < 16; i++)
        th_buf_putc(&out, '\0');
    th_buf_add_str(&out, th_buf_str(&db->data));
    th_buf_add(&out, marker, sizeof marker - 1);
    put_map(&out, 9);
    put_text(&out, "binary_format_major_version");
    put_number(&out, 5, 2, 2);
    put_text(&out, "binary_format_minor_version");
    put_number(&out, 5, 0, 2);
    put_text(&out, "build_epoch");
    put_number(&out, 9, built, 8);
    put_text(&out, "database_type");
    put_text(&out, type);
    put_text(&out, "description");
    put_map(&out, 1);
    put_text(&out, "en");
    put_text(&out, "made by a test");
    put_text(&out, "ip_version");
    put_number(&out, 5, db->bits == 32 ? 4 : 6, 2);
    put_text(&out, "languages");
    put_head(&out, 11, 1);
    put_text(&out, "en");
    put_text(&out, "node_count");
    put_number(&out, 6, count, 4);
    put_text(&out, "record_size");
    put_number(&out, 5, 24, 2);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(out.p, 1, out.n, file) != out.n || fclose(file) != 0) {
        perror(path);
        exit(99);
    }
    th_buf_fini(&out);
}

static void write_database(const struct database *db, const char *path, const char *type)
{
    write_dated(db, path, type, 1700000000);
}

/* A database that says one city of everything. */
static void write_whole(const char *path, const char *type, const char *city, uint64_t built)
{
    static const uint8_t none[] = {0, 0, 0, 0};
    struct database *db = th_xcalloc(1, sizeof *db);
    db->bits = 32;
    put_map(&db->data, 1);
    put_names(&db->data, "city", city);
    add_network(db, none, 1, 0);
    write_dated(db, path, type, built);
    th_buf_fini(&db->data);
    free(db);
}

static void write_city(const char *path)
{
    static const uint8_t v4[] = {203, 0, 113, 0};
    static const uint8_t bare[] = {198, 51, 100, 0};
    struct database *db = th_xcalloc(1, sizeof *db);
    db->bits = 32;
    put_map(&db->data, 5);
    put_names(&db->data, "city", "Linköping");
    put_names(&db->data, "continent", "Europe");
    put_text(&db->data, "country");
    put_code_and_names(&db->data, "SE", "Sweden");
    put_text(&db->data, "location");
    put_map(&db->data, 2);
    put_text(&db->data, "latitude");
    put_double(&db->data, 58.4167);
    put_text(&db->data, "longitude");
    put_double(&db->data, -15.0);
    put_text(&db->data, "subdivisions");
    put_head(&db->data, 11, 2);
    put_code_and_names(&db->data, "X", "Wider");
    put_code_and_names(&db->data, "E", "Östergötland County");
    add_network(db, v4, 24, 0);
    size_t offset = db->data.n;
    put_map(&db->data, 2);
    put_text(&db->data, "country");
    put_code_and_names(&db->data, "US", "United States");
    put_text(&db->data, "location");
    put_text(&db->data, "not what is expected");
    add_network(db, bare, 24, offset);
    write_database(db, path, "Test-City");
    th_buf_fini(&db->data);
    free(db);
}

static void write_network(const char *path)
{
    uint8_t v4[16] = {0};
    uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8};
    struct database *db = th_xcalloc(1, sizeof *db);
    db->bits = 128;
    v4[12] = 203;
    v4[14] = 113;
    put_map(&db->data, 2);
    put_text(&db->data, "autonomous_system_number");
    put_number(&db->data, 6, 29518, 4);
    put_text(&db->data, "autonomous_system_organization");
    put_text(&db->data, "Example Net");
    add_network(db, v4, 120, 0);
    size_t offset = db->data.n;
    put_map(&db->data, 1);
    put_text(&db->data, "autonomous_system_number");
    put_number(&db->data, 6, UINT64_C(4294967295), 4);
    add_network(db, v6, 32, offset);
    write_database(db, path, "Test-ASN");
    th_buf_fini(&db->data);
    free(db);
}

static void is_place(const struct th_enrich *enrich, const char *address, enum th_field field,
                     const char *want)
{
    struct th_buf out = TH_BUF_INIT;
    char name[200];
    bool found = th_enrich_place(enrich, th_str_of(address), field, &out);
    snprintf(name, sizeof name, "%s of %s", th_field_info(field)->name, address);
    tap_is_str(found ? th_buf_cstr(&out) : "(none)", want, name);
    tap_ok(found || out.n == 0, "nothing is left behind without a value");
    th_buf_fini(&out);
}

static void test_values(const struct th_enrich *enrich)
{
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_GEO_CONTINENT_NAME, "Europe");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_GEO_COUNTRY_ISO_CODE, "SE");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_GEO_COUNTRY_NAME, "Sweden");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_GEO_REGION_ISO_CODE, "SE-E");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_GEO_REGION_NAME, "Östergötland County");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_GEO_CITY_NAME, "Linköping");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_GEO_LOCATION, "58.4167,-15.0");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_AS_NUMBER, "29518");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_AS_ORGANIZATION_NAME, "Example Net");
    is_place(enrich, "::ffff:203.0.113.1", TH_F_SOURCE_AS_NUMBER, "29518");
    is_place(enrich, "198.51.100.1", TH_F_SOURCE_GEO_COUNTRY_ISO_CODE, "US");
    is_place(enrich, "198.51.100.1", TH_F_SOURCE_GEO_REGION_ISO_CODE, "(none)");
    is_place(enrich, "198.51.100.1", TH_F_SOURCE_GEO_REGION_NAME, "(none)");
    is_place(enrich, "198.51.100.1", TH_F_SOURCE_GEO_LOCATION, "(none)");
    is_place(enrich, "198.51.100.1", TH_F_SOURCE_AS_NUMBER, "(none)");
    is_place(enrich, "2001:db8::1", TH_F_SOURCE_AS_NUMBER, "4294967295");
    is_place(enrich, "2001:db8::1", TH_F_SOURCE_AS_ORGANIZATION_NAME, "(none)");
    is_place(enrich, "2001:db8::1", TH_F_SOURCE_GEO_CITY_NAME, "(none)");
    is_place(enrich, "127.0.0.1", TH_F_SOURCE_GEO_CITY_NAME, "(none)");
    is_place(enrich, "ec2.amazonaws.com", TH_F_SOURCE_GEO_CITY_NAME, "(none)");
    is_place(enrich, "", TH_F_SOURCE_GEO_CITY_NAME, "(none)");
    is_place(enrich, "203.0.113.77", TH_F_EVENT_ACTION, "(none)");
}

/* Of several databases for one purpose the best is used, whatever the files are called. */
static void test_choice(const char *dir)
{
    struct th_enrich *enrich = th_enrich_new();
    struct th_buf about = TH_BUF_INIT;
    char *files[] = {case_path(dir, "1.mmdb"), case_path(dir, "2.mmdb"), case_path(dir, "3.mmdb"),
                     case_path(dir, "4.mmdb")};
    write_whole(files[0], "Test-Country", "country", 1900000000);
    write_whole(files[1], "Test-City", "older", 1600000000);
    write_whole(files[2], "Test-City", "newest", 1800000000);
    write_whole(files[3], "Test-City", "newer", 1700000000);
    tap_is_int(th_enrich_places(enrich, dir, NULL), TH_OK, "four databases for one purpose");
    is_place(enrich, "1.2.3.4", TH_F_SOURCE_GEO_CITY_NAME, "newest");
    tap_is_int(th_enrich_describe(enrich, TH_ENRICH_PLACES, &about, NULL), TH_OK, "told as JSON");
    json_error_t error;
    json_t *list = json_loads(th_buf_cstr(&about), 0, &error);
    json_t *one = json_array_get(list, 0);
    tap_is_int((int64_t)json_array_size(list), 1, "one of them is used");
    tap_is_str(json_string_value(json_object_get(one, "type")), "Test-City", "its type");
    tap_is_str(json_string_value(json_object_get(one, "file")), "3.mmdb", "its name, no folder");
    tap_is_str(json_string_value(json_object_get(one, "built")), "2027-01-15T08:00:00.000Z",
               "when it was built");
    tap_is_int((int64_t)json_string_length(json_object_get(one, "sha256")), 64, "its hash");
    json_decref(list);
    for (size_t i = 0; i < TH_COUNT(files); i++) {
        unlink(files[i]);
        free(files[i]);
    }
    tap_is_int(th_enrich_describe(enrich, TH_ENRICH_PLACES, &about, NULL), TH_E_NOT_FOUND,
               "a file that went away can't be told");
    th_buf_reset(&about);
    tap_is_int(th_enrich_describe(enrich, TH_ENRICH_AGENTS, &about, NULL), TH_OK,
               "what isn't loaded");
    tap_is_str(th_buf_cstr(&about), "[]", "is an empty list");
    th_buf_fini(&about);
    th_enrich_free(enrich);
}

static void test_lookups(const struct th_enrich *enrich)
{
    struct th_buf out = TH_BUF_INIT;
    uint64_t before = th_enrich_lookups(enrich);
    for (int round = 0; round < 3; round++)
        for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
            (void)th_enrich_place(enrich, TH_STR("203.0.113.201"), f, &out);
    tap_is_int((int64_t)(th_enrich_lookups(enrich) - before), 1,
               "an address is looked up once for all fields");
    (void)th_enrich_place(enrich, TH_STR("not an address"), TH_F_SOURCE_GEO_CITY_NAME, &out);
    tap_is_int((int64_t)(th_enrich_lookups(enrich) - before), 1, "what is no address never");
    th_buf_fini(&out);
}

static bool stored_value(void *ctx, enum th_field field, struct th_str parent, struct th_buf *out)
{
    (void)ctx;
    if (field != TH_F_SOURCE_GEO_CITY_NAME || !th_str_is(parent, "203.0.113.9"))
        return false;
    th_buf_puts(out, "Elsewhere");
    return true;
}

static void test_stored(void)
{
    struct th_enrich *enrich = th_enrich_new();
    th_enrich_stored(enrich, stored_value, NULL);
    is_place(enrich, "203.0.113.9", TH_F_SOURCE_GEO_CITY_NAME, "Elsewhere");
    is_place(enrich, "203.0.113.10", TH_F_SOURCE_GEO_CITY_NAME, "(none)");
    th_enrich_free(enrich);
}

static void note_value(void *ctx, struct th_str value)
{
    th_buf_add_str(ctx, value);
    th_buf_putc(ctx, '|');
}

static void test_document(const struct th_enrich *enrich)
{
    struct th_str record = TH_STR("{\"eventName\":\"X\",\"sourceIPAddress\":\"203.0.113.9\"}");
    struct th_doc_options options = {.agent_text = TH_STR(CASE_TIME), .enrich = enrich};
    struct th_buf out = TH_BUF_INIT;
    json_t *doc = case_document(record, &options);
    json_error_t error;
    json_t *want = json_loads(
        "{\"address\":\"203.0.113.9\",\"ip\":\"203.0.113.9\",\"as\":{\"number\":29518,"
        "\"organization\":{\"name\":\"Example Net\"}},\"geo\":{\"city_name\":\"Linköping\","
        "\"continent_name\":\"Europe\",\"country_iso_code\":\"SE\",\"country_name\":\"Sweden\","
        "\"location\":{\"lat\":58.4167,\"lon\":-15.0},\"region_iso_code\":\"SE-E\","
        "\"region_name\":\"Östergötland County\"}}",
        0, &error);
    case_same(json_object_get(doc, "source"), want, "source.* of a document");
    th_doc_values(record, &options, TH_F_SOURCE_GEO_LOCATION, TH_STR_NONE, note_value, &out);
    th_doc_values(record, &options, TH_F_SOURCE_AS_NUMBER, TH_STR_NONE, note_value, &out);
    th_doc_values(record, NULL, TH_F_SOURCE_GEO_LOCATION, TH_STR_NONE, note_value, &out);
    tap_is_str(th_buf_cstr(&out), "58.4167,-15.0|29518|", "values of single fields");
    th_buf_fini(&out);
    json_decref(want);
    json_decref(doc);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(99);
    }
}

int main(void)
{
    const char *base = getenv("TMPDIR");
    char *dir = th_xasprintf("%s/test_places.XXXXXX", base != NULL ? base : "/tmp");
    struct th_enrich *enrich = th_enrich_new();
    struct th_err err;
    struct th_buf notes = TH_BUF_INIT;
    if (mkdtemp(dir) == NULL) {
        perror(dir);
        return 99;
    }
    char *city = case_path(dir, "a.mmdb");
    char *network = case_path(dir, "b.mmdb");
    char *other = case_path(dir, "c.mmdb");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_GEO_CITY_NAME, "(none)");
    th_err_clear(&err);
    tap_is_int(th_enrich_places(enrich, dir, &err), TH_E_NOT_FOUND, "an empty folder has none");
    tap_ok(strstr(err.msg, dir) != NULL, "says: %s", err.msg);
    write_city(city);
    tap_is_int(th_enrich_places(enrich, dir, NULL), TH_OK, "one database is enough");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_GEO_CITY_NAME, "Linköping");
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_AS_NUMBER, "(none)");
    write_network(network);
    tap_is_int(th_enrich_places(enrich, dir, NULL), TH_OK, "and two are loaded in place of it");
    test_values(enrich);
    test_document(enrich);
    test_lookups(enrich);
    test_stored();
    th_enrich_notes(enrich, &notes);
    char *want = th_xasprintf(
        "user agents: not loaded\nplaces: %s (Test-City)\nplaces: %s (Test-ASN)\n", city, network);
    tap_is_str(th_buf_cstr(&notes), want, "notes name the files");
    free(want);
    write_text(other, "no database at all");
    th_err_clear(&err);
    tap_is_int(th_enrich_places(enrich, dir, &err), TH_E_UNSUPPORTED,
               "a file that is none is refused");
    tap_ok(strstr(err.msg, other) != NULL, "says: %s", err.msg);
    is_place(enrich, "203.0.113.77", TH_F_SOURCE_AS_NUMBER, "29518");
    th_err_clear(&err);
    tap_is_int(th_enrich_places(enrich, "/nonexistent", &err), TH_E_NOT_FOUND,
               "a folder that isn't there");
    unlink(city);
    unlink(network);
    unlink(other);
    test_choice(dir);
    rmdir(dir);
    th_buf_fini(&notes);
    th_enrich_free(enrich);
    free(city);
    free(network);
    free(other);
    free(dir);
    return tap_done();
}
