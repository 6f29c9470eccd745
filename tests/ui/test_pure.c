/* The parts of the workbench that are functions without a screen: layout, columns, bars, key names,
 * formats. */
#include "lib/tap.h"

#include "base/compiler.h"
#include "ui/app/message.h"
#include "ui/term/keys.h"
#include "ui/term/theme.h"
#include "ui/widget/bar_height.h"
#include "ui/widget/columns.h"
#include "ui/widget/format.h"
#include "ui/widget/layout.h"

/* ---- layout ---- */

static bool inside(struct ui_rect r, int rows, int cols)
{
    return r.h == 0 ||
           (r.y >= 0 && r.x >= 0 && r.h > 0 && r.w > 0 && r.y + r.h <= rows && r.x + r.w <= cols);
}

static bool apart(struct ui_rect a, struct ui_rect b)
{
    return a.h == 0 || b.h == 0 || a.y + a.h <= b.y || b.y + b.h <= a.y || a.x + a.w <= b.x ||
           b.x + b.w <= a.x;
}

static bool sound(const struct ui_layout *l, int rows, int cols)
{
    const struct ui_rect all[] = {l->head,  l->filter, l->histogram, l->axis, l->facets,
                                  l->table, l->detail, l->sentence,  l->keys};
    if (l->too_small)
        return rows < UI_MIN_ROWS || cols < UI_MIN_COLS;
    for (size_t i = 0; i < TH_COUNT(all); i++) {
        if (!inside(all[i], rows, cols))
            return false;
        for (size_t k = 0; k < i; k++)
            if (!apart(all[i], all[k]))
                return false;
    }
    return l->table.h >= 1 && l->table.w >= 20 && l->head.h == 1 && l->filter.h == 1 &&
           l->keys.h == 1;
}

static void test_layout(void)
{
    size_t bad = 0, tried = 0;
    for (int rows = 1; rows <= 120; rows++)
        for (int cols = 1; cols <= 320; cols++)
            for (int wish = 0; wish < 9; wish++) {
                struct ui_layout l;
                ui_layout_solve(rows, cols, (enum ui_wish)(wish % 3), (enum ui_wish)(wish / 3),
                                false, &l);
                bad += !sound(&l, rows, cols);
                tried++;
            }
    tap_ok(bad == 0, "%zu layouts: every part on the screen, none over another", tried);
    struct ui_layout l;
    ui_layout_solve(24, 80, UI_BY_SIZE, UI_BY_SIZE, false, &l);
    tap_ok(l.facets.h == 0 && l.detail.h == 0 && l.histogram.h == 2,
           "80x24: a histogram of two rows, no facets, no detail");
    ui_layout_solve(24, 110, UI_BY_SIZE, UI_BY_SIZE, false, &l);
    tap_ok(l.facets.h > 0, "facets from 110 columns");
    ui_layout_solve(24, 109, UI_BY_SIZE, UI_BY_SIZE, false, &l);
    tap_ok(l.facets.h == 0, "and not before");
    ui_layout_solve(34, 100, UI_BY_SIZE, UI_BY_SIZE, false, &l);
    tap_ok(l.detail.h > 0 && !l.detail_right && l.detail.y > l.table.y,
           "detail below from 34 rows");
    ui_layout_solve(33, 100, UI_BY_SIZE, UI_BY_SIZE, false, &l);
    tap_ok(l.detail.h == 0, "and not before");
    ui_layout_solve(24, 180, UI_BY_SIZE, UI_BY_SIZE, false, &l);
    tap_ok(l.detail.h > 0 && l.detail_right && l.detail.y == l.table.y,
           "detail at the right from 180 columns");
    ui_layout_solve(24, 80, UI_SHOWN, UI_BY_SIZE, false, &l);
    tap_ok(l.facets.h > 0 && l.table.w >= 40, "facets where they were asked for");
    ui_layout_solve(50, 200, UI_HIDDEN, UI_HIDDEN, false, &l);
    tap_ok(l.facets.h == 0 && l.detail.h == 0, "nothing that was put away");
    ui_layout_solve(200, 100, UI_BY_SIZE, UI_BY_SIZE, false, &l);
    tap_ok(l.histogram.h == 6, "a histogram of six rows at most");
}

/* ---- columns ---- */

