/* What the analyst adds: marks, filters, findings and what he says of them. */
#include <sqlite3.h>
#include <unistd.h>

#include "base/buf.h"
#include "lib/tap.h"
#include "store/findings/findings.h"
#include "store/findings/notes.h"
#include "store/synth.h"

static th_case *open_case(const char *path, enum th_case_mode mode)
{
    th_case *c = NULL;
    struct th_err err;
    th_err_clear(&err);
    if (th_case_open(path, mode, &c, &err) != TH_OK)
        tap_note("%s", err.msg);
    return c;
}

static bool see_mark(void *ctx, const struct th_mark *mark)
{
    th_buf_printf(ctx, "%llu %d %s %s\n", (unsigned long long)mark->row, mark->marked,
                  mark->tag == NULL ? "-" : mark->tag, mark->comment == NULL ? "-" : mark->comment);
    return true;
}

static void marks_are(th_case *c, const char *want, const char *name)
{
    struct th_buf got = TH_BUF_INIT;
    if (th_notes_marks(c, see_mark, &got, NULL) != TH_OK)
        th_buf_puts(&got, "(error)");
    tap_is_str(th_buf_cstr(&got), want, name);
    th_buf_fini(&got);
}

static void test_marks(th_case *c)
{
    marks_are(c, "", "no marks");
    const struct th_mark marks[] = {
        {.row = 7, .marked = true},
        {.row = 0, .marked = true, .tag = "pivot", .comment = "first; '\"\xc3\xbc"},
        {.row = 3, .marked = false, .comment = "just a note"},
        {.row = 49, .marked = true, .tag = "", .comment = ""}};
    for (size_t i = 0; i < TH_COUNT(marks); i++)
        if (th_notes_mark(c, &marks[i], NULL) != TH_OK)
            tap_ok(false, "mark %zu", i);
    marks_are(c, "0 1 pivot first; '\"\xc3\xbc\n3 0 - just a note\n7 1 - -\n49 1 - -\n",
              "marks come back by row");
    const struct th_mark changes[] = {{.row = 0, .marked = true, .tag = "exfil"},
                                      {.row = 7, .marked = false},
                                      {.row = 3, .marked = false, .comment = ""}};
    for (size_t i = 0; i < TH_COUNT(changes); i++)
        if (th_notes_mark(c, &changes[i], NULL) != TH_OK)
            tap_ok(false, "change %zu", i);
    marks_are(c, "0 1 exfil -\n49 1 - -\n", "setting replaces, setting nothing removes");
    const struct th_mark nowhere = {.row = 50, .marked = true};
    tap_is_int(th_notes_mark(c, &nowhere, NULL), TH_E_NOT_FOUND,
               "an event that isn't there can't be marked");
}

static bool see_filter(void *ctx, const char *name, const char *filter)
{
    th_buf_printf(ctx, "%s=%s\n", name == NULL ? "-" : name, filter);
    return true;
}

static bool see_first(void *ctx, const char *name, const char *filter)
{
    see_filter(ctx, name, filter);
    return false;
}

static void test_filters(th_case *c)
{
    struct th_buf got = TH_BUF_INIT;
    bool saved = th_notes_save_filter(c, "logins", "event.action:ConsoleLogin", NULL) == TH_OK &&
                 th_notes_save_filter(c, "a", "x:1", NULL) == TH_OK &&
                 th_notes_save_filter(c, "logins", "event.action:Console*", NULL) == TH_OK;
    tap_ok(saved, "filters can be saved, and saved anew");
    tap_is_int(th_notes_filters(c, see_filter, &got, NULL), TH_OK, "and listed");
    tap_is_str(th_buf_cstr(&got), "a=x:1\nlogins=event.action:Console*\n", "by name");
    tap_is_int(th_notes_drop_filter(c, "a", NULL), TH_OK, "one can be dropped");
    tap_is_int(th_notes_drop_filter(c, "a", NULL), TH_E_NOT_FOUND, "once");
    char text[20];
    for (int i = 0; i < 230; i++) {
        snprintf(text, sizeof text, "f%d", i);
        if (th_notes_remember(c, text, NULL) != TH_OK)
            tap_ok(false, "remember %d", i);
    }
    if (th_notes_remember(c, "f100", NULL) != TH_OK || th_notes_remember(c, "f100", NULL) != TH_OK)
        tap_ok(false, "remember");
    th_buf_reset(&got);
    tap_is_int(th_notes_history(c, see_filter, &got, NULL), TH_OK, "history");
    size_t lines = 0;
    for (size_t i = 0; i < got.n; i++)
        lines += got.p[i] == '\n';
    tap_is_int((int64_t)lines, 200, "keeps two hundred");
    tap_ok(strncmp(th_buf_cstr(&got), "-=f100\n-=f229\n-=f228\n", 21) == 0, "newest first");
    tap_ok(strstr(got.p + 7, "=f100\n") == NULL, "without repeats");
    tap_ok(strstr(got.p, "=f29\n") == NULL && strstr(got.p, "=f31\n") != NULL,
           "and forgets the oldest");
    th_buf_reset(&got);
    tap_ok(th_notes_history(c, see_first, &got, NULL) == TH_OK &&
               strcmp(th_buf_cstr(&got), "-=f100\n") == 0,
           "a visitor can stop");
    th_buf_fini(&got);
}

