/* Listing what to read.
 *
 * A folder is read to its end and closed before the folders inside it, so depth costs no
 * descriptors. Nothing is opened but folders: sizes and kinds come from fstatat, links inside
 * folders are not followed, so no path leads out of the given tree or round in a circle. The list
 * of a folder is sorted by full path at its end, and a file that is reached twice by way of two
 * given paths (one link, same device and inode) is taken where it comes first. */
#include "ingest/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* A file on its device. */
struct node {
    dev_t dev;
    ino_t ino;
    size_t order; /* of the listing; keeps sorting stable */
};

struct walk {
    bool reference;
    struct th_items *items;
    th_cancel *cancel;
    struct node *kept_out;
    size_t kept_out_n;
};

static struct th_item *add_item(struct walk *walk, char *path)
{
    struct th_items *items = walk->items;
    TH_GROW(items->v, items->n, items->cap);
    struct th_item *item = &items->v[items->n++];
    *item = (struct th_item){.path = path};
    return item;
}

static bool is_kept_out(const struct walk *walk, const struct stat *st)
{
    for (size_t i = 0; i < walk->kept_out_n; i++)
        if (walk->kept_out[i].dev == st->st_dev && walk->kept_out[i].ino == st->st_ino)
            return true;
    return false;
}

/* Takes path. */
static void add_file(struct walk *walk, char *path, const struct stat *st, bool given)
{
    if (is_kept_out(walk, st)) {
        free(path);
        return;
    }
    struct th_item *item = add_item(walk, path);
    item->given = given;
    item->found_n = given ? strlen(path) : 0;
    if (S_ISREG(st->st_mode)) {
        item->size_bytes = (uint64_t)st->st_size;
    } else if (S_ISLNK(st->st_mode)) {
        item->skipped = "symbolic link";
    } else if (!given || S_ISBLK(st->st_mode) || S_ISSOCK(st->st_mode)) {
        item->skipped = "not a regular file";
    } else {
        walk->items->has_stream = true;
    }
}

static char *join(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    size_t name_n = strlen(name);
    char *path = th_xmalloc(n + name_n + 2);
    memcpy(path, folder, n);
    if (n == 0 || folder[n - 1] != '/')
        path[n++] = '/';
    memcpy(path + n, name, name_n + 1);
    return path;
}

/* Folders that wait to be read. */
struct todo {
    char **v;
    size_t n, cap;
};

static void read_folder(struct walk *walk, struct todo *todo, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        int why = errno;
        if (fd >= 0)
            (void)close(fd);
        add_item(walk, th_xstrdup(path))->sys_errno = why;
        return;
    }
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(dir)) != NULL) {
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *full = join(path, entry->d_name);
        if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            add_item(walk, full)->sys_errno = errno;
        } else if (S_ISDIR(st.st_mode)) {
            TH_GROW(todo->v, todo->n, todo->cap);
            todo->v[todo->n++] = full;
        } else {
            add_file(walk, full, &st, false);
        }
    }
    if (errno != 0)
        add_item(walk, th_xstrdup(path))->sys_errno = errno;
    (void)closedir(dir);
}

static int compare_paths(const void *a, const void *b)
{
    const struct th_item *x = a;
    const struct th_item *y = b;
    return strcmp(x->path, y->path);
}

static enum th_code walk_folder(struct walk *walk, const char *path, struct th_err *err)
{
    size_t first = walk->items->n;
    struct todo todo = {0};
    TH_GROW(todo.v, todo.n, todo.cap);
    todo.v[todo.n++] = th_xstrdup(path);
    while (todo.n > 0 && !th_cancelled(walk->cancel)) {
        char *folder = todo.v[--todo.n];
        read_folder(walk, &todo, folder);
        free(folder);
    }
    enum th_code rc = todo.n == 0 ? TH_OK : th_err_set(err, TH_E_CANCELLED, "cancelled");
    while (todo.n > 0)
        free(todo.v[--todo.n]);
    free(todo.v);
    for (size_t i = first; i < walk->items->n; i++)
        walk->items->v[i].found_n = strlen(path);
    if (walk->items->n > first)
        qsort(walk->items->v + first, walk->items->n - first, sizeof *walk->items->v,
              compare_paths);
    return rc;
}