static int sum(const int *widths, size_t n, int gap)
{
    int total = 0, shown = 0;
    for (size_t i = 0; i < n; i++) {
        total += widths[i];
        shown += widths[i] > 0;
    }
    return total + (shown > 1 ? (shown - 1) * gap : 0);
}

static void test_columns(void)
{
    static const struct ui_column_spec specs[] = {
        {14, 14, 14, 0, false}, {12, 16, 26, 2, false}, {18, 24, 32, 0, false},
        {12, 22, 44, 3, false}, {13, 15, 26, 4, false}, {10, 14, 14, 6, true},
    };
    int widths[TH_COUNT(specs)];
    size_t bad = 0;
    for (int room = -5; room <= 400; room++) {
        int used = ui_columns_solve(room, 1, specs, TH_COUNT(specs), widths);
        bad += used != sum(widths, TH_COUNT(specs), 1) || (room > 0 ? used > room : used != 0);
        for (size_t i = 0; i < TH_COUNT(specs); i++)
            bad += widths[i] < 0 || widths[i] > specs[i].most;
    }
    tap_ok(bad == 0, "widths fit into every room and stay under their most");
    ui_columns_solve(400, 1, specs, TH_COUNT(specs), widths);
    tap_ok(widths[3] == 44 && widths[5] == 14, "with room, everything grows to its most");
    ui_columns_solve(78, 1, specs, TH_COUNT(specs), widths);
    tap_ok(widths[5] == 0, "an optional column goes before the others shrink to their least");
    tap_ok(widths[4] == 13 && widths[3] == 12 && widths[1] >= 12 && widths[2] >= 18,
           "then what gives way first shrinks");
    ui_columns_solve(50, 1, specs, TH_COUNT(specs), widths);
    tap_ok(widths[4] == 0 && widths[3] == 0 && widths[0] == 14 && widths[2] >= 18,
           "time and action stay");
    ui_columns_solve(10, 1, specs, TH_COUNT(specs), widths);
    tap_ok(sum(widths, TH_COUNT(specs), 1) <= 10 && widths[0] > 0,
           "in hardly any room the first column is cut");
    tap_is_int(ui_columns_solve(0, 1, specs, TH_COUNT(specs), widths), 0, "no room, no columns");
    tap_is_int(ui_columns_solve(10, 1, specs, 0, widths), 0, "no columns, no width");
}

/* ---- bars ---- */

