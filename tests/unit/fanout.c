/* lib/packets: one stream to many readers, over real sockets and pipes */
#include "packets/fanout.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../tap.h"

enum {
	RING = 1 << 20,
	MANY = 3000,
	OLD_US = 2 * FANOUT_LATE_US,
	NEW_US = -1000000
};

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
on_key_wanted(struct fanout *f, struct fanout_reader *r)
{
	(void)f;
	(void)r;
	keys_wanted++;
}

static void
on_drained(struct fanout *f)
{
	(void)f;
	drains++;
}

static void
on_control(
    struct fanout *f, struct fanout_reader *r, const char *line, size_t len)
{
	(void)f;
	(void)r;
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

static uint8_t payload[PACKET_MAX + 1];

/*
 * The payload's ends say its length, so that a mix-up shows.  An age of 0 is
 * not late even on a slow machine.
 */
static int
send_one(
    struct fanout *f, uint8_t kind, uint8_t flags, uint32_t len, int64_t age_us)
{
	struct packet p = { .kind = kind,
		.codec = CODEC_H264,
		.flags = flags,
		.done_us = (uint64_t)(clock_us() - (age_us ? age_us : NEW_US)),
		.len = len,
		.payload = payload };

	memcpy(payload, &len, sizeof(len));
	memcpy(payload + len - sizeof(len), &len, sizeof(len));
	return fanout_send(f, &p);
}

struct taken {
	int packets, keys, gaps, wrong;
	struct packet first, last;
	bool eof;
};

/* Read all that is there; rest holds a packet cut short between calls. */
struct rest {
	uint8_t data[PACKET_HEADER + PACKET_MAX];
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
			size_t end = p.len - sizeof(p.len);

