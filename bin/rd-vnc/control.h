/*
 * control.h - what a client's process and its parent have to say to each other
 *
 * The parent alone knows the passwords and opens what the client is shown and
 * may do; the process that reads what a stranger sends has neither.
 */
#ifndef RD_VNC_CONTROL_H
#define RD_VNC_CONTROL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum control_kind {
	/* From the client's process: */
	CONTROL_CHOSEN = 'c', /* how it will be proven: now it may take time */
	CONTROL_FREE = 'f',   /* nothing is to be proven here */
	CONTROL_RESPONSE = 'r', /* to the challenge */
	CONTROL_PASSWORD = 'p', /* in full */
	CONTROL_ENTERED = 'e',  /* a byte: whether it shares */
	CONTROL_LINKS = 'l',    /* open frames, and events */
	CONTROL_LISTEN = 'i',   /* open sound */
	CONTROL_WATCH = 'v',    /* open video */
	/* From the parent: */
	CONTROL_WELCOME = 'w', /* a byte: whether it may control */
	CONTROL_NO = 'n',      /* why not, as text */
	CONTROL_OPENED = 'o',  /* frames, and events if it may control */
	CONTROL_SOUND = 'u',   /* it */
	CONTROL_VIDEO = 'm',   /* likewise */
	CONTROL_TILES = 't',   /* who encodes for several, and the memory; */
			       /* and to that one a client's socket */
	/* Between those two: tiles.h. */
	CONTROL_WISH = 'q',
	CONTROL_SHARED = 's', /* a byte: several have this wish */
	CONTROL_WANT = 'a',
	CONTROL_HAVE = 'h',
};

enum {
	CONTROL_MAX = 512, /* bytes after the kind */
	CONTROL_FDS = 2,
};

/* A pair of sockets, close-on-exec and not blocking; negative errno. */
int control_pair(int fds[2]);

/* Negative errno on failure; -EAGAIN when nobody reads.  fds stay ours. */
int control_send(int sock, enum control_kind kind, const void *p, size_t len,
    const int *fds, size_t nfds);

/*
 * The next message: its length after the kind in *kind, in p, CONTROL_MAX
 * bytes; descriptors that came along are the caller's, -1 where there is none.
 * -EAGAIN when there is no message, -EPIPE at the end.
 */
ssize_t control_receive(
    int sock, enum control_kind *kind, void *p, int fds[CONTROL_FDS]);

#endif
