/*
 * ports.h - which relay ports are free, and which are kept for later
 *
 * RFC 8656 section 7.2: EVEN-PORT, and the port above it kept for whoever
 * shows the token.  Pure; the caller brings the random numbers.
 */
#ifndef TURN_PORTS_H
#define TURN_PORTS_H

#include "stun/address.h"

enum {
	PORTS_KEPT = 64,
	PORTS_KEPT_US = 30000000,
	PORTS_TOKEN = 8,
};

enum ports_want {
	PORTS_ANY,
	PORTS_EVEN,
	PORTS_PAIR, /* an even one, and the next is free too */
};

struct ports_kept {
	uint8_t token[PORTS_TOKEN];
	struct address address; /* of the port that is kept */
	int64_t until_us;       /* 0: nothing is kept here */
};

struct ports {
	uint16_t first, last;
	uint8_t used[2][(UINT16_MAX + 1) / 8]; /* IPv4, IPv6 */
	struct ports_kept kept[PORTS_KEPT];
};

/* A free port, from a random place on; it is used from now on.  0: none. */
uint16_t ports_take(struct ports *p, enum address_family family,
    enum ports_want want, uint32_t random);
void ports_give(struct ports *p, const struct address *a);

/* Keep the port above a for who shows the token.  False: too many kept. */
bool ports_keep(struct ports *p, const struct address *a,
    const uint8_t token[static PORTS_TOKEN], int64_t now_us);
/* Fill in the address whose token this is; it is used from now on. */
bool ports_claim(struct ports *p, struct address *a,
    const uint8_t token[static PORTS_TOKEN], int64_t now_us);
/* Free what nobody claimed in time. */
void ports_expire(struct ports *p, int64_t now_us);

size_t ports_used(const struct ports *p);

#endif
