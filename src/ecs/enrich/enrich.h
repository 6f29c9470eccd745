/* Data that comes from files outside: user agent expressions (uap-core) and MaxMind databases.
 * Loaded once, then read-only and shared by threads. A missing file is not an error: its fields
 * stay empty and the note says so. */
#ifndef TH_ECS_ENRICH_H
#define TH_ECS_ENRICH_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "ecs/field/field.h"

struct th_enrich;

/* Nothing loaded yet. Owned: th_enrich_free. */
struct th_enrich *th_enrich_new(void);
void th_enrich_free(struct th_enrich *enrich);

/* Load uap-core's regexes.yaml. path NULL: the usual place (/usr/share/uap-core/regexes.yaml).
 * TH_E_NOT_FOUND when it isn't there. */
TH_NODISCARD enum th_code th_enrich_user_agents(struct th_enrich *enrich, const char *path,
                                                struct th_err *err);

/* One field (user_agent.* but not original) of an agent string; appends and returns true, or false:
 * no value. */
bool th_enrich_user_agent(const struct th_enrich *enrich, struct th_str agent, enum th_field field,
                          struct th_buf *out);

/* Agents that are matched together: on threads of their own from the beginning, helped by whoever
 * waits for them. */
typedef struct th_enrich_batch th_enrich_batch;

/* Begin to match these agents (absent ones too). They are borrowed until the end. Owned:
 * th_enrich_batch_end. NULL when enrich matches none: no expressions, or stored values. */
th_enrich_batch *th_enrich_batch_begin(const struct th_enrich *enrich, const struct th_str *agents,
                                       size_t n);
/* As th_enrich_user_agent, of agent i. Waits for the batch when it isn't done. One thread. */
bool th_enrich_batch_value(th_enrich_batch *batch, size_t i, enum th_field field,
                           struct th_buf *out);
void th_enrich_batch_end(th_enrich_batch *batch);

/* Load the MaxMind databases of a folder: what calls itself a City or Country database gives
 * source.geo.*, an ASN one source.as.*. TH_E_NOT_FOUND when there is none; TH_E_UNSUPPORTED when a
 * file isn't one. Replaces what was loaded before. */
TH_NODISCARD enum th_code th_enrich_places(struct th_enrich *enrich, const char *dir,
                                           struct th_err *err);

/* One field (source.geo.*, source.as.*) of an address; appends and returns true, or false: no
 * value. A location is "lat,lon". */
bool th_enrich_place(const struct th_enrich *enrich, struct th_str address, enum th_field field,
                     struct th_buf *out);

/* What gives values: the file of user agents, or the databases of places. */
enum th_enrich_kind { TH_ENRICH_AGENTS, TH_ENRICH_PLACES, TH_ENRICH_KINDS };

/* The kind a field's values come from; TH_ENRICH_KINDS when it needs no file. */
enum th_enrich_kind th_enrich_kind_of(enum th_field field);
/* Is anything of this kind loaded? */
bool th_enrich_has(const struct th_enrich *enrich, enum th_enrich_kind kind);
/* Append the files of a kind as a JSON array,
 * [{"type":"GeoLite2-City","built":…,"file":"GeoLite2-City.mmdb","sha256":…}], empty when nothing
 * is loaded. Reads the files again for their hashes: TH_E_IO, TH_E_NOT_FOUND. */
TH_NODISCARD enum th_code th_enrich_describe(const struct th_enrich *enrich,
                                             enum th_enrich_kind kind, struct th_buf *out,
                                             struct th_err *err);
/* How often an address was looked up in the databases so far: once for each distinct one, for the
 * last thousands are remembered. */
uint64_t th_enrich_lookups(const struct th_enrich *enrich);

/* The same for user agents: how often one was matched, and how many expressions were tried for all
 * of them. */
uint64_t th_enrich_matches(const struct th_enrich *enrich);
uint64_t th_enrich_tries(const struct th_enrich *enrich);

/* Values that were computed before take the place of files: value appends one field of one parent
 * value and returns true, or false. ctx must live as long as enrich; calls come from the threads
 * that ask. Files that are loaded too are not asked any more. */
typedef bool th_enrich_value(void *ctx, enum th_field field, struct th_str parent_value,
                             struct th_buf *out);
void th_enrich_stored(struct th_enrich *enrich, th_enrich_value *value, void *ctx);

/* One line a file: what was loaded or why not ("user agents: /usr/share/… not found"), appended
 * with newlines; then what went wrong with an expression until now: one that can't be compiled is
 * left out, one that took too long over an agent didn't match it. */
void th_enrich_notes(const struct th_enrich *enrich, struct th_buf *out);

#endif
