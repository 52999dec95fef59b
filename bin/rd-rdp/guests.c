#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/log.h"
#include "client.h"
#include "link/unix.h"
#include "ntlm.h"
#include "server.h"

enum { FIRST_FD = 3 };

static bool
is_full(const struct server *s)
{
	unsigned int in = 0;

	for (size_t i = 0; i < GUESTS; i++)
		in += s->guests[i].server && s->guests[i].proven;
	return in >= s->max;
}

bool
guest_allowed(struct server *s, const struct origin *o)
{
	unsigned int pending = 0, alike = 0;
	const char *why = NULL;

	for (size_t i = 0; i < GUESTS; i++) {
		const struct guest *g = &s->guests[i];

		if (!g->server || g->proven)
			continue;
		pending++;
		alike += g->origin.source_len == o->source_len &&
		    memcmp(g->origin.source, o->source, o->source_len) == 0;
	}
	if (throttle_wait(&s->throttle, o->source, o->source_len, clock_us()))
		why = "it failed too often";
	else if (is_full(s))
		why = "there are as many clients as allowed";
	else if (alike >= PENDING_SOURCE || pending >= PENDING_MAX)
		why = "too many are still to prove who they are";
	if (why)
		log_info("turned away %s: %s", o->text, why);
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
}

static void
blame(struct guest *g)
{
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

static bool
read_proof(struct ntlm_proof *p, const uint8_t *data, size_t len)
{
	struct rbuf r = rbuf_of(data, len);
	struct ntlm_bytes *parts[] = { &p->user, &p->domain, &p->value,
		&p->messages };

	for (size_t i = 0; i < 4; i++) {
		parts[i]->len = rbuf_u16(&r);
		parts[i]->data = rbuf_take(&r, parts[i]->len);
	}
	p->key = rbuf_take(&r, NTLM_HASH);
	p->mic = rbuf_take(&r, NTLM_HASH);
	return !r.bad && !rbuf_left(&r);
}

/* The role that was proven: 1 to control, 0 to view, or -1. */
static int
check(const struct guest *g, enum control_kind kind, const uint8_t *p,
    size_t len, uint8_t hash[NTLM_HASH])
{
	const struct secrets *s = &g->server->secrets;
	struct ntlm_proof proof;

	if (kind == CONTROL_PASSWORD)
		return g->server->config.without_nla
		    ? secrets_check(s, (const char *)p, len)
		    : -1;
	if (!read_proof(&proof, p, len))
		return -1;
	if (ntlm_check(s->control, &proof, hash))
		return 1;
	return ntlm_check(s->view, &proof, hash) ? 0 : -1;
}

static void
decide(struct guest *g, enum control_kind kind, const uint8_t *p, size_t len)
{
	uint8_t answer[1 + NTLM_HASH] = { 0 };
	int role;

	if (g->proven || g->failed) {
		end(g); /* one try for each connection */
		return;
	}
	role = check(g, kind, p, len, answer + 1);
	if (role < 0 || is_full(g->server)) {
		if (role < 0)
			blame(g);
		log_warn("refused %s: %s", g->origin.text,
		    role < 0 ? "wrong password" : "there are enough");
		g->failed = true;
		control_send(g->control.fd, CONTROL_NO, NULL, 0, NULL, 0);
		return;
	}
	g->proven = true;
	g->controls = role && !g->server->config.view_only;
	answer[0] = g->controls;
	loop_timer_stop(&g->server->loop, &g->timer);
	control_send(
	    g->control.fd, CONTROL_YES, answer, sizeof(answer), NULL, 0);
	explicit_bzero(answer, sizeof(answer));
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

static void
control_ready(struct loop_watch *w, uint32_t events)
{
	struct guest *g = w->arg;
	unsigned int kind;
	uint8_t p[CONTROL_MAX];
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
	if (kind == CONTROL_PROOF || kind == CONTROL_PASSWORD)
		decide(g, kind, p, (size_t)n);
	else if (kind == CONTROL_LINKS && g->proven)
		open_links(g);
	else if (kind == CONTROL_WATCH && g->proven)
		open_media(g, CONTROL_VIDEO, g->server->config.video);
	else if (kind == CONTROL_LISTEN && g->proven)
		open_media(g, CONTROL_SOUND, g->server->config.sound);
	else
		end(g);
	explicit_bzero(p, sizeof(p));
}

/* Only what is needed stays open, from 3 on, and no secret but its own. */
static void
confine(struct server *s, int fds[2], pid_t parent)
{
	struct rlimit most = { CLIENT_FDS, CLIENT_FDS }, none = { 0, 0 };
	int high[2];

	explicit_bzero(&s->secrets, sizeof(s->secrets));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_TEMP);
	for (int i = 0; i < 2; i++)
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FD + 2);
	for (int i = 0; i < 2; i++) {
		fds[i] = FIRST_FD + i;
		dup2(high[i], fds[i]);
	}
	close_range(FIRST_FD + 2, ~0U, 0);
	setrlimit(RLIMIT_NOFILE, &most);
	setrlimit(RLIMIT_CORE, &none);
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
	loop_timer_set(&s->loop, &g->timer, clock_us() + PROVE_US);
	return err;
}

static int
start(struct server *s, struct guest *g, int fd)
{
	int pair[2], err = control_pair(pair);
	pid_t parent = getpid();

	if (err)
		return err;
	g->pid = fork();
	if (g->pid == 0) {
		int kept[2] = { fd, pair[1] };

		confine(s, kept, parent);
		client_run(&s->config, &g->origin, kept[0], kept[1]);
	}
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

static void
drop(struct guest *g)
{
	kill(g->pid, SIGKILL);
	waitpid(g->pid, NULL, 0);
	forget(g);
}

void
guest_start(struct server *s, int fd, const struct origin *origin)
{
	struct guest *g = free_place(s);
	int err = -ENOBUFS;

	if (g) {
		*g = (struct guest){ .origin = *origin };
		err = start(s, g, fd);
	}
	close(fd);
	if (!err)
		return;
	log_error("cannot serve %s: %s", origin->text, strerror(-err));
	if (g && g->server)
		drop(g);
}

/* By SIGKILL: one that is in the middle of a handshake hears no other. */
void
guests_end(struct server *s)
{
	for (size_t i = 0; i < GUESTS; i++)
		if (s->guests[i].server)
			drop(&s->guests[i]);
}
