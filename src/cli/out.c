/* JSON lines and CSV stream row by row. A table waits for OUT_SAMPLE rows to learn its widths,
 * prints them, then streams with the same widths; columns that don't fit give way from the widest,
 * and everything shown goes through the sanitiser. */
#include "cli/out.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/cli.h"
#include "export/csv.h"

#define OUT_SAMPLE      1000
#define OUT_WIDTH_MIN   6
#define OUT_TIME_MIN    20 /* 2026-03-01T09:00:00 and the mark of what was cut */
#define OUT_TEXT_MIN    10
#define OUT_FLUSH_BYTES (1u << 16)

struct cli_out {
    FILE *file;
    enum cli_format format;
    const struct cli_column *columns;
    size_t columns_n;
    int *width;
    int terminal_cols; /* 0: not cut */
    bool ascii;
    char **kept; /* cells of the rows that wait, columns_n each */
    size_t kept_n, kept_cap;
    bool widths_known;
    struct th_buf line;
    size_t cut; /* cells of CSV */
    enum th_code failed;
    struct th_err err;
};

struct cli_cell cli_time(int64_t ts_ms)
{
    return (struct cli_cell){.kind = ts_ms == TH_TIME_NONE ? CLI_ABSENT : CLI_TIME,
                             .number = ts_ms};
}

