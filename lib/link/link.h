/*
 * link.h - byte streams between rd's tools: rd-addr(7)
 *
 * A link is one end of a pipe, FIFO, file or Unix stream socket, driven by a
 * loop: never blocking, duplex where the descriptor is.  Memory is the
 * caller's and must stay until link_close() or, for a link without retry,
 * until down() returned; buffers are allocated when the link is opened.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/loop.h"

struct link;

struct link_ops {
	/* The other end is there (again).  May be NULL. */
	void (*up)(struct link *l);
	/*
	 * Bytes arrived: all that is buffered.  Returns how many of them are
	 * done with; the rest comes again, with more behind it.  A negative
	 * errno takes the link down.  NULL when input is not expected.
	 */
	ssize_t (*input)(struct link *l, const uint8_t *p, size_t len);
	/*
	 * There is room again after a short link_write(), or the queue of
	 * link_send() has emptied.  May be NULL.
	 */
	void (*writable)(struct link *l);
	/*
	 * The other end is gone: err 0 for its end of stream, else a negative
	 * errno.  The link is closed already, and connects again if asked to.
	 */
	void (*down)(struct link *l, int err);
};

struct link_config {
	const struct link_ops *ops;
	void *arg;
	size_t in_size;  /* bytes buffered for input(): its largest unit */
	size_t out_size; /* bytes link_send() may queue */
	bool retry;      /* link_connect(): wait for a path, connect again */
};

enum { LINK_FDS = 4 };

struct link {
	void *arg;
	struct link_config config;
	struct loop *loop;
	int rfd, wfd; /* -1: no such direction; the same for a socket */
	bool write_wanted;
	bool held;
	int err; /* why down() is about to be called */
	uint8_t *in, *out;
	size_t in_len, out_len;
	int fds[LINK_FDS]; /* received, not taken yet */
	size_t nfds;
	struct loop_watch read_watch, write_watch, dir_watch;
	struct loop_timer timer;
	char path[PATH_MAX];
};

/*
 * Drive rfd and wfd, either may be -1; takes them over, closes them at the
 * end.  up() is called before this returns.  Negative errno on failure, and
 * then they are closed.
 */
int link_open(struct link *l, struct loop *loop, int rfd, int wfd,
    const struct link_config *c);

/* Standard input, duplex when it is a socket; or standard output likewise. */
int link_open_stdin(
    struct link *l, struct loop *loop, const struct link_config *c);
int link_open_stdout(
    struct link *l, struct loop *loop, const struct link_config *c);

/*
 * Connect to addr: "-" is standard input; a path is a socket, FIFO or file.
 * With retry a path that is not there or does not answer is waited for, by
 * inotify, and connected again whenever it is lost; that ends, with down(),
 * when its directory is removed, and a regular file is read once.  Negative
 * errno on failure: -ENOENT, -ECONNREFUSED, ... without retry.
 */
int link_connect(struct link *l, struct loop *loop, const char *addr,
    const struct link_config *c);

/* Close for good, without down().  Nothing when it is closed or all zero. */
void link_close(struct link *l);

bool link_is_up(const struct link *l);

/*
 * Write what goes in without waiting: the number of bytes taken, 0..len.
 * When short, writable() follows.  0 also when the link is down.
 */
size_t link_write(struct link *l, const void *p, size_t len);

/*
 * How much of what went in the other end has not read yet: exact only when
 * that is nothing, since a socket counts what it spends on it.  0 when the
 * link is down or never queues, as a file.
 */
size_t link_unread(const struct link *l);

/*
 * Write all of p, queueing what does not go in at once, and pass fd (not
 * taken over) with it unless it is -1.  -ENOBUFS when the queue has no room
 * for it and -ENOTCONN when the link is down: then nothing was sent.  Not to
 * be mixed with link_write() on one link.
 */
int link_send(struct link *l, const void *p, size_t len, int fd);

/*
 * Give input() once more what it left, after something else changed that
 * lets it go on.
 */
void link_again(struct link *l);

/*
 * Read no more, so that the other end has to wait, its end apart; or go on,
 * as by link_again().  Also from input().
 */
void link_hold(struct link *l, bool hold);

/* True when nothing is queued by link_send(). */
bool link_is_idle(const struct link *l);

/* The oldest descriptor received and not taken, the caller's now; or -1. */
int link_take_fd(struct link *l);

struct link_server {
	void *arg;
	/*
	 * Memory for the next connection, which is in use from up() to
	 * down(); or NULL to refuse it.  May set s->config.arg.
	 */
	struct link *(*accept)(struct link_server *s);
	struct link_config config;
	struct loop *loop;
	struct loop_watch watch;
	int spare_fd; /* closed to refuse a connection when fds run out */
	ino_t inode;
	char path[PATH_MAX];
};

/*
 * Serve path, for processes of the same user or root.  s->arg and s->accept
 * are set by the caller.  The socket appears under its name only when it
 * can be connected to; one left behind by a dead server is replaced.
 * Negative errno on failure: -EADDRINUSE when another one serves it.
 */
int link_listen(struct link_server *s, struct loop *loop, const char *path,
    const struct link_config *c);
/* Stop, and remove the path unless another server took it over. */
void link_unlisten(struct link_server *s);

#endif
