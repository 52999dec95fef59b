/*
 * encoder.h - pixels of a rectangle as bytes of one encoding
 *
 * RFC 6143 section 7.7.  The caller cuts what changed into pieces that an
 * encoder takes, and gives each a buffer that is large enough for it; what
 * has to last as long as the connection, such as a stream of zlib, is the
 * encoder's state.  No I/O; memory is allocated at open only.
 *
 * To add an encoding: an encoder in a file of its own, and a line in
 * encoders.c, where they are in order of preference for equal wishes.
 */
#ifndef RFB_ENCODER_H
#define RFB_ENCODER_H

#include "base/buf.h"
#include "frames/region.h"
#include "rfb/format.h"

enum rfb_encoding {
	RFB_RAW = 0,
	RFB_COPYRECT = 1,
	RFB_HEXTILE = 5,
	RFB_ZLIB = 6,
	RFB_TIGHT = 7,
	RFB_TRLE = 15,
	RFB_ZRLE = 16,
	RFB_JPEG = 21,
	RFB_VIDEO = 50, /* Open H.264: no encoder makes it of pixels */
};

enum {
	RFB_RECT_HEADER = 12,    /* bytes */
	RFB_PIECE_AREA = 1 << 17 /* pixels of a piece, at most, */
};

/* What is seen, as rd-frames(5) has it: pixels of 4 bytes, from blue on. */
struct rfb_picture {
	const uint8_t *pixels; /* the top left one */
	size_t stride;         /* bytes from one row to the next */
	uint16_t width, height;
};

/* How many pixels of a JPEG share their hue, as in its pseudo-encodings. */
enum rfb_hues {
	RFB_HUES_ALL,
	RFB_HUES_QUARTER,
	RFB_HUES_HALF,
	RFB_HUES_NONE,
};

/* What the client said about how it wants its pixels. */
struct rfb_wish {
	struct rfb_format format;
	int compress; /* 0 to 9; -1: it did not say */
	int quality;  /* of what is lossy, 1 to 100; -1: lossless only */
	enum rfb_hues hues;
	bool splits; /* it takes several rectangles for a piece */
	/*
	 * For pieces that are made elsewhere and put between others: apart,
	 * none refers to one before it; bare, streams have no heads either.
	 * Which streams a piece goes on with is noted in *streams, if there
	 * is one, by a bit for each.
	 */
	bool apart, bare;
	uint8_t *streams;
};

struct rfb_written {
	unsigned int rects;
	bool lossy; /* any of them */
};

struct rfb_encoder {
	int32_t encoding;
	/*
	 * A piece is at most so wide, and as high as RFB_PIECE_AREA allows in
	 * multiples of rows, but for the last one; width * rows is no more.
	 */
	uint16_t width, rows;
	/*
	 * Bytes of the state, 0 if there is none.  open makes it of zeros,
	 * unless they will do and both are NULL; negative errno on failure,
	 * with nothing to close.
	 */
	size_t state;
	int (*open)(void *state);
	void (*close)(void *state);
	/*
	 * Most bytes a piece of so many pixels, of at most 4 bytes each, takes
	 * with its RFB_RECT_HEADERs.
	 */
	size_t (*bound)(void *state, size_t pixels);
	/*
	 * Write r, which lies within the picture, as one or more rectangles,
	 * which out has room for.  More than one only if splits, and then only
	 * if the wish has it too.
	 */
	struct rfb_written (*encode)(void *state, const struct rfb_picture *p,
	    struct rect r, const struct rfb_wish *wish, struct wbuf *out);
	bool splits;
	bool lossy; /* always: of use only with a quality */
};

extern const struct rfb_encoder rfb_raw, rfb_hextile, rfb_zlib, rfb_tight,
    rfb_trle, rfb_zrle, rfb_jpeg;

/* The encoder of an encoding, NULL if there is none. */
const struct rfb_encoder *rfb_encoder_of(int32_t encoding);

/* The encoders of one connection; all zero at first. */
enum { RFB_ENCODERS = 7 };
struct rfb_encoders {
	void *states[RFB_ENCODERS];
};

/* Get ready to encode with e, once; negative errno on failure. */
int rfb_encoders_open(struct rfb_encoders *all, const struct rfb_encoder *e);
void rfb_encoders_close(struct rfb_encoders *all);

size_t rfb_encoders_bound(
    struct rfb_encoders *all, const struct rfb_encoder *e, size_t pixels);
/* As rfb_encoder.encode. */
struct rfb_written rfb_encode(struct rfb_encoders *all,
    const struct rfb_encoder *e, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out);

/* The head of every rectangle. */
void rfb_rect(struct wbuf *w, struct rect r, int32_t encoding);

/* What is in r was at x, y before: a whole rectangle. */
void rfb_copyrect(struct wbuf *w, struct rect r, uint16_t x, uint16_t y);

/* The pieces of a region, one after the other. */
struct rfb_pieces {
	const struct region *region;
	const struct rfb_encoder *encoder;
	unsigned int rect;
	uint16_t x, y; /* within it */
};

/* The next one; false at the end. */
bool rfb_pieces_next(struct rfb_pieces *p, struct rect *r);
/* How many are to come. */
unsigned int rfb_pieces_left(struct rfb_pieces p);

#endif
