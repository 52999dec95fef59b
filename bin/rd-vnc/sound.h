/*
 * sound.h - what is heard at the display, for a client that asked for it
 */
#ifndef RD_VNC_SOUND_H
#define RD_VNC_SOUND_H

#include "link/link.h"
#include "rfb/message.h"
#include "rfb/sound.h"

enum {
	SOUND_QUEUE = 1 << 17, /* bytes: 85 ms of the longest samples */
	SOUND_HEAD = 8,        /* bytes before those that are sent */
};

struct sound;

struct sound_ops {
	void (*heard)(struct sound *s); /* there is some to send */
	void (*gone)(struct sound *s);  /* nobody sends any: attach again */
};

struct sound {
	void *arg;
	const struct sound_ops *ops;
	struct link link;
	bool attached;
	bool wanted, begun; /* by the client, and it was told so */
	struct rfb_sound form;
	size_t len; /* of what waits: it is dropped when it gets old */
	uint8_t queue[SOUND_QUEUE];
};

/* fd is taken over; negative errno on failure. */
int sound_attach(struct sound *s, struct loop *loop, int fd,
    const struct sound_ops *ops, void *arg);
void sound_close(struct sound *s);

/* What the client says of it; -EBADMSG when that cannot be. */
int sound_take(struct sound *s, const struct rfb_message *m);

#endif
