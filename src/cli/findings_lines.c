/* The first line has level, rule, and at the right what is short: events, times, state. It is as
 * wide as the longest rule name that leaves room for these; under a longer name they have a line of
 * their own. The second line, indented, tells group and why. */
#include "cli/findings_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/out.h"

#define GAP    2
#define INDENT 4

enum { LEVEL, NAME, EVENTS, TIMES, STATE, TEXTS };
static const char *const headings[TEXTS] = {"LEVEL", "WHAT", "EVENTS", "TIME (UTC)", "STATE"};

/* Made safe for a terminal. */
struct item {
    char *text[TEXTS];
    char *body, *note; /* note NULL: none */
};

struct cli_findings_lines {
    int cols;
    bool ascii;
    struct item *item;
    size_t n, cap;
    int width[TEXTS];
};

cli_findings_lines *cli_findings_lines_new(int cols, bool ascii)
{
    cli_findings_lines *lines = th_xcalloc(1, sizeof *lines);
    lines->cols = cols;
    lines->ascii = ascii;
    for (int i = 0; i < TEXTS; i++)
        lines->width[i] = th_text_width(th_str_of(headings[i]));
    return lines;
}

static int width_of(const char *text)
{
    return th_text_width(th_str_of(text));
}

static char *safe(const cli_findings_lines *lines, struct th_str text)
{
    struct th_buf out = TH_BUF_INIT;
    th_text_sanitise(&out, text, lines->ascii);
    return th_buf_take(&out);
}

/* "2026-03-03 02:14:01–02:14:28": what the end has in common with the beginning is said once. */
static char *times_of(const cli_findings_lines *lines, int64_t first_ms, int64_t last_ms)
{
    enum { DATE = 10, CLOCK = 11, SECONDS = 19 };
    char first[TH_TIME_ISO_BYTES], last[TH_TIME_ISO_BYTES];
    if (first_ms == TH_TIME_NONE || last_ms == TH_TIME_NONE)
        return th_xstrdup("");
    th_time_iso(first_ms, first);
    th_time_iso(last_ms, last);
    first[DATE] = last[DATE] = ' ';
    bool same_day = strncmp(first, last, DATE) == 0;
    if (strncmp(first, last, SECONDS) == 0)
        return th_xstrndup(first, SECONDS);
    return th_xasprintf("%.*s%s%.*s", SECONDS, first, lines->ascii ? "-" : "–",
                        same_day ? SECONDS - CLOCK : SECONDS, same_day ? last + CLOCK : last);
}

/* Columns of what stands at the right. */
static int right_width(const cli_findings_lines *lines)
{
    return lines->width[EVENTS] + GAP + lines->width[TIMES] + GAP + lines->width[STATE];
}

void cli_findings_lines_add(cli_findings_lines *lines, const struct th_finding *row,
                            struct th_str group)
{
    struct th_buf body = TH_BUF_INIT;
    TH_GROW(lines->item, lines->n, lines->cap);
    struct item *item = &lines->item[lines->n++];
    *item = (struct item){
        .text = {[LEVEL] = safe(lines, th_str_of(row->level)),
                 [NAME] = safe(lines, th_str_of(row->name)),
                 [EVENTS] = th_xasprintf("%llu", (unsigned long long)row->count),
                 [TIMES] = times_of(lines, row->first_ms, row->last_ms),
                 [STATE] = safe(lines, th_str_of(th_finding_state_word(row->state)))},
        .note = row->note == NULL ? NULL : safe(lines, th_str_of(row->note)),
    };
    th_text_sanitise(&body, group.p == NULL ? TH_STR("") : group, lines->ascii);
    if (body.n > 0 && row->why[0] != '\0')
        th_buf_puts(&body, lines->ascii ? " - " : " · ");
    th_text_sanitise(&body, th_str_of(row->why), lines->ascii);
    item->body = th_buf_take(&body);
    for (int i = 0; i < TEXTS; i++)
        if (i != NAME && width_of(item->text[i]) > lines->width[i])
            lines->width[i] = width_of(item->text[i]);
}

/* ---- writing ---- */

static void blanks(struct th_buf *out, int n)
{
    for (int i = 0; i < n; i++)
        th_buf_putc(out, ' ');
}

/* Text wrapped between columns indent and cols, at blanks if there are any; the cursor stands at
 * indent. Returns the column behind the last word. */
