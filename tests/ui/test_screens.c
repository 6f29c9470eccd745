/* Golden screens: text, roles and cursor of what the workbench shows, cell by cell. `make
 * update-golden` (TH_UPDATE_GOLDEN=1) writes them anew; the difference is the review. */
#include "lib/tap.h"

#include <locale.h>
#include <unistd.h>

#include "ui/app/turn.h"
#include "ui/harness.h"
#include "ui/term/dump.h"
#include "ui/term/keys.h"
#include "ui/work/background.h"

static const struct scene {
    const char *name;
    enum fixture_kind kind;
    int rows, cols;
    bool ascii;
    const char *lines;
} scenes[] = {
    {"events_80x24", FIXTURE_STORY, 24, 80, false, ""},
    {"events_100x30", FIXTURE_STORY, 30, 100, false, "<Down><Down><Right><Right>"},
    {"events_140x40", FIXTURE_STORY, 40, 140, false, "/ip: 203.0.113.9<Enter>"},
    {"events_160x50", FIXTURE_STORY, 50, 160, false, ":mark\n:tag odd\n:comment asked ivy"},
    {"events_200x50", FIXTURE_STORY, 50, 200, false, "<End>"},
    {"events_40x10", FIXTURE_STORY, 10, 40, false, ""},
    {"events_20x5", FIXTURE_STORY, 5, 20, false, ""},
    {"events_19x5", FIXTURE_STORY, 5, 19, false, ""},
    {"events_ascii_100x30", FIXTURE_STORY, 30, 100, true, ""},
    {"empty_case", FIXTURE_EMPTY, 24, 80, false, ""},
    {"no_match", FIXTURE_STORY, 24, 80, false, "/user.name: nobody<Enter>"},
    {"typing_value", FIXTURE_STORY, 30, 100, false, "/user.name: i"},
    {"typing_field", FIXTURE_STORY, 30, 100, false, "/event.outcome: failure and user.nam"},
    {"typing_preview", FIXTURE_STORY, 24, 80, false, "/user.name: ivy\n<Esc>"},
    {"typing_error", FIXTURE_STORY, 24, 80, false, "/user.nme: x"},
    {"years_events", FIXTURE_YEARS, 24, 80, false, ""},
    {"years_day", FIXTURE_YEARS, 24, 80, false, "/@timestamp: 2021<Enter>"},
    {"years_year", FIXTURE_YEARS, 40, 120, false, "/@timestamp: 2023<Enter>"},
    {"years_findings", FIXTURE_YEARS, 24, 80, false, "F"},
    {"years_sources", FIXTURE_YEARS, 24, 80, false, "S"},
    {"lengthy_detail", FIXTURE_LENGTHY, 40, 100, false, "<Enter>"},
    {"facets_80x24", FIXTURE_STORY, 24, 80, false, "f<Down><Down>"},
    {"brush", FIXTURE_STORY, 24, 80, false, "<PgDn>[<PgDn>]"},
    {"zoom", FIXTURE_STORY, 24, 80, false, "<PgDn>zz"},
    {"histogram_pane", FIXTURE_STORY, 24, 80, false, "<Tab><Right><Right>"},
    {"pivot_menu", FIXTURE_STORY, 24, 80, false, "p"},
    {"time_menu", FIXTURE_STORY, 24, 80, false, "t"},
    {"palette", FIXTURE_STORY, 24, 80, false, "<:>filter"},
    {"trail", FIXTURE_STORY, 40, 120, false, "/user.name: ivy<Enter>\n:recent-changes\n:errors"},
    {"detail_100x30", FIXTURE_STORY, 30, 100, false,
     "/event.action: CreateAccessKey<Enter>\n<Enter><Down><Down>"},
    {"detail_80x24", FIXTURE_STORY, 24, 80, false, "/event.action: DeleteUser<Enter>\n<Enter>"},
    {"record", FIXTURE_STORY, 30, 100, false, "r<Down><Down><Enter>"},
    {"record_search", FIXTURE_STORY, 24, 80, false, "r/two<Enter>"},
    {"findings_80x24", FIXTURE_STORY, 24, 80, false, "F<Down>"},
    {"findings_100x30", FIXTURE_STORY, 30, 100, false, "F<Down>"},
    {"findings_140x40", FIXTURE_STORY, 40, 140, false, "F\n:confirm seen by tomas"},
    {"findings_note", FIXTURE_STORY, 24, 80, false, "Fbknown test"},
    {"finding_events", FIXTURE_STORY, 24, 80, false, "F<Down><Enter>"},
    {"sources", FIXTURE_STORY, 24, 42, false, "S"},
    {"sources_80x24", FIXTURE_GAPS, 24, 80, false, "S"},
    {"sources_160x50", FIXTURE_GAPS, 50, 160, false, "S"},
    {"sources_gaps", FIXTURE_GAPS, 24, 80, false, "Ss"},
    {"sources_gaps_160x50", FIXTURE_GAPS, 50, 160, false, "Ss<Down>"},
    {"sources_gaps_none", FIXTURE_STORY, 24, 80, false, "Ss"},
    {"sources_coverage", FIXTURE_GAPS, 30, 100, false, "Sss<Down><Down>"},
    {"sources_coverage_ascii", FIXTURE_GAPS, 24, 60, true, "Sss"},
    {"gap_events", FIXTURE_GAPS, 24, 100, false, "Ss<Down><Enter>"},
    {"hostile_coverage", FIXTURE_HOSTILE, 24, 80, false, "Sss"},
    {"notes_empty", FIXTURE_STORY, 24, 80, false, "N"},
    {"notes", FIXTURE_STORY, 24, 100, false, ":mark\n:tag odd\n<Down>\n:comment asked ivy\nN"},
    {"help", FIXTURE_STORY, 24, 80, false, "?"},
    {"hostile_events", FIXTURE_HOSTILE, 24, 100, false, ""},
    {"hostile_detail", FIXTURE_HOSTILE, 30, 100, false, "<Enter>"},
};

