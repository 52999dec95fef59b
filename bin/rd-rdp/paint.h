/*
 * paint.h - how a picture gets to the client
 *
 * By the graphics pipeline where the client has it, else by bitmap updates;
 * always exactly as it is.  One frame at a time: the next is begun, with what
 * is newest then, when the connection has taken the last, and the client has
 * acknowledged those before.
 */
#ifndef RD_RDP_PAINT_H
#define RD_RDP_PAINT_H

#include <freerdp/codec/interleaved.h>
#include <freerdp/codec/planar.h>
#include <freerdp/peer.h>

#include "channel.h"
#include "rdp/gfx.h"
#include "screen.h"

enum {
	PAINT_TILE = 64,  /* pixels each way, of a bitmap update */
	PAINT_TILES = 32, /* in one update */
	PAINT_BAND = 64,  /* rows of a picture in the pipeline */
	PAINT_WINDOW = 2, /* frames that are not acknowledged */
};

enum paint_way {
	PAINT_NOT, /* not known yet */
	PAINT_BITMAPS,
	PAINT_PIPELINE,
};

struct paint {
	freerdp_peer *peer;
	struct screen *screen;
	enum paint_way way;
	BITMAP_PLANAR_CONTEXT *planar, *plain;
	BITMAP_INTERLEAVED_CONTEXT *interleaved;

	/* Bitmap updates. */
	BITMAP_DATA tiles[PAINT_TILES];
	uint8_t tile_bytes[PAINT_TILES][PAINT_TILE * PAINT_TILE * 4 + 64];
	unsigned int ntiles;
	size_t bytes; /* of those tiles */

	/* The pipeline. */
	struct channel *channel;
	bool has_surface, unasked, avc420;
	uint16_t surface_w, surface_h;
	uint32_t frame, acked;
	uint8_t *flipped, *coded, *out; /* for a band of the surface */
	size_t out_size;
	uint8_t *unit; /* what goes before H.264, and it */
	size_t unit_size;
};

/* Before the sandbox; negative errno on failure. */
int paint_open(struct paint *p, freerdp_peer *peer, struct channel *channel,
    struct screen *screen);
void paint_close(struct paint *p);

/* What the pipeline's channel received. */
int paint_message(struct paint *p, const uint8_t *data, size_t len);

/* May another frame be begun? */
bool paint_ready(const struct paint *p);

/* Is there one of the screen's size?  The first of its units is a key. */
bool paint_has_surface(const struct paint *p);

/*
 * Send an access unit of H.264, of len bytes, to a client that has avc420.
 * Negative errno on failure.
 */
int paint_unit(struct paint *p, const uint8_t *data, size_t len);

/* Send what is dirty, all of it.  Negative errno on failure. */
int paint_send(struct paint *p);

#endif
