/* Writes what is derived from the tables: docs/FIELDS.md, sections of the man page, shell
 * completions. One word chooses; the text goes to standard output, so that the build decides where
 * it lives. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "template.h"

struct field_row {
    const char *name, *type, *store, *source, *flags, *doc;
};
static const struct field_row fields[] = {
#define TH_FIELD(id, name, type, store, source, flags, width, doc)                                 \
    {name, #type, #store, source, #flags, doc},
#include "fields.def"
#undef TH_FIELD
};

struct alias_row {
    const char *alias, *id;
};
static const struct alias_row aliases[] = {
#define TH_ALIAS(alias, field) {alias, #field},
#include "aliases.def"
#undef TH_ALIAS
};

static const char *const field_ids[] = {
#define TH_FIELD(id, name, type, store, source, flags, width, doc) #id,
#include "fields.def"
#undef TH_FIELD
};

struct command_row {
    const char *id, *name, *arguments, *help, *more;
};
static const struct command_row commands[] = {
#define TH_COMMAND(id, name, arguments, help, more) {#id, name, arguments, help, more},
#include "options.def"
#undef TH_COMMAND
};

enum {
#define TH_COMMAND(id, name, arguments, help, more) N_##id,
#include "options.def"
#undef TH_COMMAND
    COMMAND_TOTAL
};
enum {
#define TH_COMMAND(id, name, arguments, help, more) C_##id = 1 << N_##id,
#include "options.def"
#undef TH_COMMAND
    C_ANY = (1 << COMMAND_TOTAL) - 1
};

struct option_row {
    char letter;
    const char *name, *argument;
    int takes;
    const char *help;
};
static const struct option_row options[] = {
#define TH_OPTION(id, letter, name, argument, takes, help) {letter, name, argument, takes, help},
#include "options.def"
#undef TH_OPTION
};

struct example_row {
    const char *command, *line, *help;
};
static const struct example_row examples[] = {
#define TH_EXAMPLE(command, line, help) {#command, line, help},
#include "options.def"
#undef TH_EXAMPLE
};

static const char *store_words(const char *store)
{
    static const char *const words[][2] = {
        {"TERM", "column"},
        {"LIST", "column, several values"},
        {"ID", "column, unique"},
        {"TIME", "column, time"},
        {"BOOL", "column"},
        {"OF", "by another field's value"},
        {"CONST", "the same for all"},
        {"EVIDENCE", "computed from the record"},
    };
    for (size_t i = 0; i < TH_COUNT(words); i++)
        if (strcmp(words[i][0], store) == 0)
            return words[i][1];
    return store;
}

static void lower(const char *text)
{
    for (; *text != '\0'; text++)
        putchar(*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text);
}

static void fields_md(void)
{
    puts("# Fields\n\nMade from `schema/fields.def` and `schema/aliases.def`; names and types are "
         "those of Elastic's `aws.cloudtrail` integration,\n"
         "`trailhound.*` are our own. Every name, short name and CloudTrail path works in filters; "
         "columns are in the SQL view `ecs`.\n\n"
         "| field | type | CloudTrail, or where it comes from | stored as | meaning | short names "
         "|\n|---|---|---|---|---|---|");
    for (size_t i = 0; i < TH_COUNT(fields); i++) {
        const struct field_row *f = &fields[i];
        printf("| `%s` | ", f->name);
        lower(f->type);
        printf(" | %s%s%s | %s | %s | ", f->source[0] == '\0' ? "" : "`", f->source,
               f->source[0] == '\0' ? "" : "`", store_words(f->store), f->doc);
        bool first = true;
        for (size_t a = 0; a < TH_COUNT(aliases); a++)
            if (strcmp(aliases[a].id, field_ids[i]) == 0) {
                printf("%s`%s`", first ? "" : " ", aliases[a].alias);
                first = false;
            }
        puts(" |");
    }
    puts(
        "\nNames, paths, clients and the texts of request and answer have a second form for words: "
        "`user.name.text: ivy`.\n\n"
        "What a column shows is what the document of the event holds. A list of several values in "
        "a "
        "field that has one is shown as\na JSON list; an object, where a text belongs, is in the "
        "document and not in the column. A value of a type that the\nintegration doesn't expect "
        "makes "
        "`event.kind` `pipeline_error`; the event keeps everything that can be told without it.\n\n"
        "Members of `resources` beside `ARN`, `accountId` and `type` (`ARNPrefix`, say) stand in "
        "documents as they are in the record,\nbut are no fields: look for them as words. The same "
        "holds "
        "for everything that the integration drops.");
}

/* Text for mdoc: a leading dot or apostrophe would be a request, a backslash an escape. */
static void mdoc(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text != '\0'; text++)
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (text[0] == '.' && text[1] == ' ' && text[2] >= 'A' &&
                 text[2] <= 'Z') { /* mdoc wants a new sentence on a new line */
            fputs(".\n", stdout);
            text++;
        } else
            putchar(*text);
}

