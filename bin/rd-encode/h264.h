/*
 * h264.h - pictures into H.264 access units, by x264
 *
 * Constrained Baseline, Annex B, no delay: every picture given is one access
 * unit at once, referring to the one before unless it is a key picture (IDR,
 * with its parameter sets).  The quantiser of each is the caller's choice.
 */
#ifndef ENCODE_H264_H
#define ENCODE_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "convert.h"

enum {
	H264_QP_MAX = 51, /* and down to 11 x264 does as it is told */
	H264_MB = 16,     /* pixels, either way, of a macroblock */
};

struct x264_t;

struct h264 {
	struct x264_t *x264;
	int64_t pts;
	bool far;                /* what h264_search() said */
	int mb_width, mb_height; /* size in macroblocks */
	uint8_t *flags;          /* of each macroblock */
};

struct h264_unit {
	const uint8_t *data; /* valid until the next picture */
	size_t len;
	bool key;
};

/*
 * An encoder for pictures of p's size, at most fps of them per second, warmed
 * up.  -EINVAL when x264 refuses, -ENOMEM; then h is closed.
 */
int h264_open(struct h264 *h, const struct picture *p, int fps);
/* Also when it was never opened, if all zero. */
void h264_close(struct h264 *h);

/* Macroblocks that may differ from the picture before. */
void h264_mark(struct h264 *h, const struct region *damage);

/* Look for motion far away, as at first, or only nearby. */
void h264_search(struct h264 *h, bool far);

/*
 * Encode p, in which nothing but what is marked changed.  The encoder visits
 * what is not marked only when qp is lower than the picture's before; then it
 * improves what it can.  The marks are gone afterwards.  -EIO on failure.
 */
int h264_encode(struct h264 *h, const struct picture *p, int qp, bool key,
    struct h264_unit *u);

#endif
