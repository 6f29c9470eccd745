/* A selection is compiled once and then only asked. Times are inclusive at both ends, as people say
 * "to the 2nd". Lists are kept sorted so that the same choice has one text. */
#include "ingest/selection.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "base/time.h"

#define DATE_CHARS 10u /* of "2026-03-01" */

struct list {
    char **v;
    size_t n, cap;
};

struct globs {
    th_pattern **v;
    size_t n, cap;
};

struct th_selection {
    int64_t from_ms, to_ms;
    struct list regions, accounts;
    struct globs include, exclude;
    th_pattern *digest;
    struct th_buf text;
};

static enum th_code read_time(const char *option, const char *word, bool is_end, int64_t *out,
                              struct th_err *err)
{
    *out = TH_TIME_NONE;
    if (word == NULL)
        return TH_OK;
    struct th_str text = th_str_of(word);
    if (!th_time_parse(text, out))
        return th_err_set(err, TH_E_USAGE,
                          "option --%s takes a time such as 2026-03-01 or 2026-03-01T09:00:00Z, "
                          "not '%s'",
                          option, word);
    if (is_end && text.n == DATE_CHARS)
        *out += TH_DAY_MS - 1;
    return TH_OK;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum th_code read_list(const char *option, const char *words, struct list *list,
                              struct th_err *err)
{
    if (words == NULL)
        return TH_OK;
    for (const char *at = words; *at != '\0';) {
        size_t n = strcspn(at, ", ");
        if (n > 0) {
            TH_GROW(list->v, list->n, list->cap);
            list->v[list->n++] = th_xstrndup(at, n);
        }
        at += n + (at[n] != '\0');
    }
    if (list->n == 0)
        return th_err_set(err, TH_E_USAGE, "option --%s names nothing", option);
    qsort(list->v, list->n, sizeof *list->v, compare_words);
    return TH_OK;
}

static enum th_code read_globs(const char *option, const char *const *words, size_t n,
                               struct globs *globs, struct th_err *err)
{
    for (size_t i = 0; i < n; i++) {
        th_pattern *pattern;
        enum th_code rc = th_pattern_new(TH_PATTERN_WILDCARD, th_str_of(words[i]),
                                         TH_PATTERN_QUESTION, &pattern, err);
        if (rc != TH_OK)
            return th_err_set(err, TH_E_USAGE, "option --%s: '%s' is no pattern", option, words[i]);
        TH_GROW(globs->v, globs->n, globs->cap);
        globs->v[globs->n++] = pattern;
    }
    return TH_OK;
}

static enum th_code read_regex(const char *word, th_pattern **out, struct th_err *err)
{
    /* Blank is the default: no digest is read. */
    if (word == NULL || word[strspn(word, " \t")] == '\0')
        return TH_OK;
    struct th_err why;
    th_err_clear(&why);
    if (th_pattern_new(TH_PATTERN_REGEX, th_str_of(word), 0, out, &why) == TH_OK)
        return TH_OK;
    return th_err_set(err, TH_E_USAGE, "option --digest-regex: %s", why.msg);
}

static void add_list(struct th_buf *out, const char *name, const struct list *list)
{
    for (size_t i = 0; i < list->n; i++)
        th_buf_printf(out, "%s%s", i == 0 ? name : ",", list->v[i]);
    if (list->n > 0)
        th_buf_putc(out, ' ');
}

static void add_time(struct th_buf *out, const char *name, int64_t ts_ms)
{
    char iso[TH_TIME_ISO_BYTES];
    if (ts_ms == TH_TIME_NONE)
        return;
    th_time_iso(ts_ms, iso);
    th_buf_printf(out, "%s%s ", name, iso);
}

enum th_code th_selection_new(const struct th_selection_words *words, th_selection **out,
                              struct th_err *err)
{
    th_selection *s = th_xcalloc(1, sizeof *s);
    enum th_code rc = read_time("from", words->from, false, &s->from_ms, err);
    if (rc == TH_OK)
        rc = read_time("to", words->to, true, &s->to_ms, err);
    if (rc == TH_OK && s->from_ms != TH_TIME_NONE && s->to_ms != TH_TIME_NONE &&
        s->from_ms > s->to_ms)
        rc = th_err_set(err, TH_E_USAGE, "--from %s is later than --to %s", words->from, words->to);
    if (rc == TH_OK)
        rc = read_list("region", words->regions, &s->regions, err);
    if (rc == TH_OK)
        rc = read_list("account", words->accounts, &s->accounts, err);
    if (rc == TH_OK)
        rc = read_globs("include", words->include, words->include_n, &s->include, err);
    if (rc == TH_OK)
        rc = read_globs("exclude", words->exclude, words->exclude_n, &s->exclude, err);
    if (rc == TH_OK)
        rc = read_regex(words->digest_regex, &s->digest, err);
    if (rc != TH_OK) {
        th_selection_free(s);
        return rc;
    }
    add_time(&s->text, "from=", s->from_ms);
    add_time(&s->text, "to=", s->to_ms);
    add_list(&s->text, "region=", &s->regions);
    add_list(&s->text, "account=", &s->accounts);
    if (s->text.n > 0)
        s->text.p[--s->text.n] = '\0';
    *out = s;
    return TH_OK;
}

static void free_list(struct list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->v[i]);
    free(list->v);
}

static void free_globs(struct globs *globs)
{
    for (size_t i = 0; i < globs->n; i++)
        th_pattern_free(globs->v[i]);
    free(globs->v);
}

