/* A query tree as Elasticsearch Query DSL, over the fields of the aws.cloudtrail integration. */
#ifndef TH_QUERY_KQL_DSL_H
#define TH_QUERY_KQL_DSL_H

#include "base/buf.h"
#include "query/ast.h"

/* Append the value of a search's "query" as one line of JSON; everything stands in filter context.
 *
 * Keywords become term, terms, prefix, wildcard and regexp, their .text twins match and
 * match_phrase, paths inside containers keys of aws.cloudtrail.flattened.*. Elasticsearch itself
 * narrows three things: free text there compares words of analysed fields, a regular expression is
 * Lucene's (no look-around), and a key of a flattened field takes no wildcard or regexp in the
 * versions that say so. */
void th_dsl_write(const th_query *query, struct th_buf *out);

#endif
