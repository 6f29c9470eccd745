/* Of each text, one piece of four bytes is kept in a table: the one that fewest of the others have.
 * Going over a record, each four bytes are looked up in a bitmap, which grows with the number of
 * texts; where it says yes, the texts with that piece are compared. So a record costs its length
 * and what it nearly holds, however many texts there are. */
#include "query/eval/needles.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/dict.h"
#include "base/mem.h"

#define PIECE 4u

enum {
    SLOT_BITS_MIN = 16,
    SLOT_BITS_MAX = 22,
    SPARE = 16, /* slots for each text */
};

struct needle {
    uint32_t piece;
    uint32_t number; /* code in texts, less one */
    uint32_t at;     /* of the piece in it */
};

struct th_needles {
    th_dict *texts; /* folded */
    struct th_buf folded;
    unsigned slot_bits;
    uint64_t *may;          /* by slot: does it have needles? */
    uint32_t *start;        /* of a slot's needles; the next slot's is the end */
    struct needle *needles; /* by slot */
};

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static uint32_t slot_of(const th_needles *needles, uint32_t piece)
{
    return piece * UINT32_C(0x9e3779b1) >> (32u - needles->slot_bits);
}

static uint32_t piece_at(struct th_str folded, size_t at)
{
    uint32_t piece = 0;
    for (size_t i = 0; i < PIECE; i++)
        piece = piece << 8 | (unsigned char)folded.p[at + i];
    return piece;
}

th_needles *th_needles_new(void)
{
    th_needles *needles = th_xcalloc(1, sizeof *needles);
    needles->texts = th_dict_new();
    return needles;
}

void th_needles_free(th_needles *needles)
{
    if (needles == NULL)
        return;
    th_dict_free(needles->texts);
    th_buf_fini(&needles->folded);
    free(needles->may);
    free(needles->start);
    free(needles->needles);
    free(needles);
}

uint32_t th_needles_add(th_needles *needles, struct th_str text)
{
    if (text.n < PIECE)
        return TH_NEEDLE_NONE;
    th_buf_reset(&needles->folded);
    for (size_t i = 0; i < text.n; i++)
        th_buf_putc(&needles->folded, (char)fold(text.p[i]));
    return th_dict_intern(needles->texts, th_buf_str(&needles->folded)) - 1;
}

/* How often each slot is hit by all pieces of all texts. */
static uint32_t *count_slots(const th_needles *needles, uint32_t n)
{
    uint32_t *count = th_xcalloc((size_t)1 << needles->slot_bits, sizeof *count);
    for (uint32_t i = 0; i < n; i++) {
        struct th_str text = th_dict_text(needles->texts, i + 1);
        for (size_t at = 0; at + PIECE <= text.n; at++)
            count[slot_of(needles, piece_at(text, at))]++;
    }
    return count;
}

static uint32_t rarest(const th_needles *needles, struct th_str text, const uint32_t *count)
{
    uint32_t best = 0;
    for (size_t at = 1; at + PIECE <= text.n; at++)
        if (count[slot_of(needles, piece_at(text, at))] <
            count[slot_of(needles, piece_at(text, best))])
            best = (uint32_t)at;
    return best;
}

size_t th_needles_ready(th_needles *needles)
{
    uint32_t n = th_dict_count(needles->texts);
    needles->slot_bits = SLOT_BITS_MIN;
    while (needles->slot_bits < SLOT_BITS_MAX &&
           UINT64_C(1) << needles->slot_bits < UINT64_C(1) * n * SPARE)
        needles->slot_bits++;
    const size_t slots = (size_t)1 << needles->slot_bits;
    needles->may = th_xcalloc(slots / 64, sizeof *needles->may);
    needles->start = th_xcalloc(slots + 1, sizeof *needles->start);
    uint32_t *count = count_slots(needles, n);
    uint32_t *at = th_xcalloc(n + 1u, sizeof *at);
    for (uint32_t i = 0; i < n; i++) {
        struct th_str text = th_dict_text(needles->texts, i + 1);
        at[i] = rarest(needles, text, count);
        needles->start[slot_of(needles, piece_at(text, at[i])) + 1]++;
    }
    for (size_t s = 0; s < slots; s++) {
        if (needles->start[s + 1] != 0)
            needles->may[s / 64] |= UINT64_C(1) << s % 64;
        needles->start[s + 1] += needles->start[s];
        count[s] = needles->start[s]; /* from here on: where the next one goes */
    }
    needles->needles = th_xcalloc(n + 1u, sizeof *needles->needles);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t piece = piece_at(th_dict_text(needles->texts, i + 1), at[i]);
        needles->needles[count[slot_of(needles, piece)]++] = (struct needle){piece, i, at[i]};
    }
    free(at);
    free(count);
    return n;
}

static bool stands_at(struct th_str text, size_t at, struct th_str folded)
{
    if (at > text.n || folded.n > text.n - at)
        return false;
    for (size_t i = 0; i < folded.n; i++)
        if (fold(text.p[at + i]) != (unsigned char)folded.p[i])
            return false;
    return true;
}

/* The piece that ends before byte end hits a slot. */
static void compare_slot(const th_needles *needles, uint32_t piece, struct th_str text, size_t end,
                         struct th_bits *seen)
{
    uint32_t slot = slot_of(needles, piece);
    for (uint32_t i = needles->start[slot]; i < needles->start[slot + 1]; i++) {
        const struct needle *needle = &needles->needles[i];
        if (needle->piece == piece && end - PIECE >= needle->at &&
            !th_bits_get(seen, needle->number) &&
            stands_at(text, end - PIECE - needle->at,
                      th_dict_text(needles->texts, needle->number + 1)))
            th_bits_put(seen, needle->number);
    }
}

void th_needles_find(const th_needles *needles, struct th_str text, struct th_bits *seen)
{
    uint32_t piece = 0;
    memset(seen->w, 0, th_bits_words(seen->n) * sizeof *seen->w);
    for (size_t i = 0; i < text.n; i++) {
        piece = piece << 8 | fold(text.p[i]);
        uint32_t slot = slot_of(needles, piece);
        if ((needles->may[slot / 64] >> slot % 64 & 1) != 0 && i + 1 >= PIECE)
            compare_slot(needles, piece, text, i + 1, seen);
    }
}
