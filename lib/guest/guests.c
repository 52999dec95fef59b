#include "guest/guests.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "link/unix.h"

static const char full[] = "there are as many clients as allowed";

static bool
same_source(const struct origin *a, const struct origin *b)
{
	return a->source_len == b->source_len &&
	    memcmp(a->source, b->source, a->source_len) == 0;
}

/* Throw a coin that a stranger cannot foresee. */
static bool
coin(void)
{
	uint8_t byte = 0;

	return getrandom(&byte, 1, 0) == 1 && byte & 1;
}

unsigned int
guests_proven(const struct guests *all)
{
	unsigned int n = 0;

	for (size_t i = 0; i < GUESTS; i++)
		n += all->all[i].of && all->all[i].proven;
	return n;
}

/* Whether too many are still to prove who they are, for one more from there. */
static bool
is_crowded(const struct guests *all, const struct origin *origin)
{
	unsigned int pending = 0, alike = 0;

	for (size_t i = 0; i < GUESTS; i++) {
		const struct guest *g = &all->all[i];

		if (!g->of || g->proven || g->origin.trusted)
			continue;
		pending++;
		alike += same_source(&g->origin, origin);
	}
	return alike >= PENDING_SOURCE || pending >= PENDING_MAX ||
	    (pending >= PENDING_MANY && coin());
}

bool
guests_allow(struct guests *all, const struct origin *origin)
{
	const char *why = NULL;

	if (origin->source_len &&
	    throttle_wait(
		&all->throttle, origin->source, origin->source_len, clock_us()))
		why = "it failed too often";
	else if (guests_proven(all) >= all->max)
		why = full;
	else if (!origin->trusted && is_crowded(all, origin))
		why = "too many are still to prove who they are";
	if (why)
		log_info("turned away %s: %s", origin->text, why);
	return !why;
}

static void
forget(struct guest *g)
{
	struct guests *all = g->of;

	loop_timer_stop(all->loop, &g->timer);
	loop_unwatch(all->loop, &g->exit);
	loop_unwatch(all->loop, &g->control);
	close(g->exit.fd);
	close(g->control.fd);
	*g = (struct guest){ .of = NULL };
	if (all->ops->left)
		all->ops->left(all);
}

static void
blame(struct guest *g)
{
	if (g->origin.source_len)
		throttle_fail(&g->of->throttle, g->origin.source,
		    g->origin.source_len, clock_us());
}

/* Who makes the process crash has to wait as who guesses passwords. */
static void
exited(struct loop_watch *w, uint32_t events)
{
	struct guest *g = w->arg;
	siginfo_t info = { 0 };

	(void)events;
	waitid(P_PID, (id_t)g->pid, &info, WEXITED);
	if (info.si_code != CLD_EXITED && !g->failed) {
		log_warn("the process of %s was ended by signal %d",
		    g->origin.text, info.si_status);
		blame(g);
	}
	forget(g);
}

void
guest_end(struct guest *g)
{
	g->failed = true;
	kill(g->pid, SIGKILL);
}

static void
too_late(struct loop_timer *t)
{
	struct guest *g = t->arg;

	log_info("%s has not proven who it is in time", g->origin.text);
	guest_end(g);
}

void
guest_wait(struct guest *g, int64_t us)
{
	if (!g->proven && !g->origin.trusted)
		loop_timer_set(g->of->loop, &g->timer, clock_us() + us);
}

const char *
guest_prove(struct guest *g, int role)
{
	const char *why = NULL;

	if (g->proven || g->failed) {
		guest_end(g);
		return "it has had its try";
	}
	if (role < 0) {
		blame(g);
		why = "wrong password";
	} else if (guests_proven(g->of) >= g->of->max)
		why = full;
	g->failed = why;
	g->proven = !why;
	g->controls = !why && role && !g->of->view_only;
	if (why)
		log_warn("refused %s: %s", g->origin.text, why);
	else
		loop_timer_stop(g->of->loop, &g->timer);
	return why;
}

void
guest_give(const struct guest *g, unsigned int kind, const char *first,
    const char *then)
{
	const char *at[CONTROL_FDS] = { first, then };
	int fds[CONTROL_FDS];
	size_t n = 0;

	for (size_t i = 0; i < CONTROL_FDS && at[i]; i++) {
		fds[n] = unix_connect(at[i]);
		if (fds[n] < 0)
			break;
		n++;
	}
	control_send(g->control.fd, kind, NULL, 0, fds, n);
	while (n)
		close(fds[--n]);
}

