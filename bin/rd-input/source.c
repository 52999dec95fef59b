#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "events/events.h"
#include "input.h"

enum {
	WARN_EVERY_US = 1000000,
	SILENCE_US = 3000000, /* after a source said it is alive */
};

__attribute__((format(printf, 3, 4))) static void
fail(struct input *in, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(in->reason, sizeof(in->reason), fmt, ap);
	va_end(ap);
	in->failed = status;
	loop_stop(&in->loop);
}

/* What s sent is not an event: why says what is expected. */
static void
complain(struct source *s, const char *why)
{
	int64_t now = clock_us();

	if (s->script) {
		fail(
		    s->input, EXIT_PERM, "line %lu: expected %s", s->line, why);
		return;
	}
	s->dropped++;
	if (s->warned_us && now - s->warned_us < WARN_EVERY_US)
		return;
	log_warn("dropped %u malformed events: expected %s", s->dropped, why);
	s->dropped = 0;
	s->warned_us = now;
}

static xkb_keysym_t
keysym_of(const struct event *e)
{
	char name[EVENT_NAME_MAX + 1] = "";

	if (e->keysym)
		return e->keysym;
	memcpy(name, e->data, e->len);
	return xkb_keysym_from_name(name, XKB_KEYSYM_NO_FLAGS);
}

static void
apply_key(struct source *s, const struct event *e)
{
	xkb_keysym_t sym = keysym_of(e);
	struct keys *k = &s->input->keys;

	if (!sym)
		complain(s, "the name of a keysym, as xev(1) shows it");
	else if (e->action == EVENT_TAP)
		keys_tap(k, sym);
	else if (e->action == EVENT_DOWN)
		keys_down(k, &s->keys, sym);
	else
		keys_up(k, &s->keys, sym);
}

static void
release(struct source *s)
{
	keys_release(&s->input->keys, &s->keys);
	pointer_release(&s->input->pointer, &s->pointer);
	gamepads_release(&s->input->gamepads, &s->gamepads);
}

static void
silent(struct loop_timer *t)
{
	struct source *s = t->arg;

	release(s);
	input_settle(s->input);
}

static void
apply(struct source *s, const struct event *e)
{
	struct input *in = s->input;

	switch (e->type) {
	case EVENT_NONE:
		complain(s, e->why);
		break;
	case EVENT_MOTION:
		display_motion(&in->display, e->x, e->y);
		break;
	case EVENT_MOVE:
		display_move(&in->display, e->x, e->y);
		break;
	case EVENT_BUTTON:
		keys_settle(&in->keys);
		if (e->placed)
			display_motion(&in->display, e->x, e->y);
		pointer_button(&in->pointer, &s->pointer, e->button,
		    e->action == EVENT_DOWN);
		break;
	case EVENT_SCROLL:
		keys_settle(&in->keys);
		pointer_scroll(&in->pointer, &s->pointer, e->x, e->y);
		break;
	case EVENT_KEY:
		apply_key(s, e);
		break;
	case EVENT_TEXT:
		keys_text(&in->keys, e->data, e->len);
		break;
	case EVENT_CLIPBOARD:
		clipboard_set(&in->clipboard, e->forms);
		break;
	case EVENT_RELEASE:
		release(s);
		break;
	case EVENT_SIZE:
		if (!size_set(&in->size, e))
			complain(s, in->size.limits);
		break;
	case EVENT_LEDS:
		keys_lock(&in->keys, e->leds);
		break;
	case EVENT_GAMEPAD:
		gamepads_event(&in->gamepads, &s->gamepads, e);
		break;
	case EVENT_ALIVE:
		loop_timer_set(&in->loop, &s->silence, clock_us() + SILENCE_US);
		break;
	case EVENT_FILE:
		if (s->own) {
			source_tell(in, e);
			break;
		}
		/* fallthrough */
	case EVENT_CLIPBOARD_RULE:
		complain(s, "events to the display, not from it");
		break;
	}
}

static unsigned long
count_lines(const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	unsigned long n = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		n++;
	}
	return n;
}

