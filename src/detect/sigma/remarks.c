/* What is said of a document: errors, with which its rule is dropped, and warnings. */
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "detect/sigma/internal.h"
#include "detect/sigma/sigma.h"

void th_rules_add_note(th_rules *rules, const char *path, int line, bool error, const char *text)
{
    TH_GROW(rules->notes, rules->notes_n, rules->notes_cap);
    rules->notes[rules->notes_n++] =
        (struct th_rule_note){path, line, error, th_arena_strdup(rules->arena, text)};
}

static void note(struct th_sigma *s, int line, bool error, const char *fmt, va_list args)
    TH_PRINTF(4, 0);

static void note(struct th_sigma *s, int line, bool error, const char *fmt, va_list args)
{
    char text[512];
    vsnprintf(text, sizeof text, fmt, args);
    th_rules_add_note(s->rules, s->path, line, error, text);
}

bool th_sigma_error(struct th_sigma *s, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    note(s, line, true, fmt, args);
    va_end(args);
    if (s->rule != NULL)
        s->rule->dropped = true;
    return false;
}

void th_sigma_warn(struct th_sigma *s, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    note(s, line, false, fmt, args);
    va_end(args);
}

bool th_sigma_strings(struct th_sigma *s, const struct th_yaml *node, const char *what,
                      struct th_sigma_ref **out, size_t *out_n)
{
    size_t n = node->kind == TH_YAML_LIST ? node->n : 1;
    *out = th_arena_calloc(s->arena, n + 1, sizeof **out);
    *out_n = 0;
    for (size_t i = 0; i < n; i++) {
        const struct th_yaml *one = node->kind == TH_YAML_LIST ? node->items[i] : node;
        if (one->kind != TH_YAML_SCALAR)
            return th_sigma_error(s, one->line, "%s is no text", what);
        (*out)[(*out_n)++] = (struct th_sigma_ref){one->text, one->line};
    }
    return true;
}
