/* The command line as data: schema/options.def read into tables, and the parser over them. */
#ifndef TH_CLI_OPTIONS_H
#define TH_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum cli_command_id {
#define TH_COMMAND(id, name, arguments, help, more) CLI_##id,
#include "options.def"
#undef TH_COMMAND
    CLI_COMMAND_COUNT
};

enum cli_option_id {
#define TH_OPTION(id, letter, name, argument, commands, help) OPT_##id,
#include "options.def"
#undef TH_OPTION
    OPT_COUNT
};

struct cli_command {
    const char *name, *arguments, *help, *more;
};
struct cli_option {
    char letter; /* 0: none */
    const char *name, *argument;
    uint32_t commands;
    const char *help;
};

const struct cli_command *cli_command(enum cli_command_id id);
const struct cli_option *cli_option(enum cli_option_id id);

/* What was typed. values of an option: the last one given, or all of them for those that may come
 * several times. All borrowed from argv. */
struct cli_options {
    enum cli_command_id command;
    bool command_named;
    bool given[OPT_COUNT];
    const char *value[OPT_COUNT];
    const char **rules; /* every --rules */
    size_t rules_n;
    const char **include, **exclude; /* every --include, --exclude */
    size_t include_n, exclude_n;
    const char **args; /* what is no option */
    size_t args_n;
};

/* Parse argv[1 …]. TH_E_USAGE with a message that names the word and what it might have meant. On
 * success owned: cli_options_fini. */
TH_NODISCARD enum th_code cli_options_parse(int argc, char **argv, struct cli_options *out,
                                            struct th_err *err);
void cli_options_fini(struct cli_options *options);

/* A whole number from 0 (or min) to max. TH_E_USAGE names the option. */
TH_NODISCARD enum th_code cli_option_number(const struct cli_options *options,
                                            enum cli_option_id id, uint64_t min, uint64_t max,
                                            uint64_t missing, uint64_t *out, struct th_err *err);

/* The same for bytes, with a unit of 1024 behind the number: 500M, 2G. */
TH_NODISCARD enum th_code cli_option_size(const struct cli_options *options, enum cli_option_id id,
                                          uint64_t min, uint64_t max, uint64_t missing,
                                          uint64_t *out, struct th_err *err);

/* The command with this name; false when there is none. */
bool cli_command_find(const char *word, enum cli_command_id *out);
/* The command whose name is nearest to a word that was typed, or NULL when none is near: for "did
 * you mean query?". */
const char *cli_command_near(const char *word);

/* Help for one command, or the overview (CLI_OPEN when no command was named), on standard output.
 */
void cli_help(enum cli_command_id command, bool overview);
/* Version of the program and of each library it stands on, on standard output. */
void cli_version(void);

#endif
