#include "rfb/sound.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../tap.h"

enum { BLOCK = 480, BLOCKS = 100, TONE_HZ = 440, LOUD = 20000 };

static uint8_t pcm[BLOCKS * BLOCK * 4];
static uint8_t out[BLOCKS * (BLOCK * 4 + 1) * 8];

/* Left is a tone, right its opposite. */
static void
paint(void)
{
	for (int i = 0; i < BLOCKS * BLOCK; i++) {
		double at = i * 2 * M_PI * TONE_HZ / RFB_SOUND_HZ;
		int16_t value = (int16_t)lrint(LOUD * sin(at));
		uint8_t bytes[2] = { (uint8_t)value, (uint8_t)(value >> 8) };

		memcpy(pcm + 4 * i, bytes, 2);
		value = (int16_t)-value;
		pcm[4 * i + 2] = (uint8_t)value;
		pcm[4 * i + 3] = (uint8_t)(value >> 8);
	}
}

/* A second of it, block by block: bytes; 0 when one was out of bounds. */
static size_t
convert(struct rfb_sound *s)
{
	size_t len = 0;

	for (int i = 0; i < BLOCKS; i++) {
		struct wbuf w = wbuf_of(out + len, rfb_sound_bound(s, BLOCK));

		rfb_sound_convert(s, pcm + i * BLOCK * 4, BLOCK, &w);
		if (w.bad)
			return 0;
		len += wbuf_len(&w);
	}
	return len;
}

static int16_t
sample_at(size_t i)
{
	return (int16_t)(out[2 * i] | out[2 * i + 1] << 8);
}

static void
test_rate(uint32_t hz)
{
	struct rfb_sound_format f = { RFB_S16, 2, hz };
	struct rfb_sound s;
	size_t frames;
	double worst = 0;

	is_int(rfb_sound_init(&s, &f), 0, "%u Hz", hz);
	frames = convert(&s) / 4;
	ok(frames >= hz && frames <= hz + 1, "%zu in a second", frames);
	/* The first moment goes from silence to the first sample. */
	for (size_t i = hz / RFB_SOUND_HZ + 1; i < frames; i++) {
		double at = (double)i / hz - 1.0 / RFB_SOUND_HZ;
		double d =
		    sample_at(2 * i) - LOUD * sin(at * 2 * M_PI * TONE_HZ);

		worst = fmax(worst, fabs(d));
		if (sample_at(2 * i) + sample_at(2 * i + 1))
			worst = LOUD;
	}
	ok(worst < 0.001 * LOUD, "are the tone, but for %.0f", worst);
}

static void
test_sample(enum rfb_sample sample, const char *zero, size_t size)
{
	struct rfb_sound_format f = { (uint8_t)sample, 1, RFB_SOUND_HZ };
	struct rfb_sound s;
	bool silent = true;
	size_t len;

	rfb_sound_init(&s, &f);
	len = convert(&s);
	is_int((int)len, (int)(RFB_SOUND_HZ * size), "form %d has its size",
	    sample);
	for (size_t i = 0; i < len; i += size)
		silent &= !memcmp(out + i, zero, size);
	ok(silent, "a tone and its opposite are silence in one channel");
}

static void
test_refused(void)
{
	static const struct rfb_sound_format bad[] = { { 6, 2, 44100 },
		{ RFB_S16, 0, 44100 }, { RFB_S16, 3, 44100 }, { RFB_S16, 2, 0 },
		{ RFB_S16, 2, RFB_SOUND_HZ_MIN - 1 },
		{ RFB_S16, 2, RFB_SOUND_HZ_MAX + 1 } };
	struct rfb_sound s;

	for (size_t i = 0; i < LEN(bad); i++)
		is_int(rfb_sound_init(&s, &bad[i]), -EBADMSG, "refused %zu", i);
}

int
main(void)
{
	paint();
	test_rate(48000);
	test_rate(44100);
	test_rate(22050);
	test_rate(192000);
	test_sample(RFB_U8, "\x80", 1);
	test_sample(RFB_S8, "\0", 1);
	test_sample(RFB_U16, "\0\x80", 2);
	test_sample(RFB_S16, "\0\0", 2);
	test_sample(RFB_U32, "\0\0\0\x80", 4);
	test_sample(RFB_S32, "\0\0\0\0", 4);
	test_refused();
	return done_testing();
}
