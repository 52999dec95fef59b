#include <errno.h>
#include <limits.h>
#include <linux/input.h>
#include <linux/joystick.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "gamepads.h"
#include "link/unix.h"

static const char *const kinds[GAMEPAD_KINDS] = { "event", "js" };
static const int nothing[PAD_CONTROLS];

static int
path_of(const struct gamepad *p, int kind, char *out, size_t size)
{
	int n = snprintf(out, size, "%s/%s%d", p->all->dir, kinds[kind],
	    (int)(p - p->all->pads));

	return n >= 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

static size_t
as_event(const struct gamepad *p, const int *before, struct input_event *out)
{
	struct timespec now;
	size_t n = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	for (int i = 0; i < PAD_CONTROLS; i++)
		if (!before || p->values[i] != before[i])
			out[n++] = (struct input_event){
				.type = pad_controls[i].type,
				.code = pad_controls[i].code,
				.value = p->values[i],
			};
	out[n++] = (struct input_event){ .type = EV_SYN, .code = SYN_REPORT };
	for (size_t i = 0; i < n; i++) {
		out[i].input_event_sec = now.tv_sec;
		out[i].input_event_usec = now.tv_nsec / 1000;
	}
	return n * sizeof(*out);
}

/* A stick's range is symmetric here, and so are a trigger's and the cross's. */
static int16_t
js_value(const struct pad_control *c, int value)
{
	long half = (c->max - c->min + 1) / 2, middle = c->min + half;

	if (c->type == EV_KEY)
		return (int16_t)value;
	if (c->max == 1)
		return (int16_t)(value * 32767);
	value = (int)((value - middle) * 32767 / (half > 1 ? half - 1 : 1));
	return (int16_t)(value < -32767 ? -32767
		: value > 32767         ? 32767
					: value);
}

static size_t
as_js(const struct gamepad *p, const int *before, struct js_event *out)
{
	struct timespec now;
	size_t n = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (int i = 0; i < PAD_CONTROLS; i++) {
		const struct pad_control *c = &pad_controls[i];
		bool key = c->type == EV_KEY;

		if (before && p->values[i] == before[i])
			continue;
		out[n++] = (struct js_event){
			.time = (uint32_t)(now.tv_sec * 1000 +
			    now.tv_nsec / 1000000),
			.value = js_value(c, p->values[i]),
			.type =
			    (uint8_t)((key ? JS_EVENT_BUTTON : JS_EVENT_AXIS) |
				(before ? 0 : JS_EVENT_INIT)),
			.number = (uint8_t)(key ? i : i - PAD_KEYS),
		};
	}
	return n * sizeof(*out);
}

static void
reader_close(struct gamepad_reader *r)
{
	loop_unwatch(r->pad->all->loop, &r->watch);
	close(r->watch.fd);
	r->pad = NULL;
}

/* Before NULL: all values.  Less than a page goes in whole or not at all. */
static void
reader_send(struct gamepad_reader *r, const int *before)
{
	struct loop *loop = r->pad->all->loop;
	union {
		struct input_event event[PAD_CONTROLS + 1];
		struct js_event js[PAD_CONTROLS];
	} out;
	size_t len = r->kind ? as_js(r->pad, before, out.js)
			     : as_event(r->pad, before, out.event);

	if (send(r->watch.fd, &out, len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	    (ssize_t)len) {
		r->behind = false;
		loop_watch(loop, &r->watch, EPOLLIN);
	} else if (errno == EAGAIN) {
		r->behind = true;
		loop_watch(loop, &r->watch, EPOLLIN | EPOLLOUT);
	} else {
		reader_close(r);
	}
}

static void
reader_ready(struct loop_watch *w, uint32_t events)
{
	struct gamepad_reader *r = w->arg;
	char ignored[256]; /* what would make a pad rumble */
	ssize_t n = recv(w->fd, ignored, sizeof(ignored), MSG_DONTWAIT);

	(void)events;
	if (n == 0 || (n == -1 && errno != EAGAIN))
		reader_close(r);
	else if (r->behind)
		reader_send(r, NULL);
}

static void
accept_reader(struct loop_watch *w, uint32_t events)
{
	struct gamepad *p = w->arg;
	struct gamepad_reader *r = p->all->readers;
	struct gamepad_reader *end = r + GAMEPAD_READERS;
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	while (r < end && r->pad)
		r++;
	if (fd == -1)
		return;
	if (r == end) {
		log_warn("refused to read a gamepad: %d do", GAMEPAD_READERS);
		close(fd);
		return;
	}
	*r = (struct gamepad_reader){ .pad = p,
		.kind = w == &p->listen[1],
		.watch = { .fd = fd, .ready = reader_ready, .arg = r } };
	/* A js device always tells, an event device only what is not at rest.
	 */
	reader_send(r, r->kind ? NULL : nothing);
}

int
socket_plug(struct gamepad *p)
{
	char path[PATH_MAX];

	for (int k = 0; k < GAMEPAD_KINDS; k++) {
		struct loop_watch *w = &p->listen[k];
		int fd = path_of(p, k, path, sizeof(path));

		if (!fd) {
			unlink(path); /* one that was killed left it */
			fd = unix_listen(path);
		}
		*w = (struct loop_watch){ fd, accept_reader, .arg = p };
		if (fd < 0 || (fd = loop_watch(p->all->loop, w, EPOLLIN)) < 0) {
			socket_unplug(p);
			return fd;
		}
	}
	return 0;
}

void
socket_unplug(struct gamepad *p)
{
	char path[PATH_MAX];

	for (int i = 0; i < GAMEPAD_READERS; i++)
		if (p->all->readers[i].pad == p)
			reader_close(&p->all->readers[i]);
	for (int k = 0; k < GAMEPAD_KINDS; k++) {
		struct loop_watch *w = &p->listen[k];

		if (w->fd < 0)
			continue;
		loop_unwatch(p->all->loop, w);
		close(w->fd);
		w->fd = -1;
		path_of(p, k, path, sizeof(path));
		unlink(path);
	}
}

void
socket_send(struct gamepad *p, const int before[PAD_CONTROLS])
{
	for (int i = 0; i < GAMEPAD_READERS; i++) {
		struct gamepad_reader *r = &p->all->readers[i];

		if (r->pad == p && !r->behind)
			reader_send(r, before);
	}
}
