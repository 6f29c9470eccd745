/* TAP for C tests: one line is one assertion. A test program is `int main(void) { …; return
 * tap_done(); }`. */
#ifndef TESTS_LIB_TAP_H
#define TESTS_LIB_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool tap_ok(bool good, const char *fmt, ...)
{
    va_list args;
    char name[512];
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    /* A name must stay one line, and '#' would start a TAP directive. */
    for (char *p = name; *p != '\0'; p++)
        if (*p == '\n' || *p == '#')
            *p = ' ';
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++tap_count, name);
    if (!good)
        tap_failed++;
    fflush(stdout);
    return good;
}

__attribute__((format(printf, 1, 2), unused)) static void tap_note(const char *fmt, ...)
{
    va_list args;
    fputs("# ", stdout);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
}

__attribute__((unused)) static void tap_show(const char *label, const char *p, size_t n)
{
    printf("#   %s \"", label);
    for (size_t i = 0; i < n && i < 2000; i++)
        if ((unsigned char)p[i] < 0x20 || p[i] == '"' || (unsigned char)p[i] >= 0x7f)
            printf("\\x%02x", (unsigned char)p[i]);
        else
            putchar(p[i]);
    puts("\"");
}

__attribute__((unused)) static bool tap_is_mem(const char *got, size_t got_n, const char *want,
                                               size_t want_n, const char *name)
{
    bool good = got_n == want_n && (want_n == 0 || memcmp(got, want, want_n) == 0);
    tap_ok(good, "%s", name);
    if (!good) {
        tap_show("got ", got, got_n);
        tap_show("want", want, want_n);
    }
    return good;
}

__attribute__((unused)) static bool tap_is_str(const char *got, const char *want, const char *name)
{
    if (got == NULL)
        got = "(NULL)";
    return tap_is_mem(got, strlen(got), want, strlen(want), name);
}

__attribute__((unused)) static bool tap_is_int(int64_t got, int64_t want, const char *name)
{
    bool good = tap_ok(got == want, "%s", name);
    if (!good)
        printf("#   got  %" PRId64 "\n#   want %" PRId64 "\n", got, want);
    return good;
}

/* Everything below needs something that is not here: one skipped assertion. */
__attribute__((unused)) static void tap_skip(const char *name, const char *why)
{
    printf("ok %d - %s # SKIP %s\n", ++tap_count, name, why);
}

__attribute__((unused)) static int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed == 0 ? 0 : 1;
}

#endif
