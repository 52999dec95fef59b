#include "play.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"

enum { LINGER_US = 20000 };

static void
publish(struct play *p)
{
	struct frame f;

	if (!p->screen.damage.n || !frames_writer_ready(&p->writer))
		return;
	screen_frame(&p->screen, &f);
	frames_writer_frame(&p->writer, &f);
}

/* Hold the next item; false when there is none, or none yet. */
static bool
hold_next(struct play *p)
{
	int n;

	if (p->held || p->ended)
		return p->held;
	n = source_next(&p->source, &p->item);
	p->held = n > 0;
	p->ended = n < 0;
	p->broken = n == -EBADMSG;
	if (n)
		loop_unwatch(&p->loop, &p->source_watch);
	else if ((n = loop_watch(&p->loop, &p->source_watch, EPOLLIN)))
		die(EXIT_TEMP, n, "cannot watch '%s'", p->file);
	return p->held;
}

/* True when it is time for the held frame; else the timer will say when. */
static bool
is_due(struct play *p)
{
	int64_t now = clock_us(), at;

	if (!p->start_us) {
		p->start_us = now;
		p->first_us = p->item.line.frame.time_us;
	}
	at = p->start_us + (p->item.line.frame.time_us - p->first_us);
	if (now >= at)
		return true;
	loop_timer_set(&p->loop, &p->timer, at);
	return false;
}

static bool
may_play(struct play *p)
{
	if (!p->begun)
		return false;
	if (p->all)
		return frames_writer_taken(&p->writer);
	if (p->item.line.kind == FRAMES_FRAME)
		return is_due(p);
	/* Nothing of the old size can be sent once there is another. */
	return p->item.line.kind != FRAMES_GEOMETRY || !p->writer.count ||
	    !p->screen.damage.n;
}

static void
play_item(struct play *p)
{
	const struct frames_line *l = &p->item.line;
	const struct frames_geometry *size = &l->geometry.size;
	int err;

	p->held = false;
	switch (l->kind) {
	case FRAMES_GEOMETRY:
		err = screen_resize(&p->screen, size->width, size->height);
		if (err)
			die(EXIT_TEMP, err, "cannot make frames of %ux%u",
			    size->width, size->height);
		log_info("size %ux%u", size->width, size->height);
		frames_writer_ring(&p->writer, &p->screen.ring);
		break;
	case FRAMES_FRAME:
		screen_paint(&p->screen, &l->frame.damage, p->item.pixels);
		break;
	case FRAMES_CURSOR:
		frames_writer_line(&p->writer, FRAMES_LINE_CURSOR, p->item.text,
		    p->item.text_len);
		break;
	case FRAMES_POINTER:
		frames_writer_pointer(&p->writer, l->pointer.x, l->pointer.y);
		break;
	default:
		break;
	}
}

/*
 * Nobody answers on a pipe, and whoever reads of memory there has to open it
 * while it is ours: stay a little longer than anything is in the pipe.
 */
static bool
has_lingered(struct play *p)
{
	struct stat st;
	int unread = 0;

	if (p->was_read || p->path || fstat(STDOUT_FILENO, &st) ||
	    !S_ISFIFO(st.st_mode))
		return true;
	ioctl(STDOUT_FILENO, FIONREAD, &unread);
	p->was_read = !unread;
	loop_timer_set(&p->loop, &p->timer, clock_us() + LINGER_US);
	return false;
}

static bool
is_over(struct play *p)
{
	struct frames_writer *w = &p->writer;

	if (!p->ended || !w->count)
		return p->ended;
	return !p->screen.damage.n && frames_writer_idle(w) &&
	    (p->all ? frames_writer_taken(w) : frames_writer_ready(w)) &&
	    has_lingered(p);
}

static void
step(struct play *p)
{
	for (;;) {
		publish(p);
		if (!hold_next(p) || !may_play(p))
			break;
		play_item(p);
	}
	if (is_over(p))
		loop_stop(&p->loop);
}

static void
source_ready(struct loop_watch *w, uint32_t events)
{
	struct play *p = w->arg;
	int err = source_fill(&p->source);

	(void)events;
	if (err)
		die(EXIT_TEMP, err, "cannot read '%s'", p->file);
	step(p);
}

static void
timer_expired(struct loop_timer *t)
{
	step(t->arg);
}

static void
writer_wanted(struct frames_writer *w, bool wanted)
{
	struct play *p = w->arg;

	p->begun |= wanted;
	step(p);
}

static void
writer_ready(struct frames_writer *w)
{
	step(w->arg);
}

static void
writer_closed(struct frames_writer *w, int err)
{
	struct play *p = w->arg;

	(void)err;
	loop_stop(&p->loop);
}

/* The memory to be served has its size only from the first geometry on. */
static void
read_geometry(struct play *p)
{
	hold_next(p);
	while (!p->held && !p->ended && !p->loop.stopped)
		loop_turn(&p->loop, -1);
	if (p->held)
		play_item(p);
}

static void
serve(struct play *p)
{
	int err;

	p->writer.arg = p;
	p->writer.wanted = writer_wanted;
	p->writer.ready = writer_ready;
	p->writer.closed = writer_closed;
	err =
	    frames_writer_open(&p->writer, &p->loop, p->path, &p->screen.ring);
	if (err)
		die(EXIT_TEMP, err, "cannot serve '%s'",
		    p->path ? p->path : "-");
	ready_tell(ready_fd);
	step(p);
	loop_run(&p->loop);
	frames_writer_close(&p->writer);
}

void
play_run(struct play *p)
{
	int err = loop_init(&p->loop);

	if (err)
		die(EXIT_TEMP, err, "cannot make an event loop");
	err = source_open(&p->source, p->file);
	if (err)
		die(EXIT_TEMP, err, "cannot open '%s'", p->file);
	p->timer = (struct loop_timer){ .expired = timer_expired, .arg = p };
	p->source_watch = (struct loop_watch){
		.fd = p->source.fd, .ready = source_ready, .arg = p
	};
	p->screen.ring.fd = -1;
	read_geometry(p);
	if (p->screen.ring.map)
		serve(p);
	if (p->broken)
		die(EXIT_PERM, 0, "'%s': %s at byte %" PRIu64, p->file,
		    p->source.recording.wrong, p->source.recording.offset);
	loop_unwatch(&p->loop, &p->source_watch);
	source_close(&p->source);
	screen_close(&p->screen);
	loop_clear(&p->loop);
}
