#include "media.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "rtp/h264.h"
#include "rtp/rtcp.h"

enum {
	/* With SRTP's tag or as retransmission it still fits 1200 bytes. */
	PACKET_SIZE = 1200 - SEAL_OVERHEAD - RTP_RTX_HEADER,

	/*
	 * A frame leaves at 25 bytes/us (200 Mbit/s), the first BURST_US of
	 * it at once: no more than a small socket buffer holds.
	 */
	PACE_BYTES_PER_US = 25,
	BURST_US = 2000,
	PACE_TICK_US = 1000,

	REPORT_US = 1000000,
	IDLE_US = 2000000,
	PLI_AGAIN_US = 1000000,
	AUDIO_US = 10000,
	/* Sound that is that far from where it should be starts afresh. */
	AUDIO_SLACK_US = 30000,
};

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

static void pace(struct media *m);

static void
pacer_expired(struct loop_timer *t)
{
	pace(t->arg);
}

int
media_open(struct media *m, struct loop *loop, const struct sdp_offer *o)
{
	const struct sdp_media *video = sdp_offer_media(o, SDP_VIDEO);
	const struct sdp_media *audio = sdp_offer_media(o, SDP_AUDIO);

	m->loop = loop;
	m->pacer = (struct loop_timer){ .expired = pacer_expired, .arg = m };
	m->stats.rtt_us = -1;
	if (video) {
		stream_init(&m->video, video, video->pt, RTP_VIDEO_HZ);
		stream_init(&m->rtx, video, video->rtx_pt, RTP_VIDEO_HZ);
		m->next_seq = m->video.seq;
	}
	if (audio) {
		stream_init(&m->audio, audio, audio->pt, RTP_OPUS_HZ);
		m->hears = audio->sends;
	}
	return video ? history_open(&m->history) : 0;
}

void
media_close(struct media *m)
{
	if (m->loop)
		loop_timer_stop(m->loop, &m->pacer);
	history_close(&m->history);
}

void
media_start(struct media *m, struct ice *ice, struct seal *seal)
{
	m->ice = ice;
	m->seal = seal;
}

/* The packet in d is whole: stamp, encrypt and let it go. */
static void
leave(struct media *m, struct ice_datagram *d, const struct rtp_stream *s,
    int64_t now)
{
	rtp_stamp(d->data, d->len, s->ext, now, m->transport_seq++);
	if (seal_rtp(m->seal, d->data, &d->len))
		d->len = 0;
	m->stats.bytes += d->len;
}

/* RFC 3550 section 6.2, but never while there is nothing to report. */
static void
report(struct media *m, int64_t now)
{
	const struct rtp_stream *const streams[] = { &m->video, &m->audio };

	if (now - m->report_us < REPORT_US)
		return;
	m->report_us = now;
	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		struct ice_datagram *d;
		struct wbuf w;

		if (!streams[i]->packets)
			continue;
		d = ice_room(m->ice);
		w = wbuf_of(d->data, sizeof(d->data) - SEAL_OVERHEAD);
		rtcp_sr_encode(&w, streams[i], now);
		rtcp_sdes_encode(&w, streams[i]->ssrc, MEDIA_CNAME);
		d->len = wbuf_len(&w);
		if (seal_rtcp(m->seal, d->data, &d->len))
			d->len = 0;
	}
}

/* Let video packets leave as far as the budget allows. */
static void
pace(struct media *m)
{
	int64_t now = clock_us();
	const uint8_t *packet;
	size_t len;

	if (m->credit_us < now - BURST_US)
		m->credit_us = now - BURST_US;
	while (m->next_seq != m->video.seq && m->credit_us < now) {
		packet = history_find(&m->history, m->next_seq++, &len);
		if (packet) {
			struct ice_datagram *d = ice_room(m->ice);

			memcpy(d->data, packet, len);
			d->len = len;
			leave(m, d, &m->video, now);
			m->left_us = now;
			m->credit_us += (int64_t)len / PACE_BYTES_PER_US;
		}
	}
	if (m->next_seq != m->video.seq) {
		loop_timer_set(m->loop, &m->pacer, now + PACE_TICK_US);
	} else if (m->done_us) {
		m->stats.send_us += (uint64_t)(now - m->done_us);
		m->done_us = 0;
		report(m, now);
	}
	ice_flush(m->ice);
}

static void
send_video(struct media *m, const struct packet *p)
{
	struct h264_units units;
	uint8_t packet[PACKET_SIZE];
	ssize_t header, n;

	h264_begin(&units, p->payload, p->len);
	for (;;) {
		header = rtp_begin(
		    &m->video, (int64_t)p->capture_us, packet, sizeof(packet));
		n = h264_next(
		    &units, packet + header, sizeof(packet) - (size_t)header);
		if (n <= 0)
			break;
		rtp_commit(&m->video, packet, (size_t)(header + n),
		    h264_is_last(&units));
		history_put(
		    &m->history, packet, (size_t)(header + n), clock_us());
	}
	m->done_us = (int64_t)p->done_us;
	m->stats.frames++;
	m->stats.encode_us += p->done_us - p->capture_us;
	pace(m);
}

