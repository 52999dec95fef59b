/*
 * sound.h - what is heard at the display, for a client that can play it
 *
 * As it is, PCM of 48 kHz, by the library's server of [MS-RDPEA], to clients
 * that know that of Windows 8.  When a client has not confirmed a second of it
 * what comes is too late, and dropped.
 */
#ifndef RD_RDP_SOUND_H
#define RD_RDP_SOUND_H

#include <freerdp/server/rdpsnd.h>

#include "link/link.h"

enum {
	SOUND_BLOCK = 1920,           /* bytes: CODEC_PCM */
	SOUND_SENT = 4 * SOUND_BLOCK, /* 40 ms */
};

struct sound;

struct sound_ops {
	void (*wanted)(struct sound *s); /* the client plays what is attached */
	void (*gone)(struct sound *s);   /* nobody sends any: attach again */
	void (*broken)(struct sound *s); /* the client broke the channel */
};

struct sound {
	void *arg;
	const struct sound_ops *ops;
	struct loop *loop;
	struct link link;
	bool attached;
	bool wanted; /* the client plays this one of its formats: */
	uint16_t format;
	uint64_t last_us; /* the last block's time */
	size_t len;       /* of what waits for more */
	uint8_t queue[SOUND_SENT];

	RdpsndServerContext *server; /* NULL: not open */
	struct loop_watch watch;
	uint8_t confirmed; /* the number of a block */
};

/* The client of this manager is asked; it may have no such channel. */
void sound_open(struct sound *s, struct loop *loop, void *manager,
    const struct sound_ops *ops, void *arg);

/* fd is taken over; negative errno on failure. */
int sound_attach(struct sound *s, int fd);
void sound_close(struct sound *s);

#endif
