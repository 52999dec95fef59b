/*
 * sources.h - the packet links a viewer is fed from: rd-packets(5)
 */
#ifndef VIEWER_SOURCES_H
#define VIEWER_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link.h"
#include "packets/packets.h"

enum { SOURCES_MAX = 4 };

struct sources;

struct source {
	struct sources *all;
	const char *addr;
	struct link link;
	bool video; /* it has sent video */
	bool half;  /* its pictures have half the size */
};

struct sources {
	void *arg;
	/* Packets of s may be delivered; until then it has to wait. */
	bool (*wanted)(void *arg, const struct source *s);
	void (*packet)(void *arg, const struct packet *p);
	/* All of them ended, and none is waited for. */
	void (*ended)(void *arg);

	struct loop *loop;
	bool retry;
	char bitrate[32]; /* the newest line of that, for who comes later */
	bool has_half, halved, halves; /* halves: what halved is to become */
	uint64_t picture_us;           /* when the newest was captured */
	size_t count, live;
	struct source list[SOURCES_MAX];
};

/* Add an address; false when there are SOURCES_MAX already. */
bool sources_add(struct sources *s, const char *addr);

/* Likewise, for the same pictures in half the size. */
bool sources_add_half(struct sources *s, const char *addr);

/*
 * Connect to all but those of half the size.  Negative errno, and the address
 * that failed in *addr.
 */
int sources_connect(struct sources *s, const char **addr);
void sources_close(struct sources *s);

/* Go on with those that waited and are wanted() now. */
void sources_resume(struct sources *s);

/*
 * Go over to pictures of half the size, or back: those that are left are gone
 * on with until the first key picture of the others.
 */
void sources_halve(struct sources *s, bool half);

/* Send a control line, with its newline, to those that send video. */
void sources_tell(struct sources *s, const char *line);

/* Tell them, and those connected to later, how many bit/s are to be sent. */
void sources_bitrate(struct sources *s, int64_t bitrate);

#endif
