/* The schema of a case, looked at before anything is read through it. SQL in a file runs as soon as
 * somebody reads what it names: a view in place of a table can say anything or never end, a trigger
 * changes rows that nobody asked it to. So each table, index and view that this program uses must
 * be what a program of this format makes, text by text. Table event and those of groups get columns
 * when fields come to be, so these are read item by item. What somebody added beside them under
 * names of their own stays unused, but for an index.
 *
 * The stored view ecs depends on the version that made it, and is not used by this program: see
 * sql.c. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/case/handle.h"

#define STATEMENTS_MAX 64

/* One statement of ours. text: as SQLite keeps it. */
struct statement {
    char *name;
    struct th_buf text;
    bool optional, seen;
};

struct schema {
    struct statement v[STATEMENTS_MAX];
    size_t n;
};

static bool take(struct th_str *s, const char *what)
{
    if (!th_str_starts(*s, th_str_of(what)))
        return false;
    *s = th_str_sub(*s, strlen(what), s->n);
    return true;
}

static void take_blank(struct th_str *s)
{
    while (s->n > 0 && strchr(" \n", s->p[0]) != NULL)
        *s = th_str_sub(*s, 1, s->n);
}

/* Up to a blank, which goes too, or a bracket. */
static struct th_str take_word(struct th_str *s)
{
    size_t n = 0;
    while (n < s->n && strchr(" (\n", s->p[n]) == NULL)
        n++;
    struct th_str word = th_str_sub(*s, 0, n);
    *s = th_str_sub(*s, n + (n < s->n && s->p[n] == ' '), s->n);
    return word;
}

/* "CREATE kind [IF NOT EXISTS] name …": what SQLite keeps has no IF NOT EXISTS. */
static void add_statement(struct schema *schema, struct th_str sql, bool optional)
{
    take_blank(&sql);
    if (sql.n == 0)
        return;
    assert(schema->n < STATEMENTS_MAX);
    struct statement *s = &schema->v[schema->n++];
    *s = (struct statement){.optional = optional};
    (void)take_word(&sql);
    struct th_str kind = take_word(&sql);
    (void)take(&sql, "IF NOT EXISTS ");
    th_buf_printf(&s->text, "CREATE %.*s ", (int)kind.n, kind.p);
    th_buf_add_str(&s->text, sql);
    struct th_str name = take_word(&sql);
    s->name = th_xstrndup(name.p, name.n);
}

/* No text in these statements holds a semicolon. */
static void add_script(struct schema *schema, struct th_str script, bool optional)
{
    for (size_t from = 0, i = 0; i <= script.n; i++)
        if (i == script.n || script.p[i] == ';') {
            add_statement(schema, th_str_sub(script, from, i - from), optional);
            from = i + 1;
        }
}

static void schema_init(struct schema *schema, int version)
{
    struct th_buf script = TH_BUF_INIT;
    memset(schema, 0, sizeof *schema);
    th_ddl_fixed(&script);
    add_script(schema, th_buf_str(&script), false);
    /* Where such a case can't be written it has not been migrated. */
    for (size_t i = 0; i < schema->n; i++)
        schema->v[i].optional = th_case_came_later(schema->v[i].name, version);
    add_script(schema, th_str_of(th_paths_schema), true);
    add_script(schema, th_str_of(th_waiting_schema), true);
    th_buf_fini(&script);
}

static void schema_fini(struct schema *schema)
{
    for (size_t i = 0; i < schema->n; i++) {
        free(schema->v[i].name);
        th_buf_fini(&schema->v[i].text);
    }
}

/* ---- tables that get columns ---- */

/* A name and a type, and nothing that computes or constrains: "user.name" INTEGER. */
static bool take_column(struct th_str *s)
{
    size_t n = 0;
    if (take(s, "\"")) {
        while (n < s->n && s->p[n] != '"')
            n++;
        *s = th_str_sub(*s, n, s->n);
        if (n == 0 || !take(s, "\""))
            return false;
    } else {
        while (n < s->n && ((s->p[n] >= 'a' && s->p[n] <= 'z') || s->p[n] == '_'))
            n++;
        *s = th_str_sub(*s, n, s->n);
        if (n == 0)
            return false;
    }
    return take(s, " INTEGER PRIMARY KEY") || take(s, " INTEGER") || take(s, " BLOB");
}

