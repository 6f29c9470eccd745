/* Edit distance for did-you-mean: insertions, deletions, replacements and swaps of neighbours, each
 * one step. */
#include "base/text.h"

#include <stdlib.h>

/* Names of fields, commands and options are far shorter; longer texts are only ever equal or too
 * far. */
#define LENGTH_MAX 128

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

int th_text_distance(struct th_str a, struct th_str b, int max)
{
    int rows[3][LENGTH_MAX + 1]; /* the row being filled and the two before it, by turns */
    if (th_text_ieq(a, b))
        return 0;
    size_t gap = a.n > b.n ? a.n - b.n : b.n - a.n;
    if (max <= 0 || gap > (size_t)max || a.n > LENGTH_MAX || b.n > LENGTH_MAX)
        return max < 0 ? 0 : max + 1;
    for (size_t k = 0; k <= b.n; k++)
        rows[0][k] = (int)k;
    for (size_t i = 1; i <= a.n; i++) {
        int *row = rows[i % 3];
        const int *above = rows[(i + 2) % 3];
        const int *two_above = rows[(i + 1) % 3];
        char x = lower(a.p[i - 1]);
        int best = row[0] = (int)i;
        for (size_t k = 1; k <= b.n; k++) {
            char y = lower(b.p[k - 1]);
            int steps = above[k - 1] + (x != y);
            steps = smaller(steps, above[k] + 1);
            steps = smaller(steps, row[k - 1] + 1);
            if (i > 1 && k > 1 && x == lower(b.p[k - 2]) && lower(a.p[i - 2]) == y)
                steps = smaller(steps, two_above[k - 2] + 1);
            row[k] = steps;
            best = smaller(best, steps);
        }
        if (best > max)
            return max + 1;
    }
    return smaller(rows[a.n % 3][b.n], max + 1);
}
