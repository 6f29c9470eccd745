/* What one does in the workbench, step by step: filters and the way back, pivots, time, marks,
 * triage, what survives a session, keys as a terminal sends them. */
#include "lib/tap.h"

#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/app/command.h"
#include "ui/app/turn.h"
#include "ui/harness.h"
#include "ui/model/filter.h"
#include "ui/model/marks.h"
#include "ui/model/place.h"
#include "ui/view/findings/findings.h"
#include "ui/view/help/pager.h"
#include "ui/view/sources/sources.h"

static const struct screen_config usual = {.rows = 30, .cols = 100};

static bool filter_is(struct screen *s, const char *want)
{
    return tap_is_str(ui_here(&s->ui)->filter.n > 0 ? screen_filter(&s->ui) : "", want,
                      "the filter");
}

static void count_is(struct screen *s, size_t want, const char *name)
{
    tap_is_int((int64_t)ui_result(&s->ui)->s.count, (int64_t)want, name);
}

static void test_filters(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    count_is(&s, 60, "everything at first");
    screen_run(&s, "/user.name: ivy<Enter>");
    count_is(&s, 28, "a filter is applied");
    screen_run(&s, "<Down><Down><Down>");
    uint32_t row = 0;
    ui_row(&s.ui, &row);
    screen_run(&s, "/ and event.outcome: failure<Enter>");
    count_is(&s, 7, "another one on top");
    screen_run(&s, "<Backspace>");
    count_is(&s, 28, "Backspace goes back");
    uint32_t again = 0;
    ui_row(&s.ui, &again);
    tap_is_int(again, row, "to the same event");
    filter_is(&s, "user.name: ivy");
    screen_run(&s, "<Backspace>");
    count_is(&s, 60, "and back to everything");
    screen_run(&s, "<Backspace>");
    tap_ok(screen_shows(&s, "60 events"), "once more changes nothing");
    screen_run(&s, "/user.nme: x<Enter>");
    tap_ok(s.ui.mode == UI_MODE_FILTER && screen_shows(&s, "did you mean user.name?"),
           "a wrong filter says what is wrong and stays open");
    count_is(&s, 60, "the last good result stays");
    screen_run(&s, "<Esc>");
    tap_ok(s.ui.mode == UI_MODE_KEYS && ui_here(&s.ui)->filter.n == 0, "Esc leaves it as it was");
    screen_run(&s, "/user.name: tomas<Enter>\n/<Up><Enter>");
    tap_ok(screen_shows(&s, "user.name: tomas"), "the history begins with the newest");
    screen_run(&s, "0");
    count_is(&s, 60, "0 shows everything");
    screen_run(&s, "2");
    count_is(&s, 7, "a preset: errors");
    screen_run(&s, "<Ctrl-S>failures<Enter>\n0\no");
    tap_ok(screen_shows(&s, "failures"), "a filter is saved under a name");
    screen_run(&s, "fail<Enter>");
    count_is(&s, 7, "and chosen by it");
    screen_run(&s, "o<Ctrl-R><Ctrl-U>denied<Enter>\no");
    tap_ok(screen_shows(&s, "denied") && !screen_shows(&s, "failures"), "renamed");
    tap_ok(screen_shows(&s, "^R rename"), "the bottom line says how");
    screen_run(&s, "<Delete>k\no");
    tap_ok(screen_shows(&s, "denied"), "kept after all");
    screen_run(&s, "<Delete>d\no");
    tap_ok(s.ui.mode == UI_MODE_KEYS && screen_shows(&s, "no saved filters yet"), "and deleted");
    screen_run(&s, "0\n<Ctrl-R>tomas<Enter>");
    filter_is(&s, "user.name: tomas");
    screen_run(&s, "2");
    screen_run(&s, "6");
    filter_is(&s, "trailhound.verb: D");
    screen_run(&s, "0");
    ui_filter_set(&s.ui, TH_STR("word"), "word");
    screen_run(&s, "");
    ui_filter_set(&s.ui, TH_STR("another word"), "another word");
    ui_do_close(&s.ui, "");
    ui_settle(&s.ui);
    tap_ok(screen_shows(&s, "stopped"), "Esc stops what is under way");
    filter_is(&s, ui_result(&s.ui)->filter);
    screen_close(&s);
    fixture_free(&f);
}