/* What goes on beside the workbench. */
enum beside { NOTHING, IMPORT, QUESTION, STOPPING, RULES, OTHERS, TAKEN };

static const struct lively {
    struct scene scene;
    enum beside beside;
} lively[] = {
    {{"importing_80x24", FIXTURE_STORY, 24, 80, false, ""}, IMPORT},
    {{"importing_160x50", FIXTURE_STORY, 50, 160, false, ""}, IMPORT},
    {{"importing_40x10", FIXTURE_STORY, 10, 40, false, ""}, IMPORT},
    {{"importing_ascii", FIXTURE_STORY, 24, 80, true, ""}, IMPORT},
    {{"importing_empty", FIXTURE_EMPTY, 24, 80, false, ""}, IMPORT},
    {{"importing_question", FIXTURE_STORY, 24, 80, false, ""}, QUESTION},
    {{"importing_stopping", FIXTURE_STORY, 24, 80, false, "F"}, STOPPING},
    {{"running_rules", FIXTURE_STORY, 24, 80, false, ""}, RULES},
    {{"others_import", FIXTURE_STORY, 24, 80, false, ""}, OTHERS},
    {{"case_taken", FIXTURE_STORY, 24, 80, false, ""}, TAKEN},
};

static void put_beside(struct ui *ui, enum beside beside)
{
    const struct ui_key escape = {.code = UI_KEY_ESC};
    struct ui_follow *f = screen_follow(ui);
    if (beside == NOTHING)
        return;
    if (beside == OTHERS)
        f->others = 1204;
    if (beside == TAKEN)
        f->taken = true;
    if (beside == RULES)
        f->state = (struct ui_live_state){.phase = UI_LIVE_RULES,
                                          .rule_i = 12,
                                          .rule_n = 45,
                                          .rule = "Console guessing, then success"};
    if (beside == IMPORT || beside == QUESTION || beside == STOPPING) {
        f->importing = true;
        f->state = (struct ui_live_state){.phase = UI_LIVE_IMPORT,
                                          .stopping = beside == STOPPING,
                                          .bytes_done = 412345678,
                                          .bytes_total = 1383000000,
                                          .files_done = 161,
                                          .files_total = 540,
                                          .events = 1204311,
                                          .seconds = 4,
                                          .rate = 310000};
    }
    if (beside == QUESTION)
        ui_key(ui, &escape);
    ui_draw(ui);
}