static bool are_columns(struct th_str s, bool more)
{
    if (more && !take(&s, ","))
        return false;
    do {
        take_blank(&s);
        if (!take_column(&s))
            return false;
        take_blank(&s);
    } while (take(&s, ","));
    return th_str_is(s, ")");
}

/* ---- all ---- */

/* seen: one for table event, one for each group. */
static bool is_grown(const char *name, struct th_str sql, bool seen[1 + TH_GROUP_COUNT],
                     bool *sound)
{
    bool event = strcmp(name, "event") == 0;
    enum th_group g = 0;
    while (!event && g < TH_GROUP_COUNT && strcmp(name, th_group_name(g)) != 0)
        g++;
    if (g == TH_GROUP_COUNT)
        return false;
    struct th_buf head = TH_BUF_INIT;
    th_buf_printf(&head, "CREATE TABLE %s(", event ? "event" : th_group_name(g));
    if (event)
        th_buf_puts(&head, TH_EVENT_PLACE);
    *sound = take(&sql, th_buf_cstr(&head)) && are_columns(sql, event);
    th_buf_fini(&head);
    seen[event ? 0 : 1 + g] = true;
    return true;
}

static enum th_code check_object(struct schema *schema, sqlite3_stmt *stmt, bool *grown,
                                 struct th_err *err)
{
    const char *type = th_db_cstr_or_empty(stmt, 0);
    const char *name = th_db_cstr_or_empty(stmt, 1);
    struct th_str sql = th_db_text(stmt, 2);
    bool sound = strcmp(type, "trigger") != 0;
    if (sound && !is_grown(name, sql, grown, &sound))
        for (size_t i = 0; i < schema->n; i++)
            if (strcmp(schema->v[i].name, name) == 0) {
                sound = th_str_eq(th_buf_str(&schema->v[i].text), sql);
                schema->v[i].seen = true;
            }
    return sound ? TH_OK
                 : th_err_set(err, TH_E_CASE,
                              "%s %s is not that of a Trailhound case: another program changed "
                              "the file, and it isn't opened",
                              type, name);
}

static enum th_code missing(const char *name, struct th_err *err)
{
    return th_err_set(err, TH_E_CASE,
                      "%s is missing, which every Trailhound case has: another program changed "
                      "the file, and it isn't opened",
                      name);
}

static enum th_code find_missing(const struct schema *schema, const bool *grown, struct th_err *err)
{
    for (size_t i = 0; i < schema->n; i++)
        if (!schema->v[i].seen && !schema->v[i].optional)
            return missing(schema->v[i].name, err);
    for (size_t i = 0; i < 1 + TH_GROUP_COUNT; i++)
        if (!grown[i])
            return missing(i == 0 ? "event" : th_group_name((enum th_group)(i - 1)), err);
    return TH_OK;
}

static enum th_code check_objects(sqlite3 *db, struct schema *schema, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool grown[1 + TH_GROUP_COUNT] = {false};
    bool more;
    enum th_code rc = th_db_prepare(db, "SELECT type, name, sql FROM sqlite_schema", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while (rc == TH_OK && (rc = th_db_step(stmt, &more, err)) == TH_OK && more)
        rc = check_object(schema, stmt, grown, err);
    sqlite3_finalize(stmt);
    return rc == TH_OK ? find_missing(schema, grown, err) : rc;
}

enum th_code th_schema_check(sqlite3 *db, int version, struct th_numbers *numbers,
                             struct th_err *err)
{
    struct schema schema;
    /* Another program may add columns just now: what was looked at is what is read. */
    enum th_code rc = th_db_exec(db, "BEGIN", err);
    if (rc != TH_OK)
        return rc;
    schema_init(&schema, version);
    rc = check_objects(db, &schema, err);
    schema_fini(&schema);
    if (rc == TH_OK)
        rc = th_ddl_fields(db, numbers, err);
    th_db_try(db, "COMMIT");
    return rc;
}
