/* What an unknown name may have been meant to be: a field spelled nearly so, a path whose container
 * is, or, when nothing is near, the shortest name that holds what was typed. */
#include "query/kql/kql.h"

#include "base/text.h"
#include "query/kql/internal.h"

enum { FAR = 1000, NAME_MAX_BYTES = 256, HOLDS_MIN = 3 };

struct th_str th_kql_short(struct th_str text)
{
    size_t n = 100;
    if (text.n <= n)
        return text;
    while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    return th_str_sub(text, 0, n);
}

/* A path that may be meant: the container's name, and what was typed behind it. */
struct path_guess {
    const char *container;
    struct th_str rest; /* with its dot */
    int distance;
};

static bool is_path(const char *container, struct th_str rest)
{
    struct th_field_ref ref;
    struct th_buf whole = TH_BUF_INIT;
    th_buf_puts(&whole, container);
    th_buf_add_str(&whole, rest);
    bool path = th_field_resolve(th_buf_str(&whole), &ref) && ref.path.p != NULL &&
                th_field_info(ref.field)->type == TH_TYPE_FLATTENED;
    th_buf_fini(&whole);
    return path;
}

/* The container that has by path what this field has as one text. */
static const char *container_of(struct th_str head)
{
    struct th_field_ref ref;
    if (!th_field_resolve(head, &ref) || ref.path.p != NULL ||
        th_field_info(ref.field)->store != TH_STORE_EVIDENCE)
        return NULL;
    for (int f = 0; f < TH_FIELD_COUNT; f++) {
        const struct th_field_info *info = th_field_info((enum th_field)f);
        if (info->type == TH_TYPE_FLATTENED && info->source[0] != '\0' &&
            strcmp(info->source, th_field_info(ref.field)->source) == 0)
            return info->name;
    }
    return NULL;
}

static void guess(struct path_guess *best, const char *container, struct th_str rest, int distance)
{
    if (container != NULL && distance < best->distance && is_path(container, rest))
        *best = (struct path_guess){container, rest, distance};
}

/* Every dot may be where the container ends. */
static struct path_guess guess_path(struct th_str name)
{
    struct path_guess best = {.distance = FAR};
    for (size_t dot = 1; dot + 1 < name.n && dot < NAME_MAX_BYTES; dot++) {
        const char *near[4];
        if (name.p[dot] != '.')
            continue;
        struct th_str head = th_str_sub(name, 0, dot);
        struct th_str rest = th_str_sub(name, dot, name.n);
        if (th_str_find(head, '*') >= 0)
            break;
        guess(&best, container_of(head), rest, 1);
        int n = th_field_suggest(head, near, 4);
        for (int i = 0; i < n; i++)
            guess(&best, near[i], rest, th_text_distance(head, th_str_of(near[i]), 16));
    }
    return best;
}

/* The shortest name that holds what was typed, the first of equal ones. */
struct holder {
    struct th_str lower;
    const char *name;
};

static bool try_holder(void *ctx, const char *name, enum th_field field)
{
    struct holder *h = ctx;
    (void)field;
    if ((h->name == NULL || strlen(name) < strlen(h->name)) &&
        th_text_icontains(th_str_of(name), h->lower))
        h->name = name;
    return true;
}

static const char *find_holder(struct th_str name)
{
    struct th_buf lower = TH_BUF_INIT;
    struct holder h = {.name = NULL};
    if (name.n < HOLDS_MIN || name.n > NAME_MAX_BYTES)
        return NULL;
    th_text_lower(&lower, name);
    h.lower = th_buf_str(&lower);
    th_field_complete(TH_STR(""), try_holder, &h);
    th_buf_fini(&lower);
    return h.name;
}

/* The nearest name, and a second one when it is as near and means another field. */
static int nearest(struct th_str name, const char *out[2], int *distance)
{
    const char *near[4];
    struct th_field_ref first, other;
    int n = th_field_suggest(name, near, 4);
    *distance = FAR;
    if (n == 0 || !th_field_resolve(th_str_of(near[0]), &first))
        return 0;
    *distance = th_text_distance(name, th_str_of(near[0]), 16);
    out[0] = near[0];
    for (int i = 1; i < n; i++) {
        out[1] = near[i];
        if (th_field_resolve(th_str_of(near[i]), &other) && other.field != first.field &&
            th_text_distance(name, th_str_of(near[i]), 16) == *distance)
            return 2;
    }
    return 1;
}

bool th_kql_suggest(struct th_str name, struct th_buf *out)
{
    const char *near[2] = {NULL, NULL};
    bool wildcard = name.n > 0 && th_str_find(name, '*') >= 0;
    int distance = FAR;
    struct path_guess path = guess_path(name);
    int n = wildcard ? 0 : nearest(name, near, &distance);
    if (path.container != NULL && path.distance <= distance) {
        th_buf_puts(out, path.container);
        th_buf_add_str(out, th_kql_short(path.rest));
        return true;
    }
    if (n == 0 && !wildcard) {
        near[0] = find_holder(name);
        n = near[0] != NULL;
    }
    for (int i = 0; i < n; i++) {
        th_buf_puts(out, i > 0 ? " or " : "");
        th_buf_puts(out, near[i]);
    }
    return n > 0;
}
