/* Files from outside that mean no good: databases with odd values, cut off or with bytes changed,
 * and expressions that take for ever. What they lead to must be a refusal in words, no value or a
 * sound value. */
#include <math.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "config.h"
#include "ecs/doc_case.h"
#include "ecs/mmdb.h"

enum { VARIANTS = 1000, TEXT_MAX = 1024 };

static const enum th_field fields[] = {
    TH_F_SOURCE_GEO_CONTINENT_NAME,   TH_F_SOURCE_GEO_COUNTRY_ISO_CODE,
    TH_F_SOURCE_GEO_COUNTRY_NAME,     TH_F_SOURCE_GEO_REGION_ISO_CODE,
    TH_F_SOURCE_GEO_REGION_NAME,      TH_F_SOURCE_GEO_CITY_NAME,
    TH_F_SOURCE_GEO_LOCATION,         TH_F_SOURCE_AS_NUMBER,
    TH_F_SOURCE_AS_ORGANIZATION_NAME,
};

static void is_value(const struct th_enrich *enrich, const char *address, enum th_field field,
                     const char *want, const char *name)
{
    struct th_buf out = TH_BUF_INIT;
    bool found = th_enrich_place(enrich, th_str_of(address), field, &out);
    tap_is_str(found ? th_buf_cstr(&out) : "(none)", want, name);
    th_buf_fini(&out);
}

/* One network with a city, a country and a location. */
static void add(struct database *db, uint8_t last, const char *city, double lat, double lon)
{
    const uint8_t address[] = {203, 0, 113, last};
    size_t offset = db->data.n;
    put_map(&db->data, 2);
    put_names(&db->data, "city", city);
    put_text(&db->data, "location");
    put_map(&db->data, 2);
    put_text(&db->data, "latitude");
    put_double(&db->data, lat);
    put_text(&db->data, "longitude");
    put_double(&db->data, lon);
    add_network(db, address, 32, offset);
}

static void test_odd_values(const char *dir, const char *path)
{
    struct database *db = th_xcalloc(1, sizeof *db);
    struct th_enrich *enrich = th_enrich_new();
    char big[3000];
    memset(big, 'x', sizeof big);
    big[sizeof big - 1] = '\0';
    db->bits = 32;
    add(db, 1, "Up\xff\xc3ton", (double)NAN, 1);
    add(db, 2, big, (double)INFINITY, 1);
    add(db, 3, "", 1, -(double)INFINITY);
    add(db, 4, "\x1b[31mRed", 90.5, 1);
    add(db, 5, "Pole", -90, 180);
    add(db, 6, "Far", 1, 1e300);
    big[TEXT_MAX] = '\0';
    add(db, 7, big, 5e-324, -0.0);
    write_database(db, path, "Test-City");
    tap_is_int(th_enrich_places(enrich, dir, NULL), TH_OK, "a database of odd values loads");
    is_value(enrich, "203.0.113.1", TH_F_SOURCE_GEO_CITY_NAME, "Up\xef\xbf\xbd\xef\xbf\xbdton",
             "what is no UTF-8 is repaired");
    is_value(enrich, "203.0.113.1", TH_F_SOURCE_GEO_LOCATION, "(none)", "no number, no place");
    is_value(enrich, "203.0.113.2", TH_F_SOURCE_GEO_CITY_NAME, "(none)", "a name beyond all names");
    is_value(enrich, "203.0.113.2", TH_F_SOURCE_GEO_LOCATION, "(none)", "an infinite latitude");
    is_value(enrich, "203.0.113.3", TH_F_SOURCE_GEO_CITY_NAME, "(none)", "an empty name is none");
    is_value(enrich, "203.0.113.3", TH_F_SOURCE_GEO_LOCATION, "(none)", "an infinite longitude");
    is_value(enrich, "203.0.113.4", TH_F_SOURCE_GEO_LOCATION, "(none)", "beyond the pole");
    is_value(enrich, "203.0.113.5", TH_F_SOURCE_GEO_LOCATION, "-90.0,180.0", "the pole");
    is_value(enrich, "203.0.113.6", TH_F_SOURCE_GEO_LOCATION, "(none)", "out of the world");
    is_value(enrich, "203.0.113.7", TH_F_SOURCE_GEO_CITY_NAME, big, "the longest name");
    is_value(enrich, "203.0.113.7", TH_F_SOURCE_GEO_LOCATION, "4.9E-324,-0.0", "tiny numbers");
    struct th_doc_options options = {.agent_ms = TH_TIME_NONE, .enrich = enrich};
    json_t *document = case_document(
        TH_STR("{\"eventName\":\"X\",\"sourceIPAddress\":\"203.0.113.1\"}"), &options);
    tap_ok(document != NULL, "a document with such a value is JSON");
    json_decref(document);
    th_enrich_free(enrich);
    th_buf_fini(&db->data);
    free(db);
    unlink(path);
}

struct totals {
    size_t refused, loaded, values, bad, wordless;
};

/* Is a value what its field may hold? */
static bool is_sound(enum th_field field, struct th_str value)
{
    char *end;
    if (!th_utf8_valid(value) || value.n == 0 || value.n > 2 * TEXT_MAX + 1)
        return false;
    if (field != TH_F_SOURCE_GEO_LOCATION)
        return true;
    double lat = strtod(value.p, &end);
    if (*end != ',')
        return false;
    double lon = strtod(end + 1, &end);
    return *end == '\0' && fabs(lat) <= 90 && fabs(lon) <= 180;
}

