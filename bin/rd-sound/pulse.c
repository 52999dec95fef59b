#include "pulse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/log.h"
#include "base/loop.h"

enum {
	/* Silent blocks still sent, so that a decoder's tail fades out. */
	SILENT_BLOCKS = 5,
	/* More than this between clock and count of samples is a gap, not
	   delay. */
	JUMP_US = 200000,
	/* Blocks are stretched by no more than this to follow the clock. */
	PULL_US = BLOCK_US / 50,
	RETRY_US = 250000,
	PLAY_BLOCKS = 3, /* that wait in the server */
};

static void connect_context(struct pulse *p);

/* One being created cannot be disconnected before the server has answered. */
static void
stream_abandoned(pa_stream *s, void *arg)
{
	pa_stream_state_t state = pa_stream_get_state(s);

	(void)arg;
	if (state == PA_STREAM_READY)
		pa_stream_disconnect(s);
	else if (!PA_STREAM_IS_GOOD(state))
		pa_stream_unref(s);
}

static void
drop_stream(struct pulse *p)
{
	if (!p->stream)
		return;
	pa_stream_set_read_callback(p->stream, NULL, NULL);
	pa_stream_set_write_callback(p->stream, NULL, NULL);
	pa_stream_set_state_callback(p->stream, stream_abandoned, NULL);
	stream_abandoned(p->stream, NULL);
	p->stream = NULL;
}

static void
drop_context(struct pulse *p)
{
	drop_stream(p);
	if (!p->context)
		return;
	pa_context_set_state_callback(p->context, NULL, NULL);
	pa_context_disconnect(p->context);
	pa_context_unref(p->context);
	p->context = NULL;
}

static void
try_again(
    pa_mainloop_api *api, pa_time_event *e, const struct timeval *tv, void *arg)
{
	struct pulse *p = arg;

	(void)tv;
	api->time_free(e);
	p->again = NULL;
	drop_context(p);
	connect_context(p);
}

/* libpulse tells of a server that comes back only where there is D-Bus. */
static void
lost(struct pulse *p, const char *what)
{
	const char *reason = pa_strerror(pa_context_errno(p->context));
	char why[256];
	struct timeval tv;

	if (p->retry) {
		log_info("%s: %s: trying again", what, reason);
		gettimeofday(&tv, NULL);
		pa_timeval_add(&tv, RETRY_US);
		if (!p->again)
			p->again = p->api->time_new(p->api, &tv, try_again, p);
		return;
	}
	snprintf(why, sizeof(why), "%s: %s", what, reason);
	p->lost(p, why);
}

static bool
is_silent(const uint8_t *pcm)
{
	return pcm[0] == 0 && memcmp(pcm, pcm + 1, BLOCK_BYTES - 1) == 0;
}

static void
block_done(struct pulse *p)
{
	p->zero_run = is_silent(p->partial) ? p->zero_run + 1 : 0;
	if (p->zero_run <= SILENT_BLOCKS)
		p->block(p, p->partial, p->next_us);
	p->next_us += BLOCK_US;
	p->partial_len = 0;
}

static int64_t
duration_us(size_t len)
{
	return (int64_t)(len / SOUND_FRAME) * 1000000 / SOUND_HZ;
}

/*
 * len bytes came just now, so they began that long ago.  The samples give the
 * pace, the clock only pulls gently at them: times of blocks are evenly
 * spaced unless there really was a gap.
 */
static void
follow_clock(struct pulse *p, size_t len)
{
	int64_t us = clock_us() - duration_us(len);
	int64_t drift = us - p->next_us - duration_us(p->partial_len);
	int64_t pull = drift / 64;

	if (llabs(drift) > JUMP_US) {
		p->next_us = us;
		p->partial_len = 0;
		return;
	}
	if (llabs(pull) > PULL_US)
		pull = pull > 0 ? PULL_US : -PULL_US;
	p->next_us += pull;
}

static void
take(struct pulse *p, const uint8_t *data, size_t len)
{
	while (len) {
		size_t n = BLOCK_BYTES - p->partial_len;

		if (n > len)
			n = len;
		memcpy(p->partial + p->partial_len, data, n);
		p->partial_len += n;
		data += n;
		len -= n;
		if (p->partial_len == BLOCK_BYTES)
			block_done(p);
	}
}

