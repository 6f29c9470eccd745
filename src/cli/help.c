/* Help and version, made from the option table: at most 80 columns, options grouped by command,
 * examples last. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <libdeflate.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <yaml.h>
#include <zlib.h>

#include "cli/cli.h"
#include "store/case/version.h"

#include "config.h"
#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#endif
#ifdef HAVE_MAXMINDDB
#include <maxminddb.h>
#endif

#define HELP_WIDTH  80
#define HELP_INDENT 26

struct example {
    enum cli_command_id command;
    const char *line, *help;
};

static const struct example examples[] = {
#define TH_EXAMPLE(command, line, help) {CLI_##command, line, help},
#include "options.def"
#undef TH_EXAMPLE
};

/* Words of text, wrapped between columns indent and HELP_WIDTH; the cursor stands at column at. */
static void wrap(const char *text, int at, int indent)
{
    while (*text != '\0') {
        int n = (int)strcspn(text, " ");
        if (at > indent && at + 1 + n > HELP_WIDTH) {
            printf("\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            putchar(' ');
            at++;
        }
        printf("%.*s", n, text);
        at += n;
        text += n;
        while (*text == ' ')
            text++;
    }
    putchar('\n');
}

static void option_line(const struct cli_option *o)
{
    char left[64];
    snprintf(left, sizeof left, "  %c%c%s--%s%s%s", o->letter == '\0' ? ' ' : '-',
             o->letter == '\0' ? ' ' : o->letter, o->letter == '\0' ? "  " : ", ", o->name,
             o->argument == NULL ? "" : " ", o->argument == NULL ? "" : o->argument);
    int n = (int)strlen(left);
    printf("%s", left);
    if (n >= HELP_INDENT) {
        putchar('\n');
        n = 0;
    }
    printf("%*s", HELP_INDENT - n, "");
    wrap(o->help, HELP_INDENT, HELP_INDENT);
}

static void option_group(const char *title, enum cli_command_id command, bool common)
{
    bool any = false;
    for (int i = 0; i < OPT_COUNT; i++) {
        const struct cli_option *o = cli_option((enum cli_option_id)i);
        bool everywhere = o->commands == (1u << CLI_COMMAND_COUNT) - 1;
        if ((o->commands & (1u << command)) == 0 || everywhere != common)
            continue;
        if (!any)
            printf("\n%s\n", title);
        any = true;
        option_line(o);
    }
}

static void overview(void)
{
    puts("\nCommands");
    for (int i = 1; i < CLI_COMMAND_COUNT; i++) {
        const struct cli_command *c = cli_command((enum cli_command_id)i);
        printf("  %-10s ", c->name);
        wrap(c->help, 13, 13);
    }
    puts("\n`trailhound COMMAND --help` tells the options of a command.");
}

void cli_help(enum cli_command_id command, bool with_overview)
{
    const struct cli_command *c = cli_command(command);
    printf("usage: trailhound%s%s [OPTION…]%s%s\n\n", c->name[0] == '\0' ? "" : " ", c->name,
           c->arguments[0] == '\0' ? "" : " ", c->arguments);
    if (with_overview)
        wrap("Trailhound is a workbench for AWS CloudTrail evidence: import a folder of trail "
             "files, see what is suspicious, filter, pivot, export.",
             0, 0);
    else
        wrap(c->help, 0, 0);
    if (c->more[0] != '\0') {
        putchar('\n');
        wrap(c->more, 0, 0);
    }
    if (with_overview)
        overview();
    option_group("Options", command, false);
    option_group("Options of every command", command, true);
    bool any = false;
    for (size_t i = 0; i < TH_COUNT(examples); i++) {
        if (examples[i].command != command)
            continue;
        if (!any)
            puts("\nExamples");
        any = true;
        printf("  %s\n      ", examples[i].line);
        wrap(examples[i].help, 6, 6);
    }
    if (with_overview)
        wrap("\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 findings at or above --fail-on, 4 "
             "done but some records or files were rejected, 130 interrupted.",
             0, 0);
}

void cli_version(void)
{
    char pcre2[64] = "";
    pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
    printf("trailhound %s\n", PACKAGE_VERSION);
    printf("sqlite %s\njansson %s\nzlib %s\nlibdeflate %s\npcre2 %s\nlibyaml %s\n",
           th_sqlite_version(), jansson_version_str(), zlibVersion(), LIBDEFLATE_VERSION_STRING,
           pcre2, yaml_get_version_string());
#ifdef HAVE_LIBARCHIVE
    printf("%s\n", archive_version_string());
#else
    printf("without libarchive: archives can't be read\n");
#endif
#ifdef HAVE_MAXMINDDB
    printf("libmaxminddb %s\n", MMDB_lib_version());
#else
    printf("without libmaxminddb: places of addresses are not looked up\n");
#endif
}

int cli_cmd_help(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    enum cli_command_id command = CLI_OPEN;
    if (o->args_n > 1)
        return cli_fail_usage(cli, "help takes one command");
    if (o->args_n == 1 && !cli_command_find(o->args[0], &command)) {
        const char *near = cli_command_near(o->args[0]);
        return near == NULL
                   ? cli_fail_usage(cli, "no command '%s'", o->args[0])
                   : cli_fail_usage(cli, "no command '%s', did you mean %s?", o->args[0], near);
    }
    cli_help(command, o->args_n == 0);
    return CLI_EXIT_OK;
}

int cli_cmd_version(struct cli *cli)
{
    if (cli->options->args_n > 0)
        return cli_fail_usage(cli, "version takes no argument");
    cli_version();
    return CLI_EXIT_OK;
}
