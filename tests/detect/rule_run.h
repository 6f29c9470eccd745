/* Rules over a few records, for tests. */
#ifndef TESTS_DETECT_RULE_RUN_H
#define TESTS_DETECT_RULE_RUN_H

#include "lib/tap.h"

#include "detect/run/run.h"
#include "detect/sigma/internal.h"
#include "query/eval/eval.h"
#include "query/mem_loader.h"

__attribute__((unused)) static th_rules *rules_of(const char *text)
{
    return th_rules_from_text(th_str_of(text), "test.yml");
}

/* All notes, a line each: "LINE error: TEXT". Owned. */
__attribute__((unused)) static char *notes_of(const th_rules *rules)
{
    struct th_buf out = TH_BUF_INIT;
    for (size_t i = 0; i < th_rules_note_count(rules); i++) {
        const struct th_rule_note *note = th_rules_note(rules, i);
        th_buf_printf(&out, "%s%d %s: %s", i > 0 ? "\n" : "", note->line,
                      note->error ? "error" : "warning", note->text);
    }
    return th_buf_take(&out);
}

/* A whole file. Owned; absent when it can't be read. */
__attribute__((unused)) static struct th_str slurp(const char *path)
{
    struct th_buf out = TH_BUF_INIT;
    FILE *file = fopen(path, "rb");
    size_t n;
    if (file == NULL)
        return TH_STR_NONE;
    do {
        n = fread(th_buf_reserve(&out, 65536), 1, 65536, file);
        out.n += n;
    } while (n > 0);
    fclose(file);
    th_buf_cstr(&out);
    n = out.n;
    return (struct th_str){th_buf_take(&out), n};
}

__attribute__((unused)) static void unslurp(struct th_str text)
{
    mem_release(text.p);
}

/* A case with what was found in it. */
struct rule_run {
    struct mem_case *c;
    th_table *table;
    th_detect *detect;
    struct th_found_list list;
    struct th_err err;
};

__attribute__((unused)) static void run_open(struct rule_run *r, struct mem_case *c)
{
    *r = (struct rule_run){.c = c, .table = mem_table(c)};
    r->detect = th_detect_new(r->table);
    th_found_list_init(&r->list);
}

__attribute__((unused)) static enum th_code run_all(struct rule_run *r, const th_rules *rules)
{
    enum th_code rc = TH_OK;
    for (size_t i = 0; rc == TH_OK && i < th_rules_count(rules); i++)
        rc = th_detect_run(r->detect, th_rules_get(rules, i), NULL, &r->list, &r->err);
    return rc;
}

__attribute__((unused)) static void run_close(struct rule_run *r)
{
    th_found_list_fini(&r->list);
    th_detect_free(r->detect);
    th_table_free(r->table);
    mem_case_free(r->c);
}

/* How many rows an event rule's query finds. */
__attribute__((unused)) static size_t rule_rows(struct rule_run *r, const struct th_rule *rule)
{
    struct th_bits bits;
    if (th_eval_rows(r->table, rule->query, NULL, NULL, &bits, &r->err) != TH_OK)
        return SIZE_MAX;
    size_t n = th_bits_count(&bits);
    th_bits_fini(&bits);
    return n;
}

/* The rule with a title; NULL when there is none. */
__attribute__((unused)) static const struct th_rule *rule_called(const th_rules *rules,
                                                                 const char *title)
{
    for (size_t i = 0; i < th_rules_count(rules); i++)
        if (strcmp(th_rules_get(rules, i)->title, title) == 0)
            return th_rules_get(rules, i);
    return NULL;
}

#endif
