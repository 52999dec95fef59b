#include "frames/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tap.h"
#include "frames/lines.h"
#include "frames/writer.h"

static struct loop loop;

/* ---- lines ---- */

static const char *const good_lines[] = {
	"rd-frames 1",
	"geometry 1920 1080 7680 bgrx 3 /proc/4321/fd/7",
	"geometry 1 1 4 bgrx 1 /proc/1/fd/0",
	"geometry 16384 16384 65536 bgrx 16 /proc/1/fd/0",
	"frame 1 0 0 0 0 1 1",
	"frame 9223372036854775807 123456 2 0 0 16 16 100 200 300 400",
	"cursor 16 16 7 7 iVBORw0KGgo=",
	"cursor 0 0 0 0 -",
	"pointer 960 540",
	"pointer -3 -32768",
	"window - xterm",
	"window iVBORw0KGgo= Zw\303\266lf  Dinge ",
	"input",
	"ack 12",
	"fps 30",
};

static const char *const bad_lines[] = {
	"rd-frames 2",
	"rd-frames 1 ",
	"rd-frames",
	"geometry 0 1080 7680 bgrx 3 /proc/1/fd/7",
	"geometry 16385 1 65540 bgrx 3 /proc/1/fd/7",
	"geometry 1920 1080 7676 bgrx 3 /proc/1/fd/7",
	"geometry 1920 1080 7681 bgrx 3 /proc/1/fd/7",
	"geometry 1920 1080 7680 rgbx 3 /proc/1/fd/7",
	"geometry 1920 1080 7680 bgrx 0 /proc/1/fd/7",
	"geometry 1920 1080 7680 bgrx 17 /proc/1/fd/7",
	"geometry 1920 1080 7680 bgrx 3 /proc/0/fd/7",
	"geometry 1920 1080 7680 bgrx 3 /proc/1/fd/-7",
	"geometry 1920 1080 7680 bgrx 3 /proc/1/fd/07",
	"geometry 1920 1080 7680 bgrx 3 /proc/1/fd/7x",
	"geometry 1920 1080 7680 bgrx 3 /proc/self/fd/7",
	"geometry 1920 1080 7680 bgrx 3 /etc/passwd",
	"geometry 1920 1080 7680 bgrx 3 /proc/1/fd/7 8",
	"frame 0 0 0 0 0 1 1",
	"frame 1 -1 0 0 0 1 1",
	"frame 1 0 16 0 0 1 1",
	"frame 1 0 0",
	"frame 1 0 0 0 0 1",
	"frame 1 0 0 0 0 0 1",
	"frame 1 0 0 0 0 1 1 ",
	"frame 1 0 0 0 0 1 1 5",
	"frame 1 0 0 16384 0 1 1",
	"cursor 257 1 0 0 AAAA",
	"cursor 16 0 0 0 AAAA",
	"cursor 16 16 0 0 -",
	"cursor 16 16 0 0 AAA",
	"cursor 16 16 0 0 AA=A",
	"cursor 16 16 0 0 ====",
	"cursor 16 16 0 0 <b>=",
	"cursor 0 0 1 0 -",
	"cursor 0 0 0 0 AAAA",
	"window -",
	"window - ",
	"window AAA title",
	"window <b>= title",
	"window - two\tlines",
	"input 1",
	"pointer 1",
	"pointer 1 40000",
	"ack 0",
	"ack -1",
	"fps 0",
	"fps 1001",
	"fps fast",
};

static int
decode(struct frames_line *l, const char *text, size_t len)
{
	char *copy = exact(text, len);
	int err = frames_line_decode(l, copy, len);

	if (l->kind == FRAMES_CURSOR)
		l->cursor.png = text + (l->cursor.png - copy);
	if (l->kind == FRAMES_WINDOW) {
		l->window.icon = text + (l->window.icon - copy);
		l->window.title = text + (l->window.title - copy);
	}
	free(copy);
	return err;
}