static void test_bars(void)
{
    tap_is_int(ui_bar_eighths(0, 100, 2), 0, "nothing is nothing");
    tap_is_int(ui_bar_eighths(1, 1000000, 2), 1, "something is never drawn as nothing");
    tap_is_int(ui_bar_eighths(100, 100, 2), 16, "the highest is the full height");
    tap_is_int(ui_bar_eighths(50, 100, 2), 8, "half the count is half the height");
    tap_is_int(ui_bar_eighths(UINT64_MAX, UINT64_MAX, 6), 48, "the largest count there is");
    tap_is_int(ui_bar_eighths(5, 0, 2), 0, "a highest of nothing");
    tap_is_int(ui_bar_eighths(5, 5, 0), 0, "no rows");
    bool grows = true;
    for (uint64_t i = 1; i <= 1000; i++)
        grows = grows && ui_bar_eighths(i, 1000, 3) >= ui_bar_eighths(i - 1, 1000, 3);
    tap_ok(grows, "more is never lower");
    tap_ok(ui_bar_block(0) == ' ' && ui_bar_block(1) == 0x2581 && ui_bar_block(8) == 0x2588 &&
               ui_bar_block(99) == 0x2588,
           "blocks from blank to full");
    size_t bad = 0;
    for (int w = 1; w <= 130; w++)
        for (size_t n = 1; n <= 130; n++) {
            size_t last = 0;
            for (int x = 0; x < w; x++) {
                size_t bucket = ui_bar_bucket(x, w, n);
                bad += bucket >= n || bucket < last || bucket > last + n / (size_t)w + 1;
                last = bucket;
                int from, to;
                ui_bar_columns(bucket, w, n, &from, &to);
                bad += n <= (size_t)w && (x < from || x >= to);
            }
            bad += n <= (size_t)w && last != n - 1;
        }
    tap_ok(bad == 0,
           "columns and buckets belong to each other, for all widths and counts up to 130");
    tap_is_int(ui_bar_time_column(1000, 1000, 500, 50), 0, "the first moment is the first column");
    tap_is_int(ui_bar_time_column(1499, 1000, 500, 50), 49, "the last moment is the last column");
    tap_is_int(ui_bar_time_column(1500, 1000, 500, 50), -1, "what comes after is outside");
    tap_is_int(ui_bar_time_column(TH_TIME_NONE, 1000, 500, 50), -1, "no time is outside");
    tap_is_int(ui_bar_time_column(INT64_MAX - 1, 0, INT64_MAX, 80), 79,
               "the longest span there is");
    bool fits = true;
    for (int64_t span = 1; span < 400 * TH_DAY_MS * 365 && span > 0; span *= 3)
        fits = fits && ui_axis_step(span, 80, 12) > 0 &&
               span / ui_axis_step(span, 80, 12) <= 80 / 12 + 1;
    tap_ok(fits, "labels of the axis find room for every span");
    static const struct {
        const char *from, *want;
        int days;
    } labels[] = {
        {"2020-09-14T00:44:20Z", "2021-01-01T00:00:00.000Z", 365},
        {"2021-01-01T00:00:00Z", "2021-01-01T00:00:00.000Z", 365},
        {"2021-01-01T00:00:01Z", "2022-01-01T00:00:00.000Z", 365},
        {"2021-03-01T00:00:00Z", "2022-01-01T00:00:00.000Z", 730},
        {"2024-01-31T12:00:00Z", "2024-02-01T00:00:00.000Z", 30},
        {"2024-12-02T00:00:00Z", "2025-01-01T00:00:00.000Z", 30},
        {"2024-02-02T00:00:00Z", "2024-04-01T00:00:00.000Z", 91},
        {"2024-02-02T00:00:00Z", "2024-07-01T00:00:00.000Z", 182},
        {"2024-02-02T01:00:00Z", "2024-02-03T00:00:00.000Z", 1},
    };
    for (size_t i = 0; i < TH_COUNT(labels); i++) {
        int64_t ts = 0;
        char iso[TH_TIME_ISO_BYTES];
        (void)th_time_parse(th_str_of(labels[i].from), &ts);
        th_time_iso(ui_axis_next(ts, labels[i].days * TH_DAY_MS), iso);
        tap_is_str(iso, labels[i].want, "the axis names a month or year where it begins");
    }
    bool forward = true;
    for (int64_t days = 1; days < 4000; days += days < 40 ? 3 : 400)
        for (int64_t from = TH_TIME_MIN - 800 * TH_DAY_MS; from < TH_TIME_MIN + 800 * TH_DAY_MS;
             from += 17 * TH_DAY_MS + 1)
            forward = forward && ui_axis_next(from + 1, days * TH_DAY_MS) > from;
    tap_ok(forward, "and goes on, also where a bucket begins before the year 0");
}

/* ---- keys ---- */

static void test_keys(void)
{
    struct th_buf name = TH_BUF_INIT;
    size_t bad = 0;
    for (int code = 1; code < UI_KEY_F12 + 1; code++) {
        th_buf_reset(&name);
        if (code >= 0x80 && code < UI_KEY_BASE)
            continue;
        ui_key_name(&name, code);
        if (name.n == 0 || code == 0x7f || code == UI_KEY_RESIZE || code == UI_KEY_MOUSE)
            continue;
        bad += ui_key_parse(th_buf_str(&name)) != code;
    }
    tap_ok(bad == 0, "every key that has a name is found by it");
    tap_is_int(ui_key_parse(TH_STR("Ctrl-R")), 18, "Ctrl-R");
    tap_is_int(ui_key_parse(TH_STR("\xc3\xa9")), 0xe9, "a character beyond ASCII");
    tap_is_int(ui_key_parse(TH_STR("F13")), UI_KEY_NONE, "F13 is no key");
    tap_is_int(ui_key_parse(TH_STR("Ctrl-r")), UI_KEY_NONE, "names are exact");
    tap_is_int(ui_key_parse(TH_STR("nonsense")), UI_KEY_NONE, "nonsense is no key");
    tap_is_int(ui_key_parse(TH_STR("")), UI_KEY_NONE, "nothing is no key");
    th_buf_reset(&name);
    ui_key_hint(&name, UI_KEY_BACKSPACE);
    tap_is_str(th_buf_cstr(&name), "⌫", "a short form for hints");
    th_buf_fini(&name);
}

/* ---- formats ---- */

