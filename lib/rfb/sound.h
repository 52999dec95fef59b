/*
 * sound.h - PCM as a client wants it: QEMU's audio, of RFB's community edition
 *
 * Samples are little-endian.  Another rate is made by drawing lines between
 * samples; one frame, of a sample for each channel, is then under way.  Pure.
 */
#ifndef RFB_SOUND_H
#define RFB_SOUND_H

#include "base/buf.h"

enum rfb_sample {
	RFB_U8,
	RFB_S8,
	RFB_U16,
	RFB_S16,
	RFB_U32,
	RFB_S32,
};

enum {
	RFB_SOUND_HZ = 48000, /* what comes, S16 in two channels */
	RFB_SOUND_HZ_MIN = 4000,
	RFB_SOUND_HZ_MAX = 192000,
};

/* As a client says it. */
struct rfb_sound_format {
	uint8_t sample;   /* enum rfb_sample */
	uint8_t channels; /* 1 or 2 */
	uint32_t hz;
};

struct rfb_sound {
	struct rfb_sound_format format;
	uint32_t phase; /* from last to the next frame, of hz */
	int16_t last[2];
};

/* -EBADMSG when nothing can be made like this. */
int rfb_sound_init(struct rfb_sound *s, const struct rfb_sound_format *f);

/* Most bytes that so many frames become. */
size_t rfb_sound_bound(const struct rfb_sound *s, size_t frames);

/* What frames of left and right, two bytes each, become goes to out. */
void rfb_sound_convert(
    struct rfb_sound *s, const uint8_t *pcm, size_t frames, struct wbuf *out);

#endif
