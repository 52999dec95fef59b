/*
 * h264.h - pictures into H.264 access units
 *
 * Constrained Baseline, Annex B, no delay: every picture given is one access
 * unit at once, referring to the one before unless it is a key picture (IDR,
 * with its parameter sets).  The quantiser of each is the caller's choice.
 *
 * x264 encodes them, but for small changes and what scrolls, which are patches
 * (patch.h).  Some are kept (keep.h), for one to refer to that comes after
 * others got lost.
 */
#ifndef ENCODE_H264_H
#define ENCODE_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "convert.h"
#include "keep.h"
#include "patch.h"

enum {
	/*
	 * Above 51, which is H.264's last, x264 leaves out ever more detail,
	 * and 52 takes half the bits of 51 and often of 44.
	 */
	H264_QP_MAX = 58,
	/*
	 * Macroblocks: what changes more may move, which patches find only
	 * when all scrolls.
	 */
	H264_SMALL_MAX = 160,
	H264_PATCH_BYTES = 256 << 10,
};

struct x264_t;

struct h264 {
	struct x264_t *x264;
	int64_t pts;
	bool far; /* what h264_search() said */
	int qp;   /* of x264's last picture */

	struct patch *patch; /* NULL: x264 encodes all */
	struct patch_target target;
	unsigned int frame_num;
	uint8_t *level; /* quantiser of each macroblock as it is now */
	uint8_t *fine;  /* by macroblock: 0 if it is to be refined, else 1 */
	uint8_t *unit;  /* what is not x264's own, of unit_size */
	size_t unit_size;
	struct keep keep; /* if there are patches */
	uint32_t seq; /* the caller's name for the next picture; they rise */
};

struct h264_unit {
	const uint8_t *data; /* valid until the next picture */
	size_t len;
	bool key;
	bool patch;
};

/*
 * An encoder for pictures of p's size, at most fps of them per second, warmed
 * up.  -EINVAL when x264 refuses, -ENOMEM; then h is closed.
 */
int h264_open(struct h264 *h, struct picture *p, int fps);
/* Also when it was never opened, if all zero. */
void h264_close(struct h264 *h);

/* Look for motion far away, as at first, or only nearby. */
void h264_search(struct h264 *h, bool far);

/* True when so little changed in p that a patch is best at any quantiser. */
bool h264_is_small(const struct h264 *h, const struct picture *p);

/*
 * Encode p; what changed in it is coded then.  x264 visits what did not
 * change only when qp is lower than its picture's before; then it improves
 * what it can.  -EIO on failure.
 */
int h264_encode(
    struct h264 *h, struct picture *p, int qp, bool key, struct h264_unit *u);

/* The newest picture is to be kept. */
void h264_keep(struct h264 *h);

/*
 * The picture named seq got lost, and maybe all after it: have the next,
 * h264_encode()'s and not a key picture, refer to the newest kept before;
 * what differs from that counts as changed in p.  *from is the newest picture
 * that decoders need for it.  -ENOENT when there is none.
 */
int h264_return(
    struct h264 *h, uint32_t seq, struct picture *p, uint32_t *from);

/*
 * Improve p, which has not changed, with about so many bytes, from the top:
 * first what is coarser than good, to that, then all to fine.  1, or 0 when
 * nothing is left to improve then; -ENOTSUP when there are no patches.
 */
int h264_refine(struct h264 *h, struct picture *p, int good, int fine,
    size_t bytes, struct h264_unit *u);

#endif
