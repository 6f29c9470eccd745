/* The third witness: a case made from generated records by a real import, and thousands of filters
 * over it. Columns, one record at a time and, where SQL can say it, the view ecs must name the same
 * rows. */
#include "lib/tap.h"

#include <ftw.h>
#include <sqlite3.h>
#include <unistd.h>
#include <zlib.h>

#include "app/app.h"
#include "base/mem.h"
#include "query/ast_sql.h"
#include "query/eval/eval.h"
#include "query/filter_gen.h"

enum { FIRST = 170, LATER = 130, CLAUSES = 1200, KNOWN = 1500, TREES = 600, CHANGED = 600 };

/* What the case says of a value of another field, for the record by itself. */
struct derived {
    struct th_str parent, text;
    enum th_field field;
};

struct world {
    char folder[64];
    char *path;
    th_app *app;
    struct th_enrich *enrich;
    th_arena *arena;
    struct th_str *raw;
    size_t rows;
    struct derived *derived;
    size_t derived_n, derived_cap;
    size_t filters, refused, expressible, divide, unequal;
};

/* Making the case ---------------------------------------------------------- */

static char *in_folder(const struct world *w, const char *name)
{
    return th_xasprintf("%s/%s", w->folder, name);
}

/* Records number from … to: as a delivered file, or a line each. */
static void write_records(const struct world *w, const char *name, struct rng *r, uint32_t from,
                          uint32_t to, bool delivered)
{
    struct th_buf text = TH_BUF_INIT;
    char *path = in_folder(w, name);
    th_buf_puts(&text, delivered ? "{\"Records\":[" : "");
    for (uint32_t i = from; i < to; i++) {
        th_buf_puts(&text, i == from ? "" : delivered ? ",\n" : "\n");
        gen_record_as(r, &text, i);
    }
    th_buf_puts(&text, delivered ? "]}" : "\n");
    gzFile file = gzopen(path, delivered ? "wb" : "wbT");
    if (file == NULL || gzwrite(file, text.p, (unsigned)text.n) != (int)text.n ||
        gzclose(file) != Z_OK)
        tap_ok(false, "writing %s", path);
    free(path);
    th_buf_fini(&text);
}

static void import(struct world *w, const char *const *names, size_t n, uint64_t events)
{
    char *paths[4];
    struct th_app_imported done;
    struct th_err err = {0};
    for (size_t i = 0; i < n; i++)
        paths[i] = in_folder(w, names[i]);
    const struct th_app_import what = {
        .paths = (const char *const *)paths, .paths_n = n, .jobs = 2};
    if (th_app_import(w->path, &what, NULL, &done, &err) != TH_OK || done.events != events)
        tap_ok(false, "import: %" PRIu64 " events, %" PRIu64 " rejects, %" PRIu64 " duplicates: %s",
               done.events, done.rejects, done.duplicates, err.msg);
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
}

/* Networks and countries for some addresses, as databases would give them: a number in a column. */
static void add_places(const struct world *w)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO derived SELECT f.id, t.code, 64500 + t.code % 5 FROM term t, field "
        "f, field p WHERE p.name = 'source.address' AND t.field = p.id AND t.code % 3 > 0 AND "
        "f.name = 'source.as.number';"
        "INSERT OR REPLACE INTO derived SELECT f.id, t.code, substr('GBDEUS', 1 + t.code % 3 * 2, "
        "2) FROM term t, field f, field p WHERE p.name = 'source.address' AND t.field = p.id AND "
        "t.code % 4 > 0 AND f.name = 'source.geo.country_iso_code'";
    sqlite3 *db;
    int rc = sqlite3_open(w->path, &db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    tap_is_int(rc, SQLITE_OK, "values of addresses put into the case");
    sqlite3_close(db);
}

/* Values of other values, from the case itself. */
static bool note_derived(void *ctx, size_t columns, const char *const *names,
                         const struct th_sql_value *values)
{
    struct world *w = ctx;
    struct th_field_ref ref;
    (void)columns;
    (void)names;
    if (values == NULL || !th_field_resolve(values[0].bytes, &ref))
        return true;
    TH_GROW(w->derived, w->derived_n, w->derived_cap);
    w->derived[w->derived_n++] =
        (struct derived){th_arena_dup(w->arena, values[1].bytes),
                         th_arena_dup(w->arena, values[2].bytes), ref.field};
    return true;
}

