#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "guest/guests.h"

enum { FIRST_FD = 3 };

static void
keep_fds(int *fds, int n)
{
	int high[CONTROL_FDS + 1];

	for (int i = 0; i < n; i++)
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FD + n);
	for (int i = 0; i < n; i++) {
		fds[i] = FIRST_FD + i;
		dup2(high[i], fds[i]);
	}
	close_range((unsigned int)(FIRST_FD + n), ~0U, 0);
}

void
guests_confine(
    struct guests *all, int *fds, size_t n, unsigned int limit, pid_t parent)
{
	struct rlimit most = { limit, limit }, none = { 0, 0 };

	explicit_bzero(&all->secrets, sizeof(all->secrets));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	keep_fds(fds, (int)n);
	setrlimit(RLIMIT_NOFILE, &most);
	setrlimit(RLIMIT_CORE, &none);
}
