/* The columns of paths that a table has. One thread at a time makes columns; the others that want
 * some wait for it, and look again. What is ready is only added to, so its first n entries are read
 * without the lock by whoever has seen n under it. */
#include "query/table/path_build.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/work/crew.h"
#include "query/eval/evidence_path.h"

/* Fewer open rows, or a smaller part of all (one in WORTH_PART), are asked one by one. */
enum { WORTH_ROWS = 2000, WORTH_PART = 50 };
enum { TRIED_MAX = 256, WAIT_MS = 10 };

/* A column; nothing in it changes. Shared with the tables that grew from its own. */
struct entry {
    atomic_size_t refs;
    enum th_field field;
    char *path;
    struct th_table_slot slot;
    void *codes;
    struct th_str *texts;
    th_dict *dict;
    size_t saved;
    uint32_t saved_texts;
};

/* A path that the case doesn't keep whole, or that is too large for a column. */
struct tried {
    enum th_field field;
    char *path;
    enum th_path_trouble trouble;
};

struct th_paths {
    pthread_mutex_t lock;
    struct th_wake idle;
    bool busy; /* a thread makes columns */
    size_t n;
    struct entry *entries[TH_PATHS_MAX];
    size_t shorter_n; /* from the table that this one grew from */
    struct entry *shorter[TH_PATHS_MAX];
    size_t tried_n; /* ever; the list is a ring */
    struct tried tried[TRIED_MAX];
};

struct th_paths *th_paths_new(void)
{
    struct th_paths *paths = th_xcalloc(1, sizeof *paths);
    pthread_mutex_init(&paths->lock, NULL);
    th_wake_init(&paths->idle);
    return paths;
}

static void entry_free(struct entry *entry)
{
    if (atomic_fetch_sub_explicit(&entry->refs, 1, memory_order_acq_rel) > 1)
        return;
    th_table_slot_fini(&entry->slot);
    th_dict_free(entry->dict);
    free(entry->codes);
    free(entry->texts);
    free(entry->path);
    free(entry);
}

static struct entry *find_entry(struct entry *const *entries, size_t n, enum th_field field,
                                struct th_str path)
{
    for (size_t i = 0; i < n; i++)
        if (entries[i]->field == field && th_str_is(path, entries[i]->path))
            return entries[i];
    return NULL;
}

static void carry(struct th_paths *paths, struct entry *entry)
{
    if (paths->shorter_n == TH_PATHS_MAX ||
        find_entry(paths->shorter, paths->shorter_n, entry->field, th_str_of(entry->path)) != NULL)
        return;
    atomic_fetch_add_explicit(&entry->refs, 1, memory_order_relaxed);
    paths->shorter[paths->shorter_n++] = entry;
}

void th_paths_grow(struct th_paths *from, struct th_paths *paths)
{
    pthread_mutex_lock(&from->lock);
    for (size_t i = 0; i < from->n; i++)
        carry(paths, from->entries[i]);
    for (size_t i = 0; i < from->shorter_n; i++)
        carry(paths, from->shorter[i]);
    for (size_t i = 0; i < TRIED_MAX; i++)
        if (from->tried[i].path != NULL && from->tried[i].trouble == TH_PATH_TOO_LARGE)
            th_path_note(paths,
                         &(struct th_field_ref){.field = from->tried[i].field,
                                                .path = th_str_of(from->tried[i].path)},
                         TH_PATH_TOO_LARGE);
    pthread_mutex_unlock(&from->lock);
}

void th_paths_free(struct th_paths *paths)
{
    if (paths == NULL)
        return;
    for (size_t i = 0; i < paths->n; i++)
        entry_free(paths->entries[i]);
    for (size_t i = 0; i < paths->shorter_n; i++)
        entry_free(paths->shorter[i]);
    for (size_t i = 0; i < TRIED_MAX; i++)
        free(paths->tried[i].path);
    th_wake_fini(&paths->idle);
    pthread_mutex_destroy(&paths->lock);
    free(paths);
}

struct th_table_slot *th_paths_slot(struct th_paths *paths, size_t number)
{
    return &paths->entries[number]->slot;
}

size_t th_paths_memory(struct th_paths *paths)
{
    size_t bytes = 0;
    pthread_mutex_lock(&paths->lock);
    for (size_t i = 0; i < paths->n; i++)
        bytes += paths->entries[i]->slot.column.memory_bytes;
    pthread_mutex_unlock(&paths->lock);
    return bytes;
}

bool th_path_is_column(const struct th_field_ref *ref)
{
    return ref->field != TH_FIELD_NONE && ref->path.p != NULL &&
           th_field_info(ref->field)->type == TH_TYPE_FLATTENED && th_evidence_is_path(ref);
}

