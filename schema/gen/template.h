/* One section of gen: the Elasticsearch component template. */
#ifndef SCHEMA_GEN_TEMPLATE_H
#define SCHEMA_GEN_TEMPLATE_H

/* Write it to standard output; called once. Ends the program when the table can't be a mapping. */
void gen_template(void);

#endif
