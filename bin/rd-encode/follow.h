/*
 * follow.h - which of its readers an encoder goes by
 *
 * All have the same pictures.  It goes by the reader whose viewer gave input
 * last, whatever that viewer's link carries; while there is none, by the one
 * that takes most.  Others that take less are behind now and then, and get a
 * key picture only as often as the rest hardly notices.
 */
#ifndef ENCODE_FOLLOW_H
#define ENCODE_FOLLOW_H

#include "packets/fanout.h"

enum {
	/* Between key pictures, when one that does not lead */
	FOLLOW_LOST_US = 1000000,   /* has lost packets, */
	FOLLOW_BEHIND_US = 4000000, /* or could not keep up. */
};

/* r's viewer gave input. */
void follow_lead(struct fanout *f, struct fanout_reader *r);

/* What to send, bit/s, at most: readers that named none do not count. */
int64_t follow_bitrate(const struct fanout *f, int64_t most);

/* r leads, or is alone. */
bool follow_leads(const struct fanout *f, const struct fanout_reader *r);

#endif
