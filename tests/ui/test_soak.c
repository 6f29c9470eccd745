/* Ten thousand keys at random, with resizes between them: the workbench must stay alive and sound
 * whatever is pressed. The seed is fixed; another one comes from $TH_SEED. */
#include "lib/tap.h"

#include <locale.h>

#include "ui/app/turn.h"
#include "ui/harness.h"
#include "ui/term/keys.h"

static unsigned long state;

static unsigned next(unsigned below)
{
    state = state * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned)(state >> 33) % below;
}

static int random_key(void)
{
    static const char typed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:?+-=*[](){}\\'#<>\" .";
    static const int special[] = {UI_KEY_UP,
                                  UI_KEY_DOWN,
                                  UI_KEY_LEFT,
                                  UI_KEY_RIGHT,
                                  UI_KEY_HOME,
                                  UI_KEY_END,
                                  UI_KEY_PAGE_UP,
                                  UI_KEY_PAGE_DOWN,
                                  UI_KEY_ENTER,
                                  UI_KEY_ESC,
                                  UI_KEY_TAB,
                                  UI_KEY_BACKTAB,
                                  UI_KEY_BACKSPACE,
                                  UI_KEY_DELETE,
                                  UI_CTRL('R'),
                                  UI_CTRL('S'),
                                  UI_CTRL('U'),
                                  UI_CTRL('W'),
                                  UI_CTRL('C'),
                                  UI_CTRL('L'),
                                  0xe9,
                                  0x6f22,
                                  0x301,
                                  UI_KEY_DOWN,
                                  UI_KEY_DOWN,
                                  UI_KEY_ENTER,
                                  UI_KEY_ESC,
                                  UI_KEY_F1,
                                  UI_KEY_PASTE_BEGIN,
                                  UI_KEY_PASTE_END};
    if (next(3) == 0)
        return typed[next(sizeof typed - 1)];
    return special[next(TH_COUNT(special))];
}

/* What must hold after every step. */
static bool sound(const struct ui *ui)
{
    if (ui_result(ui)->have && ui_cursor(ui)->n != ui_result(ui)->s.count)
        return false;
    if (ui_cursor(ui)->n > 0 && ui_cursor(ui)->at >= ui_cursor(ui)->n)
        return false;
    if (ui_typed(ui)->at > ui_typed(ui)->text.n || ui->view >= UI_VIEWS || ui->pane >= UI_PANES)
        return false;
    return ui->mode != UI_MODE_MENU || ui_menu_count(ui) < 10000;
}

static void soak(enum fixture_kind kind, int steps, const char *name)
{
    struct fixture f;
    struct screen s;
    int bad = 0, quits = 0, done = 0;
    fixture_make(&f, kind);
    screen_open(&s, &f, &(struct screen_config){.rows = 30, .cols = 100});
    for (; done < steps && bad == 0; done++) {
        struct ui_key key = {.code = random_key()};
        if (next(200) == 0) {
            screen_resize(&s, 1 + (int)next(60), 1 + (int)next(220));
            continue;
        }
        if (next(150) == 0)
            key = (struct ui_key){.code = UI_KEY_MOUSE,
                                  .y = (int)next(60),
                                  .x = (int)next(220),
                                  .mouse = (enum ui_mouse)next(5)};
        ui_key(&s.ui, &key);
        if (next(4) != 0)
            ui_turn(&s.ui, 0);
        if (s.ui.quit) {
            s.ui.quit = false;
            quits++;
        }
        if (!sound(&s.ui)) {
            tap_note("step %d, key %d, view %d, mode %d", done, key.code, (int)s.ui.view,
                     (int)s.ui.mode);
            bad++;
        }
    }
    s.ui.pasting = false;
    ui_settle(&s.ui);
    tap_ok(bad == 0, "%s: %d random keys, %d times the end was asked for", name, done, quits);
    screen_resize(&s, 24, 80);
    for (int i = 0; i < 12; i++)
        screen_run(&s, "<Esc>");
    screen_run(&s, "0");
    tap_ok(s.ui.view == UI_EVENTS && ui_result(&s.ui)->have &&
               ui_result(&s.ui)->s.count == ui_result(&s.ui)->s.total,
           "%s: and then everything can be shown", name);
    screen_close(&s);
    fixture_free(&f);
}

int main(void)
{
    const char *seed = getenv("TH_SEED");
    state = seed == NULL ? 20260302ul : strtoul(seed, NULL, 10);
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        tap_skip("soak", "no C.UTF-8 locale");
        return tap_done();
    }
    soak(FIXTURE_STORY, 10000, "a story");
    soak(FIXTURE_HOSTILE, 3000, "a hostile case");
    soak(FIXTURE_EMPTY, 1000, "an empty case");
    return tap_done();
}
