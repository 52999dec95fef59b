#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "client.h"
#include "link/unix.h"
#include "server.h"

enum {
	FIRST_FD = 3,
	FDS_MAX = 3,
};

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

static const char full[] = "there are as many clients as allowed";

static bool
is_full(const struct server *s)
{
	unsigned int in = 0;

	for (size_t i = 0; i < GUESTS; i++)
		in += s->guests[i].server && s->guests[i].proven;
	return in >= s->max;
}

bool
guest_allowed(struct server *s, const struct origin *origin)
{
	unsigned int pending = 0, alike = 0;
	const char *why = NULL;

	for (size_t i = 0; i < GUESTS; i++) {
		const struct guest *g = &s->guests[i];

		if (!g->server || g->proven || g->origin.trusted)
			continue;
		pending++;
		alike += same_source(&g->origin, origin);
	}
	if (origin->source_len &&
	    throttle_wait(
		&s->throttle, origin->source, origin->source_len, clock_us()))
		why = "it failed too often";
	else if (is_full(s))
		why = full;
	else if (!origin->trusted && alike >= PENDING_SOURCE)
		why = "too many from there are still to prove who they are";
	else if (!origin->trusted &&
	    (pending >= PENDING_MAX || (pending >= PENDING_MANY && coin())))
		why = "too many are still to prove who they are";
	if (why)
		log_info("turned away %s: %s", origin->text, why);
	return !why;
}

static void
forget(struct guest *g)
{
	struct server *s = g->server;

	loop_timer_stop(&s->loop, &g->timer);
	loop_unwatch(&s->loop, &g->exit);
	loop_unwatch(&s->loop, &g->control);
	close(g->exit.fd);
	close(g->control.fd);
	*g = (struct guest){ .server = NULL };
	share_update(s);
	if (s->single)
		loop_stop(&s->loop);
}

static void
blame(struct guest *g)
{
	if (g->origin.source_len)
		throttle_fail(&g->server->throttle, g->origin.source,
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

static void
end(struct guest *g)
{
	g->failed = true;
	kill(g->pid, SIGKILL);
}

static void
too_late(struct loop_timer *t)
{
	struct guest *g = t->arg;

	log_info("%s has not proven who it is in time", g->origin.text);
	end(g);
}

static void
refuse(struct guest *g, const char *why)
{
	log_warn("refused %s: %s", g->origin.text, why);
	g->failed = true;
	control_send(g->control.fd, CONTROL_NO, why, strlen(why), NULL, 0);
}

static void
welcome(struct guest *g, bool controls)
{
	uint8_t byte;

	g->proven = true;
	g->controls = controls && !g->server->config.view_only;
	byte = g->controls;
	loop_timer_stop(&g->server->loop, &g->timer);
	control_send(g->control.fd, CONTROL_WELCOME, &byte, 1, NULL, 0);
	share_with(g);
	share_update(g->server);
}

/* The role that was proven: 1 to control, 0 to view, or -1. */
static int
check(const struct guest *g, enum control_kind kind, const char *p, size_t len)
{
	const struct secrets *s = &g->server->secrets;

	switch (kind) {
	case CONTROL_FREE:
		return g->origin.trusted ? 1 : -1;
	case CONTROL_RESPONSE:
		return len == RFB_CHALLENGE
		    ? response_check(s, g->challenge, (const uint8_t *)p)
		    : -1;
	default:
		return secrets_check(s, p, len);
	}
}

static void
decide(struct guest *g, enum control_kind kind, const char *p, size_t len)
{
	int role;

	if (g->proven || g->failed) {
		end(g); /* one try for each connection */
		return;
	}
	role = check(g, kind, p, len);
	if (role < 0) {
		blame(g);
		refuse(g, "wrong password");
	} else if (is_full(g->server))
		refuse(g, full);
	else
		welcome(g, role);
}

/* Those who are in already, when one wants to be alone. */
static void
end_others(const struct guest *g)
{
	for (size_t i = 0; i < GUESTS; i++) {
		struct guest *other = &g->server->guests[i];

		if (other->server && other != g && other->proven)
			end(other);
	}
}

/* What a client that got in is shown, and what it may send events to. */
static void
open_links(const struct guest *g)
{
	const struct config *c = &g->server->config;
	int fds[CONTROL_FDS];
	size_t n = 0;

	fds[0] = unix_connect(c->frames);
	n += fds[0] >= 0;
	if (n && g->controls && c->events) {
		fds[1] = unix_connect(c->events);
		n += fds[1] >= 0;
	}
	control_send(g->control.fd, CONTROL_OPENED, NULL, 0, fds, n);
	while (n)
		close(fds[--n]);
}

/* What it hears, too, or sees as video; address may be NULL. */
static void
open_media(const struct guest *g, enum control_kind kind, const char *address)
{
	int fd = address ? unix_connect(address) : -1;

	control_send(g->control.fd, kind, NULL, 0, &fd, fd >= 0);
	if (fd >= 0)
		close(fd);
}

/*
 * A person may take longer to type a password than a program to ask for it,
 * so there is more time once a way to prove it was chosen.
 */
static void
give_time(struct guest *g)
{
	if (!g->proven && !g->origin.trusted)
		loop_timer_set(
		    &g->server->loop, &g->timer, clock_us() + PROVE_US);
}

static void
take(struct guest *g, enum control_kind kind, const char *p, size_t len)
{
	const struct config *c = &g->server->config;

	switch (kind) {
	case CONTROL_CHOSEN:
		give_time(g);
		break;
	case CONTROL_FREE:
	case CONTROL_RESPONSE:
	case CONTROL_PASSWORD:
		decide(g, kind, p, len);
		break;
	case CONTROL_ENTERED:
		if (g->proven && g->server->exclusive && len == 1 && !*p)
			end_others(g);
		break;
	case CONTROL_LINKS:
		if (g->proven)
			open_links(g);
		break;
	case CONTROL_LISTEN:
		if (g->proven)
			open_media(g, CONTROL_SOUND, c->sound);
		break;
	case CONTROL_WATCH:
		if (g->proven)
			open_media(g, CONTROL_VIDEO, c->video);
		break;
	default:
		end(g);
	}
}

static void
control_ready(struct loop_watch *w, uint32_t events)
{
	struct guest *g = w->arg;
	unsigned int kind;
	char p[CONTROL_MAX];
	int fds[CONTROL_FDS];
	ssize_t n = control_receive(w->fd, &kind, p, sizeof(p), fds);

	(void)events;
	if (n == -EAGAIN)
		return;
	if (n < 0) { /* its end is exited()'s */
		loop_unwatch(&g->server->loop, w);
		return;
	}
	for (int i = 0; i < CONTROL_FDS; i++)
		if (fds[i] != -1)
			close(fds[i]);
	take(g, kind, p, (size_t)n);
	explicit_bzero(p, sizeof(p));
}

/* Only what is needed stays open, from 3 on. */
static void
keep_fds(int *fds, int n)
{
	int high[FDS_MAX];

	for (int i = 0; i < n; i++)
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FD + n);
	for (int i = 0; i < n; i++) {
		fds[i] = FIRST_FD + i;
		dup2(high[i], fds[i]);
	}
	close_range((unsigned int)(FIRST_FD + n), ~0U, 0);
}

void
guest_confine(
    struct server *s, int *fds, int n, unsigned int limit, pid_t parent)
{
	struct rlimit most = { limit, limit }, none = { 0, 0 };

	explicit_bzero(&s->secrets, sizeof(s->secrets));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_TEMP);
	keep_fds(fds, n);
	setrlimit(RLIMIT_NOFILE, &most);
	setrlimit(RLIMIT_CORE, &none);
}

