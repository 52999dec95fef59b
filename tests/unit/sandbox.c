/* What a child can still do after sandbox_enter(): each act in its own. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"
#include "sandbox/sandbox.h"

enum { KILLED = 1000 };

/* Each act returns 0 or an errno. */
static int
act_open(void)
{
	return open("/etc/passwd", O_RDONLY) == -1 ? errno : 0;
}

static int
act_mkdir(void)
{
	return mkdir("/tmp/rd-sandbox-test", 0700) ? errno : 0;
}

static int
act_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int
act_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid == -1 ? errno : 0;
}

static int
act_kill(void)
{
	return kill(getppid(), 0) ? errno : 0;
}

static int
act_ptrace(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) ? errno : 0;
}

static int
act_inet(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) == -1 ? errno : 0;
}

static int
act_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) == -1 ? errno : 0;
}

static int
act_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) == -1 ? errno : 0;
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
act_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL);
}

static int
attempt(int (*act)(void), unsigned int needs)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(sandbox_enter(needs) ? 255 : act());
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? KILLED : WEXITSTATUS(status);
}

int
main(void)
{
	static const struct {
		const char *name;
		int (*act)(void);
		unsigned int needs;
		int want;
	} rows[] = {
		{ "open", act_open, 0, EACCES },
		{ "mkdir", act_mkdir, 0, EACCES },
		{ "exec", act_exec, 0, KILLED },
		{ "fork", act_fork, 0, KILLED },
		{ "kill", act_kill, 0, KILLED },
		{ "ptrace", act_ptrace, 0, KILLED },
		{ "inet without need", act_inet, 0, EACCES },
		{ "inet", act_inet, SANDBOX_INET, 0 },
		{ "unix without need", act_unix, SANDBOX_INET, EACCES },
		{ "unix", act_unix, SANDBOX_UNIX, 0 },
		{ "packet", act_packet, SANDBOX_INET | SANDBOX_UNIX, EACCES },
		{ "thread", act_thread, 0, 0 },
	};

#ifdef __SANITIZE_ADDRESS__
	printf("1..0 # SKIP AddressSanitizer needs what a sandbox takes\n");
	return 0;
#endif
	for (size_t i = 0; i < LEN(rows); i++)
		is_int(attempt(rows[i].act, rows[i].needs), rows[i].want, "%s",
		    rows[i].name);
	return done_testing();
}
