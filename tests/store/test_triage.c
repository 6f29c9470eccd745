/* What the analyst said of findings is there again, whatever rules run and whatever comes in. */
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"
#include "store/findings/findings.h"
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

static void change(const char *path, const char *sql)
{
    sqlite3 *db;
    char *message = NULL;
    sqlite3_open(path, &db);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        tap_ok(false, "%s: %s", sql, message);
    sqlite3_free(message);
    sqlite3_close(db);
}

static bool see(void *ctx, const struct th_finding *row)
{
    th_buf_printf(ctx, "%s %s %llu %s %s %llu\n", row->rule, row->grouping,
                  (unsigned long long)row->count, th_finding_state_word(row->state),
                  row->note == NULL ? "-" : row->note, (unsigned long long)row->said_count);
    return true;
}

/* Rule, grouping, events, state, note, events when it was said. */
static void findings_are(th_case *c, const char *want, const char *name)
{
    struct th_buf got = TH_BUF_INIT;
    if (th_findings_list(c, -1, -1, see, &got, NULL) != TH_OK)
        th_buf_puts(&got, "(error)");
    tap_is_str(th_buf_cstr(&got), want, name);
    th_buf_fini(&got);
}

/* A finding of events first … last of group {"g":group}. */
struct span {
    uint32_t first, last;
    int group;
};

/* The rule finds these spans and nothing else. */
static void rule_finds(th_case *c, const char *rule, const struct span *spans, size_t n)
{
    static uint32_t rows[50];
    static char groupings[8][16];
    struct th_finding_new found[8];
    const uint8_t hash[32] = {1};
    struct th_err err;
    th_err_clear(&err);
    for (uint32_t i = 0; i < TH_COUNT(rows); i++)
        rows[i] = i;
    for (size_t i = 0; i < n; i++) {
        snprintf(groupings[i], sizeof groupings[i], "{\"g\":%d}", spans[i].group);
        found[i] = (struct th_finding_new){
            .rule = rule,
            .name = rule,
            .level = "high",
            .tags = "[]",
            .grouping = groupings[i],
            .why = "w",
            .detail = "{}",
            .first_ms = 1000 * (int64_t)spans[i].first,
            .last_ms = 1000 * (int64_t)spans[i].last,
            .rows = rows + spans[i].first,
            .rows_n = spans[i].last < spans[i].first ? 0 : spans[i].last - spans[i].first + 1};
    }
    if (th_findings_replace(c, rule, rule, "high", "p", hash, 50, found, n, &err) != TH_OK)
        tap_ok(false, "%s", err.msg);
}

static void only_rule(th_case *c, const char *rule)
{
    const char *ids[] = {rule};
    if (th_findings_retire(c, ids, 1, NULL) != TH_OK)
        tap_ok(false, "retire");
}

static int64_t nth_id;
static bool nth(void *ctx, const struct th_finding *row)
{
    size_t *left = ctx;
    nth_id = row->id;
    return (*left)-- > 0;
}

/* Say something of the n-th finding of the list, from 0. */
static void say(th_case *c, size_t n, enum th_finding_state state, const char *note)
{
    if (th_findings_list(c, -1, -1, nth, &n, NULL) != TH_OK ||
        th_findings_triage(c, nth_id, state, note, NULL) != TH_OK)
        tap_ok(false, "triage");
}

static void test_other_rules(th_case *c)
{
    const struct span two[] = {{0, 4, 1}, {10, 14, 2}};
    const struct span grown = {0, 7, 1};
    rule_finds(c, "a", two, 2);
    say(c, 0, TH_FINDING_BENIGN, NULL);
    rule_finds(c, "b", NULL, 0);
    only_rule(c, "b");
    findings_are(c, "", "a dismissed finding isn't shown while its rule doesn't run");
    rule_finds(c, "a", two, 2);
    findings_are(c, "a {\"g\":1} 5 benign - 5\na {\"g\":2} 5 new - 0\n",
                 "it is dismissed when the rule runs again");
    only_rule(c, "b");
    rule_finds(c, "a", &grown, 1);
    findings_are(c, "a {\"g\":1} 8 benign - 5\n", "also when it has grown meanwhile, which shows");
    rule_finds(c, "a", NULL, 0);
    findings_are(c, "", "and when the rule found it no more");
    rule_finds(c, "a", two, 2);
    findings_are(c, "a {\"g\":1} 5 benign - 5\na {\"g\":2} 5 new - 0\n", "but finds it again");
    say(c, 0, TH_FINDING_NEW, NULL);
    only_rule(c, "b");
    rule_finds(c, "a", two, 2);
    findings_are(c, "a {\"g\":1} 5 new - 5\na {\"g\":2} 5 new - 0\n",
                 "what was set back to new is new");
    rule_finds(c, "a", NULL, 0);
}

