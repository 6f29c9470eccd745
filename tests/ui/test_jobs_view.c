/* The view of jobs: what runs, how far it is, what came of it, and that a key stops it. */
#include "lib/tap.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "ui/harness.h"

static const struct screen_config usual = {.rows = 24, .cols = 80};

/* As in tests/ui/test_screens.c, without roles: TH_UPDATE_GOLDEN writes it anew. */
static void check(struct screen *s, const char *name)
{
    char path[4096];
    struct th_buf shown = TH_BUF_INIT, want = TH_BUF_INIT;
    const char *source = getenv("TH_SRCDIR");
    snprintf(path, sizeof path, "%s/tests/ui/golden/%s.txt", source == NULL ? "." : source, name);
    screen_text(s, &shown);
    if (getenv("TH_UPDATE_GOLDEN") != NULL) {
        FILE *out = fopen(path, "w");
        if (out != NULL) {
            (void)fwrite(shown.p, 1, shown.n, out);
            fclose(out);
        }
    }
    FILE *f = fopen(path, "r");
    char block[4096];
    size_t n;
    while (f != NULL && (n = fread(block, 1, sizeof block, f)) > 0)
        th_buf_add(&want, block, n);
    if (f != NULL)
        fclose(f);
    tap_is_str(th_buf_cstr(&shown), th_buf_cstr(&want), name);
    th_buf_fini(&shown);
    th_buf_fini(&want);
}

static void play_import(struct screen *s)
{
    struct ui_follow *f = screen_follow(&s->ui);
    f->importing = true;
    f->state = (struct ui_live_state){.phase = UI_LIVE_IMPORT,
                                      .bytes_done = 412345678,
                                      .bytes_total = 1383000000,
                                      .files_done = 161,
                                      .files_total = 540,
                                      .events = 1204311,
                                      .seconds = 4,
                                      .rate = 310000};
    ui_draw(&s->ui);
}

static void test_running(void)
{
    struct fixture f;
    struct screen s;
    const struct ui_key stop = {.code = 'X'}, escape = {.code = UI_KEY_ESC};
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "J");
    tap_ok(s.ui.view == UI_JOBS, "J shows the jobs");
    play_import(&s);
    check(&s, "jobs_importing");
    tap_ok(screen_shows(&s, "X stops it") && screen_lines(&s) == 2,
           "an import that runs, and the rules that wait for it");
    ui_key(&s.ui, &stop);
    tap_ok(s.ui.mode == UI_MODE_MENU, "X asks whether to stop it");
    ui_key(&s.ui, &escape);
    screen_follow(&s.ui)->state = (struct ui_live_state){.phase = UI_LIVE_RULES};
    screen_follow(&s.ui)->importing = false;
    ui_key(&s.ui, &stop);
    tap_ok(screen_follow(&s.ui)->state.phase == UI_LIVE_RULES && s.ui.mode == UI_MODE_KEYS,
           "and asks nothing for the sake of rules");
    screen_follow(&s.ui)->state.phase = UI_LIVE_IDLE;
    screen_run(&s, "J");
    tap_ok(s.ui.view == UI_EVENTS, "J goes back to the events");
    screen_close(&s);
    fixture_free(&f);
}

static void test_ended(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    struct ui_came *came = &screen_follow(&s.ui)->came;
    came->imported = true;
    came->done = (struct th_app_imported){
        .events = 4812, .files = 31, .seconds = 2.1, .rejects = 1, .duplicates = 7, .skipped = 2};
    came->rules_ran = true;
    came->detected.rules = 45;
    came->detected.ran = 12;
    came->detected.findings = 3;
    screen_run(&s, ":mark\nJ");
    check(&s, "jobs_done");
    screen_run(&s, "<Down>");
    tap_ok(screen_shows(&s, "rules, done: 3 findings; 12 of 45 rules ran"),
           "what the rules came to");
    ui_report(&s.ui, UI_OWNER_CASE, UI_R_ERROR, "not written to the case: %s", "no space left");
    screen_run(&s, "<Down>");
    tap_ok(screen_shows(&s, "notes, failed: not written to the case: no space left"),
           "what could not be written is told of");
    screen_run(&s, "/import<Enter>");
    tap_ok(screen_lines(&s) == 1, "narrowed");
    screen_run(&s, "E\nJ");
    tap_ok(screen_lines(&s) == 3, "and whole again");
    screen_close(&s);
    fixture_free(&f);
}

static void test_nothing(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, ":jobs");
    tap_ok(screen_shows(&s, "Nothing runs, and nothing ran since the workbench opened."),
           "nothing to tell is told");
    screen_close(&s);
    fixture_free(&f);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    test_running();
    test_ended();
    test_nothing();
    return tap_done();
}
