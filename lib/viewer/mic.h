/*
 * mic.h - what a viewer's microphone hears, towards rd-sound: rd-packets(5)
 */
#ifndef VIEWER_MIC_H
#define VIEWER_MIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link.h"

enum { MIC_MAX = 1500 }; /* bytes of an Opus packet that are taken */

struct mic {
	/* Set by the caller. */
	const char *addr; /* NULL: nobody listens */
	struct loop *loop;
	bool retry;

	bool open;
	struct link link;
};

/*
 * Pass on an Opus packet of the viewer's.  The link is made with the first
 * one; what it cannot take at once is lost.
 */
void mic_send(struct mic *m, uint32_t seq, const uint8_t *opus, size_t len);
void mic_close(struct mic *m);

#endif
