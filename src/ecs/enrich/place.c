/* Two databases, found by what their metadata say they are, not by their file names: whoever makes
 * one may call the file what he likes. Of several for one purpose a City database is better than
 * one of countries, then the one built last. An address is looked up once; its entries are
 * remembered, for nine fields hang on each and millions of events come from a few. Values have the
 * form of Elasticsearch's geoip processor: names in English, a region's code behind its country's.
 */
#include "ecs/enrich/place.h"

#include <dirent.h>
#include <math.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/dict.h"
#include "base/ip.h"
#include "base/mem.h"
#include "base/text.h"
#include "ecs/document/doc_tree.h"
#include "ecs/enrich/file.h"

enum { CITY, NETWORK, DATABASES };

enum {
    CACHE_MAX = 65536, /* addresses; one more empties it */
    TEXT_MAX = 1024,   /* bytes; nobody's name is longer */
};

/* Entries of an address in both databases. */
struct spot {
    MMDB_entry_s entry[DATABASES];
    bool found[DATABASES];
};

/* Addresses seen last. Changes under its lock only. */
struct cache {
    pthread_mutex_t lock;
    th_dict *addresses;
    struct spot *spots; /* by code - 1 */
    size_t spots_cap;
    uint64_t lookups;
};

struct th_places {
    MMDB_s db[DATABASES];
    bool open[DATABASES];
    struct cache *cache;
};

static struct cache *cache_new(void)
{
    struct cache *cache = th_xcalloc(1, sizeof *cache);
    pthread_mutex_init(&cache->lock, NULL);
    cache->addresses = th_dict_new();
    return cache;
}

static void cache_free(struct cache *cache)
{
    pthread_mutex_destroy(&cache->lock);
    th_dict_free(cache->addresses);
    free(cache->spots);
    free(cache);
}

void th_places_free(th_places *places)
{
    if (places == NULL)
        return;
    for (int i = 0; i < DATABASES; i++)
        if (places->open[i])
            MMDB_close(&places->db[i]);
    cache_free(places->cache);
    free(places);
}

/* Which of the two a database is, or DATABASES when it is neither. */
static int kind_of(const MMDB_s *db)
{
    const char *type = db->metadata.database_type;
    if (strstr(type, "ASN") != NULL)
        return NETWORK;
    return strstr(type, "City") != NULL || strstr(type, "Country") != NULL ? CITY : DATABASES;
}

/* Is a database better than the one that is open for the same purpose? */
static bool is_better(const MMDB_s *db, const MMDB_s *than)
{
    bool city = strstr(db->metadata.database_type, "City") != NULL;
    bool than_city = strstr(than->metadata.database_type, "City") != NULL;
    if (city != than_city)
        return city;
    return db->metadata.build_epoch > than->metadata.build_epoch;
}

static void note_unused(const MMDB_s *db, struct th_buf *note)
{
    th_buf_printf(note, "places: %s (%s) is not used\n", db->filename, db->metadata.database_type);
}

static enum th_code open_file(th_places *places, const char *path, struct th_buf *note,
                              struct th_err *err)
{
    MMDB_s db;
    int status = MMDB_open(path, MMDB_MODE_MMAP, &db);
    if (status != MMDB_SUCCESS)
        return th_err_set(err, TH_E_UNSUPPORTED, "%s: %s", path, MMDB_strerror(status));
    int kind = kind_of(&db);
    if (kind == DATABASES || (places->open[kind] && !is_better(&db, &places->db[kind]))) {
        note_unused(&db, note);
        MMDB_close(&db);
        return TH_OK;
    }
    if (places->open[kind]) {
        note_unused(&places->db[kind], note);
        MMDB_close(&places->db[kind]);
    }
    places->db[kind] = db;
    places->open[kind] = true;
    return TH_OK;
}

static int is_database(const struct dirent *entry)
{
    return th_str_ends(th_str_of(entry->d_name), TH_STR(".mmdb"));
}