static bool look_up(void *ctx, enum th_field field, struct th_str parent, struct th_buf *out)
{
    const struct world *w = ctx;
    for (size_t i = 0; i < w->derived_n; i++)
        if (w->derived[i].field == field && th_str_eq(w->derived[i].parent, parent)) {
            th_buf_add_str(out, w->derived[i].text);
            return true;
        }
    return false;
}

static bool keep_raw(void *ctx, uint64_t row, struct th_str raw)
{
    struct world *w = ctx;
    w->raw[row] = th_arena_dup(w->arena, raw);
    return true;
}

static void open_world(struct world *w)
{
    struct rng r = {21};
    struct th_err err = {0};
    static const char *const first[] = {"a.json.gz", "b.json"};
    static const char *const later[] = {"c.json.gz"};
    const char *base = getenv("TMPDIR");
    snprintf(w->folder, sizeof w->folder, "%.40s/rowsXXXXXX", base == NULL ? P_tmpdir : base);
    if (mkdtemp(w->folder) == NULL)
        abort();
    setenv("TRAILHOUND_GEOIP", "", 1);
    w->path = in_folder(w, "rows.trail");
    w->arena = th_arena_new(0);
    w->enrich = th_enrich_new();
    write_records(w, first[0], &r, 1, 100, true);
    write_records(w, first[1], &r, 100, 1 + FIRST, false);
    write_records(w, later[0], &r, 1 + FIRST, 1 + FIRST + LATER, true);
    import(w, first, 2, FIRST);
    import(w, later, 1, LATER);
    add_places(w);
    if (th_app_open(w->path, TH_CASE_READ, &w->app, &err) != TH_OK) {
        tap_ok(false, "%s", err.msg);
        abort();
    }
    w->rows = th_table_rows(th_app_table(w->app));
    w->raw = th_xcalloc(w->rows + 1, sizeof *w->raw);
    enum th_code rc = th_case_raw_scan(th_app_case(w->app), NULL, keep_raw, w, NULL, &err);
    if (rc == TH_OK)
        rc = th_case_sql(th_app_case(w->app),
                         "SELECT f.name, t.text, d.text FROM derived d, field f, term t, field p "
                         "WHERE f.id = d.field AND t.code = d.code AND t.field = p.id AND p.name = "
                         "CASE substr(f.name, 1, 10) WHEN 'user_agent' THEN 'user_agent.original' "
                         "ELSE 'source.address' END AND f.name NOT LIKE 'event.%' AND f.name NOT "
                         "LIKE 'cloud.%' AND f.name <> 'source.ip'",
                         note_derived, w, &err);
    tap_is_int(rc, TH_OK, "records and derived values read");
    th_enrich_stored(w->enrich, look_up, w);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void close_world(struct world *w)
{
    tap_is_int(th_app_close(w->app, NULL), TH_OK, "closed");
    nftw(w->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    th_enrich_free(w->enrich);
    th_arena_free(w->arena);
    free(w->derived);
    free(w->raw);
    free(w->path);
}

/* Asking ------------------------------------------------------------------- */

/* Addresses that pass, judged by their bytes: SQL knows no addresses. */
struct listing {
    const struct th_node *leaf;
    struct th_buf *out;
    size_t n;
};

static bool bytes_in(const struct th_node *leaf, const struct th_ip *ip)
{
    const struct th_range *range = &leaf->range;
    if (leaf->is_cidr) {
        for (int bit = 0; bit < leaf->cidr.bits; bit++)
            if (((ip->b[bit / 8] ^ leaf->cidr.net.b[bit / 8]) >> (7 - bit % 8) & 1) != 0)
                return false;
        return true;
    }
    int lo = memcmp(ip->b, range->ip_lo.b, sizeof ip->b);
    int hi = memcmp(ip->b, range->ip_hi.b, sizeof ip->b);
    return !(range->lo_set && (lo < 0 || (lo == 0 && range->lo_open))) &&
           !(range->hi_set && (hi > 0 || (hi == 0 && range->hi_open)));
}

static bool list_one(void *ctx, size_t columns, const char *const *names,
                     const struct th_sql_value *values)
{
    struct listing *l = ctx;
    struct th_ip ip;
    (void)columns;
    (void)names;
    if (values == NULL || values[0].type != TH_SQL_TEXT || !th_ip_parse(values[0].bytes, &ip) ||
        !bytes_in(l->leaf, &ip))
        return true;
    th_buf_puts(l->out, l->n++ > 0 ? ", " : "");
    ast_sql_text(l->out, values[0].bytes);
    return true;
}

static void list_addresses(void *ctx, const struct th_node *leaf, struct th_buf *out)
{
    struct world *w = ctx;
    struct th_buf sql = TH_BUF_INIT;
    struct listing l = {leaf, out, 0};
    const char *name = th_field_info(leaf->field.field)->name;
    th_buf_printf(&sql, "SELECT DISTINCT \"%s\" FROM ecs", name);
    if (th_case_sql(th_app_case(w->app), th_buf_cstr(&sql), list_one, &l, NULL) != TH_OK)
        tap_ok(false, "addresses of %s", name);
    th_buf_fini(&sql);
}

static bool put_row(void *ctx, size_t columns, const char *const *names,
                    const struct th_sql_value *values)
{
    struct th_bits *rows = ctx;
    (void)columns;
    (void)names;
    if (values != NULL && values[0].integer >= 1 && (uint64_t)values[0].integer <= rows->n)
        th_bits_put(rows, (size_t)values[0].integer - 1);
    return true;
}

static void complain(struct world *w, const char *what, const struct th_buf *filter,
                     const th_query *query, size_t row)
{
    struct th_buf tree = TH_BUF_INIT;
    if (w->unequal++ >= 10)
        return;
    th_query_print(query, &tree);
    tap_note("%s: %.*s", what, TH_STR_ARGS(th_buf_str(filter)));
    tap_note("tree: %s", th_buf_cstr(&tree));
    if (row < w->rows)
        tap_note("row %zu: %.*s", row, TH_STR_ARGS(w->raw[row]));
    th_buf_fini(&tree);
}

static void compare(struct world *w, const char *what, const struct th_buf *filter,
                    const th_query *query, const struct th_bits *got, const struct th_bits *want)
{
    for (size_t i = 0; i < w->rows; i++)
        if (th_bits_get(got, i) != th_bits_get(want, i)) {
            complain(w, what, filter, query, i);
            return;
        }
}

static void by_sql(struct world *w, const struct th_buf *filter, const th_query *query,
                   const struct th_bits *columns)
{
    const struct ast_sql printer = {list_addresses, w};
    struct th_buf sql = TH_BUF_INIT;
    struct th_bits rows;
    struct th_err err = {0};
    th_buf_puts(&sql, "SELECT id FROM ecs WHERE ");
    th_bits_init(&rows, w->rows);
    if (ast_sql_print(&printer, th_query_root(query), &sql)) {
        w->expressible++;
        if (th_case_sql(th_app_case(w->app), th_buf_cstr(&sql), put_row, &rows, &err) != TH_OK)
            complain(w, err.msg, &sql, query, SIZE_MAX);
        else
            compare(w, "SQL differs from columns", filter, query, &rows, columns);
    }
    th_bits_fini(&rows);
    th_buf_fini(&sql);
}

/* records: ask them one by one as well, which takes most of the time. */
static void ask(struct world *w, const struct th_buf *filter, const th_query *query, bool records)
{
    struct th_bits columns;
    struct th_bits one_by_one;
    struct th_err err = {0};
    if (th_eval_rows(th_app_table(w->app), query, NULL, NULL, &columns, &err) != TH_OK) {
        complain(w, err.msg, filter, query, SIZE_MAX);
        return;
    }
    th_bits_init(&one_by_one, w->rows);
    for (size_t i = 0; records && i < w->rows; i++)
        if (th_eval_record_with(query, w->raw[i], w->enrich))
            th_bits_put(&one_by_one, i);
    if (records)
        compare(w, "records differ from columns", filter, query, &one_by_one, &columns);
    by_sql(w, filter, query, &columns);
    size_t n = th_bits_count(&columns);
    w->divide += n > 0 && n < w->rows;
    th_bits_fini(&columns);
    th_bits_fini(&one_by_one);
}

/* Clauses about values that are there: a random row's value of a random column, whole, a part of it
 * or as a bound. */
struct pick {
    struct rng *r;
    struct th_buf value;
    uint32_t seen;
};

static void pick_one(void *ctx, struct th_str value)
{
    struct pick *pick = ctx;
    if (!rng_one_in(pick->r, ++pick->seen))
        return;
    th_buf_reset(&pick->value);
    th_buf_add_str(&pick->value, value);
}

static enum th_field pick_field(struct rng *r)
{
    enum th_field field;
    do
        field = (enum th_field)rng_below(r, TH_FIELD_COUNT);
    while (th_field_info(field)->store == TH_STORE_EVIDENCE);
    return field;
}

/* A value of the field in some row; false: that row has none. */
static bool pick_value(struct world *w, struct rng *r, enum th_field field, struct pick *pick)
{
    const struct th_column *column;
    struct th_buf text = TH_BUF_INIT;
    size_t row = rng_below(r, (uint32_t)w->rows);
    *pick = (struct pick){.r = r, .value = TH_BUF_INIT};
    if (th_table_column(th_app_table(w->app), field, &column, NULL) != TH_OK)
        return false;
    if (column->texts != NULL)
        th_column_entry_values(column, th_column_code(column, row), pick_one, pick);
    else if (th_column_text(column, row, &text))
        pick_one(pick, th_buf_str(&text));
    th_buf_fini(&text);
    return pick->seen > 0;
}

/* The characters from … to of a value as they are typed without quotes, spelled so that none of
 * them means anything. */
static void type_part(struct th_buf *out, struct th_str value, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (c < 0x80 && (c < '0' || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || c > 'z'))
            th_buf_printf(out, "\\u%04x", c);
        else
            th_buf_putc(out, (char)c);
    }
}

static void type_wildcard(struct rng *r, struct th_buf *out, struct th_str value)
{
    size_t a = rng_below(r, (uint32_t)value.n + 1);
    size_t b = rng_below(r, (uint32_t)value.n + 1);
    size_t low = a < b ? a : b, high = a < b ? b : a;
    /* No character is cut. */
    while (low > 0 && low < value.n && ((unsigned char)value.p[low] & 0xc0) == 0x80)
        low--;
    while (high < value.n && ((unsigned char)value.p[high] & 0xc0) == 0x80)
        high++;
    switch (rng_below(r, 4)) {
    case 0:
        type_part(out, value, 0, high);
        th_buf_putc(out, '*');
        break;
    case 1:
        th_buf_putc(out, '*');
        type_part(out, value, low, value.n);
        break;
    case 2:
        th_buf_putc(out, '*');
        type_part(out, value, low, high);
        th_buf_putc(out, '*');
        break;
    default:
        type_part(out, value, 0, low);
        th_buf_putc(out, '*');
        type_part(out, value, high, value.n);
        break;
    }
}

static void known_clause(struct world *w, struct rng *r, struct th_buf *out)
{
    static const char *const networks[] = {"/8", "/24", "/31", "/32", "/0"};
    struct pick pick;
    struct th_buf term = TH_BUF_INIT;
    enum th_field field = pick_field(r);
    const struct th_field_info *info = th_field_info(field);
    bool any = pick_value(w, r, field, &pick);
    struct th_str value = th_buf_str(&pick.value);
    if (value.p == NULL)
        value = TH_STR("");
    switch (rng_below(r, 4)) {
    case 0:
        if (info->type == TH_TYPE_KEYWORD) {
            th_buf_printf(out, "%s: ", info->name);
            type_wildcard(r, out, value);
        } else if (info->type == TH_TYPE_IP && any) {
            th_buf_printf(out, "%s: \"%.*s%s\"", info->name, TH_STR_ARGS(value), PICK(r, networks));
        } else {
            th_buf_printf(out, "%s: *", info->name);
        }
        break;
    case 1:
        th_kql_term(&term, "x", value);
        if (info->type != TH_TYPE_BOOLEAN && info->type != TH_TYPE_GEO) {
            th_buf_printf(out, "%s %s %s", info->name, PICK(r, gen_operators),
                          th_buf_cstr(&term) + strlen("x: "));
            break;
        }
        th_kql_term(out, info->name, any ? value : TH_STR_NONE);
        break;
    default:
        th_kql_term(out, info->name, any ? value : TH_STR_NONE);
        break;
    }
    th_buf_fini(&term);
    th_buf_fini(&pick.value);
}

/* What only rules say: a field that is empty, two fields that are equal. */
static void change(struct rng *r, struct th_node *node)
{
    struct th_field_ref other;
    for (size_t i = 0; i < node->kids_n; i++)
        change(r, node->kids[i]);
    if (node->kind != TH_NODE_MATCH || node->field.text_twin || rng_one_in(r, 3))
        return;
    if (rng_one_in(r, 3)) {
        node->test = TH_TEST_NULL;
        return;
    }
    if (th_field_resolve(th_str_of(PICK(r, gen_fields)), &other) && !other.text_twin) {
        node->test = TH_TEST_FIELD;
        node->other = other;
    }
}

enum kind { CLAUSE, KNOWN_CLAUSE, TREE, CHANGED_TREE };

static void make_filter(struct world *w, struct rng *r, enum kind kind, struct th_buf *out)
{
    th_buf_reset(out);
    switch (kind) {
    case CLAUSE:
        gen_clause(r, out);
        break;
    case KNOWN_CLAUSE:
        known_clause(w, r, out);
        if (rng_one_in(r, 3)) {
            th_buf_puts(out, rng_one_in(r, 2) ? " and not " : " or ");
            known_clause(w, r, out);
        }
        break;
    case TREE:
        gen_filter(r, out, 1);
        break;
    case CHANGED_TREE:
        gen_filter(r, out, 2);
        break;
    }
}

static void run(struct world *w, enum kind kind, size_t n, uint64_t seed, const char *what)
{
    struct rng r = {seed};
    struct th_buf filter = TH_BUF_INIT;
    size_t before = w->filters, expressible = w->expressible, divide = w->divide;
    w->unequal = 0;
    for (size_t i = 0; i < n; i++) {
        th_query *query;
        make_filter(w, &r, kind, &filter);
        if (th_app_parse(w->app, th_buf_str(&filter), &query, NULL, NULL) != TH_OK) {
            w->refused++;
            continue;
        }
        if (kind == CHANGED_TREE)
            change(&r, th_query_root(query));
        w->filters++;
        ask(w, &filter, query, i % 4 == 0);
        th_query_free(query);
    }
    tap_is_int((int64_t)w->unequal, 0, what);
    size_t tried = w->filters - before, said = w->expressible - expressible;
    /* Which filters come depends on the order in which a compiler evaluates arguments, too: about a
     * quarter of the changed trees can be said. */
    tap_ok(said > tried / 6 && tried > n / 2,
           "%s: %zu filters, %zu of them in SQL, %zu divide %zu rows", what, tried, said,
           w->divide - divide, w->rows);
    th_buf_fini(&filter);
}

/* test_sql_rows [TIMES [SEED]]: so many times as many filters, other ones. */
int main(int argc, char **argv)
{
    struct world w = {.unequal = 0};
    size_t times = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 30;
    open_world(&w);
    tap_is_int((int64_t)w.rows, FIRST + LATER, "rows");
    tap_ok(w.derived_n > 10, "%zu derived values", w.derived_n);
    run(&w, CLAUSE, times * CLAUSES, seed + 1, "clauses");
    run(&w, KNOWN_CLAUSE, times * KNOWN, seed + 4, "clauses about values that are there");
    run(&w, TREE, times * TREES, seed + 2, "trees");
    run(&w, CHANGED_TREE, times * CHANGED, seed + 3, "trees as rules make them");
    close_world(&w);
    return tap_done();
}
