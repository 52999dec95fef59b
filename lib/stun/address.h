/*
 * address.h - a transport address: IP address and port
 *
 * Two equal addresses have equal bytes.  Pure: no look-ups, no allocation.
 */
#ifndef STUN_ADDRESS_H
#define STUN_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT = 56 }; /* "[...]:65535" and its NUL */

/* The numbers that STUN uses for them. */
enum address_family {
	ADDRESS_NONE,
	ADDRESS_V4,
	ADDRESS_V6,
};

struct address {
	uint16_t family;
	uint16_t port;
	uint8_t ip[16]; /* of IPv4 the first 4, zeros after them */
};

bool address_same(const struct address *a, const struct address *b);
/* Whatever the port. */
bool address_same_ip(const struct address *a, const struct address *b);

/* Bytes of ip in use: 4 or 16. */
size_t address_ip_len(const struct address *a);

/* "192.0.2.1", "2001:db8::1" or "[2001:db8::1]"; the port is 0. */
bool address_parse_ip(struct address *a, const char *text);
/* "192.0.2.1:80" or "[2001:db8::1]:80", the port from 1 on. */
bool address_parse(struct address *a, const char *text);
/* text gets "192.0.2.1:80" or "[2001:db8::1]:80". */
void address_print(const struct address *a, char text[static ADDRESS_TEXT]);

void address_of_sockaddr(struct address *a, const struct sockaddr_storage *ss);
/* Returns the length of what it wrote. */
socklen_t address_to_sockaddr(
    const struct address *a, struct sockaddr_storage *ss);

#endif