/* A proper prefix may itself be a good line, but then says what it says. */
static bool
prefixes_are_sound(const char *text)
{
	struct frames_line l;
	char again[FRAMES_TEXT_MAX];

	for (size_t cut = 0; cut < strlen(text); cut++) {
		if (decode(&l, text, cut) || l.kind == FRAMES_UNKNOWN)
			continue;
		if (frames_line_encode(&l, again, sizeof(again)) !=
			(ssize_t)cut + 1 ||
		    memcmp(again, text, cut) != 0)
			return false;
	}
	return true;
}

static void
test_lines(void)
{
	struct frames_line l;
	char out[FRAMES_TEXT_MAX], many[FRAMES_TEXT_MAX] = "frame 1 0 0";

	for (size_t i = 0; i < LEN(good_lines); i++) {
		size_t len = strlen(good_lines[i]);

		is_int(decode(&l, good_lines[i], len), 0, "%s", good_lines[i]);
		is_int(frames_line_encode(&l, out, sizeof(out)), len + 1,
		    "said again");
		is_mem(out, good_lines[i], len, "in the same words");
		ok(prefixes_are_sound(good_lines[i]), "cut anywhere");
		for (size_t size = 0; size < len + 2; size++)
			if (frames_line_encode(&l, out, size) != -ENOSPC)
				ok(false, "written into %zu bytes", size);
	}
	for (size_t i = 0; i < LEN(bad_lines); i++)
		is_int(decode(&l, bad_lines[i], strlen(bad_lines[i])), -EBADMSG,
		    "refused: %s", bad_lines[i]);
	is_int(decode(&l, "colour 7", 8), 0, "an unknown line is no error");
	is_int(l.kind, FRAMES_UNKNOWN, "and nothing");
	for (int i = 0; i < REGION_MAX; i++)
		strcat(many, " 1 2 3 4");
	is_int(decode(&l, many, strlen(many)), 0, "REGION_MAX rectangles");
	strcat(many, " 1 2 3 4");
	is_int(decode(&l, many, strlen(many)), -EBADMSG, "not one more");
}

/* ---- ring ---- */

static const struct frames_geometry small = { 33, 7, 33 * 4, 3 };

static void
test_ring(void)
{
	struct ring w, r, next;
	struct frames_geometry other = small;
	int seals, same;

	is_int(ring_create(&w, &small), 0, "a ring");
	is_int(ring_map(&r, w.fd, &small), -EBADMSG, "not before it is sealed");
	is_int(ring_seal(&w), 0, "sealed");
	seals = fcntl(w.fd, F_GET_SEALS);
	is_int(seals & F_SEAL_SEAL, F_SEAL_SEAL, "for good");
	is_int(ftruncate(w.fd, 0), -1, "nobody can shrink it");
	ok(mmap(NULL, w.size, PROT_READ | PROT_WRITE, MAP_SHARED, w.fd, 0) ==
		MAP_FAILED,
	    "nor map it writable");
	is_int(pwrite(w.fd, "x", 1, 5000), -1, "nor write to it");
	is_int(ring_map(&r, w.fd, &small), 0, "but read it");
	ok(mprotect(r.map, r.size, PROT_READ | PROT_WRITE) == -1,
	    "and no more than that, later");
	is_int((ring_slot(&r, 1) - ring_slot(&r, 0)) % RING_HEADER, 0,
	    "slots begin at pages");

	ok(!ring_holds(&r, 1, 1), "no frame yet");
	ring_begin(&w, 1);
	ok(!ring_holds(&r, 1, 1), "nor while it is written");
	ring_slot(&w, 1)[5] = 77;
	ring_end(&w, 1, 1);
	ok(ring_holds(&r, 1, 1), "then it is there");
	is_int(ring_slot(&r, 1)[5], 77, "with its pixels");
	ok(!ring_holds(&r, 0, 1) && !ring_holds(&r, 1, 2), "and no other");
	ring_begin(&w, 1);
	ok(!ring_holds(&r, 1, 1), "overwritten, it is gone");
	ring_close(&r);

	other.width = 32;
	is_int(ring_map(&r, w.fd, &other), -ESTALE, "another width");
	other.height = 70;
	is_int(ring_map(&r, w.fd, &other), -ESTALE, "another size");
	is_int(ring_create(&next, &other), 0, "another ring");
	ring_seal(&next);
	same = w.fd;
	is_int(ring_replace(&w, &next), 0, "takes its place");
	is_int(next.fd, same, "under the same number");
	is_int(
	    ring_map(&r, same, &small), -ESTALE, "which tells a late reader");
	is_int(ring_map(&r, same, &other), 0, "until it knows the new size");
	ring_close(&r);
	ring_close(&next);
	ring_close(&next);
	is_int(ring_map(&r, STDIN_FILENO, &small), -EBADMSG, "no memfd");
}

