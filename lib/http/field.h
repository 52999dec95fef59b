/*
 * field.h - values inside HTTP header fields
 *
 * RFC 9110 sections 5.6, 8.3, 12.5.1 and 13.1; RFC 6265 section 5.4;
 * RFC 6750 section 2.1.  Pure functions of strings; field is a field's value
 * and may be NULL when a request has none.
 */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* Copy the value of cookie name; false when absent or not below size. */
bool field_cookie(const char *field, const char *name, char *out, size_t size);

/* Copy the token of "Bearer TOKEN"; false when it is not that. */
bool field_bearer(const char *field, char *out, size_t size);

/* Is a Content-Type this media type, whatever its parameters? */
bool field_is_type(const char *field, const char *type);

/* May this media type be sent to who sent Accept?  True when field is NULL. */
bool field_accepts(const char *field, const char *type);

/* Does If-None-Match or If-Match hold this entity tag, or "*"? */
bool field_has_etag(const char *field, const char *etag);

/* Content-Length: digits only.  -1 when it is not, or above max. */
long field_length(const char *field, long max);

#endif
