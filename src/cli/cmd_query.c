/* trailhound query [FILTER]: the newest events, oldest of them first; with --sort the first ones in
 * that order. */
#include "cli/cli.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "export/flat.h"

#define DEFAULT_FIELDS "@timestamp,event.action,user.name,source.ip,event.outcome,event.id"
#define LIMIT_MAX      100000000

struct plan {
    enum cli_format format;
    struct th_flat_fields fields;
    enum th_field sort;
    bool descending, newest; /* newest: no --sort, so the last rows by time */
    uint64_t limit, offset;
};

static enum th_code sort_of(const struct cli_options *o, struct plan *plan, struct th_err *err)
{
    plan->sort = TH_F_TIMESTAMP;
    plan->newest = !o->given[OPT_SORT];
    if (plan->newest)
        return TH_OK;
    struct th_str name = th_str_of(o->value[OPT_SORT]);
    plan->descending = name.n > 0 && name.p[0] == '-';
    if (plan->descending)
        name = th_str_sub(name, 1, name.n);
    struct th_flat_fields one;
    enum th_code rc = th_flat_fields_parse(name, &one, err);
    if (rc != TH_OK)
        return rc;
    plan->sort = one.field[0].ref.field;
    bool several = one.n > 1;
    th_flat_fields_fini(&one);
    if (several)
        return th_err_set(err, TH_E_USAGE, "option --sort takes one field, not '%s'",
                          o->value[OPT_SORT]);
    if (th_field_info(plan->sort)->store == TH_STORE_EVIDENCE)
        return th_err_set(err, TH_E_USAGE, "can't sort by %s: it is computed from the record",
                          th_field_info(plan->sort)->name);
    return TH_OK;
}

static enum th_code plan_of(const struct cli_options *o, struct plan *plan, struct th_err *err)
{
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &plan->format, err);
    if (rc == TH_OK)
        rc = cli_option_number(o, OPT_LIMIT, 0, LIMIT_MAX, 100, &plan->limit, err);
    if (rc == TH_OK)
        rc = cli_option_number(o, OPT_OFFSET, 0, UINT32_MAX, 0, &plan->offset, err);
    if (rc == TH_OK)
        rc = sort_of(o, plan, err);
    if (rc == TH_OK)
        rc = th_flat_fields_parse(
            th_str_of(o->given[OPT_FIELDS] ? o->value[OPT_FIELDS] : DEFAULT_FIELDS), &plan->fields,
            err);
    return rc;
}

/* The rows to show, in order. */
static enum th_code page_of(struct cli *cli, th_app *app, const struct plan *plan,
                            const struct th_bits *rows, uint32_t **out, size_t *out_n,
                            struct th_err *err)
{
    size_t count = th_bits_count(rows);
    size_t room = plan->limit < count ? (size_t)plan->limit : count;
    uint32_t *page = th_xreallocarray(NULL, room + 1, sizeof *page);
    size_t n = 0;
    bool descending = plan->newest || plan->descending;
    enum th_code rc = th_ops_page(th_app_table(app), rows, plan->sort, descending,
                                  (size_t)plan->offset, room, cli->cancel, page, &n, err);
    if (rc != TH_OK) {
        free(page);
        return rc;
    }
    for (size_t i = 0; plan->newest && i < n / 2; i++) {
        uint32_t row = page[i];
        page[i] = page[n - 1 - i];
        page[n - 1 - i] = row;
    }
    *out = page;
    *out_n = n;
    return TH_OK;
}

struct joined {
    struct th_buf text;
    size_t n;
};

static void join(void *ctx, struct th_str value)
{
    struct joined *j = ctx;
    if (j->n++ > 0)
        th_buf_puts(&j->text, ", ");
    th_buf_add_str(&j->text, value);
}

/* A heading for a table: the last two parts of an ECS name say enough. */
static const char *heading_of(const char *name)
{
    const char *heading = name;
    int dots = 0;
    for (const char *p = name + strlen(name); p > name; p--)
        if (p[-1] == '.' && ++dots == 2) {
            heading = p;
            break;
        }
    return heading;
}

/* False: the record can't be read, and the event is left out, or *rc says what else is wrong. */
static bool read_record(th_app *app, uint32_t row, struct th_buf *raw, enum th_code *rc,
                        struct th_err *err)
{
    struct th_err why;
    th_err_clear(&why);
    *rc = th_app_raw(app, row, raw, &why);
    if (*rc == TH_OK)
        return true;
    if (th_case_unreadable(*rc)) {
        th_table_lose(th_app_table(app), row, 0, why.msg);
        *rc = TH_OK;
    } else {
        *rc = th_err_set(err, *rc, "%s", why.msg);
    }
    return false;
}

