/*
 * patch.h - small changes of a picture into H.264, between x264's pictures
 *
 * A patch is a P slice of our own: each changed macroblock is the one of the
 * picture before, at the same place or scrolled, plus a residual; all others
 * are skipped.
 * So its cost follows the change, where x264 visits every macroblock.  The
 * picture before is x264's reconstruction, in the last x264_picture_t that
 * x264_encoder_encode() filled, which is what x264 predicts from next; the
 * patch is written into it as decoders will see it.  Patches count, so x264's
 * later slices must be given other numbers.
 *
 * ITU-T H.264, Baseline, CAVLC.  Memory is allocated at open only; no I/O.
 */
#ifndef ENCODE_PATCH_H
#define ENCODE_PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "convert.h"
#include "target.h"

struct patch;

enum { PATCH_KEPT = 3 }; /* pictures that decoders may be told to keep */

/*
 * Which picture a slice is of the difference to, and what to do with it: kept
 * ones are called 1 to PATCH_KEPT.
 */
struct patch_refs {
	int from;   /* 0: the one before */
	int keep;   /* as which to keep the one before, if not 0 */
	bool first; /* none were kept yet */
};

struct patch_source {
	const struct picture *picture;
	const uint8_t *constant; /* by macroblock; 0 says it may differ */
	int qp;                  /* 0 to 51 */
	unsigned int frame_num;  /* the last one's plus one; an IDR's is 0 */
	size_t enough; /* bytes, after which the rest is left; 0: all */
	/*
	 * What changed is for the most part what was so many rows further
	 * down; 0 if not, or when some bytes are enough.
	 */
	int scroll;
	struct patch_refs refs;
};

/* For pictures of so many macroblocks.  -ENOMEM; then *p is NULL. */
int patch_open(struct patch **p, int mb_width, int mb_height);
void patch_close(struct patch *p);

/*
 * Read x264's parameter sets, behind their start codes; before all that
 * follows.  -ENOTSUP when patches do not go with them, -EBADMSG when they are
 * none.
 */
int patch_learn(struct patch *p, const uint8_t *sps, size_t sps_len,
    const uint8_t *pps, size_t pps_len);

/*
 * Encode what of s is not constant as one access unit in out, and bring t, the
 * picture before, up to it.  The length, also when nothing differs.  Costs a
 * memchr() over the flags, then what is not constant.  When it fails, t is as
 * before: -ENOSPC when more than size bytes would be needed; -EDOM when t's
 * outermost rows or columns would change and it has no margin.  Blocks of 4x4
 * wholly outside of s's picture stay as they are.
 */
ssize_t patch_encode(struct patch *p, const struct patch_source *s,
    const struct patch_target *t, uint8_t *out, size_t size);

/*
 * The first macroblock that the last patch left because it had enough bytes;
 * the number of all when it did not.
 */
int patch_next(const struct patch *p);

/* How many there are of frame_num. */
unsigned int patch_frame_nums(const struct patch *p);

/*
 * Pictures may be missing: say so (gaps_in_frame_num_value_allowed_flag) in
 * x264's parameter set at sps, which patch_learn() has read before.
 */
void patch_allow_gaps(const struct patch *p, uint8_t *sps);

/*
 * Write the P slice of x264's at nal, as for patch_renumber(), to out with
 * another frame_num and refs.  The length, -ENOSPC or -EBADMSG.
 */
ssize_t patch_refer(const struct patch *p, const uint8_t *nal, size_t len,
    unsigned int frame_num, const struct patch_refs *refs, uint8_t *out,
    size_t size);

/*
 * Give another frame_num, which may be too large by multiples of its modulus,
 * to a P slice of x264's: the first NAL unit in nal, behind its start code.
 * What that does to emulation prevention is made up for by one zero more or
 * less in the start code, so the length stays.  -ENOSPC when a start code of
 * three bytes would have to give one, -EBADMSG when it is no such slice; then
 * nothing has changed.
 */
int patch_renumber(
    const struct patch *p, uint8_t *nal, size_t len, unsigned int frame_num);

#endif
