/* What the files of src/store share about an open case. */
#ifndef TH_STORE_CASE_HANDLE_H
#define TH_STORE_CASE_HANDLE_H

#include <pthread.h>

#include "store/case/case.h"
#include "store/case/db.h"
#include "store/evidence/evidence.h"

/* What table field calls the fields and groups of this program; 0: the case was made without. */
struct th_numbers {
    int64_t field[TH_FIELD_COUNT];
    int64_t group[TH_GROUP_COUNT];
};

/* sql_db: the connection of a th_case_sql that runs now, for th_case_interrupt; lock guards it.
 */
struct th_case {
    sqlite3 *db;
    char *path;
    bool readonly;
    bool immutable;
    bool wal;
    bool shared; /* th_case_share */
    int version; /* of its format; less than TH_CASE_VERSION only when readonly */
    struct th_db_cache cache;
    struct th_evidence evidence;
    struct th_numbers numbers;
    pthread_mutex_t lock;
    sqlite3 *sql_db;
};

#define TH_CASE_BUSY_MS 2000
/* In table meta, with a source's id behind it: what became of its file while it was read. */
#define TH_ALTERED_KEY "source.altered."

/* What a connection to a case may keep of it in memory. */
#define TH_CASE_CACHE "PRAGMA cache_size = -65536"

/* WAL where the file system can do it (c->wal says so); where it can't, the rollback journal
 * serves: one program at a time. */
TH_NODISCARD enum th_code th_case_enter_wal(th_case *c, struct th_err *err);
/* Carry the WAL over and go back to one plain file. While another program has the case open it
 * stays in WAL mode, which is no error: c->wal. */
TH_NODISCARD enum th_code th_case_leave_wal(th_case *c, struct th_err *err);

/* TH_E_READONLY in words when the case can't be written. */
TH_NODISCARD enum th_code th_case_writable(const th_case *c, struct th_err *err);

/* ---- ddl.c ---- */

/* Append the statements that make what is the same in every case of this format: all but table
 * event, the tables of groups and the view ecs. */
void th_ddl_fixed(struct th_buf *sql);
/* How the columns of table event begin. */
#define TH_EVENT_PLACE                                                                             \
    "source INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, "                  \
    "flags INTEGER NOT NULL"
/* Append the view ecs from its name on: "ecs AS SELECT …". Fields that the case doesn't have are
 * NULL. */
void th_ddl_view(struct th_buf *sql, const struct th_numbers *numbers);
/* Make all tables and views in an empty database, inside the caller's transaction. */
TH_NODISCARD enum th_code th_ddl_create(sqlite3 *db, struct th_err *err);
/* Fill numbers from table field. */
TH_NODISCARD enum th_code th_ddl_fields(sqlite3 *db, struct th_numbers *numbers,
                                        struct th_err *err);
/* Give an older case the fields that it doesn't have yet (empty for its events), in a transaction
 * of its own; no change when it has them all. */
TH_NODISCARD enum th_code th_ddl_add_fields(sqlite3 *db, struct th_numbers *numbers,
                                            struct th_err *err);

/* ---- schema.c ---- */

/* Are tables, indexes and views those of a case of this version, and nothing else that would act
 * when rows are read or written? TH_E_CASE in words when not. Fills numbers. Reads no row but those
 * of table field. */
TH_NODISCARD enum th_code th_schema_check(sqlite3 *db, int version, struct th_numbers *numbers,
                                          struct th_err *err);

/* What others make when they need it: paths.c, orphan_marks.c. */
extern const char th_paths_schema[];
extern const char th_waiting_schema[];

/* Append the statements of schema/case.sql that make tables and indexes of names that begin so. */
void th_ddl_statements(const char *names, struct th_buf *out);

/* ---- migrate.c ---- */

/* Bring a case of an older format to TH_CASE_VERSION, in a transaction of its own. */
TH_NODISCARD enum th_code th_case_migrate(th_case *c, struct th_err *err);
/* Did tables, indexes of this name come with a format after version? */
bool th_case_came_later(const char *name, int version);

/* ---- missing_fields.c ---- */

/* Remember the columns that before has no number of: the events that are there lack them. Inside
 * the caller's transaction. */
TH_NODISCARD enum th_code th_ddl_note_lacking(sqlite3 *db, const struct th_numbers *before,
                                              struct th_err *err);

/* Is the field kept in table extra? */
static inline bool th_field_is_sparse(enum th_field field)
{
    return (th_field_info(field)->flags & TH_FIELD_SPARSE) != 0;
}

#endif
