#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "signal.h"

static void
over(void *arg, int status, const char *why)
{
	struct peer *p = arg;

	if (p->ended)
		return;
	p->ended = true;
	p->over(p->arg, status, why);
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
on_lost(void *arg)
{
	struct peer *p = arg;

	channels_let_go(&p->channels);
}

static void
on_gone(void *arg)
{
	over(arg, 0, "the viewer went away");
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
	const struct sdp_media *m =
	    sdp_offer_media(&p->answer.offer, SDP_APPLICATION);
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
	presence_found(&p->presence);
	sources_resume(&p->sources);
	start_channels(p);
}

static void
on_dtls_data(void *arg, const uint8_t *data, size_t len)
{
	struct peer *p = arg;

	presence_heard(&p->presence);
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

static void
on_candidate(void *arg, const char *line)
{
	struct peer *p = arg;

	answer_local(&p->answer, line);
}

static void
on_connected(void *arg)
{
	struct peer *p = arg;
	const char *addr;
	char why[256];
	int err;

	if (p->up)
		presence_found(&p->presence);
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
	dtls_start(p->dtls, clock_us(), p->answer.offer.fingerprint);
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
	presence_lose(&p->presence);
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
		if (media_input(&p->media, packet, len))
			presence_heard(&p->presence);
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
	if (packet->codec == CODEC_H264)
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
behind(void *arg, const uint32_t *missing)
{
	struct peer *p = arg;
	char line[32] = "behind\n";

	if (missing)
		snprintf(line, sizeof(line), "behind %u\n", *missing);
	sources_tell(&p->sources, line);
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
heard(void *arg, uint32_t seq, const uint8_t *opus, size_t len)
{
	struct peer *p = arg;

	mic_send(&p->mic, seq, opus, len);
}

static void
tell(void *arg, const char *line)
{
	struct peer *p = arg;

	p->tell(p->arg, line);
}

static int
accept_offer(void *arg)
{
	struct peer *p = arg;
	struct sdp_offer *o = &p->answer.offer;

	for (size_t i = 0; i < o->nmedia; i++)
		o->media[i].sends &= p->mic.addr != NULL;
	loop_timer_set(
	    p->loop, &p->connect_timer, clock_us() + PEER_CONNECT_US);
	return media_open(&p->media, p->loop, o);
}

static int
open_answer(struct peer *p)
{
	p->answer.arg = p;
	p->answer.tell = tell;
	p->answer.over = over;
	p->answer.accept = accept_offer;
	p->answer.ice = p->ice;
	p->answer.dtls = p->dtls;
	p->answer.sender = &p->media.sender;
	p->answer.names.loop = p->loop;
	return answer_init(&p->answer);
}

int
peer_open(struct peer *p)
{
	int err;

	p->protocol_timer =
	    (struct loop_timer){ .expired = protocol_expired, .arg = p };
	p->connect_timer =
	    (struct loop_timer){ .expired = connect_expired, .arg = p };
	p->presence = (struct presence){ .arg = p,
		.lost = on_lost,
		.gone = on_gone,
		.loop = p->loop,
		.media = &p->media };
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
	p->mic.loop = p->loop;
	p->ice = ice_open(&ice_ops, p, p->servers, p->nservers);
	if (!p->ice)
		return -ENOMEM;
	p->presence.ice = p->ice;
	if (p->first_port)
		ice_ports(p->ice, p->first_port, p->last_port);
	err = dtls_open(&p->dtls, &dtls_ops, p);
	return err ? err : open_answer(p);
}

static void
offered(struct peer *p, const struct signal *m)
{
	bool first = !p->answer.offered;

	answer_offer(&p->answer, m->text, m->trickle);
	if (first && !p->ended && seal_test())
		over(p, EXIT_TEMP, "cannot set up SRTP");
}

int
peer_signal(struct peer *p, const char *line, size_t len)
{
	struct signal m;
	int err = signal_parse(&m, line, len);

	if (err)
		return err;
	switch (m.type) {
	case SIGNAL_OFFER:
		if (!p->ended)
			offered(p, &m);
		break;
	case SIGNAL_CANDIDATE:
		if (p->answer.offered && !p->ended)
			answer_remote(&p->answer, m.text);
		break;
	case SIGNAL_AWAY:
		channels_let_go(&p->channels);
		break;
	case SIGNAL_BYE:
		over(p, 0, "the viewer said bye");
	}
	signal_clear(&m);
	return 0;
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
	answer_close(&p->answer);
	ice_close(p->ice);
	loop_timer_stop(p->loop, &p->protocol_timer);
	loop_timer_stop(p->loop, &p->connect_timer);
	presence_close(&p->presence);
}
