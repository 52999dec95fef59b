#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/die.h"
#include "base/log.h"
#include "signal.h"

static void
over(struct peer *p, int status, const char *why)
{
	if (p->ended)
		return;
	p->ended = true;
	p->over(p->arg, status, why);
}

static void
tell(struct peer *p, char *line)
{
	if (line)
		p->tell(p->arg, line);
	free(line);
}

/* Wake up when DTLS or SCTP want to. */
static void
set_protocol_timer(struct peer *p)
{
	int64_t at = p->dtls ? dtls_deadline(p->dtls) : INT64_MAX;

	if (p->up && p->sctp && sctp_deadline(p->sctp) < at)
		at = sctp_deadline(p->sctp);
	if (at == INT64_MAX)
		loop_timer_stop(p->loop, &p->protocol_timer);
	else
		loop_timer_set(p->loop, &p->protocol_timer, at);
}

static void
protocol_expired(struct loop_timer *t)
{
	struct peer *p = t->arg;
	int64_t now = clock_us();

	dtls_tick(p->dtls, now);
	if (p->up && p->sctp)
		sctp_tick(p->sctp, now);
	set_protocol_timer(p);
}

static void
connect_expired(struct loop_timer *t)
{
	over(t->arg, EXIT_NO, "no connection within 30 s of the offer");
}

static void
gone_expired(struct loop_timer *t)
{
	over(t->arg, 0, "the viewer went away");
}

static void
on_sctp_send(void *arg, const void *data, size_t len)
{
	struct peer *p = arg;

	dtls_write(p->dtls, data, len);
}

static void
on_sctp_opened(void *arg, enum sctp_channel which)
{
	struct peer *p = arg;

	if (which == SCTP_EVENTS)
		channels_opened(&p->channels);
}

static void
on_sctp_message(
    void *arg, enum sctp_channel which, const uint8_t *data, size_t len)
{
	struct peer *p = arg;

	channels_message(&p->channels,
	    which == SCTP_MOTION ? CHANNEL_MOTION : CHANNEL_EVENTS, data, len);
}

static void
on_sctp_down(void *arg)
{
	over(arg, 0, "the viewer closed the data channels");
}

static const struct sctp_ops sctp_ops = {
	.send = on_sctp_send,
	.opened = on_sctp_opened,
	.message = on_sctp_message,
	.down = on_sctp_down,
};

static void
start_channels(struct peer *p)
{
	const struct sdp_media *m = sdp_offer_media(&p->offer, SDP_APPLICATION);
	int err;

	if (!m)
		return;
	err = sctp_open(&p->sctp, m->sctp_port, &sctp_ops, p);
	if (!err)
		err = channels_start(&p->channels, p->loop);
	if (!err)
		err = sctp_start(p->sctp);
	if (err)
		log_warn("no input: cannot reach '%s': %s",
		    p->channels.events ? p->channels.events : "viewer",
		    strerror(-err));
}

static void
on_dtls_send(void *arg, const void *data, size_t len)
{
	struct peer *p = arg;
	struct ice_datagram *d = ice_room(p->ice);

	memcpy(d->data, data, len);
	d->len = len;
	ice_flush(p->ice);
}

static void
on_dtls_up(void *arg, const struct dtls_srtp_keys *keys)
{
	struct peer *p = arg;

	if (seal_open(&p->seal, keys)) {
		over(p, EXIT_TEMP, "cannot set up SRTP");
		return;
	}
	log_info("the viewer is connected");
	loop_timer_stop(p->loop, &p->connect_timer);
	media_start(&p->media, p->ice, p->seal);
	p->up = true;
	sources_resume(&p->sources);
	start_channels(p);
}

static void
on_dtls_data(void *arg, const uint8_t *data, size_t len)
{
	struct peer *p = arg;

	if (p->sctp)
		sctp_input(p->sctp, data, len);
}

static void
on_dtls_down(void *arg, int err, const char *reason)
{
	over(arg, err ? EXIT_NO : 0, reason);
}

static const struct dtls_ops dtls_ops = {
	.send = on_dtls_send,
	.up = on_dtls_up,
	.data = on_dtls_data,
	.down = on_dtls_down,
};

