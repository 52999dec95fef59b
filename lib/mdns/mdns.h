/*
 * mdns.h - ask who has a name in .local: RFC 6762
 *
 * Browsers hide the addresses of their candidates behind names that are
 * random: draft-ietf-mmusic-mdns-ice-candidates.  Only such names are asked
 * for, so that nobody learns what else there is on our network.
 *
 * Caller's memory, no allocation, no I/O.
 */
#ifndef MDNS_MDNS_H
#define MDNS_MDNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MDNS_NAME = 42, /* characters: a UUID and ".local" */
	MDNS_QUERY = 12 + 2 * (MDNS_NAME + 2 + 4), /* bytes */
	MDNS_PORT = 5353,
};

/* Is it a UUID in .local, as browsers make them? */
bool mdns_is_hidden(const char *name);

/* Ask for the IPv4 and IPv6 addresses of a name that mdns_is_hidden(). */
void mdns_query(uint8_t out[MDNS_QUERY], const char *name);

/*
 * The first address that a message gives for name, as text.  -ENOENT when it
 * gives none, -EBADMSG when it is malformed before that.
 */
int mdns_answer(const void *message, size_t len, const char *name,
    char address[INET6_ADDRSTRLEN]);

#endif
