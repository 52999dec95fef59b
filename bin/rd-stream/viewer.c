#include "viewer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "link/line.h"

/* Sound alone is acknowledged so often. */
enum { ASK_US = 100000 };

enum { LENGTH_MAX = 8 }; /* of a message's length, as text */

/* Something happens: whether the viewer is there matters more. */
static void
stir(struct viewer *v)
{
	if (!v->stirred)
		loop_timer_set(v->loop, &v->beat, clock_us() + VIEWER_BEAT_US);
	v->stirred = true;
}

static void
send_packet(struct viewer *v, const struct packet *p, bool ack)
{
	struct packet numbered = *p;
	size_t len = PACKET_HEADER + p->len;

	numbered.seq = v->seq;
	if (ack)
		numbered.flags |= PACKET_ACK;
	packet_encode(&numbered, v->packet);
	memcpy(v->packet + PACKET_HEADER, p->payload, p->len);
	if (link_send(v->out, v->packet, len, -1))
		return; /* only messages get here without room */
	v->seq++;
	v->bytes += len;
	if (ack)
		flow_sent(&v->flow, clock_us(), numbered.seq, len);
}

static void
send_video(struct viewer *v, const struct packet *p)
{
	int64_t now = clock_us();

	if (v->sent_us && now - v->sent_us > v->rest_us)
		v->rest_us = now - v->sent_us;
	v->sent_us = now;
	v->frames++;
	v->capture_us += p->wait_us;
	v->encode_us += p->done_us - p->capture_us - p->wait_us;
	stir(v);
	send_packet(v, p, true);
}

static void
send_audio(struct viewer *v, const struct packet *p)
{
	int64_t now = clock_us();
	bool ask = now - v->asked_us >= ASK_US;

	if (ask)
		v->asked_us = now;
	stir(v);
	send_packet(v, p, ask);
}

static void
send_message(struct viewer *v, const void *data, size_t len, bool ack)
{
	int64_t now = clock_us();
	struct packet p = { .kind = PACKET_MESSAGE,
		.codec = CODEC_EVENT,
		.capture_us = (uint64_t)now,
		.done_us = (uint64_t)now,
		.len = (uint32_t)len,
		.payload = data };

	send_packet(v, &p, ack);
}

static void
on_message(void *arg, const void *data, size_t len)
{
	send_message(arg, data, len, false);
}

static bool
source_wanted(void *arg, const struct source *s)
{
	struct viewer *v = arg;
	int64_t now = clock_us();

	return link_is_idle(v->out) &&
	    (s->video ? flow_takes_video(&v->flow, now)
		      : flow_takes_audio(&v->flow, now));
}

static void
source_packet(void *arg, const struct packet *p)
{
	struct viewer *v = arg;

	if (p->kind == PACKET_CURSOR)
		channels_line(&v->channels, p->payload, p->len);
	else if (p->kind == PACKET_VIDEO && p->codec == CODEC_H264)
		send_video(v, p);
	else if (p->kind == PACKET_AUDIO && p->codec == CODEC_OPUS)
		send_audio(v, p);
}

static void
source_ended(void *arg)
{
	struct viewer *v = arg;

	v->over(0, "the media ended");
}

static void
on_mode(void *arg, const char *line)
{
	struct viewer *v = arg;

	sources_tell(&v->sources, line);
}

static void
leads(void *arg)
{
	struct viewer *v = arg;

	sources_tell(&v->sources, "lead\n");
}

static size_t
stats(void *arg, char *out, size_t size)
{
	struct viewer *v = arg;
	unsigned int n = v->frames ? v->frames : 1;
	int len = snprintf(out, size,
	    "frames=%u bytes=%llu capture_us=%llu encode_us=%llu rest_us=%lld "
	    "rtt_us=%lld bitrate=%lld now_us=%lld",
	    v->frames, (unsigned long long)v->bytes,
	    (unsigned long long)(v->capture_us / n),
	    (unsigned long long)(v->encode_us / n), (long long)v->rest_us,
	    v->flow.rtt_us ? (long long)v->flow.rtt_us : -1,
	    (long long)v->flow.bitrate, (long long)clock_us());

	v->frames = 0;
	v->bytes = v->capture_us = v->encode_us = 0;
	v->rest_us = 0;
	return (size_t)len;
}

/*
 * Who has something under way and says nothing is gone; a viewer that has
 * nothing is asked, which also tells it that we are there.
 */
