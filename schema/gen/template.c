/* The mappings that Elasticsearch needs for the documents, as a component template. They are those
 * an index of the integration has: its own fields (aws.*, entities) by the rules of packages
 * (keywords ignore what is longer than 1024 unless they say otherwise, .text is a text), all others
 * by the template that Elasticsearch itself has for ECS (names, paths and clients have a .text for
 * words and no limit, every other string is a keyword of at most 1024). Names with dots become
 * objects in objects; a name that stands before others as a whole ("tls.version") is never also
 * their parent, and gen stops if the table breaks that. */
#include "template.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

enum { DEPTH_MAX = 16, IGNORE_ABOVE = 1024, IGNORE_ABOVE_LONG = 8191 };

struct row {
    const char *name, *type, *store, *source, *flags;
};

/* The table, and what documents have besides: the program writes the first of these, the table has
 * no columns for them; the last ones come with the documents of an agent, in the same indices. */
static struct row rows[] = {
#define TH_FIELD(id, name, type, store, source, flags, width, doc)                                 \
    {name, #type, #store, source, #flags},
#include "fields.def"
#undef TH_FIELD
    {"data_stream.namespace", "KEYWORD", "CONST", "", ""},
    {"event.created", "DATE", "", "", ""},
    {"tags", "KEYWORD", "", "", ""},
    {"input.type", "KEYWORD", "", "", ""},
    {"aws.s3.bucket.name", "KEYWORD", "", "", ""},
    {"aws.s3.bucket.arn", "KEYWORD", "", "", ""},
    {"aws.s3.object.key", "KEYWORD", "", "", ""},
    {"aws.s3.metadata", "FLATTENED", "", "", ""},
};

static bool is_own(const struct row *row)
{
    return strstr(row->flags, "OWN") != NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

/* Constants of the mapping. The other constants of the table stand in every document. */
static bool is_constant(const struct row *row)
{
    return strcmp(row->store, "CONST") == 0 &&
           (strncmp(row->name, "data_stream.", 12) == 0 || strcmp(row->name, "event.module") == 0 ||
            strcmp(row->name, "event.dataset") == 0);
}

static void keyword(const struct row *row)
{
    if (is_constant(row)) {
        fputs("\"type\":\"constant_keyword\"", stdout);
        if (row->source[0] != '\0')
            printf(",\"value\":\"%s\"", row->source);
        return;
    }
    /* The record itself is kept to be read, not to be searched by its whole text. */
    if (strcmp(row->name, "event.original") == 0) {
        fputs("\"type\":\"keyword\",\"index\":false,\"doc_values\":false", stdout);
        return;
    }
    if (strcmp(row->name, "error.message") == 0) {
        fputs("\"type\":\"match_only_text\"", stdout);
        return;
    }
    bool twin = strstr(row->flags, "TEXT_TWIN") != NULL;
    if (twin && strncmp(row->name, "aws.", 4) != 0) {
        fputs("\"type\":\"keyword\",\"fields\":{\"text\":{\"type\":\"match_only_text\"}}", stdout);
        return;
    }
    bool wide = strcmp(row->name, "aws.cloudtrail.request_parameters") == 0 ||
                strcmp(row->name, "aws.cloudtrail.response_elements") == 0;
    printf("\"type\":\"keyword\",\"ignore_above\":%d", wide ? IGNORE_ABOVE_LONG : IGNORE_ABOVE);
    if (twin)
        fputs(",\"fields\":{\"text\":{\"type\":\"text\"}}", stdout);
}

static void mapping(const struct row *row)
{
    static const char *const types[][2] = {
        {"BOOLEAN", "boolean"},      {"LONG", "long"},           {"DATE", "date"},     {"IP", "ip"},
        {"TEXT", "match_only_text"}, {"FLATTENED", "flattened"}, {"GEO", "geo_point"},
    };
    putchar('{');
    if (strcmp(row->type, "KEYWORD") == 0)
        keyword(row);
    for (size_t i = 0; i < TH_COUNT(types); i++)
        if (strcmp(types[i][0], row->type) == 0)
            printf("\"type\":\"%s\"", types[i][1]);
    putchar('}');
}

/* Length of the part of a name that starts at from. */
static size_t part_length(const char *name, size_t from)
{
    return strcspn(name + from, ".");
}

static bool same_part(const char *a, const char *b, size_t from)
{
    size_t n = part_length(a, from);
    return n == part_length(b, from) && strncmp(a + from, b + from, n) == 0;
}

static void line_start(int depth)
{
    printf("\n%*s", 2 * depth, "");
}

/* Members of one object: rows that share the first from bytes of their names. */
static void properties(const struct row *first, size_t n, size_t from, int depth)
{
    if (depth > DEPTH_MAX) {
        fputs("gen: names of fields are too deep\n", stderr);
        exit(1);
    }
    fputs("\"properties\":{", stdout);
    for (size_t i = 0; i < n;) {
        const char *name = first[i].name;
        size_t end = i + 1;
        while (end < n && same_part(name, first[end].name, from))
            end++;
        size_t length = part_length(name, from);
        fputs(i > 0 ? "," : "", stdout);
        line_start(depth + 1);
        printf("\"%.*s\":", (int)length, name + from);
        if (name[from + length] == '\0') {
            if (end != i + 1) {
                fprintf(stderr, "gen: %s is a value and an object\n", name);
                exit(1);
            }
            mapping(&first[i]);
        } else {
            putchar('{');
            properties(first + i, end - i, from + length + 1, depth + 1);
            putchar('}');
        }
        i = end;
    }
    line_start(depth);
    putchar('}');
}

void gen_template(void)
{
    size_t n = 0;
    for (size_t i = 0; i < TH_COUNT(rows); i++)
        if (!is_own(&rows[i]))
            rows[n++] = rows[i];
    qsort(rows, n, sizeof *rows, by_name);
    fputs("{\"_meta\":{\"description\":\"Mappings of aws.cloudtrail documents, made from "
          "Trailhound's field table\"},\n\"template\":{\"mappings\":{\"date_detection\":false,\n"
          "\"dynamic_templates\":[{\"all_strings_to_keywords\":{\"match_mapping_type\":\"string\","
          "\"mapping\":{\"ignore_above\":",
          stdout);
    printf("%d,\"type\":\"keyword\"}}}],\n", IGNORE_ABOVE);
    properties(rows, n, 0, 0);
    puts("}}}");
}
