/* The role table. One row per role carries every palette, so that a new role can't be forgotten in
 * one of them. */
#include "ui/term/theme.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

#define NONE 0u
#define B    UI_ATTR_BOLD
#define D    UI_ATTR_DIM
#define U    UI_ATTR_UNDERLINE
#define R    UI_ATTR_REVERSE

static const struct row {
    const char *name;
    char letter;
    short dark, dark_bg, light, light_bg, eight, eight_bg;
    unsigned attrs, mono;
} rows[UI_ROLE_COUNT] = {
#define UI_ROLE(id, letter, dark, dark_bg, light, light_bg, eight, eight_bg, attrs, mono)          \
    {#id, letter, dark, dark_bg, light, light_bg, eight, eight_bg, attrs, mono},
#include "theme.def"
#undef UI_ROLE
};

struct ui_look ui_theme_look(enum ui_role role, enum ui_theme theme, int colours)
{
    const struct row *row = &rows[role];
    if (theme == UI_THEME_MONO || colours < 8)
        return (struct ui_look){-1, -1, row->mono};
    if (colours < 256)
        return (struct ui_look){row->eight, row->eight_bg, row->attrs};
    if (theme == UI_THEME_LIGHT)
        return (struct ui_look){row->light, row->light_bg, row->attrs};
    return (struct ui_look){row->dark, row->dark_bg, row->attrs};
}

char ui_role_letter(enum ui_role role)
{
    return rows[role].letter;
}

const char *ui_role_name(enum ui_role role)
{
    return rows[role].name;
}

static const char *const names[] = {"auto", "dark", "light", "mono"};

const char *ui_theme_name(enum ui_theme theme)
{
    return names[theme];
}

int ui_theme_parse(const char *name)
{
    for (size_t i = 0; i < TH_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return (int)i;
    return -1;
}

enum ui_theme ui_theme_guess(const char *colorfgbg, const char *no_color)
{
    if (no_color != NULL && no_color[0] != '\0')
        return UI_THEME_MONO;
    const char *bg = colorfgbg == NULL ? NULL : strrchr(colorfgbg, ';');
    if (bg == NULL)
        return UI_THEME_DARK;
    long colour = strtol(bg + 1, NULL, 10);
    return colour == 7 || colour == 15 ? UI_THEME_LIGHT : UI_THEME_DARK;
}