static int wrap(struct th_buf *out, const char *text, int indent, int cols)
{
    struct th_str all = th_str_of(text);
    int at = indent;
    for (size_t i = 0; i < all.n;) {
        size_t end = i;
        while (end < all.n && all.p[end] != ' ')
            end++;
        int width = th_text_width(th_str_sub(all, i, end - i));
        if (at > indent && at + 1 + width > cols) {
            th_buf_putc(out, '\n');
            blanks(out, indent);
            at = indent;
        } else if (at > indent) {
            th_buf_putc(out, ' ');
            at++;
        }
        while (i < end) {
            size_t next = i;
            int more = th_text_cp_width(th_utf8_next(all, &next));
            if (at > indent && at + more > cols) {
                th_buf_putc(out, '\n');
                blanks(out, indent);
                at = indent;
            }
            th_buf_add_str(out, th_str_sub(all, i, next - i));
            at += more;
            i = next;
        }
        while (i < all.n && all.p[i] == ' ')
            i++;
    }
    return at;
}

/* Events, times and state; blanks more come in front. */
static void right(const cli_findings_lines *lines, struct th_buf *out, int more,
                  const char *const text[TEXTS])
{
    blanks(out, more + lines->width[EVENTS] - width_of(text[EVENTS]));
    th_buf_puts(out, text[EVENTS]);
    blanks(out, GAP);
    th_buf_puts(out, text[TIMES]);
    blanks(out, GAP + lines->width[TIMES] - width_of(text[TIMES]));
    th_buf_puts(out, text[STATE]);
    th_buf_putc(out, '\n');
}

/* The first line. name_width: columns that names in one line with the right side have. */
static void first_line(const cli_findings_lines *lines, struct th_buf *out, int name_width,
                       const char *const text[TEXTS])
{
    int name_at = lines->width[LEVEL] + GAP;
    int from = name_at < lines->cols / 2 ? name_at : INDENT;
    th_buf_puts(out, text[LEVEL]);
    if (from == name_at) {
        blanks(out, name_at - width_of(text[LEVEL]));
    } else { /* a very narrow terminal */
        th_buf_putc(out, '\n');
        blanks(out, from);
    }
    int at = wrap(out, text[NAME], from, lines->cols);
    int right_at = name_at + name_width + GAP;
    if (right_at + right_width(lines) <= lines->cols && from == name_at) {
        if (width_of(text[NAME]) <= name_width) {
            right(lines, out, right_at - at, text);
        } else {
            th_buf_putc(out, '\n');
            right(lines, out, right_at, text);
        }
        return;
    }
    char *rest = th_xasprintf("%s  %s  %s", text[EVENTS], text[TIMES], text[STATE]);
    th_buf_putc(out, '\n');
    blanks(out, from);
    (void)wrap(out, rest, from, lines->cols);
    th_buf_putc(out, '\n');
    free(rest);
}

static void indented(const cli_findings_lines *lines, struct th_buf *out, const char *text)
{
    int indent = INDENT < lines->cols / 2 ? INDENT : 0;
    if (text[0] == '\0')
        return;
    blanks(out, indent);
    (void)wrap(out, text, indent, lines->cols);
    th_buf_putc(out, '\n');
}

enum th_code cli_findings_lines_write(const cli_findings_lines *lines, FILE *file,
                                      struct th_err *err)
{
    struct th_buf out = TH_BUF_INIT;
    int room = lines->cols - (lines->width[LEVEL] + GAP) - GAP - right_width(lines);
    int name_width = lines->width[NAME];
    for (size_t i = 0; i < lines->n; i++) {
        int width = width_of(lines->item[i].text[NAME]);
        if (width <= room && width > name_width)
            name_width = width;
    }
    if (lines->n > 0)
        first_line(lines, &out, name_width, headings);
    for (size_t i = 0; i < lines->n; i++) {
        const struct item *item = &lines->item[i];
        first_line(lines, &out, name_width, (const char *const *)item->text);
        indented(lines, &out, item->body);
        if (item->note != NULL && item->note[0] != '\0') {
            char *note = th_xasprintf("note: %s", item->note);
            indented(lines, &out, note);
            free(note);
        }
    }
    enum th_code rc = out.n == 0 ? TH_OK : cli_write(file, th_buf_str(&out), err);
    th_buf_fini(&out);
    return rc == TH_OK ? cli_flush(file, err) : rc;
}

void cli_findings_lines_free(cli_findings_lines *lines)
{
    if (lines == NULL)
        return;
    for (size_t i = 0; i < lines->n; i++) {
        for (int t = 0; t < TEXTS; t++)
            free(lines->item[i].text[t]);
        free(lines->item[i].body);
        free(lines->item[i].note);
    }
    free(lines->item);
    free(lines);
}
