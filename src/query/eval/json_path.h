/* Values at a path inside JSON text, without a tree: inside of src/query only. */
#ifndef TH_QUERY_EVAL_JSON_PATH_H
#define TH_QUERY_EVAL_JSON_PATH_H

#include <stdbool.h>

#include "base/json.h"

/* Visit what stands at path below value: dots between levels, a key may hold dots itself, arrays on
 * the way are passed through (every element); what is found is visited as it is, arrays and objects
 * too. Of a key given twice the last counts. Returns false when the path or the value is too odd
 * for this (deep nesting, malformed): nothing is sure then. */
typedef void th_json_path_visit(void *ctx, const struct th_json_value *value);
bool th_json_path(const struct th_json_value *value, struct th_str path, th_json_path_visit *visit,
                  void *ctx);

/* Visit every string, number, true and false of a sound JSON text that is no key, in order of the
 * text. Quicker than th_json_walk: no paths, no checks. value as for th_json_next_key. visit
 * returns false to stop. */
typedef bool th_json_each_visit(void *ctx, const struct th_json_value *value);
void th_json_each(struct th_str json, th_json_each_visit *visit, void *ctx);

#endif
