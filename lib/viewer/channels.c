#include "viewer/channels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "link/line.h"

static bool
starts_with(const void *p, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(p, word, n) == 0;
}

/* A message of any length; what does not fit one goes on in others. */
static void
send_pieces(struct channels *c, const uint8_t *p, size_t len)
{
	char piece[32 + CHANNEL_PIECE];
	size_t n = len < CHANNEL_PIECE ? len : CHANNEL_PIECE;

	c->send(c->arg, p, n);
	for (size_t done = n; done < len; done += n) {
		int head = snprintf(piece, sizeof(piece), "more %zu\n", done);

		n = len - done < CHANNEL_PIECE ? len - done : CHANNEL_PIECE;
		memcpy(piece + head, p + done, n);
		c->send(c->arg, piece, (size_t)head + n);
	}
}

/* What rd-input has to say: clipboards, LEDs, files. */
static ssize_t
events_input(struct link *l, const uint8_t *p, size_t len)
{
	struct channels *c = l->arg;
	struct event e;
	ssize_t n = event_decode(&e, p, len);

	if (n > 0 &&
	    (e.type == EVENT_CLIPBOARD || e.type == EVENT_LEDS ||
		event_is_report(&e)))
		send_pieces(c, p, (size_t)n - 1);
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

/* rd-input lets go of what a link held that ends. */
void
channels_let_go(struct channels *c)
{
	struct loop *loop = c->link.loop;
	int err;

	if (!link_is_up(&c->link))
		return;
	link_close(&c->link);
	c->in_len = 0;
	err = channels_start(c, loop);
	if (err)
		log_warn("no input: cannot reach '%s': %s", c->events,
		    strerror(-err));
}

void
channels_opened(struct channels *c)
{
	for (int i = 0; i < CHANNEL_LINES; i++)
		if (c->line_len[i])
			c->send(c->arg, c->line[i], c->line_len[i]);
}

/*
 * "stats", or "stats FREEZES MS" of a viewer that says how often and how long
 * its picture stood still since it last asked.
 */
static bool
take_stats(struct channels *c, const uint8_t *p, size_t len)
{
	struct words w = words_of(p, len);
	int64_t freezes = 0, frozen_ms = 0;
	char text[512] = "stats ";
	size_t n = strlen(text);

	if (!words_is(&w, "stats"))
		return false;
	if (!words_end(&w)) {
		freezes = words_int(&w, 0, INT32_MAX);
		frozen_ms = words_int(&w, 0, INT32_MAX);
	}
	if (!words_end(&w))
		return false;
	n += c->stats(c->arg, text + n, sizeof(text) - n);
	n += (size_t)snprintf(text + n, sizeof(text) - n,
	    " freezes=%lld frozen_ms=%lld", (long long)freezes,
	    (long long)frozen_ms);
	log_info("%s", text);
	c->send(c->arg, text, n);
	return true;
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

/*
 * Put together what comes in pieces: "more OFFSET", newline, bytes.  True when
 * there is a whole message at *p.
 */
static bool
assemble(struct channels *c, const uint8_t **p, size_t *len)
{
	ptrdiff_t line = line_find(*p, *len < 32 ? *len : 32);
	struct words w = words_of(*p, line < 0 ? 0 : (size_t)line);
	const uint8_t *body = *p + line + 1;
	size_t n = *len - (size_t)(line + 1);

	if (!words_is(&w, "more")) {
		if (!event_missing(*p, *len))
			return true;
		c->in_len = 0;
		body = *p;
		n = *len;
	} else if (!c->in_len ||
	    words_int(&w, 0, EVENT_MAX) != (int64_t)c->in_len ||
	    !words_end(&w) || n > event_missing(c->in, c->in_len)) {
		c->in_len = 0;
		return false;
	}
	memcpy(c->in + c->in_len, body, n);
	c->in_len += n;
	if (event_missing(c->in, c->in_len))
		return false;
	*p = c->in;
	*len = c->in_len;
	c->in_len = 0;
	return true;
}

/* Not what a page says by itself when it comes or is looked at. */
static bool
is_input(const struct event *e)
{
	return e->type != EVENT_ALIVE && e->type != EVENT_CLIPBOARD &&
	    e->type != EVENT_RELEASE && e->type != EVENT_SIZE;
}

static void
note_lead(struct channels *c, const struct event *e)
{
	int64_t now = clock_us();

	if (!is_input(e) || (c->led_us && now - c->led_us < CHANNEL_LEAD_US))
		return;
	c->led_us = now;
	c->leads(c->arg);
}

void
channels_message(
    struct channels *c, enum channel which, const uint8_t *p, size_t len)
{
	struct event e;
	ssize_t n;
	int err;

	if (which == CHANNEL_EVENTS &&
	    (take_stats(c, p, len) || take_mode(c, p, len)))
		return;
	if (!c->events)
		return;
	if (which == CHANNEL_EVENTS && !assemble(c, &p, &len))
		return;
	err = which == CHANNEL_MOTION
	    ? event_parse_motion(&e, &c->next_motion, p, len)
	    : event_parse(&e, p, len);
	if (err == -ESTALE)
		return;
	if (err || event_is_report(&e)) {
		if (c->dropped++ == 0)
			log_warn("dropped a message that is no event: %s",
			    err ? e.why : "that comes from the display only");
		return;
	}
	if (e.type == EVENT_MOVE)
		c->relative = true;
	else if (e.type == EVENT_MOTION || (e.type == EVENT_BUTTON && e.placed))
		c->relative = false;
	note_lead(c, &e);
	n = event_print(&e, c->out, sizeof(c->out) - 1);
	if (n < 0)
		return;
	c->out[n] = '\n';
	link_send(&c->link, c->out, (size_t)n + 1, -1);
}

void
channels_line(struct channels *c, const uint8_t *line, size_t len)
{
	static const char *const kept[CHANNEL_LINES] = { "size ", "cursor ",
		"window " };
	int i = 0;

	while (i < CHANNEL_LINES && !starts_with(line, len, kept[i]))
		i++;
	if (i < CHANNEL_LINES && len <= CHANNEL_LINE_MAX) {
		memcpy(c->line[i], line, len);
		c->line_len[i] = len;
	} else if (c->events && !c->relative) {
		return; /* who controls the pointer sees it where the hand is */
	}
	c->send(c->arg, line, len);
}