static void formatted(struct th_buf *out, const char *want, const char *name)
{
    tap_is_str(th_buf_cstr(out), want, name);
    th_buf_reset(out);
}

static void test_formats(void)
{
    struct th_buf out = TH_BUF_INIT;
    int64_t a = 0, b = 0;
    ui_format_count(&out, 0);
    formatted(&out, "0", "count of nothing");
    ui_format_count(&out, 999);
    formatted(&out, "999", "count without a comma");
    ui_format_count(&out, 4812);
    formatted(&out, "4,812", "count with a comma");
    ui_format_count(&out, UINT64_MAX);
    formatted(&out, "18,446,744,073,709,551,615", "the largest count");
    ui_format_counted(&out, 1, "event", "events");
    formatted(&out, "1 event", "one");
    ui_format_share(&out, 1, 1000000);
    formatted(&out, "< 0.1 %", "a share too small for its decimals");
    ui_format_share(&out, 96, 4812);
    formatted(&out, "2.0 %", "a share");
    ui_format_share(&out, 0, 0);
    formatted(&out, "0.0 %", "a share of nothing");
    ui_format_bytes(&out, 999);
    formatted(&out, "999 B", "bytes");
    ui_format_bytes(&out, 12345678);
    formatted(&out, "12.3 MB", "megabytes");
    ui_format_bytes(&out, 999999);
    formatted(&out, "1.0 MB", "kilobytes never reach a thousand");
    (void)th_time_parse(TH_STR("2026-03-02T06:00:00Z"), &a);
    (void)th_time_parse(TH_STR("2026-03-05T18:12:09Z"), &b);
    ui_format_span(&out, a, b, false, false);
    formatted(&out, "2 Mar 06:00 – 5 Mar 18:12", "a span of days");
    ui_format_span(&out, a, a + 28000, true, false);
    formatted(&out, "2 Mar 2026 06:00:00 – 06:00:28", "a short span has seconds");
    ui_format_span(&out, a, a, false, false);
    formatted(&out, "2 Mar 06:00:00", "a moment");
    ui_format_span(&out, TH_TIME_NONE, b, false, false);
    formatted(&out, "no times", "no times");
    ui_format_row_time(&out, b, UI_DATE_YEAR, false);
    formatted(&out, "03-05 18:12:09", "a row's time within a year");
    ui_format_row_time(&out, TH_TIME_NONE, UI_DATE_FULL, false);
    formatted(&out, "–", "a row without a time");
    tap_ok(ui_date_shared(a, b, false) == UI_DATE_YEAR, "a year in common");
    tap_ok(ui_date_shared(a, a + 1000, false) == UI_DATE_DAY, "a day in common");
    tap_ok(ui_date_shared(a, a + 400 * TH_DAY_MS, false) == UI_DATE_FULL, "nothing in common");
    setenv("TZ", "EST5", 1);
    ui_format_time(&out, a, false, true, true);
    formatted(&out, "2 Mar 01:00:00", "local time, five hours behind");
    setenv("TZ", "UTC", 1);
    th_buf_fini(&out);
}

static void test_theme(void)
{
    size_t bad = 0;
    bool seen[256] = {false};
    for (int i = 0; i < UI_ROLE_COUNT; i++) {
        unsigned char letter = (unsigned char)ui_role_letter((enum ui_role)i);
        bad += seen[letter] || letter == ' ' || letter == '>';
        seen[letter] = true;
    }
    tap_ok(bad == 0, "every role has a letter of its own");
    bad = 0;
    for (int i = 0; i < UI_ROLE_COUNT; i++) {
        struct ui_look mono = ui_theme_look((enum ui_role)i, UI_THEME_MONO, 256),
                       eight = ui_theme_look((enum ui_role)i, UI_THEME_DARK, 8);
        bad += mono.fg != -1 || mono.bg != -1 || eight.fg > 7 || eight.bg > 7;
    }
    tap_ok(bad == 0, "no colour in mono, none above 7 on eight colours");
    tap_ok(ui_theme_look(UI_R_CURSOR, UI_THEME_MONO, 0).attrs != 0 &&
               ui_theme_look(UI_R_ALARM, UI_THEME_MONO, 0).attrs != 0,
           "cursor and alarm are seen without colour");
    tap_is_int(ui_theme_guess(NULL, NULL), UI_THEME_DARK, "dark when nothing is known");
    tap_is_int(ui_theme_guess("0;15", NULL), UI_THEME_LIGHT, "black on white is light");
    tap_is_int(ui_theme_guess("15;0", NULL), UI_THEME_DARK, "white on black is dark");
    tap_is_int(ui_theme_guess("0;15", "1"), UI_THEME_MONO, "NO_COLOR is obeyed");
    tap_is_int(ui_theme_guess(NULL, ""), UI_THEME_DARK, "an empty NO_COLOR is none");
    tap_is_int(ui_theme_parse("light"), UI_THEME_LIGHT, "a theme by name");
    tap_is_int(ui_theme_parse("pink"), -1, "no theme by that name");
}

