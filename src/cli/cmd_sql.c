/* trailhound sql QUERY: one read-only statement; columns are known when the first row comes. A
 * statement can run for ever without giving a row, so a thread of its own looks for Ctrl-C and
 * stops it. */
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

struct answer {
    enum cli_format format;
    cli_out *out;
    struct cli_column *columns;
    char **names;
    size_t n;
};

static void begin(struct answer *a, size_t n, const char *const *names)
{
    a->n = n;
    a->columns = th_xcalloc(n + 1, sizeof *a->columns);
    a->names = th_xcalloc(n + 1, sizeof *a->names);
    for (size_t i = 0; i < n; i++) {
        a->names[i] = th_xstrdup(names[i]);
        a->columns[i] = (struct cli_column){a->names[i], a->names[i], false};
    }
    a->out = cli_out_begin(stdout, a->format, a->columns, n);
}

static struct cli_cell cell_of(const struct th_sql_value *value, struct th_buf *hex)
{
    switch (value->type) {
    case TH_SQL_NULL:
        break;
    case TH_SQL_INTEGER:
        return cli_number(value->integer);
    case TH_SQL_REAL:
        /* JSON knows no infinity; 9e999 is read as one. */
        if (isinf(value->real))
            th_buf_puts(hex, value->real < 0 ? "-9e999" : "9e999");
        else
            th_buf_printf(hex, "%.15g", value->real);
        return (struct cli_cell){.kind = CLI_RAW, .text = th_buf_str(hex)};
    case TH_SQL_TEXT:
        return cli_text(value->bytes);
    case TH_SQL_BLOB:
        for (size_t i = 0; i < value->bytes.n; i++)
            th_buf_printf(hex, "%02x", (unsigned)(unsigned char)value->bytes.p[i]);
        return cli_text(hex->n == 0 ? TH_STR("") : th_buf_str(hex));
    }
    return CLI_CELL_ABSENT;
}

static bool row(void *ctx, size_t n, const char *const *names, const struct th_sql_value *values)
{
    struct answer *a = ctx;
    if (values == NULL) {
        begin(a, n, names);
        return true;
    }
    struct cli_cell *cells = th_xcalloc(n + 1, sizeof *cells);
    struct th_buf *texts = th_xcalloc(n + 1, sizeof *texts);
    for (size_t i = 0; i < n; i++)
        cells[i] = cell_of(&values[i], &texts[i]);
    bool more = cli_out_row(a->out, cells);
    for (size_t i = 0; i < n; i++)
        th_buf_fini(&texts[i]);
    free(texts);
    free(cells);
    return more;
}

struct watch {
    th_case *watched;
    th_cancel *cancel;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;
};

static void *watch(void *ctx)
{
    struct watch *w = ctx;
    pthread_mutex_lock(&w->lock);
    while (!w->done) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50 * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        if (pthread_cond_timedwait(&w->ended, &w->lock, &until) == ETIMEDOUT &&
            th_cancelled(w->cancel))
            th_case_interrupt(w->watched);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static enum th_code run(struct cli *cli, th_app *app, struct answer *a, struct th_err *err)
{
    struct watch w = {.watched = th_app_case(app), .cancel = cli->cancel, .done = false};
    pthread_t thread;
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.ended, NULL);
    bool watched = pthread_create(&thread, NULL, watch, &w) == 0;
    enum th_code rc = th_case_sql(th_app_case(app), cli->options->args[0], row, a, err);
    if (watched) {
        pthread_mutex_lock(&w.lock);
        w.done = true;
        pthread_cond_signal(&w.ended);
        pthread_mutex_unlock(&w.lock);
        pthread_join(thread, NULL);
    }
    pthread_cond_destroy(&w.ended);
    pthread_mutex_destroy(&w.lock);
    return rc;
}

int cli_cmd_sql(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    struct answer a = {.format = CLI_TABLE};
    if (o->args_n != 1)
        return cli_fail_usage(cli, "sql needs one statement, quoted");
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &a.format, &err);
    if (rc != TH_OK)
        return cli_fail_usage(cli, "%s", err.msg);
    th_app *app = NULL;
    rc = cli_open_app(cli, TH_CASE_READ, &app, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    rc = run(cli, app, &a, &err);
    int code = a.out == NULL ? CLI_EXIT_OK : cli_end_out(a.out, CLI_EXIT_OK);
    if (rc != TH_OK)
        code = cli_fail(rc, &err);
    for (size_t i = 0; i < a.n; i++)
        free(a.names[i]);
    free(a.names);
    free(a.columns);
    return cli_close(app, code);
}
