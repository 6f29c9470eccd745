/* In place of place.c where libmaxminddb isn't there: no address has a place. */
#include "ecs/enrich/place.h"

enum th_code th_places_load(const char *dir, th_places **out, struct th_buf *note,
                            struct th_err *err)
{
    (void)note;
    *out = NULL;
    return th_err_set(err, TH_E_UNSUPPORTED,
                      "%s: this program was built without libmaxminddb, so it can't read places",
                      dir);
}

void th_places_free(th_places *places)
{
    (void)places;
}

bool th_places_value(const th_places *places, struct th_str address, enum th_field field,
                     struct th_buf *out)
{
    (void)places;
    (void)address;
    (void)field;
    (void)out;
    return false;
}

uint64_t th_places_lookups(const th_places *places)
{
    (void)places;
    return 0;
}

enum th_code th_places_describe(const th_places *places, struct th_jsonw *w, struct th_err *err)
{
    (void)places;
    (void)w;
    (void)err;
    return TH_OK;
}
