/* Running differences.sql: its statements found by the step that they belong to, filled in, run,
 * and their rows told. */
#include <string.h>

#include "base/mem.h"
#include "integrity/verify/internal.h"

static const char *const lines[] = {
#include "integrity/verify/differences_sql.inc"
};

/* A statement: its lines, and what its heading says. Absent: nothing. */
struct section {
    size_t first, end;
    struct th_str step, kind, each;
};

static struct th_str word_of(struct th_str *heading)
{
    size_t n = 0;
    while (n < heading->n && strchr(" \n", heading->p[n]) == NULL)
        n++;
    struct th_str word = th_str_sub(*heading, 0, n);
    *heading = th_str_sub(*heading, n + 1, heading->n);
    return word;
}

/* The next one of a step behind at->end. */
static bool next_section(struct section *at, const char *step)
{
    for (size_t i = at->end; i < TH_COUNT(lines); i++) {
        struct th_str heading = th_str_of(lines[i]);
        if (!th_str_starts(heading, TH_STR("--- ")))
            continue;
        heading = th_str_sub(heading, 4, heading.n);
        at->step = word_of(&heading);
        at->kind = word_of(&heading);
        at->each = word_of(&heading);
        at->first = at->end = i + 1;
        while (at->end < TH_COUNT(lines) && strncmp(lines[at->end], "--- ", 4) != 0)
            at->end++;
        if (th_str_is(at->step, step))
            return true;
    }
    return false;
}

/* What $name and $group are. */
struct names {
    struct th_str name;
    enum th_group group;
};

/* What stands for what in a text. */
struct replacement {
    const char *from;
    struct th_str to;
};

static void put_replaced(struct th_buf *out, struct th_str text, const struct replacement *by,
                         size_t n)
{
    while (text.n > 0) {
        size_t i = 0;
        while (i < n && !th_str_starts(text, th_str_of(by[i].from)))
            i++;
        if (i < n)
            th_buf_add_str(out, by[i].to);
        else
            th_buf_putc(out, text.p[0]);
        text = th_str_sub(text, i < n ? strlen(by[i].from) : 1, text.n);
    }
}

static void put_lines(struct th_buf *out, const struct section *at)
{
    for (size_t i = at->first; i < at->end; i++)
        if (strncmp(lines[i], "--", 2) != 0)
            th_buf_puts(out, lines[i]);
}

static void put_members(struct th_buf *out, const struct th_verify *v, enum th_group group)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (th_field_group(f) == group && v->c->numbers.field[f] != 0)
            th_buf_printf(out, "%s\"%s\"", out->n == 0 ? "" : ", ", th_field_info(f)->name);
}

/* $mine(x) and $made(x) become what stands under "shown". */
static void put_shown(struct th_buf *out, struct th_str text)
{
    struct section at = {0};
    struct th_buf shown = TH_BUF_INIT;
    if (next_section(&at, "shown"))
        put_lines(&shown, &at);
    while (text.n > 0) {
        bool mine = th_str_starts(text, TH_STR("$mine("));
        if (!mine && !th_str_starts(text, TH_STR("$made("))) {
            th_buf_putc(out, text.p[0]);
            text = th_str_sub(text, 1, text.n);
            continue;
        }
        size_t n = (size_t)th_str_find(text, ')');
        const struct replacement by[] = {{"$value", th_str_sub(text, 6, n - 6)},
                                         {"$db", th_str_of(mine ? "main" : "made")},
                                         {"$number", th_str_of(mine ? "f.id" : "f.made")}};
        put_replaced(out, th_buf_str(&shown), by, TH_COUNT(by));
        text = th_str_sub(text, n + 1, text.n);
    }
    th_buf_fini(&shown);
}

static void put_section(struct th_buf *out, const struct th_verify *v, const struct section *at,
                        const struct names *names)
{
    struct th_buf plain = TH_BUF_INIT;
    struct th_buf named = TH_BUF_INIT;
    struct th_buf members = TH_BUF_INIT;
    put_lines(&plain, at);
    if (names->group != TH_GROUP_NONE)
        put_members(&members, v, names->group);
    const struct replacement by[] = {
        {"$name", names->name},
        {"$group", th_str_of(names->group == TH_GROUP_NONE ? "" : th_group_name(names->group))},
        {"$members", th_buf_str(&members)}};
    put_replaced(&named, th_buf_str(&plain), by, TH_COUNT(by));
    put_shown(out, th_buf_str(&named));
    th_buf_fini(&plain);
    th_buf_fini(&named);
    th_buf_fini(&members);
}

