/* Collecting what records have at paths. Each thread numbers the texts it meets in a dictionary of
 * its own; these are joined in order of rows, so that codes don't depend on how many threads there
 * were. Most records don't even hold the path's last name. */
#include <stdlib.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "query/evidence_path.h"
#include "query/pass.h"
#include "query/paths.h"

/* Texts of one path in one thread: more than this, and it doesn't become a column. */
#define TEXTS_MAX ((size_t)256 << 20)

/* The values of one record at one path. */
struct tuple {
    struct th_buf bytes;
    size_t *ends;
    size_t n, cap;
};

struct collector {
    struct th_path_work *works;
    size_t n;
    th_dict *dicts[TH_PATHS_AT_ONCE];
    struct th_str names[TH_PATHS_AT_ONCE];
    bool too_large[TH_PATHS_AT_ONCE];
    size_t first_row, last_row; /* of those visited; last_row is behind them */
    struct tuple tuple;
    struct th_buf scratch, text;
};

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

/* The bytes without which no record has the path; absent when nothing is sure. */
static struct th_str last_name(struct th_str path)
{
    ptrdiff_t dot = th_str_rfind(path, '.');
    struct th_str name = dot >= 0 ? th_str_sub(path, (size_t)dot + 1, path.n) : path;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '/')
            return TH_STR_NONE;
    }
    return name;
}

static void collect_path(struct collector *c, size_t i, size_t row, struct th_str raw)
{
    const struct th_field_ref *ref = &c->works[i].ref;
    struct tuple *t = &c->tuple;
    t->n = 0;
    th_buf_reset(&t->bytes);
    if (!th_evidence_path(ref, raw, &c->scratch, add_value, t)) {
        t->n = 0;
        th_buf_reset(&t->bytes);
        th_evidence_values(ref, raw, add_value, t);
    }
    c->works[i].codes[row] = th_dict_intern(c->dicts[i], entry_of(t, &c->text));
    if (th_dict_memory(c->dicts[i]) > TEXTS_MAX) {
        c->too_large[i] = true;
        th_dict_reset(c->dicts[i]);
    }
}

static bool collect(void *ctx, size_t row, struct th_str raw)
{
    struct collector *c = ctx;
    int escaped = -1; /* not looked yet */
    if (c->last_row == 0)
        c->first_row = row;
    c->last_row = row + 1;
    for (size_t i = 0; i < c->n; i++) {
        if (row < c->works[i].kept || c->too_large[i])
            continue;
        if (c->names[i].p != NULL && th_str_search(raw, c->names[i]) < 0) {
            if (escaped < 0)
                escaped = th_evidence_has_escape(raw);
            if (escaped == 0)
                continue; /* 0, absent, stands there already */
        }
        collect_path(c, i, row, raw);
    }
    return true;
}

static void collector_init(struct collector *c, struct th_path_work *works, size_t n)
{
    *c = (struct collector){.works = works, .n = n};
    for (size_t i = 0; i < n; i++) {
        c->dicts[i] = th_dict_new();
        c->names[i] = last_name(works[i].ref.path);
    }
}

static void collector_fini(struct collector *c)
{
    for (size_t i = 0; i < c->n; i++)
        th_dict_free(c->dicts[i]);
    free(c->tuple.ends);
    th_buf_fini(&c->tuple.bytes);
    th_buf_fini(&c->scratch);
    th_buf_fini(&c->text);
}

/* A thread's texts into the dictionary of the path, its codes to theirs. */
static void join(const struct collector *c, size_t i, struct th_path_work *work)
{
    uint32_t n = th_dict_count(c->dicts[i]);
    uint32_t *codes = th_xcalloc((size_t)n + 1, sizeof *codes);
    size_t first = c->first_row > work->kept ? c->first_row : work->kept;
    work->too_large = work->too_large || c->too_large[i];
    if (!work->too_large) {
        for (uint32_t code = 1; code <= n; code++)
            codes[code] = th_dict_intern(work->dict, th_dict_text(c->dicts[i], code));
        for (size_t row = first; row < c->last_row; row++)
            work->codes[row] = codes[work->codes[row]];
    }
    free(codes);
}

enum th_code th_path_collect(th_table *table, struct th_path_work *works, size_t n,
                             th_cancel *cancel, struct th_err *err)
{
    struct collector *collectors = th_xcalloc(TH_PASS_THREADS_MAX, sizeof *collectors);
    void *ctx[TH_PASS_THREADS_MAX];
    struct th_bits wanted;
    size_t from = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        from = works[i].kept < from ? works[i].kept : from;
    th_bits_init_ones(&wanted, th_table_rows(table));
    for (size_t row = 0; row < from && row < wanted.n; row++)
        th_bits_drop(&wanted, row);
    size_t threads = th_pass_threads(th_bits_count(&wanted));
    for (size_t k = 0; k < threads; k++) {
        collector_init(&collectors[k], works, n);
        ctx[k] = &collectors[k];
    }
    enum th_code rc = th_bits_next(&wanted, 0) == wanted.n
                          ? TH_OK
                          : th_pass_run(table, &wanted, threads, ctx, collect, cancel, err);
    for (size_t k = 0; k < threads; k++) {
        for (size_t i = 0; i < n && rc == TH_OK; i++)
            join(&collectors[k], i, &works[i]);
        collector_fini(&collectors[k]);
    }
    th_bits_fini(&wanted);
    free(collectors);
    return rc;
}
