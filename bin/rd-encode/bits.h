/*
 * bits.h - the bits of one NAL unit, in and out
 *
 * ITU-T H.264 sections 7.3.1 and 9.1.  Bytes that keep start codes out of a
 * NAL unit (emulation prevention) come and go unseen.  Sticky as buf.h is:
 * look at bytes.bad when done.  Caller's memory, no I/O.
 */
#ifndef ENCODE_BITS_H
#define ENCODE_BITS_H

#include "base/buf.h"

struct bits {
	struct wbuf bytes;
	uint64_t held;      /* the last bits of it are not in bytes yet, */
	unsigned int count; /* namely so many, less than 32 */
	unsigned int zeros; /* that bytes ends with */
};

struct bits_in {
	struct rbuf bytes;
	unsigned int held, count, zeros;
};

/* Whole bytes of what is held go to bytes. */
static inline void
bits_flush(struct bits *b)
{
	while (b->count >= 8) {
		uint8_t v = (uint8_t)(b->held >> (b->count -= 8));

		if (b->zeros >= 2 && v <= 3) {
			wbuf_u8(&b->bytes, 3);
			b->zeros = 0;
		}
		wbuf_u8(&b->bytes, v);
		b->zeros = v ? 0 : b->zeros + 1;
	}
}

/* The last n bits of v, n at most 32; the others are zero. */
static inline void
bits_put(struct bits *b, uint32_t v, unsigned int n)
{
	b->held = b->held << n | v;
	b->count += n;
	if (b->count >= 32)
		bits_flush(b);
}

/* v is not the greatest. */
static inline void
bits_put_ue(struct bits *b, uint32_t v)
{
	unsigned int n = 32 - (unsigned int)__builtin_clz(v + 1);

	bits_put(b, 0, n - 1);
	bits_put(b, v + 1, n);
}

static inline void
bits_put_se(struct bits *b, int32_t v)
{
	bits_put_ue(b, (uint32_t)(v > 0 ? 2 * v - 1 : -2 * v));
}

/* The stop bit, and zeros up to a whole byte. */
static inline void
bits_end(struct bits *b)
{
	bits_put(b, 1, 1);
	bits_put(b, 0, -b->count & 7);
	bits_flush(b);
}

static inline unsigned int
bits_take(struct bits_in *b, unsigned int n)
{
	unsigned int v = 0;

	for (; n; n--) {
		if (b->count == 0) {
			b->held = rbuf_u8(&b->bytes);
			if (b->zeros >= 2 && b->held == 3) {
				b->zeros = 0;
				b->held = rbuf_u8(&b->bytes);
			}
			b->zeros = b->held ? 0 : b->zeros + 1;
			b->count = 8;
		}
		v = v << 1 | (b->held >> --b->count & 1);
	}
	return v;
}

static inline unsigned int
bits_take_ue(struct bits_in *b)
{
	unsigned int zeros = 0;

	while (!b->bytes.bad && !bits_take(b, 1))
		if (++zeros > 31)
			b->bytes.bad = true;
	return b->bytes.bad ? 0 : (1u << zeros) - 1 + bits_take(b, zeros);
}

static inline int
bits_take_se(struct bits_in *b)
{
	unsigned int v = bits_take_ue(b);

	return v & 1 ? (int)(v / 2 + 1) : -(int)(v / 2);
}

#endif
