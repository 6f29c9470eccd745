/* Has a rule run, and which rules are there still. Reading findings is in list.c, replacing them in
 * replace.c, saying something of them in triage.c. */
#include "store/findings/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/dict.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/case/handle.h"

enum th_code th_findings_current(th_case *c, const char *rule, const uint8_t hash[32],
                                 uint64_t events, bool *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    int64_t found;
    *out = false;
    enum th_code rc = th_db_cached(
        &c->cache, c->db, "SELECT count(*) FROM rule WHERE id = ?1 AND hash = ?2 AND events = ?3",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, rule);
    th_db_bind_blob(stmt, 2, hash, 32);
    th_db_bind_int(stmt, 3, (int64_t)events);
    rc = th_db_value(stmt, 0, &found, err);
    *out = found > 0;
    return rc;
}

/* What is not shown without its rule. What was said of it stays in table triage. */
#define UNTOUCHED "rule = ?1 AND state <> 'confirmed' AND coalesce(note, '') = ''"

static enum th_code retire_rule(th_case *c, const char *rule, struct th_err *err)
{
    static const char drop_events[] =
        "DELETE FROM finding_event WHERE finding IN (SELECT id FROM finding WHERE " UNTOUCHED ")";
    static const char drop_links[] =
        "DELETE FROM triage_finding WHERE finding IN (SELECT id FROM finding WHERE " UNTOUCHED ")";
    static const char drop_findings[] = "DELETE FROM finding WHERE " UNTOUCHED;
    /* A rule whose findings stay keeps its name and path, and must run again should it come back.
     */
    static const char outdate[] = "UPDATE rule SET events = -1 WHERE id = ?1";
    static const char drop_rule[] = "DELETE FROM rule WHERE id = ?1 AND NOT EXISTS(SELECT 1 FROM "
                                    "finding WHERE rule = ?1)";
    static const char *const sql[] = {drop_events, drop_links, drop_findings, outdate, drop_rule};
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < TH_COUNT(sql) && rc == TH_OK; i++) {
        sqlite3_stmt *stmt;
        rc = th_db_cached(&c->cache, c->db, sql[i], &stmt, err);
        if (rc != TH_OK)
            return rc;
        th_db_bind_cstr(stmt, 1, rule);
        rc = th_db_run(stmt, err);
    }
    return rc;
}

/* Ids of all rules that have run or left findings, before any is removed. */
static enum th_code rule_ids(th_case *c, char ***out, size_t *n, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    size_t cap = 0;
    enum th_code rc =
        th_db_prepare(c->db, "SELECT id FROM rule UNION SELECT rule FROM finding", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        TH_GROW(*out, *n, cap);
        (*out)[(*n)++] = th_xstrdup(th_db_cstr_or_empty(stmt, 0));
    }
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_findings_retire(th_case *c, const char *const *ids, size_t n, struct th_err *err)
{
    char **rules = NULL;
    size_t rules_n = 0;
    bool outermost;
    enum th_code rc = th_case_writable(c, err);
    if (rc == TH_OK)
        rc = rule_ids(c, &rules, &rules_n, err);
    bool any = false;
    th_dict *kept = th_dict_new();
    for (size_t i = 0; i < n; i++)
        (void)th_dict_intern(kept, th_str_of(ids[i]));
    for (size_t i = 0; i < rules_n; i++)
        any = any || th_dict_find(kept, th_str_of(rules[i])) == 0;
    if (rc == TH_OK && any) {
        rc = th_db_begin(c->db, &outermost, err);
        if (rc == TH_OK) {
            for (size_t i = 0; i < rules_n && rc == TH_OK; i++)
                if (th_dict_find(kept, th_str_of(rules[i])) == 0)
                    rc = retire_rule(c, rules[i], err);
            rc = th_db_end(c->db, outermost, rc, err);
        }
    }
    for (size_t i = 0; i < rules_n; i++)
        free(rules[i]);
    th_dict_free(kept);
    free(rules);
    return rc;
}
