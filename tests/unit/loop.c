#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../tap.h"

static struct loop loop;
static char trace[64]; /* a letter for every handler that ran */

static void
note(char c)
{
	size_t n = strlen(trace);

	if (n < sizeof(trace) - 1)
		trace[n] = c;
}

static void
is_trace(const char *want, const char *what)
{
	if (!ok(strcmp(trace, want) == 0, "%s", what))
		printf("# ran '%s', want '%s'\n", trace, want);
	memset(trace, 0, sizeof(trace));
}

static unsigned int armed; /* so often: system calls */

int __real_timerfd_settime(
    int fd, int flags, const struct itimerspec *value, struct itimerspec *old);
int __wrap_timerfd_settime(
    int fd, int flags, const struct itimerspec *value, struct itimerspec *old);

int
__wrap_timerfd_settime(
    int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	armed++;
	return __real_timerfd_settime(fd, flags, value, old);
}

/* ---- timers */

struct timed {
	struct loop_timer timer;
	char name;
	void (*then)(struct timed *t);
	struct timed *other;
};

static void
timed_expired(struct loop_timer *t)
{
	struct timed *timed = t->arg;

	note(timed->name);
	if (timed->then)
		timed->then(timed);
}

static struct timed
timed_of(char name, void (*then)(struct timed *t))
{
	return (struct timed){ .timer = { .expired = timed_expired },
		.name = name,
		.then = then };
}

static void
set(struct timed *t, int64_t at_us)
{
	t->timer.arg = t;
	loop_timer_set(&loop, &t->timer, at_us);
}

static void
stop_other(struct timed *t)
{
	loop_timer_stop(&loop, &t->other->timer);
}

static void
again_at_once(struct timed *t)
{
	set(t, 1);
}

static void
stop_loop(struct timed *t)
{
	(void)t;
	loop_stop(&loop);
}

static void
timers_in_order(void)
{
	int64_t now = clock_us();
	struct timed a = timed_of('a', NULL), b = timed_of('b', NULL);
	struct timed c = timed_of('c', NULL), d = timed_of('d', NULL);

	set(&c, now + 3000);
	set(&a, now - 5000);
	set(&d, now + 3000);
	set(&b, now + 1000);
	ok(a.timer.set && d.timer.set, "timers know that they are set");
	while (d.timer.set)
		loop_turn(&loop, -1);
	is_trace("abcd", "timers run by time, equal ones in the order set");
	ok(clock_us() >= now + 3000, "and never too early");
	ok(!a.timer.set && !d.timer.set, "timers know that they ran");

	set(&a, now + 60000000);
	set(&a, 0);
	loop_turn(&loop, -1);
	is_trace("a", "a timer set again has one time only, the new one");
	loop_turn(&loop, 0);
	is_trace("", "and runs once");
}

static void
set_often(struct timed *t)
{
	for (int i = 10; i > 0; i--)
		set(t->other, clock_us() + i * 1000000LL);
	stop_other(t);
}

static void
timers_cost_little(void)
{
	struct timed a = timed_of('a', set_often), b = timed_of('b', NULL);

	a.other = &b;
	set(&b, clock_us() + 60000000);
	armed = 0;
	set(&b, clock_us() + 50000000);
	is_int(armed, 1, "a timer that is set again is one call");
	set(&a, 1);
	armed = 0;
	loop_turn(&loop, -1);
	is_trace("a", "a handler may set and stop what it likes");
	is_int(armed, 1, "that is one call, after the turn");
	loop_turn(&loop, 0);
	is_trace("", "and what is stopped does not run");
}

static void
timers_in_handlers(void)
{
	struct timed a = timed_of('a', stop_other), b = timed_of('b', NULL);
	struct timed c = timed_of('c', again_at_once);
	struct timed d = timed_of('d', NULL);

	a.other = &b;
	set(&a, 1);
	set(&b, 2);
	loop_turn(&loop, -1);
	is_trace("a", "a handler stops a timer that is due as well");
	loop_timer_stop(&loop, &b.timer);
	ok(!b.timer.set, "stopping a timer twice does nothing");

	set(&c, 1);
	set(&d, 2);
	loop_turn(&loop, -1);
	is_trace("cd", "a timer that sets itself to the past starves no other");
	loop_turn(&loop, -1);
	is_trace("c", "and runs again in the next turn");
	loop_timer_stop(&loop, &c.timer);
}

/* ---- descriptors */

struct watched {
	struct loop_watch watch;
	char name;
	void (*then)(struct watched *w);
	struct watched *other;
};

static void
watched_ready(struct loop_watch *w, uint32_t events)
{
	struct watched *watched = w->arg;

	(void)events;
	note(watched->name);
	if (watched->then)
		watched->then(watched);
}

static int
watch(struct watched *w, char name, int fd, void (*then)(struct watched *w))
{
	*w = (struct watched){
		.watch = { .fd = fd, .ready = watched_ready, .arg = w },
		.name = name,
		.then = then
	};
	return loop_watch(&loop, &w->watch, EPOLLIN);
}