static void
test_forged(void)
{
	const int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;
	const int sets[] = { 0, F_SEAL_SHRINK, all & ~F_SEAL_FUTURE_WRITE,
		all & ~F_SEAL_GROW };
	size_t size = RING_HEADER + 3 * RING_HEADER;
	struct ring r;

	for (size_t i = 0; i < LEN(sets); i++) {
		int fd = memfd_create("forged", MFD_ALLOW_SEALING);

		ok(!ftruncate(fd, (off_t)size) &&
			!fcntl(fd, F_ADD_SEALS, sets[i]),
		    "seals %d", sets[i]);
		is_int(ring_map(&r, fd, &small), -EBADMSG, "are too few");
		fcntl(fd, F_ADD_SEALS, all);
		is_int(ring_map(&r, fd, &small), -EBADMSG, "nor is it a ring");
		close(fd);
	}
}

/* ---- writer and reader, over real links in one loop ---- */

struct side {
	struct frames_reader reader;
	struct frame frame;
	bool take; /* as soon as it is ready */
	int geometries, readies, lines, downs, err, inputs;
	char line[80];
};

static struct {
	struct frames_writer writer;
	struct ring ring;
	int ready, wanted, closed;
	uint64_t seq;
} out;

static void
on_geometry(struct frames_reader *r, const struct frames_geometry *g)
{
	struct side *s = r->arg;

	(void)g;
	s->geometries++;
}

static void
on_ready(struct frames_reader *r)
{
	struct side *s = r->arg;

	s->readies++;
	if (s->take)
		frames_reader_take(r, &s->frame);
}

static void
on_input(struct frames_reader *r)
{
	struct side *s = r->arg;

	s->inputs++;
}

static void
on_line(struct frames_reader *r, const char *line, size_t len)
{
	struct side *s = r->arg;

	s->lines++;
	snprintf(s->line, sizeof(s->line), "%.*s", (int)len, line);
}

static void
on_down(struct frames_reader *r, int err)
{
	struct side *s = r->arg;

	s->downs++;
	s->err = err;
}

static const struct frames_reader_ops reader_ops = {
	.geometry = on_geometry,
	.ready = on_ready,
	.input = on_input,
	.line = on_line,
	.down = on_down,
};

static void
on_writer_ready(struct frames_writer *w)
{
	(void)w;
	out.ready++;
}

static void
on_wanted(struct frames_writer *w, bool wanted)
{
	(void)w;
	out.wanted += wanted ? 1 : -1;
}

static void
on_closed(struct frames_writer *w, int err)
{
	(void)w;
	(void)err;
	out.closed++;
}

/* Until nothing happens any more. */
static void
run(void)
{
	struct epoll_event event;

	do
		loop_turn(&loop, 0);
	while (epoll_wait(loop.fd, &event, 1, 5) > 0);
}

static uint32_t
send_frame(uint16_t x)
{
	struct frame f = { .seq = ++out.seq,
		.time_us = clock_us(),
		.slot = (uint32_t)(out.seq % 3) };

	region_add(&f.damage, (struct rect){ x, 1, 1, 1 });
	ring_begin(&out.ring, f.slot);
	ring_slot(&out.ring, f.slot)[0] = (uint8_t)f.seq;
	ring_end(&out.ring, f.slot, f.seq);
	frames_writer_frame(&out.writer, &f);
	run();
	return f.slot;
}

