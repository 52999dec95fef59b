#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_US = 35000000, LINE = 256 };

struct command {
	struct loop *loop;
	struct loop_watch out, err, exit;
	struct loop_timer timer;
	pid_t pid;
	bool stays;
	char text[COMMAND_TEXT + 1];
	size_t len;
	char line[LINE]; /* the last one on standard error */
	size_t line_len;
	bool line_over;
	bool late;
	command_done *done;
	void *arg;
};

static unsigned ncommands;

static void
drop(struct loop *l, struct loop_watch *w)
{
	if (w->fd == -1)
		return;
	loop_unwatch(l, w);
	close(w->fd);
	w->fd = -1;
}

static void
end(struct command *c)
{
	loop_timer_stop(c->loop, &c->timer);
	drop(c->loop, &c->out);
	drop(c->loop, &c->err);
	drop(c->loop, &c->exit);
	free(c);
	ncommands--;
}

static void
tell(struct command *c, int status)
{
	command_done *done = c->done;

	loop_timer_stop(c->loop, &c->timer);
	c->done = NULL;
	if (done)
		done(c->arg, status, status ? c->line : c->text);
}

static void
keep_output(struct command *c, const char *p, size_t n)
{
	if (n > COMMAND_TEXT - c->len)
		n = COMMAND_TEXT - c->len;
	memcpy(c->text + c->len, p, n);
	c->len += n;
	c->text[c->len] = '\0';
}

static void
keep_line(struct command *c, const char *p, size_t n)
{
	for (; n; p++, n--) {
		if (c->line_over)
			c->line_len = 0;
		c->line_over = *p == '\n';
		if (!c->line_over && c->line_len < LINE - 1)
			c->line[c->line_len++] = *p;
		c->line[c->line_len] = '\0';
	}
}

/* Take what is there.  False at its end. */
static bool
drain(struct command *c, struct loop_watch *w)
{
	char piece[4096];
	ssize_t n;

	while (w->fd != -1 && (n = read(w->fd, piece, sizeof(piece))) != 0) {
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (w == &c->out) {
			keep_output(c, piece, (size_t)n);
			continue;
		}
		keep_line(c, piece, (size_t)n);
		if (write(2, piece, (size_t)n) == -1)
			continue; /* nobody reads it */
	}
	return false;
}

static void
said(struct loop_watch *w, uint32_t events)
{
	struct command *c = w->arg;

	(void)events;
	if (!drain(c, w))
		drop(c->loop, w);
	if (c->stays && c->done && strchr(c->text, '\n'))
		tell(c, 0);
}

static void
exited(struct loop_watch *w, uint32_t events)
{
	struct command *c = w->arg;
	int status = 0;

	(void)events;
	waitpid(c->pid, &status, 0);
	drain(c, &c->out);
	drain(c, &c->err);
	if (c->late)
		strcpy(c->line, "fatal: nothing came of it within 35 s");
	tell(c,
	    c->late                 ? 124
		: WIFEXITED(status) ? WEXITSTATUS(status)
				    : 128 + WTERMSIG(status));
	end(c);
}

static void
too_late(struct loop_timer *t)
{
	struct command *c = t->arg;

	c->late = true;
	kill(c->pid, SIGTERM);
}

static _Noreturn void
run(const char *const *argv, int out, int err, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent && dup2(null, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(err, 2) == 2 && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		execvp(*argv, (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int
start(struct command *c, const char *const *argv)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	pid_t parent = getpid();

	if (pipe2(out, O_CLOEXEC | O_NONBLOCK) == -1)
		return -errno;
	c->out.fd = out[0];
	if (pipe2(err, O_CLOEXEC | O_NONBLOCK) == -1) {
		close(out[1]);
		return -EMFILE;
	}
	c->err.fd = err[0];
	/* They may write as they always do. */
	fcntl(out[1], F_SETFL, 0);
	fcntl(err[1], F_SETFL, 0);
	c->pid = fork();
	if (c->pid == 0)
		run(argv, out[1], err[1], parent);
	close(out[1]);
	close(err[1]);
	return c->pid == -1 ? -EAGAIN : 0;
}

static int
watch(struct command *c)
{
	int err;

	c->exit.fd = pidfd_open(c->pid, 0);
	if (c->exit.fd == -1)
		return -errno;
	err = loop_watch(c->loop, &c->exit, EPOLLIN);
	if (!err)
		err = loop_watch(c->loop, &c->out, EPOLLIN);
	if (!err)
		err = loop_watch(c->loop, &c->err, EPOLLIN);
	return err;
}

int
command_run(struct command **out, struct loop *loop, const char *const *argv,
    bool stays, command_done *done, void *arg)
{
	struct command *c =
	    ncommands < COMMAND_MAX ? calloc(1, sizeof(*c)) : NULL;
	int err;

	*out = NULL;
	if (!c)
		return -EAGAIN;
	ncommands++;
	*c = (struct command){ .loop = loop,
		.out = { .fd = -1, .ready = said, .arg = c },
		.err = { .fd = -1, .ready = said, .arg = c },
		.exit = { .fd = -1, .ready = exited, .arg = c },
		.timer = { .expired = too_late, .arg = c },
		.stays = stays,
		.done = done,
		.arg = arg };
	err = start(c, argv);
	if (!err && (err = watch(c))) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
	}
	if (err) {
		end(c);
		return err;
	}
	loop_timer_set(loop, &c->timer, clock_us() + WAIT_US);
	*out = c;
	return 0;
}

void
command_forget(struct command *c)
{
	if (c)
		c->done = NULL;
}
