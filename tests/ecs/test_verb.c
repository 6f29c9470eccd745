#include "ecs/field/verb.h"

#include "base/compiler.h"
#include "lib/tap.h"

static char verb(const char *name, const char *type, const char *category, int read_only)
{
    return th_verb_of(th_str_of(name), th_str_of(type), th_str_of(category), read_only);
}

static void is_verb(char got, char want, const char *name)
{
    if (!tap_ok(got == want, "%s", name))
        tap_note("got %c, want %c", got, want);
}

/* Each path of a target starts at a container and has something behind the dot. */
static bool is_target(const char *target)
{
    static const char *const roots[] = {"requestParameters.", "responseElements.", "resources."};
    while (*target != '\0') {
        size_t n = strcspn(target, "|+");
        bool good = false;
        for (size_t i = 0; i < TH_COUNT(roots); i++)
            good =
                good || (n > strlen(roots[i]) && strncmp(target, roots[i], strlen(roots[i])) == 0);
        if (!good || target[n - 1] == '.' || memmem(target, n, "..", 2) != NULL)
            return false;
        if (target[n] != '\0' && target[n + 1] == '\0')
            return false;
        target += n + (target[n] != '\0');
    }
    return true;
}

static void test_table(void)
{
    size_t n;
    const struct th_event_info *rows = th_event_table(&n);
    int unsorted = 0;
    int lost = 0;
    int bad_verbs = 0;
    int bad_targets = 0;
    int bad_flags = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(rows[i - 1].name, rows[i].name) >= 0) {
            unsorted++;
            tap_note("%s stands behind %s", rows[i].name, rows[i - 1].name);
        }
        lost += th_event_info(th_str_of(rows[i].name)) != &rows[i];
        bad_verbs += rows[i].verb == '\0' || strchr("RWD", rows[i].verb) == NULL;
        bad_flags += (rows[i].flags & ~TH_EVENT_SENSITIVE) != 0;
        if (!is_target(rows[i].target)) {
            bad_targets++;
            tap_note("%s: target \"%s\"", rows[i].name, rows[i].target);
        }
    }
    tap_ok(n > 100, "there is an event table");
    tap_is_int(unsorted, 0, "events.def is sorted by bytes and names are unique");
    tap_is_int(lost, 0, "every row is found");
    tap_is_int(bad_verbs, 0, "verbs are R, W or D");
    tap_is_int(bad_flags, 0, "no unknown flags");
    tap_is_int(bad_targets, 0, "targets are paths into the containers");
    tap_ok(th_event_info(TH_STR_NONE) == NULL && th_event_info(TH_STR("")) == NULL,
           "no name, no row");
    tap_ok(th_event_info(TH_STR("AAAA")) == NULL && th_event_info(TH_STR("zzzz")) == NULL &&
               th_event_info(TH_STR("ConsoleLogi")) == NULL &&
               th_event_info(TH_STR("ConsoleLoginn")) == NULL &&
               th_event_info((struct th_str){"ConsoleLogin\0x", 14}) == NULL,
           "neighbours of names have none");
    tap_ok(th_event_info((struct th_str){"ConsoleLoginX", 12}) != NULL, "a name is a slice");
}

static void test_order(void)
{
    is_verb(verb("X", "AwsServiceEvent", NULL, -1), 'S', "a service event");
    is_verb(verb("DeleteTrail", "AwsServiceEvent", "Management", 0), 'S', "before the table");
    is_verb(verb("X", "AwsCloudTrailInsight", "Insight", -1), 'I', "an insight");
    is_verb(verb("X", NULL, "Insight", -1), 'I', "an insight by category alone");
    is_verb(verb("GetObject", "AwsVpceEvent", "NetworkActivity", 1), 'N', "network activity");
    is_verb(verb("GetObject", NULL, "NetworkActivity", 1), 'N', "network activity by category");
    is_verb(verb("StopLogging", "AwsApiCall", "Management", 0), 'D', "the table");
    is_verb(verb("GetSecretValue", "AwsApiCall", "Management", -1), 'R', "a sensitive read");
    is_verb(verb("DeleteTrail", "AwsApiCall", "Management", 1), 'D', "the table before readOnly");
    is_verb(verb("FrobnicateThing", "AwsApiCall", NULL, 1), 'R', "readOnly true");
    is_verb(verb("FrobnicateThing", "AwsApiCall", NULL, 0), 'W', "readOnly false");
    is_verb(verb("DeleteFrob", "AwsApiCall", NULL, 0), 'D',
            "readOnly false and a name that destroys");
    is_verb(verb("DeleteFrob", "AwsApiCall", NULL, 1), 'R', "readOnly true wins over the name");
    is_verb(verb("GetFrob", NULL, NULL, 0), 'W', "readOnly false wins over a reading name");
}

static void test_names(void)
{
    is_verb(verb("GetFrob", NULL, NULL, -1), 'R', "GetFrob");
    is_verb(verb("ListFrobs", NULL, NULL, -1), 'R', "ListFrobs");
    is_verb(verb("DescribeFrobs", NULL, NULL, -1), 'R', "DescribeFrobs");
    is_verb(verb("BatchGetFrobs", NULL, NULL, -1), 'R', "BatchGetFrobs");
    is_verb(verb("BatchDeleteFrobs", NULL, NULL, -1), 'D', "BatchDeleteFrobs");
    is_verb(verb("ForceDeleteFrob", NULL, NULL, -1), 'D', "ForceDeleteFrob");
    is_verb(verb("RevokeFrob", NULL, NULL, -1), 'D', "RevokeFrob");
    is_verb(verb("CreateFrob", NULL, NULL, -1), 'W', "CreateFrob");
    is_verb(verb("PutFrob", NULL, NULL, -1), 'W', "PutFrob");
    is_verb(verb("GetawayFrob", NULL, NULL, -1), '?', "GetawayFrob has no known first word");
    is_verb(verb("Get", NULL, NULL, -1), 'R', "Get alone");
    is_verb(verb("getFrob", NULL, NULL, -1), '?', "case counts");
    is_verb(verb("", NULL, NULL, -1), '?', "an empty name");
    is_verb(verb(NULL, NULL, NULL, -1), '?', "no name");
    is_verb(verb(NULL, NULL, NULL, 1), 'R', "no name but readOnly");
    is_verb(verb(" Get List", NULL, NULL, -1), '?', "spaces are no way into the word list");
    is_verb(verb("Batch", NULL, NULL, -1), '?', "Batch alone");
    is_verb(verb("Abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", NULL, NULL, -1), '?',
            "a very long word");
}

int main(void)
{
    test_table();
    test_order();
    test_names();
    return tap_done();
}