static bool see_finding(void *ctx, const struct th_finding *row)
{
    th_buf_printf(ctx, "%lld %s %s %s %s %llu %s %s %s\n", (long long)row->id, row->rule,
                  row->level, row->grouping, row->why, (unsigned long long)row->count,
                  th_finding_state_word(row->state), row->note == NULL ? "-" : row->note,
                  row->path == NULL ? "-" : row->path);
    return true;
}

static void findings_are(th_case *c, const char *level, const char *state, const char *want,
                         const char *name)
{
    struct th_buf got = TH_BUF_INIT;
    if (th_findings_list(c, th_level_rank(level), th_finding_state_parse(state), see_finding, &got,
                         NULL) != TH_OK)
        th_buf_puts(&got, "(error)");
    tap_is_str(th_buf_cstr(&got), want, name);
    th_buf_fini(&got);
}

static const uint32_t early[] = {1, 2, 3};
static const uint32_t later[] = {3, 4, 5, 6};
static const uint32_t other[] = {20, 21};
static const uint8_t hash[32] = {1, 2, 3};

static struct th_finding_new finding(const char *grouping, const char *why, const uint32_t *rows,
                                     size_t n)
{
    return (struct th_finding_new){"r1", "Rule one", "high", "[]", grouping, why,
                                   "{}", 1000,       2000,   rows, n};
}

static void rows_are(th_case *c, int64_t id, const uint32_t *want, size_t want_n, const char *name)
{
    uint32_t *rows = NULL;
    size_t n = 0;
    bool good = th_findings_rows(c, id, &rows, &n, NULL) == TH_OK && n == want_n &&
                (n == 0 || memcmp(rows, want, n * sizeof *rows) == 0);
    tap_ok(good, "%s", name);
    free(rows);
}

static enum th_code replace(th_case *c, const struct th_finding_new *found, size_t n)
{
    return th_findings_replace(c, "r1", "Rule one", "high", "rules/one.yml", hash, 50, found, n,
                               NULL);
}

