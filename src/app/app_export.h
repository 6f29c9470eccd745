/* Events of a case in one of the formats of export/exporter.h. */
#ifndef TH_APP_APP_EXPORT_H
#define TH_APP_APP_EXPORT_H

#include "app/app.h"
#include "export/exporter.h"

struct th_app_export {
    const struct th_exporter *how;
    struct th_flat_fields fields; /* see struct th_export; borrowed */
    struct th_doc_options doc;
    bool one_line;
    /* One text after the other, on the calling thread. */
    enum th_code (*write)(void *ctx, struct th_str text, struct th_err *err);
    void *ctx;
};

/* Write the events rows, oldest first. *cut: cells that had to be cut. The first error of write or
 * of reading; TH_E_CANCELLED. An event whose record can't be read is left out: th_table_lost. */
TH_NODISCARD enum th_code th_app_export(th_app *app, const struct th_app_export *what,
                                        const struct th_bits *rows, th_cancel *cancel, size_t *cut,
                                        struct th_err *err);

#endif
