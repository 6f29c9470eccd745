/* The workbench over a case that grows: what comes in shows up, the cursor stays where it is, an
 * import runs, is stopped and is gone on with, and what the analyst adds meanwhile is kept. */
#include "lib/tap.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "ui/app/context.h"
#include "ui/app/turn.h"
#include "ui/harness.h"
#include "ui/model/place.h"
#include "ui/term/keys.h"
#include "ui/ui.h"
#include "ui/view/findings/findings.h"
#include "ui/work/background.h"
#include "ui/work/live_update.h"

static const struct screen_config usual = {.rows = 30, .cols = 100};

/* n events of user, minute by minute from an hour of a day, with ids from number on. */
static void write_events(const char *path, unsigned number, unsigned n, const char *user,
                         const char *day_hour)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (f == NULL)
        abort();
    fputs("{\"Records\":[", f);
    for (unsigned i = 0; i < n; i++)
        fprintf(f,
                "%s{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":"
                "\"%s\"},\"eventTime\":\"%s:%02u:%02uZ\",\"eventSource\":\"s3.amazonaws.com\","
                "\"eventName\":\"%s\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":"
                "\"192.0.2.%u\",\"eventID\":\"%08x-0000-4000-8000-%012u\",\"eventType\":"
                "\"AwsApiCall\",\"recipientAccountId\":\"111122223333\",\"requestParameters\":"
                "{\"bucketName\":\"b%u\"}}",
                i == 0 ? "" : ",\n", user, day_hour, i / 60 % 60, i % 60,
                i % 2 == 0 ? "GetObject" : "PutObject", i % 200, number + i, i, i % 7);
    fputs("]}\n", f);
    if (fclose(f) != 0)
        abort();
}

/* Another process's import, as far as the workbench can tell. */
static void import(const char *path)
{
    const char *const paths[] = {path};
    const struct th_app_import what = {.paths = paths, .paths_n = 1, .jobs = 1};
    struct th_app_imported done;
    struct th_err err = {0};
    if (th_app_import("story.trail", &what, NULL, &done, &err) != TH_OK)
        tap_note("%s", err.msg);
}

/* The message above the keys. */
static const char *said(struct screen *s)
{
    static char text[1024];
    const struct ui_message *message = ui_message(&s->ui);
    snprintf(text, sizeof text, "%.*s", message == NULL ? 0 : (int)message->text.n,
             message == NULL ? "" : message->text.p);
    return text;
}

/* Turns until the condition holds; false after a good while. */
typedef bool condition(struct screen *s, uint64_t n);
static bool until(struct screen *s, condition *holds, uint64_t n)
{
    int64_t end = th_time_mono() + 20000;
    while (!holds(s, n) && th_time_mono() < end && !s->ui.quit)
        ui_turn(&s->ui, 20);
    return holds(s, n);
}

static bool shows_rows(struct screen *s, uint64_t n)
{
    return ui_result(&s->ui)->have && ui_result(&s->ui)->s.total == n && !ui_result_awaited(&s->ui);
}

static bool runs(struct screen *s, uint64_t phase)
{
    return screen_follow(&s->ui)->state.phase == phase;
}

static bool has_ended(struct screen *s, uint64_t any)
{
    (void)any;
    return !ui_follow_busy(&s->ui);
}

static bool has_marks(struct screen *s, uint64_t n)
{
    return screen_marks(&s->ui) == n;
}

static void cursor(struct screen *s, uint32_t *row, size_t *line)
{
    *row = UINT32_MAX;
    (void)ui_row(&s->ui, row);
    *line = ui_cursor(&s->ui)->at - ui_cursor(&s->ui)->top;
}