static void man_options_of(int command, bool common)
{
    for (size_t i = 0; i < TH_COUNT(options); i++) {
        const struct option_row *o = &options[i];
        bool everywhere = o->takes == C_ANY;
        if (everywhere != common || (command >= 0 && (o->takes & 1 << command) == 0))
            continue;
        fputs(".It ", stdout);
        if (o->letter != '\0')
            printf("Fl %c , ", o->letter);
        printf("Fl Fl %s", o->name);
        if (o->argument != NULL)
            printf(" Ar %s", o->argument);
        putchar('\n');
        mdoc(o->help);
        putchar('\n');
    }
}

static void man_commands(void)
{
    for (int i = 0; i < COMMAND_TOTAL; i++) {
        const struct command_row *c = &commands[i];
        printf(".Ss trailhound%s%s%s%s\n", c->name[0] == '\0' ? "" : " ", c->name,
               c->arguments[0] == '\0' ? "" : " ", c->arguments);
        mdoc(c->help);
        puts(".");
        if (c->more[0] != '\0') {
            mdoc(c->more);
            putchar('\n');
        }
        puts(".Bl -tag -width Ds");
        man_options_of(i, false);
        puts(".El");
    }
    puts(".Ss Options of every command\n.Bl -tag -width Ds");
    man_options_of(-1, true);
    puts(".El");
}

static void man_examples(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < TH_COUNT(examples); i++) {
        fputs(".It Li \"", stdout);
        for (const char *p = examples[i].line; *p != '\0'; p++)
            fputs(*p == '"' ? "\"\"" : (const char[]){*p, '\0'}, stdout);
        puts("\"");
        mdoc(examples[i].help);
        putchar('\n');
    }
    puts(".El");
}

/* Caps of an import, which are options of it. */
static void man_limits(void)
{
    static const struct {
        const char *option, *argument, *help;
    } limits[] = {
#define TH_LIMIT(id, member, option, argument, unit, usual, least, most, words, help)              \
    {option, argument, help},
#include "limits.def"
#undef TH_LIMIT
    };
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < TH_COUNT(limits); i++) {
        printf(".It Fl Fl %s Ar %s\n", limits[i].option, limits[i].argument);
        mdoc(limits[i].help);
        putchar('\n');
    }
    puts(".El");
}

static void man_fields(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < TH_COUNT(aliases); i++)
        for (size_t f = 0; f < TH_COUNT(fields); f++)
            if (strcmp(aliases[i].id, field_ids[f]) == 0)
                printf(".It Cm %s\n.Li %s\n", aliases[i].alias, fields[f].name);
    puts(".El");
}

