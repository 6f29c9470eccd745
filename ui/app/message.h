/* What the line above the keys says: one message for each thing that has something to say, so that
 * none is painted over by another's. Knows neither curses nor the workbench. */
#ifndef UI_APP_MESSAGE_H
#define UI_APP_MESSAGE_H

#include "base/buf.h"
#include "ui/term/theme.h"

/* What a message is about. Of two that are equally urgent the one that stands first is shown. */
enum ui_owner {
    UI_OWNER_FILTER,  /* the filter that is being typed */
    UI_OWNER_COMMAND, /* the last key or command: the answer to it */
    UI_OWNER_VIEW,    /* the result that is shown, or is not */
    UI_OWNER_CASE,    /* what is read from the case and written to it */
    UI_OWNER_IMPORT,
    UI_OWNER_RULES,
    UI_OWNERS
};

enum ui_message_state {
    UI_MESSAGE_NONE,  /* never any */
    UI_MESSAGE_WAITS, /* not drawn yet */
    UI_MESSAGE_DRAWN,
    UI_MESSAGE_GONE, /* the text stays for the view of jobs */
};

struct ui_message {
    struct th_buf text;
    enum ui_role role; /* its level: ERROR is more urgent than all others, WARNING than the rest */
    enum ui_message_state state;
};

/* Zeroed: nobody says anything. */
struct ui_messages {
    struct ui_message of[UI_OWNERS];
};

void ui_messages_fini(struct ui_messages *messages);

/* The newest of this owner, in place of the one before. text is copied. */
void ui_messages_put(struct ui_messages *messages, enum ui_owner owner, enum ui_role role,
                     const char *text);

/* It does not hold any more. */
void ui_messages_drop(struct ui_messages *messages, enum ui_owner owner);

/* A key was pressed: the answer to the one before goes, and what was drawn has been seen. What
 * waits stays, and so does what is said of the filter: that holds until it is dropped. */
void ui_messages_key(struct ui_messages *messages);

/* The one to show; NULL: none. While a filter is typed only what is about the filter or answers a
 * key, and the filter's own comes first. Borrowed until something is put. */
const struct ui_message *ui_messages_shown(const struct ui_messages *messages, bool typing);

/* The one that is shown now stands on the screen. */
void ui_messages_drawn(struct ui_messages *messages, bool typing);

#endif