static void test_others(void)
{
    struct fixture f;
    struct screen s;
    uint32_t row, again;
    size_t line, same_line;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "<PgDn><PgDn>\n<Up><Up><Up><Up>\n:mark");
    cursor(&s, &row, &line);
    write_events("early.json", 1, 200, "zoe", "2026-03-01T05");
    import("early.json");
    tap_ok(until(&s, shows_rows, 260), "events that another program imports show up");
    ui_draw(&s.ui);
    cursor(&s, &again, &same_line);
    tap_ok(again == row && same_line == line, "the cursor is on its event, on its line");
    tap_ok(ui_cursor(&s.ui)->at >= 200, "though others are before it now");
    tap_ok(screen_shows(&s, "260 events") && screen_shows(&s, "+200 events from another process"),
           "the first line and the progress line say so");
    tap_ok(screen_marks(&s.ui) == 1 && screen_mark(&s.ui)->row == row, "the mark stays");
    /* Newest first at the top: new ones push in, as they do in tail -f. */
    screen_run(&s, ":recent-changes\n<Home>");
    size_t count = ui_result(&s.ui)->s.count;
    write_events("more.json", 1000, 50, "zoe", "2026-03-09T05");
    import("more.json");
    tap_ok(until(&s, shows_rows, 310), "more of them");
    cursor(&s, &again, &same_line);
    tap_ok(ui_cursor(&s.ui)->at == 0 && again >= 260 && ui_result(&s.ui)->s.count == count + 25,
           "newest first, the cursor at the top follows");
    screen_run(&s, "<Down><Down>");
    cursor(&s, &row, &line);
    write_events("more.json", 2000, 50, "zoe", "2026-03-10T05");
    import("more.json");
    tap_ok(until(&s, shows_rows, 360), "and more");
    ui_draw(&s.ui);
    cursor(&s, &again, &same_line);
    tap_ok(again == row && same_line == line && ui_cursor(&s.ui)->at == 27,
           "elsewhere it does not");
    screen_run(&s, "<Backspace>\n:all\n<End>");
    write_events("more.json", 3000, 50, "zoe", "2026-03-11T05");
    import("more.json");
    tap_ok(until(&s, shows_rows, 410), "in order of time");
    cursor(&s, &again, &same_line);
    tap_ok(again == 409 && ui_cursor(&s.ui)->at == 409, "the cursor at the end follows too");
    screen_run(&s, "/requestParameters.bucketName: b1<Enter>");
    tap_is_int((int64_t)ui_result(&s.ui)->s.count, 29 + 3 * 7,
               "what needs the records sees all of them");
    screen_run(&s, ":all\n/PutObject and zoe<Enter>");
    count = ui_result(&s.ui)->s.count;
    write_events("more.json", 4000, 50, "zoe", "2026-03-12T05");
    import("more.json");
    until(&s, shows_rows, 460);
    tap_ok(count == 175 && ui_result(&s.ui)->s.count == 200,
           "also those that come in under a filter");
    screen_close(&s);
    fixture_free(&f);
}

