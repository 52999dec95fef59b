/*
 * Video instead of pixels: the registry's Open H.264, whose units are all of
 * the display's.
 */
#include <errno.h>
#include <unistd.h>

#include "session.h"

static bool
has_size(const struct session *s, uint16_t width, uint16_t height)
{
	return s->width == width && s->height == height;
}

bool
film_shows(const struct session *s)
{
	return has_size(s, s->screen.width, s->screen.height) &&
	    (s->video.whole || s->video.wait.set);
}

static bool
unit(struct video *v, const struct packet *p)
{
	struct session *s = v->arg;

	if (!has_size(s, s->screen.width, s->screen.height) ||
	    !session_takes(s))
		return false;
	if (p->flags & PACKET_KEY)
		v->whole = has_size(s, v->width, v->height);
	if (!v->whole)
		return true;
	loop_timer_stop(s->loop, &v->wait);
	session_send(s, p);
	return true;
}

static void
late(struct video *v)
{
	session_pump(v->arg);
}

static void
gone(struct video *v)
{
	struct session *s = v->arg;

	s->links(s);
	session_pump(s);
}

void
film_put(struct session *s, struct wbuf *w, const struct packet *p)
{
	struct rect all = { 0, 0, s->width, s->height };

	rfb_put_video(
	    w, all, s->video.fresh ? RFB_VIDEO_RESET : 0, p->payload, p->len);
	s->video.fresh = false;
}

static const struct video_ops ops = {
	.unit = unit,
	.late = late,
	.gone = gone,
};

void
film_wish(struct session *s)
{
	struct video *v = &s->video;

	v->arg = s;
	v->ops = &ops;
	v->loop = s->loop;
	if (!s->wants.video || !s->config->video)
		video_close(v);
	else if (!v->attached && !v->wait.set) {
		video_restart(v);
		s->watch(s);
	}
}

void
film_sized(struct session *s, bool told)
{
	struct video *v = &s->video;

	if (told && v->attached)
		video_restart(v);
	/* Its key picture was here before anybody said so. */
	if (!told && v->width == s->screen.width &&
	    v->height == s->screen.height)
		video_key(v);
}

void
session_see(struct session *s, int fd)
{
	int err = fd == -1 ? -ENOENT : 0;

	if (!err && (s->video.attached || !s->wants.video)) {
		close(fd);
		return;
	}
	if (!err)
		err = video_attach(&s->video, fd, s->flow.bitrate);
	if (err) {
		video_close(&s->video);
		s->links(s);
	}
	session_pump(s);
}
