/* uap-core's files, for tests: its expressions and its own test cases. */
#ifndef TESTS_ECS_UAP_H
#define TESTS_ECS_UAP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"

#define UAP "/usr/share/uap-core"

/* The mappings of a YAML list, one after the other: uap-core's cases and its expressions. */
enum { PAIRS_MAX = 16 };
struct mapping {
    char *keys[PAIRS_MAX];
    char *values[PAIRS_MAX];
    size_t n;
};

static inline const char *get(const struct mapping *m, const char *key)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->keys[i], key) == 0)
            return m->values[i];
    return "";
}

typedef void visit_mapping(void *ctx, const struct mapping *mapping);

/* False when the file isn't there. */
static inline bool each_mapping(const char *path, visit_mapping *visit, void *ctx)
{
    FILE *file = fopen(path, "rb");
    yaml_parser_t parser;
    struct mapping m = {.n = 0};
    char *key = NULL;
    int depth = 0;
    if (file == NULL)
        return false;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_file(&parser, file);
    for (bool going = true; going;) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0)
            break;
        if (event.type == YAML_MAPPING_START_EVENT) {
            depth++;
        } else if (event.type == YAML_SCALAR_EVENT && depth == 2) {
            char *text = th_xstrdup((const char *)event.data.scalar.value);
            if (key == NULL) {
                key = text;
            } else if (m.n < PAIRS_MAX) {
                m.keys[m.n] = key;
                m.values[m.n++] = text;
                key = NULL;
            }
        } else if (event.type == YAML_MAPPING_END_EVENT && depth-- == 2) {
            visit(ctx, &m);
            for (size_t i = 0; i < m.n; i++) {
                free(m.keys[i]);
                free(m.values[i]);
            }
            m.n = 0;
        }
        going = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    fclose(file);
    return true;
}

#endif
