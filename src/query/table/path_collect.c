/* What records have at paths, for columns of these. Each thread numbers the texts it meets in a
 * dictionary of its own and notes (row, code) where a record has something; most have nothing at
 * most paths. These are joined in order of rows, so that codes don't depend on how many threads
 * there were, nor on which came first. */
#include "query/table/path_collect.h"

#include <stdlib.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "query/eval/evidence_path.h"
#include "query/table/path_set.h"
#include "query/table/record_scan.h"

/* Texts of one path in one thread: more than this, and it doesn't become a column. */
#define TEXTS_MAX ((size_t)256 << 20)

/* The values of one record at one path. */
struct tuple {
    struct th_buf bytes;
    size_t *ends;
    size_t n, cap;
};

struct pair {
    uint32_t row, code;
};

/* What one thread found at one path. */
struct gathered {
    th_dict *dict;
    struct pair *pairs;
    size_t n, cap;
    bool too_large;
};

struct th_path_collector {
    const struct th_path_work *works;
    size_t works_n;
    struct gathered *gathered;
    struct th_path_set *set;
    size_t row;       /* the present one */
    size_t lost_upto; /* behind the last one that couldn't be read */
    struct tuple tuple;
    struct th_buf scratch, text;
};

/* One record --------------------------------------------------------------- */

static void add_value(void *ctx, struct th_str value)
{
    struct tuple *t = ctx;
    TH_GROW(t->ends, t->n, t->cap);
    th_buf_add_str(&t->bytes, value);
    t->ends[t->n++] = t->bytes.n;
}

static struct th_str value_at(struct tuple *t, size_t i)
{
    size_t start = i == 0 ? 0 : t->ends[i - 1];
    return (struct th_str){th_buf_cstr(&t->bytes) + start, t->ends[i] - start};
}

/* Would the text be taken for an array of values? */
static bool begins_like_array(struct th_str text)
{
    size_t at = 0;
    while (at < text.n && memchr(" \t\r\n", text.p[at], 4) != NULL)
        at++;
    return at < text.n && text.p[at] == '[';
}

/* The entry for a tuple; borrowed from it or from text. */
static struct th_str entry_of(struct tuple *t, struct th_buf *text)
{
    if (t->n == 0)
        return TH_STR_NONE;
    if (t->n == 1 && !begins_like_array(value_at(t, 0)))
        return value_at(t, 0);
    th_buf_reset(text);
    for (size_t i = 0; i < t->n; i++) {
        th_buf_putc(text, i == 0 ? '[' : ',');
        th_json_quote(text, value_at(t, i));
    }
    th_buf_putc(text, ']');
    return th_buf_str(text);
}

static void collect_path(void *ctx, size_t i, struct th_str raw,
                         const struct th_json_value *container)
{
    struct th_path_collector *c = ctx;
    const struct th_field_ref *ref = &c->works[i].ref;
    struct gathered *g = &c->gathered[i];
    struct tuple *t = &c->tuple;
    if (c->row < c->works[i].kept || g->too_large)
        return;
    t->n = 0;
    th_buf_reset(&t->bytes);
    if (!th_evidence_path_in(ref, raw, container, &c->scratch, add_value, t)) {
        t->n = 0;
        th_buf_reset(&t->bytes);
        th_evidence_values(ref, raw, add_value, t);
    }
    uint32_t code = th_dict_intern(g->dict, entry_of(t, &c->text));
    if (code == 0)
        return;
    TH_GROW(g->pairs, g->n, g->cap);
    g->pairs[g->n++] = (struct pair){(uint32_t)c->row, code};
    if (th_dict_memory(g->dict) > TEXTS_MAX) {
        g->too_large = true;
        g->n = 0;
        th_dict_reset(g->dict);
    }
}

void th_path_collect_lost(struct th_path_collector *c, size_t row)
{
    c->lost_upto = row + 1 > c->lost_upto ? row + 1 : c->lost_upto;
}

size_t th_path_collected_lost(const struct th_path_collector *c)
{
    return c->lost_upto;
}

void th_path_collect(struct th_path_collector *c, size_t row, struct th_str raw)
{
    c->row = row;
    th_path_set_look(c->set, raw, collect_path, c);
}

struct th_path_collector *th_path_collector_new(const struct th_path_work *works, size_t n)
{
    struct th_path_collector *c = th_xcalloc(1, sizeof *c);
    const struct th_field_ref **refs = th_xcalloc(n + 1, sizeof *refs);
    c->works = works;
    c->works_n = n;
    c->gathered = th_xcalloc(n + 1, sizeof *c->gathered);
    for (size_t i = 0; i < n; i++) {
        c->gathered[i].dict = th_dict_new();
        refs[i] = &works[i].ref;
    }
    c->set = th_path_set_new(refs, n);
    free(refs);
    return c;
}

void th_path_collector_free(struct th_path_collector *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->works_n; i++) {
        th_dict_free(c->gathered[i].dict);
        free(c->gathered[i].pairs);
    }
    free(c->gathered);
    th_path_set_free(c->set);
    free(c->tuple.ends);
    th_buf_fini(&c->tuple.bytes);
    th_buf_fini(&c->scratch);
    th_buf_fini(&c->text);
    free(c);
}

/* All threads -------------------------------------------------------------- */

/* Every thread's codes get a range of their own: those of collectors[k] begin at starts[k]. */
static uint32_t put_pairs(struct th_path_collector *const *collectors, size_t n, size_t i,
                          uint32_t *codes, uint32_t *starts)
{
    uint32_t start = 0;
    for (size_t k = 0; k < n; k++) {
        const struct gathered *g = &collectors[k]->gathered[i];
        starts[k] = start;
        for (size_t p = 0; p < g->n; p++)
            codes[g->pairs[p].row] = start + g->pairs[p].code;
        start += th_dict_count(g->dict);
    }
    return start;
}

/* The text of a code in its thread's range. */
static struct th_str text_of(struct th_path_collector *const *collectors, size_t n, size_t i,
                             const uint32_t *starts, uint32_t code)
{
    size_t k = n - 1;
    while (k > 0 && code <= starts[k])
        k--;
    return th_dict_text(collectors[k]->gathered[i].dict, code - starts[k]);
}

bool th_path_join(struct th_path_collector *const *collectors, size_t n, size_t i, size_t rows,
                  uint32_t *codes, struct th_path_work *work)
{
    uint32_t starts[TH_PASS_THREADS_MAX];
    for (size_t k = 0; k < n; k++)
        if (collectors[k]->gathered[i].too_large)
            return false;
    uint32_t max = put_pairs(collectors, n, i, codes, starts);
    uint32_t *joined = th_xcalloc((size_t)max + 1, sizeof *joined);
    for (size_t row = work->kept; row < rows; row++) {
        uint32_t code = codes[row];
        if (code == 0)
            continue;
        if (joined[code] == 0)
            joined[code] = th_dict_intern(work->dict, text_of(collectors, n, i, starts, code));
        codes[row] = joined[code];
    }
    free(joined);
    return true;
}