static void bash(void)
{
    puts("# bash completion for trailhound, made from schema/options.def and schema/fields.def");
    fputs("_trailhound() {\n    local cur=${COMP_WORDS[COMP_CWORD]} "
          "prev=${COMP_WORDS[COMP_CWORD-1]} command= word\n    local commands='",
          stdout);
    for (int i = 1; i < COMMAND_TOTAL; i++)
        printf("%s%s", i > 1 ? " " : "", commands[i].name);
    fputs("'\n    local fields='", stdout);
    for (size_t i = 0; i < TH_COUNT(fields); i++)
        printf("%s%s", i > 0 ? " " : "", fields[i].name);
    puts("'\n    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n        case \" $commands \" "
         "in *\" $word \"*) command=$word; break ;; esac\n    done\n"
         "    case $prev in\n"
         "    --fields | --sort | facets) COMPREPLY=($(compgen -W \"$fields\" -- \"$cur\")); "
         "return ;;\n"
         "    --format) COMPREPLY=($(compgen -W 'table jsonl csv ecs raw source' -- \"$cur\")); "
         "return ;;\n"
         "    --level | --fail-on) COMPREPLY=($(compgen -W 'informational low medium high "
         "critical' -- \"$cur\")); return ;;\n"
         "    --state) COMPREPLY=($(compgen -W 'new confirmed benign' -- \"$cur\")); return ;;\n"
         "    --retain) COMPREPLY=($(compgen -W 'all keyword flattened minimal none' -- "
         "\"$cur\")); return ;;\n"
         "    esac\n    case $cur in\n    -*)\n        case $command in");
    for (int c = COMMAND_TOTAL - 1; c >= 0; c--) {
        printf("        %s) COMPREPLY=($(compgen -W '", c == 0 ? "*" : commands[c].name);
        bool first = true;
        for (size_t i = 0; i < TH_COUNT(options); i++)
            if ((options[i].takes & 1 << c) != 0) {
                printf("%s--%s", first ? "" : " ", options[i].name);
                first = false;
            }
        puts("' -- \"$cur\")) ;;");
    }
    puts("        esac\n        return ;;\n    esac\n    if [ -z \"$command\" ]; then\n        "
         "COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
         "    elif [ \"$command\" = facets ]; then\n        COMPREPLY=($(compgen -W \"$fields\" -- "
         "\"$cur\"))\n    else\n        COMPREPLY=($(compgen -f -- \"$cur\"))\n    fi\n}\n"
         "complete -o filenames -F _trailhound trailhound");
}

static void zsh(void)
{
    puts("#compdef trailhound\n# zsh completion for trailhound, made from schema/options.def and "
         "schema/fields.def\nautoload -U +X bashcompinit && bashcompinit");
    bash();
}

struct section {
    const char *name;
    void (*write)(void);
};
static const struct section sections[] = {
    {"fields", fields_md},  {"commands", man_commands}, {"examples", man_examples},
    {"limits", man_limits}, {"aliases", man_fields},    {"bash", bash},
    {"zsh", zsh},           {"template", gen_template},
};

static bool section_named(const char *name)
{
    for (size_t i = 0; i < TH_COUNT(sections); i++)
        if (strcmp(sections[i].name, name) == 0) {
            sections[i].write();
            return true;
        }
    return false;
}

/* man TEMPLATE: a line "@name@" becomes that section. */
static int man(const char *path)
{
    FILE *file = fopen(path, "re");
    char line[4096];
    if (file == NULL) {
        perror(path);
        return 1;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        size_t n = strlen(line);
        if (n > 3 && line[0] == '@' && line[n - 2] == '@') {
            line[n - 2] = '\0';
            if (!section_named(line + 1)) {
                fprintf(stderr, "%s: no section %s\n", path, line + 1);
                fclose(file);
                return 1;
            }
        } else {
            fputs(line, stdout);
        }
    }
    fclose(file);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "man") == 0)
        return man(argv[2]);
    if (argc == 2 && section_named(argv[1]))
        return 0;
    fputs("usage: gen fields|commands|examples|limits|aliases|bash|zsh|template|man TEMPLATE\n",
          stderr);
    return 2;
}