static void
control_ready(struct loop_watch *w, uint32_t events)
{
	struct guest *g = w->arg;
	unsigned int kind;
	uint8_t p[GUEST_MESSAGE];
	int fds[CONTROL_FDS];
	ssize_t n = control_receive(w->fd, &kind, p, sizeof(p), fds);

	(void)events;
	if (n == -EAGAIN)
		return;
	if (n < 0) { /* its end is exited()'s */
		loop_unwatch(g->of->loop, w);
		return;
	}
	for (int i = 0; i < CONTROL_FDS; i++)
		if (fds[i] != -1)
			close(fds[i]);
	g->of->ops->message(g, kind, p, (size_t)n);
	explicit_bzero(p, sizeof(p));
}

static struct guest *
free_place(struct guests *all)
{
	for (size_t i = 0; i < GUESTS; i++)
		if (!all->all[i].of)
			return &all->all[i];
	return NULL;
}

static _Noreturn void
run(struct guests *all, const struct guest *g, const int *fds, size_t n,
    int control, pid_t parent)
{
	int kept[CONTROL_FDS + 1];

	memcpy(kept, fds, n * sizeof(*fds));
	kept[n] = control;
	guests_confine(all, kept, n + 1, GUEST_FDS, parent);
	all->ops->run(g, kept);
	_exit(0);
}

static int
watch(struct guest *g)
{
	int err = loop_watch(g->of->loop, &g->exit, EPOLLIN);

	if (!err)
		err = loop_watch(g->of->loop, &g->control, EPOLLIN);
	guest_wait(g, g->of->patience_us);
	return err;
}

static int
start(struct guests *all, struct guest *g, const int *fds, size_t n)
{
	int pair[2], err = control_pair(pair);
	pid_t parent = getpid();

	if (err)
		return err;
	g->of = all;
	g->pid = fork();
	if (g->pid == 0)
		run(all, g, fds, n, pair[1], parent);
	close(pair[1]);
	if (g->pid == -1) {
		err = -errno;
		close(pair[0]);
		g->of = NULL;
		return err;
	}
	g->exit = (struct loop_watch){
		.fd = pidfd_open(g->pid, 0), .ready = exited, .arg = g
	};
	g->control = (struct loop_watch){
		.fd = pair[0], .ready = control_ready, .arg = g
	};
	g->timer = (struct loop_timer){ .expired = too_late, .arg = g };
	return g->exit.fd == -1 ? -errno : watch(g);
}

static void
drop(struct guest *g)
{
	kill(g->pid, SIGKILL);
	waitpid(g->pid, NULL, 0);
	forget(g);
}

void
guest_start(
    struct guests *all, const int *fds, size_t n, const struct origin *origin)
{
	struct guest *g = free_place(all);
	int err = g ? 0 : -ENOBUFS;

	if (g) {
		*g = (struct guest){ .origin = *origin };
		if (getrandom(g->challenge, sizeof(g->challenge), 0) == -1)
			err = -errno;
		else
			err = start(all, g, fds, n);
	}
	for (size_t i = 0; i < n; i++)
		if (!i || fds[i] != fds[0])
			close(fds[i]);
	if (!err)
		return;
	log_error("cannot serve %s: %s", origin->text, strerror(-err));
	if (g && g->of)
		drop(g);
}

static void
connected(void *arg, int fd, const struct origin *origin)
{
	struct guests *all = arg;
	int fds[CONTROL_FDS] = { fd, fd };

	if (guests_allow(all, origin))
		guest_start(all, fds, all->ends, origin);
	else
		close(fd);
}

int
guests_open(struct guests *all)
{
	uint64_t *seed = &all->throttle.seed;

	all->listeners = (struct listeners){
		.loop = all->loop, .connected = connected, .arg = all
	};
	return getrandom(seed, sizeof(*seed), 0) == -1 ? -errno : 0;
}

/* By SIGKILL: one that is in the middle of a handshake hears no other. */
void
guests_close(struct guests *all)
{
	unlisten(&all->listeners);
	for (size_t i = 0; i < GUESTS; i++)
		if (all->all[i].of)
			drop(&all->all[i]);
}
