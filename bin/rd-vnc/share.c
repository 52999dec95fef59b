/* Who encodes for several clients, while there are several */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "link/unix.h"
#include "server.h"
#include "tiles.h"

enum { AGAIN_US = 1000000 };

/* Memory that only the caller can ever write; negative errno on failure. */
static int
make_memory(uint8_t **map)
{
	int err, fd = memfd_create("rd-vnc", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return -errno;
	*map = MAP_FAILED;
	if (!ftruncate(fd, TILES_MEMORY))
		*map = mmap(NULL, TILES_MEMORY, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (*map != MAP_FAILED &&
	    !fcntl(fd, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE |
		    F_SEAL_SEAL))
		return fd;
	err = -errno;
	if (*map != MAP_FAILED)
		munmap(*map, TILES_MEMORY);
	close(fd);
	return err;
}

void
share_with(struct guest *g)
{
	struct share *s = &((struct server *)g->of->arg)->share;
	int pair[2], fds[CONTROL_FDS];

	if (!s->pid || control_pair(pair))
		return;
	fds[0] = pair[1];
	fds[1] = s->memory;
	if (!control_send(s->control, CONTROL_TILES, NULL, 0, pair, 1))
		control_send(g->control.fd, CONTROL_TILES, NULL, 0, fds, 2);
	close(pair[0]);
	close(pair[1]);
}

static void
clear(struct server *server)
{
	struct share *s = &server->share;

	loop_unwatch(&server->loop, &s->exit);
	close(s->exit.fd);
	close(s->control);
	close(s->memory);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

static void
end(struct server *s)
{
	loop_timer_stop(&s->loop, &s->share.again);
	if (!s->share.pid)
		return;
	kill(s->share.pid, SIGKILL);
	clear(s);
}

/* Clients notice by themselves, and encode by themselves until the next. */
static void
exited(struct loop_watch *w, uint32_t events)
{
	struct server *s = w->arg;

	(void)events;
	log_info("nobody encodes for several clients for a moment");
	clear(s);
	loop_timer_set(&s->loop, &s->share.again, clock_us() + AGAIN_US);
}

static void
again(struct loop_timer *t)
{
	share_update(t->arg);
}

/* control and frames are the child's. */
static int
start(struct server *server, int control, int frames)
{
	struct share *s = &server->share;
	pid_t parent = getpid(), pid;
	uint8_t *map;
	int fds[2] = { control, frames };

	s->memory = make_memory(&map);
	if (s->memory < 0)
		return s->memory;
	pid = fork();
	if (pid == 0) {
		guests_confine(
		    &server->guests, fds, 2, GUESTS + GUEST_FDS, parent);
		tiler_run(fds[0], fds[1], map);
	}
	munmap(map, TILES_MEMORY);
	if (pid == -1) {
		close(s->memory);
		return -EAGAIN;
	}
	s->pid = pid;
	s->exit = (struct loop_watch){
		.fd = pidfd_open(pid, 0), .ready = exited, .arg = server
	};
	return s->exit.fd == -1 ? -errno
				: loop_watch(&server->loop, &s->exit, EPOLLIN);
}

static void
begin(struct server *server)
{
	struct share *s = &server->share;
	int pair[2], frames = unix_connect(server->config.frames), err;

	loop_timer_stop(&server->loop, &s->again);
	s->again.expired = again;
	s->again.arg = server;
	err = frames < 0 ? frames : control_pair(pair);
	if (!err) {
		s->control = pair[0];
		err = start(server, pair[1], frames);
		close(pair[1]);
		if (!s->pid)
			close(pair[0]);
	}
	if (frames >= 0)
		close(frames);
	if (err && s->pid)
		end(server);
	if (err) /* as while there are no frames */
		loop_timer_set(&server->loop, &s->again, clock_us() + AGAIN_US);
	for (size_t i = 0; i < GUESTS && s->pid; i++)
		if (server->guests.all[i].of && server->guests.all[i].proven)
			share_with(&server->guests.all[i]);
}

void
share_update(struct server *s)
{
	if (guests_proven(&s->guests) < 2)
		end(s);
	else if (!s->share.pid)
		begin(s);
}
