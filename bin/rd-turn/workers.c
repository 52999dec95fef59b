#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"

struct workers {
	struct server *server;
	struct loop_watch signals;
	pid_t pids[WORKERS]; /* 0: it has ended */
	size_t left;
	bool ending;
};

static void
tell_all(const struct workers *w, int signal)
{
	for (size_t i = 0; i < w->server->nworkers; i++)
		if (w->pids[i])
			kill(w->pids[i], signal);
}

static _Noreturn void
end_all(struct workers *w, int status)
{
	tell_all(w, SIGKILL);
	for (size_t i = 0; i < w->server->nworkers; i++)
		if (w->pids[i])
			waitpid(w->pids[i], NULL, 0);
	if (w->server->files.pid)
		files_stop(&w->server->files);
	exit(status);
}

/* One that ends well found no allocation left, nor do the others. */
static void
ended(struct workers *w, size_t i, int status)
{
	w->pids[i] = 0;
	w->left--;
	if (WIFSIGNALED(status)) {
		log_error("a worker was killed by signal %d: all end",
		    WTERMSIG(status));
		end_all(w, EXIT_TEMP);
	}
	if (WEXITSTATUS(status) || !w->ending)
		end_all(w, WEXITSTATUS(status));
	tell_all(w, SIGTERM);
}

static void
reap(struct workers *w)
{
	int status;

	for (size_t i = 0; i < w->server->nworkers; i++)
		if (w->pids[i] && waitpid(w->pids[i], &status, WNOHANG) > 0)
			ended(w, i, status);
}

static void
signals_ready(struct loop_watch *watch, uint32_t events)
{
	struct signalfd_siginfo si;

	(void)events;
	if (read(watch->fd, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGCHLD)
		reap(watch->arg);
	else
		tell_all(watch->arg, SIGHUP);
}

static void
watch_signals(struct workers *w)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	w->signals = (struct loop_watch){
		.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
		.ready = signals_ready,
		.arg = w,
	};
	if (w->signals.fd == -1 ||
	    loop_watch(&w->server->loop, &w->signals, EPOLLIN))
		die(EXIT_TEMP, errno, "cannot wait for signals");
}

/* The worker ends with who started it, however that ends. */
static void
become_worker(struct workers *w, size_t number, pid_t parent)
{
	struct server *s = w->server;

	setpgid(0, 0); /* signals come from there alone */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_TEMP);
	close(w->signals.fd);
	loop_clear(&s->loop);
	s->worker = number;
	s->stats_path = NULL;
	for (size_t i = 0; i < s->nlisteners; i++)
		s->listeners[i].watch.fd = s->listeners[i].fds[number];
}

/* True in the worker; here when that is ready, or cannot be. */
static bool
start_one(struct workers *w, size_t number)
{
	pid_t parent = getpid();
	int ready[2];
	char newline;

	if (pipe2(ready, O_CLOEXEC) || (w->pids[number] = fork()) == -1)
		die(EXIT_TEMP, errno, "cannot start a worker");
	if (w->pids[number] == 0) {
		close(ready[0]);
		if (ready_fd != -1)
			close(ready_fd);
		ready_fd = ready[1];
		become_worker(w, number, parent);
		return true;
	}
	w->left++;
	close(ready[1]);
	if (read(ready[0], &newline, 1) != 1) {
		int status = 0;

		waitpid(w->pids[number], &status, 0);
		ended(w, number, status);
	}
	close(ready[0]);
	return false;
}

static void
wait_for_all(struct workers *w)
{
	struct loop *l = &w->server->loop;

	while (w->left) {
		loop_turn(l, -1);
		if (!l->stopped)
			continue;
		l->stopped = false;
		w->ending = true;
		tell_all(w, SIGTERM);
	}
}

void
workers_start(struct server *s)
{
	static struct workers w;
	int told = ready_fd, err = loop_init(&s->loop);

	if (err)
		die(EXIT_TEMP, err, "cannot make an event loop");
	w.server = s;
	if ((err = shared_open(&s->turn.shared, s->turn.config.max)))
		die(EXIT_TEMP, err, "cannot start");
	watch_signals(&w);
	for (size_t i = 0; i < s->nworkers; i++)
		if (start_one(&w, i))
			return;
	files_start(&s->files, s->stats_path);
	stats_open(s);
	drop_capabilities();
	ready_tell(told);
	wait_for_all(&w);
	end_all(&w, 0);
}
