/* Places and networks, out of databases that are written here. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "ecs/doc_case.h"
#include "ecs/mmdb.h"

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
#ifndef HAVE_MAXMINDDB
    tap_skip("places", "built without libmaxminddb");
    return tap_done();
#endif
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
