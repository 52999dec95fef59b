/* The parent, and what it opens for a client: frames, video, events. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <freerdp/channels/wtsvc.h>

#include "base/buf.h"
#include "base/log.h"
#include "session.h"

enum { RETRY_US = 250000 }; /* to open links that were not there */

void
session_tell(
    struct session *s, enum control_kind kind, const void *p, size_t len)
{
	if (control_send(s->control.fd, kind, p, len, NULL, 0))
		session_over(s, "the server is gone");
}

static void
retry_soon(struct session *s)
{
	if (!s->retry.set)
		loop_timer_set(&s->loop, &s->retry, clock_us() + RETRY_US);
}

static bool
is_linked(const struct session *s)
{
	return s->screen.attached &&
	    (!s->controls || !s->config->events || s->input.hands.attached);
}

static void
retry(struct loop_timer *t)
{
	struct session *s = t->arg;

	if (!is_linked(s))
		session_ask_links(s);
	if (s->sound.wanted && !s->sound.attached)
		session_tell(s, CONTROL_LISTEN, NULL, 0);
	s->watching = s->watching && s->video.attached;
	session_show(s);
}

void
session_ask_links(struct session *s)
{
	session_tell(s, CONTROL_LINKS, NULL, 0);
}

/* --- video */

static bool
video_wanted(struct video *v)
{
	return session_may_show(v->arg);
}

static void
video_unit(struct video *v, const struct packet *p)
{
	session_show_unit(v->arg, p);
}

/* Until there is video again, what is shown is exact. */
static void
lose_video(struct session *s)
{
	screen_forget(&s->screen);
	retry_soon(s);
}

static void
video_gone(struct video *v)
{
	lose_video(v->arg);
}

static const struct video_ops video_ops = {
	.wanted = video_wanted,
	.unit = video_unit,
	.gone = video_gone,
};

static void
attach_video(struct session *s, int fd)
{
	if (fd != -1 && s->video.attached)
		close(fd);
	else if (fd == -1)
		lose_video(s);
	else if (video_attach(&s->video, &s->loop, fd, &video_ops, s))
		session_over(s, "cannot read video");
	else
		log_info("it gets H.264");
}

void
session_ask_video(struct session *s)
{
	if (!s->watching && s->config->video && s->paint.avc420) {
		s->watching = true;
		session_tell(s, CONTROL_WATCH, NULL, 0);
	}
}

/* --- sound */

static void
sound_wanted(struct sound *sound)
{
	session_tell(sound->arg, CONTROL_LISTEN, NULL, 0);
}

static void
sound_gone(struct sound *sound)
{
	retry_soon(sound->arg);
}

static void
sound_broken(struct sound *sound)
{
	session_over(sound->arg, "it broke the channel of sound");
}

static const struct sound_ops sound_ops = {
	.wanted = sound_wanted,
	.gone = sound_gone,
	.broken = sound_broken,
};

static void
attach_sound(struct session *s, int fd)
{
	if (fd != -1 && s->sound.attached)
		close(fd);
	else if (fd == -1)
		retry_soon(s);
	else if (sound_attach(&s->sound, fd))
		session_over(s, "cannot read sound");
	else
		log_info("it gets sound");
}

void
session_open_sound(struct session *s)
{
	if (s->config->sound &&
	    WTSVirtualChannelManagerIsChannelJoined(s->manager, "rdpsnd"))
		sound_open(&s->sound, &s->loop, s->manager, &sound_ops, s);
}

/* --- what is on the keys */

void
session_ask_layout(struct session *s)
{
	uint8_t bytes[4];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	if (s->layout_asked || !s->controls)
		return;
	s->layout_asked = true;
	wbuf_u32(&w, s->peer->settings->KeyboardLayout);
	session_tell(s, CONTROL_LAYOUT, bytes, sizeof(bytes));
}

static void
take_keymap(struct session *s, int fd)
{
	if (fd != -1 && keys_load(&s->input.keys, fd) == 0)
		log_info("it has keyboard layout %#x",
		    s->peer->settings->KeyboardLayout);
}

/* --- frames and events */

static void
screen_changed(struct screen *screen)
{
	session_show(screen->arg);
}

static void
screen_resized(struct screen *screen)
{
	struct session *s = screen->arg;

	loop_timer_stop(&s->loop, &s->fit);
	session_show(s);
}

static void
screen_gone(struct screen *screen)
{
	retry_soon(screen->arg);
}

static void
hands_gone(struct hands *h)
{
	retry_soon(h->arg);
}

static const struct screen_ops screen_ops = {
	.size = screen_resized,
	.ready = screen_changed,
	.pointer = screen_changed,
	.gone = screen_gone,
};

static void
hands_said(struct hands *h, const struct event *e)
{
	struct session *s = h->arg;

	if (e->type == EVENT_CLIPBOARD)
		clipboard_copied(&s->clipboard, e->forms);
}

static const struct hands_ops hands_ops = {
	.said = hands_said,
	.gone = hands_gone,
};

static void
client_copied(struct clipboard *c, const struct event_bytes *forms)
{
	struct session *s = c->arg;

	input_copy(&s->input, forms);
}

static void
client_pastes(struct clipboard *c)
{
	session_show(c->arg);
}

static const struct clipboard_ops clipboard_ops = {
	.copied = client_copied,
	.wanted = client_pastes,
};

void
session_open_clipboard(struct session *s)
{
	if (s->controls && s->config->events)
		clipboard_open(
		    &s->clipboard, &s->loop, s->manager, &clipboard_ops, s);
}

static void
attach(struct session *s, const int fds[CONTROL_FDS])
{
	int err = 0;

	if (fds[0] != -1 && s->screen.attached)
		close(fds[0]);
	else if (fds[0] != -1)
		err =
		    screen_attach(&s->screen, &s->loop, fds[0], &screen_ops, s);
	if (fds[1] != -1 && (err || s->input.hands.attached))
		close(fds[1]);
	else if (fds[1] != -1)
		err = hands_attach(
		    &s->input.hands, &s->loop, fds[1], &hands_ops, s);
	if (err)
		session_over(s, strerror(-err));
	else if (!is_linked(s))
		retry_soon(s);
}

/* --- the parent */

static void
control_ready(struct loop_watch *w, uint32_t events)
{
	struct session *s = w->arg;
	unsigned int kind;
	uint8_t p[CONTROL_MAX];
	int fds[CONTROL_FDS];
	ssize_t n = control_receive(w->fd, &kind, p, sizeof(p), fds);

	(void)events;
	if (n == -EAGAIN)
		return;
	if (n < 0)
		session_over(s, "the server is gone");
	else if (kind == CONTROL_OPENED)
		attach(s, fds);
	else if (kind == CONTROL_VIDEO)
		attach_video(s, fds[0]);
	else if (kind == CONTROL_SOUND)
		attach_sound(s, fds[0]);
	else if (kind == CONTROL_KEYMAP)
		take_keymap(s, fds[0]);
}

int
session_open_links(struct session *s, int control)
{
	s->retry = (struct loop_timer){ .expired = retry, .arg = s };
	s->control = (struct loop_watch){
		.fd = control, .ready = control_ready, .arg = s
	};
	return loop_watch(&s->loop, &s->control, EPOLLIN);
}

void
session_close_links(struct session *s)
{
	video_close(&s->video);
	sound_close(&s->sound);
	hands_close(&s->input.hands);
	clipboard_close(&s->clipboard);
	screen_close(&s->screen);
}