/* ---- messages ---- */

static void shown_is(const struct ui_messages *m, bool typing, const char *want, const char *name)
{
    const struct ui_message *shown = ui_messages_shown(m, typing);
    struct th_buf text = TH_BUF_INIT;
    if (shown != NULL)
        th_buf_add_str(&text, th_buf_str(&shown->text));
    tap_is_str(th_buf_cstr(&text), want, name);
    th_buf_fini(&text);
}

/* A key was pressed after what was to be shown had been drawn. */
static void seen(struct ui_messages *m, bool typing)
{
    ui_messages_drawn(m, typing);
    ui_messages_key(m);
}

static void test_messages(void)
{
    struct ui_messages m = {0};
    shown_is(&m, false, "", "nothing is said");
    ui_messages_put(&m, UI_OWNER_FILTER, UI_R_ERROR, "wrong");
    ui_messages_put(&m, UI_OWNER_RULES, UI_R_GOOD, "rules");
    ui_messages_put(&m, UI_OWNER_CASE, UI_R_ERROR, "case");
    shown_is(&m, true, "wrong", "while a filter is typed, what is wrong with it");
    ui_messages_put(&m, UI_OWNER_COMMAND, UI_R_WARNING, "answer");
    shown_is(&m, true, "wrong", "even if a key has an answer");
    seen(&m, true);
    shown_is(&m, true, "wrong", "it outlives keys");
    ui_messages_drop(&m, UI_OWNER_FILTER);
    shown_is(&m, true, "", "nothing else is shown then");
    ui_messages_put(&m, UI_OWNER_COMMAND, UI_R_DIM, "answer");
    shown_is(&m, true, "answer", "but the answer to a key");
    seen(&m, true);
    shown_is(&m, false, "case", "errors first");
    ui_messages_key(&m);
    ui_messages_drawn(&m, true);
    shown_is(&m, false, "case", "what was never drawn is not gone with a key");
    ui_messages_put(&m, UI_OWNER_COMMAND, UI_R_ERROR, "answer");
    shown_is(&m, false, "answer", "of two errors that of the command");
    ui_messages_key(&m);
    shown_is(&m, false, "case", "an answer goes with the next key, seen or not");
    seen(&m, false);
    shown_is(&m, false, "rules", "then the rest");
    ui_messages_put(&m, UI_OWNER_IMPORT, UI_R_WARNING, "import");
    shown_is(&m, false, "import", "warnings before good news");
    ui_messages_put(&m, UI_OWNER_COMMAND, UI_R_GOOD, "answer");
    shown_is(&m, false, "answer", "and the answer before a job's warning");
    ui_messages_drawn(&m, false);
    ui_messages_put(&m, UI_OWNER_IMPORT, UI_R_WARNING, "import, later");
    ui_messages_key(&m);
    shown_is(&m, false, "import, later", "the newest of one owner");
    ui_messages_drawn(&m, false);
    ui_messages_put(&m, UI_OWNER_IMPORT, UI_R_WARNING, "later still");
    ui_messages_key(&m);
    shown_is(&m, false, "later still", "what changed since it was drawn was not seen");
    seen(&m, false);
    seen(&m, false);
    shown_is(&m, false, "", "all was said");
    tap_ok(m.of[UI_OWNER_IMPORT].state == UI_MESSAGE_GONE &&
               th_str_is(th_buf_str(&m.of[UI_OWNER_IMPORT].text), "later still"),
           "and can be read again");
    ui_messages_fini(&m);
}

int main(void)
{
    test_layout();
    test_columns();
    test_bars();
    test_keys();
    test_formats();
    test_theme();
    test_messages();
    return tap_done();
}
