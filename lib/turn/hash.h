/* hash.h - a place in a table for an address, not to be foreseen by others */
#ifndef TURN_HASH_H
#define TURN_HASH_H

#include <string.h>

#include "stun/address.h"

static inline uint64_t
hash_mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

static inline uint64_t
hash_address(const struct address *a, uint64_t seed)
{
	uint64_t low, high;

	memcpy(&low, a->ip, 8);
	memcpy(&high, a->ip + 8, 8);
	seed = hash_mix(seed, low);
	seed = hash_mix(seed, high);
	return hash_mix(seed, (uint64_t)a->family << 16 | a->port);
}

/* Of who is behind it, by any port: a host has a whole /64 of IPv6. */
static inline uint64_t
hash_source(const struct address *a, uint64_t seed)
{
	struct address source = *a;

	source.port = 0;
	if (a->family == ADDRESS_V6)
		memset(source.ip + 8, 0, 8);
	return hash_address(&source, seed);
}

#endif
