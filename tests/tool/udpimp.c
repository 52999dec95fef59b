/*
 * udpimp - a bad network between UDP sockets, the same for the same seed
 *
 * usage: udpimp [-s seed] [address]
 *
 * Prints the port of address (127.0.0.1) to which one end is to send, and
 * passes what comes there on to the target, from one socket per sender as a
 * NAT does, and back.  Standard input says what is done to it, line by line,
 * so many milliseconds after the line came; at its end the relay ends.
 *
 *	MS target ADDRESS PORT
 *	MS up|down|both loss PERCENT       up: towards the target
 *	MS up|down|both burst PERCENT PERCENT  of packets begin and end one
 *	MS up|down|both dup PERCENT
 *	MS up|down|both reorder PERCENT MS     that come so much later
 *	MS up|down|both delay MS
 *	MS up|down|both jitter MS              up to so much more
 *	MS up|down|both rate KBIT MS           with a buffer of so long
 *	MS up|down|both hole 0|1               lose all
 *	MS rebind                              get new ports, as a NAT may
 *	MS report                              print sums since the last one
 *
 * A setting of a direction begins its count of packets anew, so that what
 * becomes of the n-th one from then on is known beforehand.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../udpimp/lane.h"
#include "base/die.h"
#include "link/line.h"
#include "link/link.h"

enum {
	LINE_SIZE = 128,
	LINES = 256,    /* that wait for their time */
	FLOWS = 32,     /* senders; the oldest gives way */
	FLIGHTS = 8192, /* packets on their way */
	DATAGRAM = 1500,
	TURN = 64, /* datagrams taken from a socket before others' turn */
};

enum direction { UP, DOWN, DIRECTIONS };

struct line {
	int64_t at_us; /* 0: free */
	char text[LINE_SIZE];
};

struct flow {
	struct loop_watch watch; /* of the socket towards the target */
	struct sockaddr_in sender;
};

struct flight {
	struct flight *next;
	int64_t at_us;
	struct flow *flow;
	enum direction to;
	size_t len;
	uint8_t data[DATAGRAM];
};

static struct loop loop;
static struct loop_watch entry;
static struct loop_timer line_timer, flight_timer;
static struct lane lanes[DIRECTIONS];
static struct line lines[LINES];
static struct sockaddr_in target;
static struct flow flows[FLOWS];
static unsigned int nflows;                           /* so far */
static struct flight pool[FLIGHTS], *unused, *flying; /* soonest first */

