/*
 * utf8.h - UTF-8 as code points
 *
 * RFC 3629.  Works on the caller's bytes.
 */
#ifndef EVENTS_UTF8_H
#define EVENTS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The code point at *p, which is before end; moves *p behind it.  -EBADMSG
 * for what is not well-formed (surrogates, overlong forms, cut sequences).
 */
int32_t utf8_next(const char **p, const char *end);

/* True when all len bytes are well-formed; zero bytes are. */
bool utf8_valid(const char *p, size_t len);

#endif
