/* For the tests of the mapper: one record in, values out. */
#ifndef TESTS_ECS_MAP_HELP_H
#define TESTS_ECS_MAP_HELP_H

#include "ecs/columns/map.h"
#include "lib/tap.h"

static th_scanner *scanner;
static th_arena *arena;
static struct th_record record;
static struct th_values values;

/* Scan and map one record; single quotes stand for double ones, so that records can be read. */
__attribute__((unused)) static void map(const char *text)
{
    static char copy[16384];
    struct th_json_cursor c;
    size_t n = strlen(text);
    th_arena_reset(arena);
    if (n >= sizeof copy)
        abort();
    for (size_t i = 0; i <= n; i++)
        copy[i] = text[i] == '\'' ? '"' : text[i];
    th_json_init(&c, (struct th_str){copy, n});
    memset(&values, 0x55, sizeof values);
    if (th_record_scan(scanner, &c, &record) != TH_JSON_OK)
        tap_ok(false, "malformed: %s", text);
    else
        th_map_record(&record, arena, &values);
}

__attribute__((unused)) static void is(enum th_field field, const char *want, const char *name)
{
    struct th_str got = values.text[field];
    if (want == NULL) {
        if (!tap_ok(got.p == NULL, "%s", name))
            tap_show("got ", got.p, got.n);
        return;
    }
    if (!tap_ok(th_str_is(got, want), "%s", name)) {
        tap_show("got ", got.p == NULL ? "(absent)" : got.p, got.p == NULL ? 8 : got.n);
        tap_show("want", want, strlen(want));
    }
}

__attribute__((unused)) static void is_num(enum th_field field, int64_t want, const char *name)
{
    tap_is_int(values.num[field], want, name);
}

static void map_begin(void)
{
    scanner = th_scanner_new();
    arena = th_arena_new(0);
}

static int map_done(void)
{
    th_arena_free(arena);
    th_scanner_free(scanner);
    return tap_done();
}

#endif