static void test_replace(th_case *c, const char *path)
{
    bool current = true;
    tap_ok(th_findings_current(c, "r1", hash, 50, &current, NULL) == TH_OK && !current,
           "a rule that never ran isn't current");
    const struct th_finding_new first[] = {finding("{\"a\":1}", "x", early, 3),
                                           finding("{\"a\":2}", "y", other, 2)};
    tap_is_int(replace(c, first, 2), TH_OK, "findings");
    findings_are(c, NULL, NULL,
                 "1 r1 high {\"a\":1} x 3 new - rules/one.yml\n2 r1 high {\"a\":2} y 2 new - "
                 "rules/one.yml\n",
                 "are listed");
    rows_are(c, 1, early, 3, "with their events");
    rows_are(c, 77, NULL, 0, "a finding that isn't there has none");
    tap_ok(th_findings_current(c, "r1", hash, 50, &current, NULL) == TH_OK && current,
           "the rule is current");
    tap_ok(th_findings_current(c, "r1", hash, 51, &current, NULL) == TH_OK && !current,
           "not for other events");
    const uint8_t changed[32] = {9};
    tap_ok(th_findings_current(c, "r1", changed, 50, &current, NULL) == TH_OK && !current,
           "nor for another text");
    tap_is_int(th_findings_triage(c, 1, TH_FINDING_CONFIRMED, "stolen key", NULL), TH_OK,
               "an analyst confirms one");
    tap_is_int(th_findings_triage(c, 2, TH_FINDING_BENIGN, NULL, NULL), TH_OK,
               "and waves one through");
    tap_is_int(th_findings_triage(c, 9, TH_FINDING_BENIGN, NULL, NULL), TH_E_NOT_FOUND,
               "one that isn't there");
    tap_ok(th_finding_state_parse("perhaps") < 0 && th_finding_state_parse(NULL) < 0 &&
               th_finding_state_parse("benign") == TH_FINDING_BENIGN,
           "a state that there isn't");
    tap_is_int(th_findings_triage(c, 1, TH_FINDING_CONFIRMED, NULL, NULL), TH_OK,
               "no note keeps the note");
    const char *same = "1 r1 high {\"a\":1} x 3 confirmed stolen key rules/one.yml\n2 r1 high "
                       "{\"a\":2} y 2 benign - rules/one.yml\n";
    findings_are(c, NULL, NULL, same, "state and note are kept");
    struct th_buf before = TH_BUF_INIT;
    struct th_buf after = TH_BUF_INIT;
    synth_dump(path, &before);
    setenv("TRAILHOUND_NOW", "2026-04-01T00:00:00Z", 1);
    tap_is_int(replace(c, first, 2), TH_OK, "the same again");
    setenv("TRAILHOUND_NOW", "2026-03-06T12:00:00Z", 1);
    synth_dump(path, &after);
    tap_ok(th_str_eq(th_buf_str(&before), th_buf_str(&after)), "changes nothing at all");
    th_buf_fini(&before);
    th_buf_fini(&after);
    /* More events, one new group, one with other events: only the first goes on. */
    const struct th_finding_new second[] = {finding("{\"a\":3}", "n", early, 1),
                                            finding("{\"a\":1}", "x2", later, 4),
                                            finding("{\"a\":2}", "z", early, 2)};
    tap_is_int(replace(c, second, 3), TH_OK, "other findings");
    findings_are(c, NULL, NULL,
                 "1 r1 high {\"a\":1} x2 4 confirmed stolen key rules/one.yml\n3 r1 high {\"a\":3} "
                 "n 1 new - rules/one.yml\n"
                 "4 r1 high {\"a\":2} z 2 new - rules/one.yml\n",
                 "same grouping and a shared event go on, with id, state and note; others are new, "
                 "old ones gone");
    rows_are(c, 1, later, 4, "with the new events");
    tap_is_int(th_findings_triage(c, 1, TH_FINDING_CONFIRMED, "", NULL), TH_OK,
               "an empty note removes the note");
    tap_is_int(replace(c, NULL, 0), TH_OK, "no findings");
    findings_are(c, NULL, NULL, "", "none are left");
}