void th_selection_free(th_selection *s)
{
    if (s == NULL)
        return;
    free_list(&s->regions);
    free_list(&s->accounts);
    free_globs(&s->include);
    free_globs(&s->exclude);
    th_pattern_free(s->digest);
    th_buf_fini(&s->text);
    free(s);
}

/* Any glob on the whole path or on what stands behind one of its slashes. */
static bool any_matches(const struct globs *globs, struct th_str path)
{
    for (struct th_str rest = path;;) {
        for (size_t i = 0; i < globs->n; i++)
            if (th_pattern_match(globs->v[i], rest, NULL))
                return true;
        ptrdiff_t slash = th_str_find(rest, '/');
        if (slash < 0)
            return false;
        rest = th_str_sub(rest, (size_t)slash + 1, rest.n);
    }
}

static bool digits(const char *p, size_t n, int *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        *out = *out * 10 + (p[i] - '0');
    }
    return true;
}

/* The last /YYYY/MM/DD/ in a path; false when there is none. */
static bool date_in(struct th_str path, int64_t *day_ms)
{
    static const char form[] = "/dddd/dd/dd/";
    size_t n = sizeof form - 1;
    for (size_t end = path.p == NULL ? 0 : path.n; end >= n; end--) {
        const char *p = path.p + (end - n);
        struct th_civil c = {0};
        if (p[0] == '/' && p[5] == '/' && p[8] == '/' && p[11] == '/' &&
            digits(p + 1, 4, &c.year) && digits(p + 6, 2, &c.month) && digits(p + 9, 2, &c.day) &&
            c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31) {
            *day_ms = th_time_from_civil(&c);
            return true;
        }
    }
    return false;
}

bool th_selection_included(const th_selection *s, struct th_str path)
{
    return s == NULL || s->include.n == 0 || any_matches(&s->include, path);
}

const char *th_selection_path(const th_selection *s, struct th_str path, size_t found_n,
                              bool included)
{
    int64_t day_ms;
    if (s == NULL)
        return NULL;
    if (any_matches(&s->exclude, path))
        return "excluded by its path";
    if (!included && !th_selection_included(s, path))
        return "not included by its path";
    if (!date_in(th_str_sub(path, found_n, path.n), &day_ms))
        return NULL;
    bool late = s->to_ms != TH_TIME_NONE && day_ms - TH_DAY_MS > s->to_ms;
    bool early = s->from_ms != TH_TIME_NONE && day_ms + 2 * TH_DAY_MS <= s->from_ms;
    return late || early ? "outside the chosen time" : NULL;
}

bool th_selection_has_globs(const th_selection *s)
{
    return s != NULL && s->include.n + s->exclude.n > 0;
}

bool th_selection_digests(const th_selection *s, struct th_str path)
{
    return s != NULL && s->digest != NULL && th_pattern_match(s->digest, path, NULL);
}

static bool lists(const struct list *list, struct th_str text)
{
    for (size_t i = 0; i < list->n; i++)
        if (th_str_is(text, list->v[i]))
            return true;
    return false;
}

bool th_selection_record(const th_selection *s, const struct th_values *values)
{
    if (s == NULL || s->text.n == 0)
        return true;
    int64_t time = values->num[TH_F_TIMESTAMP];
    struct th_str account = values->text[TH_F_RECIPIENT_ACCOUNT_ID];
    if (account.p == NULL)
        account = values->text[TH_F_CLOUD_ACCOUNT_ID];
    bool timely = (s->from_ms == TH_TIME_NONE && s->to_ms == TH_TIME_NONE) ||
                  (time != TH_VALUE_NONE && (s->from_ms == TH_TIME_NONE || time >= s->from_ms) &&
                   (s->to_ms == TH_TIME_NONE || time <= s->to_ms));
    return timely && (s->regions.n == 0 || lists(&s->regions, values->text[TH_F_CLOUD_REGION])) &&
           (s->accounts.n == 0 || lists(&s->accounts, account));
}

const char *th_selection_text(const th_selection *s)
{
    return s == NULL || s->text.n == 0 ? "" : s->text.p;
}

/* The value behind name in a text of words with blanks between, cut out in place; NULL when the
 * text at *at doesn't go on with it. */
static const char *cut_word(char **at, const char *name)
{
    size_t n = strlen(name);
    if (strncmp(*at, name, n) != 0)
        return NULL;
    const char *value = *at + n;
    *at += n + strcspn(value, " ");
    if (**at == ' ')
        *(*at)++ = '\0';
    return value;
}

enum th_code th_selection_of_text(const char *text, th_selection **out, struct th_err *err)
{
    *out = NULL;
    if (text[0] == '\0')
        return TH_OK;
    char *copy = th_xstrdup(text);
    char *at = copy;
    struct th_selection_words words = {.from = cut_word(&at, "from=")};
    words.to = cut_word(&at, "to=");
    words.regions = cut_word(&at, "region=");
    words.accounts = cut_word(&at, "account=");
    enum th_code rc = TH_OK;
    if (*at == '\0')
        rc = th_selection_new(&words, out, err);
    if (rc == TH_OK && strcmp(th_selection_text(*out), text) != 0) {
        th_selection_free(*out);
        *out = NULL;
        rc = th_err_set(err, TH_E_USAGE, "no choice of records: '%s'", text);
    }
    free(copy);
    return rc;
}