/* Candidates arrive one by one; without trickle they wait for the answer. */
static void send_answer(struct peer *p);

static void
on_candidate(void *arg, const char *line)
{
	struct peer *p = arg;
	size_t first = 0;

	p->gathered |= !*line;
	if (*line && p->ncandidates < ICE_REMOTE_MAX) {
		p->candidates[p->ncandidates] = strdup(line);
		p->ncandidates += p->candidates[p->ncandidates] != NULL;
	}
	if (p->answered) {
		while (p->offer.media[first].kind == SDP_REFUSED)
			first++;
		tell(p,
		    signal_print_candidate(
			line, p->offer.media[first].mid, first));
	} else if (!*line && p->started) {
		send_answer(p);
	}
}

static void
on_connected(void *arg)
{
	struct peer *p = arg;
	const char *addr;
	char why[256];
	int err;

	loop_timer_stop(p->loop, &p->gone_timer);
	if (p->found)
		return;
	p->found = true;
	err = sources_connect(&p->sources, &addr);
	if (err) {
		snprintf(why, sizeof(why), "cannot connect to '%s': %s", addr,
		    strerror(-err));
		over(p, EXIT_TEMP, why);
		return;
	}
	dtls_start(p->dtls, clock_us(), p->offer.fingerprint);
	set_protocol_timer(p);
}

static void
on_moved(void *arg)
{
	struct peer *p = arg;

	media_moved(&p->media);
}

static void
on_failed(void *arg)
{
	struct peer *p = arg;

	if (!p->up) {
		over(p, EXIT_NO, "no network path to the viewer");
		return;
	}
	log_info("the viewer is out of reach");
	channels_let_go(&p->channels);
	loop_timer_set(p->loop, &p->gone_timer, clock_us() + PEER_GONE_US);
}

/* RFC 7983: the first byte tells the protocol; libnice kept its own. */
static void
on_input(void *arg, const uint8_t *data, size_t len)
{
	struct peer *p = arg;
	uint8_t packet[ICE_DATAGRAM];

	if (p->ended || len > sizeof(packet) || !len)
		return;
	if (data[0] >= 20 && data[0] <= 63) {
		dtls_input(p->dtls, clock_us(), data, len);
		set_protocol_timer(p);
	} else if (data[0] >= 128 && data[0] <= 191 && p->up) {
		memcpy(packet, data, len);
		media_input(&p->media, packet, len);
	}
}

static const struct ice_ops ice_ops = {
	.candidate = on_candidate,
	.connected = on_connected,
	.moved = on_moved,
	.failed = on_failed,
	.input = on_input,
};

static bool
source_wanted(void *arg, const struct source *s)
{
	struct peer *p = arg;

	(void)s;
	return p->up;
}

static void
source_packet(void *arg, const struct packet *packet)
{
	struct peer *p = arg;

	if (packet->kind == PACKET_CURSOR)
		channels_line(&p->channels, packet->payload, packet->len);
	else
		media_send(&p->media, packet);
	if (packet->kind == PACKET_VIDEO)
		halve_picture(&p->halve, packet->len);
}

static void
source_ended(void *arg)
{
	over(arg, 0, "the media ended");
}

static void
key_wanted(void *arg)
{
	struct peer *p = arg;

	sources_tell(&p->sources, "keyframe\n");
}

static void
behind(void *arg)
{
	struct peer *p = arg;

	sources_tell(&p->sources, "behind\n");
}

static void
leads(void *arg)
{
	struct peer *p = arg;

	sources_tell(&p->sources, "lead\n");
}

static void
rate_wanted(void *arg, int64_t rate)
{
	struct peer *p = arg;

	log_debug("bitrate %lld", (long long)rate);
	p->halve.fit.rate = rate;
	sources_bitrate(&p->sources, rate);
}

static void
on_message(void *arg, const void *data, size_t len)
{
	struct peer *p = arg;

	if (p->sctp)
		sctp_send_event(p->sctp, data, len);
}

static void
on_mode(void *arg, const char *line)
{
	struct peer *p = arg;

	sources_tell(&p->sources, line);
}