static void
unwatch_both(struct watched *w)
{
	loop_unwatch(&loop, &w->other->watch);
	loop_unwatch(&loop, &w->watch);
}

static void
unwatch_self(struct watched *w)
{
	loop_unwatch(&loop, &w->watch);
}

static void
watches(void)
{
	struct watched a, b;
	int p[2], q[2];

	if (pipe(p) || pipe(q))
		abort();
	is_int(watch(&a, 'a', p[0], unwatch_both), 0, "watch a pipe");
	watch(&b, 'a', q[0], unwatch_both);
	a.other = &b;
	b.other = &a;
	loop_turn(&loop, 0);
	is_trace("", "an empty pipe is not ready");
	(void)!write(p[1], "x", 1);
	(void)!write(q[1], "x", 1);
	loop_turn(&loop, 0);
	is_trace("a", "what a handler unwatches is not called in its turn");
	loop_turn(&loop, 0);
	is_trace("", "nor later");
	loop_unwatch(&loop, &a.watch);

	watch(&a, 'a', p[0], NULL);
	loop_turn(&loop, 0);
	loop_turn(&loop, 0);
	is_trace("aa", "readiness is a level, not an edge");
	is_int(loop_watch(&loop, &a.watch, EPOLLERR), 0, "only the end now");
	loop_turn(&loop, 0);
	is_trace("", "bytes are no end");
	close(p[1]);
	loop_turn(&loop, 0);
	is_trace("a", "a closed writer is");
	loop_unwatch(&loop, &a.watch);

	a.watch.fd = -1;
	is_int(loop_watch(&loop, &a.watch, EPOLLIN), -EBADF, "no descriptor");
	close(p[0]);
	close(q[0]);
	close(q[1]);
}

static void
files(void)
{
	struct watched a, b;
	struct timed t = timed_of('t', NULL);
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	is_int(watch(&a, 'a', fd, unwatch_both), 0, "watch a file");
	is_int(watch(&b, 'a', fd, unwatch_both), 0, "and once more");
	a.other = &b;
	b.other = &a;
	set(&t, 1);
	loop_turn(&loop, -1);
	is_trace("ta", "a file is ready, and holds no timer up");

	watch(&a, 'a', fd, NULL);
	watch(&b, 'b', fd, unwatch_self);
	loop_turn(&loop, -1);
	loop_turn(&loop, -1);
	is_trace("baa", "a file stays ready, until unwatched");
	loop_watch(&loop, &a.watch, EPOLLERR);
	loop_turn(&loop, 0);
	is_trace("", "the end of a file never comes");
	loop_unwatch(&loop, &a.watch);
	close(fd);
}

/* ---- the loop itself */

static bool
is_readable(int fd, int timeout_ms)
{
	struct pollfd pfd = { fd, POLLIN, 0 };

	return poll(&pfd, 1, timeout_ms) == 1;
}

static void
nested(void)
{
	struct watched a;
	struct timed t = timed_of('t', NULL);
	int p[2];

	if (pipe(p))
		abort();
	watch(&a, 'a', p[0], unwatch_self);
	ok(!is_readable(loop.fd, 0), "an idle loop's descriptor is quiet");
	(void)!write(p[1], "x", 1);
	ok(is_readable(loop.fd, 0), "it is readable for a descriptor");
	loop_turn(&loop, 0);
	ok(!is_readable(loop.fd, 0), "and quiet when that is done");
	set(&t, clock_us() + 1000);
	ok(is_readable(loop.fd, -1), "it is readable when a timer is due");
	loop_turn(&loop, 0);
	is_trace("at", "a turn does what there was to do");
	ok(!is_readable(loop.fd, 0), "and leaves nothing");
	watch(&a, 'f', STDIN_FILENO, NULL);
	loop_unwatch(&loop, &a.watch);
	close(p[0]);
	close(p[1]);
}

static void
stops(void)
{
	struct timed a = timed_of('a', stop_loop), b = timed_of('b', NULL);

	set(&a, 1);
	set(&b, 2);
	loop_run(&loop);
	is_trace("a", "loop_stop() lets nothing run after the handler");
	ok(b.timer.set, "what was due stays due");
	loop.stopped = false;
	loop_turn(&loop, -1);
	is_trace("b", "and runs when the loop does");

	raise(SIGTERM);
	loop_run(&loop);
	ok(loop.stopped, "SIGTERM stops the loop");
	loop.stopped = false;
	raise(SIGPIPE);
	ok(true, "SIGPIPE kills nobody");
}

int
main(void)
{
	is_int(loop_init(&loop), 0, "make a loop");
	timers_in_order();
	timers_cost_little();
	timers_in_handlers();
	watches();
	files();
	nested();
	stops();
	loop_clear(&loop);
	loop_clear(&loop);
	ok(true, "clearing twice is fine");
	return done_testing();
}