static const char *
start(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/frames-test.%d", getpid());
	memset(&out, 0, sizeof(out));
	out.ring.fd = -1;
	out.writer.ready = on_writer_ready;
	out.writer.wanted = on_wanted;
	out.writer.closed = on_closed;
	if (ring_create(&out.ring, &small) || ring_seal(&out.ring) ||
	    frames_writer_open(&out.writer, &loop, path, &out.ring))
		abort();
	return path;
}

static void
stop(void)
{
	frames_writer_close(&out.writer);
	ring_close(&out.ring);
}

static void
join(struct side *s, const char *path)
{
	*s = (struct side){ .take = true };
	if (frames_reader_open(&s->reader, &loop, path, false, &reader_ops, s))
		abort();
	run();
}

static void
test_stream(void)
{
	struct side a, b;
	const char *path = start();
	struct ring next;
	struct frames_geometry wide = { 64, 48, 256, 3 };

	frames_writer_line(
	    &out.writer, FRAMES_LINE_CURSOR, "cursor 0 0 0 0 -\n", 17);
	join(&a, path);
	is_int(out.wanted, 1, "the first reader is wanted frames for");
	ok(out.ready > 0 && frames_writer_ready(&out.writer), "and ready");
	is_int(a.geometries, 1, "it knows the size");
	is_int(a.reader.geometry.width, 33, "which is right");
	ok(strcmp(a.line, "cursor 0 0 0 0 -") == 0, "and the cursor");
	is_int(a.readies, 0, "but has no frame");
	send_frame(4);
	is_int(a.frame.seq, 1, "the first frame");
	is_int(region_area(&a.frame.damage), 33 * 7, "is all damage");
	is_int(a.frame.pixels[0], 1, "has its pixels");
	ok(frames_reader_check(&a.reader, &a.frame), "whole");
	send_frame(9);
	is_int(region_area(&a.frame.damage), 1, "the next is what changed");
	is_int(a.frame.damage.rects[0].x, 9, "where it changed");

	join(&b, path);
	is_int(out.wanted, 1, "a second reader is not news");
	is_int(b.frame.seq, 2, "it gets the newest frame at once");
	is_int(region_area(&b.frame.damage), 33 * 7, "as a whole one");
	is_int(a.frame.seq, 2, "the first one nothing");

	frames_writer_pointer(&out.writer, 5, 6);
	run();
	ok(strcmp(b.line, "pointer 5 6") == 0, "the pointer moved");
	frames_writer_line(
	    &out.writer, FRAMES_LINE_WINDOW, "window - xterm\n", 15);
	run();
	ok(strcmp(b.line, "window - xterm") == 0, "a window has a title");
	frames_writer_pointer(&out.writer, 5, 6);
	frames_writer_line(
	    &out.writer, FRAMES_LINE_WINDOW, "window - xterm\n", 15);
	run();
	ok(strcmp(b.line, "pointer 5 6") == 0, "which is said once");

	if (ring_create(&next, &wide) || ring_seal(&next) ||
	    ring_replace(&out.ring, &next))
		abort();
	out.ring = next;
	frames_writer_ring(&out.writer, &out.ring);
	run();
	is_int(a.geometries + b.geometries, 4, "both follow a new size");
	is_int(a.reader.geometry.height, 48, "which is right");
	ok(!frames_reader_check(&a.reader, &a.frame), "old frames are void");
	send_frame(50);
	is_int(region_area(&a.frame.damage), 64 * 48, "all is damaged");
	is_int(b.frame.damage.rects[0].w, 64, "for both");

	frames_reader_close(&a.reader);
	run();
	is_int(out.wanted, 1, "one is left");
	send_frame(3);
	is_int(b.frame.seq, 4, "and goes on");
	stop();
	run();
	is_int(b.downs, 1, "the writer's end is the reader's");
	is_int(b.err, 0, "and no error");
	frames_reader_close(&b.reader);
}

