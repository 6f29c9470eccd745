/* The shipped rules over whole incidents: the sample that comes with the program, whose README
 * tells what is to be found, and, where they are at hand, recorded attacks and the rules of others.
 */
#include "detect/rule_run.h"

#include <ftw.h>
#include <zlib.h>

#include "base/dict.h"

/* nftw has no context. */
static struct loading {
    struct mem_case *c;
    th_dict *seen; /* event id and recipient account: an hour was delivered twice */
    size_t files;
} loading;

static void add_once(struct th_str record)
{
    struct th_json_value id, account;
    if (th_json_get(record, TH_STR("eventID"), &id)) {
        struct th_buf key = TH_BUF_INIT;
        uint32_t before = th_dict_count(loading.seen);
        th_buf_add_str(&key, id.text);
        if (th_json_get(record, TH_STR("recipientAccountId"), &account))
            th_buf_add_str(&key, account.text);
        th_dict_intern(loading.seen, th_buf_str(&key));
        th_buf_fini(&key);
        if (th_dict_count(loading.seen) == before)
            return;
    }
    mem_case_add(loading.c, record);
}

/* The records up to the end, or up to where the file breaks off. */
static void add_records(struct th_str text)
{
    struct th_json_cursor c;
    struct th_json_value value;
    bool first = true;
    ptrdiff_t at = th_str_find(text, '[');
    if (at < 0)
        return;
    th_json_init(&c, th_str_sub(text, (size_t)at, text.n));
    if (th_json_enter(&c) != TH_JSON_OK)
        return;
    while (th_json_next_element(&c, &first) == TH_JSON_OK &&
           th_json_value(&c, &value) == TH_JSON_OK)
        add_once(value.text);
}

static int add_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    struct th_str name = th_str_of(path);
    (void)st;
    (void)ftw;
    if (type != FTW_F ||
        (!th_str_ends(name, TH_STR(".json")) && !th_str_ends(name, TH_STR(".json.gz"))))
        return 0;
    gzFile file = gzopen(path, "rb");
    struct th_buf text = TH_BUF_INIT;
    int n;
    if (file == NULL)
        return 0;
    while ((n = gzread(file, th_buf_reserve(&text, 65536), 65536)) > 0)
        text.n += (size_t)n;
    gzclose(file);
    th_buf_cstr(&text);
    add_records(th_buf_str(&text));
    th_buf_fini(&text);
    loading.files++;
    return 0;
}

static struct mem_case *load_folder(const char *path)
{
    loading = (struct loading){.c = mem_case_new(), .seen = th_dict_new()};
    (void)nftw(path, add_file, 16, FTW_PHYS);
    th_dict_free(loading.seen);
    if (loading.files > 0)
        return loading.c;
    mem_case_free(loading.c);
    return NULL;
}

static th_rules *load_rules(const char *root, const char *folder)
{
    char *path = th_xasprintf("%s/%s", root, folder);
    const char *const paths[] = {path};
    th_rules *rules = NULL;
    struct th_err err = {0};
    if (th_rules_load(paths, 1, &rules, &err) != TH_OK)
        rules = NULL;
    free(path);
    return rules;
}

