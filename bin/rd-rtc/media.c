#include "media.h"

#include <string.h>

#include "leave.h"
#include "link/line.h"
#include "repair.h"
#include "rtp/h264.h"
#include "skip.h"

enum {
	AUDIO_US = 10000,
	/* Sound that is that far from where it should be starts afresh. */
	AUDIO_SLACK_US = 30000,
	ARRIVES_US = 5000000, /* reports come more often */
};

int
media_open(struct media *m, struct loop *loop, const struct sdp_offer *o)
{
	const struct sdp_media *audio = sdp_offer_media(o, SDP_AUDIO);

	m->feedback.sender = &m->sender;
	m->feedback.rtt_us = -1;
	m->hears = audio && audio->sends;
	m->red_pt = audio ? audio->red_pt : 0;
	return sender_open(&m->sender, loop, o);
}

void
media_close(struct media *m)
{
	sender_close(&m->sender);
}

void
media_start(struct media *m, struct ice *ice, struct seal *seal)
{
	sender_start(&m->sender, ice, seal);
}

void
media_moved(struct media *m)
{
	bwe_restart(&m->sender.bwe, clock_us());
	if (m->sender.seal)
		sender_learnt(&m->sender);
}

static void
send_video(struct media *m, const struct packet *p)
{
	struct sender *s = &m->sender;
	struct skip_picture picture = { .seq = p->seq,
		.key = p->flags & PACKET_KEY,
		.goes_back = m->goes_back,
		.needs = m->refers };
	struct h264_units units;
	uint8_t packet[SEND_PACKET_MAX];
	size_t size = sender_video_max(s);
	int64_t now = clock_us();
	ssize_t header, n;
	uint16_t first;

	m->goes_back = false;
	if (!sender_takes(s, &picture))
		return;
	first = s->video.seq;
	h264_begin(&units, p->payload, p->len);
	for (;;) {
		header =
		    rtp_begin(&s->video, (int64_t)p->capture_us, packet, size);
		n = h264_next(&units, packet + header, size - (size_t)header);
		if (n <= 0)
			break;
		rtp_commit(&s->video, packet, (size_t)(header + n),
		    h264_is_last(&units));
		history_put(&s->history, packet, (size_t)(header + n), now);
	}
	if (m->frame_us && now - m->frame_us > m->rest_us)
		m->rest_us = now - m->frame_us;
	m->frame_us = now;
	m->frames++;
	m->capture_us += p->wait_us;
	m->encode_us += p->done_us - p->capture_us - p->wait_us;
	sender_video(s, first, (int64_t)p->done_us);
}

/* The packet, after as many of those before it. */
static ssize_t
put_sound(struct media *m, unsigned int depth, uint32_t ts,
    const struct packet *p, uint8_t *out, size_t size)
{
	ssize_t n = p->len <= size ? (ssize_t)p->len : -1;

	if (depth)
		n = red_encode(&m->red, depth, m->sender.audio.pt, ts,
		    p->payload, p->len, out, size);
	else if (n > 0)
		memcpy(out, p->payload, p->len);
	if (m->red_pt)
		red_keep(&m->red, ts, p->payload, p->len);
	return n;
}

static void
send_audio(struct media *m, const struct packet *p)
{
	struct sender *s = &m->sender;
	int64_t us = (int64_t)p->capture_us;
	struct ice_datagram *d;
	unsigned int depth = m->red_pt ? sender_redundancy(s) : 0;
	uint32_t ts;
	ssize_t header, n;
	bool first = us < m->audio_us - AUDIO_SLACK_US ||
	    us > m->audio_us + AUDIO_SLACK_US;

	/* The decoder wants exactly as much time as each packet holds. */
	m->audio_us = first ? us : m->audio_us;
	d = sender_room(s);
	header = rtp_begin(&s->audio, m->audio_us, d->data, SEND_PACKET_MAX);
	ts = rtp_timestamp(&s->audio, m->audio_us);
	n = put_sound(m, depth, ts, p, d->data + header,
	    SEND_PACKET_MAX - (size_t)header);
	d->len = n > 0 ? (size_t)(header + n) : 0;
	if (n <= 0)
		return;
	if (depth)
		d->data[1] = m->red_pt;
	/* RFC 3551 section 4.1: the marker starts sound after silence. */
	rtp_commit(&s->audio, d->data, d->len, first);
	m->audio_us += AUDIO_US;
	sender_audio(s, d);
}

static void
take_line(struct media *m, const struct packet *p)
{
	struct words w = words_of(p->payload, p->len);
	uint32_t seq;

	if (!words_is(&w, "refers"))
		return;
	seq = (uint32_t)words_int(&w, 0, UINT32_MAX);
	if (!words_end(&w))
		return;
	m->goes_back = true;
	m->refers = seq;
}

void
media_send(struct media *m, const struct packet *p)
{
	if (p->kind == PACKET_VIDEO && p->codec == CODEC_LINE)
		take_line(m, p);
	else if (p->kind == PACKET_VIDEO && p->codec == CODEC_H264 &&
	    m->sender.video.pt)
		send_video(m, p);
	else if (p->kind == PACKET_AUDIO && p->codec == CODEC_OPUS &&
	    m->sender.audio.pt)
		send_audio(m, p);
}

static bool
take_sound(struct media *m, uint8_t *packet, size_t len)
{
	struct rtp_header h;
	const uint8_t *opus;
	int16_t step;
	ssize_t n;

	if (!m->hears || unseal_rtp(m->sender.seal, packet, &len))
		return false;
	n = rtp_decode(&h, &opus, packet, len);
	if (n <= 0 || h.pt != m->sender.audio.pt)
		return true;
	step = (int16_t)(h.seq - (uint16_t)m->sound_seq);
	m->sound_seq = (uint32_t)((int64_t)m->sound_seq + step);
	m->heard(m->arg, m->sound_seq, opus, (size_t)n);
	return true;
}

bool
media_reported(const struct media *m)
{
	return m->sender.video.pt || m->sender.audio.pt;
}

bool
media_arrives(const struct media *m)
{
	return !m->sender.video.pt ||
	    clock_us() - m->feedback.arrived_us < ARRIVES_US;
}

/* RFC 5761 section 4 */
bool
media_input(struct media *m, uint8_t *packet, size_t len)
{
	struct seal *seal = m->sender.seal;

	if (!seal || len < 2)
		return false;
	if (packet[1] < 192 || packet[1] > 223)
		return take_sound(m, packet, len);
	if (unseal_rtcp(seal, packet, &len))
		return false;
	feedback_input(&m->feedback, packet, len);
	return true;
}

void
media_bye(struct media *m)
{
	sender_bye(&m->sender);
}

struct media_stats
media_stats_take(struct media *m)
{
	struct sender *s = &m->sender;
	struct feedback *f = &m->feedback;
	struct media_stats taken = { .frames = m->frames,
		.left_out = s->left_out,
		.nacks = f->nacks,
		.resent = s->resent,
		.lost = f->lost,
		.bytes = s->bytes,
		.capture_us = m->capture_us,
		.encode_us = m->encode_us,
		.send_us = s->send_us,
		.rest_us = m->rest_us,
		.rtt_us = f->rtt_us,
		.bitrate = s->bwe.rate,
		.queue_us = pacer_waits_us(&s->pacer, clock_us()) };

	m->frames = s->left_out = s->resent = f->nacks = 0;
	f->lost = 0;
	m->rest_us = 0;
	m->capture_us = m->encode_us = s->bytes = s->send_us = 0;
	return taken;
}
