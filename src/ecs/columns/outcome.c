/* What became of the call, what kind of call it was, and how loudly its row is shown. */
#include "base/text.h"
#include "ecs/columns/internal.h"
#include "ecs/field/verb.h"

/* Sign-ins say more in additionalEventData: anything but "No" counts as yes. */
static void map_console_login(struct th_mapper *m)
{
    struct th_values *out = m->out;
    struct th_str mobile = th_map_string(m, TH_S_LOGIN_MOBILE);
    struct th_str mfa = th_map_string(m, TH_S_LOGIN_MFA);
    if (th_map_is_no_object(m, TH_S_ADDITIONAL_EVENTDATA)) {
        m->error = true;
        return;
    }
    if (th_map_is_there(m, TH_S_LOGIN_MOBILE))
        out->num[TH_F_CONSOLE_LOGIN_MOBILE_VERSION] = !th_str_is(mobile, "No");
    if (th_map_is_there(m, TH_S_LOGIN_MFA))
        out->num[TH_F_CONSOLE_LOGIN_MFA_USED] = !th_str_is(mfa, "No");
    out->text[TH_F_CONSOLE_LOGIN_LOGIN_TO] = th_map_slot(m, TH_S_LOGIN_TO);
}

/* What a sign-in was answered, in lower case; absent when the record doesn't say. */
static struct th_str login_outcome(struct th_mapper *m)
{
    struct th_str answer = th_map_slot(m, TH_S_CONSOLE_LOGIN_ANSWER);
    if (th_map_is_odd(m, TH_S_CONSOLE_LOGIN_ANSWER)) {
        m->error = true;
        return TH_STR_NONE;
    }
    if (answer.p == NULL)
        return TH_STR_NONE;
    struct th_buf lower = TH_BUF_INIT;
    th_text_lower(&lower, answer);
    answer = th_arena_dup(m->arena, th_buf_str(&lower));
    th_buf_fini(&lower);
    return answer;
}

/* Anything logged about an error, even something that isn't one: the pipeline looks no closer. */
static bool has_error(const struct th_mapper *m)
{
    return m->out->text[TH_F_ERROR_CODE].p != NULL || m->out->text[TH_F_ERROR_MESSAGE].p != NULL ||
           th_map_is_odd(m, TH_S_ERROR_CODE) || th_map_is_odd(m, TH_S_ERROR_MESSAGE);
}

void th_map_outcome(struct th_mapper *m)
{
    struct th_values *out = m->out;
    struct th_str outcome = TH_STR_NONE;
    if (th_str_is(out->text[TH_F_EVENT_ACTION], "ConsoleLogin")) {
        map_console_login(m);
        outcome = login_outcome(m);
    }
    if (outcome.p == NULL)
        outcome = has_error(m) ? TH_STR("failure") : TH_STR("success");
    out->text[TH_F_EVENT_OUTCOME] = outcome;
}

static struct th_str verb_text(char verb)
{
    static const char letters[] = "RWDSIN?";
    const char *at = strchr(letters, verb);
    return (struct th_str){at == NULL ? "?" : at, 1};
}

/* Called from another account than the one that delivered the event? */
static bool is_cross_account(const struct th_mapper *m)
{
    struct th_str caller = th_map_slot(m, TH_S_IDENTITY_ACCOUNT_ID);
    struct th_str recipient = m->out->text[TH_F_RECIPIENT_ACCOUNT_ID];
    return caller.p != NULL && recipient.p != NULL && !th_str_eq(caller, recipient);
}

void th_map_tone(struct th_mapper *m)
{
    struct th_values *out = m->out;
    int64_t read_only = out->num[TH_F_READ_ONLY];
    char verb = th_verb_judge(m->row, out->text[TH_F_EVENT_ACTION], out->text[TH_F_CT_EVENT_TYPE],
                              out->text[TH_F_CT_EVENT_CATEGORY],
                              read_only == TH_VALUE_NONE ? -1 : read_only != 0);
    bool failed = th_str_is(out->text[TH_F_EVENT_OUTCOME], "failure") || has_error(m);
    bool sensitive = m->row != NULL && (m->row->flags & TH_EVENT_SENSITIVE) != 0;
    bool root = th_str_is(out->text[TH_F_USER_IDENTITY_TYPE], "Root");

    out->num[TH_F_OWN_SENSITIVE] = sensitive;
    out->text[TH_F_OWN_VERB] = verb_text(verb);
    if (verb == 'D' || failed)
        out->text[TH_F_OWN_TONE] = TH_STR("alarming");
    else if (verb == 'W' || sensitive || root || is_cross_account(m))
        out->text[TH_F_OWN_TONE] = TH_STR("notable");
    else
        out->text[TH_F_OWN_TONE] = TH_STR("routine");
}
