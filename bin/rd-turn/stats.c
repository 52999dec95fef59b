/*
 * Who connects to the socket gets the counters: in one line, which is a comment
 * for Prometheus, and as text for that.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/die.h"
#include "link/unix.h"
#include "server.h"

static int
print(const struct server *s, char *text, size_t size)
{
	const struct turn_stats *t = &s->turn.stats;
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "allocations", s->turn.nheap },
		{ "connections", s->turn.nconnections },
		{ "streams", s->nstreams },
		{ "streams_waiting", s->waiting.n },
		{ "ports", ports_used(&s->turn.ports) },
		{ "allocated_total", t->allocated },
		{ "expired_total", t->expired },
		{ "refused_total", t->refused },
		{ "unauthorized_total", t->unauthorized },
		{ "unanswered_total", t->unanswered },
		{ "not_permitted_total", t->not_permitted },
		{ "over_rate_total", t->over_rate },
		{ "to_peers_total", t->to_peers },
		{ "to_peers_bytes_total", t->bytes_to_peers },
		{ "from_peers_total", t->from_peers },
		{ "from_peers_bytes_total", t->bytes_from_peers },
	};
	const size_t n = sizeof(rows) / sizeof(*rows);
	int len = snprintf(text, size, "#");

	for (size_t i = 0; i < n; i++)
		len += snprintf(text + len, size - (size_t)len, " %s %" PRIu64,
		    rows[i].name, rows[i].value);
	len += snprintf(text + len, size - (size_t)len, "\n");
	for (size_t i = 0; i < n; i++)
		len += snprintf(text + len, size - (size_t)len,
		    "rd_turn_%s %" PRIu64 "\n", rows[i].name, rows[i].value);
	return len;
}

static void
stats_ready(struct loop_watch *w, uint32_t events)
{
	char text[4096];
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int len = print(w->arg, text, sizeof(text));

	(void)events;
	if (fd == -1) {
		stream_shortage(w->arg, w->fd);
		return;
	}
	(void)!write(fd, text, (size_t)len);
	close(fd);
}

void
stats_open(struct server *s)
{
	int fd, other;

	if (!s->stats_path)
		return;
	other = unix_connect(s->stats_path);
	if (other >= 0)
		die(EXIT_PERM, 0, "option -S: '%s' is being served",
		    s->stats_path);
	if (other == -ECONNREFUSED)
		unlink(s->stats_path); /* left by one that was killed */
	fd = unix_listen(s->stats_path);
	if (fd < 0)
		die(EXIT_TEMP, fd, "option -S: cannot serve '%s'",
		    s->stats_path);
	files_remove_at_end(&s->files);
	s->stats =
	    (struct loop_watch){ .fd = fd, .ready = stats_ready, .arg = s };
	if (loop_watch(&s->loop, &s->stats, EPOLLIN))
		die(EXIT_TEMP, errno, "cannot watch '%s'", s->stats_path);
}