static void test_values(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "<Right><Right>+");
    filter_is(&s, "trailhound.actor: ivy");
    screen_run(&s, "<Right>-");
    tap_ok(ui_result(&s.ui)->s.count < 28 &&
               strstr(screen_filter(&s.ui), "not event.action: ListUsers") != NULL,
           "filtering out a table cell");
    screen_run(&s, "<Right>*");
    tap_ok(strstr(screen_filter(&s.ui), "trailhound.target: *") != NULL,
           "filtering for a field that is there");
    screen_run(&s, "0=");
    tap_ok(ui_here(&s.ui)->filter.n > 0, "only this");
    screen_run(&s, "0f<Down>+");
    tap_ok(strstr(screen_filter(&s.ui), "event.action: ") != NULL, "filtering for a facet's value");
    screen_run(&s, "0\n/event.action: StopLogging<Enter>\nf<Enter>");
    screen_run(&s, "<Down><Down><Down><Down>+");
    tap_ok(s.ui.view == UI_EVENTS && ui_here(&s.ui)->filter.n > 20,
           "filtering for a line of the detail");
    screen_run(&s, "0\nr<Down><Down><Down><Down>+");
    filter_is(&s, "user.name: ivy");
    screen_close(&s);
    fixture_free(&f);
}

static void test_pivots(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "/event.action: StopLogging<Enter>\npi");
    count_is(&s, 12, "pivot to the same address");
    uint32_t row = 0;
    tap_ok(ui_row(&s.ui, &row) && ui_cell_is(&s.ui, row, TH_F_EVENT_ACTION, "StopLogging"),
           "the cursor stays on the event");
    screen_run(&s, "p+");
    tap_ok(ui_here(&s.ui)->from_ms != TH_TIME_NONE && ui_here(&s.ui)->filter.n == 0,
           "five minutes around it, everything");
    count_is(&s, 12, "which holds the burst and its neighbours");
    screen_run(&s, "<Backspace><Backspace>");
    filter_is(&s, "event.action: StopLogging");
    screen_run(&s, "p<Esc>");
    tap_ok(s.ui.mode == UI_MODE_KEYS, "a menu closes");
    screen_close(&s);
    fixture_free(&f);
}

static void test_time(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "<Down><Down>[<Down><Down>]");
    count_is(&s, 3, "[ and ] select from one event until another");
    tap_is_int((int64_t)screen_steps(&s.ui), 1, "which is one step back");
    screen_run(&s, "z");
    tap_ok(ui_here(&s.ui)->zoomed, "z zooms into what is selected");
    screen_run(&s, "ZZZZZZZZ");
    tap_ok(ui_here(&s.ui)->from_ms == TH_TIME_NONE && ui_result(&s.ui)->s.count == 60,
           "Z zooms out to everything");
    screen_run(&s, "td");
    tap_ok(ui_result(&s.ui)->s.count > 10 && ui_result(&s.ui)->s.count < 60, "that day");
    screen_run(&s, "\\");
    count_is(&s, 60, "all times again");
    screen_run(&s, "<Home>)");
    tap_ok(screen_shows(&s, "events in this bar") &&
               ui_row_time(&s.ui, ui_result(&s.ui)->s.order[ui_cursor(&s.ui)->at]) > 0,
           "to the next burst");
    screen_run(&s, "<Tab><Enter>");
    tap_ok(ui_here(&s.ui)->from_ms != TH_TIME_NONE &&
               ui_here(&s.ui)->to_ms - ui_here(&s.ui)->from_ms ==
                   ui_result(&s.ui)->s.histogram.every_ms,
           "Enter on a bar selects its time");
    screen_run(&s, "0");
    const struct ui_key down = {.code = UI_KEY_MOUSE, .y = 2, .x = 10, .mouse = UI_MOUSE_PRESS};
    const struct ui_key up = {.code = UI_KEY_MOUSE, .y = 2, .x = 40, .mouse = UI_MOUSE_RELEASE};
    ui_key(&s.ui, &down);
    ui_key(&s.ui, &up);
    ui_settle(&s.ui);
    tap_ok(ui_here(&s.ui)->from_ms != TH_TIME_NONE &&
               ui_here(&s.ui)->to_ms - ui_here(&s.ui)->from_ms >
                   10 * ui_result(&s.ui)->s.histogram.every_ms,
           "the mouse selects time on the histogram");
    screen_run(&s, "tu");
    tap_ok(s.ui.local && screen_shows(&s, "local"), "times in local zone");
    screen_close(&s);
    fixture_free(&f);
}

