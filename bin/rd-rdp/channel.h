/*
 * channel.h - a channel to the client, message by message
 */
#ifndef RD_RDP_CHANNEL_H
#define RD_RDP_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"

struct channel;

struct channel_ops {
	size_t max; /* bytes of a message; one that is longer breaks it */
	void (*made)(struct channel *c); /* dynamic: it can be written to */
	void (*message)(struct channel *c, const uint8_t *data, size_t len);
	/* The client has none, or not any more, or broke it: it is closed. */
	void (*gone)(struct channel *c);
};

struct channel {
	void *arg;
	const struct channel_ops *ops;
	struct loop *loop;
	void *handle; /* the library's; NULL: it is not open */
	struct loop_watch watch;
};

/*
 * Ask the client of that manager, which has said that there can be some, for
 * the channel of this name.  What becomes of it the library tells, for all
 * channels of a manager: channel_answered().  Negative errno on failure.
 */
int channel_open_dynamic(struct channel *c, struct loop *loop, void *manager,
    const char *name, const struct channel_ops *ops, void *arg);
/*
 * One of those that the client named when it connected; -ENOENT when it did
 * not name this.  It can be written to at once.
 */
int channel_open_static(struct channel *c, struct loop *loop, void *manager,
    const char *name, const struct channel_ops *ops, void *arg);
void channel_close(struct channel *c);
/* The client broke it: close it and say so. */
void channel_drop(struct channel *c);

/* Is it the one of this number?  Then the client has made it, or has not. */
bool channel_answered(struct channel *c, uint32_t id, bool good);

/* In one message; negative errno on failure. */
int channel_write(struct channel *c, const void *data, size_t len);

#endif
