/* trailhound enrich: what files outside know of user agents and addresses, made anew for the whole
 * case. */
#include "cli/cli.h"

#include <inttypes.h>

#include "base/text.h"

static const struct cli_column columns[] = {
    {"user_agents", NULL, true}, {"addresses", NULL, true},  {"values", NULL, true},
    {"changed", NULL, true},     {"databases", NULL, false},
};

static int figures(enum cli_format format, const struct th_app_enriched *enriched)
{
    const struct cli_cell cells[] = {
        cli_number((int64_t)enriched->done.user_agents),
        cli_number((int64_t)enriched->done.addresses),
        cli_number((int64_t)enriched->done.values),
        cli_number((int64_t)enriched->done.changed),
        {.kind = CLI_RAW, .text = th_buf_str(&enriched->databases)},
    };
    cli_out *out = cli_out_begin(stdout, format, columns, TH_COUNT(columns));
    cli_out_row(out, cells);
    return cli_end_out(out, CLI_EXIT_OK);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void words(const char *name, const struct th_app_enriched *enriched)
{
    const struct th_derive_done *done = &enriched->done;
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, th_str_of(name), cli_ascii_only());
    printf("%s: %" PRIu64 " user agent%s and %" PRIu64 " address%s looked up, %" PRIu64
           " value%s changed\n",
           th_buf_cstr(&safe), done->user_agents, plural(done->user_agents), done->addresses,
           done->addresses == 1 ? "" : "es", done->changed, plural(done->changed));
    struct th_str notes = th_buf_str(&enriched->notes);
    for (size_t at = 0; at < notes.n;) {
        struct th_str rest = th_str_sub(notes, at, notes.n);
        ptrdiff_t end = th_str_find(rest, '\n');
        struct th_str line = th_str_sub(rest, 0, end < 0 ? rest.n : (size_t)end);
        th_buf_reset(&safe);
        th_text_sanitise(&safe, line, cli_ascii_only());
        printf("  %s\n", th_buf_cstr(&safe));
        at += line.n + 1;
    }
    if (enriched->no_user_agents)
        puts("  what the case knew of user agents was kept");
    if (enriched->no_places)
        puts("  what the case knew of places was kept");
    th_buf_fini(&safe);
}

int cli_cmd_enrich(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    const struct th_app_files files = {.geoip = o->value[OPT_GEOIP],
                                       .user_agents = o->value[OPT_USER_AGENTS]};
    struct th_app_enriched enriched;
    struct th_err err = {0};
    enum cli_format format = CLI_TABLE;
    th_app *app = NULL;
    enum th_code rc = cli_format_of(o->value[OPT_FORMAT], &format, &err);
    if (rc != TH_OK || o->args_n > 0)
        return cli_fail_usage(cli, "%s", rc != TH_OK ? err.msg : "enrich takes no argument");
    rc = cli_open_app(cli, TH_CASE_WRITE, &app, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    int code = CLI_EXIT_OK;
    rc = th_app_enrich(app, &files, cli->cancel, &enriched, &err);
    /* As for import: words for a person, figures for a program, which asks with --format. */
    if (rc != TH_OK)
        code = cli_fail(rc, &err);
    else if (o->given[OPT_FORMAT] && format != CLI_TABLE)
        code = figures(format, &enriched);
    else if (!o->given[OPT_QUIET])
        words(th_app_name(app), &enriched);
    th_app_enriched_fini(&enriched);
    return cli_close(app, code);
}
