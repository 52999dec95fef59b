/*
 * query.h - the query of a URI and bodies of that form
 *
 * application/x-www-form-urlencoded, as in the URL Standard section 5.  Pure
 * functions of strings; nothing is allocated.
 */
#ifndef HTTP_QUERY_H
#define HTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copy the decoded value of the first parameter of that name in "a=b&c=d".
 * False when there is none, it is not below size, or holds a malformed or
 * zero %XX.
 */
bool query_value(const char *query, const char *name, char *out, size_t size);

/* The query of a URI, behind the question mark, or "". */
const char *query_of(const char *uri);

/* Copy a URI without the parameters of that name; false: not below size. */
bool query_without(const char *uri, const char *name, char *out, size_t size);

#endif
