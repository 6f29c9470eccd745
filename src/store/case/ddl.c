/* The tables of a case. What doesn't depend on fields stands in schema/case.sql, which the build
 * turns into an array of C strings, one a line; table event and view ecs are written here from the
 * field table.
 *
 * A case numbers its fields by name (table field), so that a program with more fields, or in
 * another order, still reads it. What it lacks is added when it is opened for writing: a column
 * that is empty for the events already there. */
#include "store/case/handle.h"

#include <string.h>

#include "base/buf.h"

static const char *const schema_lines[] = {
#include "store/case/case_sql.inc"
};

static const char *affinity(enum th_field field)
{
    /* An id is a blob or a text: no affinity, so that a text of digits stays text. */
    return th_field_info(field)->store == TH_STORE_ID ? "BLOB" : "INTEGER";
}

/* Is the field's value in table event itself? */
static bool in_event(enum th_field field)
{
    return th_field_is_column(field) && !th_field_is_sparse(field) &&
           th_field_group(field) == TH_GROUP_NONE;
}

static void add_group_tables(struct th_buf *sql)
{
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++) {
        enum th_field members[TH_FIELD_COUNT];
        int n = th_group_members(g, members);
        th_buf_printf(sql, "CREATE TABLE %s(", th_group_name(g));
        for (int i = 0; i < n; i++)
            th_buf_printf(sql, "\"%s\" INTEGER,\n    ", th_field_info(members[i])->name);
        th_buf_puts(sql, "id INTEGER PRIMARY KEY);\n");
    }
}

static void add_event_table(struct th_buf *sql)
{
    th_buf_puts(sql, "CREATE TABLE event(" TH_EVENT_PLACE);
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (in_event(f))
            th_buf_printf(sql, ",\n    \"%s\" %s", th_field_info(f)->name, affinity(f));
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        th_buf_printf(sql, ",\n    %s INTEGER", th_group_name(g));
    /* The id stands last because the writer leaves it out: what is inserted then begins with the
     * first column, and SQLite has no registers to copy. */
    th_buf_puts(sql, ",\n    id INTEGER PRIMARY KEY);\n");
}

/* The value of a column as SQL users see it; value is an expression for what is stored. */
static void add_shown(struct th_buf *sql, enum th_store store, int64_t field_id, const char *value)
{
    switch (store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
        th_buf_printf(sql, "(SELECT t.text FROM term t WHERE t.field = %lld AND t.code = %s)",
                      (long long)field_id, value);
        break;
    case TH_STORE_TIME:
        th_buf_printf(sql, "strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', %s / 1000.0, 'unixepoch')", value);
        break;
    case TH_STORE_ID:
        th_buf_printf(sql,
                      "CASE typeof(%s) WHEN 'blob' THEN lower(substr(hex(%s), 1, 8) || '-' || "
                      "substr(hex(%s), 9, 4) || '-' || "
                      "substr(hex(%s), 13, 4) || '-' || substr(hex(%s), 17, 4) || '-' || "
                      "substr(hex(%s), 21)) ELSE %s END",
                      value, value, value, value, value, value, value);
        break;
    case TH_STORE_BOOL:
    case TH_STORE_OF:
    case TH_STORE_CONST:
    case TH_STORE_EVIDENCE:
        th_buf_puts(sql, value);
        break;
    }
}

/* A code or a value as the view finds it: in table event or in that of a group. */
static void put_place(struct th_buf *out, enum th_field field)
{
    enum th_group group = th_field_group(field);
    th_buf_printf(out, "%s.\"%s\"", group == TH_GROUP_NONE ? "e" : th_group_name(group),
                  th_field_info(field)->name);
}

static void add_column(struct th_buf *sql, struct th_buf *value, enum th_field field,
                       const int64_t *field_id)
{
    const struct th_field_info *info = th_field_info(field);
    long long id = (long long)field_id[field];
    th_buf_reset(value);
    if (th_field_is_sparse(field)) {
        th_buf_puts(sql, "(SELECT ");
        add_shown(sql, info->store, field_id[field], "x.value");
        th_buf_printf(sql, " FROM extra x WHERE x.field = %lld AND x.event = e.id)", id);
        return;
    }
    put_place(value, field);
    add_shown(sql, info->store, field_id[field], th_buf_cstr(value));
}

