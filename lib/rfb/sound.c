#include "rfb/sound.h"

#include <errno.h>

enum {
	FRAME = 4,      /* bytes of what comes */
	HALF = 1 << 15, /* what is 0 of samples without a sign */
};

int
rfb_sound_init(struct rfb_sound *s, const struct rfb_sound_format *f)
{
	if (f->sample > RFB_S32 || f->channels < 1 || f->channels > 2 ||
	    f->hz < RFB_SOUND_HZ_MIN || f->hz > RFB_SOUND_HZ_MAX)
		return -EBADMSG;
	*s = (struct rfb_sound){ .format = *f };
	return 0;
}

static size_t
frame_size(const struct rfb_sound *s)
{
	return (size_t)s->format.channels << s->format.sample / 2;
}

size_t
rfb_sound_bound(const struct rfb_sound *s, size_t frames)
{
	return (frames * s->format.hz / RFB_SOUND_HZ + 1) * frame_size(s);
}

static void
put_sample(const struct rfb_sound *s, struct wbuf *out, int32_t value)
{
	bool has_sign = s->format.sample & 1;
	uint32_t word = (uint32_t)(has_sign ? value : value + HALF) << 16;
	unsigned int bytes = 1u << s->format.sample / 2;

	for (unsigned int i = 4 - bytes; i < 4; i++)
		wbuf_u8(out, (uint8_t)(word >> 8 * i));
}

static void
put_frame(const struct rfb_sound *s, struct wbuf *out, const int16_t next[2])
{
	int32_t made[2];

	for (int i = 0; i < 2; i++)
		made[i] = (int32_t)(s->last[i] +
		    (int64_t)(next[i] - s->last[i]) * s->phase / s->format.hz);
	if (s->format.channels == 1) {
		put_sample(s, out, (made[0] + made[1]) / 2);
		return;
	}
	put_sample(s, out, made[0]);
	put_sample(s, out, made[1]);
}

void
rfb_sound_convert(
    struct rfb_sound *s, const uint8_t *pcm, size_t frames, struct wbuf *out)
{
	for (; frames; frames--, pcm += FRAME) {
		int16_t next[2] = { (int16_t)(pcm[0] | pcm[1] << 8),
			(int16_t)(pcm[2] | pcm[3] << 8) };

		for (; s->phase < s->format.hz; s->phase += RFB_SOUND_HZ)
			put_frame(s, out, next);
		s->phase -= s->format.hz;
		s->last[0] = next[0];
		s->last[1] = next[1];
	}
}
