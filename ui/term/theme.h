/* Roles of text on the screen and how each looks: schema/theme.def as data. */
#ifndef UI_TERM_THEME_H
#define UI_TERM_THEME_H

enum ui_role {
#define UI_ROLE(id, letter, dark, dark_bg, light, light_bg, eight, eight_bg, attrs, mono) UI_R_##id,
#include "theme.def"
#undef UI_ROLE
    UI_ROLE_COUNT
};

enum ui_theme {
    UI_THEME_AUTO, /* dark, unless the terminal says it is light (COLORFGBG) */
    UI_THEME_DARK,
    UI_THEME_LIGHT,
    UI_THEME_MONO,
};

#define UI_ATTR_BOLD      1u
#define UI_ATTR_DIM       2u
#define UI_ATTR_UNDERLINE 4u
#define UI_ATTR_REVERSE   8u

/* How a role looks: colours (-1 = the terminal's own) and UI_ATTR_… */
struct ui_look {
    int fg, bg;
    unsigned attrs;
};

/* Look of a role on a terminal of so many colours (under 8: none) in a theme (AUTO counts as dark).
 */
struct ui_look ui_theme_look(enum ui_role role, enum ui_theme theme, int colours);

/* The letter of a role, as tests write it, and its name. */
char ui_role_letter(enum ui_role role);
const char *ui_role_name(enum ui_role role);

/* "dark", "light", "mono", "auto"; -1 for anything else. And back. */
int ui_theme_parse(const char *name);
const char *ui_theme_name(enum ui_theme theme);

/* What AUTO means here: from $COLORFGBG ("15;0" is light text on black) and $NO_COLOR; both may be
 * NULL. */
enum ui_theme ui_theme_guess(const char *colorfgbg, const char *no_color);

#endif