static int
socket_open(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int size = 4 << 20;

	if (fd == -1)
		die(EXIT_TEMP, errno, "cannot make a socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return fd;
}

static void
deliver(const struct flight *f)
{
	int fd = f->to == UP ? f->flow->watch.fd : entry.fd;
	const struct sockaddr_in *to = f->to == UP ? &target : &f->flow->sender;

	sendto(
	    fd, f->data, f->len, 0, (const struct sockaddr *)to, sizeof(*to));
}

static void
flights_due(struct loop_timer *t)
{
	int64_t now = clock_us();
	struct flight *f;

	while ((f = flying) && f->at_us <= now) {
		deliver(f);
		flying = f->next;
		f->next = unused;
		unused = f;
	}
	if (flying)
		loop_timer_set(&loop, t, flying->at_us);
}

static void
fly(const struct flight *from, int64_t at_us)
{
	struct flight *f = unused, **p = &flying;

	if (!f)
		die(EXIT_TEMP, 0, "more than %d packets on their way", FLIGHTS);
	unused = f->next;
	while (*p && (*p)->at_us <= at_us)
		p = &(*p)->next;
	memcpy(f->data, from->data, from->len);
	f->len = from->len;
	f->flow = from->flow;
	f->to = from->to;
	f->at_us = at_us;
	f->next = *p;
	*p = f;
}

static void
pass(const struct flight *f)
{
	int64_t at_us[LANE_COPIES];
	size_t n = lane_pass(&lanes[f->to], clock_us(), f->len, at_us);

	for (size_t i = 0; i < n; i++)
		fly(f, at_us[i]);
	flights_due(&flight_timer);
}

static bool
receive(int fd, struct flight *f, struct sockaddr_in *from)
{
	socklen_t size = sizeof(*from);
	ssize_t n = recvfrom(fd, f->data, sizeof(f->data), 0,
	    (struct sockaddr *)from, from ? &size : NULL);

	f->len = n > 0 ? (size_t)n : 0;
	return n >= 0;
}

static void
target_ready(struct loop_watch *w, uint32_t events)
{
	struct flight f = { .flow = w->arg, .to = DOWN };

	(void)events;
	for (int i = 0; i < TURN && receive(w->fd, &f, NULL); i++)
		pass(&f);
}

static void
bind_flow(struct flow *f)
{
	if (f->watch.ready) {
		loop_unwatch(&loop, &f->watch);
		close(f->watch.fd);
	}
	f->watch = (struct loop_watch){
		.fd = socket_open(), .ready = target_ready, .arg = f
	};
	loop_watch(&loop, &f->watch, EPOLLIN);
}

static struct flow *
flow_of(const struct sockaddr_in *sender)
{
	struct flow *f;

	for (f = flows; f < flows + FLOWS; f++)
		if (f->watch.ready &&
		    memcmp(&f->sender, sender, sizeof(*sender)) == 0)
			return f;
	f = &flows[nflows++ % FLOWS];
	bind_flow(f);
	f->sender = *sender;
	return f;
}

static void
entry_ready(struct loop_watch *w, uint32_t events)
{
	struct flight f = { .to = UP };
	struct sockaddr_in from = { 0 };

	(void)events;
	for (int i = 0; i < TURN && receive(w->fd, &f, &from); i++) {
		f.flow = flow_of(&from);
		if (target.sin_port)
			pass(&f);
	}
}

static const struct {
	const char *name;
	int values;
	struct {
		size_t field;
		double unit, most;
	} value[2];
} settings[] = {
	{ "loss", 1, { { offsetof(struct lane, loss), .01, 100 } } },
	{ "burst", 2,
	    { { offsetof(struct lane, burst_begin), .01, 100 },
		{ offsetof(struct lane, burst_end), .01, 100 } } },
	{ "dup", 1, { { offsetof(struct lane, duplicate), .01, 100 } } },
	{ "reorder", 2,
	    { { offsetof(struct lane, reorder), .01, 100 },
		{ offsetof(struct lane, reorder_us), 1000, 10000 } } },
	{ "delay", 1, { { offsetof(struct lane, delay_us), 1000, 10000 } } },
	{ "jitter", 1, { { offsetof(struct lane, jitter_us), 1000, 10000 } } },
	{ "rate", 2,
	    { { offsetof(struct lane, bytes_per_us), 1 / 8000., 1e7 },
		{ offsetof(struct lane, queue_us), 1000, 10000 } } },
	{ "hole", 1, { { offsetof(struct lane, hole), 1, 1 } } },
};

/* True when text is "NAME VALUE..." and l was set to that. */
static bool
set(struct lane *l, const char *text)
{
	char name[16], more;
	double v[2];
	int n = sscanf(text, "%15s %lf %lf %c", name, &v[0], &v[1], &more) - 1;

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (n != settings[i].values || strcmp(name, settings[i].name))
			continue;
		for (int k = 0; k < n; k++) {
			if (!(v[k] >= 0 && v[k] <= settings[i].value[k].most))
				return false;
			*(double *)((char *)l + settings[i].value[k].field) =
			    v[k] * settings[i].value[k].unit;
		}
		l->count = 0;
		return true;
	}
	return false;
}

static bool
set_target(const char *text)
{
	char addr[INET_ADDRSTRLEN];
	struct sockaddr_in to = { .sin_family = AF_INET };
	unsigned short port;

	if (sscanf(text, "%15s %hu", addr, &port) != 2 ||
	    inet_pton(AF_INET, addr, &to.sin_addr) != 1)
		return false;
	to.sin_port = htons(port);
	target = to;
	return true;
}

static void
report(void)
{
	static const char *const names[] = { "up", "down" };

	for (int d = 0; d < DIRECTIONS; d++) {
		struct lane *l = &lanes[d];

		printf("%s%s packets=%llu bytes=%llu lost=%llu dropped=%llu "
		       "queue_us=%lld",
		    d ? " " : "", names[d], (unsigned long long)l->packets,
		    (unsigned long long)l->bytes, (unsigned long long)l->lost,
		    (unsigned long long)l->dropped, (long long)l->longest_us);
		l->packets = l->bytes = l->lost = l->dropped = 0;
		l->longest_us = 0;
	}
	printf("\n");
	fflush(stdout);
}

