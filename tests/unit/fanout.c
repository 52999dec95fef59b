/* lib/packets: one stream to many readers, over real sockets and pipes */
#include "packets/fanout.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../tap.h"

enum { RING = 1 << 20, MANY = 3000 };

static struct loop loop;
static int wants, keys_wanted, drains, closes, closed_err;
static char said[64];

static void
on_wanted(struct fanout *f, bool wanted)
{
	(void)f;
	wants += wanted ? 1 : -1;
}

static void
on_key_wanted(struct fanout *f)
{
	(void)f;
	keys_wanted++;
}

static void
on_drained(struct fanout *f)
{
	(void)f;
	drains++;
}

static void
on_control(struct fanout *f, const char *line, size_t len)
{
	(void)f;
	snprintf(said, sizeof(said), "%.*s", (int)len, line);
}

static void
on_closed(struct fanout *f, int err)
{
	(void)f;
	closes++;
	closed_err = err;
}

static struct fanout *
fanout_new(const char *path, bool plain)
{
	struct fanout *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	*f = (struct fanout){ .plain = plain,
		.wanted = on_wanted,
		.key_wanted = on_key_wanted,
		.drained = on_drained,
		.control = on_control,
		.closed = on_closed };
	wants = keys_wanted = drains = closes = 0;
	is_int(fanout_open(f, &loop, path, RING), 0, "opened");
	return f;
}

/* Let the loop do all it has to do. */
static void
settle(void)
{
	for (int i = 0; i < 20; i++)
		loop_turn(&loop, 0);
}

static char path[64];

static int
reader(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(sun.sun_path, path);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)))
		abort();
	settle();
	return fd;
}

static uint8_t payload[RING / 2];

/* The payload's first bytes say its length, so that a mix-up shows. */
static int
send_one(
    struct fanout *f, uint8_t kind, uint8_t flags, uint32_t len, int64_t age_us)
{
	struct packet p = { .kind = kind,
		.codec = CODEC_H264,
		.flags = flags,
		.done_us = (uint64_t)(clock_us() - age_us),
		.len = len,
		.payload = payload };

	memcpy(payload, &len, sizeof(len));
	return fanout_send(f, &p);
}

struct taken {
	int packets, keys, gaps, wrong;
	struct packet first, last;
	bool eof;
};

/* Read all that is there; rest holds a packet cut short between calls. */
struct rest {
	uint8_t data[RING];
	size_t len;
};

static struct taken
take(int fd, struct rest *rest)
{
	struct taken t = { 0 };
	struct packet p;
	ssize_t n, used;

	for (;;) {
		n = read(
		    fd, rest->data + rest->len, sizeof(rest->data) - rest->len);
		if (n <= 0) {
			t.eof = n == 0;
			settle();
			n = read(fd, rest->data + rest->len,
			    sizeof(rest->data) - rest->len);
			if (n <= 0)
				return t;
		}
		rest->len += (size_t)n;
		while ((used = packet_decode(&p, rest->data, rest->len)) > 0) {
			uint32_t len = 0;

			memcpy(&len, p.payload, sizeof(len));
			t.wrong += len != p.len;
			t.gaps += t.packets && p.seq != t.last.seq + 1;
			if (!t.packets++)
				t.first = p;
			t.last = p;
			t.keys += p.flags & PACKET_KEY;
			rest->len -= (size_t)used;
			memmove(rest->data, rest->data + used, rest->len);
		}
		t.wrong += used < 0;
	}
}

static struct rest *
rest_new(void)
{
	struct rest *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	return r;
}