static size_t
stats(void *arg, char *out, size_t size)
{
	struct peer *p = arg;
	struct media_stats s = media_stats_take(&p->media);
	unsigned int n = s.frames ? s.frames : 1;

	return (size_t)snprintf(out, size,
	    "frames=%u bytes=%llu capture_us=%llu encode_us=%llu send_us=%llu "
	    "rest_us=%lld bitrate=%lld queue_us=%lld left_out=%u rtt_us=%lld "
	    "lost=%d nacks=%u resent=%u now_us=%lld",
	    s.frames, (unsigned long long)s.bytes,
	    (unsigned long long)(s.capture_us / n),
	    (unsigned long long)(s.encode_us / n),
	    (unsigned long long)(s.send_us / n), (long long)s.rest_us,
	    (long long)s.bitrate, (long long)s.queue_us, s.left_out,
	    (long long)s.rtt_us, s.lost, s.nacks, s.resent,
	    (long long)clock_us());
}

static void
send_answer(struct peer *p)
{
	char text[SDP_MAX];
	struct sdp_local us = { .ufrag = ice_ufrag(p->ice),
		.pwd = ice_password(p->ice),
		.cname = SEND_CNAME,
		.fingerprint = dtls_fingerprint(p->dtls),
		.video_ssrc = p->media.sender.video.ssrc,
		.rtx_ssrc = p->media.sender.rtx.ssrc,
		.fec_ssrc = p->media.sender.fec.ssrc,
		.audio_ssrc = p->media.sender.audio.ssrc,
		.candidates = (const char *const *)p->candidates,
		.ncandidates = p->ncandidates,
		.gathered = p->gathered,
		.session = p->session,
		.version = ++p->version };

	if (sdp_answer_encode(&p->offer, &us, text, sizeof(text)) < 0) {
		over(p, EXIT_PERM, "the answer to this offer is too long");
		return;
	}
	p->answered = true;
	tell(p, signal_print("answer", "sdp", text));
}

/* Refused before anything was set up: the viewer is told why. */
static int
bad_offer(struct peer *p, const char *reason, unsigned int line)
{
	char why[256];

	if (line)
		snprintf(why, sizeof(why), "offer line %u: %s", line, reason);
	else
		snprintf(why, sizeof(why), "offer: %s", reason);
	over(p, EXIT_PERM, why);
	return 0;
}

static bool
check(struct peer *p, const struct sdp_candidate *c)
{
	char line[SDP_LINE_MAX];

	return sdp_candidate_encode(c, line, sizeof(line)) > 0 &&
	    ice_remote_candidate(p->ice, line) == 0;
}

static void
on_name(void *arg, const struct sdp_candidate *c)
{
	log_debug("a hidden candidate is at %s", c->address);
	check(arg, c);
}

static void
remote_candidate(struct peer *p, const char *text)
{
	struct sdp_candidate c;

	if (!*text) /* the viewer has no more */
		return;
	if (sdp_candidate_decode(&c, text, strlen(text)) ||
	    !(c.mdns ? names_ask(&p->names, &c) : check(p, &c)))
		log_info("ignored candidate '%.100s'", text);
}

static void
heard(void *arg, uint32_t seq, const uint8_t *opus, size_t len)
{
	struct peer *p = arg;

	mic_send(&p->mic, seq, opus, len);
}

/* Answer, now or when all candidates are known, and check the viewer's. */
static void
begin_checks(struct peer *p)
{
	char line[SDP_LINE_MAX];

	if (p->trickle || p->gathered)
		send_answer(p);
	for (size_t i = 0; i < p->offer.ncandidates; i++)
		if (sdp_candidate_encode(
			&p->offer.candidates[i], line, sizeof(line)) > 0)
			remote_candidate(p, line);
}

/*
 * The viewer's network has changed; DTLS and all above it go on.  The same
 * offer again: the answer may have been lost.
 */
static void
restart(struct peer *p, const char *sdp)
{
	struct sdp_offer o;

	if (!p->answered || sdp_offer_decode(&o, sdp, strlen(sdp)) ||
	    !sdp_offer_is_same(&p->offer, &o)) {
		log_warn("ignored an offer that does more than restart ICE");
		return;
	}
	if (!sdp_offer_restarts(&p->offer, &o)) {
		send_answer(p);
		return;
	}
	if (ice_restart(p->ice, o.ufrag, o.pwd)) {
		over(p, EXIT_TEMP, "cannot restart ICE");
		return;
	}
	log_info("ICE restarts");
	memcpy(p->offer.ufrag, o.ufrag, sizeof(o.ufrag));
	memcpy(p->offer.pwd, o.pwd, sizeof(o.pwd));
	memcpy(p->offer.candidates, o.candidates, sizeof(o.candidates));
	p->offer.ncandidates = o.ncandidates;
	begin_checks(p);
}