static void
beat_expired(struct loop_timer *t)
{
	struct viewer *v = t->arg;
	int64_t now = clock_us(), age = flow_age_us(&v->flow, now);
	bool soon = v->stirred || age;

	if (age >= VIEWER_STALL_US) {
		v->over(EXIT_NO, "the viewer acknowledges nothing");
		return;
	}
	if (age >= VIEWER_GONE_US && now - v->heard_us >= VIEWER_GONE_US) {
		v->over(EXIT_NO, "the viewer is gone");
		return;
	}
	if (!age)
		send_message(v, "alive", strlen("alive"), true);
	v->stirred = false;
	loop_timer_set(
	    v->loop, t, now + (soon ? VIEWER_BEAT_US : VIEWER_REST_US));
}

static void
acked(struct viewer *v, uint32_t seq)
{
	int64_t bitrate;

	if (flow_acked(&v->flow, clock_us(), seq)) {
		bitrate = v->flow.bitrate ? v->flow.bitrate : FLOW_RATE_FREE;
		sources_bitrate(&v->sources, bitrate);
		log_info("bitrate %lld", (long long)bitrate);
	}
	sources_resume(&v->sources);
}

/* "voice NUMBER", newline, an Opus packet. */
static void
heard(struct viewer *v, struct words *w, const uint8_t *opus, size_t len)
{
	uint32_t seq = (uint32_t)words_int(w, 0, UINT32_MAX);

	if (words_end(w))
		mic_send(&v->mic, seq, opus, len);
}

static void
take_message(struct viewer *v, const uint8_t *p, size_t len)
{
	ptrdiff_t line = line_find(p, len);
	size_t head = line < 0 ? len : (size_t)line;
	struct words w = words_of(p, head);
	uint32_t seq;

	v->heard_us = clock_us();
	if (line < 0 && words_is(&w, "here"))
		return;
	if (line < 0 && words_is(&w, "ack")) {
		seq = (uint32_t)words_int(&w, 0, UINT32_MAX);
		if (words_end(&w))
			acked(v, seq);
		return;
	}
	stir(v);
	if (line >= 0 && words_is(&w, "voice"))
		heard(v, &w, p + head + 1, len - head - 1);
	else if (line < 0 && words_is(&w, "keyframe"))
		sources_tell(&v->sources, "keyframe\n");
	else
		channels_message(&v->channels, CHANNEL_EVENTS, p, len);
}

ssize_t
viewer_input(struct viewer *v, const uint8_t *p, size_t len)
{
	ptrdiff_t line = line_find(p, len < LENGTH_MAX ? len : LENGTH_MAX);
	struct words w = words_of(p, line < 0 ? 0 : (size_t)line);
	size_t head = (size_t)(line + 1), n;

	if (line < 0)
		return len < LENGTH_MAX ? 0 : -EBADMSG;
	n = (size_t)words_int(&w, 1, VIEWER_MESSAGE_MAX);
	if (!words_end(&w))
		return -EBADMSG;
	if (len - head < n)
		return 0;
	take_message(v, p + head, n);
	return (ssize_t)(head + n);
}

void
viewer_drained(struct viewer *v)
{
	sources_resume(&v->sources);
}

int
viewer_open(struct viewer *v, const char **addr)
{
	int err;

	v->beat = (struct loop_timer){ .expired = beat_expired, .arg = v };
	v->sources.arg = v->channels.arg = v;
	v->sources.loop = v->mic.loop = v->loop;
	v->sources.wanted = source_wanted;
	v->sources.packet = source_packet;
	v->sources.ended = source_ended;
	v->channels.send = on_message;
	v->channels.stats = stats;
	v->channels.mode = on_mode;
	v->channels.leads = leads;
	sources_bitrate(&v->sources, FLOW_RATE_FREE);
	*addr = v->channels.events;
	err = channels_start(&v->channels, v->loop);
	return err ? err : sources_connect(&v->sources, addr);
}

void
viewer_greet(struct viewer *v)
{
	if (v->mic.addr)
		on_message(v, "hears", strlen("hears"));
	loop_timer_set(v->loop, &v->beat, clock_us() + VIEWER_REST_US);
}

void
viewer_close(struct viewer *v)
{
	loop_timer_stop(v->loop, &v->beat);
	channels_close(&v->channels);
	mic_close(&v->mic);
	sources_close(&v->sources);
}
