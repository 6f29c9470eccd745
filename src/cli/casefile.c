/* Finding the case: a word of the command line is one, or the option says it, or the environment,
 * or the folder leaves no doubt. A guess between several would be a trap. */
#include "cli/casefile.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/case/case.h"

#define LIST_MAX 8

static const char *named(const struct cli_options *options)
{
    if (options->given[OPT_CASE])
        return options->value[OPT_CASE];
    const char *env = getenv("TRAILHOUND_CASE");
    return env != NULL && env[0] != '\0' ? env : NULL;
}

static int is_case_name(const struct dirent *entry)
{
    struct th_str name = th_str_of(entry->d_name);
    return name.n > sizeof ".trail" - 1 && name.p[0] != '.' && th_str_ends(name, TH_STR(".trail"));
}

enum th_code cli_case_existing(const struct cli_options *options, char **out, struct th_err *err)
{
    const char *name = named(options);
    if (name != NULL) {
        *out = th_xstrdup(name);
        return TH_OK;
    }
    struct dirent **entries = NULL;
    int n = scandir(".", &entries, is_case_name, alphasort);
    if (n < 0)
        return th_err_errno(err, "looking for a case in the current folder");
    enum th_code rc = TH_OK;
    if (n == 1) {
        *out = th_xstrdup(entries[0]->d_name);
    } else if (n == 0) {
        rc = th_err_set(err, TH_E_NOT_FOUND,
                        "no case here: name one with -c CASE, or import trail files first "
                        "(trailhound import PATH)");
    } else {
        struct th_buf list = TH_BUF_INIT;
        for (int i = 0; i < n && i < LIST_MAX; i++)
            th_buf_printf(&list, "%s%s", i > 0 ? ", " : "", entries[i]->d_name);
        rc = th_err_set(err, TH_E_USAGE, "%d cases here (%s%s): name one with -c CASE", n,
                        th_buf_cstr(&list), n > LIST_MAX ? ", …" : "");
        th_buf_fini(&list);
    }
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return rc;
}

static bool strip(struct th_str *name)
{
    static const char *const endings[] = {".json", ".jsonl", ".gz", ".tar", ".zip"};
    for (size_t i = 0; i < TH_COUNT(endings); i++) {
        struct th_str ending = th_str_of(endings[i]);
        if (name->n > ending.n && th_str_ends(*name, ending)) {
            name->n -= ending.n;
            return true;
        }
    }
    return false;
}

/* -c, the environment, or a name after the first path of the evidence. */
static enum th_code case_for_import(const struct cli_options *options, const char *path, char **out,
                                    struct th_err *err)
{
    const char *name = named(options);
    if (name != NULL) {
        *out = th_xstrdup(name);
        return TH_OK;
    }
    if (strcmp(path, "-") == 0) {
        *out = th_xstrdup("stdin.trail");
        return TH_OK;
    }
    char *resolved = realpath(path, NULL);
    if (resolved == NULL)
        return th_err_errno(err, "%s", path);
    struct th_str s = th_str_of(resolved);
    ptrdiff_t slash = th_str_rfind(s, '/');
    s = th_str_sub(s, (size_t)(slash + 1), s.n);
    while (strip(&s))
        continue;
    *out = s.n == 0 ? th_xstrdup("evidence.trail") : th_xasprintf("%.*s.trail", TH_STR_ARGS(s));
    free(resolved);
    return TH_OK;
}

/* ---- which of the words is the case ---- */

bool cli_same_file(const char *a, const char *b)
{
    struct stat x, y;
    if (stat(a, &x) == 0 && stat(b, &y) == 0)
        return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    return strcmp(a, b) == 0;
}

/* By its content, or by its name: a case that is damaged, or isn't there, is not evidence. */
static bool means_case(const char *word)
{
    return th_str_ends(th_str_of(word), TH_STR(".trail")) ||
           (strcmp(word, "-") != 0 && th_case_is_case(word));
}

/* Tell the case among the words from the evidence; *given stays NULL when there is none. */
static enum th_code split(const struct cli_options *o, struct cli_target *out, const char **given,
                          struct th_err *err)
{
    const char *other = o->given[OPT_CASE] ? o->value[OPT_CASE] : NULL;
    for (size_t i = 0; i < o->args_n; i++) {
        const char *word = o->args[i];
        if (!means_case(word)) {
            out->paths[out->paths_n++] = word;
            continue;
        }
        if (*given == NULL)
            *given = word;
        if (!cli_same_file(word, *given))
            other = *given;
        if (other != NULL && !cli_same_file(word, other))
            return th_err_set(err, TH_E_USAGE,
                              "two cases, %s and %s: a case is no evidence, name one of them",
                              other, word);
    }
    return TH_OK;
}

enum th_code cli_target_of(const struct cli_options *options, struct cli_target *out,
                           struct th_err *err)
{
    const char *given = NULL;
    *out = (struct cli_target){.paths = th_xcalloc(options->args_n + 1, sizeof *out->paths)};
    enum th_code rc = split(options, out, &given, err);
    if (rc == TH_OK && given != NULL) {
        rc = th_case_check(given, err);
        if (rc == TH_E_NOT_FOUND) {
            th_err_clear(err);
            rc = th_err_set(err, rc, "there is no case %s (a new one is made with -c)", given);
        }
        out->case_path = th_xstrdup(given);
    } else if (rc == TH_OK) {
        rc = case_for_import(options, out->paths[0], &out->case_path, err);
    }
    if (rc != TH_OK)
        cli_target_fini(out);
    else
        out->is_new = access(out->case_path, F_OK) != 0;
    return rc;
}

void cli_target_fini(struct cli_target *target)
{
    free(target->case_path);
    free(target->paths);
    *target = (struct cli_target){0};
}