static void
test_start(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new(), *rb = rest_new();
	struct taken t;
	int a, b;

	ok(!fanout_ready(f), "without readers there is nothing to do");
	a = reader();
	is_int(wants, 1, "the first reader is told");
	is_int(keys_wanted, 1, "it needs a key packet");
	ok(fanout_ready(f), "it has room");
	send_one(f, PACKET_VIDEO, 0, 10, 0);
	send_one(f, PACKET_CURSOR, 0, 20, 0);
	send_one(f, PACKET_VIDEO, PACKET_KEY, 30, 0);
	send_one(f, PACKET_VIDEO, 0, 40, 0);
	b = reader();
	is_int(wants, 1, "the second is not the first");
	is_int(keys_wanted, 2, "but needs a key packet too");
	send_one(f, PACKET_VIDEO, 0, 50, 0);
	send_one(f, PACKET_VIDEO, PACKET_KEY, 60, 0);
	t = take(a, ra);
	is_int(t.packets, 5, "a reader gets a cursor, then all from a key on");
	is_int(t.first.kind, PACKET_CURSOR, "the cursor did not wait");
	is_int(t.gaps, 0, "packets are numbered");
	is_int(t.wrong, 0, "and whole");
	t = take(b, rb);
	is_int(t.packets, 1, "the later reader starts at the next key");
	is_int(t.first.seq, 5, "which is that one");
	is_int(write(b, "bitrate 5\n", 10), 10, "a control line");
	settle();
	ok(strcmp(said, "bitrate 5") == 0, "is heard");
	close(a);
	settle();
	is_int(wants, 1, "one reader is left");
	close(b);
	settle();
	is_int(wants, 0, "no reader is left");
	is_int(send_one(f, PACKET_VIDEO, 0, 10, 0), 0, "sending to nobody");
	a = reader();
	fanout_send(
	    f, &(struct packet){ .kind = PACKET_AUDIO, .flags = PACKET_KEY });
	is_int(read(a, payload, sizeof(payload)), PACKET_HEADER,
	    "an empty packet");
	for (int i = 0; i < 300; i++)
		(void)!write(a, "x", 1);
	settle();
	is_int(wants, 0, "one that sends an endless line is cut off");
	close(a);
	fanout_close(f);
	free(f), free(ra), free(rb);
}

static void
test_slow(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new(), *rb = rest_new();
	int slow = reader(), fast = reader();
	int sent = 0, got = 0;
	struct taken t;

	send_one(f, PACKET_VIDEO, PACKET_KEY, 1000, 0);
	keys_wanted = 0;
	/* Fill the slow one's socket, then put old packets in the queue. */
	while (f->readers[0].pos == f->head) {
		send_one(f, PACKET_VIDEO, 0, 4000, 2 * FANOUT_LATE_US);
		sent++;
		t = take(fast, rb);
		got += t.packets;
	}
	for (int i = 0; i < 20; i++)
		send_one(f, PACKET_VIDEO, 0, 4000, 2 * FANOUT_LATE_US);
	t = take(fast, rb);
	got += t.packets;
	is_int(got, sent + 21, "the fast reader gets everything");
	ok(fanout_ready(f), "the slow one holds nobody up");
	is_int(keys_wanted, 0, "nothing is lost yet");
	t = take(slow, ra);
	ok(t.packets < sent + 21, "the slow one lost what was old");
	is_int(t.gaps + t.wrong, 0, "not from the middle");
	is_int(keys_wanted, 1, "and needs a key packet");
	send_one(f, PACKET_VIDEO, 0, 100, 0);
	send_one(f, PACKET_VIDEO, PACKET_KEY, 200, 0);
	send_one(f, PACKET_VIDEO, 0, 300, 0);
	t = take(slow, ra);
	is_int(t.packets, 2, "it goes on");
	is_int(t.first.flags & PACKET_KEY, PACKET_KEY, "at the key packet");
	is_int(t.last.len, 300, "with what follows");
	ok(drains > 0, "room was told");

	while (f->readers[0].pos == f->head) {
		send_one(f, PACKET_VIDEO, 0, 4000, 2 * FANOUT_LATE_US);
		take(fast, rb);
	}
	send_one(f, PACKET_VIDEO, 0, 4000, 2 * FANOUT_LATE_US);
	send_one(f, PACKET_VIDEO, PACKET_KEY, 200, 0);
	send_one(f, PACKET_VIDEO, 0, 300, 0);
	send_one(f, PACKET_VIDEO, 0, 400, 0);
	keys_wanted = 0;
	t = take(slow, ra);
	is_int(t.keys, 1, "a key packet that is there already will do");
	is_int(t.gaps, 1, "what is before it is left out");
	is_int(t.last.len, 400, "what is after it is not");
	is_int(keys_wanted, 0, "and no other is asked for");
	close(slow), close(fast);
	settle();
	fanout_close(f);
	free(f), free(ra), free(rb);
}