bool th_path_is_worth(size_t open, size_t rows)
{
    return open >= WORTH_ROWS && open >= rows / WORTH_PART;
}

size_t th_table_paths(th_table *table)
{
    struct th_paths *paths = th_table_path_list(table);
    pthread_mutex_lock(&paths->lock);
    size_t n = paths->n;
    pthread_mutex_unlock(&paths->lock);
    return n;
}

int th_table_path(th_table *table, const struct th_field_ref *ref, size_t n)
{
    struct th_paths *paths = th_table_path_list(table);
    for (size_t i = 0; i < n; i++)
        if (paths->entries[i]->field == ref->field && th_str_is(ref->path, paths->entries[i]->path))
            return (int)i;
    return -1;
}

/* Under the lock. */
static struct tried *find_tried(struct th_paths *paths, const struct th_field_ref *ref)
{
    for (size_t i = 0; i < TRIED_MAX; i++)
        if (paths->tried[i].path != NULL && paths->tried[i].field == ref->field &&
            th_str_is(ref->path, paths->tried[i].path))
            return &paths->tried[i];
    return NULL;
}

void th_path_note(struct th_paths *paths, const struct th_field_ref *ref,
                  enum th_path_trouble trouble)
{
    pthread_mutex_lock(&paths->lock);
    struct tried *tried = find_tried(paths, ref);
    if (tried == NULL) {
        tried = &paths->tried[paths->tried_n++ % TRIED_MAX];
        free(tried->path);
        *tried = (struct tried){ref->field, th_xstrndup(ref->path.p, ref->path.n), TH_PATH_LACKING};
    }
    if (tried->trouble == TH_PATH_LACKING)
        tried->trouble = trouble;
    pthread_mutex_unlock(&paths->lock);
}

bool th_path_is_hopeless(struct th_paths *paths, const struct th_field_ref *ref)
{
    pthread_mutex_lock(&paths->lock);
    const struct tried *tried = find_tried(paths, ref);
    bool hopeless = tried != NULL && tried->trouble != TH_PATH_LACKING;
    pthread_mutex_unlock(&paths->lock);
    return hopeless;
}

/* Making columns ----------------------------------------------------------- */

enum th_code th_paths_take(struct th_paths *paths, th_cancel *cancel, struct th_err *err)
{
    pthread_mutex_lock(&paths->lock);
    while (paths->busy && !th_cancelled(cancel))
        (void)th_wake_wait(&paths->idle, &paths->lock, WAIT_MS);
    bool got = !paths->busy;
    paths->busy = true;
    pthread_mutex_unlock(&paths->lock);
    return got ? TH_OK : th_err_set(err, TH_E_CANCELLED, "cancelled");
}

void th_paths_release(struct th_paths *paths)
{
    pthread_mutex_lock(&paths->lock);
    paths->busy = false;
    th_wake_all(&paths->idle);
    pthread_mutex_unlock(&paths->lock);
}

void *th_path_narrow(const uint32_t *codes, size_t rows, uint32_t max, uint8_t *width)
{
    *width = max <= UINT8_MAX ? 1 : max <= UINT16_MAX ? 2 : 4;
    void *to = th_xreallocarray(NULL, rows + 1, *width);
    if (*width == 1) {
        uint8_t *bytes = to;
        for (size_t i = 0; i < rows; i++)
            bytes[i] = (uint8_t)codes[i];
    } else if (*width == 2) {
        uint16_t *halves = to;
        for (size_t i = 0; i < rows; i++)
            halves[i] = (uint16_t)codes[i];
    } else {
        memcpy(to, codes, rows * sizeof *codes);
    }
    return to;
}

void th_path_publish(th_table *table, struct th_path_work *work, const uint32_t *codes)
{
    struct th_paths *paths = th_table_path_list(table);
    struct entry *entry = th_xcalloc(1, sizeof *entry);
    struct th_column *column = &entry->slot.column;
    uint32_t n = th_dict_count(work->dict);
    atomic_init(&entry->refs, 1);
    entry->saved = work->saved;
    entry->saved_texts = work->saved_texts;
    entry->field = work->ref.field;
    entry->path = th_xstrndup(work->ref.path.p, work->ref.path.n);
    entry->dict = work->dict;
    entry->texts = th_xcalloc((size_t)n + 1, sizeof *entry->texts);
    for (uint32_t code = 1; code <= n; code++)
        entry->texts[code] = th_dict_text(work->dict, code);
    column->field = work->ref.field;
    column->rows = th_table_rows(table);
    column->texts = entry->texts;
    column->texts_n = n + 1;
    entry->codes = th_path_narrow(codes, column->rows, n, &column->width);
    column->codes = entry->codes;
    column->memory_bytes = column->rows * column->width + th_dict_memory(work->dict) +
                           column->texts_n * sizeof *entry->texts;
    entry->slot.state = TH_SLOT_READY;
    work->dict = NULL;
    pthread_mutex_lock(&paths->lock);
    column->path = (uint32_t)paths->n + 1;
    paths->entries[paths->n++] = entry;
    pthread_mutex_unlock(&paths->lock);
}

