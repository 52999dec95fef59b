/*
 * control.h - what a client's process and its parent have to say to each other
 *
 * The parent alone knows the passwords and opens what the client is shown and
 * may do; the process that reads what a stranger sends has neither.
 */
#ifndef RD_RDP_CONTROL_H
#define RD_RDP_CONTROL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum control_kind {
	/* From the client's process: */
	CONTROL_PROOF = 'p',    /* an ntlm_proof, its lengths before it */
	CONTROL_PASSWORD = 'c', /* in full */
	CONTROL_LINKS = 'l',    /* open frames, and events */
	CONTROL_WATCH = 'h',    /* open video */
	/* From the parent: */
	CONTROL_YES = 'y',    /* a byte: whether it controls; the NTLM hash */
	CONTROL_NO = 'n',     /* it is not to be let in */
	CONTROL_VIDEO = 'v',  /* it */
	CONTROL_OPENED = 'o', /* frames, and events if it may control */
};

enum {
	CONTROL_MAX = 8192, /* bytes after the kind */
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
