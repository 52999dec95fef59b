/*
 * text.h - what reader and writer share: private to lib/sdp
 */
#ifndef SDP_TEXT_H
#define SDP_TEXT_H

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "link/line.h"

enum { SDP_FEEDBACK_NAMES = 5 };

/* In the order of enum sdp_feedback's bits. */
extern const char *const sdp_feedback_names[SDP_FEEDBACK_NAMES];

/* The next word as a string; "", and bad, when it has a NUL or does not fit. */
static inline void
text_read(struct words *w, char *out, size_t size)
{
	size_t len;
	const char *p = words_next(w, &len);

	w->bad |= len >= size || memchr(p, '\0', len);
	if (w->bad)
		len = 0;
	memcpy(out, p, len);
	out[len] = '\0';
}

/* Whether they are s, in any case. */
static inline bool
text_is(const char *p, size_t len, const char *s)
{
	return len == strlen(s) && strncasecmp(p, s, len) == 0;
}

/* RFC 8839 section 5.1: whether all are ice-char. */
static inline bool
text_is_ice(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
			    "xyz0123456789+/",
			p[i], 64))
			return false;
	return true;
}

#endif