/* A burst that moves on bit by bit shares nothing with what was dismissed in the end. */
static void test_moving(th_case *c)
{
    const struct span steps[] = {{0, 3, 1}, {2, 7, 1}, {6, 9, 1}};
    const struct span elsewhere[] = {{20, 22, 1}, {6, 9, 2}};
    for (size_t i = 0; i < TH_COUNT(steps); i++) {
        rule_finds(c, "m", &steps[i], 1);
        if (i == 0)
            say(c, 0, TH_FINDING_BENIGN, "scanner");
    }
    findings_are(c, "m {\"g\":1} 4 benign scanner 4\n", "a burst that moves on");
    rule_finds(c, "m", NULL, 0);
    rule_finds(c, "m", &steps[2], 1);
    findings_are(c, "m {\"g\":1} 4 benign scanner 4\n", "also when it was gone");
    rule_finds(c, "m", elsewhere, 2);
    findings_are(c, "m {\"g\":2} 4 new - 0\nm {\"g\":1} 3 new - 0\n",
                 "other events of the group are new, and the same events of another group");
    rule_finds(c, "m", NULL, 0);
}

static void test_split(th_case *c)
{
    const struct span whole = {0, 9, 1};
    const struct span parts[] = {{0, 3, 1}, {5, 9, 1}};
    const struct span more[] = {{0, 9, 1}, {12, 15, 1}};
    const struct span merged = {0, 15, 1};
    rule_finds(c, "s", &whole, 1);
    say(c, 0, TH_FINDING_BENIGN, "backup");
    rule_finds(c, "s", parts, 2);
    findings_are(c, "s {\"g\":1} 4 benign backup 10\ns {\"g\":1} 5 benign backup 10\n",
                 "both parts of what was dismissed are dismissed");
    say(c, 1, TH_FINDING_CONFIRMED, "this isn't");
    rule_finds(c, "s", &whole, 1);
    findings_are(c, "s {\"g\":1} 10 confirmed this isn't 5\n", "the last word goes for the whole");
    rule_finds(c, "s", parts, 2);
    findings_are(c, "s {\"g\":1} 4 benign backup 10\ns {\"g\":1} 5 confirmed this isn't 5\n",
                 "and each part has its own again");
    rule_finds(c, "s", &merged, 1);
    findings_are(c, "s {\"g\":1} 16 confirmed this isn't 5\n", "events come between and behind");
    rule_finds(c, "s", more, 2);
    findings_are(c, "s {\"g\":1} 10 confirmed this isn't 5\ns {\"g\":1} 4 new - 0\n",
                 "a part that nobody has seen as such is new");
    rule_finds(c, "s", NULL, 0);
}

static void test_no_events(th_case *c)
{
    const struct span silence = {1, 0, 1};
    const struct span some = {1, 3, 1};
    rule_finds(c, "n", &silence, 1);
    say(c, 0, TH_FINDING_BENIGN, "outage");
    rule_finds(c, "n", NULL, 0);
    rule_finds(c, "n", &silence, 1);
    findings_are(c, "n {\"g\":1} 0 benign outage 0\n", "a finding without events");
    rule_finds(c, "n", &some, 1);
    findings_are(c, "n {\"g\":1} 3 new - 0\n", "isn't one with events");
    say(c, 0, TH_FINDING_CONFIRMED, NULL);
    rule_finds(c, "n", &silence, 1);
    findings_are(c, "n {\"g\":1} 0 benign outage 0\n", "nor its word the other's");
    rule_finds(c, "n", NULL, 0);
}

/* What is said again and again of the same events is kept once. */
static void test_outdated(th_case *c, const char *path)
{
    const struct span one = {0, 4, 1};
    const struct span grown = {0, 6, 1};
    rule_finds(c, "o", &one, 1);
    say(c, 0, TH_FINDING_BENIGN, "x");
    say(c, 0, TH_FINDING_BENIGN, "y");
    rule_finds(c, "o", &grown, 1);
    say(c, 0, TH_FINDING_CONFIRMED, "z");
    findings_are(c, "o {\"g\":1} 7 confirmed z 7\n", "said three times");
    tap_is_int(synth_number(path, "SELECT count(*) FROM triage WHERE rule = 'o'"), 1, "kept once");
    tap_is_int(synth_number(path, "SELECT count(*) FROM triage_event WHERE triage NOT IN (SELECT "
                                  "id FROM triage)"),
               0, "with no events of what was outdated");
    tap_is_int(synth_number(path, "SELECT count(*) FROM triage_finding WHERE finding NOT IN "
                                  "(SELECT id FROM finding)"),
               0, "and nothing goes for a finding that isn't there");
    rule_finds(c, "o", NULL, 0);
}

