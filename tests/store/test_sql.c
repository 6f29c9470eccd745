/* SQL by hand: what may run, what may not, and what another SQLite tool sees. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "lib/tap.h"
#include "store/synth.h"

static const char *path;

static bool see_row(void *ctx, size_t columns, const char *const *names,
                    const struct th_sql_value *values)
{
    struct th_buf *out = ctx;
    for (size_t i = 0; i < columns; i++) {
        th_buf_puts(out, i == 0 ? "" : "|");
        if (values == NULL) {
            th_buf_printf(out, "[%s]", names[i]);
            continue;
        }
        switch (values[i].type) {
        case TH_SQL_NULL:
            th_buf_puts(out, "NULL");
            break;
        case TH_SQL_INTEGER:
            th_buf_printf(out, "%lld", (long long)values[i].integer);
            break;
        case TH_SQL_REAL:
            th_buf_printf(out, "%.2f", values[i].real);
            break;
        case TH_SQL_TEXT:
            th_buf_add_str(out, values[i].bytes);
            break;
        case TH_SQL_BLOB:
            th_buf_printf(out, "<%zu>", values[i].bytes.n);
            break;
        }
    }
    th_buf_putc(out, ';');
    return true;
}

static void gives(th_case *c, const char *sql, const char *want, const char *name)
{
    struct th_buf got = TH_BUF_INIT;
    struct th_err err;
    th_err_clear(&err);
    if (th_case_sql(c, sql, see_row, &got, &err) != TH_OK)
        th_buf_puts(&got, err.msg);
    tap_is_str(th_buf_cstr(&got), want, name);
    th_buf_fini(&got);
}

static void refuses(th_case *c, const char *sql, const char *words)
{
    struct th_buf got = TH_BUF_INIT;
    struct th_err err;
    th_err_clear(&err);
    enum th_code rc = th_case_sql(c, sql, see_row, &got, &err);
    if (!tap_ok(rc == TH_E_QUERY && got.n == 0 && strstr(err.msg, words) != NULL, "refused: %s",
                sql))
        tap_note("code %d, message: %s", rc, err.msg);
    th_buf_fini(&got);
}

static void test_allowed(th_case *c)
{
    gives(c, "SELECT 1 AS a, 2.5 b, 'x' || char(252) c, NULL d, x'0102' e",
          "[a]|[b]|[c]|[d]|[e];1|2.50|x\xc3\xbc|NULL|<2>;", "values of every type");
    gives(c, "select count(*) n from ecs", "[n];300;", "the view");
    gives(c, "select count(*) from event where 0", "[count(*)];0;", "the tables");
    gives(c, "  -- a comment\n select 1 where 0 ; /* behind */ ; \n", "[1];",
          "no rows still give names; space and comments are fine");
    gives(c,
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select "
          "sum(i) s from n",
          "[s];15;", "recursion");
    gives(c, "select json_extract('{\"a\":[1,2]}', '$.a[1]') j, upper('x') u", "[j]|[u];2|X;",
          "functions");
    gives(c, "select value v from json_each('[1,\"x\"]')", "[v];1;x;", "arrays taken apart");
    gives(c,
          "select distinct j.value v from ecs, json_each(\"aws.cloudtrail.resources.arn\") j where "
          "j.key = 1",
          "[v];second;", "those of the view as well");
    gives(c, "select count(*) n from json_tree('{\"a\":[1,2]}')", "[n];4;", "and whole trees");
    gives(c, "select path, events, complete from sources", "[path]|[events]|[complete];file|300|1;",
          "sources in readable form");
    gives(c, "select count(*) from findings", "[count(*)];0;", "findings");
    gives(c, "values(1),(2)", "[column1];1;2;", "values");
}

