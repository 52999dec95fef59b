#include "video.h"

#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "follow.h"

enum {
	STEP_US = 12,     /* makes another timestamp in RTP, of 90 kHz */
	KEEP_US = 400000, /* how often there is a picture to go back to */
	/* A frame that waited this long for readers is not what they want. */
	OLD_US = 100000,
	RENEW_US = 10000, /* within this there is a newer one, if at all */
};

static void step(struct video *v);

static void
timer_expired(struct loop_timer *t)
{
	step(t->arg);
}

static void
due(void *arg)
{
	struct video *v = arg;

	loop_timer_set(v->loop, &v->timer, 1);
}

void
video_init(struct video *v)
{
	v->recover = (struct recover){ .loop = v->loop, .arg = v, .due = due };
	recover_init(&v->recover);
	v->timer = (struct loop_timer){ .expired = timer_expired, .arg = v };
}

void
video_close(struct video *v)
{
	loop_timer_stop(v->loop, &v->timer);
	recover_close(&v->recover);
	video_release(v);
}

static void
send_text(struct video *v, enum packet_kind kind, const char *text, size_t len)
{
	uint64_t now = (uint64_t)clock_us();
	struct packet p = { .kind = (uint8_t)kind,
		.codec = CODEC_LINE,
		.capture_us = now,
		.done_us = now,
		.len = (uint32_t)len,
		.payload = (const uint8_t *)text };

	if (p.len && v->lines)
		fanout_send(v->out, &p);
}

static void
send_line(struct video *v, enum video_line which)
{
	send_text(v, PACKET_CURSOR, v->line[which], v->line_len[which]);
}

static void
send_unit(struct video *v, const struct h264_unit *u, int64_t begun_us)
{
	int64_t wait_us = begun_us - v->capture_us;
	struct packet p = { .kind = PACKET_VIDEO,
		.codec = CODEC_H264,
		.flags = u->key ? PACKET_KEY | PACKET_CONFIG : 0,
		.capture_us = (uint64_t)v->capture_us,
		.done_us = (uint64_t)clock_us(),
		.wait_us = wait_us > 0 ? (uint32_t)wait_us : 0,
		.len = (uint32_t)u->len,
		.payload = u->data };
	int err;

	/* What follows would refer to a picture that nobody has. */
	err = fanout_send(v->out, &p);
	if (err)
		die(EXIT_TEMP, err, "cannot send a picture of %zu bytes",
		    u->len);
	if (!u->key)
		return;
	for (int i = 0; i < VIDEO_LINES; i++)
		send_line(v, (enum video_line)i);
}

/* Bring the picture up to date; false when there is nothing to encode. */
static bool
take(struct video *v)
{
	struct frame f;

	v->fresh = v->renewed = false;
	if (!frames_reader_take(v->in, &f))
		return false;
	picture_update(
	    &v->picture, f.pixels, v->in->geometry.stride, &f.damage);
	v->whole = frames_reader_check(v->in, &f);
	if (!v->whole)
		return false;
	frames_reader_ack(v->in, &f);
	v->look = picture_look(&v->picture, false);
	pace_took(&v->pace, clock_us(), 1000000 / v->fps);
	v->capture_us = f.time_us > v->capture_us + STEP_US
	    ? f.time_us
	    : v->capture_us + STEP_US;
	return true;
}

/* What is encoded next has a name, and may be kept. */
static void
name_next(struct video *v, int64_t now)
{
	v->h264.seq = v->out->seq;
	if (now - v->kept_us < KEEP_US)
		return;
	v->kept_us = now;
	h264_keep(&v->h264);
}

/* Improve a part of what is coarse; false when that cannot be done in parts. */
static bool
refine(struct video *v)
{
	int64_t now = clock_us();
	struct h264_unit u;
	int more;

	name_next(v, now);
	more = h264_refine(&v->h264, &v->picture, RATE_QP_GOOD, RATE_QP_FINE,
	    rate_part(&v->rate, now), &u);
	if (more < 0)
		return false;
	log_debug("refinement: %zu bytes", u.len);
	rate_refined(&v->rate, now, u.len, !more);
	send_unit(v, &u, now);
	return true;
}

static enum rate_picture
kind_of_next(const struct video *v)
{
	if (v->recover.key)
		return RATE_KEY;
	return h264_is_small(&v->h264, &v->picture) ? RATE_PATCH : RATE_CHANGE;
}

/*
 * Have the next picture need nothing that readers miss.  False when it has to
 * be a key picture, as soon as one may come.
 */
static bool
go_back(struct video *v, int64_t now)
{
	char text[32];
	uint32_t from;
	int len;

	if (h264_return(&v->h264, v->recover.seq, &v->picture, &from)) {
		recover_never(&v->recover, VIDEO_KEY_GAP_US);
		return false;
	}
	v->look = picture_look(&v->picture, false);
	len = snprintf(text, sizeof(text), "refers %u", from);
	send_text(v, PACKET_VIDEO, text, (size_t)len);
	recover_back(&v->recover, v->out->seq, from, now);
	log_debug("back to %u", from);
	return true;
}

