/* Finding the case: the option says it, or the environment, or the folder leaves no doubt. A guess
 * between several would be a trap. */
#include "cli/casefile.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

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

enum th_code cli_case_for_import(const struct cli_options *options, char **out, struct th_err *err)
{
    const char *name = named(options);
    if (name != NULL) {
        *out = th_xstrdup(name);
        return TH_OK;
    }
    const char *path = options->args[0];
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
