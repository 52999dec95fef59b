#include "send.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "leave.h"
#include "repair.h"
#include "resend.h"
#include "rtp/red.h"

enum {
	START = 2500000,     /* bit/s, until something is known */
	PACE_TICK_US = 2000, /* it is not worth it to wake up more often */
	SHARE = 90, /* per cent of the rate that pictures are to take */
	STEP = 3,   /* per cent of change that the encoder is told */
	OTHER_US = 1000000,
	MARKED = 0x80, /* RTP's marker: a picture ends */
};

#define SOUND_LOST .005 /* a gap so often is not noticed */

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

static void
send_video(struct sender *s, uint16_t seq, int64_t now)
{
	struct ice_datagram *d = ice_room(s->ice);
	const uint8_t *packet = history_find(&s->history, seq, &d->len);

	if (!packet)
		return;
	memcpy(d->data, packet, d->len);
	history_left(&s->history, seq, s->transport_seq);
	sender_leaves(s, d, &s->video, now);
	s->left_us = now;
	if (!(packet[1] & MARKED))
		return;
	if (sender_needs_repairs(s))
		sender_protect(s, (uint16_t)(seq + 1));
	s->frame_seq = (uint16_t)(seq + 1);
}

/* Nothing waits any more. */
static void
drained(struct sender *s, int64_t now)
{
	if (s->done_us) {
		s->send_us += (uint64_t)(now - s->done_us);
		s->done_us = 0;
		sender_reports(s, now);
	}
	s->pad_seq = s->video.seq;
	if (s->waits && !s->asked_again) {
		s->asked_again = true;
		s->behind(s->arg,
		    s->video.ext[RTP_EXT_DEPENDENCY] ? &s->missing : NULL);
	}
}

/* True when there may be more to send. */
static bool
send_next(struct sender *s, int64_t now)
{
	uint16_t seq;
	int64_t at;

	switch (pacer_next(
	    &s->pacer, now, bwe_pace(&s->bwe), sender_pads(s), &seq, &at)) {
	case PACER_RESEND:
		sender_lost(s, seq, now);
		return true;
	case PACER_REPAIR:
		sender_repair(s, now);
		return true;
	case PACER_VIDEO:
		send_video(s, seq, now);
		return true;
	case PACER_PAD:
		sender_pad(s, now);
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
	sender_leaves(s, d, &s->audio, now);
	sender_reports(s, now);
	ice_flush(s->ice);
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
