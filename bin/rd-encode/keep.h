/*
 * keep.h - pictures that decoders keep, to go on from when later ones got lost
 *
 * ITU-T H.264 sections 8.2.4.2 and 8.2.5: three long-term references, of which
 * the oldest gives way.  A picture is kept by what the slice header of the next
 * one says; what x264 predicted from is copied meanwhile, so that it can be
 * made to predict from it again.  All are there from the third picture
 * behind an IDR on, so that the one short-term reference besides is the
 * picture before, even for a decoder that misses some.
 *
 * Memory is allocated at open only; no I/O.
 */
#ifndef ENCODE_KEEP_H
#define ENCODE_KEEP_H

#include "convert.h"
#include "patch.h"

enum {
	KEEP_PICTURES = PATCH_KEPT,
	KEEP_REFERENCES = KEEP_PICTURES + 1, /* max_num_ref_frames */
	KEEP_NAMED = 128, /* pictures whose loss can be told */
};

struct kept {
	bool there;
	uint32_t seq; /* the name of the one behind it, which says so */
	unsigned int number;
	struct patch_target copy;
	uint8_t *level;
	uint8_t *constant; /* by macroblock: 0 if it may differ by now */
};

struct keep {
	int mb_width, mb_height;
	struct kept kept[KEEP_PICTURES];
	bool wanted;            /* the newest picture is to be kept */
	uint32_t all_seq;       /* with which all of kept were there */
	unsigned int number;    /* the next one's, from the IDR on */
	struct patch_refs refs; /* of the next one, too */
	struct keep_name {
		uint32_t seq;
		unsigned int frame_num;
	} named[KEEP_NAMED]; /* by number */
};

/* What a picture goes on from after others got lost. */
struct keep_from {
	uint32_t seq;           /* the newest picture that decoders need */
	unsigned int frame_num; /* of the last that they have */
};

/* For pictures of so many macroblocks.  -ENOMEM; then k is closed. */
int keep_open(struct keep *k, int mb_width, int mb_height);
/* Also when it was never opened, if all zero. */
void keep_close(struct keep *k);

/*
 * Another picture is to be encoded after t, the one before, whose macroblocks
 * have these quantisers: k->refs is what its slice header has to say.
 */
void keep_begin(
    struct keep *k, const struct patch_target *t, const uint8_t *level);
/* It differs from t in what is not constant. */
void keep_changed(struct keep *k, const uint8_t *constant);
/* It was encoded, is called seq, and is an IDR or as k->refs says. */
void keep_end(struct keep *k, uint32_t seq, unsigned int frame_num, bool key);

/*
 * Decoders miss seq and may miss all after it: bring t and level back to the
 * newest kept before it, to which the next picture is to refer, and p's marks
 * to what differs from there.  -ENOENT when there is none.
 */
int keep_return(struct keep *k, uint32_t seq, const struct patch_target *t,
    uint8_t *level, struct picture *p, struct keep_from *from);

#endif