static void test_refused(th_case *c)
{
    refuses(c, "", "no statement");
    refuses(c, " -- nothing\n", "no statement");
    refuses(c, "select 1; select 2", "one statement");
    refuses(c, "select 1; drop table event", "one statement");
    refuses(c, "selct 1", "syntax error");
    refuses(c, "select nowhere from ecs", "no such column");
    refuses(c, "delete from event", "only SELECT");
    refuses(c, "insert into mark(event, at) values(1, 1)", "only SELECT");
    refuses(c, "update source set path = ''", "only SELECT");
    refuses(c, "drop view ecs", "only SELECT");
    refuses(c, "create table t(x)", "only SELECT");
    refuses(c, "create temp table t(x)", "only SELECT");
    refuses(c, "attach 'other.db' as o", "only SELECT");
    refuses(c, "detach main", "only SELECT");
    refuses(c, "pragma journal_mode = delete", "only SELECT");
    refuses(c, "pragma query_only = 0", "only SELECT");
    refuses(c, "select * from pragma_table_info('event')", "only SELECT");
    refuses(c, "vacuum", "only SELECT");
    refuses(c, "vacuum into 'copy.db'", "only SELECT");
    refuses(c, "begin", "only SELECT");
    refuses(c, "reindex", "only SELECT");
    refuses(c, "analyze", "only SELECT");
    refuses(c, "select load_extension('x')", "");
    refuses(c, "explain select 1; delete from mark", "");
    struct th_err err;
    struct th_buf got = TH_BUF_INIT;
    th_err_clear(&err);
    tap_is_int(th_case_sql(c, "select 1,\n nope from ecs", see_row, &got, &err), TH_E_QUERY,
               "an error");
    tap_is_int((int64_t)err.offset, 11, "says where");
    th_buf_fini(&got);
    tap_ok(access("copy.db", F_OK) != 0 && access("other.db", F_OK) != 0, "no file was made");
}

static bool stop_second(void *ctx, size_t columns, const char *const *names,
                        const struct th_sql_value *values)
{
    int *rows = ctx;
    (void)columns;
    (void)names;
    *rows += values != NULL;
    return *rows < 2;
}

static void *interrupt_soon(void *ctx)
{
    for (int i = 0; i < 200; i++) {
        usleep(5000);
        th_case_interrupt(ctx);
    }
    return NULL;
}

static void test_stopping(th_case *c)
{
    int rows = 0;
    tap_is_int(th_case_sql(c, "select id from ecs", stop_second, &rows, NULL), TH_OK,
               "a reader can stop");
    tap_is_int(rows, 2, "where it likes");
    pthread_t thread;
    struct th_err err;
    rows = 0;
    th_err_clear(&err);
    pthread_create(&thread, NULL, interrupt_soon, c);
    tap_is_int(th_case_sql(c,
                           "with recursive n(i) as (select 1 union all select i + 1 from n) select "
                           "count(*) from n",
                           stop_second, &rows, &err),
               TH_E_CANCELLED, "a statement that never ends can be interrupted");
    pthread_join(thread, NULL);
    gives(c, "select 7", "[7];7;", "and the next one runs");
}

/* First line of what a program prints; false when it can't be run. */
static bool first_line(const char *const *argv, char *line, size_t size)
{
    int channel[2];
    if (pipe(channel) != 0)
        return false;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(channel[1], 1);
        dup2(channel[1], 2);
        close(channel[0]);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(channel[1]);
    FILE *out = fdopen(channel[0], "r");
    if (fgets(line, (int)size, out) == NULL)
        line[0] = '\0';
    fclose(out);
    int status = 0;
    waitpid(pid, &status, 0);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 127;
}

/* The sqlite3 program: an analyst's own tool. */
static void test_other_tool(void)
{
    const char *sql =
        "select count(*), count(\"event.action\"), sum(\"source.ip\" is not null) > 0 from ecs";
    const char *const argv[] = {"sqlite3", path, sql, NULL};
    char line[300];
    if (!first_line(argv, line, sizeof line)) {
        tap_skip("the sqlite3 program reads a case", "sqlite3 is not installed");
        return;
    }
    int64_t present = 0;
    struct th_buf value = TH_BUF_INIT;
    for (uint64_t i = 0; i < 300; i++)
        present += synth_value(i, TH_F_EVENT_ACTION, &value);
    th_buf_fini(&value);
    char want[100];
    snprintf(want, sizeof want, "300|%lld|1\n", (long long)present);
    tap_is_str(line, want, "the sqlite3 program reads a case");
}

int main(void)
{
    const struct synth_file file = {"file", SYNTH_GZ, 0, 300};
    const struct synth_import what = {.files = &file, .files_n = 1, .batch_rows = 100};
    path = strdup(synth_path("case.trail"));
    if (synth_case(path, &what, NULL, NULL) != TH_OK)
        abort();
    th_case *c;
    if (th_case_open(path, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    test_allowed(c);
    test_refused(c);
    test_stopping(c);
    th_case_close(c, NULL);
    test_other_tool();
    free((void *)(uintptr_t)path);
    synth_done();
    return tap_done();
}