/* Of motions in a row only the last one counts. */
static ssize_t
took(struct link *l, const uint8_t *p, size_t len)
{
	struct source *s = l->arg;
	struct event e, motion = { 0 };
	size_t done = 0;
	ssize_t n;

	while ((n = event_decode(&e, p + done, len - done)) > 0) {
		if (motion.type && e.type != EVENT_MOTION)
			apply(s, &motion);
		motion.type = EVENT_NONE;
		if (e.type == EVENT_MOTION)
			motion = e;
		else
			apply(s, &e);
		if (s->input->failed)
			return -EBADMSG;
		if (s->script)
			s->line += count_lines(p + done, (size_t)n);
		done += (size_t)n;
	}
	if (motion.type)
		apply(s, &motion);
	if (n < 0)
		complain(s, e.why);
	s->cut = done < len;
	input_settle(s->input);
	return n < 0 ? n : (ssize_t)done;
}

/* Send e as one line, or several for a clipboard, to those that listen. */
static void
tell(struct source *first, size_t n, const struct event *e)
{
	static char line[EVENT_MAX];
	size_t len = (size_t)event_print(e, line, sizeof(line) - 1);

	line[len++] = '\n';
	for (struct source *s = first; s < first + n; s++)
		if (s->listens &&
		    link_send(&s->link, line, len, -1) == -ENOBUFS)
			log_info("a source reads too slowly and missed a line");
}

void
source_tell(struct input *in, const struct event *e)
{
	tell(in->sources, SOURCES, e);
}

static void
came(struct link *l)
{
	struct source *s = l->arg;
	struct input *in = s->input;
	const struct event leds = { .type = EVENT_LEDS, .leds = in->lit };
	const struct event rule = { .type = EVENT_CLIPBOARD_RULE,
		.ways = in->clipboard.rule.ways,
		.len = in->clipboard.rule.max };

	s->used = true;
	s->cut = false;
	s->listens = l->wfd != -1;
	in->clipboard.listeners += s->listens;
	tell(s, 1, &leds);
	tell(s, 1, &rule);
}

static void
went(struct link *l, int err)
{
	struct source *s = l->arg;
	struct input *in = s->input;

	loop_timer_stop(&in->loop, &s->silence);
	release(s);
	gamepads_drop(&in->gamepads, &s->gamepads);
	in->clipboard.listeners -= s->listens;
	s->used = s->listens = false;
	input_settle(in);
	if (!s->script || in->failed)
		return;
	if (err)
		fail(in, EXIT_TEMP, "cannot read events: %s", strerror(-err));
	else if (s->cut)
		fail(in, EXIT_PERM,
		    "line %lu: cut short: end it with a newline", s->line);
	loop_stop(&in->loop);
}

static const struct link_ops ops = {
	.up = came,
	.input = took,
	.down = went,
};

static const struct link_config config = {
	.ops = &ops,
	.in_size = EVENT_MAX + 1,
	.out_size = EVENT_MAX,
};

static struct source *
new_source(struct input *in)
{
	for (size_t i = 0; i < SOURCES; i++)
		if (!in->sources[i].used) {
			in->sources[i] = (struct source){ .input = in,
				.silence.expired = silent,
				.silence.arg = &in->sources[i] };
			return &in->sources[i];
		}
	return NULL;
}

int
source_connect(struct input *in, const char *addr, bool retry)
{
	struct source *s = new_source(in);
	struct link_config c = config;

	s->used = s->own = true;
	s->script = !retry || !strcmp(addr, "-");
	s->line = 1;
	c.arg = s;
	c.retry = retry;
	return link_connect(&s->link, &in->loop, addr, &c);
}

static struct link *
accept_source(struct link_server *server)
{
	struct source *s = new_source(server->arg);

	if (!s) {
		log_warn("refused a source: there are %d already", SOURCES);
		return NULL;
	}
	server->config.arg = s;
	return &s->link;
}

int
source_listen(struct input *in, const char *path)
{
	in->server.arg = in;
	in->server.accept = accept_source;
	return link_listen(&in->server, &in->loop, path, &config);
}

void
source_close_all(struct input *in)
{
	link_unlisten(&in->server);
	for (size_t i = 0; i < SOURCES; i++) {
		struct source *s = &in->sources[i];

		if (s->input) {
			loop_timer_stop(&in->loop, &s->silence);
			release(s);
		}
		link_close(&s->link);
	}
}
