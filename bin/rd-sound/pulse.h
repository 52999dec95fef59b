/*
 * pulse.h - 10 ms blocks of sound from a PulseAudio source, or to a sink
 *
 * Speaks the native protocol, which PipeWire serves as well.  Runs on the
 * pa_mainloop given, in its thread.
 */
#ifndef SOUND_PULSE_H
#define SOUND_PULSE_H

#include <pulse/pulseaudio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SOUND_HZ = 48000,
	SOUND_FRAME = 4, /* bytes: s16le, left and right */
	BLOCK_US = 10000,
	BLOCK_BYTES = SOUND_HZ / 100 * SOUND_FRAME,
};

struct pulse {
	/* Set by the caller before pulse_open(). */
	void *arg;
	const char *device; /* NULL: what the default sink plays */
	bool retry;         /* wait for the server, and again when it is lost */
	/* BLOCK_BYTES of sound whose first sample was heard at time_us. */
	void (*block)(struct pulse *p, const uint8_t *pcm, int64_t time_us);
	/* Instead: device is a sink, which wants BLOCK_BYTES. */
	void (*fill)(struct pulse *p, uint8_t *pcm);
	/* Without retry: the server or the source is gone; why, one line. */
	void (*lost)(struct pulse *p, const char *why);

	pa_mainloop_api *api;
	pa_context *context;
	pa_stream *stream;
	pa_time_event *again;
	bool wanted;
	uint8_t partial[BLOCK_BYTES];
	size_t partial_len;
	int64_t next_us;       /* time of partial's first sample; 0: unknown */
	unsigned int zero_run; /* blocks of digital silence in a row */
};

/* Connect; failures are told by lost(), if at all. */
void pulse_open(struct pulse *p, pa_mainloop_api *api);
void pulse_close(struct pulse *p);

/* Record or play only while wanted, so that the server can suspend the device.
 */
void pulse_want(struct pulse *p, bool wanted);

#endif
