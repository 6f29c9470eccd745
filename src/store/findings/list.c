/* Findings as a list: what rules found and what the analyst said of it; and the words of both. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/case/handle.h"
#include "store/findings/findings.h"

static const char *const levels[] = {
#define TH_LEVEL(id, word, rank) [rank] = word,
#include "findings.def"
};
static const char *const states[] = {
#define TH_FINDING_STATE(id, word) word,
#include "findings.def"
};

static const char level_rank[] = "CASE f.level"
#define TH_LEVEL(id, word, rank) " WHEN '" word "' THEN " #rank
#include "findings.def"
                                 " ELSE -1 END";

const char *th_level_word(enum th_level level)
{
    return levels[level];
}

const char *th_finding_state_word(enum th_finding_state state)
{
    return states[state];
}

static int find_word(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; word != NULL && i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return (int)i;
    return -1;
}

int th_level_rank(const char *word)
{
    return find_word(levels, TH_COUNT(levels), word);
}

int th_finding_state_parse(const char *word)
{
    return find_word(states, TH_COUNT(states), word);
}

static struct th_finding read_finding(sqlite3_stmt *stmt)
{
    return (struct th_finding){
        .id = sqlite3_column_int64(stmt, 0),
        .rule = th_db_cstr_or_empty(stmt, 1),
        .name = th_db_cstr_or_empty(stmt, 2),
        .level = th_db_cstr_or_empty(stmt, 3),
        .tags = th_db_cstr_or_empty(stmt, 4),
        .grouping = th_db_cstr_or_empty(stmt, 5),
        .why = th_db_cstr_or_empty(stmt, 6),
        .detail = th_db_cstr_or_empty(stmt, 7),
        .note = th_db_cstr(stmt, 9),
        .path = th_db_cstr(stmt, 10),
        .first_ms = th_db_time(stmt, 11),
        .last_ms = th_db_time(stmt, 12),
        .count = th_db_u64(stmt, 13),
        .said_count = th_db_u64(stmt, 14),
    };
}

#define SAID_COUNT                                                                                 \
    "(SELECT t.count FROM triage_finding l JOIN triage t ON t.id = l.triage WHERE l.finding = "    \
    "f.id)"
#define LIST                                                                                       \
    "SELECT f.id, f.rule, f.name, f.level, f.tags, f.grouping, f.why, f.detail, f.state, f.note, " \
    "r.path, f.first, f.last, f.count, %s, %s AS rank FROM finding f LEFT JOIN rule r ON r.id = "  \
    "f.rule WHERE rank >= ?1 AND (?2 IS NULL OR f.state = ?2) ORDER BY rank DESC, f.first, f.id"

enum th_code th_findings_list(th_case *c, int level, int state, th_finding_visit *visit, void *ctx,
                              struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    /* A case that can't be written may be older than the tables of triage. */
    bool older = th_case_came_later("triage", c->version);
    struct th_buf sql = TH_BUF_INIT;
    th_buf_printf(&sql, LIST, older ? "NULL" : SAID_COUNT, level_rank);
    enum th_code rc = th_db_prepare(c->db, th_buf_cstr(&sql), &stmt, err);
    th_buf_fini(&sql);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, level);
    th_db_bind_cstr(stmt, 2,
                    state < 0 ? NULL : th_finding_state_word((enum th_finding_state)state));
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        struct th_finding finding = read_finding(stmt);
        int said = th_finding_state_parse(th_db_cstr(stmt, 8));
        if (said < 0) {
            rc = th_err_set(err, TH_E_CASE, "finding %lld has a state that is none: '%.40s'",
                            (long long)finding.id, th_db_cstr_or_empty(stmt, 8));
            break;
        }
        finding.state = (enum th_finding_state)said;
        if (!visit(ctx, &finding))
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_findings_rows(th_case *c, int64_t finding, uint32_t **rows, size_t *n,
                              struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    size_t cap = 0;
    *rows = NULL;
    *n = 0;
    enum th_code rc = th_db_prepare(c->db,
                                    "SELECT event FROM finding_event WHERE finding = ?1 AND event "
                                    "BETWEEN 1 AND 4294967295 ORDER BY event",
                                    &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, finding);
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        uint64_t event = th_db_u64(stmt, 0);
        if (event == 0 || event > UINT32_MAX) /* found in a damaged table */
            continue;
        TH_GROW(*rows, *n, cap);
        (*rows)[(*n)++] = (uint32_t)(event - 1);
    }
    sqlite3_finalize(stmt);
    if (rc != TH_OK) {
        free(*rows);
        *rows = NULL;
        *n = 0;
    }
    return rc;
}

static const char *dup(th_arena *arena, const char *text)
{
    return text == NULL ? NULL : th_arena_strdup(arena, text);
}

static bool take_finding(void *ctx, const struct th_finding *finding)
{
    struct th_finding_list *list = ctx;
    TH_GROW(list->v, list->n, list->cap);
    struct th_finding *f = &list->v[list->n++];
    *f = *finding;
    const char **texts[] = {&f->rule, &f->name,   &f->level, &f->tags, &f->grouping,
                            &f->why,  &f->detail, &f->note,  &f->path};
    for (size_t i = 0; i < TH_COUNT(texts); i++)
        *texts[i] = dup(list->arena, *texts[i]);
    return true;
}

enum th_code th_findings_read(th_case *c, struct th_finding_list *out, struct th_err *err)
{
    *out = (struct th_finding_list){.arena = th_arena_new(0)};
    enum th_code rc = th_findings_list(c, -1, -1, take_finding, out, err);
    for (size_t i = 0; rc == TH_OK && i < out->n; i++)
        rc = th_findings_rows(c, out->v[i].id, &out->v[i].rows, &out->v[i].rows_n, err);
    if (rc != TH_OK)
        th_finding_list_fini(out);
    return rc;
}

void th_finding_list_fini(struct th_finding_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->v[i].rows);
    free(list->v);
    th_arena_free(list->arena);
    *list = (struct th_finding_list){NULL, 0, 0, NULL};
}
