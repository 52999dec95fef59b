/*
 * target.h - the picture before, which a patch predicts from and is written to
 *
 * NV12 of whole macroblocks, as x264 keeps it, reached by macroblock.  No I/O.
 */
#ifndef ENCODE_TARGET_H
#define ENCODE_TARGET_H

#include <stdint.h>

enum {
	MB_SIZE = 16,                          /* pixels, either way */
	MB_HALF = MB_SIZE / 2,                 /* of chroma */
	MB_CB = MB_SIZE * MB_SIZE,             /* where among the pixels */
	MB_CR = MB_CB + MB_HALF * MB_HALF,     /* these begin */
	MB_PIXELS = MB_CR + MB_HALF * MB_HALF, /* luma, then Cb, then Cr */
};

/*
 * Around it is a margin of so many pixels of luma that repeat the outermost
 * ones; without one these cannot change.
 */
struct patch_target {
	uint8_t *luma, *chroma;
	int luma_stride, chroma_stride; /* bytes */
	int margin;
};

/* Macroblocks from left to right and top to bottom, these two not included. */
struct mb_box {
	int left, top, right, bottom;
};

/* The pixels of luma, and pairs of chroma, where a macroblock begins. */
uint8_t *target_luma(const struct patch_target *t, int mb_x, int mb_y);
uint8_t *target_chroma(const struct patch_target *t, int mb_x, int mb_y);

/*
 * A macroblock as decoders predict it from so many rows of luma further down,
 * section 8.4.2.2: t must have these rows.
 */
void target_load(uint8_t pixels[MB_PIXELS], const struct patch_target *t,
    int mb_x, int mb_y, int rows);
void target_store(const uint8_t pixels[MB_PIXELS], const struct patch_target *t,
    int mb_x, int mb_y);

/* What is in a box from one to the other, of the same size. */
void target_copy(const struct patch_target *to, const struct patch_target *from,
    const struct mb_box *box);

/*
 * Into the margin, if it is one of the outermost of a picture of mb_width x
 * mb_height.
 */
void target_repeat(const struct patch_target *t, int mb_x, int mb_y,
    int mb_width, int mb_height);

#endif
