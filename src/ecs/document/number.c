/* Numbers as Java prints them.
 *
 * A decimal of at most 15 significant digits survives the way through a double unchanged, so its
 * own digits are the shortest that Java could print: only longer ones need the double. Conversion
 * runs in the C locale whatever the program's is. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ecs/document/doc_tree.h"

enum {
    SAFE_DIGITS = 15,    /* survive the way through a double */
    SAFE_EXPONENT = 290, /* far from both ends of a double's range */
    EXPONENT_MAX = 1000000,
    INTEGER_DIGITS_MAX = 308, /* more, and not even a double holds it */
    LONGEST = 17,             /* digits that always suffice */
};

/* 0.DIGITS times ten to the power of point; no zeros at either end. */
struct decimal {
    bool negative;
    const char *digits;
    size_t n;
    long point;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exponent behind e or E, held within ±EXPONENT_MAX. */
static long exponent_of(struct th_str text, size_t at)
{
    bool negative = at < text.n && text.p[at] == '-';
    long value = 0;
    if (at < text.n && !is_digit(text.p[at]))
        at++;
    for (; at < text.n; at++)
        if (value < EXPONENT_MAX)
            value = value * 10 + (text.p[at] - '0');
    return negative ? -value : value;
}

static struct decimal decimal_of(th_arena *arena, struct th_str text)
{
    struct decimal d = {.negative = text.p[0] == '-'};
    char *digits = th_arena_alloc(arena, text.n + 1);
    bool fraction = false;
    for (size_t i = d.negative ? 1 : 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '.') {
            fraction = true;
        } else if (!is_digit(c)) {
            d.point += exponent_of(text, i + 1);
            break;
        } else {
            if (!fraction)
                d.point++;
            if (c != '0' || d.n > 0)
                digits[d.n++] = c;
            else
                d.point--;
        }
    }
    while (d.n > 0 && digits[d.n - 1] == '0')
        d.n--;
    d.digits = digits;
    return d;
}

/* Shortest digits (two at least) that read back as value, which is finite and not zero. */
static void shortest(double value, locale_t c_locale, char digits[LONGEST + 1], struct decimal *d)
{
    for (int n = 2; n <= LONGEST; n++) {
        char text[64];
        char again[64];
        snprintf(text, sizeof text, "%.*e", n - 1, value);
        d->n = 0;
        const char *at = text;
        for (; *at != 'e'; at++)
            if (is_digit(*at))
                digits[d->n++] = *at;
        long power = strtol(at + 1, NULL, 10);
        d->point = power + 1;
        digits[d->n] = '\0';
        snprintf(again, sizeof again, "%.1s.%se%ld", digits, digits + 1, power);
        if (strtod_l(again, NULL, c_locale) >= value)
            if (strtod_l(again, NULL, c_locale) <= value)
                break;
    }
    while (d->n > 1 && digits[d->n - 1] == '0')
        d->n--;
    d->digits = digits;
}

static void add_zeros(struct th_buf *out, long n)
{
    for (; n > 0; n--)
        th_buf_putc(out, '0');
}

static void add_double(struct th_buf *out, const struct decimal *d)
{
    long n = (long)d->n;
    if (d->negative)
        th_buf_putc(out, '-');
    if (n == 0) {
        th_buf_puts(out, "0.0");
    } else if (d->point < -2 || d->point > 7) {
        th_buf_add(out, d->digits, 1);
        th_buf_putc(out, '.');
        th_buf_add(out, n > 1 ? d->digits + 1 : "0", n > 1 ? d->n - 1 : 1);
        th_buf_putc(out, 'E');
        th_buf_add_i64(out, d->point - 1);
    } else if (d->point <= 0) {
        th_buf_puts(out, "0.");
        add_zeros(out, -d->point);
        th_buf_add(out, d->digits, d->n);
    } else {
        long whole = d->point < n ? d->point : n;
        th_buf_add(out, d->digits, (size_t)whole);
        add_zeros(out, d->point - whole);
        th_buf_putc(out, '.');
        if (n > whole)
            th_buf_add(out, d->digits + whole, (size_t)(n - whole));
        else
            th_buf_putc(out, '0');
    }
}

/* Digits of a number that is longer than a double is exact; false when it is beyond every double.
 */
static bool round_trip(th_arena *arena, struct th_str text, char digits[LONGEST + 1],
                       struct decimal *d)
{
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0)
        return false;
    double value = fabs(strtod_l(th_arena_dup(arena, text).p, NULL, c_locale));
    bool finite = isfinite(value);
    if (finite && value > 0)
        shortest(value, c_locale, digits, d);
    else
        d->n = 0;
    freelocale(c_locale);
    return finite;
}

struct th_str th_java_number(th_arena *arena, struct th_str text)
{
    bool integer = true;
    for (size_t i = 0; i < text.n && integer; i++)
        integer = is_digit(text.p[i]) || (i == 0 && text.p[i] == '-');
    if (integer && th_str_is(text, "-0"))
        return TH_STR("0");
    if (integer)
        return text.n <= INTEGER_DIGITS_MAX ? text : TH_STR_NONE;

    struct decimal d = decimal_of(arena, text);
    char digits[LONGEST + 1];
    bool safe = d.n <= SAFE_DIGITS && d.point > -SAFE_EXPONENT && d.point < SAFE_EXPONENT;
    if (d.n > 0 && !safe && !round_trip(arena, text, digits, &d))
        return TH_STR_NONE;
    struct th_buf out = TH_BUF_INIT;
    add_double(&out, &d);
    struct th_str result = th_arena_dup(arena, th_buf_str(&out));
    th_buf_fini(&out);
    return result;
}

void th_java_double(struct th_buf *out, double value)
{
    struct decimal d = {.negative = signbit(value) != 0};
    char digits[LONGEST + 1];
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0)
        th_oom(sizeof d);
    if (fabs(value) > 0)
        shortest(fabs(value), c_locale, digits, &d);
    freelocale(c_locale);
    add_double(out, &d);
}
