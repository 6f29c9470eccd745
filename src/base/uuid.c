/* UUIDs: text to bytes and back, without a branch per digit: import reads two an event. */
#include "base/uuid.h"

/* Value of a lower-case hexadecimal digit plus one; 0 for every other byte. Two digits are looked
 * up without a branch. */
static const uint8_t hex_plus_one[256] = {
    ['0'] = 1, ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

/* Where each byte's first digit stands. */
static const uint8_t uuid_digit[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

bool th_uuid_parse(struct th_str text, uint8_t out[16])
{
    if (text.n != TH_UUID_CHARS || text.p[8] != '-' || text.p[13] != '-' || text.p[18] != '-' ||
        text.p[23] != '-')
        return false;
    uint8_t bytes[16];
    unsigned wrong = 0;
    for (size_t i = 0; i < 16; i++) {
        unsigned high = hex_plus_one[(unsigned char)text.p[uuid_digit[i]]] - 1u;
        unsigned low = hex_plus_one[(unsigned char)text.p[uuid_digit[i] + 1]] - 1u;
        wrong |= high | low;
        bytes[i] = (uint8_t)(high << 4 | (low & 0x0f));
    }
    if (wrong > 0x0f)
        return false;
    memcpy(out, bytes, sizeof bytes);
    return true;
}

void th_uuid_text(const uint8_t uuid[16], char out[TH_UUID_CHARS + 1])
{
    static const char digits[] = "0123456789abcdef";
    memcpy(out, "00000000-0000-0000-0000-000000000000", TH_UUID_CHARS + 1);
    for (size_t i = 0; i < 16; i++) {
        out[uuid_digit[i]] = digits[uuid[i] >> 4];
        out[uuid_digit[i] + 1] = digits[uuid[i] & 15];
    }
}
