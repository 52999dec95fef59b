/*
 * audio.h - PCM packets into Opus, as packets or as Ogg
 *
 * RFC 6716, RFC 7845.
 */
#ifndef ENCODE_AUDIO_H
#define ENCODE_AUDIO_H

#include <ogg/ogg.h>
#include <opus.h>
#include <stdbool.h>
#include <sys/types.h>

#include "packets/fanout.h"

enum { AUDIO_BITRATE = 128000 };

struct audio {
	struct fanout *out;
	bool ogg;
	OpusEncoder *opus; /* NULL: not opened */
	ogg_stream_state stream;
	int serial;
	ogg_int64_t packet_no, granule;
	int64_t next_us; /* when the next block begins, if there is no gap */
	uint8_t toc;     /* of the last packet */
};

/* 0, or negative errno. */
int audio_open(struct audio *a, struct fanout *out, bool ogg);
void audio_close(struct audio *a);

/* As link.h's input(): encode the packets at the front of p. */
ssize_t audio_input(struct audio *a, const uint8_t *p, size_t len);

/* A reader came: an Ogg stream has to begin anew. */
void audio_restart(struct audio *a);

#endif
