/*
 * What is accepted has one transport and at most one m-line of each kind,
 * can be answered line for line, and its candidates can be said again.
 */
#include "sdp/sdp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_candidate(const struct sdp_candidate *c)
{
	struct sdp_candidate again;
	char text[SDP_LINE_MAX];
	ssize_t n = sdp_candidate_encode(c, text, sizeof(text));

	assert(n > 0 && sdp_candidate_decode(&again, text, (size_t)n) == 0);
	assert(memcmp(&again, c, sizeof(again)) == 0);
}

static void
check_answer(const struct sdp_offer *o)
{
	static const uint8_t fingerprint[SDP_FINGERPRINT];
	static const struct sdp_local us = {
		.ufrag = "abcd",
		.pwd = "abcdefghijklmnopqrstuv",
		.cname = "name",
		.fingerprint = fingerprint,
	};
	static char answer[65536];
	ssize_t n = sdp_answer_encode(o, &us, answer, sizeof(answer));
	size_t media = 0;

	assert(n > 0 && strlen(answer) == (size_t)n);
	for (char *p = answer, *end; *p; p = end + 2) {
		end = strstr(p, "\r\n");
		assert(end && end - p >= 2 && p[1] == '=');
		media += *p == 'm';
	}
	assert(media == o->nmedia);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sdp_offer o;
	struct sdp_candidate c;
	const char *text = (const char *)data;
	unsigned int seen = 0;

	if (sdp_candidate_decode(&c, text, size) == 0)
		check_candidate(&c);
	if (sdp_offer_decode(&o, text, size) < 0) {
		assert(*o.reason);
		return 0;
	}
	for (size_t i = 0; i < o.nmedia; i++) {
		unsigned int bit = 1u << o.media[i].kind;

		assert(o.media[i].kind == SDP_REFUSED || !(seen & bit));
		seen |= bit;
	}
	assert(o.transport < o.nmedia);
	assert(o.media[o.transport].kind != SDP_REFUSED);
	for (size_t i = 0; i < o.ncandidates; i++)
		check_candidate(&o.candidates[i]);
	check_answer(&o);
	return 0;
}
