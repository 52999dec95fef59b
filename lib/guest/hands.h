/*
 * hands.h - what a guest does, on the way to rd-input, and what that says back
 *
 * rd-events(5) on a Unix socket.  Whose link ends has its keys and buttons
 * released.
 */
#ifndef GUEST_HANDS_H
#define GUEST_HANDS_H

#include "events/events.h"
#include "link/link.h"

struct hands;

struct hands_ops {
	/* rd-input says it; what it points to is borrowed.  May be NULL. */
	void (*said)(struct hands *h, const struct event *e);
	void (*gone)(struct hands *h); /* nobody takes events: attach again */
};

struct hands {
	void *arg;
	bool attached; /* not for a guest that only views */
	/* The library's own: */
	const struct hands_ops *ops;
	struct link link;
	uint8_t out[EVENT_MAX];
};

/* fd is taken over; negative errno on failure. */
int hands_attach(struct hands *h, struct loop *loop, int fd,
    const struct hands_ops *ops, void *arg);
/* Also of one that is zero. */
void hands_close(struct hands *h);

/*
 * Say e, when somebody takes events.  That one is lost, as they are not taken
 * fast enough, is warned of.
 */
void hands_tell(struct hands *h, const struct event *e);

#endif