static void
accept_offer(struct peer *p)
{
	for (size_t i = 0; i < p->offer.nmedia; i++)
		p->offer.media[i].sends &= p->mic.addr != NULL;
	if (media_open(&p->media, p->loop, &p->offer) ||
	    ice_start(p->ice, p->offer.ufrag, p->offer.pwd)) {
		over(p, EXIT_TEMP, "cannot set up ICE or memory");
		return;
	}
	loop_timer_set(
	    p->loop, &p->connect_timer, clock_us() + PEER_CONNECT_US);
	p->started = true;
	begin_checks(p);
	if (seal_test())
		over(p, EXIT_TEMP, "cannot set up SRTP");
}

int
peer_open(struct peer *p)
{
	p->protocol_timer =
	    (struct loop_timer){ .expired = protocol_expired, .arg = p };
	p->connect_timer =
	    (struct loop_timer){ .expired = connect_expired, .arg = p };
	p->gone_timer =
	    (struct loop_timer){ .expired = gone_expired, .arg = p };
	p->sources.arg = p->channels.arg = p;
	p->media.arg = p->media.feedback.arg = p->media.sender.arg = p;
	p->sources.loop = p->loop;
	p->sources.wanted = source_wanted;
	p->sources.packet = source_packet;
	p->sources.ended = source_ended;
	halve_init(&p->halve, p->loop, &p->sources);
	p->channels.send = on_message;
	p->channels.stats = stats;
	p->channels.mode = on_mode;
	p->channels.leads = leads;
	p->media.feedback.key_wanted = key_wanted;
	p->media.sender.behind = behind;
	p->media.sender.rate = rate_wanted;
	p->media.heard = heard;
	p->mic.loop = p->names.loop = p->loop;
	p->names.arg = p;
	p->names.found = on_name;
	p->ice = ice_open(&ice_ops, p, p->servers, p->nservers);
	if (!p->ice || getrandom(&p->session, sizeof(p->session), 0) < 0)
		return -ENOMEM;
	p->session >>= 1;
	if (p->first_port)
		ice_ports(p->ice, p->first_port, p->last_port);
	return dtls_open(&p->dtls, &dtls_ops, p);
}

int
peer_signal(struct peer *p, const char *line, size_t len)
{
	struct signal m;
	int err = signal_parse(&m, line, len);

	if (err)
		return err;
	if (m.type == SIGNAL_BYE) {
		over(p, 0, "the viewer said bye");
	} else if (m.type == SIGNAL_CANDIDATE) {
		if (p->offered && !p->ended)
			remote_candidate(p, m.text);
	} else if (m.type == SIGNAL_AWAY) {
		channels_let_go(&p->channels);
	} else if (p->offered) {
		if (!p->ended)
			restart(p, m.text);
	} else {
		p->offered = true;
		p->trickle = m.trickle;
		if (sdp_offer_decode(&p->offer, m.text, strlen(m.text)))
			err = bad_offer(p, p->offer.reason, p->offer.line);
		else
			accept_offer(p);
	}
	signal_clear(&m);
	return err;
}

void
peer_close(struct peer *p)
{
	media_bye(&p->media);
	channels_close(&p->channels);
	mic_close(&p->mic);
	halve_close(&p->halve);
	sources_close(&p->sources);
	sctp_close(p->sctp);
	dtls_close(p->dtls);
	media_close(&p->media);
	seal_close(p->seal);
	names_close(&p->names);
	ice_close(p->ice);
	loop_timer_stop(p->loop, &p->protocol_timer);
	loop_timer_stop(p->loop, &p->connect_timer);
	loop_timer_stop(p->loop, &p->gone_timer);
	for (size_t i = 0; i < p->ncandidates; i++)
		free(p->candidates[i]);
}
