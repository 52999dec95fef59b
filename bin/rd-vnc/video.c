#include "video.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "flow/flow.h"
#include "link/line.h"

enum { LINES = 1 << 20 }; /* bytes, behind a key picture */

static bool
read_size(struct video *v, const struct packet *p)
{
	struct words w = words_of(p->payload, p->len);
	int64_t width, height;

	if (p->codec != CODEC_LINE || !words_is(&w, "size"))
		return false;
	width = words_int(&w, 1, UINT16_MAX);
	height = words_int(&w, 1, UINT16_MAX);
	v->width = words_end(&w) ? (uint16_t)width : 0;
	v->height = words_end(&w) ? (uint16_t)height : 0;
	return true;
}

/* A key picture's size is in a line behind it: 0 while that is not there. */
static ssize_t
find_size(struct video *v, const uint8_t *p, size_t len)
{
	struct packet packet;
	ssize_t n;

	while ((n = packet_decode(&packet, p, len)) > 0) {
		if (packet.kind == PACKET_VIDEO)
			v->width = v->height = 0; /* nobody said */
		if (packet.kind == PACKET_VIDEO || read_size(v, &packet))
			return n;
		p += n;
		len -= (size_t)n;
	}
	return n;
}

static ssize_t
input(struct link *l, const uint8_t *p, size_t len)
{
	struct video *v = l->arg;
	struct packet packet;
	ssize_t n = packet_decode(&packet, p, len), more;

	if (n <= 0 || packet.kind != PACKET_VIDEO || packet.codec != CODEC_H264)
		return n;
	if (packet.flags & PACKET_KEY) {
		more = find_size(v, p + n, len - (size_t)n);
		if (more <= 0)
			return more;
	}
	if (v->ops->unit(v, &packet))
		return n;
	link_hold(l, true);
	return 0;
}

static void
down(struct link *l, int err)
{
	struct video *v = l->arg;

	(void)err;
	video_close(v);
	v->ops->gone(v);
}

static const struct link_ops link_ops = { .input = input, .down = down };

static void
late(struct loop_timer *t)
{
	struct video *v = t->arg;

	v->ops->late(v);
}

int
video_attach(struct video *v, int fd, int64_t bitrate)
{
	struct link_config config = { .ops = &link_ops,
		.arg = v,
		.in_size = PACKET_HEADER + PACKET_MAX + LINES,
		.out_size = 512 };
	int err;

	v->attached = true;
	err = link_open(&v->link, v->loop, fd, fd, &config);
	v->attached = !err;
	if (err)
		return err;
	video_restart(v);
	video_bitrate(v, bitrate);
	return 0;
}

void
video_close(struct video *v)
{
	if (v->loop)
		loop_timer_stop(v->loop, &v->wait);
	link_close(&v->link);
	v->attached = v->whole = false;
}

void
video_restart(struct video *v)
{
	v->whole = false;
	v->fresh = true;
	v->wait.expired = late;
	v->wait.arg = v;
	loop_timer_set(v->loop, &v->wait, clock_us() + VIDEO_WAIT_US);
}

void
video_resume(struct video *v)
{
	if (v->attached)
		link_hold(&v->link, false);
}

/* What has no room is of no use any more when it has. */
static void
tell(struct video *v, const char *line)
{
	if (v->attached)
		link_send(&v->link, line, strlen(line), -1);
}

void
video_key(struct video *v)
{
	tell(v, "keyframe\n");
}

void
video_bitrate(struct video *v, int64_t bitrate)
{
	char line[40];

	snprintf(line, sizeof(line), "bitrate %lld\n",
	    (long long)(bitrate ? bitrate : FLOW_RATE_FREE));
	tell(v, line);
}

void
video_lead(struct video *v)
{
	int64_t now = clock_us();

	if (v->led_us && now - v->led_us < VIDEO_LEAD_US)
		return;
	v->led_us = now;
	tell(v, "lead\n");
}
