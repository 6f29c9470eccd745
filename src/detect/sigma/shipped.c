/* Where the rules that come with the program are. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/system.h"
#include "detect/sigma/rules.h"

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The folder of the running program, NULL when it can't be known. Owned. */
static char *program_folder(void)
{
    char *path = th_program_path();
    char *slash = path == NULL ? NULL : strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    return path;
}

/* Beside the program as it stands in a build: in its own source tree, or in a build tree below or
 * beside it. */
static char *built_folder(void)
{
    static const char *const places[] = {"data/rules", "../data/rules", "../../data/rules"};
    char *program = program_folder();
    char *found = NULL;
    for (size_t i = 0; program != NULL && found == NULL && i < TH_COUNT(places); i++) {
        char *path = th_xasprintf("%s/%s", program, places[i]);
        if (is_folder(path))
            found = path;
        else
            free(path);
    }
    free(program);
    return found;
}

char *th_rules_shipped(void)
{
    const char *named = getenv("TRAILHOUND_RULES");
    if (named != NULL && *named != '\0')
        return th_xstrdup(named);
    char *built = built_folder();
    if (built != NULL)
        return built;
#ifdef TH_DATADIR
    if (is_folder(TH_DATADIR "/rules"))
        return th_xstrdup(TH_DATADIR "/rules");
#endif
    return NULL;
}
