/* Places and networks of addresses, from MaxMind databases. Inside of enrich only. */
#ifndef TH_ECS_ENRICH_PLACE_H
#define TH_ECS_ENRICH_PLACE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "base/str.h"
#include "ecs/field/field.h"

typedef struct th_places th_places;

/* Open the *.mmdb files of a folder that are of use; note gets a line for each. TH_E_NOT_FOUND:
 * none there. Owned: th_places_free. */
TH_NODISCARD enum th_code th_places_load(const char *dir, th_places **out, struct th_buf *note,
                                         struct th_err *err);
void th_places_free(th_places *places);

/* Append one field of an address; false: no value. Any number of threads may call it at once. */
bool th_places_value(const th_places *places, struct th_str address, enum th_field field,
                     struct th_buf *out);

/* How often an address was looked up so far. */
uint64_t th_places_lookups(const th_places *places);
/* The databases as objects of an array; see th_enrich_describe. */
TH_NODISCARD enum th_code th_places_describe(const th_places *places, struct th_jsonw *w,
                                             struct th_err *err);

#endif