static void add_derived(struct th_buf *sql, enum th_field field, int64_t field_id)
{
    const struct th_field_info *info = th_field_info(field);
    th_buf_printf(sql, "(SELECT %s FROM derived d WHERE d.field = %lld AND d.code = coalesce(",
                  info->type == TH_TYPE_LONG ? "CAST(d.text AS INTEGER)" : "d.text",
                  (long long)field_id);
    put_place(sql, info->parent);
    th_buf_puts(sql, ", 0))");
}

void th_ddl_view(struct th_buf *sql, const struct th_numbers *numbers)
{
    const int64_t *field_id = numbers->field;
    struct th_buf value = TH_BUF_INIT;
    th_buf_puts(sql, "ecs AS SELECT e.id AS id");
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        const struct th_field_info *info = th_field_info(f);
        if (info->store == TH_STORE_EVIDENCE)
            continue;
        th_buf_puts(sql, ",\n    ");
        if (info->store == TH_STORE_CONST)
            th_buf_printf(sql, "'%s'", info->source);
        else if (field_id[f] == 0)
            th_buf_puts(sql, "NULL");
        else if (info->store == TH_STORE_OF)
            add_derived(sql, f, field_id[f]);
        else
            add_column(sql, &value, f, field_id);
        th_buf_printf(sql, " AS \"%s\"", info->name);
    }
    th_buf_puts(sql, "\nFROM event e");
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++) {
        const char *name = th_group_name(g);
        th_buf_printf(sql, "\n    LEFT JOIN %s ON %s.id = e.%s", name, name, name);
    }
    th_buf_fini(&value);
}

/* A group's name in table field: no ECS name has brackets. */
static void put_group_key(struct th_buf *out, enum th_group group)
{
    th_buf_reset(out);
    th_buf_printf(out, "(%s)", th_group_name(group));
}

/* Number every field of the table, and every group, that has none yet, in the table's order. */
static enum th_code number_fields(sqlite3 *db, struct th_err *err)
{
    sqlite3_stmt *insert;
    enum th_code rc =
        th_db_prepare(db, "INSERT OR IGNORE INTO field(name) VALUES(?1)", &insert, err);
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++) {
        th_db_bind_cstr(insert, 1, th_field_info(f)->name);
        rc = th_db_run(insert, err);
    }
    struct th_buf key = TH_BUF_INIT;
    for (enum th_group g = 0; g < TH_GROUP_COUNT && rc == TH_OK; g++) {
        put_group_key(&key, g);
        th_db_bind_text(insert, 1, th_buf_str(&key));
        rc = th_db_run(insert, err);
    }
    th_buf_fini(&key);
    sqlite3_finalize(insert);
    return rc;
}

/* Where the number of a field or group goes; NULL: a name of another version. */
static int64_t *place_of(struct th_numbers *numbers, struct th_str name, struct th_buf *key)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (th_str_is(name, th_field_info(f)->name))
            return &numbers->field[f];
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++) {
        put_group_key(key, g);
        if (th_str_eq(name, th_buf_str(key)))
            return &numbers->group[g];
    }
    return NULL;
}

enum th_code th_ddl_fields(sqlite3 *db, struct th_numbers *numbers, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    struct th_buf key = TH_BUF_INIT;
    memset(numbers, 0, sizeof *numbers);
    /* The index holds the names once more; what is read is what verify is to see. */
    enum th_code rc = th_db_prepare(db, "SELECT id, name FROM field NOT INDEXED", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        int64_t *place = place_of(numbers, th_db_text(stmt, 1), &key);
        if (place == NULL)
            continue;
        /* Numbers of segments are made of it. */
        if (id <= 0 || id > INT32_MAX || *place != 0) {
            rc =
                th_err_set(err, TH_E_DB, "table field has impossible numbers, the case is damaged");
            break;
        }
        *place = id;
    }
    th_buf_fini(&key);
    sqlite3_finalize(stmt);
    return rc;
}

