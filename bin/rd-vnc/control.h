/*
 * control.h - what a client's process and its parent have to say to each other
 *
 * The parent alone knows the passwords and opens what the client is shown and
 * may do; the process that reads what a stranger sends has neither.
 */
#ifndef RD_VNC_CONTROL_H
#define RD_VNC_CONTROL_H

#include "guest/control.h"

enum control_kind {
	/* From the client's process: */
	CONTROL_CHOSEN = 'c', /* how it will be proven: now it may take time */
	CONTROL_FREE = 'f',   /* nothing is to be proven here */
	CONTROL_RESPONSE = 'r', /* to the challenge */
	CONTROL_PASSWORD = 'p', /* in full */
	CONTROL_ENTERED = 'e',  /* a byte: whether it shares */
	CONTROL_LINKS = 'l',    /* open frames, and events */
	CONTROL_LISTEN = 'i',   /* open sound */
	CONTROL_WATCH = 'v',    /* open video */
	/* From the parent: */
	CONTROL_WELCOME = 'w', /* a byte: whether it may control */
	CONTROL_NO = 'n',      /* why not, as text */
	CONTROL_OPENED = 'o',  /* frames, and events if it may control */
	CONTROL_SOUND = 'u',   /* it */
	CONTROL_VIDEO = 'm',   /* likewise */
	CONTROL_TILES = 't',   /* who encodes for several, and the memory; */
			       /* and to that one a client's socket */
	/* Between those two: tiles.h. */
	CONTROL_WISH = 'q',
	CONTROL_SHARED = 's', /* a byte: several have this wish */
	CONTROL_WANT = 'a',
	CONTROL_HAVE = 'h',
};

enum { CONTROL_MAX = 512 }; /* bytes after the kind */

#endif
