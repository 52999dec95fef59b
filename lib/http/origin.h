/*
 * origin.h - which names and pages a request may come from
 *
 * RFC 6454 (origins), RFC 9110 section 7.2 (Host).  A page of another site
 * can send requests here with a browser's cookies; it cannot hide its own
 * origin.  A name that somebody else's DNS points here (rebinding) cannot
 * hide either.  Pure functions of strings.
 */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct origin {
	bool secure; /* https */
	uint16_t port;
	char host[256]; /* lower case, IPv6 in brackets */
};

struct site {
	bool tls;                     /* this server speaks TLS itself */
	const struct origin *allowed; /* beside its own */
	size_t nallowed;
};

/* "http://HOST[:PORT]" or https, and nothing behind it; false otherwise. */
bool origin_parse(struct origin *o, const char *text);
bool origin_equal(const struct origin *a, const struct origin *b);

/*
 * The origin a request is for, by its Host field.  False when host is
 * malformed, or is neither an address, localhost nor a name of s->allowed.
 */
bool site_origin(const struct site *s, struct origin *self, const char *host);

/* Is origin, the Origin field of a request for self, the same or allowed? */
bool site_trusts(
    const struct site *s, const struct origin *self, const char *origin);

/* Do browsers reach self over TLS, be it a proxy's? */
bool site_secure(const struct site *s, const struct origin *self);

#endif
