/*
 * Who connects to the socket gets the counters: in one line, which is a comment
 * for Prometheus, and as text for that.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/die.h"
#include "link/unix.h"
#include "server.h"

/* Each process has its own part of memory that all read. */
void
stats_share(struct server *s)
{
	s->reports = mmap(NULL, s->nworkers * sizeof(*s->reports),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->reports == MAP_FAILED)
		die(EXIT_TEMP, errno, "cannot start");
}

void
stats_report(struct server *s)
{
	s->reports[s->worker] = (struct report){
		.turn = s->turn.stats,
		.connections = s->turn.nconnections,
		.streams = s->nstreams,
		.waiting = s->waiting.n,
	};
}

static struct report
sum(const struct server *s)
{
	struct report all = { 0 };
	uint64_t *to = (uint64_t *)&all;

	_Static_assert(sizeof(all) % sizeof(*to) == 0, "numbers alone");
	for (size_t i = 0; i < s->nworkers; i++) {
		const uint64_t *from = (const uint64_t *)&s->reports[i];

		for (size_t k = 0; k < sizeof(all) / sizeof(*to); k++)
			to[k] += from[k];
	}
	return all;
}

static int
print(struct server *s, char *text, size_t size)
{
	const struct report all = sum(s);
	const struct turn_stats *t = &all.turn;
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "allocations", s->turn.shared->allocations },
		{ "connections", all.connections },
		{ "streams", all.streams },
		{ "streams_waiting", all.waiting },
		{ "ports", ports_used(&s->turn.shared->ports) },
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
	struct server *s = w->arg;
	char text[4096];
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int len;

	(void)events;
	if (fd == -1) {
		stream_shortage(s, w->fd);
		return;
	}
	if (s->nworkers == 1)
		stats_report(s);
	len = print(s, text, sizeof(text));
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
