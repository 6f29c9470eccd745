/* The state of the view of the evidence, shared by its files. */
#ifndef UI_VIEW_SOURCES_INTERNAL_H
#define UI_VIEW_SOURCES_INTERNAL_H

#include "ui/app/command.h"

/* What the view lists. */
enum evidence { FILES, GAPS, STREAMS, EVIDENCES };

struct source {
    int64_t id, differs_from;
    bool archive;
    char *path, *container, *skipped, *altered, *selection, *version;
    uint8_t sha256[32];
    bool has_sha256;
    uint64_t size_bytes, inflated_bytes, events, duplicates, rejects, unselected;
    int64_t first_ms, last_ms, imported_ms;
};
struct reject {
    int64_t source;
    uint64_t offset, length;
    char *reason, *bytes; /* bytes: the first of them, sanitised */
};

struct sources_view {
    enum evidence evidence;
    struct ui_lines lists[EVIDENCES];
    struct source *sources;
    size_t sources_n, sources_cap;
    struct reject *rejects;
    size_t rejects_n, rejects_cap;
    char *asked; /* path of the file whose events were asked for; NULL */
};

static inline struct sources_view *sources_state(const struct ui *ui)
{
    return ui_state(ui, UI_SOURCES);
}

/* Append a path, sanitised, cut at the left to w columns: its end says which file it is. */
void ui_tail(const struct ui *ui, const char *path, int w, struct th_buf *out);

/* files.c: read them anew; the one under the cursor, NULL when the view lists something else. */
void sources_load(struct ui *ui);
void sources_unload(struct ui *ui);
const struct source *source_at(const struct ui *ui);
/* List those that narrowing leaves; draw list and facts. */
void sources_pick(struct ui *ui);
void sources_draw(struct ui *ui);

/* coverage_lists.c: gaps, or accounts and regions: choose the lines, draw list and facts. */
void coverage_pick(struct ui *ui);
void coverage_draw(struct ui *ui);
/* The few lines of strips above the files; returns the rows that these take. */
int coverage_strips(struct ui *ui, struct ui_rect r);

#endif
