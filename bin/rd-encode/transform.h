/*
 * transform.h - blocks of pixels into levels and back
 *
 * ITU-T H.264 section 8.5, for 4x4 blocks without scaling matrices, their
 * coefficients column by column.  Works in the caller's memory, no I/O.
 */
#ifndef ENCODE_TRANSFORM_H
#define ENCODE_TRANSFORM_H

#include <stdbool.h>
#include <stdint.h>

/* How coefficients become levels and come back, by their place in a block. */
struct quantiser {
	uint16_t factor[16], bias[16];
	int16_t scale[16];
	int16_t nothing[16]; /* greatest coefficients whose levels are 0 */
};

/* For qp 0 to 51; chroma's is quantiser_chroma() of luma's. */
void quantiser_init(struct quantiser *q, int qp);
int quantiser_chroma(int qp);

/*
 * The coefficients of to - from in two blocks side by side.  A bit for each
 * that has levels with q.
 */
unsigned int transform_forward(int16_t c[2][16], const uint8_t *to,
    const uint8_t *from, int stride, const struct quantiser *q);

/* Add what decoders make of the coefficients c to pixels. */
void transform_inverse(uint8_t *pixels, int stride, const int16_t c[16]);

/*
 * Coefficients c into levels, in the order of the zigzag, and into what
 * decoders make of these.  How many levels are not zero; if none, the levels
 * are not written.
 */
uint8_t transform_quantise(
    int16_t c[16], int16_t level[16], const struct quantiser *q);

/*
 * The same for the first coefficients of 4 blocks of chroma or the 16 of luma
 * (Intra16x16), from the left, then down.  false when all levels are zero;
 * they are written all the same.
 */
bool transform_dc(int16_t *c, int16_t *level, int n, const struct quantiser *q);

#endif
