/* The command table agrees with itself: every command can be reached, is explained, and no key
 * means two things in one place. */
#include "lib/tap.h"

#include <ctype.h>

#include "ui/app/command.h"
#include "ui/app/turn.h"
#include "ui/harness.h"
#include "ui/view/help/pager.h"

static void test_table(const struct ui *ui)
{
    size_t n;
    const struct ui_command *all = ui_commands(ui, &n);
    for (size_t i = 0; i < n; i++) {
        int codes[UI_COMMAND_KEYS];
        char label[64];
        snprintf(label, sizeof label, "%s (%zu)",
                 all[i].name[0] != '\0' ? all[i].name : all[i].keys, i);
        tap_ok(ui_command_keys(&all[i], codes) > 0 || all[i].name[0] != '\0',
               "%s: has a key or a name", label);
        size_t help = strlen(all[i].help);
        tap_ok(help > 5 && help <= 80 && isupper((unsigned char)all[i].help[0]) &&
                   all[i].help[help - 1] != '.',
               "%s: has a line of help", label);
        tap_ok(strlen(all[i].hint) <= 20, "%s: its hint is short", label);
        tap_ok(all[i].where != 0, "%s: applies somewhere", label);
        bool words = true;
        for (const char *p = all[i].name; *p != '\0'; p++)
            words = words && (islower((unsigned char)*p) || *p == '-');
        tap_ok(words, "%s: its name is small letters and hyphens", label);
    }
}

static void test_keys(const struct ui *ui)
{
    size_t n, keys = 0;
    const struct ui_command *all = ui_commands(ui, &n);
    for (size_t i = 0; i < n; i++) {
        int codes[UI_COMMAND_KEYS], count = ui_command_keys(&all[i], codes), written = 0;
        for (const char *p = all[i].keys; *p != '\0'; p += strcspn(p, " "), p += strspn(p, " "))
            written++;
        tap_ok(count == written, "%zu: every key of \"%s\" is one", i, all[i].keys);
        keys += (size_t)count;
    }
    size_t clashes = 0;
    for (unsigned bit = 1; bit <= UI_IN_E; bit <<= 1)
        for (size_t i = 0; i < n; i++)
            for (size_t k = i + 1; k < n; k++) {
                int a[UI_COMMAND_KEYS], b[UI_COMMAND_KEYS];
                int an = ui_command_keys(&all[i], a), bn = ui_command_keys(&all[k], b);
                if ((all[i].where & bit) == 0 || (all[k].where & bit) == 0)
                    continue;
                for (int x = 0; x < an; x++)
                    for (int y = 0; y < bn; y++)
                        if (a[x] == b[y]) {
                            clashes++;
                            tap_note("%s and %s share a key", all[i].help, all[k].help);
                        }
            }
    tap_ok(clashes == 0, "%zu keys: none means two things in one place", keys);
    size_t names = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            names += all[i].name[0] != '\0' && strcmp(all[i].name, all[k].name) == 0;
    tap_ok(names == 0, "no two commands have one name");
}

static void test_reach(void)
{
    size_t n;
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &(struct screen_config){.rows = 24, .cols = 80});
    const struct ui_command *all = ui_commands(&s.ui, &n);
    test_table(&s.ui);
    test_keys(&s.ui);
    screen_run(&s, "?");
    for (size_t i = 0; i < n; i++) {
        bool found = false;
        for (size_t k = 0; ui_pager_line(&s.ui, k) != NULL; k++)
            found = found || strstr(ui_pager_line(&s.ui, k), all[i].help) != NULL;
        if ((all[i].where & UI_IN_ALL) != 0)
            tap_ok(found, "help explains: %s", all[i].help);
    }
    screen_run(&s, "q<:>zoom");
    tap_ok(screen_shows(&s, "zoom-in") && !screen_shows(&s, "filter-for"),
           "the palette is narrowed by typing");
    screen_run(&s, "<Esc>");
    tap_ok(ui_command_text(&s.ui, TH_STR("findings")) && s.ui.view == UI_FINDINGS,
           "a command by its name");
    tap_ok(!ui_command_text(&s.ui, TH_STR("nonsense")), "no command by that name");
    ui_command_text(&s.ui, TH_STR("zoom-in"));
    ui_settle(&s.ui);
    tap_ok(screen_shows(&s, "zoom-in does not apply here"), "a command in the wrong place says so");
    screen_close(&s);
    fixture_free(&f);
}

/* Whatever can be chosen where one is: its whole name, typed, chooses it and nothing else. */
static void test_palette(void)
{
    static const char *const places[] = {"E", "F", "S", "N", "E\nr", "E\n<Enter>", "E\nf"};
    struct fixture f;
    struct screen s;
    fixture_make(&f, FIXTURE_STORY);
    screen_open(&s, &f, &(struct screen_config){.rows = 30, .cols = 120});
    screen_run(&s, "mF");
    int wrong = 0, right = 0;
    for (size_t i = 0; i < TH_COUNT(places); i++) {
        screen_run(&s, "<Esc><Esc>");
        screen_run(&s, places[i]);
        screen_run(&s, "<:>");
        size_t n = ui_menu_count(&s.ui);
        for (size_t k = 0; k < n; k++) {
            char name[64];
            screen_run(&s, "<Ctrl-U>");
            snprintf(name, sizeof name, "%.60s", ui_menu_label(&s.ui, k));
            screen_run(&s, name);
            const char *found = ui_menu_label(&s.ui, 0);
            bool first = found != NULL && strcmp(found, name) == 0;
            right += first;
            wrong += !first;
            if (!first)
                tap_note("%s: not first at %s", name, places[i]);
        }
        screen_run(&s, "<Esc>");
    }
    tap_ok(wrong == 0 && right > 150, "%d names: each is the first that the palette finds for it",
           right);
    screen_run(&s, "F\n<:>note<Enter>");
    tap_ok(s.ui.mode == UI_MODE_PROMPT && strcmp(ui_prompt_title(&s.ui), "Note") == 0,
           "note writes a note; it confirms nothing");
    screen_run(&s, "<Esc>E\n<:>facet cloud.region<Enter>");
    tap_ok(s.ui.view == UI_EVENTS && screen_shows(&s, "facet does not apply here"),
           "a name that is not for this place runs nothing that is called alike");
    screen_close(&s);
    fixture_free(&f);
}

int main(void)
{
    test_palette();
    test_reach();
    return tap_done();
}