static void
test_acks(void)
{
	struct side a, b;
	const char *path = start();
	struct frame seen;

	join(&a, path);
	join(&b, path);
	send_frame(0);
	frames_reader_ack(&a.reader, &a.frame);
	run();
	send_frame(1);
	is_int(a.frame.seq, 2, "the next after an ack");
	seen = a.frame;
	send_frame(5);
	send_frame(9);
	is_int(a.frame.seq, 2, "none before the next ack");
	is_int(b.frame.seq, 4, "one that never acks gets each");
	ok(frames_reader_check(&a.reader, &seen), "its slot is still there");
	out.ready = 0;
	frames_reader_ack(&a.reader, &seen);
	run();
	ok(out.ready > 0, "an ack may start a capture");
	is_int(a.frame.seq, 4, "the newest after it");
	is_int(a.frame.damage.n, 2, "with what was skipped");
	is_int(region_area(&a.frame.damage), 2, "and no more");

	for (uint16_t i = 0; i < 3; i++)
		send_frame((uint16_t)(2 * i + 10));
	is_int(a.frame.seq, 4, "it reads too slowly");
	ok(!frames_reader_check(&a.reader, &a.frame), "its slot is gone");
	run();
	is_int(a.frame.seq, 7, "then a newer frame comes by itself");
	is_int(
	    region_area(&a.frame.damage), 5, "with the damage of the torn one");
	ok(frames_reader_check(&a.reader, &a.frame), "whole");

	frames_reader_close(&b.reader);
	run();
	ok(!frames_writer_ready(&out.writer), "nobody can take a frame");
	frames_reader_ack(&a.reader, &a.frame);
	run();
	ok(frames_writer_ready(&out.writer), "until it says so");
	frames_reader_close(&a.reader);
	run();
	is_int(out.wanted, 0, "no reader is left");
	stop();
}

static void
test_skipping(void)
{
	struct side a;
	const char *path = start();
	struct frame f;

	join(&a, path);
	send_frame(0);
	a.take = false;
	send_frame(3);
	send_frame(8);
	is_int(a.readies, 3, "told of each");
	ok(frames_reader_take(&a.reader, &f), "taken late");
	is_int(f.seq, 3, "the newest");
	is_int(f.damage.n, 2, "has the damage of both");
	ok(!frames_reader_take(&a.reader, &f), "only once");
	frames_reader_close(&a.reader);
	run();
	stop();
}

static void
test_rate(void)
{
	struct side a;
	const char *path = start();
	int64_t first;

	join(&a, path);
	frames_reader_rate(&a.reader, 20);
	run();
	send_frame(0);
	first = a.frame.time_us;
	is_int(a.frame.seq, 1, "the first at once");
	send_frame(5);
	send_frame(5);
	is_int(a.frame.seq, 3, "and two that were saved up");
	send_frame(5);
	is_int(a.frame.seq, 3, "the fourth not before its time");
	ok(!frames_writer_ready(&out.writer), "nor is it captured");
	out.ready = 0;
	while (!out.ready && clock_us() - first < 1000000)
		loop_turn(&loop, 100);
	ok(clock_us() - first >= 47000, "which comes after 1/20 s");
	run();
	is_int(a.frame.seq, 4, "by itself");
	send_frame(5);
	is_int(a.frame.seq, 4, "nor the next one");
	a.inputs = 0;
	frames_writer_hurry(&out.writer);
	ok(frames_writer_ready(&out.writer), "unless somebody waits for it");
	send_frame(5);
	is_int(a.frame.seq, 6, "then it comes");
	is_int(a.inputs, 1, "and readers know");
	frames_reader_close(&a.reader);
	run();
	stop();
}