enum th_code th_places_load(const char *dir, th_places **out, struct th_buf *note,
                            struct th_err *err)
{
    struct dirent **entries;
    enum th_code rc = TH_OK;
    *out = NULL;
    int n = scandir(dir, &entries, is_database, alphasort);
    if (n < 0)
        return th_err_errno(err, "%s", dir);
    th_places *places = th_xcalloc(1, sizeof *places);
    places->cache = cache_new();
    for (int i = 0; i < n; i++) {
        char *path = th_xasprintf("%s/%s", dir, entries[i]->d_name);
        if (rc == TH_OK)
            rc = open_file(places, path, note, err);
        free(path);
        free(entries[i]);
    }
    free(entries);
    if (rc == TH_OK && !places->open[CITY] && !places->open[NETWORK])
        rc = th_err_set(err, TH_E_NOT_FOUND, "%s: no City, Country or ASN database (*.mmdb) there",
                        dir);
    if (rc != TH_OK) {
        th_places_free(places);
        return rc;
    }
    for (int i = 0; i < DATABASES; i++)
        if (places->open[i])
            th_buf_printf(note, "places: %s (%s)\n", places->db[i].filename,
                          places->db[i].metadata.database_type);
    *out = places;
    return TH_OK;
}

enum th_code th_places_describe(const th_places *places, struct th_jsonw *w, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (int i = 0; i < DATABASES && rc == TH_OK; i++) {
        const MMDB_metadata_s *about = &places->db[i].metadata;
        if (!places->open[i])
            continue;
        int64_t built_ms = TH_TIME_NONE;
        if (about->build_epoch > 0 && about->build_epoch < TH_TIME_MAX / TH_SECOND_MS)
            built_ms = (int64_t)about->build_epoch * TH_SECOND_MS;
        const struct th_enrich_file file = {about->database_type, places->db[i].filename, built_ms};
        rc = th_enrich_file_write(&file, w, err);
    }
    return rc;
}

/* The entry of an address; false when the database has none. */
static bool find_entry(const MMDB_s *db, struct th_str address, MMDB_entry_s *entry)
{
    static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct th_ip ip;
    int status = MMDB_SUCCESS;
    struct sockaddr_storage place = {.ss_family = AF_INET};
    if (!th_ip_parse(address, &ip))
        return false;
    if (memcmp(ip.b, v4_prefix, sizeof v4_prefix) == 0) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        memcpy(&v4.sin_addr, ip.b + 12, 4);
        memcpy(&place, &v4, sizeof v4);
    } else {
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        memcpy(&v6.sin6_addr, ip.b, 16);
        memcpy(&place, &v6, sizeof v6);
    }
    MMDB_lookup_result_s result =
        MMDB_lookup_sockaddr(db, (const struct sockaddr *)&place, &status);
    *entry = result.entry;
    return status == MMDB_SUCCESS && result.found_entry;
}

/* Entries of an address: remembered, or looked up now in each database. */
static struct spot spot_of(const th_places *places, struct th_str address)
{
    struct cache *cache = places->cache;
    struct spot spot = {.found = {false, false}};
    pthread_mutex_lock(&cache->lock);
    uint32_t code = th_dict_find(cache->addresses, address);
    if (code != 0) {
        spot = cache->spots[code - 1];
    } else {
        for (int i = 0; i < DATABASES; i++)
            spot.found[i] = places->open[i] && find_entry(&places->db[i], address, &spot.entry[i]);
        cache->lookups++;
        if (th_dict_count(cache->addresses) >= CACHE_MAX)
            th_dict_reset(cache->addresses);
        size_t i = th_dict_intern(cache->addresses, address) - 1;
        TH_GROW(cache->spots, i, cache->spots_cap);
        cache->spots[i] = spot;
    }
    pthread_mutex_unlock(&cache->lock);
    return spot;
}

uint64_t th_places_lookups(const th_places *places)
{
    pthread_mutex_lock(&places->cache->lock);
    uint64_t lookups = places->cache->lookups;
    pthread_mutex_unlock(&places->cache->lock);
    return lookups;
}

static bool get(MMDB_entry_s *entry, const char *const *path, uint32_t type,
                MMDB_entry_data_s *data)
{
    return MMDB_aget_value(entry, data, path) == MMDB_SUCCESS && data->has_data &&
           data->type == type;
}

static bool add_text(MMDB_entry_s *entry, const char *const *path, struct th_buf *out)
{
    MMDB_entry_data_s data;
    if (!get(entry, path, MMDB_DATA_TYPE_UTF8_STRING, &data) || data.data_size == 0 ||
        data.data_size > TEXT_MAX)
        return false;
    th_utf8_repair(out, (struct th_str){data.utf8_string, data.data_size});
    return true;
}