static void run_sql(const char *sql)
{
    sqlite3 *db;
    sqlite3_open("story.trail", &db);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        tap_note("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static bool has_findings(struct screen *s, uint64_t n)
{
    return screen_findings(&s->ui) == n;
}

static bool forgot(struct screen *s, uint64_t n)
{
    (void)n;
    return ui_cursor(&s->ui)->at == 0 && ui_result(&s->ui)->have && !ui_result_awaited(&s->ui);
}

static void test_notes(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "F<Down>");
    int64_t id = ui_finding_at(&s.ui)->id;
    run_sql("INSERT INTO mark(event, marked, tag, at) VALUES(5, 1, 'theirs', 1)");
    tap_ok(until(&s, has_marks, 1) && strcmp(screen_mark(&s.ui)->tag, "theirs") == 0,
           "a mark that another program makes");
    run_sql("INSERT INTO finding(rule, name, level, tags, grouping, first, last, count, why, at) "
            "VALUES('r', 'Theirs', 'critical', '[]', '{}', 0, 1, 1, 'x', 1)");
    tap_ok(until(&s, has_findings, 4), "a finding of another program");
    tap_ok(ui_finding_at(&s.ui)->id == id, "the cursor stays on the one it was on");
    screen_run(&s, "E\n:mark\n<Down>\n:mark");
    tap_is_int((int64_t)screen_marks(&s.ui), 3, "marks of one's own");
    screen_run(&s, "N");
    tap_is_int((int64_t)screen_lines(&s), 3, "are listed at once");
    screen_run(&s, "N<PgDn><PgDn>");
    /* As after an import that took a killed one's events back. */
    run_sql("UPDATE source SET imported = imported + 1");
    tap_ok(until(&s, forgot, 0) && ui_result(&s.ui)->s.count == 60,
           "events that were numbered anew");
    screen_run(&s, "<Enter><Esc>/user.name: ivy<Enter>");
    tap_is_int((int64_t)ui_result(&s.ui)->s.count, 28, "are all there");
    screen_close(&s);
    fixture_free(&f);
}

struct feeder {
    pthread_t thread;
    unsigned number, n;
};

static void *feed(void *ctx)
{
    const struct feeder *feeder = ctx;
    write_events("pipe.json", feeder->number, feeder->n, "kim", "2026-03-15T05");
    return NULL;
}

static th_app_importer *prepare(const struct th_app_import *what)
{
    struct th_err err = {0};
    th_app_importer *importer = NULL;
    if (th_app_import_prepare(what, &importer, &err) != TH_OK)
        tap_note("%s", err.msg);
    return importer;
}

static void test_import(void)
{
    struct fixture f;
    struct screen s;
    struct ui_result result = {.imported = false};
    const char *const paths[] = {"early.json", "pipe.json"};
    const struct th_app_import what = {.paths = paths, .paths_n = 2, .jobs = 2};
    fixture_make(&f, FIXTURE_EMPTY);
    write_events("early.json", 1, 20000, "zoe", "2026-03-01T05");
    if (mkfifo("pipe.json", 0600) != 0)
        abort();
    struct screen_config config = usual;
    config.restless = true;
    config.importer = prepare(&what);
    config.result = &result;
    screen_open(&s, &f, &config);
    tap_ok(screen_follow(&s.ui)->importing && screen_shows(&s, ""),
           "the workbench opens with an import");
    tap_ok(until(&s, shows_rows, 16384), "its whole batches show up while it waits for a pipe");
    tap_ok(screen_shows(&s, "importing"), "and the progress line is there");
    const struct ui_key escape = {.code = UI_KEY_ESC}, stop = {.code = 's'}, mark = {.code = 'm'};
    ui_key(&s.ui, &mark);
    tap_ok(screen_marks(&s.ui) == 1, "a mark");
    ui_key(&s.ui, &escape);
    tap_ok(s.ui.mode == UI_MODE_MENU, "Esc asks");
    ui_key(&s.ui, &escape);
    tap_ok(s.ui.mode == UI_MODE_KEYS && runs(&s, UI_LIVE_IMPORT), "and Esc goes on");
    ui_key(&s.ui, &escape);
    ui_key(&s.ui, &stop);
    tap_ok(until(&s, has_ended, 0), "s stops it");
    tap_ok(strstr(said(&s), "Stopped: 16,384 events are in; the same command goes on") != NULL,
           "in words: %s", said(&s));
    tap_ok(screen_follow(&s.ui)->came.imported && screen_follow(&s.ui)->came.rc == TH_E_CANCELLED,
           "and says how it ended");
    screen_close(&s);
    th_app_importer_free(config.importer);
    tap_ok(result.imported && result.rc == TH_E_CANCELLED && result.done.events == 16384,
           "so does the result");

    struct feeder feeder = {.number = 900000, .n = 500};
    pthread_create(&feeder.thread, NULL, feed, &feeder);
    config.importer = prepare(&what);
    screen_open(&s, &f, &config);
    tap_ok(until(&s, has_ended, 0), "gone on with");
    pthread_join(feeder.thread, NULL);
    tap_is_int((int64_t)ui_result(&s.ui)->s.total, 20500, "everything is in");
    tap_ok(result.rc == TH_E_CANCELLED && screen_follow(&s.ui)->came.rc == TH_OK,
           "the import is through");
    screen_close(&s);
    th_app_importer_free(config.importer);
    tap_ok(result.rc == TH_OK && result.done.files == 2, "and so does the result");
    fixture_reopen(&f);
    struct th_screen_request ask = {
        .filter = TH_STR("user.name: kim"), .from_ms = TH_TIME_NONE, .to_ms = TH_TIME_NONE};
    struct th_screen screen;
    tap_ok(th_app_screen(th_app_table(f.app), &ask, NULL, &screen, NULL) == TH_OK &&
               screen.count == 500,
           "the case has all of it");
    th_screen_fini(&screen);
    screen_open(&s, &f, &usual);
    tap_is_int((int64_t)screen_marks(&s.ui), 1, "and the mark that was made meanwhile");
    screen_close(&s);
    fixture_free(&f);
}

static void test_leaving(void)
{
    struct fixture f;
    struct screen s;
    struct ui_result result = {.imported = false};
    const char *const paths[] = {"pipe.json"};
    const struct th_app_import what = {.paths = paths, .paths_n = 1, .jobs = 1};
    const struct ui_key quit = {.code = 'q'}, go = {.code = 'g'}, stop = {.code = 's'};
    fixture_make(&f, FIXTURE_STORY);
    if (mkfifo("pipe.json", 0600) != 0)
        abort();
    struct screen_config config = usual;
    config.restless = true;
    config.importer = prepare(&what);
    config.result = &result;
    screen_open(&s, &f, &config);
    until(&s, runs, UI_LIVE_IMPORT);
    ui_key(&s.ui, &quit);
    tap_ok(s.ui.mode == UI_MODE_MENU && !s.ui.quit, "leaving while it imports asks");
    ui_key(&s.ui, &go);
    tap_ok(!s.ui.quit && !screen_follow(&s.ui)->leaving, "one may stay");
    ui_key(&s.ui, &quit);
    ui_key(&s.ui, &stop);
    for (int i = 0; i < 500 && !s.ui.quit; i++)
        ui_turn(&s.ui, 20);
    tap_ok(s.ui.quit, "or stop it and leave");
    screen_close(&s);
    tap_ok(result.imported && result.rc == TH_E_CANCELLED, "which the result says");
    th_app_importer_free(config.importer);
    /* The terminal went away in the middle. */
    config.importer = prepare(&what);
    screen_open(&s, &f, &config);
    until(&s, runs, UI_LIVE_IMPORT);
    screen_close(&s);
    tap_ok(result.imported && result.rc == TH_E_CANCELLED, "ending at once stops it cleanly too");
    th_app_importer_free(config.importer);
    fixture_free(&f);
}

/* The import comes to its end while one is asked whether to stop it. */
static void test_late(void)
{
    struct fixture f;
    struct screen s;
    const struct ui_key escape = {.code = UI_KEY_ESC}, stop = {.code = 's'};
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_follow(&s.ui)->state.phase = UI_LIVE_IMPORT;
    ui_key(&s.ui, &escape);
    tap_ok(s.ui.mode == UI_MODE_MENU, "a question about the import");
    screen_follow(&s.ui)->state.phase = UI_LIVE_RULES;
    ui_key(&s.ui, &stop);
    tap_ok(strstr(said(&s), "through already") != NULL, "answered too late it stops nothing else");
    screen_close(&s);
    fixture_free(&f);
}

/* Is the text on the line above the keys? */
static bool line_shows(struct screen *s, const char *text)
{
    struct th_buf out = TH_BUF_INIT;
    screen_text(s, &out);
    struct th_str all = th_buf_str(&out);
    for (int y = 0; y < s->ui.layout.sentence.y; y++)
        all = th_str_sub(all, (size_t)th_str_find(all, '\n') + 1, all.n);
    struct th_str line = th_str_sub(all, 0, (size_t)th_str_find(all, '\n'));
    bool shows = memmem(line.p, line.n, text, strlen(text)) != NULL;
    th_buf_fini(&out);
    return shows;
}

/* Jobs report while a filter with an error is typed, and while other things are said. */
static void test_messages(void)
{
    struct fixture f;
    struct screen s;
    static const char wrong[] = "did you mean user.name?";
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "/user.nme: x");
    tap_ok(line_shows(&s, wrong), "a filter that is typed has an error");
    ui_live_rules(screen_follow(&s.ui)->live);
    tap_ok(until(&s, has_ended, 0) && screen_follow(&s.ui)->came.detected.ran > 0,
           "meanwhile the rules run");
    ui_draw(&s.ui);
    tap_ok(line_shows(&s, wrong), "the error still stands");
    screen_run(&s, "y");
    tap_ok(line_shows(&s, wrong), "also when it is typed on");
    screen_run(&s, "<Ctrl-U>user.name: ivy");
    tap_ok(line_shows(&s, "field: value"), "a right one is not disturbed either");
    /* The first one may close the list of values. */
    for (int i = 0; i < 2 && s.ui.mode == UI_MODE_FILTER; i++)
        screen_run(&s, "<Esc>");
    tap_ok(line_shows(&s, " rules ran · "), "what the rules say is said when the line is free");
    screen_run(&s, ":mark");
    tap_ok(line_shows(&s, "marked; N shows"), "the answer to a command comes first");
    screen_run(&s, "<Down>");
    tap_ok(line_shows(&s, "row 2 of 60"), "a key has seen it");

    screen_run(&s, ":comment");
    ui_report(&s.ui, UI_OWNER_CASE, UI_R_ERROR, "not written to the case: %s", "no space left");
    ui_report(&s.ui, UI_OWNER_IMPORT, UI_R_GOOD, "7 events of 1 file");
    screen_run(&s, "a word<Enter>");
    tap_ok(line_shows(&s, "no space left"), "an error that came while something was asked for");
    screen_run(&s, "<Down>");
    tap_ok(line_shows(&s, "7 events of 1 file"), "and what came after it");

    /* On a low screen what runs is told of on the same line. */
    screen_resize(&s, 10, 100);
    screen_run(&s, "/user.nme: x");
    screen_follow(&s.ui)->state.phase = UI_LIVE_RULES;
    ui_draw(&s.ui);
    tap_ok(s.ui.layout.progress.y == s.ui.layout.sentence.y && line_shows(&s, wrong),
           "what runs does not paint over the error");
    screen_run(&s, "<Esc>");
    screen_follow(&s.ui)->state.phase = UI_LIVE_RULES;
    ui_draw(&s.ui);
    tap_ok(line_shows(&s, "running the rules"), "without an error it is told");
    screen_follow(&s.ui)->state.phase = UI_LIVE_IDLE;
    screen_close(&s);
    fixture_free(&f);
}

