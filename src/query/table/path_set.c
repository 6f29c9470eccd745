/* Many paths, one look at a record: its members are walked once for the containers, the members of
 * each container once for names that begin a path. Only paths of which something is there are then
 * looked up one by one, which hardly any are. */
#include "query/table/path_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "query/eval/evidence_path.h"

enum { CONTAINERS_MAX = 8, SHORT_NAME = 63 };

/* A member of the container that begins a path: "a" and "a.b" for the path a.b, for a key may hold
 * a dot. */
struct name {
    struct th_str text;
    size_t path;
};

/* The paths of one field, and where their container stands in the present record. */
struct container {
    struct th_str source;
    bool nested;        /* source is a path itself */
    struct name *names; /* by first byte */
    size_t n, cap;
    size_t from[257];      /* names that begin with byte b: from[b] … from[b + 1]-1 */
    uint64_t lengths[256]; /* bit n: a name that begins with this byte has n bytes; bit 63: more */
    size_t *paths;         /* all of them */
    size_t paths_n, paths_cap;
    struct th_json_value value; /* type ABSENT: not there */
};

struct th_path_set {
    struct container containers[CONTAINERS_MAX];
    enum th_field fields[CONTAINERS_MAX];
    size_t containers_n;
    uint32_t *seen; /* a path's last record, by number */
    uint32_t record;
    size_t n;
    struct th_buf scratch;
};

/* Making ready ------------------------------------------------------------- */

static struct container *container_of(struct th_path_set *set, enum th_field field)
{
    for (size_t i = 0; i < set->containers_n; i++)
        if (set->fields[i] == field)
            return &set->containers[i];
    if (set->containers_n == CONTAINERS_MAX)
        return NULL;
    struct container *c = &set->containers[set->containers_n];
    set->fields[set->containers_n++] = field;
    c->source = th_str_of(th_field_info(field)->source);
    c->nested = th_str_find(c->source, '.') >= 0;
    return c;
}

static void add_path(struct container *c, struct th_str path, size_t number)
{
    for (size_t i = 1; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '.')
            continue;
        TH_GROW(c->names, c->n, c->cap);
        c->names[c->n++] = (struct name){th_str_sub(path, 0, i), number};
    }
    TH_GROW(c->paths, c->paths_n, c->paths_cap);
    c->paths[c->paths_n++] = number;
}

static uint64_t length_bit(size_t n)
{
    return UINT64_C(1) << (n < SHORT_NAME ? n : SHORT_NAME);
}

static int compare_names(const void *left, const void *right)
{
    const struct name *a = left;
    const struct name *b = right;
    return (unsigned char)a->text.p[0] - (unsigned char)b->text.p[0];
}

static void sort_names(struct container *c)
{
    qsort(c->names, c->n, sizeof *c->names, compare_names);
    for (size_t i = 0; i < c->n; i++) {
        unsigned char byte = (unsigned char)c->names[i].text.p[0];
        c->from[byte + 1]++;
        c->lengths[byte] |= length_bit(c->names[i].text.n);
    }
    for (size_t b = 0; b < 256; b++)
        c->from[b + 1] += c->from[b];
}

struct th_path_set *th_path_set_new(const struct th_field_ref *const *refs, size_t n)
{
    struct th_path_set *set = th_xcalloc(1, sizeof *set);
    set->n = n;
    set->seen = th_xcalloc(n + 1, sizeof *set->seen);
    for (size_t i = 0; i < n; i++) {
        struct container *c = container_of(set, refs[i]->field);
        if (c != NULL)
            add_path(c, refs[i]->path, i);
    }
    for (size_t i = 0; i < set->containers_n; i++)
        sort_names(&set->containers[i]);
    return set;
}

void th_path_set_free(struct th_path_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->containers_n; i++) {
        free(set->containers[i].names);
        free(set->containers[i].paths);
    }
    free(set->seen);
    th_buf_fini(&set->scratch);
    free(set);
}

/* Looking ------------------------------------------------------------------ */