static enum th_code print_table(struct cli *cli, th_app *app, const struct plan *plan,
                                const uint32_t *page, size_t n, int *code, struct th_err *err)
{
    size_t cols = plan->fields.n;
    struct cli_column *columns = th_xcalloc(cols, sizeof *columns);
    struct cli_cell *cells = th_xcalloc(cols, sizeof *cells);
    struct joined *texts = th_xcalloc(cols, sizeof *texts);
    for (size_t i = 0; i < cols; i++)
        columns[i] = (struct cli_column){plan->fields.field[i].name,
                                         heading_of(plan->fields.field[i].name), false};
    cli_out *out = cli_out_begin(stdout, CLI_TABLE, columns, cols);
    struct th_buf raw = TH_BUF_INIT;
    bool records = th_flat_needs_records(&plan->fields);
    enum th_code rc = TH_OK;
    for (size_t r = 0; rc == TH_OK && r < n; r++) {
        th_buf_reset(&raw);
        if (records && !read_record(app, page[r], &raw, &rc, err))
            continue;
        for (size_t i = 0; rc == TH_OK && i < cols; i++) {
            th_buf_reset(&texts[i].text);
            texts[i].n = 0;
            rc = th_flat_values(th_app_table(app), page[r], &plan->fields.field[i],
                                th_buf_str(&raw), join, &texts[i], err);
            cells[i] = texts[i].n == 0 ? CLI_CELL_ABSENT : cli_text(th_buf_str(&texts[i].text));
        }
        if (rc == TH_OK && !cli_out_row(out, cells))
            break; /* cli_end_out says why */
        if (rc == TH_OK && th_cancelled(cli->cancel))
            rc = th_err_set(err, TH_E_CANCELLED, "interrupted");
    }
    for (size_t i = 0; i < cols; i++)
        th_buf_fini(&texts[i].text);
    th_buf_fini(&raw);
    *code = cli_end_out(out, *code);
    free(columns);
    free(cells);
    free(texts);
    return rc;
}

/* What becomes of events. */
struct lines {
    th_table *table;
    const struct plan *plan;
    atomic_size_t cut; /* cells of CSV */
};

/* On several threads at once. */
static enum th_code make_line(void *ctx, uint32_t row, int64_t source, struct th_str raw,
                              struct th_buf *out, struct th_err *err)
{
    struct lines *l = ctx;
    (void)source;
    if (l->plan->format == CLI_CSV) {
        size_t cut = 0;
        enum th_code made = th_flat_csv(l->table, row, &l->plan->fields, raw, out, &cut, err);
        atomic_fetch_add(&l->cut, cut);
        return made;
    }
    enum th_code rc = th_flat_json(l->table, row, &l->plan->fields, raw, out, err);
    th_buf_putc(out, '\n');
    return rc;
}

static enum th_code write_line(void *ctx, struct th_str text, struct th_err *err)
{
    (void)ctx;
    return cli_write(stdout, text, err);
}

static enum th_code print_lines(struct cli *cli, th_app *app, const struct plan *plan,
                                const uint32_t *page, size_t n, struct th_err *err)
{
    struct lines lines = {.table = th_app_table(app), .plan = plan};
    struct th_buf heading = TH_BUF_INIT;
    enum th_code rc = TH_OK;
    if (plan->format == CLI_CSV) {
        th_flat_csv_heading(&plan->fields, &heading);
        rc = cli_write(stdout, th_buf_str(&heading), err);
    }
    const struct th_app_texts texts = {.order = page,
                                       .n = n,
                                       .records = th_flat_needs_records(&plan->fields),
                                       .growth = 1,
                                       .make = make_line,
                                       .write = write_line,
                                       .ctx = &lines};
    if (rc == TH_OK)
        rc = th_app_texts(app, &texts, cli->cancel, err);
    if (rc == TH_OK)
        rc = cli_flush(stdout, err);
    if (rc == TH_OK)
        cli_note_cut(lines.cut);
    th_buf_fini(&heading);
    return rc;
}

static int query(struct cli *cli, th_app *app, const struct plan *plan)
{
    struct th_err err = {0};
    struct th_bits rows;
    int code = CLI_EXIT_OK;
    if (!cli_rows(cli, app, &rows, &code))
        return code;
    uint32_t *page = NULL;
    size_t n = 0;
    enum th_code rc = page_of(cli, app, plan, &rows, &page, &n, &err);
    th_bits_fini(&rows);
    if (rc == TH_OK && plan->format == CLI_TABLE)
        rc = print_table(cli, app, plan, page, n, &code, &err);
    else if (rc == TH_OK)
        rc = print_lines(cli, app, plan, page, n, &err);
    free(page);
    if (rc == TH_OK || (rc == TH_E_CANCELLED && !th_cancelled(cli->cancel)))
        return code;
    return cli_fail(rc, &err);
}

int cli_cmd_query(struct cli *cli)
{
    struct th_err err = {0};
    struct plan plan = {.fields = {NULL, 0}};
    enum th_code rc = plan_of(cli->options, &plan, &err);
    if (rc != TH_OK)
        return cli_fail_usage(cli, "%s", err.msg);
    th_app *app = NULL;
    rc = cli_open_app(cli, TH_CASE_READ, &app, &err);
    int code = rc == TH_OK ? query(cli, app, &plan) : cli_fail(rc, &err);
    th_flat_fields_fini(&plan.fields);
    return cli_close(app, code);
}
