#include "send.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "rtp/red.h"
#include "rtp/rtcp.h"

enum {
	START = 2500000,     /* bit/s, until something is known */
	PACE_TICK_US = 2000, /* it is not worth it to wake up more often */
	SHARE = 90, /* per cent of the rate that pictures are to take */
	STEP = 3,   /* per cent of change that the encoder is told */
	OTHER_US = 1000000,
	REPORT_US = 1000000,
	PAD_MIN = 500, /* bytes: less is no use as padding */
	PAD_TRIES = 32,
	LOST_US = 150000, /* what was lost may take so long to send again */
	PACKET_BITS = 1200 * 8,
	COPIES = 3,      /* of a lost packet, at most */
	FAR_US = 100000, /* round trips */
	NEAR_US = 20000,
	MARKED = 0x80, /* RTP's marker: a picture ends */
};

/* All of them get lost so often. */
#define COPIES_LOST .005
#define SOUND_LOST .005 /* a gap so often is not noticed */
#define FAR_LOSS .01
#define NEAR_LOSS .07

static void
random_bytes(void *p, size_t len)
{
	if (getrandom(p, len, 0) != (ssize_t)len)
		abort();
}

static void
stream_init(struct rtp_stream *s, const struct sdp_media *media, uint8_t pt,
    uint32_t hz, bool told)
{
	*s = (struct rtp_stream){ .clock_hz = hz, .pt = pt };
	random_bytes(&s->ssrc, sizeof(s->ssrc));
	random_bytes(&s->seq, sizeof(s->seq));
	random_bytes(&s->ts_offset, sizeof(s->ts_offset));
	memcpy(s->ext, media->ext, sizeof(s->ext));
	if (!told)
		s->ext[RTP_EXT_TRANSPORT_SEQ] = 0;
	if (strlen(media->mid) <= RTP_MID_MAX)
		strcpy(s->mid, media->mid);
	else
		s->ext[RTP_EXT_MID] = 0;
}

/* What pictures may take of the rate, after what else there is. */
static void
ask(struct sender *s, int64_t now)
{
	int64_t most, other;

	if (now - s->other_us > OTHER_US) {
		s->other[1] = s->other[0];
		s->other[0] = 0;
		s->other_us = now;
	}
	other =
	    (int64_t)(s->other[0] > s->other[1] ? s->other[0] : s->other[1]);
	most = (s->bwe.rate - other * 8) * SHARE / 100;
	if (most < s->bwe.rate / 4)
		most = s->bwe.rate / 4;
	if (most > s->asked - s->asked * STEP / 100 &&
	    most < s->asked + s->asked * STEP / 100)
		return;
	s->asked = most;
	s->rate(s->arg, most);
}

static void pace(struct sender *s);

static void
pace_expired(struct loop_timer *t)
{
	pace(t->arg);
}

static void
bwe_expired(struct loop_timer *t)
{
	struct sender *s = t->arg;

	bwe_tick(&s->bwe, clock_us());
	sender_learnt(s);
}

int
sender_open(struct sender *s, struct loop *loop, const struct sdp_offer *o)
{
	const struct sdp_media *video = sdp_offer_media(o, SDP_VIDEO);
	const struct sdp_media *audio = sdp_offer_media(o, SDP_AUDIO);
	bool told = video && video->ext[RTP_EXT_TRANSPORT_SEQ] &&
	    video->feedback & SDP_TRANSPORT_CC;

	s->loop = loop;
	s->pace_timer =
	    (struct loop_timer){ .expired = pace_expired, .arg = s };
	s->bwe_timer = (struct loop_timer){ .expired = bwe_expired, .arg = s };
	bwe_init(&s->bwe, clock_us(), told ? START : BWE_MAX);
	if (video) {
		stream_init(&s->video, video, video->pt, RTP_VIDEO_HZ, told);
		stream_init(&s->rtx, video, video->rtx_pt, RTP_VIDEO_HZ, told);
		stream_init(&s->fec, video, video->fec_pt, RTP_VIDEO_HZ, told);
		for (int i = 0; i < RTP_EXT_COUNT; i++)
			if (i != RTP_EXT_SEND_TIME &&
			    i != RTP_EXT_TRANSPORT_SEQ)
				s->fec.ext[i] = 0;
		s->frame_seq = s->video.seq;
	}
	if (audio)
		stream_init(&s->audio, audio, audio->pt, RTP_OPUS_HZ, told);
	ask(s, clock_us());
	return video ? history_open(&s->history) : 0;
}

