#include "send.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "rtp/rtcp.h"

enum {
	/*
	 * A frame leaves at 25 bytes/us (200 Mbit/s), the first BURST_US of
	 * it at once: no more than a small socket buffer holds.
	 */
	PACE_BYTES_PER_US = 25,
	BURST_US = 2000,
	PACE_TICK_US = 1000,

	REPORT_US = 1000000,
	COPIES = 3, /* of a lost packet, at most */
};

/* All of them get lost so often. */
#define COPIES_LOST .005

static void
random_bytes(void *p, size_t len)
{
	if (getrandom(p, len, 0) != (ssize_t)len)
		abort();
}

static void
stream_init(struct rtp_stream *s, const struct sdp_media *media, uint8_t pt,
    uint32_t hz)
{
	*s = (struct rtp_stream){ .clock_hz = hz, .pt = pt };
	random_bytes(&s->ssrc, sizeof(s->ssrc));
	random_bytes(&s->seq, sizeof(s->seq));
	random_bytes(&s->ts_offset, sizeof(s->ts_offset));
	memcpy(s->ext, media->ext, sizeof(s->ext));
	if (strlen(media->mid) <= RTP_MID_MAX)
		strcpy(s->mid, media->mid);
	else
		s->ext[RTP_EXT_MID] = 0;
}

static void pace(struct sender *s);

static void
pacer_expired(struct loop_timer *t)
{
	pace(t->arg);
}

int
sender_open(struct sender *s, struct loop *loop, const struct sdp_offer *o)
{
	const struct sdp_media *video = sdp_offer_media(o, SDP_VIDEO);
	const struct sdp_media *audio = sdp_offer_media(o, SDP_AUDIO);

	s->loop = loop;
	s->pacer = (struct loop_timer){ .expired = pacer_expired, .arg = s };
	if (video) {
		stream_init(&s->video, video, video->pt, RTP_VIDEO_HZ);
		stream_init(&s->rtx, video, video->rtx_pt, RTP_VIDEO_HZ);
		s->next_seq = s->video.seq;
	}
	if (audio)
		stream_init(&s->audio, audio, audio->pt, RTP_OPUS_HZ);
	return video ? history_open(&s->history) : 0;
}

void
sender_close(struct sender *s)
{
	if (s->loop)
		loop_timer_stop(s->loop, &s->pacer);
	history_close(&s->history);
}

void
sender_start(struct sender *s, struct ice *ice, struct seal *seal)
{
	s->ice = ice;
	s->seal = seal;
}

/* The packet in d is whole: stamp, encrypt and let it go. */
static void
leave(struct sender *s, struct ice_datagram *d, const struct rtp_stream *of,
    int64_t now)
{
	rtp_stamp(d->data, d->len, of->ext, now, s->transport_seq++);
	if (seal_rtp(s->seal, d->data, &d->len))
		d->len = 0;
	s->bytes += d->len;
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

/* Let video packets leave as far as the budget allows. */
static void
pace(struct sender *s)
{
	int64_t now = clock_us();
	const uint8_t *packet;
	size_t len;

	if (s->credit_us < now - BURST_US)
		s->credit_us = now - BURST_US;
	while (s->next_seq != s->video.seq && s->credit_us < now) {
		packet = history_find(&s->history, s->next_seq, &len);
		history_left(&s->history, s->next_seq++, s->transport_seq);
		if (packet) {
			struct ice_datagram *d = ice_room(s->ice);

			memcpy(d->data, packet, len);
			d->len = len;
			leave(s, d, &s->video, now);
			s->left_us = now;
			s->credit_us += (int64_t)len / PACE_BYTES_PER_US;
		}
	}
	if (s->next_seq != s->video.seq) {
		loop_timer_set(s->loop, &s->pacer, now + PACE_TICK_US);
	} else if (s->done_us) {
		s->send_us += (uint64_t)(now - s->done_us);
		s->done_us = 0;
		report(s, now);
	}
	ice_flush(s->ice);
}

void
sender_video(struct sender *s, int64_t done_us)
{
	s->done_us = done_us;
	pace(s);
}

struct ice_datagram *
sender_room(struct sender *s)
{
	return ice_room(s->ice);
}

void
sender_audio(struct sender *s, struct ice_datagram *d)
{
	int64_t now = clock_us();

	leave(s, d, &s->audio, now);
	report(s, now);
	ice_flush(s->ice);
}

/* RFC 4588, or as it was for who does not know that. */
static void
send_copy(struct sender *s, uint16_t seq, const uint8_t *packet, size_t len)
{
	struct ice_datagram *d = ice_room(s->ice);
	int64_t now = clock_us();
	ssize_t n;

	history_left(&s->history, seq, s->transport_seq);
	d->len = len;
	if (!s->rtx.pt) {
		memcpy(d->data, packet, len);
		leave(s, d, &s->video, now);
	} else {
		n = rtp_rtx(&s->rtx, packet, len, d->data, sizeof(d->data));
		d->len = n > 0 ? (size_t)n : 0;
		leave(s, d, &s->rtx, now);
	}
	s->resent++;
}

/* RFC 4585 section 6.2.1 */
void
sender_resend(struct sender *s, uint16_t seq, int64_t rtt_us)
{
	const uint8_t *packet;
	size_t len;
	double lost = 1;

	packet = history_resend(&s->history, seq, clock_us(), rtt_us, &len);
	if (!packet)
		return;
	/* Another round trip would take longer than who looks on can bear. */
	for (int copies = 0; copies < COPIES && lost > COPIES_LOST; copies++) {
		send_copy(s, seq, packet, len);
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
	ice_flush(s->ice);
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