static void
rebind(void)
{
	for (struct flow *f = flows; f < flows + FLOWS; f++)
		if (f->watch.ready)
			bind_flow(f);
}

/* False when it is no such line. */
static bool
obey(const char *text)
{
	char verb[16];
	int n = 0;
	bool good;

	if (sscanf(text, "%15s %n", verb, &n) != 1)
		return false;
	text += n;
	if (strcmp(verb, "target") == 0)
		return set_target(text);
	if (strcmp(verb, "rebind") == 0)
		return rebind(), true;
	if (strcmp(verb, "report") == 0)
		return report(), true;
	good = strcmp(verb, "both") == 0 || strcmp(verb, "up") == 0 ||
	    strcmp(verb, "down") == 0;
	if (strcmp(verb, "down") != 0)
		good = good && set(&lanes[UP], text);
	if (strcmp(verb, "up") != 0)
		good = good && set(&lanes[DOWN], text);
	return good;
}

static void
lines_due(struct loop_timer *t)
{
	int64_t now = clock_us();
	struct line *next;

	for (;;) {
		next = NULL;
		for (struct line *l = lines; l < lines + LINES; l++)
			if (l->at_us && (!next || l->at_us < next->at_us))
				next = l;
		if (!next || next->at_us > now)
			break;
		next->at_us = 0;
		if (!obey(next->text))
			die(EXIT_PERM, 0, "'%s' is no line of udpimp",
			    next->text);
	}
	if (next)
		loop_timer_set(&loop, t, next->at_us);
}

static void
add_line(const char *p, size_t len)
{
	static int64_t came_us;
	struct words w = words_of(p, len);
	int64_t ms = words_int(&w, 0, 3600000), now = clock_us();
	struct line *l = lines;

	/* Lines of the same time are obeyed in order. */
	came_us = now > came_us ? now : came_us + 1;
	while (l < lines + LINES && l->at_us)
		l++;
	p = words_rest(&w, &len);
	if (w.bad || len >= sizeof(l->text) || l == lines + LINES)
		die(EXIT_PERM, 0, "a line without time, too long or too many");
	l->at_us = came_us + ms * 1000;
	memcpy(l->text, p, len);
	l->text[len] = '\0';
}

static ssize_t
input(struct link *l, const uint8_t *p, size_t len)
{
	ptrdiff_t n = line_find(p, len);

	(void)l;
	if (n < 0)
		return len < LINE_SIZE ? 0 : -EMSGSIZE;
	add_line((const char *)p, (size_t)n);
	lines_due(&line_timer);
	return n + 1;
}

static void
down(struct link *l, int err)
{
	(void)l;
	if (err)
		die(EXIT_PERM, err, "standard input");
	loop_stop(&loop);
}

static void
listen_at(const char *addr)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof(a);

	if (inet_pton(AF_INET, addr, &a.sin_addr) != 1)
		die(EXIT_PERM, 0, "'%s' is no IPv4 address", addr);
	entry =
	    (struct loop_watch){ .fd = socket_open(), .ready = entry_ready };
	if (bind(entry.fd, (struct sockaddr *)&a, sizeof(a)) ||
	    getsockname(entry.fd, (struct sockaddr *)&a, &size))
		die(EXIT_TEMP, errno, "cannot bind to '%s'", addr);
	loop_watch(&loop, &entry, EPOLLIN);
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const struct link_ops ops = { .input = input, .down = down };
	static const struct link_config config = { .ops = &ops,
		.in_size = 4096 };
	struct link in;
	long seed = 1;
	int ch, err;

	prog_init(argv[0]);
	while ((ch = opt_next(argc, argv, ":s:", NULL)) != -1)
		if (ch == 's')
			seed = opt_num(ch, optarg, 0, 1 << 30);
	for (int i = 0; i < FLIGHTS; i++) {
		pool[i].next = unused;
		unused = &pool[i];
	}
	lanes[UP].seed = (uint64_t)seed << 1;
	lanes[DOWN].seed = lanes[UP].seed + 1;
	line_timer.expired = lines_due;
	flight_timer.expired = flights_due;
	if ((err = loop_init(&loop)))
		die(EXIT_TEMP, err, "cannot make an event loop");
	listen_at(optind < argc ? argv[optind] : "127.0.0.1");
	if ((err = link_open_stdin(&in, &loop, &config)))
		die(EXIT_TEMP, err, "cannot read standard input");
	loop_run(&loop);
	return 0;
}
