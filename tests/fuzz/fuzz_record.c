/* Any bytes as a record. What jansson takes for an object is one for the scanner, and the other way
 * round, but for what is stated: contents that jansson refuses though the structure is sound.
 * Mapping takes whatever was scanned. */
#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"
#include "ecs/columns/map.h"
#include "fuzz/fuzz.h"

/* Is it only the contents of a string or a number that jansson refuses? */
static bool only_contents(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_invalid_utf8:
    case json_error_null_character:
    case json_error_null_byte_in_key:
    case json_error_numeric_overflow:
        return true;
    case json_error_invalid_syntax:
        return strstr(error->text, "invalid Unicode") != NULL;
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_stack_overflow:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_premature_end_of_input:
    case json_error_end_of_input_expected:
    case json_error_wrong_type:
    case json_error_invalid_format:
    case json_error_null_value:
    case json_error_duplicate_key:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        return false;
    }
    return false;
}

static bool is_object_of_jansson(const char *p, size_t n, bool *contents)
{
    json_error_t error;
    json_t *value = json_loadb(p, n, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
    bool object = json_is_object(value);
    *contents = value == NULL && only_contents(&error);
    json_decref(value);
    return object;
}

static void map(const struct th_record *record)
{
    th_arena *arena = th_arena_new(0);
    struct th_values *values = th_xmalloc(sizeof *values);
    th_map_record(record, arena, values);
    /* Hashing reads every byte, so a value that points outside is seen. */
    uint64_t hash = 0;
    for (int f = 0; f < TH_FIELD_COUNT; f++)
        if (values->text[f].p != NULL)
            hash = th_hash(values->text[f].p, values->text[f].n, hash);
    FUZZ_CHECK(hash != 1);
    free(values);
    th_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct th_str text = {(const char *)data, size};
    struct th_json_cursor c;
    if (size == 0 || size > 1u << 20)
        return 0;
    th_scanner *scanner = th_scanner_new();
    struct th_record *record = th_xmalloc(sizeof *record);
    /* Twice: the second time the scanner remembers the order of the members. */
    for (int i = 0; i < 2; i++) {
        bool contents;
        th_json_init(&c, text);
        enum th_json_status status = th_record_scan(scanner, &c, record);
        FUZZ_CHECK(c.at >= text.p && c.at <= c.end);
        FUZZ_CHECK(status != TH_JSON_BAD || c.why != NULL);
        bool whole = status == TH_JSON_OK && !th_json_space(&c);
        bool object = is_object_of_jansson(text.p, text.n, &contents);
        /* jansson goes deeper, and reads past a zero byte behind a number. */
        bool deep = status == TH_JSON_BAD && strstr(c.why, "deep") != NULL;
        bool zero = memchr(text.p, '\0', text.n) != NULL;
        FUZZ_CHECK(!object || whole || deep || zero);
        FUZZ_CHECK(!whole || object || contents);
        if (status != TH_JSON_OK)
            continue;
        FUZZ_CHECK(record->raw.n > 1 && record->raw.p[0] == '{' &&
                   record->raw.p[record->raw.n - 1] == '}');
        FUZZ_CHECK(th_json_check(record->raw, NULL) == TH_OK);
        (void)th_record_is_trail(record);
        (void)th_record_is_digest(record);
        map(record);
    }
    free(record);
    th_scanner_free(scanner);
    return 0;
}
