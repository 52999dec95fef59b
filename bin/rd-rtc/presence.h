/*
 * presence.h - whether the viewer is still there, and where
 *
 * RFC 7675 section 5.1: who is not known to be there for 30 s is sent nothing
 * more.  libnice's checks, 5 s apart, do not tell soon enough and may get lost
 * in a row; who receives media, though, reports every few seconds (RFC 3550
 * section 6.2), by packets that only the viewer can have made.
 */
#ifndef RD_RTC_PRESENCE_H
#define RD_RTC_PRESENCE_H

#include "base/loop.h"
#include "ice.h"
#include "media.h"

enum {
	PRESENCE_SILENT_US = 10000000, /* then nothing is sent any more */
	PRESENCE_GONE_US = 20000000,   /* and after so long it is over */
};

struct presence {
	/* Set by the caller; ice and media when they are there. */
	void *arg;
	/* The viewer is silent, or ice has no way to it. */
	void (*lost)(void *arg);
	/* And has been for too long. */
	void (*gone)(void *arg);
	struct loop *loop;
	struct ice *ice;
	const struct media *media;
	/* Our own: */
	bool silent;
	int64_t heard_us;
	struct loop_timer silent_timer, gone_timer;
};

/* A way to the viewer was found, for the first time or again. */
void presence_found(struct presence *p);
/* Something authentic came from it. */
void presence_heard(struct presence *p);
/* No way leads to it. */
void presence_lose(struct presence *p);
/* It does not matter any more. */
void presence_close(struct presence *p);

#endif
