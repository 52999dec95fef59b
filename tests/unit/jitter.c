#include "../../bin/rd-sound/jitter.h"

#include <math.h>
#include <stdlib.h>

#include "../tap.h"

enum { PACKETS = 1000 };

static struct jitter jitter;
static struct {
	uint8_t data[400];
	size_t len;
} sent[PACKETS];
static int16_t pcm[JITTER_BLOCK * 2];

/* A tone of 440 Hz in packets of so many blocks. */
static void
speak(int blocks)
{
	OpusEncoder *e =
	    opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, NULL);
	int frames = blocks * JITTER_BLOCK;
	static int16_t tone[JITTER_FRAMES];

	opus_encoder_ctl(e, OPUS_SET_BITRATE(32000));
	for (int i = 0, t = 0; i < PACKETS; i++) {
		for (int k = 0; k < frames; k++, t++)
			tone[k] = (int16_t)lrint(
			    10000 * sin(440 * 2 * M_PI * t / 48000));
		sent[i].len = (size_t)opus_encode(
		    e, tone, frames, sent[i].data, sizeof(sent[i].data));
	}
	opus_encoder_destroy(e);
}

static void
put(uint32_t i)
{
	jitter_put(&jitter, i, sent[i % PACKETS].data, sent[i % PACKETS].len);
}

static double
level(void)
{
	double sum = 0;

	for (int i = 0; i < JITTER_BLOCK; i++)
		sum += pcm[2 * i] * pcm[2 * i];
	return sqrt(sum / JITTER_BLOCK);
}

/* Takes in a row that have the tone, of n with a packet before each. */
static int
heard(uint32_t *seq, int n)
{
	int good = 0;

	for (int i = 0; i < n; i++) {
		put((*seq)++);
		good += jitter_take(&jitter, pcm) && level() > 5000;
	}
	return good;
}

static void
test_flow(void)
{
	uint32_t seq = 0xfffffff0; /* it wraps */
	int silent = 0;

	jitter_reset(&jitter);
	ok(!jitter_take(&jitter, pcm) && level() < 1, "nothing yet: silence");
	for (; silent < 20; silent++) {
		put(seq++);
		if (jitter_take(&jitter, pcm))
			break;
	}
	is_int(silent, JITTER_START - 1, "it starts when a little waits");
	silent = 400 - heard(&seq, 400);
	ok(silent < 6, "then all but the onset is heard: not %d", silent);
	is_int(heard(&seq, 400), 400, "on and on");
}

static void
test_disorder(void)
{
	uint32_t seq = 100;

	jitter_reset(&jitter);
	heard(&seq, 20);
	for (int i = 0; i < 50; i++, seq += 2) {
		put(seq + 1);
		jitter_take(&jitter, pcm);
		put(seq);
		put(seq);
		if (!jitter_take(&jitter, pcm) || level() < 5000)
			break;
	}
	is_int(seq, 220, "disorder and repetition are not heard");
	for (int i = 0; i < 50; i++, seq += 5) {
		put(seq);
		put(seq + 1);
		put(seq + 2);
		put(seq + 4);
		for (int k = 0; k < 5; k++)
			if (!jitter_take(&jitter, pcm) || level() < 1000)
				i = 1000;
	}
	is_int(seq, 470, "nor is the loss of one in five");
}

static void
test_bounds(void)
{
	uint32_t seq = 0;
	int takes = 0;

	jitter_reset(&jitter);
	heard(&seq, 20);
	for (int i = 0; i < 500; i++)
		put(seq++);
	while (jitter_take(&jitter, pcm) && takes < 1000)
		takes++;
	ok(takes <= JITTER_MOST + 6, "of a burst little waits: %d", takes);
	ok(!jitter_take(&jitter, pcm) && level() < 1, "its end is silence");

	put(seq + 100000);
	put(12);
	jitter_take(&jitter, pcm);
	jitter_put(&jitter, seq, NULL, 0);
	jitter_put(&jitter, seq, sent[0].data, JITTER_BYTES + 1);
	jitter_put(&jitter, seq, (const uint8_t *)"\xff", 1);
	for (int i = 0; i < 100000; i++) {
		uint8_t noise[64];
		size_t len = (size_t)(rand() % 64);

		for (size_t k = 0; k < len; k++)
			noise[k] = (uint8_t)rand();
		jitter_put(&jitter, seq + (uint32_t)(rand() % 80), noise, len);
		if (i % 3 == 0)
			jitter_take(&jitter, pcm);
		seq += i % 7 == 0;
	}
	ok(true, "noise does no harm");
}

/* Blocks between a packet's coming and its going. */
static int
wait_of(const struct jitter *j)
{
	return (int)(j->newest - j->next) + 1;
}

static void
test_drift(int per, const char *name)
{
	uint32_t seq = 0;
	int most = 0, silent = 0;

	jitter_reset(&jitter);
	heard(&seq, 20);
	for (int i = 0; i < 60000; i++) {
		if (i % 1000 != 0 || per > 0)
			put(seq++);
		if (i % 1000 == 0 && per > 0)
			put(seq++);
		silent += !jitter_take(&jitter, pcm);
		if (wait_of(&jitter) > most)
			most = wait_of(&jitter);
	}
	ok(most <= JITTER_START + 3, "%s: at most %d wait", name, most);
	ok(silent < 60, "%s: silent for %d blocks of 60000", name, silent);
}

static void
test_long_packets(void)
{
	int good = 0;

	speak(2);
	jitter_reset(&jitter);
	for (uint32_t i = 0; i < 200; i++) {
		put(i);
		good += jitter_take(&jitter, pcm);
		good += jitter_take(&jitter, pcm);
	}
	ok(good >= 396, "packets of 20 ms: %d of 400 blocks", good);
}

int
main(void)
{
	is_int(jitter_open(&jitter), 0, "open");
	speak(1);
	test_flow();
	test_disorder();
	test_bounds();
	test_drift(1, "a faster clock");
	test_drift(-1, "a slower clock");
	test_long_packets();
	jitter_close(&jitter);
	return done_testing();
}