static void test_words(void)
{
    static const struct {
        struct ui_live_state state;
        int cols;
        const char *want;
    } cases[] = {
        {{.phase = UI_LIVE_IDLE}, 80, ""},
        {{.phase = UI_LIVE_IMPORT}, 80, "looking for files"},
        {{.phase = UI_LIVE_IMPORT,
          .bytes_done = 412345678,
          .bytes_total = 1383000000,
          .files_total = 540,
          .events = 1204311,
          .seconds = 4,
          .rate = 310000},
         100,
         "importing 30 % · 412 of 1,383 MB · 1,204,311 events · 310,000/s · 9 s left"},
        {{.phase = UI_LIVE_IMPORT,
          .bytes_done = 412345678,
          .bytes_total = 1383000000,
          .files_total = 540,
          .events = 1204311,
          .seconds = 4,
          .rate = 310000},
         60,
         "412 of 1,383 MB · 1,204,311 events · 310,000/s · 9 s left"},
        {{.phase = UI_LIVE_IMPORT,
          .bytes_done = 412345678,
          .bytes_total = 1383000000,
          .files_total = 540,
          .events = 1204311,
          .seconds = 4,
          .rate = 310000},
         20,
         "1,204,311 events"},
        {{.phase = UI_LIVE_IMPORT,
          .bytes_done = 5000000000,
          .bytes_total = 50000000000,
          .files_total = 9,
          .events = 1,
          .seconds = 1000},
         100,
         "importing 10 % · 5 of 50 GB · 1 event · 2.5 h left"},
        {{.phase = UI_LIVE_IMPORT,
          .bytes_done = 900,
          .bytes_total = 1000,
          .files_total = 1,
          .events = 10,
          .seconds = 0.2,
          .rate = 50},
         100,
         "importing 90 % · 900 of 1,000 B · 10 events · 50/s"},
        {{.phase = UI_LIVE_IMPORT,
          .bytes_done = 1000,
          .bytes_total = 1000,
          .files_total = 1,
          .events = 10,
          .seconds = 3},
         100,
         "finishing · 1,000 of 1,000 B · 10 events"},
        {{.phase = UI_LIVE_IMPORT, .stopping = true, .files_total = 1, .events = 10},
         100,
         "stopping · 10 events"},
        {{.phase = UI_LIVE_IMPORT, .bytes_done = 12400000, .files_total = 1, .events = 10},
         100,
         "importing · 12.4 MB · 10 events"},
        {{.phase = UI_LIVE_RULES}, 80, "running the rules"},
        {{.phase = UI_LIVE_RULES, .rule_i = 3, .rule_n = 9, .rule = "Trail stopped"},
         80,
         "running the rules · 3 of 9: Trail stopped"},
    };
    struct th_buf out = TH_BUF_INIT;
    for (size_t i = 0; i < TH_COUNT(cases); i++) {
        ui_live_words(&cases[i].state, cases[i].cols, &out);
        tap_is_str(th_buf_cstr(&out), cases[i].want, "the progress line");
    }
    th_buf_fini(&out);
}

int main(void)
{
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        tap_skip("live", "no C.UTF-8 locale");
        return tap_done();
    }
    test_words();
    test_late();
    test_messages();
    test_others();
    test_notes();
    test_import();
    test_leaving();
    return tap_done();
}
