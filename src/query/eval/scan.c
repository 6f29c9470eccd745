/* Scans: 64 rows become one word.
 *
 * The rows' answers are first written as 64 bytes of 0 or 1, by loops of fixed length that
 * compilers turn into vector code, then packed eight bytes at a time: the multiplication moves bit
 * 0 of byte i to bit 56 + i. When only one or two entries pass, comparing codes is quicker than
 * looking every one up. */
#include "query/eval/scan.h"

enum { BLOCK = 64 };

static uint64_t pack(const uint8_t answers[BLOCK])
{
    uint64_t word = 0;
    for (int i = 0; i < BLOCK; i += 8) {
        uint64_t bytes;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        memcpy(&bytes, answers + i, 8);
#else
        bytes = 0;
        for (int k = 0; k < 8; k++)
            bytes |= (uint64_t)answers[i + k] << (8 * k);
#endif
        word |= (bytes * UINT64_C(0x0102040810204080) >> 56) << i;
    }
    return word;
}

/* The blocks that are whole; the caller does the rest row by row. */
#define SCAN_BLOCKS(type, answer)                                                                  \
    do {                                                                                           \
        const type *codes = column->codes;                                                         \
        for (size_t word = 0; word < blocks; word++) {                                             \
            const type *c = codes + word * BLOCK;                                                  \
            uint8_t answers[BLOCK];                                                                \
            for (int i = 0; i < BLOCK; i++)                                                        \
                answers[i] = (uint8_t)(answer);                                                    \
            out->w[word] = pack(answers);                                                          \
        }                                                                                          \
    } while (0)

static void scan_table(const struct th_column *column, const uint8_t *pass, size_t blocks,
                       struct th_bits *out)
{
    switch (column->width) {
    case 1:
        SCAN_BLOCKS(uint8_t, pass[c[i]]);
        break;
    case 2:
        SCAN_BLOCKS(uint16_t, pass[c[i]]);
        break;
    case 4:
        SCAN_BLOCKS(uint32_t, pass[c[i]]);
        break;
    }
}

/* One entry passes, or two. */
static void scan_equal(const struct th_column *column, uint32_t a, uint32_t b, size_t blocks,
                       struct th_bits *out)
{
    switch (column->width) {
    case 1:
        SCAN_BLOCKS(uint8_t, (c[i] == (uint8_t)a) | (c[i] == (uint8_t)b));
        break;
    case 2:
        SCAN_BLOCKS(uint16_t, (c[i] == (uint16_t)a) | (c[i] == (uint16_t)b));
        break;
    case 4:
        SCAN_BLOCKS(uint32_t, (c[i] == a) | (c[i] == b));
        break;
    }
}

/* The entries that pass, when they are one or two. Returns their number, at most 3. */
static int few(const uint8_t *pass, uint32_t n, uint32_t found[2])
{
    int count = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!pass[i])
            continue;
        if (count == 2)
            return 3;
        found[count++] = i;
    }
    if (count == 1)
        found[1] = found[0];
    return count;
}

static void fill(struct th_bits *out, size_t rows, bool value)
{
    if (value)
        th_bits_init_ones(out, rows);
    else
        th_bits_init(out, rows);
}

void th_scan_codes(const struct th_column *column, const uint8_t *pass, struct th_bits *out)
{
    uint32_t found[2] = {0, 0};
    size_t blocks = column->rows / BLOCK;
    if (column->width == 0) {
        fill(out, column->rows, pass[0] != 0);
        return;
    }
    th_bits_init(out, column->rows);
    int n = few(pass, column->texts_n, found);
    if (n == 0)
        return;
    if (n <= 2)
        scan_equal(column, found[0], found[1], blocks, out);
    else
        scan_table(column, pass, blocks, out);
    for (size_t row = blocks * BLOCK; row < column->rows; row++)
        if (pass[th_column_code(column, row)])
            th_bits_put(out, row);
}

void th_scan_codes_of(const struct th_column *column, const uint8_t *pass,
                      const struct th_bits *candidates, struct th_bits *out)
{
    th_bits_init(out, column->rows);
    for (size_t row = th_bits_next(candidates, 0); row < column->rows;
         row = th_bits_next(candidates, row + 1))
        if (pass[th_column_code(column, row)])
            th_bits_put(out, row);
}

void th_scan_times(const int64_t *num, size_t rows, int64_t lo, int64_t hi, struct th_bits *out)
{
    size_t blocks = rows / BLOCK;
    th_bits_init(out, rows);
    /* One comparison: hi - lo as unsigned covers what lies between. */
    uint64_t width = (uint64_t)hi - (uint64_t)lo;
    for (size_t word = 0; word < blocks; word++) {
        const int64_t *v = num + word * BLOCK;
        uint8_t answers[BLOCK];
        for (int i = 0; i < BLOCK; i++)
            answers[i] = (uint8_t)((uint64_t)v[i] - (uint64_t)lo <= width);
        out->w[word] = pack(answers);
    }
    for (size_t row = blocks * BLOCK; row < rows; row++)
        if (num[row] >= lo && num[row] <= hi)
            th_bits_put(out, row);
}
