/*
 * zstream.h - a stream of zlib that lasts as long as a connection
 *
 * Pieces of it, each with its length in front, that can be read whole at the
 * other end: RFC 6143 sections 7.7.6 and 7.7.5, and Tight.  While pieces hardly
 * get shorter, which takes zlib longest, no repetitions are looked for, unless
 * as few bytes as possible are wanted.  Memory is allocated at open only.
 */
#ifndef RFB_ZSTREAM_H
#define RFB_ZSTREAM_H

#include <stdbool.h>
#include <zlib.h>

#include "base/buf.h"
#include "rfb/encoder.h"

struct zstream {
	z_stream z;
	int level, strategy;
	unsigned int number; /* of the encoder's streams */
	bool compact;        /* lengths are, as in Tight; set by the caller */
	bool begun;          /* its head is written */
	bool hard;           /* the last piece hardly got shorter */
	size_t start;        /* of the piece, within what it is written to */
	uLong from;          /* bytes that came before it */
};

/* As of rfb_encoder, for a state that a stream is at the front of. */
int zstream_open(void *stream);
void zstream_close(void *stream);

/* A length as Tight has it, in three bytes, though fewer might do. */
void zstream_put_compact(struct wbuf *out, size_t len);

/* What a piece of so many bytes takes at most. */
size_t zstream_bound(struct zstream *s, size_t len);

/*
 * Write a piece to out, which has room for it, part by part, as it is wished
 * for.
 */
void zstream_begin(
    struct zstream *s, struct wbuf *out, const struct rfb_wish *wish);
void zstream_put(
    struct zstream *s, struct wbuf *out, const void *p, size_t len);
void zstream_end(struct zstream *s, struct wbuf *out);

#endif