static void try_file(struct totals *t, const char *dir, const char *path, struct th_str bytes)
{
    static const char *const addresses[] = {"203.0.113.77", "198.51.100.1", "2001:db8::1",
                                            "0.0.0.0", "::ffff:203.0.113.9"};
    struct th_enrich *enrich = th_enrich_new();
    struct th_err err;
    struct th_buf out = TH_BUF_INIT;
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes.p, 1, bytes.n, file) != bytes.n || fclose(file) != 0) {
        perror(path);
        exit(99);
    }
    th_err_clear(&err);
    if (th_enrich_places(enrich, dir, &err) != TH_OK) {
        t->refused++;
        t->wordless += strstr(err.msg, dir) == NULL;
    } else {
        t->loaded++;
        for (size_t a = 0; a < sizeof addresses / sizeof addresses[0]; a++)
            for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
                th_buf_reset(&out);
                if (!th_enrich_place(enrich, th_str_of(addresses[a]), fields[f], &out))
                    continue;
                t->values++;
                t->bad += !is_sound(fields[f], th_buf_str(&out));
            }
        th_buf_reset(&out);
        t->bad += th_enrich_describe(enrich, TH_ENRICH_PLACES, &out, NULL) != TH_OK;
    }
    th_enrich_free(enrich);
    th_buf_fini(&out);
}

/* All beginnings of a database, and many with some bytes changed. */
static void test_damaged(const char *dir, const char *path, const char *name)
{
    struct totals t = {0};
    struct th_str whole = case_read(path);
    uint64_t random = 1;
    for (size_t n = 0; n < whole.n; n += 1 + n / 200)
        try_file(&t, dir, path, th_str_sub(whole, 0, n));
    tap_ok(t.refused > 100 && t.bad == 0 && t.wordless == 0,
           "%s, cut off: %zu refused in words, %zu loaded", name, t.refused, t.loaded);
    t = (struct totals){0};
    for (int i = 0; i < VARIANTS; i++) {
        char *copy = th_xmalloc(whole.n);
        memcpy(copy, whole.p, whole.n);
        for (int edits = 1 + i % 8; edits > 0; edits--) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            copy[(random >> 33) % whole.n] = (char)(random >> 20);
        }
        try_file(&t, dir, path, (struct th_str){copy, whole.n});
        free(copy);
    }
    tap_ok(t.loaded > VARIANTS / 4 && t.refused > 0 && t.bad == 0 && t.wordless == 0,
           "%s, changed: %zu refused, %zu loaded with %zu sound values, %zu others", name,
           t.refused, t.loaded, t.values, t.bad + t.wordless);
    free((char *)(uintptr_t)whole.p);
    unlink(path);
}

static void test_expressions(const char *path)
{
    struct th_enrich *enrich = th_enrich_new();
    struct th_buf out = TH_BUF_INIT;
    struct th_err err;
    FILE *file = fopen(path, "w");
    char agent[4000] = "x";
    if (file == NULL)
        exit(99);
    fputs("user_agent_parsers:\n"
          "  - regex: 'x(a+)+y'\n"
          "  - regex: '(?:(?:(?:b{1,1000}){1,1000}){1,1000}){1,1000}'\n"
          "  - regex: '(?<!(open'\n"
          "  - regex: '(x)a'\n"
          "os_parsers:\n"
          "  - regex: '(a|aa|a+)*z'\n",
          file);
    fclose(file);
    memset(agent + 1, 'a', sizeof agent - 5);
    memcpy(agent + sizeof agent - 5, " byz", 5);
    tap_is_int(th_enrich_user_agents(enrich, path, NULL), TH_OK, "slow expressions load");
    int64_t from = th_time_mono();
    th_enrich_user_agent(enrich, th_str_of(agent), TH_F_USER_AGENT_NAME, &out);
    tap_is_str(th_buf_cstr(&out), "x", "one that takes too long doesn't match, the next one does");
    tap_ok(th_time_mono() - from < 5000, "and it ends soon: %d ms", (int)(th_time_mono() - from));
    th_buf_reset(&out);
    th_enrich_notes(enrich, &out);
    tap_ok(strstr(th_buf_cstr(&out),
                  "2 expressions left out: not understood (line 3 is the first)") != NULL,
           "the note tells what is left out");
    tap_ok(strstr(th_buf_cstr(&out),
                  "took too long over an agent and counted as no match (line 2") != NULL,
           "and what took too long");
    th_buf_reset(&out);
    if (truncate(path, (off_t)65 << 20) == 0) {
        th_err_clear(&err);
        tap_is_int(th_enrich_user_agents(enrich, path, &err), TH_E_UNSUPPORTED,
                   "a file of 65 MiB is refused");
        tap_ok(strstr(err.msg, "too long") != NULL, "says: %s", err.msg);
        th_enrich_user_agent(enrich, TH_STR("xa"), TH_F_USER_AGENT_NAME, &out);
        tap_is_str(th_buf_cstr(&out), "x", "what was loaded before stays");
    }
    th_buf_fini(&out);
    th_enrich_free(enrich);
    unlink(path);
}

int main(void)
{
#ifndef HAVE_MAXMINDDB
    tap_skip("places", "built without libmaxminddb");
    return tap_done();
#endif
    const char *base = getenv("TMPDIR");
    char *dir = th_xasprintf("%s/test_hostile.XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(dir) == NULL) {
        perror(dir);
        return 99;
    }
    char *path = case_path(dir, "a.mmdb");
    test_odd_values(dir, path);
    write_city(path);
    test_damaged(dir, path, "a database of cities");
    write_network(path);
    test_damaged(dir, path, "a database of networks");
    test_expressions(path);
    rmdir(dir);
    free(path);
    free(dir);
    return tap_done();
}