static void
send_audio(struct media *m, const struct packet *p)
{
	int64_t now = clock_us(), us = (int64_t)p->capture_us;
	struct ice_datagram *d;
	ssize_t header;
	bool first = us < m->audio_us - AUDIO_SLACK_US ||
	    us > m->audio_us + AUDIO_SLACK_US;

	if (p->len > PACKET_SIZE - RTP_HEADER_MAX)
		return;
	/* The decoder wants exactly as much time as each packet holds. */
	m->audio_us = first ? us : m->audio_us;
	d = ice_room(m->ice);
	header = rtp_begin(&m->audio, m->audio_us, d->data, PACKET_SIZE);
	memcpy(d->data + header, p->payload, p->len);
	d->len = (size_t)header + p->len;
	/* RFC 3551 section 4.1: the marker starts sound after silence. */
	rtp_commit(&m->audio, d->data, d->len, first);
	leave(m, d, &m->audio, now);
	m->audio_us += AUDIO_US;
	report(m, now);
	ice_flush(m->ice);
}

void
media_send(struct media *m, const struct packet *p)
{
	if (p->kind == PACKET_VIDEO && p->codec == CODEC_H264 && m->video.pt)
		send_video(m, p);
	else if (p->kind == PACKET_AUDIO && p->codec == CODEC_OPUS &&
	    m->audio.pt)
		send_audio(m, p);
}

/* RFC 4585 section 6.2.1, RFC 4588 */
static void
resend(struct media *m, uint16_t seq)
{
	int64_t now = clock_us();
	int64_t rtt = m->stats.rtt_us > 0 ? m->stats.rtt_us : 0;
	struct ice_datagram *d;
	const uint8_t *packet;
	ssize_t n;
	size_t len;

	packet = history_resend(&m->history, seq, now, rtt, &len);
	if (!packet)
		return;
	d = ice_room(m->ice);
	d->len = len;
	if (!m->rtx.pt) {
		memcpy(d->data, packet, len);
		leave(m, d, &m->video, now);
	} else {
		n = rtp_rtx(&m->rtx, packet, len, d->data, sizeof(d->data));
		d->len = n > 0 ? (size_t)n : 0;
		leave(m, d, &m->rtx, now);
	}
	m->stats.resent++;
}

/*
 * Chromium asks for a key frame when it saw none of any kind for 3 s.  If it
 * has all that was sent, that is a display at rest: a viewer in need asks
 * again at once.
 */
static bool
is_impatient(struct media *m, int64_t now)
{
	bool idle = now - m->left_us > IDLE_US &&
	    m->heard_seq == (uint16_t)(m->video.seq - 1);
	bool again = now - m->pli_us < PLI_AGAIN_US;

	m->pli_us = now;
	return idle && !again;
}

static void
heard(struct media *m, const struct rtcp_message *msg)
{
	switch (msg->kind) {
	case RTCP_REPORT: {
		int64_t rtt = rtcp_rtt_us(&msg->report, clock_us());

		if (rtt >= 0)
			m->stats.rtt_us = rtt;
		if (msg->ssrc == m->video.ssrc)
			m->heard_seq = (uint16_t)msg->report.highest_seq;
		break;
	}
	case RTCP_NACK:
		if (msg->ssrc == m->video.ssrc)
			resend(m, msg->seq);
		break;
	case RTCP_FIR:
		/* RFC 5104 section 4.3.1.2: repeats carry the same number. */
		if (m->fir_seen && msg->fir_seq == m->fir_seq)
			break;
		m->fir_seen = true;
		m->fir_seq = msg->fir_seq;
		m->key_wanted(m->arg);
		break;
	case RTCP_PLI:
		if (!is_impatient(m, clock_us()))
			m->key_wanted(m->arg);
		break;
	default:
		break;
	}
}

static void
take_sound(struct media *m, uint8_t *packet, size_t len)
{
	struct rtp_header h;
	const uint8_t *opus;
	int16_t step;
	ssize_t n;

	if (!m->hears || unseal_rtp(m->seal, packet, &len))
		return;
	n = rtp_decode(&h, &opus, packet, len);
	if (n <= 0 || h.pt != m->audio.pt)
		return;
	step = (int16_t)(h.seq - (uint16_t)m->sound_seq);
	m->sound_seq = (uint32_t)((int64_t)m->sound_seq + step);
	m->heard(m->arg, m->sound_seq, opus, (size_t)n);
}

static void
take_rtcp(struct media *m, uint8_t *packet, size_t len)
{
	struct rtcp_reader reader;
	struct rtcp_message msg;

	if (unseal_rtcp(m->seal, packet, &len))
		return;
	rtcp_begin(&reader, packet, len);
	while (rtcp_next(&reader, &msg) > 0)
		heard(m, &msg);
	ice_flush(m->ice);
}

/* RFC 5761 section 4 */
void
media_input(struct media *m, uint8_t *packet, size_t len)
{
	if (!m->seal || len < 2)
		return;
	if (packet[1] >= 192 && packet[1] <= 223)
		take_rtcp(m, packet, len);
	else
		take_sound(m, packet, len);
}

void
media_bye(struct media *m)
{
	struct ice_datagram *d;
	struct wbuf w;

	if (!m->seal || !m->video.packets)
		return;
	d = ice_room(m->ice);
	w = wbuf_of(d->data, sizeof(d->data) - SEAL_OVERHEAD);
	rtcp_sr_encode(&w, &m->video, clock_us());
	rtcp_bye_encode(&w, m->video.ssrc);
	d->len = wbuf_len(&w);
	if (!seal_rtcp(m->seal, d->data, &d->len))
		ice_flush(m->ice);
}

struct media_stats
media_stats_take(struct media *m)
{
	struct media_stats taken = m->stats;

	m->stats = (struct media_stats){ .rtt_us = taken.rtt_us };
	return taken;
}
