/* Keys that come before the rows that they are for, or while a question runs: they end as if the
 * answer had been there at once, and nothing that doesn't need rows waits behind the cursor's
 * moves.
 */
#include "lib/tap.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/app/turn.h"
#include "ui/harness.h"
#include "ui/term/keys.h"
#include "ui/work/typeahead.h"

static const struct screen_config blind = {.rows = 30, .cols = 100, .restless = true};

/* Keys in one breath, as a script writes them; no answer is looked at between them. */
static void press(struct screen *s, const char *keys)
{
    struct th_err err = {0};
    if (ui_script_line(&s->ui, th_str_of(keys), &err) != TH_OK)
        tap_note("%s", err.msg);
}

static void test_opening(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &blind);
    press(&s, "<Down>jjk<PgDn><Home><Down>");
    tap_ok(ui_ahead_waits(&s.ui) && !ui_result(&s.ui)->have, "moves before there is a row wait");
    ui_settle(&s.ui);
    tap_is_int((int64_t)ui_cursor(&s.ui)->at, 1, "and are done, in their order");
    screen_close(&s);

    screen_open(&s, &f, &blind);
    press(&s, "jjm<Enter>#blind<Enter>");
    ui_settle(&s.ui);
    tap_ok(screen_marks(&s.ui) == 1 && screen_mark(&s.ui)->row == ui_result(&s.ui)->s.order[2] &&
               strcmp(screen_mark(&s.ui)->tag, "blind") == 0,
           "a mark and a tag, typed blindly, land on the event they are for");
    tap_ok(s.ui.view == UI_DETAIL, "and its detail is open");
    screen_close(&s);

    screen_open(&s, &f, &blind);
    press(&s, "jpi");
    tap_ok(s.ui.mode == UI_MODE_KEYS && ui_here(&s.ui)->filter.n == 0,
           "a menu waits with its choice");
    ui_settle(&s.ui);
    tap_is_str(screen_filter(&s.ui), "source.address: 192.0.2.10",
               "which is what it would have been");
    screen_close(&s);

    screen_open(&s, &f, &blind);
    press(&s, "<:>mark<Enter>");
    tap_is_int((int64_t)screen_marks(&s.ui), 1, "a command of the palette waits, too");
    ui_settle(&s.ui);
    tap_ok(screen_marks(&s.ui) == 2 && screen_mark(&s.ui)->row == ui_result(&s.ui)->s.order[0],
           "and is done");
    screen_close(&s);
    fixture_free(&f);
}

static void test_passing(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &blind);
    press(&s, "jj/user");
    tap_ok(s.ui.mode == UI_MODE_FILTER && ui_typed(&s.ui)->text.n == 4,
           "typing a filter never waits");
    ui_settle(&s.ui);
    tap_is_int((int64_t)ui_cursor(&s.ui)->at, 2, "the cursor moves behind it");
    screen_run(&s, "<Esc><Esc><Home>");
    screen_close(&s);

    screen_open(&s, &f, &blind);
    press(&s, "jjjF");
    tap_ok(s.ui.view == UI_FINDINGS, "nor does another view");
    press(&s, "j");
    tap_is_int((int64_t)screen_at(&s), 1, "which has its own cursor");
    ui_settle(&s.ui);
    screen_close(&s);

    screen_open(&s, &f, &blind);
    press(&s, "GGq");
    tap_ok(s.ui.quit, "leaving passes moves");
    screen_close(&s);

    screen_open(&s, &f, &blind);
    press(&s, "mq");
    tap_ok(!s.ui.quit, "but not what would be lost");
    for (int i = 0; i < 500 && !s.ui.quit; i++)
        ui_turn(&s.ui, 20);
    tap_ok(s.ui.quit && screen_marks(&s.ui) == 1, "it is done before one leaves");
    s.ui.quit = false;
    screen_close(&s);
    fixture_free(&f);
}

static void test_forgetting(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &blind);
    press(&s, "m<Esc>");
    tap_ok(!ui_ahead_waits(&s.ui) && (ui_result_awaited(&s.ui) || ui_result_due(&s.ui)),
           "Esc forgets what waits, not the first screen");
    ui_settle(&s.ui);
    tap_ok(screen_marks(&s.ui) == 0 && ui_result(&s.ui)->have,
           "which comes, and nothing is marked");
    press(&s, "2mjj<Ctrl-C>");
    tap_ok(!ui_ahead_waits(&s.ui), "Ctrl-C forgets as well");
    ui_settle(&s.ui);
    tap_ok(screen_marks(&s.ui) == 0 && ui_here(&s.ui)->filter.n == 0,
           "and stops the question, as ever");
    screen_close(&s);

    screen_open(&s, &f, &blind);
    press(&s, "<Esc>");
    ui_settle(&s.ui);
    tap_ok(!ui_result(&s.ui)->have && screen_shows(&s, "/ and Enter ask again"),
           "the first question may be stopped, too");
    screen_run(&s, "/<Enter>");
    tap_ok(ui_result(&s.ui)->have && ui_result(&s.ui)->s.count == 60, "and asked again");
    screen_close(&s);
    fixture_free(&f);
}