void
sender_close(struct sender *s)
{
	if (s->loop) {
		loop_timer_stop(s->loop, &s->pace_timer);
		loop_timer_stop(s->loop, &s->bwe_timer);
	}
	history_close(&s->history);
}

void
sender_start(struct sender *s, struct ice *ice, struct seal *seal)
{
	s->ice = ice;
	s->seal = seal;
}

static bool
is_padding(const struct sender *s)
{
	return s->bwe.probe.sending && s->rtx.pt && s->left_us;
}

/* The packet in d is whole: stamp, encrypt and let it go. */
static void
leave(struct sender *s, struct ice_datagram *d, const struct rtp_stream *of,
    int64_t now)
{
	bool told = of->ext[RTP_EXT_TRANSPORT_SEQ], waited;

	rtp_stamp(d->data, d->len, of->ext, now, s->transport_seq);
	if (seal_rtp(s->seal, d->data, &d->len))
		d->len = 0;
	s->bytes += d->len;
	waited = pacer_sent(&s->pacer, now, bwe_pace(&s->bwe),
	    (unsigned int)d->len + BWE_OVERHEAD, is_padding(s));
	if (told)
		bwe_sent(&s->bwe, now, s->transport_seq++, (unsigned int)d->len,
		    waited);
}

static struct wbuf
begin_rtcp(struct ice_datagram *d)
{
	return wbuf_of(d->data, sizeof(d->data) - SEAL_OVERHEAD);
}

static void
leave_rtcp(struct sender *s, struct ice_datagram *d, const struct wbuf *w)
{
	d->len = wbuf_len(w);
	if (seal_rtcp(s->seal, d->data, &d->len))
		d->len = 0;
}

/* RFC 3550 section 6.2, but never while there is nothing to report. */
static void
report(struct sender *s, int64_t now)
{
	const struct rtp_stream *const streams[] = { &s->video, &s->audio };

	if (now - s->report_us < REPORT_US)
		return;
	s->report_us = now;
	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		struct ice_datagram *d;
		struct wbuf w;

		if (!streams[i]->packets)
			continue;
		d = ice_room(s->ice);
		w = begin_rtcp(d);
		rtcp_sr_encode(&w, streams[i], now);
		rtcp_sdes_encode(&w, streams[i]->ssrc, SEND_CNAME);
		leave_rtcp(s, d, &w);
	}
}

/*
 * Whether to send again what gets lost takes longer than who looks on can
 * bear: the way is far, or it is lost twice.
 */
static bool
needs_repairs(const struct sender *s)
{
	return s->fec.pt &&
	    ((s->bwe.rtt_us > FAR_US && s->loss > FAR_LOSS) ||
		(s->bwe.rtt_us > NEAR_US && s->loss > NEAR_LOSS));
}

/* The packets from first on that have their repair packets in common. */
static struct flexfec
repair_block(const struct sender *s, uint16_t first)
{
	struct flexfec block = { .count = 0 };
	const uint8_t *packet;
	size_t len;

	for (; first != s->repairs.end; first++) {
		packet = history_find(&s->history, first, &len);
		if (!packet || !flexfec_add(&block, packet, len))
			break;
	}
	return block;
}

/* The packets of a picture have left, up to end. */
static void
protect(struct sender *s, uint16_t end)
{
	unsigned int packets = 0;

	s->repairs = (struct repairs){ .first = s->frame_seq, .end = end };
	for (uint16_t first = s->frame_seq; first != end;) {
		struct flexfec block = repair_block(s, first);

		if (!block.count)
			break;
		packets += flexfec_repairs(&block);
		first = (uint16_t)(first + block.count);
	}
	pacer_repair(&s->pacer, packets);
}

