#include "capture.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "cursor.h"

enum { TITLE_US = 250000 }; /* from one title to the next */

static int64_t
interval_us(const struct capture *c)
{
	return 1000000 / c->fps;
}

/* True when it is time; else the timer will say when. */
static bool
is_due(struct capture *c, const struct pace *p, struct loop_timer *t)
{
	int64_t now = clock_us(), next = pace_next(p, now);

	if (next > now)
		loop_timer_set(&c->loop, t, next);
	return next <= now;
}

static bool
can_send(struct capture *c)
{
	return c->png ? shot_ready(&c->shot) : frames_writer_ready(&c->writer);
}

static bool
all_sent(struct capture *c)
{
	return c->png ? shot_ready(&c->shot) : frames_writer_idle(&c->writer);
}

/* Steps: each is true when it found something to do. */

static bool
follow_size(struct capture *c)
{
	struct x11 *x = &c->x;
	const struct frames_geometry *now = &c->grab.ring.geometry;
	int err;

	if (!x->resized)
		return false;
	x->damaged = true;
	if (!x11_resize(x) ||
	    (x->width == now->width && x->height == now->height))
		return true;
	err = grab_resize(&c->grab);
	if (err) {
		log_error("cannot make frames of %dx%d: %s", x->width,
		    x->height, strerror(-err));
		c->failed = true;
		loop_stop(&c->loop);
		return false;
	}
	log_info("size %dx%d", x->width, x->height);
	if (!c->png)
		frames_writer_ring(&c->writer, &c->grab.ring);
	return true;
}

/* Of a client that is gone the server tells none: then the last one stays. */
static void
tell_shape(struct capture *c)
{
	static char line[FRAMES_LINE_MAX];
	xcb_xfixes_get_cursor_image_reply_t *image = NULL;
	size_t len;

	c->x.cursor_changed = false;
	if (!c->paint && c->x.fixes_event)
		image = x11_reply(
		    &c->x, xcb_xfixes_get_cursor_image(c->x.c).sequence);
	if (!image && c->shaped)
		return;
	c->shaped = image;
	len = cursor_line(image, line);
	free(image);
	frames_writer_line(&c->writer, FRAMES_LINE_CURSOR, line, len);
}

static void
tell_position(struct capture *c)
{
	xcb_query_pointer_reply_t *at;

	c->x.pointer_moved = false;
	at = x11_reply(&c->x, xcb_query_pointer(c->x.c, c->x.window).sequence);
	if (at)
		frames_writer_pointer(&c->writer, at->win_x, at->win_y);
	free(at);
}

static bool
follow_cursor(struct capture *c)
{
	struct x11 *x = &c->x;

	if (!x->cursor_changed && !x->pointer_moved)
		return false;
	if (c->paint) {
		x->cursor_changed = x->pointer_moved = false;
		x->damaged = true;
		return true;
	}
	if (!is_due(c, &c->cursor_pace, &c->cursor_timer))
		return false;
	pace_took(&c->cursor_pace, clock_us(), interval_us(c));
	if (x->cursor_changed)
		tell_shape(c);
	if (x->pointer_moved)
		tell_position(c);
	return true;
}

static bool
follow_title(struct capture *c)
{
	static char line[FRAMES_LINE_MAX];
	size_t len;

	if (!c->x.title_changed || !is_due(c, &c->title_pace, &c->title_timer))
		return false;
	pace_took(&c->title_pace, clock_us(), TITLE_US);
	len = title_line(&c->title, line);
	if (len)
		frames_writer_line(&c->writer, FRAMES_LINE_WINDOW, line, len);
	return true;
}

static void
send_frame(struct capture *c, const struct frame *f)
{
	if (!c->png)
		frames_writer_frame(&c->writer, f);
	else if (shot_send(&c->shot, &c->grab.ring.geometry, f->pixels))
		die(EXIT_TEMP, 0, "cannot make a PNG of %ux%u",
		    c->grab.ring.geometry.width, c->grab.ring.geometry.height);
	if (c->left && --c->left == 0)
		c->done = true;
}

/* What comes of it is to be seen at once. */
static void
follow_input(struct capture *c)
{
	if (!c->x.pressed)
		return;
	c->x.pressed = false;
	pace_hurry(&c->frame_pace, clock_us());
	if (!c->png)
		frames_writer_hurry(&c->writer);
}

