/*
 * disp.h - messages of RDP's display control, [MS-RDPEDISP] 2.2
 *
 * Works on the caller's bytes: no I/O.
 */
#ifndef RDP_DISP_H
#define RDP_DISP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	DISP_MONITORS = 4,
	DISP_CAPS_SIZE = 20,
	DISP_SIZE_MIN = 200, /* pixels of a monitor, either way */
	DISP_SIZE_MAX = 8192,
	DISP_SCALE_MAX = 500, /* percent */
};

struct disp_monitor {
	int32_t left, top;
	uint16_t width, height;
	uint32_t scale; /* percent; 0: the client does not say */
};

/* How a client wants the display to be. */
struct disp_layout {
	unsigned int n; /* 0: it says nothing of that */
	struct disp_monitor monitors[DISP_MONITORS];
};

/* What the server can do. */
void disp_put_caps(struct wbuf *w);

/* Read a message: 0, or -EBADMSG when it is none or its sizes cannot be. */
int disp_decode(struct disp_layout *l, const void *data, size_t len);

#endif
