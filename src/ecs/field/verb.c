/* The event table and the order of judgement: what kind of event it is by itself, then the table,
 * then what AWS says of it, then its name. */
#include "ecs/field/verb.h"

#include "base/compiler.h"

#define R 'R'
#define W 'W'
#define D 'D'
static const struct th_event_info events[] = {
#define TH_EVENT(name, verb, flags, target) {name, verb, flags, target},
#include "events.def"
#undef TH_EVENT
};
#undef R
#undef W
#undef D

static const unsigned char lengths[TH_COUNT(events)] = {
#define TH_EVENT(name, verb, flags, target) sizeof(name) - 1,
#include "events.def"
#undef TH_EVENT
};

const struct th_event_info *th_event_table(size_t *n)
{
    *n = TH_COUNT(events);
    return events;
}

const struct th_event_info *th_event_info(struct th_str event_name)
{
    size_t low = 0;
    size_t high = TH_COUNT(events);
    if (event_name.p == NULL)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        size_t n = lengths[middle];
        int order = memcmp(event_name.p, events[middle].name, event_name.n < n ? event_name.n : n);
        if (order == 0 && event_name.n == n)
            return &events[middle];
        if (order < 0 || (order == 0 && event_name.n < n))
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* First words of names, a space before and behind each. */
static const struct {
    char verb;
    const char *words;
} first_words[] = {
    {'R',
     " Get List Describe Head Lookup Search Query Scan View Check Verify Validate Simulate "
     "Estimate "
     "Preview Read Select Filter Discover Poll Download Count Resolve Retrieve Lookups Find Show "
     "Is Has Peek Receive Detect Compare Calculate Evaluate "},
    {'D',
     " Delete Remove Terminate Destroy Purge Deregister Revoke Disable Deactivate Deprovision Drop "
     "Erase Release Withdraw Leave Detach Abort "},
    {'W',
     " Create Put Update Add Attach Associate Disassociate Start Stop Run Set Modify Enable "
     "Register "
     "Send Publish Tag Untag Upload Copy Import Export Invoke Execute Accept Reject Cancel Change "
     "Reset Restore Rotate Assign Unassign Allocate Apply Authorize Begin Complete Configure "
     "Confirm "
     "Deploy Grant Increase Decrease Initiate Install Issue Join Link Unlink Lock Unlock Merge "
     "Migrate "
     "Move Provision Purchase Push Reboot Record Renew Replace Replicate Request Resend Resize "
     "Resume "
     "Retry Schedule Share Sign Submit Subscribe Unsubscribe Suspend Swap Switch Sync Transfer "
     "Trigger "
     "Upgrade Write Assume Activate Admin Initialize Promote Respond Generate Open Close Reserve "},
};

/* The verb of a name's first word (of the second behind Batch and Force): "BatchDeleteImage" is a
 * Delete, "Getaway" is no Get. '?' when unknown. */
static char verb_by_name(struct th_str name)
{
    char padded[34];
    size_t from = 0;
    if (th_str_starts(name, TH_STR("Batch")) || th_str_starts(name, TH_STR("Force")))
        from = 5;
    size_t n = 0;
    while (from + n < name.n && n < sizeof padded - 2 &&
           (n == 0 || (name.p[from + n] >= 'a' && name.p[from + n] <= 'z')))
        n++;
    if (n < 2)
        return '?';
    padded[0] = ' ';
    memcpy(padded + 1, name.p + from, n);
    padded[n + 1] = ' ';
    for (size_t i = 0; i < TH_COUNT(first_words); i++)
        if (th_str_search(th_str_of(first_words[i].words), (struct th_str){padded, n + 2}) >= 0)
            return first_words[i].verb;
    return '?';
}

char th_verb_judge(const struct th_event_info *row, struct th_str event_name,
                   struct th_str event_type, struct th_str event_category, int read_only)
{
    if (th_str_is(event_category, "Insight") || th_str_is(event_type, "AwsCloudTrailInsight"))
        return 'I';
    if (th_str_is(event_category, "NetworkActivity") || th_str_is(event_type, "AwsVpceEvent"))
        return 'N';
    if (th_str_is(event_type, "AwsServiceEvent"))
        return 'S';
    if (row != NULL)
        return row->verb;
    if (read_only == 1)
        return 'R';
    char verb = event_name.p == NULL ? '?' : verb_by_name(event_name);
    return read_only == 0 && verb != 'D' ? 'W' : verb;
}

char th_verb_of(struct th_str event_name, struct th_str event_type, struct th_str event_category,
                int read_only)
{
    return th_verb_judge(th_event_info(event_name), event_name, event_type, event_category,
                         read_only);
}