static bool
follow_damage(struct capture *c)
{
	struct x11 *x = &c->x;
	int64_t now = clock_us();
	struct frame f;
	int n;

	if (!x->damaged || !x->visible || !can_send(c) ||
	    !is_due(c, &c->frame_pace, &c->frame_timer))
		return false;
	n = grab_frame(&c->grab, &f);
	pace_took(&c->frame_pace, now, interval_us(c));
	if (n > 0)
		send_frame(c, &f);
	x->resized |= n < 0;
	x->damaged |= !x->has_damage;
	return true;
}

/*
 * Something happened on either side.  Every step may take in events for the
 * others while it waits for the server, after which its socket stays quiet.
 */
static void
step(struct capture *c)
{
	do {
		x11_flush(&c->x);
		follow_input(c);
		if (c->x.gone || !x11_alive(&c->x) || (c->done && all_sent(c)))
			loop_stop(&c->loop);
	} while (!c->loop.stopped && c->wanted && !c->done &&
	    (follow_size(c) || follow_cursor(c) || follow_title(c) ||
		follow_damage(c)));
}

static void
x_ready(struct loop_watch *w, uint32_t events)
{
	struct capture *c = w->arg;

	(void)events;
	x11_events(&c->x);
	step(c);
}

static void
timer_expired(struct loop_timer *t)
{
	step(t->arg);
}

static void
writer_wanted(struct frames_writer *w, bool wanted)
{
	struct capture *c = w->arg;

	c->wanted = wanted;
	x11_watch_input(&c->x, wanted);
	step(c);
}

static void
writer_ready(struct frames_writer *w)
{
	step(w->arg);
}

static void
writer_closed(struct frames_writer *w, int err)
{
	struct capture *c = w->arg;

	(void)err;
	loop_stop(&c->loop);
}

static void
shot_is_ready(struct shot *s)
{
	step(s->arg);
}

static void
shot_closed(struct shot *s, int err)
{
	struct capture *c = s->arg;

	(void)err;
	loop_stop(&c->loop);
}

static void
open_output(struct capture *c)
{
	int err;

	if (c->png) {
		c->shot.arg = c;
		c->shot.ready = shot_is_ready;
		c->shot.closed = shot_closed;
		c->wanted = true;
		x11_watch_input(&c->x, c->paint);
		err = shot_open(&c->shot, &c->loop);
	} else {
		c->writer.arg = c;
		c->writer.wanted = writer_wanted;
		c->writer.ready = writer_ready;
		c->writer.closed = writer_closed;
		if (c->paint) /* viewers show none of their own */
			tell_shape(c);
		err = frames_writer_open(
		    &c->writer, &c->loop, c->path, &c->grab.ring);
	}
	if (err)
		die(EXIT_TEMP, err, "%s",
		    c->path ? c->path : "standard output");
}

void
capture_open(struct capture *c)
{
	int err = loop_init(&c->loop);

	if (err)
		die(EXIT_TEMP, err, "cannot make an event loop");
	c->frame_timer =
	    (struct loop_timer){ .expired = timer_expired, .arg = c };
	c->cursor_timer = c->title_timer = c->frame_timer;
	if (!c->display)
		c->display = getenv("DISPLAY") ? getenv("DISPLAY") : "";
	x11_open(&c->x, &c->loop, c->display, c->window);
	c->grab.x = &c->x;
	c->grab.paint = c->paint && c->x.fixes_event;
	c->grab.ring.fd = -1;
	c->x_watch = (struct loop_watch){ .fd = xcb_get_file_descriptor(c->x.c),
		.ready = x_ready,
		.arg = c };
	err = loop_watch(&c->loop, &c->x_watch, EPOLLIN);
	if (err)
		die(EXIT_TEMP, err, "cannot watch the X server");
	if (c->titled && !c->png)
		title_open(&c->title, &c->x);
	follow_size(c);
	if (!c->grab.ring.map)
		die(EXIT_TEMP, 0, "cannot capture");
	open_output(c);
	step(c);
}

void
capture_close(struct capture *c)
{
	if (c->png)
		shot_close(&c->shot);
	else
		frames_writer_close(&c->writer);
	grab_close(&c->grab);
	loop_unwatch(&c->loop, &c->x_watch);
	x11_close(&c->x);
	loop_clear(&c->loop);
}