static enum th_verify_kind kind_of(struct th_str word)
{
    static const char *const words[TH_VERIFY_KINDS] = {
        [TH_VERIFY_EVIDENCE] = "evidence", [TH_VERIFY_SOURCE] = "source",
        [TH_VERIFY_EVENT] = "event",       [TH_VERIFY_DUPLICATE] = "duplicate",
        [TH_VERIFY_REJECT] = "reject",     [TH_VERIFY_TERM] = "term",
        [TH_VERIFY_DERIVED] = "derived",   [TH_VERIFY_SEGMENT] = "segment",
        [TH_VERIFY_PATH] = "path",         [TH_VERIFY_DATABASE] = "database",
    };
    enum th_verify_kind kind = 0;
    while (kind < TH_VERIFY_DATABASE && !th_str_is(word, words[kind]))
        kind++;
    return kind;
}

static enum th_code tell_rows(struct th_verify *v, enum th_verify_kind kind, sqlite3_stmt *stmt,
                              struct th_err *err)
{
    bool more;
    enum th_code rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        const struct th_verify_difference d = {.kind = kind,
                                               .source = sqlite3_column_int64(stmt, 0),
                                               .offset = sqlite3_column_int64(stmt, 1),
                                               .has_offset =
                                                   sqlite3_column_type(stmt, 1) != SQLITE_NULL,
                                               .event = sqlite3_column_int64(stmt, 2),
                                               .field = th_db_text(stmt, 3),
                                               .expected = th_db_text(stmt, 4),
                                               .found = th_db_text(stmt, 5),
                                               .what = th_db_text(stmt, 6)};
        th_verify_say(v, &d);
        if (th_verify_stopped(v) != 0)
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    return rc;
}

/* Damage that one statement meets is told, and the next may be sound; but not what follows one that
 * prepares the others. */
static enum th_code run_section(struct th_verify *v, const struct section *at,
                                const struct names *names, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    struct th_err bad;
    sqlite3_stmt *stmt;
    th_err_clear(&bad);
    put_section(&sql, v, at, names);
    enum th_code rc = TH_OK;
    bool prepares = th_str_is(at->kind, "do");
    if (prepares)
        rc = th_db_exec(v->c->db, th_buf_cstr(&sql), err);
    else
        rc = th_db_prepare(v->c->db, th_buf_cstr(&sql), &stmt, &bad);
    if (rc == TH_OK && !prepares) {
        rc = tell_rows(v, kind_of(at->kind), stmt, &bad);
        sqlite3_finalize(stmt);
    }
    th_buf_fini(&sql);
    return prepares ? rc : th_verify_bad(v, rc, &bad, err);
}

static enum th_code run_fields(struct th_verify *v, const struct section *at, bool member,
                               struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++) {
        const struct names names = {th_str_of(th_field_info(f)->name), th_field_group(f)};
        if (th_field_is_column(f) && !th_field_is_sparse(f) && v->c->numbers.field[f] != 0 &&
            (names.group != TH_GROUP_NONE) == member)
            rc = run_section(v, at, &names, err);
    }
    return rc;
}

static enum th_code run_each(struct th_verify *v, const struct section *at, struct th_err *err)
{
    enum th_code rc = TH_OK;
    if (th_str_is(at->each, "plain") || th_str_is(at->each, "member"))
        return run_fields(v, at, th_str_is(at->each, "member"), err);
    if (th_str_is(at->each, "group")) {
        for (enum th_group g = 0; g < TH_GROUP_COUNT && rc == TH_OK; g++) {
            const struct names names = {th_str_of(th_group_name(g)), g};
            rc = run_section(v, at, &names, err);
        }
        return rc;
    }
    struct th_str rest = at->each;
    do {
        size_t n = 0;
        while (n < rest.n && rest.p[n] != ',')
            n++;
        const struct names names = {th_str_sub(rest, 0, n), TH_GROUP_NONE};
        rc = run_section(v, at, &names, err);
        rest = th_str_sub(rest, n + 1, rest.n);
    } while (rest.n > 0 && rc == TH_OK);
    return rc;
}

enum th_code th_verify_tell(struct th_verify *v, const char *step, struct th_err *err)
{
    struct section at = {0};
    struct th_err bad;
    enum th_code rc = TH_OK;
    th_err_clear(&bad);
    while (rc == TH_OK && next_section(&at, step))
        rc = run_each(v, &at, &bad);
    return th_verify_bad(v, rc, &bad, err);
}

enum th_code th_verify_tell_column(struct th_verify *v, const char *step, const char *name,
                                   enum th_group group, struct th_err *err)
{
    struct section at = {0};
    const struct names names = {th_str_of(name), group};
    return next_section(&at, step) ? run_section(v, &at, &names, err) : TH_OK;
}

enum th_code th_verify_ask(struct th_verify *v, const char *step, sqlite3_stmt **out,
                           struct th_err *err)
{
    struct section at = {0};
    struct th_buf sql = TH_BUF_INIT;
    const struct names names = {TH_STR_NONE, TH_GROUP_NONE};
    if (next_section(&at, step))
        put_section(&sql, v, &at, &names);
    enum th_code rc = th_db_prepare(v->c->db, th_buf_cstr(&sql), out, err);
    th_buf_fini(&sql);
    return rc;
}
