/*
 * answer.h - what a viewer offers, and what it is answered: RFC 8829,
 * RFC 8838 (candidates one by one)
 *
 * The first offer opens ICE; a later one restarts it and changes nothing else.
 */
#ifndef RD_RTC_ANSWER_H
#define RD_RTC_ANSWER_H

#include "dtls/dtls.h"
#include "ice.h"
#include "names.h"
#include "sdp/sdp.h"
#include "send.h"

struct answer {
	/* Set by the caller. */
	void *arg;
	/* A signalling line for the viewer, with newline. */
	void (*tell)(void *arg, const char *line);
	/* It cannot go on: an exit status, and text for people. */
	void (*over)(void *arg, int status, const char *why);
	/*
	 * The first offer, which may be narrowed, is right: make what the
	 * answer is to name.  Negative errno on failure.
	 */
	int (*accept)(void *arg);
	/* Borrowed. */
	struct ice *ice;
	struct dtls *dtls;
	const struct sender *sender;

	struct names names; /* whose loop the caller sets, too */
	struct sdp_offer offer;
	bool offered, trickle, started, gathered, answered;
	uint64_t session; /* of our answers: RFC 8829 section 5.2.1 */
	unsigned int version;
	char *candidates[ICE_REMOTE_MAX]; /* our own */
	size_t ncandidates;
};

/* Negative errno when the system has no random numbers. */
int answer_init(struct answer *a);
void answer_close(struct answer *a);

/* The viewer's offer, the first one or another. */
void answer_offer(struct answer *a, const char *sdp, bool trickle);
/* A candidate of the viewer's; "" when it has no more. */
void answer_remote(struct answer *a, const char *candidate);
/* One of our own, as ice_ops' candidate. */
void answer_local(struct answer *a, const char *candidate);

#endif