struct look {
    struct th_path_set *set;
    struct th_str raw;
    th_path_set_visit *visit;
    void *ctx;
};

static struct th_str name_of(struct th_path_set *set, const struct th_json_value *key)
{
    if (!key->escaped)
        return key->text;
    th_buf_reset(&set->scratch);
    th_json_unescape(&set->scratch, key);
    return (struct th_str){th_buf_cstr(&set->scratch), set->scratch.n};
}

static void found(const struct look *look, const struct container *c, size_t path)
{
    if (look->set->seen[path] == look->set->record)
        return;
    look->set->seen[path] = look->set->record;
    look->visit(look->ctx, path, look->raw, &c->value);
}

static void try_name(const struct look *look, const struct container *c, struct th_str name)
{
    if (name.n == 0)
        return;
    unsigned char byte = (unsigned char)name.p[0];
    if ((c->lengths[byte] & length_bit(name.n)) == 0)
        return;
    for (size_t i = c->from[byte]; i < c->from[byte + 1]; i++)
        if (th_str_eq(c->names[i].text, name))
            found(look, c, c->names[i].path);
}

static void look_inside(const struct look *look, const struct container *c)
{
    struct th_json_cursor cursor;
    struct th_json_value key;
    struct th_json_value value;
    bool first = true;
    if (c->value.type == TH_JSON_ABSENT || c->value.type == TH_JSON_NULL)
        return;
    th_json_init(&cursor, c->value.text);
    if (c->value.type != TH_JSON_OBJECT || !th_json_space(&cursor) ||
        th_json_enter(&cursor) != TH_JSON_OK) {
        /* No object: what its paths are, the document builder says. */
        for (size_t i = 0; i < c->paths_n; i++)
            found(look, c, c->paths[i]);
        return;
    }
    while (th_json_next_key(&cursor, &key, &first) == TH_JSON_OK) {
        try_name(look, c, name_of(look->set, &key));
        if (th_json_value(&cursor, &value) != TH_JSON_OK)
            break;
    }
}

/* Containers that stand at the top of the record; of one given twice the last counts. */
static void find_containers(struct th_path_set *set, struct th_str raw)
{
    struct th_json_cursor cursor;
    struct th_json_value key;
    struct th_json_value value;
    bool first = true;
    th_json_init(&cursor, raw);
    if (!th_json_space(&cursor) || th_json_enter(&cursor) != TH_JSON_OK)
        return;
    while (th_json_next_key(&cursor, &key, &first) == TH_JSON_OK &&
           th_json_value(&cursor, &value) == TH_JSON_OK) {
        struct th_str name = name_of(set, &key);
        for (size_t i = 0; i < set->containers_n; i++)
            if (!set->containers[i].nested && th_str_eq(set->containers[i].source, name))
                set->containers[i].value = value;
    }
}

/* One deeper inside: hardly any record has it, which a search for its name tells sooner. */
static void find_nested(struct container *c, struct th_str raw)
{
    ptrdiff_t dot = th_str_rfind(c->source, '.');
    struct th_str name = th_str_sub(c->source, (size_t)dot + 1, c->source.n);
    if ((th_str_search(raw, name) >= 0 || th_evidence_has_escape(raw)) &&
        !th_json_get(raw, c->source, &c->value))
        c->value.type = TH_JSON_ABSENT;
}

void th_path_set_look(struct th_path_set *set, struct th_str raw, th_path_set_visit *visit,
                      void *ctx)
{
    const struct look look = {set, raw, visit, ctx};
    bool top = false;
    if (++set->record == 0) {
        memset(set->seen, 0, set->n * sizeof *set->seen);
        set->record = 1;
    }
    for (size_t i = 0; i < set->containers_n; i++) {
        set->containers[i].value.type = TH_JSON_ABSENT;
        top = top || !set->containers[i].nested;
    }
    if (top)
        find_containers(set, raw);
    for (size_t i = 0; i < set->containers_n; i++) {
        if (set->containers[i].nested)
            find_nested(&set->containers[i], raw);
        look_inside(&look, &set->containers[i]);
    }
}
