/* Verifying a case: the comparison is the store's; the files that values come from, and the
 * program's version, come from here. */
#include "app/app.h"

#include "config.h"

enum th_code th_app_verify(const char *case_path, const struct th_app_files *files, int jobs,
                           const char *temp, const struct th_verify_sink *sink, th_cancel *cancel,
                           struct th_verify_totals *totals, struct th_err *err)
{
    struct th_enrich *enrich = NULL;
    *totals = (struct th_verify_totals){0};
    enum th_code rc = th_app_files_load(files, &enrich, err);
    if (rc != TH_OK)
        return rc;
    const struct th_verify_options options = {
        .jobs = jobs, .enrich = enrich, .version = PACKAGE_VERSION, .temp = temp};
    rc = th_case_verify(case_path, &options, sink, cancel, totals, err);
    th_enrich_free(enrich);
    return rc;
}
