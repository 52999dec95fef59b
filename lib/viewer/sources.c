#include "viewer/sources.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

enum { STEP_US = 100 }; /* more than a tick of RTP's clock */

/* Before its first packet nobody knows of what it is. */
static void
source_up(struct link *l)
{
	const struct source *s = l->arg;
	const char *line = s->all->bitrate;

	if (*line)
		link_send(l, line, strlen(line), -1);
}

static void
leave(struct source *s)
{
	if (s->link.loop)
		s->all->live--;
	link_close(&s->link);
}

/* Leave those that have the other size. */
static void
settle(struct sources *all, bool half)
{
	all->halved = half;
	for (size_t i = 0; i < all->count; i++) {
		struct source *s = &all->list[i];

		if ((s->video || s->half) && s->half != half)
			leave(s);
	}
}

/* It is of the size that is wanted, or the first that is. */
static bool
fits(const struct source *s, const struct packet *p)
{
	if (!(s->video || s->half) || s->half == s->all->halved)
		return true;
	if (s->half != s->all->halves || p->kind != PACKET_VIDEO ||
	    !(p->flags & PACKET_KEY))
		return false;
	settle(s->all, s->half);
	return true;
}

/* Two encoders have one clock, but either may be a picture ahead. */
static void
order(struct sources *all, struct packet *p)
{
	if (p->kind != PACKET_VIDEO)
		return;
	if (p->capture_us < all->picture_us + STEP_US) {
		p->done_us += all->picture_us + STEP_US - p->capture_us;
		p->capture_us = all->picture_us + STEP_US;
	}
	all->picture_us = p->capture_us;
}

static ssize_t
source_input(struct link *l, const uint8_t *data, size_t len)
{
	struct source *s = l->arg;
	struct packet p;
	ssize_t n;

	if (!s->all->wanted(s->all->arg, s)) {
		link_hold(l, true);
		return 0;
	}
	n = packet_decode(&p, data, len);
	if (n > 0) {
		s->video |= p.kind == PACKET_VIDEO;
		if (!fits(s, &p))
			return n;
		if (s->all->has_half)
			order(s->all, &p);
		s->all->packet(s->all->arg, &p);
	}
	return n;
}

static void
source_down(struct link *l, int err)
{
	struct source *s = l->arg;

	if (err)
		log_warn("packets from '%s': %s", s->addr,
		    err == -EBADMSG ? "not rd-packets(5)" : strerror(-err));
	if (l->loop)
		return; /* it connects again */
	if (--s->all->live == 0)
		s->all->ended(s->all->arg);
}

static const struct link_ops source_ops = {
	.up = source_up,
	.input = source_input,
	.down = source_down,
};

static bool
add(struct sources *s, const char *addr, bool half)
{
	if (s->count == SOURCES_MAX)
		return false;
	s->list[s->count++] =
	    (struct source){ .all = s, .addr = addr, .half = half };
	s->has_half |= half;
	return true;
}

bool
sources_add(struct sources *s, const char *addr)
{
	return add(s, addr, false);
}

bool
sources_add_half(struct sources *s, const char *addr)
{
	return add(s, addr, true);
}

static int
connect_to(struct source *s)
{
	struct link_config c = { .ops = &source_ops,
		.arg = s,
		.in_size = PACKET_HEADER + PACKET_MAX + 1,
		.out_size = 256,
		.retry = s->all->retry };
	int err = link_connect(&s->link, s->all->loop, s->addr, &c);

	if (!err)
		s->all->live++;
	return err;
}

int
sources_connect(struct sources *s, const char **addr)
{
	int err;

	for (size_t i = 0; i < s->count; i++) {
		*addr = s->list[i].addr;
		err = s->list[i].half ? 0 : connect_to(&s->list[i]);
		if (err)
			return err;
	}
	return 0;
}

void
sources_close(struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		link_close(&s->list[i].link);
}

void
sources_resume(struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->wanted(s->arg, &s->list[i]))
			link_hold(&s->list[i].link, false);
}

void
sources_halve(struct sources *s, bool half)
{
	s->halves = half;
	if (half == s->halved) {
		settle(s, half);
		return;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct source *one = &s->list[i];
		int err = 0;

		if ((one->video || one->half) && one->half == half &&
		    !one->link.loop)
			err = connect_to(one);
		if (err)
			log_warn("no pictures of another size from '%s': %s",
			    one->addr, strerror(-err));
	}
}

void
sources_tell(struct sources *s, const char *line)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].video)
			link_send(&s->list[i].link, line, strlen(line), -1);
}

void
sources_bitrate(struct sources *s, int64_t bitrate)
{
	snprintf(s->bitrate, sizeof(s->bitrate), "bitrate %lld\n",
	    (long long)bitrate);
	sources_tell(s, s->bitrate);
}
