/* Files outside that know more of a value than the record says. What is named must work; what is
 * only usual is used when it is there. A case holds values of one set of files at a time: an import
 * that comes with other files makes the older values anew, so that two events from one address
 * never tell different places. */
#include <stdlib.h>

#include "app/app_private.h"
#include "base/mem.h"

static const char *const usual_places[] = {"/usr/share/GeoIP", "/var/lib/GeoIP"};

static enum th_code load_places(struct th_enrich *enrich, const char *named, struct th_err *err)
{
    if (named != NULL)
        return th_enrich_places(enrich, named, err);
    const char *variable = getenv("TRAILHOUND_GEOIP");
    if (variable != NULL) {
        enum th_code rc = variable[0] == '\0' ? TH_OK : th_enrich_places(enrich, variable, err);
        return rc == TH_OK ? rc : th_err_prefix(err, rc, "TRAILHOUND_GEOIP");
    }
    for (size_t i = 0; i < TH_COUNT(usual_places); i++)
        /* Where something is wrong the search ends, so that the note tells it. */
        if (th_enrich_places(enrich, usual_places[i], NULL) != TH_E_NOT_FOUND)
            break;
    return TH_OK;
}

static enum th_code load_agents(struct th_enrich *enrich, const char *named, struct th_err *err)
{
    enum th_code rc = th_enrich_user_agents(enrich, named, named == NULL ? NULL : err);
    return named == NULL ? TH_OK : rc;
}

enum th_code th_app_files_load(const struct th_app_files *files, struct th_enrich **out,
                               struct th_err *err)
{
    struct th_enrich *enrich = th_enrich_new();
    enum th_code rc = load_agents(enrich, files->user_agents, err);
    if (rc == TH_OK)
        rc = load_places(enrich, files->geoip, err);
    if (rc != TH_OK) {
        th_enrich_free(enrich);
        return rc;
    }
    *out = enrich;
    return TH_OK;
}

enum th_code th_app_files_settle(th_case *c, const struct th_enrich *enrich, uint64_t new_events,
                                 uint64_t *renewed, struct th_err *err)
{
    bool same = false;
    struct th_derive_done done;
    struct th_case_summary summary;
    *renewed = 0;
    enum th_code rc = th_case_derived_by(c, enrich, &same, err);
    if (rc != TH_OK || same)
        return rc;
    rc = th_case_summary(c, &summary, err);
    if (rc != TH_OK)
        return rc;
    if (summary.events == new_events)
        return th_case_note_derived(c, enrich, err);
    rc = th_case_derive(c, enrich, NULL, &done, err);
    if (rc == TH_OK)
        *renewed = done.changed;
    return rc;
}

/* [A,B] and [C] to [A,B,C]. */
static void join_arrays(struct th_buf *out, const struct th_buf *array)
{
    struct th_str inner = th_str_sub(th_buf_str(array), 1, array->n - 2);
    if (inner.n == 0)
        return;
    if (out->n > 0 && out->p[out->n - 1] != '[')
        th_buf_putc(out, ',');
    th_buf_add_str(out, inner);
}

static enum th_code describe(const struct th_enrich *enrich, struct th_buf *out, struct th_err *err)
{
    struct th_buf files = TH_BUF_INIT;
    enum th_code rc = TH_OK;
    th_buf_putc(out, '[');
    for (enum th_enrich_kind kind = 0; kind < TH_ENRICH_KINDS && rc == TH_OK; kind++) {
        th_buf_reset(&files);
        rc = th_enrich_describe(enrich, kind, &files, err);
        if (rc == TH_OK)
            join_arrays(out, &files);
    }
    th_buf_putc(out, ']');
    th_buf_fini(&files);
    return rc;
}

enum th_code th_app_enrich(th_app *app, const struct th_app_files *files, th_cancel *cancel,
                           struct th_app_enriched *out, struct th_err *err)
{
    struct th_enrich *enrich = NULL;
    *out = (struct th_app_enriched){.databases = TH_BUF_INIT, .notes = TH_BUF_INIT};
    enum th_code rc = th_app_files_load(files, &enrich, err);
    if (rc != TH_OK)
        return rc;
    out->no_user_agents = !th_enrich_has(enrich, TH_ENRICH_AGENTS);
    out->no_places = !th_enrich_has(enrich, TH_ENRICH_PLACES);
    if (out->no_user_agents && out->no_places)
        rc = th_err_set(err, TH_E_NOT_FOUND,
                        "neither MaxMind databases nor uap-core's regexes.yaml are in the usual "
                        "places; name them with --geoip DIR and --user-agents FILE");
    if (rc == TH_OK)
        rc = th_case_derive(app->c, enrich, cancel, &out->done, err);
    if (rc == TH_OK)
        rc = describe(enrich, &out->databases, err);
    if (rc == TH_OK)
        th_enrich_notes(enrich, &out->notes);
    th_enrich_free(enrich);
    return rc;
}

void th_app_enriched_fini(struct th_app_enriched *enriched)
{
    th_buf_fini(&enriched->databases);
    th_buf_fini(&enriched->notes);
}