static void
send_repair(struct sender *s, int64_t now)
{
	struct flexfec block = repair_block(s, s->repairs.first);
	struct ice_datagram *d = ice_room(s->ice);
	ssize_t n;

	if (!block.count) {
		pacer_repair(&s->pacer, 0);
		return;
	}
	n = flexfec_encode(&block, s->repairs.left++, &s->fec, now, d->data,
	    sizeof(d->data) - SEAL_OVERHEAD);
	if (s->repairs.left == flexfec_repairs(&block)) {
		s->repairs.first = (uint16_t)(s->repairs.first + block.count);
		s->repairs.left = 0;
	}
	d->len = n > 0 ? (size_t)n : 0;
	s->other[0] += d->len;
	leave(s, d, &s->fec, now);
}

static void
send_video(struct sender *s, uint16_t seq, int64_t now)
{
	struct ice_datagram *d = ice_room(s->ice);
	const uint8_t *packet = history_find(&s->history, seq, &d->len);

	if (!packet)
		return;
	memcpy(d->data, packet, d->len);
	history_left(&s->history, seq, s->transport_seq);
	leave(s, d, &s->video, now);
	s->left_us = now;
	if (!(packet[1] & MARKED))
		return;
	if (needs_repairs(s))
		protect(s, (uint16_t)(seq + 1));
	s->frame_seq = (uint16_t)(seq + 1);
}

/* RFC 4588, or as it was for who does not know that; false: it is gone. */
static bool
send_copy(struct sender *s, uint16_t seq, int64_t now)
{
	size_t len;
	const uint8_t *packet = history_find(&s->history, seq, &len);
	struct ice_datagram *d;
	ssize_t n;

	if (!packet)
		return false;
	d = ice_room(s->ice);
	d->len = len;
	history_left(&s->history, seq, s->transport_seq);
	if (!s->rtx.pt) {
		memcpy(d->data, packet, len);
		leave(s, d, &s->video, now);
	} else {
		n = rtp_rtx(&s->rtx, packet, len, d->data, sizeof(d->data));
		d->len = n > 0 ? (size_t)n : 0;
		leave(s, d, &s->rtx, now);
	}
	return true;
}

static void
send_lost(struct sender *s, uint16_t seq, int64_t now)
{
	if (!send_copy(s, seq, now))
		return;
	s->resent++;
	s->other[0] += SEND_PACKET_MAX;
}

/*
 * Padding that may be of use: what left lately, once more.  Small packets,
 * which say little about the way, are passed over.
 */
static void
send_padding(struct sender *s, int64_t now)
{
	size_t len = 0;

	for (int i = 0; i < PAD_TRIES && len < PAD_MIN; i++)
		history_find(&s->history, --s->pad_seq, &len);
	if (len < PAD_MIN || !send_copy(s, s->pad_seq, now))
		probe_abandon(&s->bwe.probe);
}

/* Nothing waits any more. */
static void
drained(struct sender *s, int64_t now)
{
	if (s->done_us) {
		s->send_us += (uint64_t)(now - s->done_us);
		s->done_us = 0;
		report(s, now);
	}
	s->pad_seq = s->video.seq;
	if (s->waits_for_key && !s->asked_for_key) {
		s->asked_for_key = true;
		s->behind(s->arg);
	}
}

/* True when there may be more to send. */
static bool
send_next(struct sender *s, int64_t now)
{
	uint16_t seq;
	int64_t at;

	switch (pacer_next(
	    &s->pacer, now, bwe_pace(&s->bwe), is_padding(s), &seq, &at)) {
	case PACER_RESEND:
		send_lost(s, seq, now);
		return true;
	case PACER_REPAIR:
		send_repair(s, now);
		return true;
	case PACER_VIDEO:
		send_video(s, seq, now);
		return true;
	case PACER_PAD:
		send_padding(s, now);
		return true;
	case PACER_WAIT:
		if (at < now + PACE_TICK_US)
			at = now + PACE_TICK_US;
		loop_timer_set(s->loop, &s->pace_timer, at);
		return false;
	default:
		drained(s, now);
		return false;
	}
}