static void test_notes(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "m\n<#>odd<Enter>\ncasked ivy<Enter>");
    const struct ui_mark *mark = ui_mark_of(&s.ui, ui_result(&s.ui)->s.order[0]);
    tap_ok(mark != NULL && mark->marked && mark->tag != NULL && strcmp(mark->tag, "odd") == 0 &&
               mark->comment != NULL && strcmp(mark->comment, "asked ivy") == 0,
           "an event is marked, tagged and commented");
    screen_run(&s, "<End>\nNy");
    tap_ok(screen_shows(&s, "asked ivy"), "the notes view lists it");
    screen_run(&s, "<Enter>");
    tap_ok(s.ui.view == UI_EVENTS && ui_cursor(&s.ui)->at == 0, "Enter goes to the event");
    screen_run(&s, "/user.name: tomas<Enter>\nN<Enter>");
    tap_ok(s.ui.view == UI_EVENTS && ui_here(&s.ui)->filter.n == 0 && ui_cursor(&s.ui)->at == 0,
           "also when the filter hides it");
    screen_close(&s);
    fixture_reopen(&f);
    screen_open(&s, &f, &usual);
    tap_ok(screen_marks(&s.ui) == 1 && strcmp(screen_mark(&s.ui)->comment, "asked ivy") == 0,
           "and survives the session");
    screen_run(&s, "N<Delete>");
    tap_ok(screen_marks(&s.ui) == 0 && screen_shows(&s, "Nothing is noted yet"),
           "Delete removes it");
    screen_close(&s);
    fixture_free(&f);
}

static void test_triage(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "F");
    tap_is_int((int64_t)screen_lines(&s), 3, "three findings");
    tap_ok(strcmp(ui_finding_at(&s.ui)->level, "critical") == 0, "the worst first");
    screen_run(&s, "cseen by tomas<Enter>");
    tap_ok(ui_finding_at(&s.ui)->state == TH_FINDING_CONFIRMED &&
               screen_shows(&s, "confirmed: seen by tomas"),
           "confirmed with a note");
    screen_run(&s, "<Down>b<Esc>");
    tap_ok(ui_finding_at(&s.ui)->state == TH_FINDING_NEW, "Esc at the note leaves it as it was");
    screen_run(&s, "bscheduled<Enter>");
    tap_ok(ui_finding_at(&s.ui)->state == TH_FINDING_BENIGN, "dismissed as benign");
    screen_run(&s, "s");
    tap_is_int((int64_t)screen_lines(&s), 1, "only new ones");
    screen_run(&s, "sss/secret<Enter>");
    tap_is_int((int64_t)screen_lines(&s), 1, "narrowed by a text");
    screen_run(&s, "<Enter>");
    count_is(&s, 9, "Enter shows its events");
    tap_ok(ui_here(&s.ui)->finding != 0 && screen_shows(&s, "Secrets read in bulk"),
           "and says whose they are");
    screen_run(&s, "/event.outcome: failure<Enter>");
    count_is(&s, 6, "a filter works within them");
    screen_run(&s, "<Backspace><Backspace>");
    count_is(&s, 60, "and back");
    screen_run(&s, "F<Down>+");
    filter_is(&s, "source.ip: 203.0.113.9");
    screen_close(&s);
    fixture_reopen(&f);
    screen_open(&s, &f, &usual);
    screen_run(&s, "F");
    tap_ok(screen_finding(&s.ui)->state == TH_FINDING_CONFIRMED &&
               strcmp(screen_finding(&s.ui)->note, "seen by tomas") == 0,
           "triage survives the session");
    screen_run(&s, "u");
    tap_ok(screen_finding(&s.ui)->state == TH_FINDING_NEW && screen_finding(&s.ui)->note != NULL,
           "back to new, the note stays");
    screen_close(&s);
    fixture_free(&f);
}

