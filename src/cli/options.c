/* One pass over argv. Options may stand before or after the command; `--` ends them; an option that
 * the command doesn't take is an error, never ignored. The first word that is a command's name is
 * the command, and only there: `trailhound ./query` imports a folder. */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/term/theme.h"

enum {
#define TH_COMMAND(id, name, arguments, help, more) C_##id = 1 << CLI_##id,
#include "options.def"
#undef TH_COMMAND
    C_ANY = (1 << CLI_COMMAND_COUNT) - 1
};

static const struct cli_command commands[] = {
#define TH_COMMAND(id, name, arguments, help, more) {name, arguments, help, more},
#include "options.def"
#undef TH_COMMAND
};

static const struct cli_option options_table[] = {
#define TH_OPTION(id, letter, name, argument, takes, help)                                         \
    {letter, name, argument, (uint32_t)(takes), help},
#include "options.def"
#undef TH_OPTION
};

const struct cli_command *cli_command(enum cli_command_id id)
{
    return &commands[id];
}

const struct cli_option *cli_option(enum cli_option_id id)
{
    return &options_table[id];
}

static int find_long(struct th_str name)
{
    for (int i = 0; i < OPT_COUNT; i++)
        if (th_str_is(name, options_table[i].name))
            return i;
    return -1;
}

static int find_letter(char letter)
{
    for (int i = 0; i < OPT_COUNT; i++)
        if (letter != '\0' && options_table[i].letter == letter)
            return i;
    return -1;
}

bool cli_command_find(const char *word, enum cli_command_id *out)
{
    for (int i = 0; i < CLI_COMMAND_COUNT; i++)
        if (commands[i].name[0] != '\0' && strcmp(commands[i].name, word) == 0) {
            *out = (enum cli_command_id)i;
            return true;
        }
    return false;
}

static enum th_code unknown_option(struct th_str name, struct th_err *err)
{
    const char *best = NULL;
    int best_distance = 3;
    for (int i = 0; i < OPT_COUNT; i++) {
        int d = th_text_distance(name, th_str_of(options_table[i].name), best_distance - 1);
        if (d < best_distance) {
            best_distance = d;
            best = options_table[i].name;
        }
    }
    if (best != NULL)
        return th_err_set(err, TH_E_USAGE, "unknown option --%.*s, did you mean --%s?",
                          TH_STR_ARGS(name), best);
    return th_err_set(err, TH_E_USAGE, "unknown option --%.*s", TH_STR_ARGS(name));
}

const char *cli_command_near(const char *word)
{
    const char *best = NULL;
    int best_distance = 3;
    for (int i = 0; i < CLI_COMMAND_COUNT; i++) {
        struct th_str name = th_str_of(commands[i].name);
        int d = th_text_distance(th_str_of(word), name, 2);
        /* Half of a short name is another word. */
        if (d < best_distance && (size_t)d * 2 <= name.n && name.n > 2) {
            best_distance = d;
            best = commands[i].name;
        }
    }
    return best;
}

struct parse {
    int argc;
    char **argv;
    int at;
    struct cli_options *out;
    struct th_err *err;
};

static enum th_code store(struct parse *p, int option, const char *inline_value)
{
    const struct cli_option *o = &options_table[option];
    const char *value = inline_value;
    if (o->argument == NULL) {
        if (inline_value != NULL)
            return th_err_set(p->err, TH_E_USAGE, "option --%s takes no value", o->name);
    } else if (value == NULL) {
        if (p->at + 1 >= p->argc)
            return th_err_set(p->err, TH_E_USAGE, "option --%s needs a value: --%s %s", o->name,
                              o->name, o->argument);
        value = p->argv[++p->at];
    }
    p->out->given[option] = true;
    p->out->value[option] = value;
    if (option == OPT_RULES)
        p->out->rules[p->out->rules_n++] = value;
    else if (option == OPT_INCLUDE)
        p->out->include[p->out->include_n++] = value;
    else if (option == OPT_EXCLUDE)
        p->out->exclude[p->out->exclude_n++] = value;
    return TH_OK;
}

static enum th_code long_option(struct parse *p, const char *word)
{
    struct th_str name = th_str_of(word);
    ptrdiff_t equals = th_str_find(name, '=');
    const char *value = NULL;
    if (equals >= 0) {
        value = word + equals + 1;
        name.n = (size_t)equals;
    }
    int option = find_long(name);
    return option < 0 ? unknown_option(name, p->err) : store(p, option, value);
}

static enum th_code letters(struct parse *p, const char *word)
{
    for (const char *c = word; *c != '\0'; c++) {
        int option = find_letter(*c);
        if (option < 0)
            return th_err_set(p->err, TH_E_USAGE, "unknown option -%c", *c);
        if (options_table[option].argument != NULL)
            return store(p, option, c[1] != '\0' ? c + 1 : NULL);
        enum th_code rc = store(p, option, NULL);
        if (rc != TH_OK)
            return rc;
    }
    return TH_OK;
}

static enum th_code word(struct parse *p, bool *options_ended)
{
    const char *text = p->argv[p->at];
    if (!*options_ended && strcmp(text, "--") == 0) {
        *options_ended = true;
        return TH_OK;
    }
    if (!*options_ended && text[0] == '-' && text[1] == '-')
        return long_option(p, text + 2);
    if (!*options_ended && text[0] == '-' && text[1] != '\0')
        return letters(p, text + 1);
    if (!*options_ended && !p->out->command_named && p->out->args_n == 0 &&
        cli_command_find(text, &p->out->command)) {
        p->out->command_named = true;
        return TH_OK;
    }
    p->out->args[p->out->args_n++] = text;
    return TH_OK;
}