			t.wrong += memcmp(p.payload, &p.len, sizeof(p.len)) ||
			    memcmp(p.payload + end, &p.len, sizeof(p.len));
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

/* As a reader that goes on reading: it may take a look until it is noticed. */
static struct taken
take_on(int fd, struct rest *rest)
{
	struct taken all = take(fd, rest);

	for (int i = 0; i < 60; i++) {
		struct taken t;

		usleep(1000);
		settle();
		t = take(fd, rest);
		if (!t.packets)
			continue;
		i = 0;
		all.gaps += t.gaps;
		all.gaps += all.packets && t.first.seq != all.last.seq + 1;
		all.wrong += t.wrong;
		all.keys += t.keys;
		if (!all.packets)
			all.first = t.first;
		all.last = t.last;
		all.packets += t.packets;
	}
	return all;
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
	t = take_on(a, ra);
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

/* A reader that does not read, beside one that does. */
static void
test_behind(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new(), *rb = rest_new();
	int slow = reader(), fast = reader();
	struct taken t;
	int got = 0;

	keys_wanted = 0;
	send_one(f, PACKET_VIDEO, PACKET_KEY, 100, 0);
	for (int i = 0; i < 30; i++) {
		send_one(f, PACKET_VIDEO, 0, 100, 0);
		got += take(fast, rb).packets;
	}
	is_int(got, 31, "the fast reader gets everything at once");
	ok(fanout_ready(f), "the slow one holds nobody up");
	is_int(f->readers[0].pos, FANOUT_AHEAD * (PACKET_HEADER + 100),
	    "and is given little before it reads");
	t = take_on(slow, ra);
	is_int(t.packets, 31, "what waited for less than 250 ms comes");
	is_int(t.gaps + t.wrong, 0, "in order");
	is_int(keys_wanted, 0, "and no key packet is needed");

	for (int i = 0; i < 30; i++) {
		send_one(f, PACKET_VIDEO, 0, 100, OLD_US);
		settle();
		take(fast, rb);
	}
	is_int(keys_wanted, 0, "none is asked for while it does not read");
	t = take_on(slow, ra);
	is_int(t.packets, FANOUT_AHEAD, "what waited for longer is lost");
	is_int(keys_wanted, 1, "a key packet is asked for, once");
	send_one(f, PACKET_VIDEO, 0, 100, 0);
	send_one(f, PACKET_VIDEO, PACKET_KEY, 200, 0);
	send_one(f, PACKET_VIDEO, 0, 300, 0);
	t = take_on(slow, ra);
	is_int(t.packets, 2, "it goes on");
	is_int(t.keys, 1, "at the key packet");
	is_int(t.last.len, 300, "with what follows");
	t = take_on(fast, rb);
	is_int(
	    t.packets + t.gaps, 3, "the fast one gets that one and all else");

	/* One key packet is there: fresh, or itself too old. */
	for (int old = 0; old <= 1; old++) {
		keys_wanted = 0;
		for (int i = 0; i < 10; i++) {
			send_one(f, PACKET_VIDEO, i == 5 ? PACKET_KEY : 0, 100,
			    i < 5 || old ? OLD_US : 0);
			take(fast, rb);
		}
		t = take_on(slow, ra);
		is_int(t.keys, !old, "a key packet in the queue, old: %d", old);
		is_int(t.packets, FANOUT_AHEAD + (old ? 0 : 5),
		    "is where it goes on, unless it is old");
		is_int(keys_wanted, old, "and another is asked for only then");
	}
	send_one(f, PACKET_VIDEO, PACKET_KEY, 100, 0);
	send_one(f, PACKET_VIDEO, 0, 100, 0);
	send_one(f, PACKET_VIDEO, 0, 400, OLD_US);
	keys_wanted = 0;
	t = take_on(slow, ra);
	is_int(t.last.len, 400, "the newest is never too old");
	is_int(keys_wanted, 0, "it is what the screen shows");
	close(slow), close(fast);
	settle();
	fanout_close(f);
	free(f), free(ra), free(rb);
}

/* A key packet was asked for, and its reader stopped again before it came. */
static void
test_twice(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new();
	int slow = reader();
	struct taken t;

	for (int i = 0; i < 3; i++)
		send_one(f, PACKET_CURSOR, 0, 10, 0);
	f->readers[0].read_us -= OLD_US;
	send_one(f, PACKET_VIDEO, PACKET_KEY, 100, OLD_US);
	send_one(f, PACKET_VIDEO, 0, 100, OLD_US);
	send_one(f, PACKET_VIDEO, 0, 100, 0);
	is_int(keys_wanted, 1, "one key packet was asked for");
	t = take_on(slow, ra);
	is_int(t.packets, 3, "it came too late");
	is_int(keys_wanted, 2, "so another is");
	close(slow);
	settle();
	fanout_close(f);
	free(f), free(ra);
}

static void
test_ready(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new();
	int a = reader(), b, ready = 0;

	for (int i = 0; i < 100; i++) {
		send_one(f, PACKET_VIDEO, i ? 0 : PACKET_KEY, 5000, 0);
		ready += fanout_ready(f);
		take(a, ra);
	}
	is_int(ready, 100, "one picture that is not read yet is normal");
	settle();
	ok(!loop.timers, "a reader that reads costs no timer");
	is_int(drains, 0, "and needs not be told of");
	send_one(f, PACKET_VIDEO, 0, 10, 0);
	send_one(f, PACKET_VIDEO, 0, 10, 0);
	ok(!loop.timers, "nor does one that was not asked about");
	ok(!fanout_ready(f), "two are too many");
	for (int i = 0; i < 100; i++) {
		usleep(1000);
		settle();
	}
	is_int(drains, 0, "nothing is told before they are read");
	ok(loop.timers != NULL, "that is looked for");
	take_on(a, ra);
	is_int(drains, 1, "then it is told, once");
	ok(fanout_ready(f), "and true");
	ok(!loop.timers, "nothing is looked for any more");

	send_one(f, PACKET_VIDEO, 0, 300000, 0);
	ok(!fanout_ready(f), "half a picture is not all of it");
	take_on(a, ra);
	is_int(drains, 2, "its end is told of");

	send_one(f, PACKET_VIDEO, 0, 10, 0);
	f->readers[0].read_us -= OLD_US;
	ok(!fanout_ready(f), "nor is one ready that has not read for long");
	b = reader();
	is_int(drains, 3, "a new reader is");
	ok(fanout_ready(f), "at once");
	close(a), close(b);
	settle();
	ok(!fanout_ready(f) && !loop.timers, "when all went nothing is left");
	fanout_close(f);
	free(f), free(ra);
}

/* Cursors are not counted, yet do not pile up. */
static void
test_cursors(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new();
	int a = reader();

	send_one(f, PACKET_VIDEO, PACKET_KEY, 10, 0);
	send_one(f, PACKET_CURSOR, 0, 20, 0);
	send_one(f, PACKET_CURSOR, 0, 20, 0);
	send_one(f, PACKET_VIDEO, 0, 10, 0);
	is_int(take(a, ra).packets, 4, "cursors go between pictures");
	send_one(f, PACKET_CURSOR, 0, 20, OLD_US);
	f->readers[0].read_us -= OLD_US;
	keys_wanted = 0;
	for (int i = 0; i < 100; i++)
		send_one(f, PACKET_CURSOR, 0, 20, OLD_US);
	is_int(f->head - f->readers[0].pos, 100 * (PACKET_HEADER + 20),
	    "not to one that does not read");
	is_int(take_on(a, ra).packets, 101, "which gets them when it does");
	is_int(keys_wanted, 0, "as no picture is newer");

	/* As they follow a large picture to a slow reader. */
	send_one(f, PACKET_VIDEO, PACKET_KEY, 300000, OLD_US);
	send_one(f, PACKET_CURSOR, 0, 20, OLD_US);
	send_one(f, PACKET_CURSOR, 0, 20, OLD_US);
	is_int(take_on(a, ra).packets, 3, "the last one's are not late");
	is_int(keys_wanted, 0, "so it is not sent again");

	send_one(f, PACKET_CURSOR, 0, 20, OLD_US);
	f->readers[0].read_us -= OLD_US;
	send_one(f, PACKET_CURSOR, 0, 20, OLD_US);
	send_one(f, PACKET_VIDEO, 0, 10, 0);
	is_int(take_on(a, ra).packets, 1, "others are lost");
	is_int(keys_wanted, 1, "and repeated after a key packet");
	close(a);
	settle();
	fanout_close(f);
	free(f), free(ra);
}

/* A stream of key packets can be entered anywhere: the newest is taken. */
static void
test_audio(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new();
	int slow = reader();
	struct taken t;

	keys_wanted = 0;
	for (int i = 0; i < 50; i++)
		send_one(f, PACKET_AUDIO, PACKET_KEY, 2000, OLD_US);
	t = take_on(slow, ra);
	is_int(t.packets, FANOUT_AHEAD + 1, "a late reader skips");
	is_int(t.gaps, 1, "once");
	is_int(t.last.seq, f->seq - 1, "to the newest");
	is_int(keys_wanted, 0, "and asks for nothing");
	close(slow);
	settle();
	fanout_close(f);
	free(f), free(ra);
}

/* The ring goes round while a reader is within a packet. */
static void
test_stuck(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new(), *rb = rest_new();
	int stuck = reader(), fast = reader(), gone = reader();
	struct taken t;
	int wrong = 0, gaps = 0;
	uint8_t *kept;

	keys_wanted = 0;
	send_one(f, PACKET_VIDEO, PACKET_KEY, RING / 2, 0);
	ok(f->readers[0].pos < f->head,
	    "a large packet does not go in at once");
	take_on(fast, rb);
	for (int i = 0; i < 100; i++) {
		send_one(f, PACKET_VIDEO, 0, (uint32_t)(10000 + i), 0);
		t = take(fast, rb);
		wrong += t.wrong;
		gaps += t.gaps + (t.packets != 1);
	}
	kept = f->readers[0].rest;
	ok(kept != NULL, "its rest was put aside");
	for (int i = 0; i < MANY; i++) {
		send_one(f, PACKET_VIDEO, 0, (uint32_t)(1000 + i), 0);
		t = take(fast, rb);
		wrong += t.wrong;
		gaps += t.gaps + (t.packets != 1);
	}
	is_int(f->count, 3, "all readers stay");
	ok(f->readers[0].rest == kept, "nothing else was");
	is_int(wrong, 0, "the ring went round and nothing was mixed up");
	is_int(gaps, 0, "nor lost");
	is_int(keys_wanted, 0, "nor asked for");
	t = take_on(stuck, ra);
	is_int(t.packets, 1, "the stuck one gets that packet");
	is_int(t.first.len, RING / 2, "whole");
	is_int(t.wrong, 0, "and nothing of another");
	is_int(keys_wanted, 1, "then a key packet is asked for");
	ok(!f->readers[0].rest, "nothing is kept");
	send_one(f, PACKET_VIDEO, PACKET_KEY, 100, 0);
	t = take(stuck, ra);
	is_int(t.packets, 1, "it goes on");
	take(fast, rb);

	/* Between two packets, where a newer one begins then. */
	keys_wanted = 0;
	for (int i = 0; i < RING / 1024 + 100; i++) {
		send_one(f, PACKET_VIDEO, 0, 1024 - PACKET_HEADER, 0);
		take(fast, rb);
	}
	ok(!f->readers[0].rest, "nothing is kept between two packets");
	t = take_on(stuck, ra);
	is_int(t.packets, FANOUT_AHEAD, "what the ring had no more is lost");
	is_int(keys_wanted, 1, "and a key packet asked for");
	send_one(f, PACKET_VIDEO, PACKET_KEY, 100, 0);
	is_int(take(stuck, ra).packets, 1, "to go on at");
	take(fast, rb);

	send_one(f, PACKET_VIDEO, 0, RING / 2, 0);
	take_on(fast, rb);
	send_one(f, PACKET_VIDEO, 0, RING - PACKET_HEADER, 0);
	ok(f->readers[0].rest != NULL, "a packet can fill the ring");
	keys_wanted = 0;
	t = take_on(stuck, ra);
	is_int(t.packets, 2, "who was in the one before it loses nothing");
	is_int(t.gaps + t.wrong + keys_wanted, 0, "and goes on in order");
	ok(f->readers[2].rest != NULL, "one still stuck keeps one packet");
	close(gone);
	settle();
	ok(!f->readers[2].rest, "until it goes");
	close(stuck), close(fast);
	settle();
	fanout_close(f);
	free(f), free(ra), free(rb);
}

static void
test_large(void)
{
	struct fanout *f = fanout_new(path, false);
	struct rest *ra = rest_new();
	int a = reader(), stuck = reader();
	struct taken t;

	send_one(f, PACKET_VIDEO, PACKET_KEY, RING / 2, 0);
	take_on(a, ra);
	keys_wanted = 0;
	is_int(send_one(f, PACKET_VIDEO, 0, PACKET_MAX, 0), 0,
	    "the largest packet goes through a small ring");
	ok(f->size > PACKET_MAX, "which grows");
	t = take_on(a, ra);
	is_int(t.packets, 1, "it comes");
	is_int(t.gaps + t.wrong, 0, "whole");
	is_int(send_one(f, PACKET_VIDEO, 0, PACKET_MAX + 1, 0), -EMSGSIZE,
	    "a larger one is refused");
	is_int(take_on(a, ra).packets, 0, "and not sent");
	memset(ra, 0, sizeof(*ra));
	t = take_on(stuck, ra);
	is_int(t.packets, 2, "one that was within the packet before gets both");
	is_int(t.gaps + t.wrong + keys_wanted, 0, "and loses nothing");
	/* Left with much to send, and with a rest. */
	send_one(f, PACKET_VIDEO, 0, PACKET_MAX, 0);
	take_on(a, ra);
	for (int i = 0; i < 3; i++)
		send_one(f, PACKET_VIDEO, 0, PACKET_MAX, 0);
	ok(f->readers[1].rest != NULL, "closed in the middle");
	fanout_close(f);
	close(a), close(stuck);
	free(f), free(ra);
}

/* Run f with fd as standard output. */
static struct fanout *
piped_to(bool plain, int fd, int *saved)
{
	fflush(stdout);
	*saved = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	/* What is printed meanwhile must go elsewhere. */
	stdout = fdopen(dup(*saved), "w");
	return fanout_new(NULL, plain);
}

/* Run f with standard output as a pipe, whose other end is returned. */
static struct fanout *
piped(bool plain, int *end, int *saved)
{
	struct fanout *f;
	int fds[2];

	if (pipe2(fds, O_NONBLOCK))
		abort();
	f = piped_to(plain, fds[1], saved);
	close(fds[1]);
	*end = fds[0];
	return f;
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

/* Bytes that a pipe has now; the first of each picture are its length. */
static int
take_plain(int end, uint32_t *first)
{
	static uint8_t got[RING];
	ssize_t n = read(end, got, sizeof(got));

	memcpy(first, got, sizeof(*first));
	return n < 0 ? 0 : (int)n;
}

/* Without sequence numbers to tell, nothing may be missing within a stream. */
static void
test_paused_plain(void)
{
	int end, saved;
	struct fanout *f = piped(true, &end, &saved);
	uint32_t first;

	send_one(f, PACKET_VIDEO, PACKET_KEY, 100, 0);
	for (int i = 0; i < 50; i++)
		send_one(f, PACKET_VIDEO, 0, 1000, OLD_US);
	keys_wanted = 0;
	ok(!fanout_ready(f), "a pipe that is not read is not ready");
	is_int(take_plain(end, &first), 1100, "it holds two pictures");
	is_int(first, 100, "the first ones");
	usleep(2 * 50000);
	settle();
	is_int(keys_wanted, 1, "a key packet is asked for when it is read");
	is_int(drains, 1, "and that is told");
	is_int(take_plain(end, &first), 0, "nothing comes before");
	send_one(f, PACKET_VIDEO, 0, 10, 0);
	send_one(f, PACKET_VIDEO, PACKET_KEY, 20, 0);
	send_one(f, PACKET_VIDEO, 0, 30, 0);
	is_int(take_plain(end, &first), 50, "then all from it on");
	is_int(first, 20, "beginning with it");
	close(end);
	settle();
	unpiped(f, saved);
}

/* A pipe that is stuck in a packet for more than the ring. */
static void
test_paused(void)
{
	int end, saved;
	struct fanout *f = piped(false, &end, &saved);
	struct rest *rest = rest_new();
	struct taken t;

	keys_wanted = 0;
	for (int i = 0; i < MANY; i++)
		send_one(
		    f, PACKET_VIDEO, i == 0 ? PACKET_KEY : 0, 100000, OLD_US);
	is_int(closes, 0, "standard output that pauses for long stays");
	is_int(keys_wanted, 0, "and asks for nothing");
	t = take_on(end, rest);
	is_int(t.packets, 1, "it gets the packet that it was in");
	is_int(t.wrong, 0, "whole");
	is_int(keys_wanted, 1, "and needs a key packet");
	send_one(f, PACKET_VIDEO, PACKET_KEY, 500, 0);
	t = take(end, rest);
	is_int(t.packets, 1, "it goes on");
	is_int(t.last.len, 500, "at the key packet");
	close(end);
	settle();
	free(rest);
	unpiped(f, saved);
}

/* A file takes everything, also one that was longer before. */
static void
test_file(void)
{
	int end, saved;
	struct fanout *f;
	char name[] = "/tmp/rd-fanout.XXXXXX";
	int file = mkstemp(name);

	unlink(name);
	if (file == -1 || ftruncate(file, 100000))
		abort();
	f = piped_to(false, file, &saved);
	for (int i = 0; i < 50; i++) {
		send_one(f, PACKET_VIDEO, i ? 0 : PACKET_KEY, 100, OLD_US);
		settle();
	}
	ok(fanout_ready(f), "a file is always ready");
	end = (int)lseek(file, 0, SEEK_CUR);
	is_int(end, 50 * (PACKET_HEADER + 100), "and gets everything");
	close(file);
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
	test_behind();
	test_twice();
	test_ready();
	test_cursors();
	test_audio();
	test_stuck();
	test_large();
	test_plain();
	test_paused_plain();
	test_paused();
	test_file();
	loop_clear(&loop);
	rmdir(dir);
	return done_testing();
}