static void test_order(th_case *c)
{
    static const char *const levels[] = {"low",           "critical", "medium",
                                         "informational", "high",     "critical"};
    for (size_t i = 0; i < TH_COUNT(levels); i++) {
        char rule[10];
        snprintf(rule, sizeof rule, "o%zu", i);
        struct th_finding_new f = finding("{}", "w", early, 1);
        f.rule = rule;
        f.level = levels[i];
        f.first_ms = i == 1 ? 5000 : 1000;
        if (th_findings_replace(c, rule, "t", levels[i], "p", hash, 50, &f, 1, NULL) != TH_OK)
            tap_ok(false, "replace");
    }
    findings_are(c, NULL, NULL,
                 "6 o5 critical {} w 1 new - p\n2 o1 critical {} w 1 new - p\n5 o4 high {} w 1 new "
                 "- p\n3 o2 medium {} w 1 new - p\n"
                 "1 o0 low {} w 1 new - p\n4 o3 informational {} w 1 new - p\n",
                 "by level, then time, then id");
    findings_are(
        c, "high", NULL,
        "6 o5 critical {} w 1 new - p\n2 o1 critical {} w 1 new - p\n5 o4 high {} w 1 new - p\n",
        "this level and above");
    tap_is_int(th_findings_triage(c, 5, TH_FINDING_CONFIRMED, NULL, NULL), TH_OK, "confirm one");
    tap_is_int(th_findings_triage(c, 3, TH_FINDING_NEW, "look again", NULL), TH_OK, "note on one");
    tap_is_int(th_findings_triage(c, 1, TH_FINDING_BENIGN, NULL, NULL), TH_OK, "wave one through");
    findings_are(c, NULL, "confirmed", "5 o4 high {} w 1 confirmed - p\n", "by state");
    struct th_case_summary s;
    tap_ok(th_case_summary(c, &s, NULL) == TH_OK && s.findings_new == 4 &&
               s.findings_confirmed == 1 && s.findings_benign == 1,
           "the summary counts them");
    const char *stay[] = {"o5"};
    tap_is_int(th_findings_retire(c, stay, 1, NULL), TH_OK, "all rules but one are taken away");
    findings_are(c, NULL, NULL,
                 "6 o5 critical {} w 1 new - p\n5 o4 high {} w 1 confirmed - p\n3 o2 medium {} w 1 "
                 "new look again p\n",
                 "what is confirmed or has a note stays");
    bool current = true;
    tap_ok(th_findings_current(c, "o4", hash, 50, &current, NULL) == TH_OK && !current,
           "but the rule would run again");
    tap_ok(th_findings_current(c, "o5", hash, 50, &current, NULL) == TH_OK && current,
           "the rule that stays is current");
}

/* A finding that something did not happen has no events. */
static void test_no_events(th_case *c)
{
    const struct th_finding_new gap = finding("{\"gap\":1}", "silence", NULL, 0);
    tap_is_int(replace(c, &gap, 1), TH_OK, "a finding without events");
    tap_is_int(th_findings_triage(c, 7, TH_FINDING_BENIGN, "known outage", NULL), TH_OK,
               "is triaged");
    tap_is_int(replace(c, &gap, 1), TH_OK, "and found again");
    findings_are(c, NULL, "benign",
                 "7 r1 high {\"gap\":1} silence 0 benign known outage rules/one.yml\n",
                 "it is the same");
    tap_is_int(replace(c, NULL, 0), TH_OK, "until it isn't found");
}

static void test_read_only(const char *path)
{
    th_case *c = open_case(path, TH_CASE_READ);
    const struct th_mark mark = {.row = 1, .marked = true};
    tap_is_int(th_notes_mark(c, &mark, NULL), TH_E_READONLY, "a case opened for reading: marks");
    tap_is_int(th_notes_save_filter(c, "a", "b", NULL), TH_E_READONLY, "filters");
    tap_is_int(th_notes_drop_filter(c, "a", NULL), TH_E_READONLY, "dropping filters");
    tap_is_int(th_notes_remember(c, "b", NULL), TH_E_READONLY, "history");
    tap_is_int(th_findings_triage(c, 5, TH_FINDING_NEW, NULL, NULL), TH_E_READONLY, "triage");
    tap_is_int(replace(c, NULL, 0), TH_E_READONLY, "findings");
    tap_is_int(th_findings_retire(c, NULL, 0, NULL), TH_E_READONLY, "retiring");
    th_case_close(c, NULL);
}

int main(void)
{
    const struct synth_file file = {"a", SYNTH_PLAIN, 0, 50};
    const struct synth_import what = {.files = &file, .files_n = 1, .batch_rows = 100};
    const char *path = strdup(synth_path("case.trail"));
    if (synth_case(path, &what, NULL, NULL) != TH_OK)
        abort();
    th_case *c = open_case(path, TH_CASE_WRITE);
    test_marks(c);
    test_filters(c);
    test_replace(c, path);
    test_order(c);
    test_no_events(c);
    tap_ok(th_level_rank("informational") == 0 && th_level_rank("critical") == 4 &&
               th_level_rank("Critical") == -1 && th_level_rank(NULL) == -1,
           "ranks of levels");
    th_case_close(c, NULL);
    test_read_only(path);
    free((void *)(uintptr_t)path);
    synth_done();
    return tap_done();
}
