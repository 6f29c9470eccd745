/* Free text in what columns hold. A column whose entries are values of the record, as they stand
 * there, says of many rows at once that the text is in them; what no column says, the record is
 * asked. An entry that may have been printed otherwise than it is written there (a number, a list,
 * an object as one text) says nothing. */
#include "query/eval/internal.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "query/eval/match.h"
#include "query/eval/scan.h"

enum { CHECK_EVERY = 16384 };

/* Fields that take the text of one value of the record: those that screens show anyway. */
static const enum th_field fields[] = {
    TH_F_EVENT_ACTION,      TH_F_EVENT_PROVIDER,     TH_F_SOURCE_ADDRESS, TH_F_CLOUD_REGION,
    TH_F_USER_IDENTITY_ARN, TH_F_ACCESS_KEY_ID,      TH_F_ERROR_CODE,     TH_F_ERROR_MESSAGE,
    TH_F_USER_TARGET_NAME,  TH_F_USER_AGENT_ORIGINAL};

/* Could the text be a number's? An address has more dots. */
static bool is_numeric(struct th_str text)
{
    size_t dots = 0;
    if (th_str_is(text, "Infinity") || th_str_is(text, "-Infinity") || th_str_is(text, "NaN"))
        return true;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if ((c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E')
            return false;
        dots += c == '.';
    }
    return dots < 2;
}

static bool is_as_written(struct th_str text)
{
    return text.n > 0 && text.p[0] != '[' && text.p[0] != '{' && !is_numeric(text);
}

/* Entries that pass; how many. */
static size_t judge(const struct th_eval *e, const struct th_node *leaf,
                    const struct th_column *column, uint8_t *pass)
{
    size_t n = 0;
    for (uint32_t code = 1; code < column->texts_n; code++) {
        struct th_str text = column->texts[code];
        if (code % CHECK_EVERY == 0 && th_cancelled(e->cancel))
            return 0;
        pass[code] = text.p != NULL && th_match_free(leaf, text) && is_as_written(text);
        n += pass[code];
    }
    return n;
}

static void add_column(const struct th_eval *e, const struct th_node *leaf, enum th_field field,
                       struct th_bits *value)
{
    const struct th_column *column;
    struct th_bits rows;
    if (th_table_column(e->table, field, &column, NULL) != TH_OK)
        return;
    uint8_t *pass = th_xcalloc((size_t)column->texts_n + 1, 1);
    if (judge(e, leaf, column, pass) > 0) {
        th_scan_codes(column, pass, &rows);
        th_bits_or(value, &rows);
        th_bits_fini(&rows);
    }
    free(pass);
}

void th_eval_free(const struct th_eval *e, const struct th_node *leaf, struct th_bits *value,
                  struct th_bits *known)
{
    if (th_bits_count(known) == known->n)
        return;
    for (size_t i = 0; i < TH_COUNT(fields) && !th_cancelled(e->cancel); i++)
        add_column(e, leaf, fields[i], value);
    th_bits_or(known, value);
}