static void test_session(void)
{
    struct fixture f;
    struct screen s;
    struct screen_config remember = usual;
    remember.remember = true;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &remember);
    screen_run(&s, "/user.name: ivy<Enter>\n<Down><Down><Right><Right>\n:column region\nf");
    uint32_t row = 0;
    ui_row(&s.ui, &row);
    screen_close(&s);
    fixture_reopen(&f);
    screen_open(&s, &f, &remember);
    uint32_t again = 0;
    ui_row(&s.ui, &again);
    filter_is(&s, "user.name: ivy");
    tap_ok(again == row, "the cursor is where it was");
    tap_ok(s.ui.fields->column == 2 && s.ui.fields->columns.n == 1, "so are the columns");
    tap_ok(s.ui.want_facets == UI_SHOWN, "and the facets");
    screen_run(&s, "<Backspace>");
    count_is(&s, 60, "even the way back");
    screen_run(&s, "F");
    screen_close(&s);
    fixture_reopen(&f);
    screen_open(&s, &f, &remember);
    tap_ok(s.ui.view == UI_FINDINGS, "the view is the one that was left");
    screen_close(&s);
    struct th_err err = {0};
    tap_ok(
        th_case_set(
            th_app_case(f.app), "workbench",
            TH_STR(
                "{\"here\":{\"filter\":7,\"sort\":\"nonsense\"},\"column\":99999,\"view\":\"x\"}"),
            &err) == TH_OK,
        "a state that makes no sense");
    screen_open(&s, &f, &remember);
    tap_ok(s.ui.view == UI_EVENTS && ui_result(&s.ui)->s.count == 60, "does no harm");
    screen_close(&s);
    fixture_free(&f);
}

static void test_terminal(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_bytes(&s, "\033OB\033OB", 6);
    tap_is_int((int64_t)ui_cursor(&s.ui)->at, 2, "arrow keys as bytes");
    screen_bytes(&s, "\033[B\033[A\033[B", 9);
    tap_is_int((int64_t)ui_cursor(&s.ui)->at, 3, "also as a terminal in its other mode sends them");
    screen_bytes(&s, "\033[1;6Q\033Op\033[?62c\033[25;11~", 23);
    filter_is(&s, "");
    tap_ok(screen_steps(&s.ui) == 0 && ui_here(&s.ui)->from_ms == TH_TIME_NONE &&
               s.ui.mode == UI_MODE_KEYS && ui_cursor(&s.ui)->at == 3,
           "the bytes of a key that nobody knows are no keys of their own");
    screen_bytes(&s, "0\033[F\033[H", 7);
    tap_is_int((int64_t)ui_cursor(&s.ui)->at, 0, "End and Home too");
    screen_bytes(&s, "/user.name: \xc3\xa9\r", 15);
    filter_is(&s, "user.name: \xc3\xa9");
    screen_bytes(&s, "0", 1);
    screen_bytes(&s, "\033[200~q\nevent.outcome: failure\n\033[201~", 38);
    tap_ok(s.ui.mode == UI_MODE_FILTER && !s.ui.quit, "what is pasted is text, never commands");
    tap_is_str(screen_typed(&s), "q event.outcome: failure ", "and becomes a filter to look at");
    screen_bytes(&s, "\x15\033[200~one\x15two\tthree\r\033[201~", 27);
    tap_is_str(screen_typed(&s), "one two three ", "control characters edit nothing");
    screen_bytes(&s, "\033", 1);
    usleep(60000);
    ui_settle(&s.ui);
    screen_run(&s, "<Esc>");
    screen_bytes(&s, "\033[200~lost\033", 11);
    s.ui.pasted_ms -= 2000;
    screen_run(&s, "<Esc><Esc>");
    tap_ok(!s.ui.pasting && s.ui.mode == UI_MODE_KEYS, "Esc ends a paste that has lost its end");
    screen_run(&s, "p");
    screen_bytes(&s, "\033[200~i\033[201~", 13);
    tap_is_int(s.ui.mode, UI_MODE_MENU, "nor does it choose from a menu");
    screen_run(&s, "<Esc>");
    screen_resize(&s, 12, 50);
    tap_ok(screen_shows(&s, "ACTION") && s.ui.canvas.cols == 50, "smaller");
    screen_resize(&s, 2, 10);
    tap_ok(screen_shows(&s, "Too small"), "too small, in words");
    screen_resize(&s, 40, 140);
    tap_ok(screen_shows(&s, "CONTEXT") && screen_shows(&s, "event.action"),
           "and large again: facets and detail come back");
    screen_places(&s.ui)->result.share = 0.4; /* as after Esc in the middle of a search */
    screen_resize(&s, 40, 120);
    tap_ok(ui_result(&s.ui)->share < 1 && screen_shows(&s, "40 % searched"),
           "another size doesn't begin a search again that was stopped");
    screen_run(&s, "/<Enter>");
    tap_ok(ui_result(&s.ui)->share >= 1 &&
               screen_places(&s.ui)->buckets_asked == (size_t)s.ui.layout.filter.w,
           "Enter goes on with it, for this size");
    screen_bytes(&s, "\x0c", 1);
    tap_ok(screen_shows(&s, "CONTEXT"), "Ctrl-L paints the same screen");
    screen_run(&s, ":theme\nl");
    tap_ok(s.ui.canvas.theme == UI_THEME_LIGHT && screen_shows(&s, "theme: light"),
           "a theme is chosen");
    screen_run(&s, ":theme mono");
    tap_ok(s.ui.canvas.theme == UI_THEME_MONO && s.ui.canvas.colours == 0, "one without colours");
    screen_run(&s, ":theme dark");
    tap_ok(s.ui.canvas.theme == UI_THEME_DARK && s.ui.canvas.colours == 256, "and dark again");
    screen_run(&s, ":theme pink");
    tap_ok(screen_shows(&s, "no theme pink"), "a wrong name says so");
    screen_run(&s, ":screenshot shot.txt");
    tap_ok(access("shot.txt", R_OK) == 0, "a picture of the screen in a file");
    unlink("shot.txt");
    tap_ok(mkfifo("shot.fifo", 0600) == 0, "a FIFO that nobody reads");
    screen_run(&s, ":screenshot shot.fifo");
    tap_ok(screen_shows(&s, "shot.fifo: nobody reads it"), "is not waited for");
    unlink("shot.fifo");
    screen_run(&s, "Y");
    tap_ok(screen_shows(&s, "record copied"), "a record is copied");
    screen_run(&s, "q");
    tap_ok(s.ui.quit, "q leaves");
    screen_close(&s);
    fixture_free(&f);
}

