/*
 * link_priv.h - what driving a stream and finding one share
 */
#ifndef LINK_LINK_PRIV_H
#define LINK_LINK_PRIV_H

#include "link/link.h"

/* A link without a stream yet.  -ENOMEM; then link_close() it. */
int link_prepare(
    struct link *l, struct loop *loop, const struct link_config *c);

/*
 * Put a fresh stream into a prepared link, and call up().  Negative errno on
 * failure, and then it is closed.
 */
int link_attach(struct link *l, int rfd, int wfd);

/* Tell the owner that the stream is gone; then connect again if asked to. */
void link_lost(struct link *l, int err);

/*
 * Connect now, and leave it to inotify when there is nobody to connect to; what
 * passes by itself, a full queue or no descriptors, is tried by the clock.
 */
void link_retry(struct link *l);

#endif
