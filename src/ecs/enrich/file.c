/* Which files gave the values, told so that a case can say later where they come from: name, kind,
 * date and hash. A file is hashed when asked for, not when loaded: most runs never ask. */
#include "ecs/enrich/file.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/mem.h"

enum { BLOCK_BYTES = 65536 };

enum th_code th_enrich_file_hash(const char *path, char hex[2 * TH_SHA256_BYTES + 1],
                                 struct th_err *err)
{
    uint8_t digest[TH_SHA256_BYTES];
    enum th_code rc = TH_OK;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return th_err_errno(err, "%s", path);
    char *block = th_xmalloc(BLOCK_BYTES);
    th_sha256 *state = th_sha256_new();
    size_t n;
    while ((n = fread(block, 1, BLOCK_BYTES, file)) > 0)
        th_sha256_update(state, block, n);
    if (ferror(file) != 0)
        rc = th_err_errno(err, "%s", path);
    th_sha256_final(state, digest);
    th_sha256_hex(digest, hex);
    free(block);
    fclose(file);
    return rc;
}

enum th_code th_enrich_file_write(const struct th_enrich_file *file, struct th_jsonw *w,
                                  struct th_err *err)
{
    char hex[2 * TH_SHA256_BYTES + 1];
    enum th_code rc = th_enrich_file_hash(file->path, hex, err);
    if (rc != TH_OK)
        return rc;
    struct th_str path = th_str_of(file->path);
    ptrdiff_t slash = th_str_rfind(path, '/');
    th_jsonw_begin_object(w);
    th_jsonw_key(w, "type");
    th_jsonw_string(w, th_str_of(file->type));
    if (file->built_ms != TH_TIME_NONE) {
        th_jsonw_key(w, "built");
        th_jsonw_time(w, file->built_ms);
    }
    th_jsonw_key(w, "file");
    th_jsonw_string(w, th_str_sub(path, (size_t)(slash + 1), path.n));
    th_jsonw_key(w, "sha256");
    th_jsonw_string(w, th_str_of(hex));
    th_jsonw_end_object(w);
    return TH_OK;
}
