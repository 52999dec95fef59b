/*
 * field.h - values inside HTTP header fields
 *
 * RFC 9110 sections 5.6, 8.3, 12.5.1, 12.5.3, 13.1, 14.2 and 14.4; RFC 6265
 * section 5.4; RFC 6750 section 2.1; RFC
 * 7617.  Pure functions of strings; field is a
 * field's value and may be NULL when a request has none.
 */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copy the value of cookie name; false when absent or not below size. */
bool field_cookie(const char *field, const char *name, char *out, size_t size);

/* Copy the token of "Bearer TOKEN"; false when it is not that. */
bool field_bearer(const char *field, char *out, size_t size);

/*
 * Decode "Basic BASE64" (RFC 7617); false when it is not that, or one of the
 * two does not fit.  The password may hold colons.
 */
bool field_basic(const char *field, char *user, size_t user_size,
    char *password, size_t password_size);

/* Is a Content-Type this media type, whatever its parameters? */
bool field_is_type(const char *field, const char *type);

/* May this media type be sent to who sent Accept?  True when field is NULL. */
bool field_accepts(const char *field, const char *type);

/* Does Accept-Encoding name this coding, and not as refused? */
bool field_has_coding(const char *field, const char *coding);

/* Does If-None-Match or If-Match hold this entity tag, or "*"? */
bool field_has_etag(const char *field, const char *etag);

#define FIELD_RANGE_MAX ((INT64_C(1) << 53) - 1) /* a browser's numbers */

/*
 * Range of a body of size bytes: *from up to *to, not with it.  0 when there
 * is no single range in bytes and all is to be sent, -ERANGE when there is
 * nothing in it.
 */
int field_range(const char *field, int64_t size, int64_t *from, int64_t *to);

/*
 * Content-Range: "bytes A-B/TOTAL" gives *from A and *to B + 1, and "bytes
 * [*]/TOTAL" (an asterisk) *from -1.  False when it is neither.
 */
bool field_content_range(
    const char *field, int64_t *from, int64_t *to, int64_t *total);

/* Content-Length: digits only.  -1 when it is not, or above max. */
long field_length(const char *field, long max);

#endif