/* Let leave what may. */
static void
pace(struct sender *s)
{
	int64_t now = clock_us();

	while (send_next(s, now))
		;
	if (s->bwe.silent_us)
		loop_timer_set(s->loop, &s->bwe_timer, s->bwe.silent_us);
	ice_flush(s->ice);
}

size_t
sender_video_max(const struct sender *s)
{
	return needs_repairs(s) ? SEND_PACKET_MAX - SEND_REPAIR
				: SEND_PACKET_MAX;
}

static void
revoke_waiting(struct sender *s)
{
	uint16_t next = pacer_drop(&s->pacer, s->video.seq);
	size_t len;

	while (s->video.seq != next) {
		const uint8_t *packet = history_find(
		    &s->history, (uint16_t)(s->video.seq - 1), &len);

		rtp_revoke(&s->video, packet, len);
	}
}

bool
sender_takes(struct sender *s, bool key)
{
	bool late = pacer_is_late(&s->pacer, clock_us());

	if (late || key)
		revoke_waiting(s);
	if (late && !key)
		s->waits_for_key = true;
	if (key) {
		s->waits_for_key = s->asked_for_key = false;
		s->key_seq = s->video.seq;
		s->key_us = clock_us();
	}
	if (!s->waits_for_key)
		return true;
	s->left_out++;
	pace(s);
	return false;
}

void
sender_video(struct sender *s, uint16_t first, int64_t done_us)
{
	if (first == s->video.seq)
		return;
	s->done_us = done_us;
	pacer_add(&s->pacer, clock_us(), first, s->video.seq);
	pace(s);
}

struct ice_datagram *
sender_room(struct sender *s)
{
	return ice_room(s->ice);
}

unsigned int
sender_redundancy(const struct sender *s)
{
	double lost = s->sound_loss;
	unsigned int depth = 0;

	for (; depth < RED_DEPTH && lost > SOUND_LOST; depth++)
		lost *= s->sound_loss;
	return depth;
}

void
sender_audio(struct sender *s, struct ice_datagram *d)
{
	int64_t now = clock_us();

	s->other[0] += d->len;
	leave(s, d, &s->audio, now);
	report(s, now);
	ice_flush(s->ice);
}

/* So much got lost that it would be late: a key frame is less. */
static void
give_up(struct sender *s)
{
	s->pacer.again_left = 0;
	revoke_waiting(s);
	s->waits_for_key = true;
}

/* RFC 4585 section 6.2.1 */
void
sender_resend(struct sender *s, uint16_t seq, int64_t rtt_us)
{
	size_t len;
	double lost = 1;

	if (s->waits_for_key || (int16_t)(seq - s->key_seq) < 0 ||
	    !history_resend(&s->history, seq, clock_us(), rtt_us, &len))
		return;
	if ((int64_t)s->pacer.again_left * PACKET_BITS * 1000000 >
	    s->bwe.rate * LOST_US) {
		give_up(s);
		return;
	}
	/* Another round trip would take longer than who looks on can bear. */
	for (int copies = 0; copies < COPIES && lost > COPIES_LOST; copies++) {
		pacer_again(&s->pacer, seq);
		lost *= s->loss;
	}
}

void
sender_told(struct sender *s, uint16_t transport_seq, bool arrived)
{
	uint16_t seq;

	if (s->video.pt &&
	    history_told(&s->history, transport_seq, arrived, &seq))
		sender_resend(s, seq, 0);
}

void
sender_flush(struct sender *s)
{
	pace(s);
}

void
sender_learnt(struct sender *s)
{
	ask(s, clock_us());
	pace(s);
}

void
sender_bye(struct sender *s)
{
	struct ice_datagram *d;
	struct wbuf w;

	if (!s->seal || !s->video.packets)
		return;
	d = ice_room(s->ice);
	w = begin_rtcp(d);
	rtcp_sr_encode(&w, &s->video, clock_us());
	rtcp_bye_encode(&w, s->video.ssrc);
	leave_rtcp(s, d, &w);
	ice_flush(s->ice);
}
