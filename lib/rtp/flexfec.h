/*
 * flexfec.h - parity of RTP packets, from which lost ones can be made again
 *
 * draft-ietf-payload-flexible-fec-scheme-03, which browsers call flexfec-03:
 * a repair packet is the exclusive or of some packets of one stream.  They are
 * laid out in rows, nearly as many as a row is long, and each row and column
 * has one: so nothing is missing unless at least three packets of a block
 * are, and of them the wrong ones.
 *
 * Caller's memory, no allocation, no I/O.
 */
#ifndef RTP_FLEXFEC_H
#define RTP_FLEXFEC_H

#include "rtp/rtp.h"

enum {
	FLEXFEC_MAX = 100, /* packets of a block; a mask has 109 bits */
	/*
	 * A repair packet is at most so much longer than the longest packet:
	 * its own extensions may be as long as all of that one.
	 */
	FLEXFEC_HEADER = 32,
};

struct flexfec {
	struct {
		const uint8_t *data;
		size_t len;
	} packets[FLEXFEC_MAX];
	unsigned int count;
};

/*
 * Add the next packet of the stream, in order and without a gap, to a block
 * that was all zero at first.  pkt is borrowed until its last
 * flexfec_encode(), and as rtp_commit() left it: viewers, too, take what
 * rtp_stamp() writes for zero.  False when it is full.
 */
bool flexfec_add(struct flexfec *f, const void *pkt, size_t len);

/* How many repair packets the block has. */
unsigned int flexfec_repairs(const struct flexfec *f);

/*
 * Write the i-th one as the next packet of the stream s, sent at us, to out,
 * and count it.  Returns its length, -ENOSPC when size is less.
 */
ssize_t flexfec_encode(const struct flexfec *f, unsigned int i,
    struct rtp_stream *s, int64_t us, void *out, size_t size);

#endif