void th_path_work_fini(struct th_path_work *work)
{
    free(work->codes);
    th_dict_free(work->dict);
}

/* Begin where a shorter table's column ends. Its dictionary is copied: somebody may be carrying on
 * the same column elsewhere. */
static void work_from(const struct entry *entry, uint32_t *codes, struct th_path_work *work)
{
    const struct th_column *column = &entry->slot.column;
    for (size_t row = 0; row < column->rows; row++)
        codes[row] = th_column_code(column, row);
    for (uint32_t code = 1; code < column->texts_n; code++)
        (void)th_dict_intern(work->dict, column->texts[code]);
    work->kept = column->rows;
    work->kept_texts = column->texts_n - 1;
    work->saved = entry->saved;
    work->saved_texts = entry->saved_texts;
}

void th_path_work_init(th_table *table, const struct th_field_ref *ref, uint32_t *codes,
                       struct th_path_work *work)
{
    const struct th_loader *loader = th_table_loader(table);
    size_t rows = th_table_rows(table);
    *work = (struct th_path_work){.ref = *ref, .dict = th_dict_new()};
    memset(codes, 0, rows * sizeof *codes);
    struct th_paths *paths = th_table_path_list(table);
    const struct entry *shorter =
        find_entry(paths->shorter, paths->shorter_n, ref->field, ref->path);
    if (shorter != NULL) {
        work_from(shorter, codes, work);
        return;
    }
    if (loader->path_load != NULL &&
        loader->path_load(loader->ctx, ref->field, ref->path, rows, codes, work->dict, &work->kept,
                          NULL) != TH_OK)
        work->kept = 0;
    if (work->kept == 0)
        th_dict_reset(work->dict);
    work->kept_texts = th_dict_count(work->dict);
    work->saved = work->kept;
    work->saved_texts = work->kept_texts;
}

void th_table_paths_load(th_table *table, const struct th_field_ref *const *refs, size_t n)
{
    struct th_paths *paths = th_table_path_list(table);
    uint32_t *codes = NULL;
    if (th_table_loader(table)->path_load == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        struct th_path_work work;
        pthread_mutex_lock(&paths->lock);
        bool want = !paths->busy && paths->n < TH_PATHS_MAX && find_tried(paths, refs[i]) == NULL &&
                    th_table_path(table, refs[i], paths->n) < 0;
        paths->busy = paths->busy || want;
        pthread_mutex_unlock(&paths->lock);
        if (!want)
            continue;
        if (codes == NULL)
            codes = th_xcalloc(th_table_rows(table) + 1, sizeof *codes);
        th_path_work_init(table, refs[i], codes, &work);
        if (work.kept == th_table_rows(table))
            th_path_publish(table, &work, codes);
        else
            th_path_note(paths, refs[i], TH_PATH_LACKING);
        th_path_work_fini(&work);
        th_paths_release(paths);
    }
    free(codes);
}

enum th_code th_table_path_id(th_table *table, const struct th_field_ref *ref, size_t open,
                              th_cancel *cancel, int *id, struct th_err *err)
{
    enum th_code rc = TH_OK;
    *id = -1;
    if (!th_path_is_column(ref))
        return TH_OK;
    th_table_paths_load(table, &ref, 1);
    int number = th_table_path(table, ref, th_table_paths(table));
    if (number < 0 && th_path_is_worth(open, th_table_rows(table))) {
        rc = th_table_paths_build(table, &ref, 1, cancel, err);
        number = th_table_path(table, ref, th_table_paths(table));
    }
    if (number >= 0)
        *id = TH_FIELD_COUNT + number;
    return rc;
}

const struct th_column *th_table_path_column(th_table *table, const struct th_field_ref *ref)
{
    if (!th_path_is_column(ref))
        return NULL;
    th_table_paths_load(table, &ref, 1);
    int number = th_table_path(table, ref, th_table_paths(table));
    if (number < 0)
        return NULL;
    return &th_paths_slot(th_table_path_list(table), (size_t)number)->column;
}
