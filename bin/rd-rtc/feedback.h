/*
 * feedback.h - what a viewer says by RTCP about what it was sent
 */
#ifndef RD_RTC_FEEDBACK_H
#define RD_RTC_FEEDBACK_H

#include "send.h"

struct feedback {
	/* Set by the caller. */
	void *arg;
	/* The viewer cannot go on without a key frame. */
	void (*key_wanted)(void *arg);
	struct sender *sender;

	int64_t rtt_us;     /* the newest round trip, or -1 */
	int64_t pli_us;     /* when the viewer last asked for a key frame */
	uint16_t heard_seq; /* of the last video packet the viewer has */
	int64_t arrived_us; /* when it last reported more of them, or all */
	uint8_t fir_seq;
	bool fir_seen;
	int32_t lost_ever; /* of video, as reported; may be negative */

	/* Sums, for who reads them to reset. */
	unsigned int nacks; /* packets asked for */
	int32_t lost;
};

/* A decrypted RTCP packet arrived. */
void feedback_input(struct feedback *f, const uint8_t *packet, size_t len);

#endif