static void
stream_read(pa_stream *s, size_t len, void *arg)
{
	struct pulse *p = arg;
	const void *data;

	while (!pa_stream_peek(s, &data, &len) && len) {
		follow_clock(p, len);
		if (data)
			take(p, data, len);
		else
			p->partial_len = 0; /* a hole: begin anew after it */
		pa_stream_drop(s);
	}
}

static void
stream_write(pa_stream *s, size_t len, void *arg)
{
	struct pulse *p = arg;
	uint8_t pcm[BLOCK_BYTES];

	for (; len >= BLOCK_BYTES; len -= BLOCK_BYTES) {
		p->fill(p, pcm);
		pa_stream_write(s, pcm, BLOCK_BYTES, NULL, 0, PA_SEEK_RELATIVE);
	}
}

static const char *
device_of(const struct pulse *p)
{
	return p->device ? p->device : "@DEFAULT_MONITOR@";
}

static void
stream_state(pa_stream *s, void *arg)
{
	struct pulse *p = arg;
	char what[160];

	if (pa_stream_get_state(s) == PA_STREAM_READY)
		log_info("%s '%s'", p->fill ? "playing to" : "recording",
		    pa_stream_get_device_name(s));
	if (pa_stream_get_state(s) != PA_STREAM_FAILED)
		return;
	snprintf(what, sizeof(what), "cannot %s '%s'",
	    p->fill ? "play to sink" : "record source", device_of(p));
	lost(p, what);
}

/* The server may suspend a device that only we listen to. */
static int
record(struct pulse *p)
{
	static const pa_buffer_attr attr = { .maxlength = (uint32_t)-1,
		.fragsize = BLOCK_BYTES };

	p->partial_len = 0;
	p->next_us = 0;
	p->zero_run = SILENT_BLOCKS;
	pa_stream_set_read_callback(p->stream, stream_read, p);
	return pa_stream_connect_record(p->stream, device_of(p), &attr,
	    PA_STREAM_ADJUST_LATENCY | PA_STREAM_DONT_INHIBIT_AUTO_SUSPEND);
}

static int
play(struct pulse *p)
{
	static const pa_buffer_attr attr = { .maxlength = (uint32_t)-1,
		.tlength = PLAY_BLOCKS * BLOCK_BYTES,
		.prebuf = BLOCK_BYTES,
		.minreq = BLOCK_BYTES };

	pa_stream_set_write_callback(p->stream, stream_write, p);
	return pa_stream_connect_playback(
	    p->stream, p->device, &attr, PA_STREAM_ADJUST_LATENCY, NULL, NULL);
}

static void
open_stream(struct pulse *p)
{
	static const pa_sample_spec spec = { PA_SAMPLE_S16LE, SOUND_HZ, 2 };

	p->stream = pa_stream_new(
	    p->context, p->fill ? "microphone" : "session sound", &spec, NULL);
	if (!p->stream) {
		lost(p, "cannot make a stream");
		return;
	}
	pa_stream_set_state_callback(p->stream, stream_state, p);
	if (p->fill ? play(p) : record(p))
		lost(p, p->fill ? "cannot play" : "cannot record");
}

static void
context_state(pa_context *c, void *arg)
{
	struct pulse *p = arg;
	pa_context_state_t state = pa_context_get_state(c);

	if (state == PA_CONTEXT_READY && p->wanted)
		open_stream(p);
	else if (state == PA_CONTEXT_FAILED || state == PA_CONTEXT_TERMINATED)
		lost(p, "no sound server");
}

static void
connect_context(struct pulse *p)
{
	p->context = pa_context_new(p->api, "rd-sound");
	if (!p->context) {
		p->lost(p, "cannot make a sound context");
		return;
	}
	pa_context_set_state_callback(p->context, context_state, p);
	if (pa_context_connect(p->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL))
		lost(p, "no sound server");
}

void
pulse_open(struct pulse *p, pa_mainloop_api *api)
{
	p->api = api;
	connect_context(p);
}

void
pulse_close(struct pulse *p)
{
	if (p->again)
		p->api->time_free(p->again);
	p->again = NULL;
	drop_context(p);
}

void
pulse_want(struct pulse *p, bool wanted)
{
	p->wanted = wanted;
	if (!wanted)
		drop_stream(p);
	else if (p->context && !p->stream &&
	    pa_context_get_state(p->context) == PA_CONTEXT_READY)
		open_stream(p);
}