static void render(struct screen *s, const struct scene *scene, struct th_buf *out)
{
    int y, x;
    ui_dump_cursor(&y, &x);
    th_buf_printf(out, "# %dx%d cursor %d,%d\n", scene->cols, scene->rows, y, x);
    ui_dump_text(&s->ui.canvas, out);
    th_buf_puts(out, "--\n");
    ui_dump_roles(&s->ui.canvas, out);
}

static bool read_file(const char *path, struct th_buf *out)
{
    char block[8192];
    size_t n;
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        th_buf_add(out, block, n);
    fclose(f);
    return true;
}

/* The first lines that differ, so that the log shows the cell. */
static void show_difference(const char *got, const char *want)
{
    int shown = 0;
    for (int line = 1; (*got != '\0' || *want != '\0') && shown < 6; line++) {
        size_t g = strcspn(got, "\n"), w = strcspn(want, "\n");
        if (g != w || strncmp(got, want, g) != 0) {
            printf("# line %d\n#   got  |%.*s|\n#   want |%.*s|\n", line, (int)g, got, (int)w,
                   want);
            shown++;
        }
        got += g + (got[g] != '\0');
        want += w + (want[w] != '\0');
    }
}

static void check(const struct scene *scene, enum beside beside, const char *folder)
{
    struct fixture f;
    struct screen s;
    struct th_buf got = TH_BUF_INIT, want = TH_BUF_INIT;
    char path[512];
    snprintf(path, sizeof path, "%s/%s.txt", folder, scene->name);
    fixture_make(&f, scene->kind);
    const struct screen_config config = {
        .rows = scene->rows, .cols = scene->cols, .ascii = scene->ascii};
    screen_open(&s, &f, &config);
    screen_run(&s, scene->lines);
    put_beside(&s.ui, beside);
    render(&s, scene, &got);
    screen_close(&s);
    fixture_free(&f);
    if (getenv("TH_UPDATE_GOLDEN") != NULL) {
        FILE *out = fopen(path, "w");
        if (out != NULL) {
            fwrite(got.p, 1, got.n, out);
            fclose(out);
        }
    }
    if (!read_file(path, &want)) {
        tap_ok(false, "%s: %s can't be read", scene->name, path);
    } else if (!tap_ok(th_str_eq(th_buf_str(&got), th_buf_str(&want)), "screen %s", scene->name)) {
        show_difference(th_buf_cstr(&got), th_buf_cstr(&want));
    }
    th_buf_fini(&got);
    th_buf_fini(&want);
}

int main(void)
{
    char folder[400];
    const char *src = getenv("TH_SRCDIR");
    snprintf(folder, sizeof folder, "%s/tests/ui/golden", src == NULL ? "." : src);
    if (folder[0] != '/') {
        char here[256];
        if (getcwd(here, sizeof here) == NULL)
            return 1;
        char relative[400];
        snprintf(relative, sizeof relative, "%s", folder);
        snprintf(folder, sizeof folder, "%.200s/%.180s", here, relative);
    }
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        tap_skip("screens", "no C.UTF-8 locale");
        return tap_done();
    }
    for (size_t i = 0; i < TH_COUNT(scenes); i++)
        check(&scenes[i], NOTHING, folder);
    for (size_t i = 0; i < TH_COUNT(lively); i++)
        check(&lively[i].scene, lively[i].beside, folder);
    return tap_done();
}
