/*
 * throttle.h - slow down who guesses
 *
 * Failures are counted per source in a table of fixed size; sources that
 * share a place in it share the penalty.  Ten failures are free, then one
 * every six seconds.  No clock, no allocation.
 */
#ifndef HTTP_THROTTLE_H
#define HTTP_THROTTLE_H

#include <stddef.h>
#include <stdint.h>

enum {
	THROTTLE_BURST = 10,
	THROTTLE_US = 6000000,
	THROTTLE_SLOTS = 256,
};

struct throttle {
	uint64_t seed; /* random, so that places cannot be chosen */
	int64_t full_us[THROTTLE_SLOTS];
};

/* The place of a source, below THROTTLE_SLOTS. */
size_t throttle_slot(const struct throttle *t, const void *source, size_t len);

/* Seconds until the source may try again, rounded up; 0 is now. */
unsigned throttle_wait(
    const struct throttle *t, const void *source, size_t len, int64_t now_us);
void throttle_fail(
    struct throttle *t, const void *source, size_t len, int64_t now_us);

#endif
