/*
 * unix.h - Unix stream sockets by path, for links and those who have their own
 *
 * All descriptors are close-on-exec and non-blocking.
 */
#ifndef LINK_UNIX_H
#define LINK_UNIX_H

#include <sys/types.h>
#include <sys/uio.h>

/* A descriptor, or negative errno. */
int unix_connect(const char *path);
/* Listen under path, which must not exist. */
int unix_listen(const char *path);
/* writev() of one buffer that passes fd along with its first byte. */
ssize_t unix_send_fd(int sock, struct iovec *iov, int fd);

#endif