static _Noreturn void
run(struct server *s, const struct guest *g, int rfd, int wfd, int control,
    pid_t parent)
{
	int kept[3] = { rfd, wfd, control };

	guest_confine(s, kept, 3, CLIENT_FDS, parent);
	client_run(&s->config, &g->origin, g->challenge, kept);
}

static struct guest *
free_place(struct server *s)
{
	for (size_t i = 0; i < GUESTS; i++)
		if (!s->guests[i].server)
			return &s->guests[i];
	return NULL;
}

static int
watch(struct guest *g)
{
	struct server *s = g->server;
	int err = loop_watch(&s->loop, &g->exit, EPOLLIN);

	if (!err)
		err = loop_watch(&s->loop, &g->control, EPOLLIN);
	if (!g->origin.trusted)
		loop_timer_set(&s->loop, &g->timer, clock_us() + CHOOSE_US);
	return err;
}

static int
start(struct server *s, struct guest *g, int rfd, int wfd)
{
	int pair[2], err = control_pair(pair);
	pid_t parent = getpid();

	if (err)
		return err;
	g->pid = fork();
	if (g->pid == 0)
		run(s, g, rfd, wfd, pair[1], parent);
	close(pair[1]);
	if (g->pid == -1) {
		err = -errno;
		close(pair[0]);
		return err;
	}
	g->server = s;
	g->exit = (struct loop_watch){
		.fd = pidfd_open(g->pid, 0), .ready = exited, .arg = g
	};
	g->control = (struct loop_watch){
		.fd = pair[0], .ready = control_ready, .arg = g
	};
	g->timer = (struct loop_timer){ .expired = too_late, .arg = g };
	return g->exit.fd == -1 ? -errno : watch(g);
}

void
guest_start(struct server *s, int rfd, int wfd, const struct origin *origin)
{
	struct guest *g = free_place(s);
	int err = g ? 0 : -ENOBUFS;

	if (g) {
		*g = (struct guest){ .origin = *origin };
		if (getrandom(g->challenge, sizeof(g->challenge), 0) == -1)
			err = -errno;
		else
			err = start(s, g, rfd, wfd);
	}
	close(rfd);
	if (wfd != rfd)
		close(wfd);
	if (!err)
		return;
	log_error("cannot serve %s: %s", origin->text, strerror(-err));
	if (g && g->server) {
		kill(g->pid, SIGKILL);
		waitpid(g->pid, NULL, 0);
		forget(g);
	}
}

void
guests_end(struct server *s)
{
	share_end(s);
	for (size_t i = 0; i < GUESTS; i++)
		if (s->guests[i].server)
			kill(s->guests[i].pid, SIGTERM);
	for (size_t i = 0; i < GUESTS; i++)
		if (s->guests[i].server) {
			waitpid(s->guests[i].pid, NULL, 0);
			forget(&s->guests[i]);
		}
}
