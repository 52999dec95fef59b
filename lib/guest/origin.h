/*
 * origin.h - where a connection comes from, and what it has proven by that
 */
#ifndef GUEST_ORIGIN_H
#define GUEST_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOURCE_MAX = 8 }; /* bytes */

struct origin {
	bool trusted;  /* by the way it came: nothing is to be proven */
	bool loopback; /* nobody but this machine reads it */
	uint8_t source[SOURCE_MAX];
	size_t source_len; /* 0: it is not throttled */
	char text[64];     /* for people */
};

#endif
