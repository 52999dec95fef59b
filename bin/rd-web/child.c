#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	EOF_US = 500000,   /* from the end of its input to SIGTERM */
	TERM_US = 2000000, /* from SIGTERM to SIGKILL */
};

struct child {
	pid_t pid;
	bool owned; /* child_end() is still to come */
	bool reaped;
	int signal; /* the next to send */
	struct loop *loop;
	struct loop_watch exit;
	struct loop_timer timer;
	struct child *next;
};

static struct child *children;
static unsigned nchildren;

static void
release(struct child *c)
{
	struct child **p = &children;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	nchildren--;
	free(c);
}

/* The group first: once the leader is reaped its number may be another's. */
static void
reap(struct child *c)
{
	kill(-c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	close(c->exit.fd);
	c->reaped = true;
}

static void
exited(struct loop_watch *w, uint32_t events)
{
	struct child *c = w->arg;

	(void)events;
	loop_unwatch(c->loop, w);
	loop_timer_stop(c->loop, &c->timer);
	reap(c);
	if (!c->owned)
		release(c);
}

static void
too_slow(struct loop_timer *t)
{
	struct child *c = t->arg;

	kill(-c->pid, c->signal);
	if (c->signal == SIGTERM)
		loop_timer_set(c->loop, t, clock_us() + TERM_US);
	c->signal = SIGKILL;
}

static _Noreturn void
run(const char *command, const char *role, int in, int out, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent && setenv("RD_ROLE", role, 1) == 0 &&
	    dup2(in, 0) == 0 && dup2(out, 1) == 1 &&
	    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void
close_pair(int fds[2])
{
	if (fds[0] != -1)
		close(fds[0]);
	if (fds[1] != -1)
		close(fds[1]);
}

/* Fork and watch; pipes are to[0] -> command -> from[1]. */
static int
start(struct child *c, const char *command, const char *role, int to[2],
    int from[2])
{
	pid_t parent = getpid();
	int err;

	c->pid = fork();
	if (c->pid == 0)
		run(command, role, to[0], from[1], parent);
	if (c->pid == -1)
		return -errno;
	setpgid(c->pid, c->pid); /* whoever is first */
	c->exit.fd = pidfd_open(c->pid, 0);
	err =
	    c->exit.fd == -1 ? -errno : loop_watch(c->loop, &c->exit, EPOLLIN);
	if (err)
		reap(c);
	return err;
}

int
child_start(struct child **out, struct loop *loop, const char *command,
    const char *role, int *rfd, int *wfd)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 };
	struct child *c = NULL;
	int err = -EAGAIN;

	*out = NULL;
	if (nchildren == CHILD_MAX)
		return err;
	err = -ENOMEM;
	c = calloc(1, sizeof(*c));
	if (!c)
		goto fail;
	*c = (struct child){ .owned = true,
		.signal = SIGTERM,
		.loop = loop,
		.exit = { .ready = exited, .arg = c },
		.timer = { .expired = too_slow, .arg = c } };
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC) ||
	    fcntl(to[1], F_SETFL, O_NONBLOCK) ||
	    fcntl(from[0], F_SETFL, O_NONBLOCK)) {
		err = -errno;
		goto fail;
	}
	err = start(c, command, role, to, from);
	if (err)
		goto fail;
	close(to[0]);
	close(from[1]);
	*wfd = to[1];
	*rfd = from[0];
	c->next = children;
	children = c;
	nchildren++;
	*out = c;
	return 0;

fail:
	close_pair(to);
	close_pair(from);
	free(c);
	return err;
}

void
child_end(struct child *c)
{
	if (!c)
		return;
	c->owned = false;
	if (c->reaped)
		release(c);
	else
		loop_timer_set(c->loop, &c->timer, clock_us() + EOF_US);
}

void
child_hurry(struct child *c)
{
	if (!c || c->reaped)
		return;
	kill(-c->pid, SIGTERM);
	c->signal = SIGKILL;
}

void
child_end_all(void)
{
	int64_t now, deadline = clock_us() + TERM_US;
	struct child *c;

	for (c = children; c; c = c->next)
		if (!c->reaped)
			kill(-c->pid, SIGTERM);
	for (c = children; c; c = c->next) {
		struct pollfd p = { .fd = c->exit.fd, .events = POLLIN };

		if (c->reaped)
			continue;
		now = clock_us();
		poll(
		    &p, 1, now < deadline ? (int)((deadline - now) / 1000) : 0);
		reap(c);
	}
}