/* A reader that reads nothing holds up nobody and loses only frames. */
static void
test_stalled(void)
{
	static char line[FRAMES_LINE_MAX];
	struct side a, b;
	const char *path = start();
	int size = 4096;

	memset(line, 'A', sizeof(line));
	memcpy(line, "cursor 16 16 0 0 ", 17);
	line[17 + 65000] = '\n';
	join(&a, path);
	join(&b, path);
	loop_unwatch(&loop, &a.reader.link.read_watch);
	setsockopt(out.writer.peers[0].link.wfd, SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size));
	frames_writer_line(&out.writer, FRAMES_LINE_CURSOR, line, 17 + 65001);
	run();
	ok(!frames_writer_idle(&out.writer), "one reader is stalled");
	is_int(b.lines, 1, "the other has its line");
	for (uint16_t i = 0; i < 12; i++)
		send_frame((uint16_t)(2 * i));
	is_int(b.frame.seq, 12, "and all frames");
	ok(out.writer.peers[0].link.out_len <= sizeof(line), "none is queued");
	loop_watch(&loop, &a.reader.link.read_watch, EPOLLIN);
	run();
	is_int(a.lines, 1, "woken, it gets its line");
	is_int(a.readies, 1, "and one frame");
	is_int(a.frame.seq, 12, "the newest");
	is_int(region_area(&a.frame.damage), 33 * 7, "with all damage");
	ok(frames_writer_idle(&out.writer), "nothing is left");
	frames_reader_close(&a.reader);
	frames_reader_close(&b.reader);
	run();
	stop();
}

static int
reader_fed(const char *text)
{
	struct side s = { .take = true };
	int fds[2], keep = dup(STDIN_FILENO);

	if (pipe(fds) || write(fds[1], text, strlen(text)) < 0)
		abort();
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	if (frames_reader_open(&s.reader, &loop, "-", false, &reader_ops, &s))
		abort();
	while (!s.downs && !loop.stopped)
		loop_turn(&loop, -1);
	frames_reader_close(&s.reader);
	dup2(keep, STDIN_FILENO);
	close(keep);
	return s.err;
}

/* Over a pipe, from somebody who is not to be trusted. */
static void
test_reader(void)
{
	struct ring ring;
	char text[200];
	static const struct {
		const char *tail;
		int err;
	} rows[] = {
		{ "", 0 },
		{ "frame 1 0 2 32 6 1 1\n", 0 },
		{ "news 1 2 3\n", 0 },
		{ "frame 1 0 3 0 0 1 1\n", -EBADMSG },
		{ "frame 1 0 2 33 0 1 1\n", -EBADMSG },
		{ "frame 1 0 2 32 0 2 1\n", -EBADMSG },
		{ "frame 1 0 2 0 7 1 1\n", -EBADMSG },
		{ "frame 1 0 2 0 0 1 8\n", -EBADMSG },
		{ "frame 1\n", -EBADMSG },
	};

	if (ring_create(&ring, &small) || ring_seal(&ring))
		abort();
	is_int(reader_fed("frame 1 0 0 0 0 1 1\n"), -EBADMSG, "no greeting");
	is_int(reader_fed("rd-frames 2\n"), -EBADMSG, "another version");
	is_int(reader_fed("rd-frames 1\nframe 1 0 0 0 0 1 1\n"), -EBADMSG,
	    "no geometry");
	is_int(reader_fed("rd-frames 1\n"
			  "geometry 33 7 132 bgrx 3 /proc/1/fd/99999\n"),
	    -ENOENT, "memory that is not there");
	for (size_t i = 0; i < LEN(rows); i++) {
		snprintf(text, sizeof(text),
		    "rd-frames 1\ngeometry 33 7 132 bgrx 3 /proc/%d/fd/%d\n%s",
		    getpid(), ring.fd, rows[i].tail);
		is_int(reader_fed(text), rows[i].err,
		    "after a geometry: '%.*s'",
		    (int)strcspn(rows[i].tail, "\n"), rows[i].tail);
	}
	snprintf(text, sizeof(text),
	    "rd-frames 1\ngeometry 34 7 136 bgrx 3 /proc/%d/fd/%d\n"
	    "frame 1 0 0 0 0 34 7\n",
	    getpid(), ring.fd);
	is_int(reader_fed(text), 0, "memory of another size is passed over");
	ring_close(&ring);
}

int
main(void)
{
	if (loop_init(&loop))
		return 111;
	test_lines();
	test_ring();
	test_forged();
	test_stream();
	test_acks();
	test_skipping();
	test_rate();
	test_stalled();
	test_reader();
	loop_clear(&loop);
	return done_testing();
}