static void
encode(struct video *v, int64_t now)
{
	static const char *const names[] = { [RATE_KEY] = "key picture",
		[RATE_CHANGE] = "picture",
		[RATE_PATCH] = "patch" };
	enum rate_picture kind = kind_of_next(v);
	struct look look =
	    v->recover.key ? picture_look(&v->picture, true) : v->look;
	int qp = rate_qp(&v->rate, now, kind, &look);
	struct h264_unit u;

	h264_search(&v->h264, rate_far(&v->rate));
	name_next(v, now);
	if (h264_encode(&v->h264, &v->picture, qp, v->recover.key, &u))
		die(EXIT_TEMP, 0, "x264 cannot encode a picture");
	if (kind == RATE_PATCH && !u.patch)
		kind = RATE_CHANGE;
	log_debug("%s at %d: %zu bytes, work %.0f, texture %.2f", names[kind],
	    qp, u.len, look.work, look.texture);
	rate_sent(&v->rate, now, kind, &look, qp, u.len);
	v->look = (struct look){ 0 };
	if (v->recover.key)
		recover_key(&v->recover, v->h264.seq, now);
	send_unit(v, &u, now);
}

static void
encode_due(struct video *v, bool taken, int64_t now)
{
	bool changed = (taken && v->picture.changed) || v->recover.key;
	int64_t due = rate_due(&v->rate);

	if (v->recover.back && !v->recover.key)
		changed |= go_back(v, now);
	if (!changed && (due == -1 || now < due))
		return;
	if (!taken)
		v->capture_us = now;
	if (changed || !refine(v))
		encode(v, clock_us());
}

/*
 * Its readers made a frame wait: ask for a newer one, which comes with the
 * damage of both.  When what is to be done instead.
 */
static int64_t
renew(struct video *v, int64_t now)
{
	v->renewed = true;
	frames_reader_ack(v->in, &v->in->newest);
	return now + RENEW_US;
}

static bool
is_old(const struct video *v, int64_t now)
{
	return !v->renewed && !v->recover.key && !v->last &&
	    now - v->in->newest.time_us > OLD_US;
}

static void
set_bitrate(struct video *v)
{
	int64_t bitrate = follow_bitrate(v->out, v->bitrate);

	if (bitrate == v->rate.bitrate)
		return;
	log_info("bitrate %lld", (long long)bitrate);
	rate_set(&v->rate, bitrate);
}

/* Do what is due, then sleep until something may be. */
static void
step(struct video *v)
{
	int64_t now = clock_us(), next, due;
	bool taken = false;

	if (!v->out->count || !v->picture.width || !fanout_ready(v->out))
		return; /* video_key_for() or video_ready() will be called */
	set_bitrate(v);
	next = rate_next(&v->rate);
	if (next < pace_next(&v->pace, now))
		next = pace_next(&v->pace, now);
	if (v->fresh && (now >= next || v->last)) {
		if (is_old(v, now))
			next = renew(v, now);
		else
			taken = take(v);
	}
	if (v->whole)
		encode_due(v, taken, now);
	due = v->whole ? rate_due(&v->rate) : -1;
	if ((v->recover.key || v->recover.back) && v->whole)
		due = 1;
	if (v->fresh && (due == -1 || next < due))
		due = next;
	if (due == -1)
		loop_timer_stop(v->loop, &v->timer);
	else
		loop_timer_set(v->loop, &v->timer, due);
}

int
video_geometry(struct video *v, const struct frames_geometry *g)
{
	int w = (int)g->width, h = (int)g->height, err;

	v->whole = false;
	if (v->width == w && v->height == h)
		return 0;
	video_release(v);
	if ((err = picture_open(&v->picture, w, h, &v->format)) ||
	    (err = h264_open(&v->h264, &v->picture, v->fps)))
		return err;
	rate_init(&v->rate, v->bitrate);
	v->width = w;
	v->height = h;
	v->line_len[VIDEO_SIZE] = (size_t)snprintf(
	    v->line[VIDEO_SIZE], sizeof(v->line[0]), "size %d %d", w, h);
	v->recover.key = true;
	log_info("%dx%d", w, h);
	return 0;
}

void
video_frame(struct video *v)
{
	v->fresh = true;
	step(v);
}

void
video_line(struct video *v, const char *line, size_t len)
{
	enum video_line which = *line == 'c' ? VIDEO_CURSOR
	    : *line == 'p'                   ? VIDEO_POINTER
					     : VIDEO_WINDOW;

	memcpy(v->line[which], line, len);
	v->line_len[which] = len;
	if (v->out->count)
		send_line(v, which);
}

void
video_input(struct video *v)
{
	pace_hurry(&v->pace, clock_us());
	step(v);
}

void
video_end(struct video *v)
{
	v->last = true;
	step(v);
}

void
video_lost(struct video *v)
{
	v->whole = false;
}

void
video_release(struct video *v)
{
	h264_close(&v->h264);
	picture_close(&v->picture);
	v->width = v->height = 0;
}

void
video_ready(struct video *v)
{
	step(v);
}
