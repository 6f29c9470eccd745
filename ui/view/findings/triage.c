/* What the analyst says of a finding: its state, with a note. */
#include "ui/app/command.h"
#include "ui/model/findings.h"
#include "ui/model/place.h"
#include "ui/model/write.h"
#include "ui/view/findings/findings.h"
#include "ui/widget/menu.h"
#include "ui/work/case_writer.h"

static void set_state(struct ui *ui, int64_t id, enum th_finding_state state, const char *note)
{
    const struct ui_write write = {.kind = UI_WRITE_TRIAGE, .id = id, .state = state, .more = note};
    struct th_finding *f = ui_finding_by_id(ui, id);
    if (f == NULL || !ui_write(ui, &write))
        return;
    ui_finding_set(ui, f, state, note);
    ui_say(ui, UI_R_GOOD, "%s: %s", f->name, th_finding_state_word(f->state));
    /* The ticks and the scrollbar leave out what is benign. */
    ui_ask(ui);
}

static void with_note(struct ui *ui, struct th_str text, int64_t id, enum th_finding_state state)
{
    struct th_buf note = TH_BUF_INIT;
    th_buf_add_str(&note, text);
    set_state(ui, id, state, th_buf_cstr(&note));
    th_buf_fini(&note);
}

static void confirmed(struct ui *ui, struct th_str text, int64_t id)
{
    with_note(ui, text, id, TH_FINDING_CONFIRMED);
}

static void dismissed(struct ui *ui, struct th_str text, int64_t id)
{
    with_note(ui, text, id, TH_FINDING_BENIGN);
}

static void noted(struct ui *ui, struct th_str text, int64_t id)
{
    const struct th_finding *f = ui_finding_by_id(ui, id);
    if (f != NULL)
        with_note(ui, text, id, f->state);
}

static void ask_note(struct ui *ui, const char *title, const char *arg,
                     void (*done)(struct ui *ui, struct th_str text, int64_t arg))
{
    const struct th_finding *f = ui_finding_at(ui);
    if (f == NULL || !ui_may_write(ui))
        return;
    if (arg[0] != '\0')
        done(ui, th_str_of(arg), f->id);
    else
        ui_prompt_open(ui, title, f->note == NULL ? TH_STR("") : th_str_of(f->note), done, f->id);
}

void ui_do_confirm(struct ui *ui, const char *arg)
{
    ask_note(ui, "Confirm, with a note", arg, confirmed);
}

void ui_do_benign(struct ui *ui, const char *arg)
{
    ask_note(ui, "Dismiss as benign, with a note", arg, dismissed);
}

void ui_do_note(struct ui *ui, const char *arg)
{
    ask_note(ui, "Note", arg, noted);
}

void ui_do_reopen(struct ui *ui, const char *arg)
{
    (void)arg;
    const struct th_finding *f = ui_finding_at(ui);
    if (f != NULL)
        set_state(ui, f->id, TH_FINDING_NEW, NULL);
}