static void test_views(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &usual);
    screen_run(&s, "<Enter>r?");
    tap_ok(s.ui.view == UI_PAGER, "help over the record over the detail");
    screen_run(&s, "q");
    tap_ok(s.ui.view == UI_RECORD, "q goes back to the record");
    screen_run(&s, "J");
    tap_ok(s.ui.view == UI_RECORD && ui_cursor(&s.ui)->at == 1, "the record of the next event");
    screen_run(&s, "q");
    tap_ok(s.ui.view == UI_DETAIL, "to the detail");
    screen_run(&s, "<Esc>");
    tap_ok(s.ui.view == UI_EVENTS, "to the events");
    screen_run(&s, "?/narrow<Enter>");
    tap_ok(strstr(ui_pager_line(&s.ui, screen_at(&s)), "narrow") != NULL, "help is searched");
    screen_run(&s, "qS<Enter>");
    count_is(&s, 60, "the events of a source");
    tap_ok(screen_shows(&s, "evidence.json"), "which is named");
    screen_run(&s, "<Backspace>\ns");
    tap_ok(ui_here(&s.ui)->descending, "s turns the order round");
    screen_run(&s, "<Right><Right>s");
    tap_ok(ui_here(&s.ui)->sort == TH_F_OWN_ACTOR && !ui_here(&s.ui)->descending,
           "or sorts by another column");
    screen_run(&s, ":sort nonsense");
    tap_ok(screen_shows(&s, "can't sort by nonsense"), "not by nonsense");
    screen_run(&s, ":column nonsense");
    tap_ok(screen_shows(&s, "no field nonsense"), "no column for it either");
    screen_run(&s, ":facet user_agent.original");
    screen_run(&s, "f:facet user_agent.original");
    screen_close(&s);
    fixture_free(&f);
}

static void test_evidence(void)
{
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_GAPS);
    screen_open(&s, &f, &usual);
    tap_ok(ui_accounts(&s.ui) == 2 && ui_regions(&s.ui) == 3, "accounts and regions are counted");
    tap_ok(screen_shows(&s, "2 gaps"), "gaps are told in the first line");
    screen_run(&s, "S");
    tap_ok(screen_shows(&s, "evidence.json") && screen_shows(&s, "all regions") == false,
           "files first");
    screen_run(&s, "s");
    tap_ok(ui_gap_at(&s.ui) != NULL && screen_shows(&s, "usually for 20 min"), "then gaps");
    screen_run(&s, "/eu-west<Enter>");
    tap_ok(screen_lines(&s) == 1 && screen_shows(&s, "while other events go on"), "narrowed");
    screen_run(&s, "/<Ctrl-U><Enter>\n<Enter>");
    tap_ok(s.ui.view == UI_EVENTS && ui_here(&s.ui)->from_ms != TH_TIME_NONE,
           "Enter goes around one");
    filter_is(&s, "aws.cloudtrail.recipient_account_id: 111122223333 and cloud.region: us-east-1");
    screen_run(&s, "<Backspace>\nS");
    tap_ok(ui_gap_at(&s.ui) != NULL, "the view is as it was left");
    screen_run(&s, "s");
    tap_ok(ui_stream_at(&s.ui) != NULL && ui_stream_at(&s.ui)->whole, "then accounts and regions");
    screen_run(&s, "<Down><Enter>");
    filter_is(&s, "aws.cloudtrail.recipient_account_id: 111122223333 and cloud.region: eu-west-1");
    count_is(&s, 63, "the events of a region");
    screen_run(&s, "<Backspace>\nSs<Enter>");
    count_is(&s, 371, "the events of the file");
    screen_close(&s);
    fixture_free(&f);
}

