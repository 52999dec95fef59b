#include "viewer/channels.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

static bool
starts_with(const void *p, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(p, word, n) == 0;
}

/* What rd-input has to say: clipboard, LEDs. */
static ssize_t
events_input(struct link *l, const uint8_t *p, size_t len)
{
	struct channels *c = l->arg;
	struct event e;
	ssize_t n = event_decode(&e, p, len);

	if (n > 0 && (e.type == EVENT_CLIPBOARD || e.type == EVENT_LEDS))
		c->send(c->arg, p, (size_t)n - 1);
	return n;
}

static void
events_down(struct link *l, int err)
{
	(void)l;
	log_info("lost rd-input: %s", err ? strerror(-err) : "it ended");
}

static const struct link_ops events_ops = {
	.input = events_input,
	.down = events_down,
};

int
channels_start(struct channels *c, struct loop *loop)
{
	struct link_config config = { .ops = &events_ops,
		.arg = c,
		.in_size = EVENT_MAX,
		.out_size = 2 * EVENT_MAX,
		.retry = c->retry };

	return c->events ? link_connect(&c->link, loop, c->events, &config) : 0;
}

void
channels_close(struct channels *c)
{
	if (c->dropped)
		log_warn(
		    "dropped %lu messages that were no events", c->dropped);
	link_close(&c->link);
}

static void
send_cursor(struct channels *c)
{
	if (c->cursor_len)
		c->send(c->arg, c->cursor, c->cursor_len);
}

static void
send_size(struct channels *c)
{
	if (c->size_len)
		c->send(c->arg, c->size, c->size_len);
}

void
channels_opened(struct channels *c)
{
	send_size(c);
	send_cursor(c);
}

static void
send_stats(struct channels *c)
{
	char text[256];

	c->send(c->arg, text, c->stats(c->arg, text, sizeof(text)));
}

/* True when it is one, though not of this viewer's to choose perhaps. */
static bool
take_mode(struct channels *c, const uint8_t *p, size_t len)
{
	static const char *const lines[] = { "mode auto\n", "mode sharp\n",
		"mode smooth\n" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (strlen(lines[i]) != len + 1 ||
		    memcmp(lines[i], p, len) != 0)
			continue;
		if (c->events)
			c->mode(c->arg, lines[i]);
		return true;
	}
	return false;
}

void
channels_message(
    struct channels *c, enum channel which, const uint8_t *p, size_t len)
{
	struct event e;
	ssize_t n;
	int err;

	if (which == CHANNEL_EVENTS && len == 5 &&
	    starts_with(p, len, "stats")) {
		send_stats(c);
		return;
	}
	if ((which == CHANNEL_EVENTS && take_mode(c, p, len)) || !c->events)
		return;
	err = which == CHANNEL_MOTION
	    ? event_parse_motion(&e, &c->next_motion, p, len)
	    : event_parse(&e, p, len);
	if (err == -ESTALE)
		return;
	if (err) {
		if (c->dropped++ == 0)
			log_warn(
			    "dropped a message that is no event: %s", e.why);
		return;
	}
	if (e.type == EVENT_MOVE)
		c->relative = true;
	else if (e.type == EVENT_MOTION || (e.type == EVENT_BUTTON && e.placed))
		c->relative = false;
	n = event_print(&e, c->out, sizeof(c->out) - 1);
	if (n < 0)
		return;
	c->out[n] = '\n';
	link_send(&c->link, c->out, (size_t)n + 1, -1);
}

void
channels_line(struct channels *c, const uint8_t *line, size_t len)
{
	if (starts_with(line, len, "cursor ") && len <= sizeof(c->cursor)) {
		memcpy(c->cursor, line, len);
		c->cursor_len = len;
		send_cursor(c);
	} else if (starts_with(line, len, "size ") && len <= sizeof(c->size)) {
		memcpy(c->size, line, len);
		c->size_len = len;
		send_size(c);
	} else if (!c->events || c->relative) {
		/* Who controls the pointer sees it where the hand is. */
		c->send(c->arg, line, len);
	}
}