/* What is to be found: one row of the README's table and the rule that finds it. */
static const struct {
    const char *title, *field, *value;
    size_t events;
    const char *first, *last;
} expected[] = {
    {"Trail stopped", "requestParameters.name", "org-trail", 1, "2026-03-03T02:19:44Z",
     "2026-03-03T02:19:44Z"},
    {"Console guessing, then success", "source.ip", "203.0.113.9", 86, "2026-03-03T02:14:01Z",
     "2026-03-03T02:14:29Z"},
    {"Access key made for another user", "user.name", "ivy", 2, "2026-03-03T02:16:40Z",
     "2026-03-03T02:16:58Z"},
    {"Bucket policy opened to any account", "requestParameters.bucketName", "corp-backups", 1,
     "2026-03-03T09:03:00Z", "2026-03-03T09:03:00Z"},
    {"Secrets read in bulk", "user.name", "ivy", 9, "2026-03-03T02:17:02Z", "2026-03-03T02:17:40Z"},
    {"Console sign-in without MFA", "user.name", "ivy", 1, "2026-03-03T02:14:29Z",
     "2026-03-03T02:14:29Z"},
    {"Denied calls in a burst", "user.name", "ci-runner", 22, "2026-03-02T14:10:00Z",
     "2026-03-02T14:31:00Z"},
    {"Event selectors narrowed", "requestParameters.trailName", "org-trail", 1,
     "2026-03-03T02:19:20Z", "2026-03-03T02:19:20Z"},
    {"Attempt to stop, delete or change a trail failed", "requestParameters.name", "org-trail", 1,
     "2026-03-03T02:20:31Z", "2026-03-03T02:20:31Z"},
    {"Log group deleted", "requestParameters.logGroupName", "/corp/trail", 1,
     "2026-03-03T02:22:10Z", "2026-03-03T02:22:10Z"},
    {"Console password set for another user", "user.name", "ivy", 1, "2026-03-03T02:18:07Z",
     "2026-03-03T02:18:07Z"},
    {"Administrator rights given", "user.name", "ivy", 1, "2026-03-03T02:18:21Z",
     "2026-03-03T02:18:21Z"},
    {"Snapshot or image shared with another account", "cloud.account.id", "444455556666", 1,
     "2026-03-03T09:14:22Z", "2026-03-03T09:14:22Z"},
    {"Security group opened to the world", "cloud.region", "ap-south-2", 1, "2026-03-04T13:20:47Z",
     "2026-03-04T13:20:47Z"},
    {"Region enabled", "requestParameters.RegionName", "ap-south-2", 1, "2026-03-03T10:58:40Z",
     "2026-03-03T10:58:40Z"},
    {"Objects read in bulk", "user.name", "AdminRole", 138, "2026-03-03T09:05:00Z",
     "2026-03-03T09:31:48Z"},
    {"Objects read in bulk", "user.name", "BackupRole", 51, "2026-03-03T09:16:00Z",
     "2026-03-03T09:47:02Z"},
    {"Objects read by an outside account", "cloud.account.id", "999988887777", 40,
     "2026-03-03T09:12:04Z", "2026-03-03T09:43:25Z"},
    /* Told by several rules, or by the story alone. */
    {"Repeated console sign-in failures from one address", "source.ip", "203.0.113.9", 85,
     "2026-03-03T02:14:01Z", "2026-03-03T02:14:28Z"},
    {"Console sign-in failures for many users from one address", "source.ip", "203.0.113.9", 85,
     "2026-03-03T02:14:01Z", "2026-03-03T02:14:28Z"},
    {"Backups deleted or unlocked", "trailhound.actor", "BackupRole/x", 2, "2026-03-03T09:50:10Z",
     "2026-03-03T09:50:30Z"},
    {"Account explored", "user.name", "ivy", 11, "2026-03-03T02:15:04Z", "2026-03-03T02:24:12Z"},
    {"Account explored", "user.name", "AdminRole", 8, "2026-03-03T02:20:00Z",
     "2026-03-03T02:23:02Z"},
};
enum { EXPECTED = sizeof expected / sizeof expected[0] };

static bool is_expected(const struct th_found *f, size_t i)
{
    char first[TH_TIME_ISO_BYTES], last[TH_TIME_ISO_BYTES];
    struct th_str grouping = th_str_of(f->grouping);
    th_time_iso(f->first_ms, first);
    th_time_iso(f->last_ms, last);
    char *pair = th_xasprintf("\"%s\":\"%s\"", expected[i].field, expected[i].value);
    bool same = strcmp(f->rule->title, expected[i].title) == 0 && f->rows_n == expected[i].events &&
                th_str_search(grouping, th_str_of(pair)) >= 0 &&
                strncmp(first, expected[i].first, 19) == 0 &&
                strncmp(last, expected[i].last, 19) == 0;
    free(pair);
    return same;
}