static enum th_code make_view(sqlite3 *db, struct th_err *err)
{
    struct th_numbers numbers;
    enum th_code rc = th_ddl_fields(db, &numbers, err);
    if (rc != TH_OK)
        return rc;
    struct th_buf sql = TH_BUF_INIT;
    th_buf_puts(&sql, "DROP VIEW IF EXISTS ecs;\nCREATE VIEW ");
    th_ddl_view(&sql, &numbers);
    rc = th_db_exec(db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    return rc;
}

void th_ddl_fixed(struct th_buf *sql)
{
    for (size_t i = 0; i < TH_COUNT(schema_lines); i++)
        if (strncmp(schema_lines[i], "--", 2) != 0)
            th_buf_puts(sql, schema_lines[i]);
}

void th_ddl_statements(const char *names, struct th_buf *out)
{
    static const char *const kinds[] = {"CREATE TABLE ", "CREATE INDEX "};
    bool inside = false;
    for (size_t i = 0; i < TH_COUNT(schema_lines); i++) {
        struct th_str line = th_str_of(schema_lines[i]);
        for (size_t k = 0; k < TH_COUNT(kinds); k++)
            if (th_str_starts(line, th_str_of(kinds[k])))
                inside =
                    th_str_starts(th_str_sub(line, strlen(kinds[k]), line.n), th_str_of(names));
        if (inside)
            th_buf_add_str(out, line);
        inside = inside && !th_str_ends(line, TH_STR(";\n"));
    }
}

enum th_code th_ddl_create(sqlite3 *db, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    th_ddl_fixed(&sql);
    add_group_tables(&sql);
    add_event_table(&sql);
    th_buf_printf(&sql, "PRAGMA application_id = %d;\nPRAGMA user_version = %d;\n",
                  TH_CASE_APPLICATION_ID, TH_CASE_VERSION);
    enum th_code rc = th_db_exec(db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    if (rc == TH_OK)
        rc = number_fields(db, err);
    return rc == TH_OK ? make_view(db, err) : rc;
}

static bool lacks(const int64_t *field_id)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (field_id[f] == 0)
            return true;
    return false;
}

static enum th_code add_columns(sqlite3 *db, const int64_t *field_id, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++) {
        enum th_group group = th_field_group(f);
        if (field_id[f] != 0 || (!in_event(f) && group == TH_GROUP_NONE))
            continue;
        struct th_buf sql = TH_BUF_INIT;
        th_buf_printf(&sql, "ALTER TABLE %s ADD COLUMN \"%s\" %s",
                      group == TH_GROUP_NONE ? "event" : th_group_name(group),
                      th_field_info(f)->name, affinity(f));
        rc = th_db_exec(db, th_buf_cstr(&sql), err);
        th_buf_fini(&sql);
    }
    return rc;
}

enum th_code th_ddl_add_fields(sqlite3 *db, struct th_numbers *numbers, struct th_err *err)
{
    if (!lacks(numbers->field))
        return TH_OK;
    bool outermost;
    enum th_code rc = th_db_begin(db, &outermost, err);
    if (rc != TH_OK)
        return rc;
    /* Somebody else may have done it while this one waited for the lock. */
    rc = th_ddl_fields(db, numbers, err);
    if (rc == TH_OK && lacks(numbers->field)) {
        /* The view names columns; SQLite checks views when a table changes. */
        rc = th_ddl_note_lacking(db, numbers, err);
        if (rc == TH_OK)
            rc = th_db_exec(db, "DROP VIEW IF EXISTS ecs", err);
        if (rc == TH_OK)
            rc = add_columns(db, numbers->field, err);
        if (rc == TH_OK)
            rc = number_fields(db, err);
        if (rc == TH_OK)
            rc = make_view(db, err);
        if (rc == TH_OK)
            rc = th_ddl_fields(db, numbers, err);
    }
    return th_db_end(db, outermost, rc, err);
}
