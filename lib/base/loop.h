/*
 * loop.h - the event loop of a program: descriptors, timers, signals
 *
 * One thread.  Handlers run from loop_run() or loop_turn() and may watch,
 * unwatch, set and stop anything, themselves included.  Watches and timers
 * are the caller's memory and must be unwatched or stopped before it goes.
 * Nothing is allocated after loop_init().
 *
 * The loop itself is one pollable descriptor (loop.fd), readable when
 * loop_turn(l, 0) has something to do, so that it nests in another
 * library's loop.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Monotonic microseconds (CLOCK_MONOTONIC). */
int64_t clock_us(void);

struct loop_watch {
	int fd;
	void (*ready)(struct loop_watch *w, uint32_t events); /* EPOLL* bits */
	void *arg;
	uint32_t events; /* the loop's, as below */
	bool always;
	struct loop_watch *next;
};

struct loop_timer {
	void (*expired)(struct loop_timer *t);
	void *arg;
	int64_t at_us; /* the loop's, as below */
	bool set;
	struct loop_timer *next;
};

struct loop {
	int fd;
	bool stopped, turning;
	int timer_fd, signal_fd;
	int64_t armed_us, expiring_us;
	struct loop_timer *timers;              /* soonest first */
	struct loop_watch *always, *always_pos; /* files: epoll refuses them */
	struct loop_watch timer_watch, signal_watch;
	struct epoll_event batch[64];
	int batch_len, batch_pos;
};

/*
 * Make a loop.  SIGINT and SIGTERM stop it from now on, SIGPIPE is ignored.
 * One per process.  Negative errno on failure.
 */
int loop_init(struct loop *l);
void loop_clear(struct loop *l);

/*
 * Call w->ready when any of events (EPOLLIN, EPOLLOUT; EPOLLERR and EPOLLHUP
 * always, so EPOLLERR alone waits for the end) holds for w->fd;
 * level-triggered.  Again with other events changes them.  A regular file is
 * always ready.  Negative errno on failure.
 */
int loop_watch(struct loop *l, struct loop_watch *w, uint32_t events);
/* Forget w, before its fd is closed; also when it was never watched. */
void loop_unwatch(struct loop *l, struct loop_watch *w);

/*
 * Call t->expired once at at_us (clock_us time), or soon if that is past;
 * never again in the turn whose timers are expiring now.
 */
void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t at_us);
void loop_timer_stop(struct loop *l, struct loop_timer *t);

/* Make loop_run() return after the handler that runs now. */
void loop_stop(struct loop *l);

/* Wait at most timeout_ms (-1: for ever), then run what is ready. */
void loop_turn(struct loop *l, int timeout_ms);
void loop_run(struct loop *l);

#endif