static void test_sample(const char *root)
{
    char *path = th_xasprintf("%s/data/samples", root);
    th_rules *rules = load_rules(root, "data/rules");
    struct mem_case *c = load_folder(path);
    struct rule_run r;
    bool found[EXPECTED] = {false};
    free(path);
    if (!tap_ok(rules != NULL && c != NULL, "the sample and the rules can be read"))
        return;
    tap_is_int((int64_t)c->rows, 4812, "events of the sample");
    run_open(&r, c);
    tap_is_int(run_all(&r, rules), TH_OK, "the rules run");
    for (size_t k = 0; k < r.list.n; k++) {
        const struct th_found *f = &r.list.found[k];
        bool known = false;
        for (size_t i = 0; i < EXPECTED; i++)
            if (!found[i] && is_expected(f, i))
                found[i] = known = true;
        if (!known)
            tap_ok(false, "not expected: %s %s: %s", f->rule->title, f->grouping, f->why);
    }
    for (size_t i = 0; i < EXPECTED; i++)
        tap_ok(found[i], "%s, %s", expected[i].title, expected[i].value);
    run_close(&r);
    th_rules_free(rules);
}

/* Titles of findings in others' evidence that must be there. */
static void test_evidence(const char *shared, const th_rules *rules, const char *name,
                          size_t events, const char *const *titles)
{
    char *path = th_xasprintf("%s/evidence/%s", shared, name);
    struct mem_case *c = load_folder(path);
    struct rule_run r;
    free(path);
    if (c == NULL) {
        tap_skip(name, "no shared evidence");
        return;
    }
    tap_is_int((int64_t)c->rows, (int64_t)events, name);
    run_open(&r, c);
    tap_is_int(run_all(&r, rules), TH_OK, "the rules run");
    for (; *titles != NULL; titles++) {
        bool there = false;
        for (size_t k = 0; k < r.list.n; k++)
            there = there || strcmp(r.list.found[k].rule->title, *titles) == 0;
        tap_ok(there, "%s: %s", name, *titles);
    }
    tap_ok(r.list.n < 40, "%s: no flood (%zu findings)", name, r.list.n);
    run_close(&r);
}

static void test_shared(const char *root)
{
    static const char *const invictus[] = {"Access key made for another user",
                                           "Administrator rights given",
                                           "Console sign-in without MFA",
                                           "Event selectors narrowed",
                                           "Network logs deleted",
                                           "Organization left",
                                           "Windows passwords of many machines read",
                                           "Log group deleted",
                                           "Console password set for another user",
                                           "Role opened to principals of AWS accounts",
                                           "Secrets read in bulk",
                                           "Security group opened to the world",
                                           "Snapshot or image shared with another account",
                                           "Trail deleted",
                                           "Attempt to stop, delete or change a trail failed",
                                           NULL};
    static const char *const stratus[] = {"Access key made for another user",
                                          "Administrator rights given",
                                          "Console sign-in without MFA",
                                          "Event selectors narrowed",
                                          "Federation token taken by an IAM user",
                                          "Network logs deleted",
                                          "Organization left",
                                          "Console password set for another user",
                                          "Secrets read by the batch call",
                                          "Secrets read in bulk",
                                          "Secret parameters read in bulk",
                                          "Security group opened to the world",
                                          "Snapshot or image shared with another account",
                                          "Trail deleted",
                                          "Trail stopped",
                                          NULL};
    const char *named = getenv("TH_SHARED");
    char *shared = named != NULL ? th_xstrdup(named) : th_xasprintf("%s/../shared", root);
    th_rules *rules = load_rules(root, "data/rules");
    th_rules *others = load_rules(shared, "sigma-aws");
    if (rules != NULL) {
        test_evidence(shared, rules, "invictus-ir", 2900, invictus);
        test_evidence(shared, rules, "stratus", 310, stratus);
    }
    if (others == NULL) {
        tap_skip("rules of others", "no shared rules");
    } else {
        char *notes = notes_of(others);
        tap_is_int((int64_t)th_rules_count(others), 57, "all rules of others load");
        tap_is_str(notes, "26 warning: unknown field status (what is asked of it matches nothing)",
                   "with one remark");
        free(notes);
    }
    th_rules_free(others);
    th_rules_free(rules);
    free(shared);
}

int main(void)
{
    const char *root = getenv("TH_SRCDIR");
    if (root == NULL)
        root = ".";
    test_sample(root);
    test_shared(root);
    return tap_done();
}