static void test_questions(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &blind);
    ui_settle(&s.ui);
    press(&s, "2jjm");
    ui_settle(&s.ui);
    tap_ok(ui_result(&s.ui)->s.count == 7 && ui_cursor(&s.ui)->at == 2 &&
               screen_marks(&s.ui) == 1 && screen_mark(&s.ui)->row == ui_result(&s.ui)->s.order[2],
           "what comes behind a question is for its answer");
    press(&s, "m06G-");
    ui_settle(&s.ui);
    tap_ok(screen_marks(&s.ui) == 0 && screen_steps(&s.ui) == 4 && ui_result(&s.ui)->s.count < 2 &&
               strstr(screen_filter(&s.ui), "trailhound.verb: D") != NULL,
           "however many there are");
    screen_run(&s, "0");
    press(&s, "/event.action: NoSuchThing<Enter><Enter>");
    ui_settle(&s.ui);
    tap_ok(s.ui.view == UI_EVENTS && screen_shows(&s, "nothing here to do that with"),
           "an answer without rows has nothing to do it with, and says so");
    for (int i = 0; i < 6000; i++)
        press(&s, i == 0 ? "0m" : "j");
    tap_ok(ui_ahead_count(&s.ui) <= 4096 && screen_shows(&s, ""),
           "there is an end to what is kept");
    ui_settle(&s.ui);
    tap_ok(ui_cursor(&s.ui)->at == 59 && screen_marks(&s.ui) == 1, "and all of that is done");
    screen_close(&s);
    fixture_free(&f);
}

static void *feed(void *ctx)
{
    FILE *from = fopen("evidence.json", "re");
    int fd = open(ctx, O_WRONLY | O_CLOEXEC);
    char block[4096];
    size_t n;
    if (from == NULL || fd < 0)
        abort();
    while ((n = fread(block, 1, sizeof block, from)) > 0)
        if (write(fd, block, n) != (ssize_t)n)
            abort();
    close(fd);
    fclose(from);
    return NULL;
}

/* An empty case that an import fills. */
static void test_import(void)
{
    struct fixture f;
    struct screen s;
    struct th_err err = {0};
    pthread_t thread;
    static char pipe[] = "pipe.json";
    const char *const paths[] = {pipe};
    const struct th_app_import what = {.paths = paths, .paths_n = 1, .jobs = 1};
    fixture_make(&f, FIXTURE_STORY);
    if (th_app_close(f.app, &err) != TH_OK || unlink("story.trail") != 0 || mkfifo(pipe, 0600) != 0)
        abort();
    f.app = NULL;
    fixture_reopen(&f);
    struct screen_config config = blind;
    if (th_app_import_prepare(&what, &config.importer, &err) != TH_OK)
        tap_note("%s", err.msg);
    screen_open(&s, &f, &config);
    for (int i = 0; i < 10; i++)
        ui_turn(&s.ui, 20);
    tap_ok(ui_result(&s.ui)->have && ui_result(&s.ui)->s.total == 0,
           "an import without events yet");
    press(&s, "jjm<Enter>");
    for (int i = 0; i < 10; i++)
        ui_turn(&s.ui, 20);
    tap_ok(ui_ahead_waits(&s.ui) && screen_shows(&s, "waiting for events: Down Down m Enter · Esc"),
           "what needs some waits, and the screen says so");
    pthread_create(&thread, NULL, feed, pipe);
    ui_settle(&s.ui);
    pthread_join(thread, NULL);
    tap_ok(ui_result(&s.ui)->s.total == 60 && screen_marks(&s.ui) == 1 && s.ui.view == UI_DETAIL,
           "and is done when they are there");
    screen_close(&s);
    th_app_importer_free(config.importer);
    fixture_free(&f);
}

int main(void)
{
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        tap_skip("ahead", "no C.UTF-8 locale");
        return tap_done();
    }
    test_opening();
    test_passing();
    test_forgetting();
    test_questions();
    test_import();
    return tap_done();
}
