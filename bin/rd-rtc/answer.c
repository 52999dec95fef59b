#include "answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/die.h"
#include "base/log.h"
#include "signal.h"

static void
tell(struct answer *a, char *line)
{
	if (line)
		a->tell(a->arg, line);
	free(line);
}

static void
send_answer(struct answer *a)
{
	char text[SDP_MAX];
	struct sdp_local us = { .ufrag = ice_ufrag(a->ice),
		.pwd = ice_password(a->ice),
		.cname = SEND_CNAME,
		.fingerprint = dtls_fingerprint(a->dtls),
		.video_ssrc = a->sender->video.ssrc,
		.rtx_ssrc = a->sender->rtx.ssrc,
		.fec_ssrc = a->sender->fec.ssrc,
		.audio_ssrc = a->sender->audio.ssrc,
		.candidates = (const char *const *)a->candidates,
		.ncandidates = a->ncandidates,
		.gathered = a->gathered,
		.session = a->session,
		.version = ++a->version };

	if (sdp_answer_encode(&a->offer, &us, text, sizeof(text)) < 0) {
		a->over(
		    a->arg, EXIT_PERM, "the answer to this offer is too long");
		return;
	}
	a->answered = true;
	tell(a, signal_print("answer", "sdp", text));
}

/* Candidates arrive one by one; without trickle they wait for the answer. */
void
answer_local(struct answer *a, const char *line)
{
	size_t first = 0;

	a->gathered |= !*line;
	if (*line && a->ncandidates < ICE_REMOTE_MAX) {
		a->candidates[a->ncandidates] = strdup(line);
		a->ncandidates += a->candidates[a->ncandidates] != NULL;
	}
	if (a->answered) {
		while (a->offer.media[first].kind == SDP_REFUSED)
			first++;
		tell(a,
		    signal_print_candidate(
			line, a->offer.media[first].mid, first));
	} else if (!*line && a->started) {
		send_answer(a);
	}
}

static bool
check(struct answer *a, const struct sdp_candidate *c)
{
	char line[SDP_LINE_MAX];

	return sdp_candidate_encode(c, line, sizeof(line)) > 0 &&
	    ice_remote_candidate(a->ice, line) == 0;
}

static void
on_name(void *arg, const struct sdp_candidate *c)
{
	log_debug("a hidden candidate is at %s", c->address);
	check(arg, c);
}

void
answer_remote(struct answer *a, const char *text)
{
	struct sdp_candidate c;

	if (!*text)
		return;
	if (sdp_candidate_decode(&c, text, strlen(text)) ||
	    !(c.mdns ? names_ask(&a->names, &c) : check(a, &c)))
		log_info("ignored candidate '%.100s'", text);
}

/* Answer, now or when all candidates are known, and check the viewer's. */
static void
begin_checks(struct answer *a)
{
	char line[SDP_LINE_MAX];

	if (a->trickle || a->gathered)
		send_answer(a);
	for (size_t i = 0; i < a->offer.ncandidates; i++)
		if (sdp_candidate_encode(
			&a->offer.candidates[i], line, sizeof(line)) > 0)
			answer_remote(a, line);
}

/*
 * The viewer's network has changed; DTLS and all above it go on.  The same
 * offer again: the answer may have been lost.
 */
static void
restart(struct answer *a, const char *sdp)
{
	struct sdp_offer o;

	if (!a->answered || sdp_offer_decode(&o, sdp, strlen(sdp)) ||
	    !sdp_offer_is_same(&a->offer, &o)) {
		log_warn("ignored an offer that does more than restart ICE");
		return;
	}
	if (!sdp_offer_restarts(&a->offer, &o)) {
		send_answer(a);
		return;
	}
	if (ice_restart(a->ice, o.ufrag, o.pwd)) {
		a->over(a->arg, EXIT_TEMP, "cannot restart ICE");
		return;
	}
	log_info("ICE restarts");
	memcpy(a->offer.ufrag, o.ufrag, sizeof(o.ufrag));
	memcpy(a->offer.pwd, o.pwd, sizeof(o.pwd));
	memcpy(a->offer.candidates, o.candidates, sizeof(o.candidates));
	a->offer.ncandidates = o.ncandidates;
	begin_checks(a);
}

/* Refused before anything was set up: the viewer is told why. */
static void
refuse(struct answer *a)
{
	char why[256];

	if (a->offer.line)
		snprintf(why, sizeof(why), "offer line %u: %s", a->offer.line,
		    a->offer.reason);
	else
		snprintf(why, sizeof(why), "offer: %s", a->offer.reason);
	a->over(a->arg, EXIT_PERM, why);
}

void
answer_offer(struct answer *a, const char *sdp, bool trickle)
{
	if (a->offered) {
		restart(a, sdp);
		return;
	}
	a->offered = true;
	a->trickle = trickle;
	if (sdp_offer_decode(&a->offer, sdp, strlen(sdp))) {
		refuse(a);
		return;
	}
	if (a->accept(a->arg) ||
	    ice_start(a->ice, a->offer.ufrag, a->offer.pwd)) {
		a->over(a->arg, EXIT_TEMP, "cannot set up ICE or memory");
		return;
	}
	a->started = true;
	begin_checks(a);
}

int
answer_init(struct answer *a)
{
	a->names.arg = a;
	a->names.found = on_name;
	if (getrandom(&a->session, sizeof(a->session), 0) < 0)
		return -errno;
	a->session >>= 1;
	return 0;
}

void
answer_close(struct answer *a)
{
	names_close(&a->names);
	for (size_t i = 0; i < a->ncandidates; i++)
		free(a->candidates[i]);
}
