/* Which rules are for a case: those that are named, else those it remembers, else the shipped ones.
 *
 * What is named is remembered when rules came of it: absolute paths, one a line, and the word
 * "shipped" for the shipped rules wherever they are. The shipped ones alone are what a case has
 * that remembers nothing. Of what is remembered some may be gone: the others run, and nobody's
 * findings are taken away, for nothing is known of those rules. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app_private.h"
#include "base/mem.h"

#define KEY     "rules.folders"
#define SHIPPED "shipped"

/* Owned texts. */
struct folders {
    char **v;
    size_t n, cap;
};

static void add(struct folders *f, char *path)
{
    TH_GROW(f->v, f->n, f->cap);
    f->v[f->n++] = path;
}

static void folders_fini(struct folders *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->v[i]);
    free(f->v);
}

static enum th_code read_remembered(th_case *c, struct folders *out, struct th_err *err)
{
    struct th_buf text = TH_BUF_INIT;
    enum th_code rc = th_case_get(c, KEY, &text, err);
    struct th_str left = th_buf_str(&text);
    while (rc == TH_OK && left.n > 0) {
        ptrdiff_t end = th_str_find(left, '\n');
        size_t n = end < 0 ? left.n : (size_t)end;
        if (n > 0)
            add(out, th_xstrndup(left.p, n));
        left = th_str_sub(left, end < 0 ? n : n + 1, left.n);
    }
    th_buf_fini(&text);
    return rc;
}

static enum th_code remember(th_case *c, const char *const *named, size_t n, struct th_err *err)
{
    struct th_buf text = TH_BUF_INIT, before = TH_BUF_INIT;
    enum th_code rc = th_case_get(c, KEY, &before, err);
    bool own = n != 1 || strcmp(named[0], SHIPPED) != 0;
    for (size_t i = 0; rc == TH_OK && own && i < n; i++) {
        bool shipped = strcmp(named[i], SHIPPED) == 0;
        char *path = shipped ? th_xstrdup(SHIPPED) : realpath(named[i], NULL);
        if (path == NULL)
            rc = th_err_errno(err, "rules %s", named[i]);
        else if (strchr(path, '\n') != NULL)
            rc = th_err_set(err, TH_E_USAGE, "rules %s: a path with a line break", named[i]);
        else
            th_buf_printf(&text, "%s\n", path);
        free(path);
    }
    if (rc == TH_OK && !th_str_eq(th_buf_str(&text), th_buf_str(&before)))
        rc = th_case_set(c, KEY, th_buf_str(&text), err);
    th_buf_fini(&text);
    th_buf_fini(&before);
    return rc;
}

/* The places that paths stand for. Those that are remembered and gone are left out and told. */
static enum th_code find(const char *const *paths, size_t n, bool remembered, struct folders *out,
                         struct th_err *missing, struct th_err *err)
{
    struct stat st;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(paths[i], SHIPPED) == 0) {
            char *shipped = th_rules_shipped();
            if (shipped == NULL)
                return th_err_set(err, TH_E_NOT_FOUND,
                                  "the shipped rules are not installed; name a folder with "
                                  "--rules");
            add(out, shipped);
        } else if (!remembered || stat(paths[i], &st) == 0) {
            add(out, th_xstrdup(paths[i]));
        } else if (missing->code == TH_OK) {
            (void)th_err_set(missing, TH_E_NOT_FOUND,
                             "%s isn't there any more: its rules did not run, their findings "
                             "stay (--rules names others, --rules shipped goes back)",
                             paths[i]);
        }
    }
    return TH_OK;
}

enum th_code th_app_rules_load(th_case *c, const char *const *named, size_t n, th_rules **out,
                               struct th_err *missing, struct th_err *err)
{
    static const char *const shipped[] = {SHIPPED};
    struct folders kept = {NULL, 0, 0}, places = {NULL, 0, 0};
    enum th_code rc = n == 0 ? read_remembered(c, &kept, err) : TH_OK;
    *out = NULL;
    th_err_clear(missing);
    if (rc == TH_OK && n > 0)
        rc = find(named, n, false, &places, missing, err);
    else if (rc == TH_OK && kept.n > 0)
        rc = find((const char *const *)kept.v, kept.n, true, &places, missing, err);
    else if (rc == TH_OK)
        rc = find(shipped, 1, true, &places, missing, err);
    if (rc == TH_OK)
        rc = th_rules_load((const char *const *)places.v, places.n, out, err);
    if (rc == TH_OK && n > 0 && th_rules_count(*out) > 0 && !th_case_readonly(c))
        rc = remember(c, named, n, err);
    folders_fini(&kept);
    folders_fini(&places);
    return rc;
}

void th_app_rules_words(const th_app *app, struct th_buf *out)
{
    char *shipped = th_rules_shipped();
    const char *path;
    bool own = false;
    th_buf_reset(out);
    for (size_t i = 0; app->rules != NULL && (path = th_rules_path(app->rules, i)) != NULL; i++) {
        bool ours = shipped != NULL && strcmp(path, shipped) == 0;
        struct th_str name = th_str_of(path);
        while (name.n > 1 && name.p[name.n - 1] == '/')
            name.n--;
        ptrdiff_t slash = th_str_rfind(name, '/');
        th_buf_puts(out, i > 0 ? ", " : "");
        th_buf_add_str(out, ours ? TH_STR(SHIPPED) : th_str_sub(name, (size_t)(slash + 1), name.n));
        own = own || !ours;
    }
    if (!own)
        th_buf_reset(out);
    free(shipped);
}
