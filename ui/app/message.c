/* One slot for each owner. Which of them is shown follows from how urgent they are and from what
 * the user is at, not from who spoke last; those that are not shown wait for their turn. */
#include "ui/app/message.h"

static bool is_live(const struct ui_message *message)
{
    return message->state == UI_MESSAGE_WAITS || message->state == UI_MESSAGE_DRAWN;
}

void ui_messages_fini(struct ui_messages *messages)
{
    for (size_t i = 0; i < UI_OWNERS; i++)
        th_buf_fini(&messages->of[i].text);
    *messages = (struct ui_messages){0};
}

void ui_messages_put(struct ui_messages *messages, enum ui_owner owner, enum ui_role role,
                     const char *text)
{
    struct ui_message *message = &messages->of[owner];
    th_buf_reset(&message->text);
    th_buf_puts(&message->text, text);
    message->role = role;
    message->state = UI_MESSAGE_WAITS;
}

void ui_messages_drop(struct ui_messages *messages, enum ui_owner owner)
{
    if (is_live(&messages->of[owner]))
        messages->of[owner].state = UI_MESSAGE_GONE;
}

void ui_messages_key(struct ui_messages *messages)
{
    for (size_t i = 0; i < UI_OWNERS; i++)
        if (i == UI_OWNER_COMMAND ||
            (i != UI_OWNER_FILTER && messages->of[i].state == UI_MESSAGE_DRAWN))
            ui_messages_drop(messages, (enum ui_owner)i);
}

static int urgency(const struct ui_message *message, enum ui_owner owner)
{
    if (message->role == UI_R_ERROR)
        return 3;
    if (owner == UI_OWNER_COMMAND)
        return 2; /* asked for just now, and gone with the next key */
    return message->role == UI_R_WARNING ? 1 : 0;
}

/* SIZE_MAX: none. */
static size_t shown(const struct ui_messages *messages, bool typing)
{
    size_t best = SIZE_MAX;
    if (typing && is_live(&messages->of[UI_OWNER_FILTER]))
        return UI_OWNER_FILTER;
    if (typing)
        return is_live(&messages->of[UI_OWNER_COMMAND]) ? UI_OWNER_COMMAND : SIZE_MAX;
    for (size_t i = 0; i < UI_OWNERS; i++)
        if (is_live(&messages->of[i]) &&
            (best == SIZE_MAX || urgency(&messages->of[i], (enum ui_owner)i) >
                                     urgency(&messages->of[best], (enum ui_owner)best)))
            best = i;
    return best;
}

const struct ui_message *ui_messages_shown(const struct ui_messages *messages, bool typing)
{
    size_t i = shown(messages, typing);
    return i == SIZE_MAX ? NULL : &messages->of[i];
}

void ui_messages_drawn(struct ui_messages *messages, bool typing)
{
    size_t i = shown(messages, typing);
    if (i != SIZE_MAX)
        messages->of[i].state = UI_MESSAGE_DRAWN;
}
