/*
 * names.h - the addresses that browsers hide behind names, from the link
 *
 * A candidate is asked for by multicast DNS a few times and then forgotten;
 * such a viewer may still be found by its own checks.
 */
#ifndef RD_RTC_NAMES_H
#define RD_RTC_NAMES_H

#include "base/loop.h"
#include "mdns/mdns.h"
#include "sdp/sdp.h"

enum {
	NAMES_MAX = 8,   /* asked for, in all the life of a viewer */
	NAMES_LINKS = 8, /* interfaces asked on */
};

struct names {
	void *arg;
	/* The candidate again, with its address. */
	void (*found)(void *arg, const struct sdp_candidate *c);

	struct loop *loop;
	bool open;
	struct loop_watch watch;
	struct loop_timer timer;
	unsigned int links[NAMES_LINKS]; /* their indices */
	size_t nlinks, count;
	struct {
		struct sdp_candidate candidate;
		unsigned int tries; /* left; 0: found, or given up */
	} list[NAMES_MAX];
};

/* Ask for c, whose address is a name.  False when that cannot be. */
bool names_ask(struct names *n, const struct sdp_candidate *c);
void names_close(struct names *n);

#endif