/* Index of the most specific part of the country, as text for a path; false when there is none. */
static bool last_region(MMDB_entry_s *entry, char index[12])
{
    MMDB_entry_data_s data;
    const char *const path[] = {"subdivisions", NULL};
    if (!get(entry, path, MMDB_DATA_TYPE_ARRAY, &data) || data.data_size == 0)
        return false;
    snprintf(index, 12, "%u", data.data_size - 1);
    return true;
}

/* "SE-E". */
static bool add_region_code(MMDB_entry_s *entry, struct th_buf *out)
{
    char index[12];
    const char *const country[] = {"country", "iso_code", NULL};
    const char *const region[] = {"subdivisions", index, "iso_code", NULL};
    size_t before = out->n;
    if (!last_region(entry, index) || !add_text(entry, country, out))
        return false;
    th_buf_putc(out, '-');
    if (add_text(entry, region, out))
        return true;
    out->n = before;
    return false;
}

static bool add_region_name(MMDB_entry_s *entry, struct th_buf *out)
{
    char index[12];
    const char *const path[] = {"subdivisions", index, "names", "en", NULL};
    return last_region(entry, index) && add_text(entry, path, out);
}

static bool add_location(MMDB_entry_s *entry, struct th_buf *out)
{
    MMDB_entry_data_s lat;
    MMDB_entry_data_s lon;
    const char *const lat_path[] = {"location", "latitude", NULL};
    const char *const lon_path[] = {"location", "longitude", NULL};
    if (!get(entry, lat_path, MMDB_DATA_TYPE_DOUBLE, &lat) ||
        !get(entry, lon_path, MMDB_DATA_TYPE_DOUBLE, &lon))
        return false;
    /* No other pair is a place, least of all one that is no number. */
    if (!(fabs(lat.double_value) <= 90) || !(fabs(lon.double_value) <= 180))
        return false;
    th_java_double(out, lat.double_value);
    th_buf_putc(out, ',');
    th_java_double(out, lon.double_value);
    return true;
}

static bool add_number(MMDB_entry_s *entry, struct th_buf *out)
{
    MMDB_entry_data_s data;
    const char *const path[] = {"autonomous_system_number", NULL};
    if (!get(entry, path, MMDB_DATA_TYPE_UINT32, &data))
        return false;
    th_buf_add_u64(out, data.uint32);
    return true;
}

static const struct {
    enum th_field field;
    int database;
    const char *path[4]; /* of a text; none when a function makes the value */
    bool (*add)(MMDB_entry_s *entry, struct th_buf *out);
} values[] = {
    {TH_F_SOURCE_GEO_CONTINENT_NAME, CITY, {"continent", "names", "en", NULL}, NULL},
    {TH_F_SOURCE_GEO_COUNTRY_ISO_CODE, CITY, {"country", "iso_code", NULL, NULL}, NULL},
    {TH_F_SOURCE_GEO_COUNTRY_NAME, CITY, {"country", "names", "en", NULL}, NULL},
    {TH_F_SOURCE_GEO_REGION_ISO_CODE, CITY, {NULL, NULL, NULL, NULL}, add_region_code},
    {TH_F_SOURCE_GEO_REGION_NAME, CITY, {NULL, NULL, NULL, NULL}, add_region_name},
    {TH_F_SOURCE_GEO_CITY_NAME, CITY, {"city", "names", "en", NULL}, NULL},
    {TH_F_SOURCE_GEO_LOCATION, CITY, {NULL, NULL, NULL, NULL}, add_location},
    {TH_F_SOURCE_AS_NUMBER, NETWORK, {NULL, NULL, NULL, NULL}, add_number},
    {TH_F_SOURCE_AS_ORGANIZATION_NAME,
     NETWORK,
     {"autonomous_system_organization", NULL, NULL, NULL},
     NULL},
};

bool th_places_value(const th_places *places, struct th_str address, enum th_field field,
                     struct th_buf *out)
{
    struct th_ip ip;
    for (size_t i = 0; i < TH_COUNT(values); i++) {
        if (values[i].field != field)
            continue;
        if (!places->open[values[i].database] || !th_ip_parse(address, &ip))
            return false;
        struct spot spot = spot_of(places, address);
        MMDB_entry_s *entry = &spot.entry[values[i].database];
        if (!spot.found[values[i].database])
            return false;
        return values[i].add != NULL ? values[i].add(entry, out)
                                     : add_text(entry, values[i].path, out);
    }
    return false;
}