/* A case that can't be written, and what is not known without rules. */
static void test_reading(void)
{
    struct fixture f;
    struct screen s;
    struct th_err err = {0};
    fixture_make(&f, FIXTURE_GAPS);
    screen_open(&s, &f, &usual);
    tap_ok(screen_shows(&s, "no rules ran") && !screen_shows(&s, "0 findings"),
           "where no rule ran it doesn't say that none found anything");
    screen_run(&s, "F");
    tap_ok(screen_shows(&s, "No rule ran on this case yet."), "nor does the list of findings");
    screen_follow(&s.ui)->came.rules_ran = true;
    ui_draw(&s.ui);
    tap_ok(screen_shows(&s, "found nothing"), "after they ran it does");
    screen_follow(&s.ui)->came.rules_err.code = TH_E_CANCELLED;
    ui_draw(&s.ui);
    tap_ok(screen_shows(&s, "The rules were stopped"), "but not when they were stopped");
    screen_close(&s);
    if (th_app_close(f.app, &err) != TH_OK ||
        th_app_open("story.trail", TH_CASE_READ, &f.app, &err) != TH_OK)
        tap_note("%s", err.msg);
    screen_open(&s, &f, &usual);
    tap_ok(screen_shows(&s, "story (read-only)") && screen_shows(&s, "can't be written"),
           "a case that can't be written says so at once");
    screen_run(&s, "#");
    tap_ok(s.ui.mode == UI_MODE_KEYS && screen_shows(&s, "read-only"), "it takes no tag");
    screen_run(&s, "c");
    tap_ok(s.ui.mode == UI_MODE_KEYS && screen_shows(&s, "read-only"), "no comment");
    screen_run(&s, "m");
    tap_ok(screen_marks(&s.ui) == 0 && screen_shows(&s, "read-only"), "no mark");
    screen_run(&s, "/user.name: ivy<Enter>\n<Ctrl-S>");
    tap_ok(s.ui.mode == UI_MODE_KEYS && screen_shows(&s, "read-only"), "no filter's name");
    count_is(&s, 371, "but every filter");
    screen_run(&s, "F");
    tap_ok(screen_shows(&s, "No rule ever ran on this case, and it can't be written."),
           "and says that no rule looked at it");
    screen_close(&s);
    fixture_free(&f);
}

/* A dismissed finding to which events came. */
static void test_grown(void)
{
    struct fixture f;
    struct screen s;
    const uint8_t hash[32] = {2};
    static const uint32_t rows[] = {0, 1, 2};
    struct th_finding_new found = {.rule = "r",
                                   .name = "Burst",
                                   .level = "low",
                                   .tags = "[]",
                                   .grouping = "{}",
                                   .why = "w",
                                   .detail = "{}",
                                   .first_ms = 1000,
                                   .last_ms = 2000,
                                   .rows = rows};
    fixture_make(&f, FIXTURE_GAPS);
    for (size_t n = 2; n <= 3; n++) {
        found.rows_n = n;
        if (th_findings_replace(th_app_case(f.app), "r", "Burst", "low", "p", hash, n, &found, 1,
                                NULL) != TH_OK)
            tap_ok(false, "a finding");
        screen_open(&s, &f, &usual);
        screen_run(&s, "F");
        tap_is_int(screen_shows(&s, "grew since it was dismissed: from 2 to 3 events"), n == 3,
                   "a finding says that it grew when it did");
        screen_run(&s, "b<Enter>");
        tap_ok(screen_shows(&s, "benign") && !screen_shows(&s, "grew since"),
               "until it is dismissed anew");
        screen_close(&s);
    }
    fixture_free(&f);
}

int main(void)
{
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        tap_skip("workbench", "no C.UTF-8 locale");
        return tap_done();
    }
    test_filters();
    test_values();
    test_pivots();
    test_time();
    test_notes();
    test_triage();
    test_grown();
    test_session();
    test_terminal();
    test_views();
    test_evidence();
    test_reading();
    return tap_done();
}
