/* UUIDs as ids are stored: 16 bytes for the usual text form, 8-4-4-4-12 lower-case hex digits. */
#ifndef TH_BASE_UUID_H
#define TH_BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define TH_UUID_CHARS 36
/* False for every other text, upper-case digits included: what is taken must come back letter by
 * letter. */
bool th_uuid_parse(struct th_str text, uint8_t out[16]);
/* 36 characters and a NUL. */
void th_uuid_text(const uint8_t uuid[16], char out[TH_UUID_CHARS + 1]);

#endif