static enum th_code check_taken(const struct cli_options *o, struct th_err *err)
{
    const char *near = o->command_named || o->args_n == 0 ? NULL : cli_command_near(o->args[0]);
    for (int i = 0; i < OPT_COUNT; i++)
        if (o->given[i] && (options_table[i].commands & (1u << o->command)) == 0) {
            if (o->command_named)
                return th_err_set(err, TH_E_USAGE, "%s takes no option --%s",
                                  commands[o->command].name, options_table[i].name);
            if (near != NULL)
                return th_err_set(err, TH_E_USAGE, "no command '%s', did you mean %s?", o->args[0],
                                  near);
            return th_err_set(err, TH_E_USAGE, "option --%s needs a command that takes it",
                              options_table[i].name);
        }
    return TH_OK;
}

static enum th_code check_color(const struct cli_options *o, struct th_err *err)
{
    const char *when = o->value[OPT_COLOR];
    if (when == NULL || strcmp(when, "auto") == 0 || strcmp(when, "always") == 0 ||
        strcmp(when, "never") == 0)
        return TH_OK;
    return th_err_set(err, TH_E_USAGE, "option --color takes auto, always or never, not '%s'",
                      when);
}

static enum th_code check_theme(const struct cli_options *o, struct th_err *err)
{
    const char *name = o->value[OPT_THEME];
    if (name == NULL || ui_theme_parse(name) >= 0)
        return TH_OK;
    return th_err_set(err, TH_E_USAGE, "option --theme takes auto, dark, light or mono, not '%s'",
                      name);
}

enum th_code cli_options_parse(int argc, char **argv, struct cli_options *out, struct th_err *err)
{
    memset(out, 0, sizeof *out);
    out->command = CLI_OPEN;
    out->rules = th_xcalloc((size_t)argc + 1, sizeof *out->rules);
    out->include = th_xcalloc((size_t)argc + 1, sizeof *out->include);
    out->exclude = th_xcalloc((size_t)argc + 1, sizeof *out->exclude);
    out->args = th_xcalloc((size_t)argc + 1, sizeof *out->args);
    struct parse p = {argc, argv, 1, out, err};
    bool options_ended = false;
    enum th_code rc = TH_OK;
    for (; rc == TH_OK && p.at < argc; p.at++)
        rc = word(&p, &options_ended);
    if (rc == TH_OK && !out->given[OPT_HELP] && !out->given[OPT_VERSION])
        rc = check_taken(out, err);
    if (rc == TH_OK)
        rc = check_color(out, err);
    if (rc == TH_OK)
        rc = check_theme(out, err);
    if (rc != TH_OK)
        cli_options_fini(out);
    return rc;
}

void cli_options_fini(struct cli_options *options)
{
    free(options->rules);
    free(options->include);
    free(options->exclude);
    free(options->args);
    options->rules = NULL;
    options->include = NULL;
    options->exclude = NULL;
    options->args = NULL;
}

/* Digits at the beginning of text; returns what stands behind them, NULL when there are none or too
 * many. */
static const char *whole_number(const char *text, uint64_t *value)
{
    const char *c = text;
    *value = 0;
    for (; *c >= '0' && *c <= '9'; c++)
        if (__builtin_mul_overflow(*value, UINT64_C(10), value) ||
            __builtin_add_overflow(*value, (uint64_t)(*c - '0'), value))
            return NULL;
    return c == text ? NULL : c;
}

enum th_code cli_option_number(const struct cli_options *options, enum cli_option_id id,
                               uint64_t min, uint64_t max, uint64_t missing, uint64_t *out,
                               struct th_err *err)
{
    *out = missing;
    if (!options->given[id])
        return TH_OK;
    const char *text = options->value[id];
    uint64_t value;
    const char *behind = whole_number(text, &value);
    if (behind == NULL || *behind != '\0' || value < min || value > max)
        return th_err_set(
            err, TH_E_USAGE, "option --%s takes a whole number from %llu to %llu, not '%s'",
            options_table[id].name, (unsigned long long)min, (unsigned long long)max, text);
    *out = value;
    return TH_OK;
}

enum th_code cli_option_size(const struct cli_options *options, enum cli_option_id id, uint64_t min,
                             uint64_t max, uint64_t missing, uint64_t *out, struct th_err *err)
{
    static const char units[] = "KMGT";
    *out = missing;
    if (!options->given[id])
        return TH_OK;
    const char *text = options->value[id];
    uint64_t value;
    const char *behind = whole_number(text, &value);
    const char *unit = behind != NULL && *behind != '\0' ? strchr(units, *behind) : NULL;
    if (unit != NULL) {
        uint64_t factor = UINT64_C(1) << (10 * (unit - units + 1));
        behind = __builtin_mul_overflow(value, factor, &value) ? NULL : behind + 1;
    }
    if (behind == NULL || *behind != '\0' || value < min || value > max)
        return th_err_set(err, TH_E_USAGE,
                          "option --%s takes a number of bytes from %llu to %llu such as 500M or "
                          "2G (K, M, G, T: units of 1024), not '%s'",
                          options_table[id].name, (unsigned long long)min, (unsigned long long)max,
                          text);
    *out = value;
    return TH_OK;
}