/* Where what stays outside will be found again. */
static enum th_code walk_referenced(struct walk *walk, const char *path, const struct stat *st,
                                    struct th_err *err)
{
    if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
        return th_err_set(err, TH_E_USAGE, "%s can't be read again", path);
    char *resolved = realpath(path, NULL);
    if (resolved == NULL)
        return th_err_errno(err, "%s", path);
    enum th_code rc = TH_OK;
    if (S_ISDIR(st->st_mode)) {
        rc = walk_folder(walk, resolved, err);
        free(resolved);
    } else {
        add_file(walk, resolved, st, true);
    }
    return rc;
}

static enum th_code walk_path(struct walk *walk, const char *path, bool is_tty, struct th_err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        if (walk->reference)
            return th_err_set(err, TH_E_USAGE, "standard input can't be read again");
        if (is_tty)
            return th_err_set(err, TH_E_USAGE, "standard input is a terminal");
        add_item(walk, th_xstrdup(path))->given = true;
        walk->items->has_stream = true;
        return TH_OK;
    }
    if (stat(path, &st) != 0) {
        if (errno == ENOENT)
            return th_err_errno(err, "%s", path);
        if (errno == ENOTDIR)
            return th_err_set(err, TH_E_NOT_FOUND, "%s: Not a directory", path);
        add_item(walk, th_xstrdup(path))->sys_errno = errno;
        return TH_OK;
    }
    if (walk->reference)
        return walk_referenced(walk, path, &st, err);
    if (S_ISDIR(st.st_mode))
        return walk_folder(walk, path, err);
    add_file(walk, th_xstrdup(path), &st, true);
    return TH_OK;
}

static int compare_nodes(const void *a, const void *b)
{
    const struct node *x = a;
    const struct node *y = b;
    if (x->dev != y->dev)
        return x->dev < y->dev ? -1 : 1;
    if (x->ino != y->ino)
        return x->ino < y->ino ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Leave out files that are listed a second time. Only needed when several paths were given. */
static void drop_repeated(struct th_items *items)
{
    struct node *nodes = th_xcalloc(items->n, sizeof *nodes);
    size_t n = 0;
    for (size_t i = 0; i < items->n; i++) {
        const struct th_item *item = &items->v[i];
        struct stat st;
        if (item->skipped != NULL || item->sys_errno != 0 || stat(item->path, &st) != 0 ||
            !S_ISREG(st.st_mode) || st.st_nlink != 1)
            continue;
        nodes[n++] = (struct node){st.st_dev, st.st_ino, i};
    }
    qsort(nodes, n, sizeof *nodes, compare_nodes);
    for (size_t i = 1; i < n; i++) {
        if (nodes[i].dev != nodes[i - 1].dev || nodes[i].ino != nodes[i - 1].ino)
            continue;
        free(items->v[nodes[i].order].path);
        items->v[nodes[i].order].path = NULL;
    }
    size_t kept = 0;
    for (size_t i = 0; i < items->n; i++)
        if (items->v[i].path != NULL)
            items->v[kept++] = items->v[i];
    items->n = kept;
    free(nodes);
}

enum th_code th_walk(const struct th_import_options *options, struct th_items *items,
                     th_cancel *cancel, struct th_err *err)
{
    struct walk walk = {.reference = options->reference, .items = items, .cancel = cancel};
    struct stat st;
    enum th_code rc = TH_OK;
    walk.kept_out = th_xcalloc(options->kept_out_n + 1, sizeof *walk.kept_out);
    for (size_t i = 0; i < options->kept_out_n; i++)
        if (stat(options->kept_out[i], &st) == 0)
            walk.kept_out[walk.kept_out_n++] = (struct node){st.st_dev, st.st_ino, 0};
    for (size_t i = 0; rc == TH_OK && i < options->paths_n; i++)
        rc = walk_path(&walk, options->paths[i], options->is_tty_stdin, err);
    free(walk.kept_out);
    if (rc != TH_OK)
        return rc;
    if (options->paths_n > 1)
        drop_repeated(items);
    for (size_t i = 0; i < items->n; i++)
        items->bytes_total += items->v[i].size_bytes;
    if (items->has_stream)
        items->bytes_total = 0;
    return TH_OK;
}

void th_items_fini(struct th_items *items)
{
    for (size_t i = 0; i < items->n; i++)
        free(items->v[i].path);
    free(items->v);
    *items = (struct th_items){0};
}
