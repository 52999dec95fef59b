#include "video.h"

#include <string.h>

static ssize_t
link_input(struct link *l, const uint8_t *data, size_t len)
{
	struct video *v = l->arg;
	struct packet p;
	ssize_t n;

	if (!v->ops->wanted(v)) {
		link_hold(l, true);
		return 0;
	}
	n = packet_decode(&p, data, len);
	if (n <= 0 || p.kind != PACKET_VIDEO || p.codec != CODEC_H264)
		return n;
	v->started |= p.flags & PACKET_KEY;
	if (v->started)
		v->ops->unit(v, &p);
	return n;
}

static void
link_down(struct link *l, int err)
{
	struct video *v = l->arg;

	(void)err;
	v->attached = false;
	v->ops->gone(v);
}

static const struct link_ops link_ops = {
	.input = link_input,
	.down = link_down,
};

int
video_attach(struct video *v, struct loop *loop, int fd,
    const struct video_ops *ops, void *arg)
{
	struct link_config config = { .ops = &link_ops,
		.arg = v,
		.in_size = PACKET_HEADER + PACKET_MAX + 1,
		.out_size = 256 };
	int err;

	v->arg = arg;
	v->ops = ops;
	v->started = false;
	v->attached = true;
	err = link_open(&v->link, loop, fd, fd, &config);
	v->attached = v->attached && !err;
	return err;
}

void
video_resume(struct video *v)
{
	if (v->attached)
		link_hold(&v->link, false);
}

void
video_restart(struct video *v)
{
	static const char line[] = "keyframe\n";

	v->started = false;
	if (v->attached)
		link_send(&v->link, line, strlen(line), -1);
}

void
video_close(struct video *v)
{
	link_close(&v->link);
	v->attached = false;
}
