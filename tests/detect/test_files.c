/* Rules from files and folders: what is read, in which order, and what is said of the rest. */
#include "detect/rule_run.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static void write_file(const char *name, const char *text)
{
    char *path = th_xasprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        tap_ok(false, "writing %s: %s", path, strerror(errno));
    free(path);
}

static void make_folder(const char *name)
{
    char *path = th_xasprintf("%s/%s", folder, name);
    if (mkdir(path, 0700) != 0)
        tap_ok(false, "making %s", path);
    free(path);
}

static void write_rule(const char *name, const char *title)
{
    char *text = th_xasprintf(
        "title: %s\nid: %s\nlevel: low\nlogsource: {product: aws, service: cloudtrail}\n"
        "detection: {s: {eventName: x}, condition: s}\n",
        title, title);
    write_file(name, text);
    free(text);
}

static th_rules *load(const char *a, const char *b)
{
    const char *const paths[] = {a, b};
    th_rules *rules = NULL;
    struct th_err err = {0};
    enum th_code rc = th_rules_load(paths, b == NULL ? 1 : 2, &rules, &err);
    tap_ok(rc == TH_OK, "loading %s %s", a, err.msg);
    return rules;
}

static void test_folder(void)
{
    make_folder("m");
    write_rule("b.yml", "b");
    write_rule("a.yaml", "a");
    write_rule("m/c.yml", "c");
    write_rule("z.yml", "z");
    write_rule("readme.txt", "no");
    write_rule(".hidden.yml", "hidden");
    th_rules *rules = load(folder, NULL);
    struct th_buf titles = TH_BUF_INIT;
    for (size_t i = 0; i < th_rules_count(rules); i++)
        th_buf_printf(&titles, "%s ", th_rules_get(rules, i)->title);
    tap_is_str(th_buf_cstr(&titles), "a b c z ", "in order of names, folders too, other files not");
    tap_is_int((int64_t)th_rules_note_count(rules), 0, "nothing to say");
    tap_ok(th_rules_get(rules, 99) == NULL && th_rules_note(rules, 99) == NULL,
           "beyond the end is nothing");
    th_buf_fini(&titles);
    th_rules_free(rules);
}

static void test_across_files(void)
{
    char *second = th_xasprintf("%s/second", folder);
    make_folder("second");
    write_file(
        "second/count.yml",
        "title: count\nid: count\nlevel: low\ncorrelation:\n  type: event_count\n  rules: [a, c]\n"
        "  timespan: 1m\n  condition: {gte: 2}\n");
    th_rules *rules = load(second, NULL);
    tap_is_int((int64_t)th_rules_count(rules), 0, "alone its parts are missing");
    th_rules_free(rules);
    rules = load(folder, NULL);
    const struct th_rule *count = rule_called(rules, "count");
    tap_ok(count != NULL && count->parts_n == 2 && strcmp(count->parts[1]->title, "c") == 0,
           "parts are found in other files");
    th_rules_free(rules);
    rules = load(second, folder);
    tap_ok(th_rules_note_count(rules) == 1 && th_rules_note(rules, 0)->error,
           "the same file twice: its rule is there already");
    th_rules_free(rules);
    free(second);
}

static void test_bad_files(void)
{
    const char *const missing[] = {"/nonexistent/rules"};
    th_rules *rules = NULL;
    struct th_err err = {0};
    tap_is_int(th_rules_load(missing, 1, &rules, &err), TH_E_NOT_FOUND,
               "a path that isn't there is an error");
    tap_ok(rules == NULL, "and gives no rules");
    char *path = th_xasprintf("%s/big.yml", folder);
    write_file("big.yml", "");
    if (truncate(path, TH_RULE_FILE_MAX + 1) != 0)
        tap_ok(false, "making a large file");
    rules = load(path, NULL);
    tap_is_str(th_rules_note(rules, 0)->text, "larger than 64 MiB", "a file too large is noted");
    tap_is_str(th_rules_note(rules, 0)->path, path, "by its path");
    th_rules_free(rules);
    free(path);
    if (geteuid() != 0) {
        path = th_xasprintf("%s/b.yml", folder);
        (void)chmod(path, 0);
        rules = load(path, NULL);
        tap_is_str(th_rules_note(rules, 0)->text, "cannot be read: Permission denied",
                   "a file that can't be read is noted");
        th_rules_free(rules);
        free(path);
    }
}

static void test_shipped(void)
{
    setenv("TRAILHOUND_RULES", "/some/where", 1);
    char *path = th_rules_shipped();
    tap_is_str(path, "/some/where", "the environment names the shipped rules");
    free(path);
    setenv("TRAILHOUND_RULES", "", 1);
    path = th_rules_shipped();
    struct stat st;
    tap_ok(path == NULL || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)),
           "else they are a folder or nowhere (%s)", path == NULL ? "nowhere" : path);
    free(path);
}

static void clean(const char *name)
{
    char *path = th_xasprintf("%s/%s", folder, name);
    if (unlink(path) != 0)
        (void)rmdir(path);
    free(path);
}

int main(void)
{
    static const char *const made[] = {
        "b.yml",       "a.yaml",           "m/c.yml", "m",       "z.yml", "readme.txt",
        ".hidden.yml", "second/count.yml", "second",  "big.yml", ""};
    const char *tmp = getenv("TMPDIR");
    folder = th_xasprintf("%s/rules-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    if (mkdtemp(folder) == NULL) {
        tap_ok(false, "making a folder");
        return tap_done();
    }
    test_folder();
    test_across_files();
    test_bad_files();
    test_shipped();
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        clean(made[i]);
    free(folder);
    return tap_done();
}