/* A stream of key packets can be entered anywhere: the newest is taken. */
static void
test_audio(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new();
	int slow = reader();
	struct taken t;

	do
		send_one(f, PACKET_AUDIO, PACKET_KEY, 2000, FANOUT_LATE_US * 2);
	while (f->readers[0].pos == f->head);
	for (int i = 0; i < 50; i++)
		send_one(f, PACKET_AUDIO, PACKET_KEY, 2000, FANOUT_LATE_US * 2);
	keys_wanted = 0;
	t = take(slow, ra);
	is_int(t.gaps, 1, "a late reader skips once");
	is_int(t.last.seq, f->seq - 1, "to the newest");
	is_int(keys_wanted, 0, "and asks for nothing");
	close(slow);
	settle();
	fanout_close(f);
	free(f), free(ra);
}

static void
test_stuck(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *rb = rest_new();
	int stuck = reader(), fast = reader();
	struct taken t;
	int wrong = 0, gaps = 0;

	for (int i = 0; i < MANY; i++) {
		send_one(f, PACKET_VIDEO, i % 100 ? 0 : PACKET_KEY,
		    (uint32_t)(1000 + i), 0);
		t = take(fast, rb);
		wrong += t.wrong;
		gaps += t.gaps + (t.packets != 1);
	}
	is_int(wants, 1, "the fast reader stays");
	is_int(f->count, 1, "the stuck one is cut off");
	is_int(wrong, 0, "the ring went round and nothing was mixed up");
	is_int(gaps, 0, "nor lost");
	is_int(send_one(f, PACKET_VIDEO, 0, RING / 2 - PACKET_HEADER, 0), 0,
	    "half the ring in one packet");
	is_int(send_one(f, PACKET_VIDEO, 0, RING / 2 - PACKET_HEADER + 1, 0),
	    -EMSGSIZE, "more is refused");
	t = take(fast, rb);
	is_int(t.packets, 1, "and not sent");
	close(stuck), close(fast);
	settle();
	fanout_close(f);
	free(f), free(rb);
}

/* Run f with standard output as a pipe, whose other end is returned. */
static struct fanout *
piped(bool plain, int *end, int *saved)
{
	int fds[2];

	fflush(stdout);
	*saved = dup(STDOUT_FILENO);
	if (pipe2(fds, O_NONBLOCK))
		abort();
	dup2(fds[1], STDOUT_FILENO);
	close(fds[1]);
	*end = fds[0];
	/* What is printed meanwhile must go elsewhere. */
	stdout = fdopen(dup(*saved), "w");
	return fanout_new(NULL, plain);
}

static void
unpiped(struct fanout *f, int saved)
{
	fanout_close(f);
	free(f);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

static void
test_plain(void)
{
	int end, saved;
	struct fanout *f = piped(true, &end, &saved);
	uint8_t got[64] = { 0 };

	is_int(wants, 1, "standard output is a reader");
	send_one(f, PACKET_VIDEO, 0, 10, 0);
	send_one(f, PACKET_VIDEO, PACKET_KEY, 20, 0);
	send_one(f, PACKET_VIDEO, 0, 30, 0);
	is_int(read(end, got, sizeof(got)), 50, "payloads without headers");
	is_int(got[0], 20, "from the key packet on");
	is_int(got[20], 30, "one after the other");
	close(end);
	settle();
	is_int(closes, 1, "its end is told");
	is_int(closed_err, 0, "and is no error");
	unpiped(f, saved);
}

static void
test_paused(void)
{
	int end, saved;
	struct fanout *f = piped(false, &end, &saved);
	struct rest *rest = rest_new();
	struct taken t;

	for (int i = 0; i < MANY; i++)
		send_one(f, PACKET_VIDEO, i == 0 ? PACKET_KEY : 0, 1000, 0);
	is_int(closes, 0, "standard output that pauses for long stays");
	is_int(keys_wanted, 2, "and needs a key packet");
	t = take(end, rest);
	is_int(t.wrong, 0, "what it gets is whole");
	is_int(t.gaps, 0, "and in order");
	send_one(f, PACKET_VIDEO, PACKET_KEY, 500, 0);
	t = take(end, rest);
	is_int(t.packets, 1, "it goes on");
	is_int(t.last.len, 500, "at the key packet");
	close(end);
	settle();
	free(rest);
	unpiped(f, saved);
}

int
main(void)
{
	char dir[] = "/tmp/rd-fanout.XXXXXX";

	if (!mkdtemp(dir) || loop_init(&loop))
		abort();
	snprintf(path, sizeof(path), "%s/s", dir);
	test_start();
	test_slow();
	test_audio();
	test_stuck();
	test_plain();
	test_paused();
	loop_clear(&loop);
	rmdir(dir);
	return done_testing();
}
