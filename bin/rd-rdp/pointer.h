/*
 * pointer.h - the pointer, whose shape the client draws itself
 */
#ifndef RD_RDP_POINTER_H
#define RD_RDP_POINTER_H

#include <freerdp/peer.h>

#include "guest/shape.h"

struct pointer {
	uint16_t w, h, xhot, yhot; /* w 0: it is hidden */
	uint32_t argb[SHAPE_PIXELS];
	bool changed; /* the client does not know yet */
};

/* Take the shape of this line, which is of the cursor. */
void pointer_take(struct pointer *p, const struct frames_line *l);

/*
 * Send the shape, smaller by a whole factor if the client takes none as large.
 * Negative errno on failure.
 */
int pointer_send(struct pointer *p, freerdp_peer *peer);

#endif
