#include "base/loop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { US = 1000000 };

int64_t
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * US + ts.tv_nsec / 1000;
}

static bool
wants_turn(const struct loop_watch *w)
{
	return w->events & (EPOLLIN | EPOLLOUT);
}

/*
 * Set the kernel's timer to the soonest of ours, if that changed; to a time
 * long past when a file is watched, since files are always ready.  In a turn
 * that is done once, at its end.
 */
static void
arm(struct loop *l)
{
	int64_t at = l->timers ? l->timers->at_us : 0;
	struct itimerspec spec = { 0 };

	if (l->turning)
		return;
	for (struct loop_watch *w = l->always; w; w = w->next)
		if (wants_turn(w))
			at = 1;
	if (at == l->armed_us)
		return;
	l->armed_us = at;
	spec.it_value.tv_sec = at / US;
	spec.it_value.tv_nsec = at % US * 1000;
	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void
timer_ready(struct loop_watch *w, uint32_t events)
{
	struct loop *l = w->arg;
	uint64_t count;

	(void)events;
	(void)!read(l->timer_fd, &count, sizeof(count));
	l->armed_us = -1;
	l->expiring_us = clock_us();
	while (l->timers && l->timers->at_us <= l->expiring_us && !l->stopped) {
		struct loop_timer *t = l->timers;

		l->timers = t->next;
		t->set = false;
		t->expired(t);
	}
	l->expiring_us = 0;
}

static void
signal_ready(struct loop_watch *w, uint32_t events)
{
	struct loop *l = w->arg;
	struct signalfd_siginfo si;

	(void)events;
	(void)!read(l->signal_fd, &si, sizeof(si));
	l->stopped = true;
}

int
loop_init(struct loop *l)
{
	sigset_t set;
	int err;

	*l = (struct loop){ .fd = -1, .timer_fd = -1, .signal_fd = -1 };
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	l->fd = epoll_create1(EPOLL_CLOEXEC);
	l->timer_fd =
	    timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	l->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->fd == -1 || l->timer_fd == -1 || l->signal_fd == -1) {
		err = -errno;
		loop_clear(l);
		return err;
	}
	l->timer_watch = (struct loop_watch){
		.fd = l->timer_fd, .ready = timer_ready, .arg = l
	};
	l->signal_watch = (struct loop_watch){
		.fd = l->signal_fd, .ready = signal_ready, .arg = l
	};
	if ((err = loop_watch(l, &l->timer_watch, EPOLLIN)) ||
	    (err = loop_watch(l, &l->signal_watch, EPOLLIN)))
		loop_clear(l);
	return err;
}

void
loop_clear(struct loop *l)
{
	if (l->fd != -1)
		close(l->fd);
	if (l->timer_fd != -1)
		close(l->timer_fd);
	if (l->signal_fd != -1)
		close(l->signal_fd);
	l->fd = l->timer_fd = l->signal_fd = -1;
}

int
loop_watch(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };
	bool known = w->events != 0;

	if (events == w->events)
		return 0;
	if (w->always) {
		w->events = events;
		arm(l);
		return 0;
	}
	if (epoll_ctl(
		l->fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w->fd, &ev)) {
		if (errno != EPERM)
			return -errno;
		w->always = true;
		w->next = l->always;
		l->always = w;
	}
	w->events = events;
	if (w->always)
		arm(l);
	return 0;
}

void
loop_unwatch(struct loop *l, struct loop_watch *w)
{
	if (!w->events)
		return;
	w->events = 0;
	if (w->always) {
		struct loop_watch **p = &l->always;

		while (*p != w)
			p = &(*p)->next;
		*p = w->next;
		w->always = false;
		if (l->always_pos == w)
			l->always_pos = w->next;
		arm(l);
		return;
	}
	epoll_ctl(l->fd, EPOLL_CTL_DEL, w->fd, NULL);
	/* What epoll_wait() already returned must not reach it either. */
	for (int i = l->batch_pos; i < l->batch_len; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
}

static void
unlink_timer(struct loop *l, struct loop_timer *t)
{
	struct loop_timer **p = &l->timers;

	if (!t->set)
		return;
	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	t->set = false;
}

void
loop_timer_set(struct loop *l, struct loop_timer *t, int64_t at_us)
{
	struct loop_timer **p = &l->timers;

	unlink_timer(l, t);
	if (at_us <= l->expiring_us)
		at_us = l->expiring_us + 1;
	while (*p && (*p)->at_us <= at_us)
		p = &(*p)->next;
	t->at_us = at_us;
	t->next = *p;
	t->set = true;
	*p = t;
	arm(l);
}

void
loop_timer_stop(struct loop *l, struct loop_timer *t)
{
	unlink_timer(l, t);
	arm(l);
}

void
loop_stop(struct loop *l)
{
	l->stopped = true;
}

void
loop_turn(struct loop *l, int timeout_ms)
{
	struct loop_watch *w;

	l->batch_pos = 0;
	l->batch_len = epoll_wait(
	    l->fd, l->batch, sizeof(l->batch) / sizeof(*l->batch), timeout_ms);
	l->turning = true;
	while (l->batch_pos < l->batch_len && !l->stopped) {
		struct epoll_event *ev = &l->batch[l->batch_pos++];

		w = ev->data.ptr;
		if (w)
			w->ready(w, ev->events);
	}
	l->batch_len = 0;
	for (l->always_pos = l->always; (w = l->always_pos) && !l->stopped;) {
		l->always_pos = w->next;
		if (wants_turn(w))
			w->ready(w, w->events);
	}
	l->turning = false;
	arm(l);
}

void
loop_run(struct loop *l)
{
	while (!l->stopped)
		loop_turn(l, -1);
}
