/*
 * control.h - messages between a client's process and its parent
 *
 * A message is a byte that says its kind, bytes, and descriptors; which kinds
 * there are is each tool's own.  No call waits.
 */
#ifndef GUEST_CONTROL_H
#define GUEST_CONTROL_H

#include <stddef.h>
#include <sys/types.h>

enum { CONTROL_FDS = 2 }; /* with one message, at most */

/* A pair of sockets, close-on-exec and not blocking; negative errno. */
int control_pair(int fds[2]);

/*
 * Send len bytes from p, which may be NULL when there are none, and at most
 * CONTROL_FDS descriptors, which stay ours.  kind is below 256.  0, or
 * negative errno: -EAGAIN when nobody reads.
 */
int control_send(int sock, unsigned int kind, const void *p, size_t len,
    const int *fds, size_t nfds);

/*
 * The next message: its kind, and its length in p, size bytes, beyond which it
 * is cut off; descriptors that came along are the caller's, -1 where there is
 * none.  -EAGAIN when there is no message, -EPIPE at the end, or another
 * negative errno; then nothing was written.
 */
ssize_t control_receive(
    int sock, unsigned int *kind, void *p, size_t size, int fds[CONTROL_FDS]);

#endif
