#include "viewer/sources.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* Before its first packet nobody knows of what it is. */
static void
source_up(struct link *l)
{
	const struct source *s = l->arg;
	const char *line = s->all->bitrate;

	if (*line)
		link_send(l, line, strlen(line), -1);
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

bool
sources_add(struct sources *s, const char *addr)
{
	if (s->count == SOURCES_MAX)
		return false;
	s->list[s->count++] = (struct source){ .all = s, .addr = addr };
	return true;
}

int
sources_connect(struct sources *s, const char **addr)
{
	struct link_config c = { .ops = &source_ops,
		.in_size = PACKET_HEADER + PACKET_MAX + 1,
		.out_size = 256,
		.retry = s->retry };
	int err;

	for (size_t i = 0; i < s->count; i++) {
		c.arg = &s->list[i];
		*addr = s->list[i].addr;
		err = link_connect(&s->list[i].link, s->loop, *addr, &c);
		if (err)
			return err;
		s->live++;
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