static void test_author(th_case *c, const char *path)
{
    const struct span one = {0, 4, 7};
    setenv("LOGNAME", "mara", 1);
    rule_finds(c, "w", &one, 1);
    say(c, 0, TH_FINDING_BENIGN, NULL);
    tap_is_int(synth_number(path, "SELECT count(*) FROM triage WHERE rule = 'w' AND author = "
                                  "'mara' AND at = 1772798400000 AND count = 5"),
               1, "when and by whom is kept");
    rule_finds(c, "w", NULL, 0);
}

/* A program that dies with the last statement of a run still to come. */
static int die(void *ctx, int action, const char *a, const char *b, const char *database,
               const char *trigger)
{
    (void)ctx, (void)b, (void)database, (void)trigger;
    if (action == SQLITE_INSERT && a != NULL && strcmp(a, "rule") == 0)
        kill(getpid(), SIGKILL);
    return SQLITE_OK;
}

static int arm(sqlite3 *db, char **message, const struct sqlite3_api_routines *api)
{
    (void)message, (void)api;
    return sqlite3_set_authorizer(db, die, NULL);
}

static void test_killed(const char *path)
{
    const struct span one = {0, 4, 1};
    th_case *c = open_case(path, TH_CASE_WRITE);
    rule_finds(c, "k", &one, 1);
    say(c, 0, TH_FINDING_BENIGN, "k");
    th_case_close(c, NULL);
    pid_t child = fork();
    if (child == 0) {
        sqlite3_auto_extension((void (*)(void))arm);
        c = open_case(path, TH_CASE_WRITE);
        rule_finds(c, "k", NULL, 0);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "a run is killed before its end");
    c = open_case(path, TH_CASE_WRITE);
    findings_are(c, "k {\"g\":1} 5 benign k 5\n", "everything is as before");
    rule_finds(c, "k", NULL, 0);
    th_case_close(c, NULL);
}

/* As a version before these tables left it. */
static void make_old(const char *path)
{
    const struct span three[] = {{0, 4, 1}, {10, 14, 2}, {20, 24, 3}};
    th_case *c = open_case(path, TH_CASE_WRITE);
    rule_finds(c, "v", three, 3);
    say(c, 0, TH_FINDING_BENIGN, NULL);
    say(c, 1, TH_FINDING_NEW, "look again");
    th_case_close(c, NULL);
    change(path, "DROP TABLE triage; DROP TABLE triage_event; DROP TABLE triage_finding; PRAGMA "
                 "user_version = 2");
}

static void test_old(const char *path)
{
    const struct span three[] = {{0, 6, 1}, {10, 14, 2}, {20, 24, 3}};
    struct th_buf before = TH_BUF_INIT;
    struct th_buf after = TH_BUF_INIT;
    make_old(path);
    synth_dump(path, &before);
    th_case *c = open_case(path, TH_CASE_READ);
    findings_are(c,
                 "v {\"g\":1} 5 benign - 0\nv {\"g\":2} 5 new look again 0\nv {\"g\":3} 5 new - "
                 "0\n",
                 "a case of version 2, read");
    th_case_close(c, NULL);
    synth_dump(path, &after);
    tap_ok(th_str_eq(th_buf_str(&before), th_buf_str(&after)) &&
               synth_number(path, "SELECT user_version FROM pragma_user_version") == 2,
           "is not changed");
    c = open_case(path, TH_CASE_WRITE);
    tap_is_int(synth_number(path, "SELECT user_version FROM pragma_user_version"), TH_CASE_VERSION,
               "opened for writing it gets the present format");
    tap_is_int(synth_number(path, "SELECT count(*) FROM triage WHERE at IS NULL"), 2,
               "and keeps what was said, when is not known");
    rule_finds(c, "v", NULL, 0);
    rule_finds(c, "v", three, 3);
    findings_are(c,
                 "v {\"g\":1} 7 benign - 5\nv {\"g\":2} 5 new look again 5\nv {\"g\":3} 5 new - "
                 "0\n",
                 "it stays");
    th_case_close(c, NULL);
    th_buf_fini(&before);
    th_buf_fini(&after);
}

int main(void)
{
    const struct synth_file file = {"a", SYNTH_PLAIN, 0, 50};
    const struct synth_import what = {.files = &file, .files_n = 1, .batch_rows = 100};
    char *path = strdup(synth_path("case.trail"));
    if (path == NULL || synth_case(path, &what, NULL, NULL) != TH_OK)
        abort();
    th_case *c = open_case(path, TH_CASE_WRITE);
    test_other_rules(c);
    test_moving(c);
    test_split(c);
    test_no_events(c);
    test_outdated(c, path);
    test_author(c, path);
    th_case_close(c, NULL);
    test_killed(path);
    test_old(path);
    free(path);
    synth_done();
    return tap_done();
}
