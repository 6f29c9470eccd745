/* Scripts: the same keys and commands that a person gives, one line each.
 *
 * - a line that begins with # says nothing;
 * - ":findings", ":filter user.name: ivy": a command by name, as in the palette;
 * - ":wait": nothing but the wait that stands before every line: until no job is under way and the
 *   screen shows what came of it. A script never needs to sleep;
 * - anything else is keys: characters as they are, others by name in <>, as in "/user: ivy<Enter>".
 *   <lt> is the character <; <#> and <:> begin a line of keys with those. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/app/turn.h"
#include "ui/model/place.h"
#include "ui/work/typeahead.h"

#define SCRIPT_MAX (1024 * 1024)

struct ui_script {
    struct th_buf text;
    size_t at;
    size_t line;
};

enum th_code ui_script_open(struct ui *ui, const char *path, struct th_err *err)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return th_err_errno(err, "opening script %s", path);
    struct ui_script *script = th_xcalloc(1, sizeof *script);
    char block[4096];
    size_t n;
    enum th_code rc = TH_OK;
    while ((n = fread(block, 1, sizeof block, f)) > 0 && script->text.n < SCRIPT_MAX)
        th_buf_add(&script->text, block, n);
    if (ferror(f))
        rc = th_err_errno(err, "reading script %s", path);
    fclose(f);
    ui->script = script;
    if (rc != TH_OK)
        ui_script_close(ui);
    return rc;
}

void ui_script_close(struct ui *ui)
{
    if (ui->script != NULL)
        th_buf_fini(&ui->script->text);
    free(ui->script);
    ui->script = NULL;
}

/* One key of a line of keys; advances *at. */
static enum th_code next_key(struct th_str line, size_t *at, int *code, struct th_err *err)
{
    if (line.p[*at] != '<') {
        *code = (int)th_utf8_next(line, at);
        return TH_OK;
    }
    struct th_str rest = th_str_sub(line, *at + 1, line.n);
    ptrdiff_t end = th_str_find(rest, '>');
    struct th_str name = end < 0 ? rest : th_str_sub(rest, 0, (size_t)end);
    *at += name.n + 2;
    *code = th_str_is(name, "lt") ? '<' : ui_key_parse(name);
    if (end < 0 || *code == UI_KEY_NONE)
        return th_err_set(err, TH_E_USAGE, "no key is called <%.*s>", TH_STR_ARGS(name));
    return TH_OK;
}

enum th_code ui_script_line(struct ui *ui, struct th_str line, struct th_err *err)
{
    if (line.n == 0 || line.p[0] == '#')
        return TH_OK;
    if (line.p[0] == ':') {
        struct th_str command = th_str_sub(line, 1, line.n);
        if (th_str_is(command, "wait"))
            return TH_OK;
        if (!ui_command_text(ui, command))
            return th_err_set(err, TH_E_USAGE, "no command is called %.*s", TH_STR_ARGS(command));
        return TH_OK;
    }
    for (size_t at = 0; at < line.n && !ui->quit;) {
        struct ui_key key = {0};
        enum th_code rc = next_key(line, &at, &key.code, err);
        if (rc != TH_OK)
            return rc;
        ui_key(ui, &key);
    }
    return TH_OK;
}

enum th_code ui_script_step(struct ui *ui, bool *more, struct th_err *err)
{
    struct ui_script *script = ui->script;
    *more = false;
    if (script == NULL)
        return TH_OK;
    *more = true;
    if (ui->dirty || ui_result_due(ui) || ui_ahead_waits(ui) ||
        ui_jobs_busy(ui->jobs, UI_JOB_KINDS))
        return TH_OK;
    if (script->at >= script->text.n) {
        ui_script_close(ui);
        *more = false;
        return TH_OK;
    }
    struct th_str rest = th_str_sub(th_buf_str(&script->text), script->at, script->text.n);
    ptrdiff_t end = th_str_find(rest, '\n');
    struct th_str line = end < 0 ? rest : th_str_sub(rest, 0, (size_t)end);
    script->at += line.n + 1;
    script->line++;
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    enum th_code rc = ui_script_line(ui, line, err);
    ui->dirty = true;
    return rc == TH_OK ? rc : th_err_prefix(err, rc, "line %zu of the script", script->line);
}