bool cli_ascii_only(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

enum th_code cli_format_of(const char *word, enum cli_format *out, struct th_err *err)
{
    static const char *const words[] = {
        [CLI_TABLE] = "table", [CLI_JSONL] = "jsonl", [CLI_CSV] = "csv"};
    if (word == NULL) {
        *out = isatty(STDOUT_FILENO) ? CLI_TABLE : CLI_JSONL;
        return TH_OK;
    }
    for (size_t i = 0; i < TH_COUNT(words); i++)
        if (strcmp(words[i], word) == 0) {
            *out = (enum cli_format)i;
            return TH_OK;
        }
    return th_err_set(err, TH_E_USAGE, "unknown format '%s': table, jsonl or csv", word);
}

static enum th_code write_error(struct th_err *err)
{
    if (errno == EPIPE)
        return th_err_set(err, TH_E_CANCELLED, "the reader went away");
    if (errno == EINTR) {
        (void)th_err_set(err, TH_E_CANCELLED, "interrupted");
        err->sys_errno = EINTR;
        return TH_E_CANCELLED;
    }
    return th_err_errno(err, "writing output");
}

enum th_code cli_write(FILE *file, struct th_str bytes, struct th_err *err)
{
    if (!isatty(fileno(file)))
        return fwrite(bytes.p, 1, bytes.n, file) == bytes.n ? TH_OK : write_error(err);
    struct th_buf safe = TH_BUF_INIT;
    th_text_escape(&safe, bytes);
    enum th_code rc = fwrite(safe.p, 1, safe.n, file) == safe.n ? TH_OK : write_error(err);
    th_buf_fini(&safe);
    return rc;
}

enum th_code cli_flush(FILE *file, struct th_err *err)
{
    return fflush(file) == 0 ? TH_OK : write_error(err);
}

int cli_terminal_width(FILE *file)
{
    if (!isatty(fileno(file)))
        return 0;
    const char *columns = getenv("COLUMNS");
    long n = columns == NULL ? 0 : strtol(columns, NULL, 10);
    struct winsize size;
    if (n <= 0 && ioctl(fileno(file), TIOCGWINSZ, &size) == 0)
        n = size.ws_col;
    return n > 0 && n < 10000 ? (int)n : 80;
}

cli_out *cli_out_begin(FILE *file, enum cli_format format, const struct cli_column *columns,
                       size_t columns_n)
{
    cli_out *out = th_xcalloc(1, sizeof *out);
    out->file = file;
    out->format = format;
    out->columns = columns;
    out->columns_n = columns_n;
    out->width = th_xcalloc(columns_n + 1, sizeof *out->width);
    out->ascii = cli_ascii_only();
    if (format == CLI_TABLE)
        out->terminal_cols = cli_terminal_width(file);
    if (format == CLI_CSV) {
        for (size_t i = 0; i < columns_n; i++) {
            if (i > 0)
                th_buf_putc(&out->line, ',');
            (void)th_csv_cell(&out->line, th_str_of(columns[i].key), false);
        }
        th_buf_puts(&out->line, "\r\n");
    }
    return out;
}

static void flush(cli_out *out, size_t from_bytes)
{
    if (out->line.n < from_bytes || out->line.n == 0)
        return;
    if (out->failed == TH_OK)
        out->failed = cli_write(out->file, th_buf_str(&out->line), &out->err);
    th_buf_reset(&out->line);
}

static void json_cell(struct th_jsonw *w, const char *key, const struct cli_cell *cell)
{
    if (cell->kind == CLI_ABSENT)
        return;
    th_jsonw_key(w, key);
    switch (cell->kind) {
    case CLI_ABSENT:
    case CLI_NULL:
        th_jsonw_null(w);
        break;
    case CLI_TEXT:
        th_jsonw_string(w, cell->text);
        break;
    case CLI_NUMBER:
        th_jsonw_i64(w, cell->number);
        break;
    case CLI_DOUBLE:
        th_jsonw_double(w, cell->real, 3);
        break;
    case CLI_TIME:
        th_jsonw_time(w, cell->number);
        break;
    case CLI_RAW:
        th_jsonw_raw(w, cell->text);
        break;
    }
}

/* A cell as plain text, unsanitised. */
static void plain(struct th_buf *text, const struct cli_cell *cell)
{
    char iso[TH_TIME_ISO_BYTES];
    switch (cell->kind) {
    case CLI_ABSENT:
    case CLI_NULL:
        break;
    case CLI_TEXT:
    case CLI_RAW:
        th_buf_add_str(text, cell->text);
        break;
    case CLI_NUMBER:
        th_buf_add_i64(text, cell->number);
        break;
    case CLI_DOUBLE:
        th_buf_printf(text, "%.3f", cell->real);
        break;
    case CLI_TIME:
        th_time_iso(cell->number, iso);
        th_buf_puts(text, iso);
        break;
    }
}

static void csv_row(cli_out *out, const struct cli_cell *cells)
{
    struct th_buf text = TH_BUF_INIT;
    for (size_t i = 0; i < out->columns_n; i++) {
        th_buf_reset(&text);
        plain(&text, &cells[i]);
        if (i > 0)
            th_buf_putc(&out->line, ',');
        out->cut += th_csv_cell(&out->line, text.n == 0 ? TH_STR_NONE : th_buf_str(&text),
                                cells[i].kind == CLI_TEXT || cells[i].kind == CLI_RAW);
    }
    th_buf_puts(&out->line, "\r\n");
    th_buf_fini(&text);
}

/* Is it a time as cells have them? */
static bool is_time(const char *text)
{
    int64_t ts;
    return strlen(text) == sizeof "2026-03-01T09:00:00.000Z" - 1 &&
           th_time_parse(th_str_of(text), &ts);
}

/* A column of times: its first cell that isn't empty is one. */
static bool has_times(const cli_out *out, size_t column)
{
    for (size_t row = 0; row < out->kept_n; row++) {
        const char *text = out->kept[row * out->columns_n + column];
        if (text[0] != '\0')
            return is_time(text);
    }
    return false;
}

/* Cut until all columns with two blanks between fit: the widest gives way, one column at a time,
 * none below its least. False when that isn't enough. */
static bool shrink(const cli_out *out, const int *least, int *width)
{
    for (;;) {
        int total = -2;
        size_t widest = out->columns_n;
        for (size_t i = 0; i < out->columns_n; i++) {
            if (out->columns[i].heading == NULL)
                continue;
            total += width[i] + 2;
            if (width[i] > least[i] && (widest == out->columns_n || width[i] > width[widest]))
                widest = i;
        }
        if (total <= out->terminal_cols)
            return true;
        if (widest == out->columns_n)
            return false;
        width[widest]--;
    }
}

/* Times keep their seconds when enough is left for the others. */
static void fit(cli_out *out)
{
    int *least = th_xcalloc(out->columns_n + 1, sizeof *least);
    int *width = th_xcalloc(out->columns_n + 1, sizeof *width);
    if (out->terminal_cols != 0) {
        memcpy(width, out->width, out->columns_n * sizeof *width);
        for (size_t i = 0; i < out->columns_n; i++)
            least[i] = has_times(out, i) ? OUT_TIME_MIN : OUT_TEXT_MIN;
        if (shrink(out, least, width)) {
            memcpy(out->width, width, out->columns_n * sizeof *width);
        } else {
            for (size_t i = 0; i < out->columns_n; i++)
                least[i] = OUT_WIDTH_MIN;
            (void)shrink(out, least, out->width);
        }
    }
    free(least);
    free(width);
}

static void pad(struct th_buf *line, int n)
{
    for (int i = 0; i < n; i++)
        th_buf_putc(line, ' ');
}

static void table_cells(cli_out *out, const char *const *texts)
{
    int owed = 0; /* blanks before the next text, so that no line ends in blanks */
    for (size_t i = 0; i < out->columns_n; i++) {
        if (out->columns[i].heading == NULL)
            continue;
        struct th_str text = th_str_of(texts[i]);
        bool cut = out->terminal_cols != 0;
        int cols = th_text_width(text);
        int missing = out->width[i] - (cols < out->width[i] ? cols : out->width[i]);
        if (out->columns[i].right)
            owed += missing;
        if (text.n > 0) {
            pad(&out->line, owed);
            owed = 0;
            if (cut)
                (void)th_text_clip(&out->line, text, out->width[i], out->ascii);
            else
                th_buf_add_str(&out->line, text);
        }
        owed += (out->columns[i].right ? 0 : missing) + 2;
    }
    th_buf_putc(&out->line, '\n');
}

static void table_start(cli_out *out)
{
    if (out->widths_known)
        return;
    out->widths_known = true;
    fit(out);
    const char **headings = th_xcalloc(out->columns_n + 1, sizeof *headings);
    for (size_t i = 0; i < out->columns_n; i++)
        headings[i] = out->columns[i].heading == NULL ? "" : out->columns[i].heading;
    if (out->kept_n > 0)
        table_cells(out, headings);
    free(headings);
    for (size_t r = 0; r < out->kept_n; r++) {
        const char *const *cells = (const char *const *)(out->kept + r * out->columns_n);
        table_cells(out, cells);
    }
    for (size_t i = 0; i < out->kept_n * out->columns_n; i++)
        free(out->kept[i]);
    free(out->kept);
    out->kept = NULL;
    out->kept_n = 0;
}

static void table_row(cli_out *out, const struct cli_cell *cells)
{
    char **texts = th_xcalloc(out->columns_n + 1, sizeof *texts);
    struct th_buf text = TH_BUF_INIT;
    for (size_t i = 0; i < out->columns_n; i++) {
        struct th_buf safe = TH_BUF_INIT;
        th_buf_reset(&text);
        if (cells[i].kind == CLI_NULL) /* as the workbench shows what is absent */
            th_buf_puts(&text, out->ascii ? "-" : "–");
        else
            plain(&text, &cells[i]);
        th_text_sanitise(&safe, text.n == 0 ? TH_STR("") : th_buf_str(&text), out->ascii);
        texts[i] = th_buf_take(&safe);
    }
    th_buf_fini(&text);
    if (out->widths_known) {
        table_cells(out, (const char *const *)texts);
        for (size_t i = 0; i < out->columns_n; i++)
            free(texts[i]);
        free(texts);
        return;
    }
    for (size_t i = 0; i < out->columns_n; i++) {
        int heading =
            out->columns[i].heading == NULL ? 0 : th_text_width(th_str_of(out->columns[i].heading));
        int cols = th_text_width(th_str_of(texts[i]));
        if (heading > out->width[i])
            out->width[i] = heading;
        if (cols > out->width[i])
            out->width[i] = cols;
    }
    out->kept = th_xreallocarray(out->kept, (out->kept_n + 1) * out->columns_n, sizeof *out->kept);
    memcpy(out->kept + out->kept_n * out->columns_n, texts, out->columns_n * sizeof *texts);
    out->kept_n++;
    free(texts);
    if (out->kept_n == OUT_SAMPLE)
        table_start(out);
}

bool cli_out_row(cli_out *out, const struct cli_cell *cells)
{
    struct th_jsonw w;
    switch (out->format) {
    case CLI_TABLE:
        table_row(out, cells);
        break;
    case CLI_JSONL:
        th_jsonw_init(&w, &out->line);
        th_jsonw_begin_object(&w);
        for (size_t i = 0; i < out->columns_n; i++)
            json_cell(&w, out->columns[i].key, &cells[i]);
        th_jsonw_end_object(&w);
        th_buf_putc(&out->line, '\n');
        break;
    case CLI_CSV:
        csv_row(out, cells);
        break;
    }
    flush(out, OUT_FLUSH_BYTES);
    return out->failed == TH_OK;
}

void cli_note_cut(size_t cells)
{
    if (cells > 0)
        cli_note("%zu cell%s longer than the %d characters that a spreadsheet takes, and end%s in "
                 "[cut]; jsonl has all of it",
                 cells, cells == 1 ? " was" : "s were", TH_CSV_CELL_MAX, cells == 1 ? "s" : "");
}

enum th_code cli_out_end(cli_out *out, struct th_err *err)
{
    if (out->format == CLI_TABLE)
        table_start(out);
    flush(out, 1);
    if (out->failed == TH_OK)
        out->failed = cli_flush(out->file, &out->err);
    enum th_code rc = out->failed;
    if (rc != TH_OK)
        *err = out->err;
    else
        cli_note_cut(out->cut);
    for (size_t i = 0; i < out->kept_n * out->columns_n; i++)
        free(out->kept[i]);
    free(out->kept);
    free(out->width);
    th_buf_fini(&out->line);
    free(out);
    return rc;
}
