/*
 * jitter.h - a microphone's Opus packets into an even flow of PCM
 *
 * They come with the network's pauses, losses and disorder, by the clock of
 * another computer.  What waits here stays between a little, so that a late
 * packet does no harm, and JITTER_MOST; what is lost is concealed.  No I/O,
 * no clock, no allocation after open.
 */
#ifndef SOUND_JITTER_H
#define SOUND_JITTER_H

#include <opus.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	JITTER_BLOCK = 480, /* frames of 10 ms */
	JITTER_START = 4,   /* blocks that wait before the first is played */
	JITTER_MOST = 12,   /* and at most */
	JITTER_SLOTS = 32,  /* packets */
	JITTER_BYTES = 1500,
	JITTER_FRAMES = 5760, /* of a packet: RFC 6716 section 2.1.4, 120 ms */
};

struct jitter_slot {
	size_t len; /* 0: not there */
	uint8_t data[JITTER_BYTES];
};

struct jitter {
	OpusDecoder *opus;
	bool any;              /* next and newest mean something */
	bool going;            /* being played */
	uint32_t next, newest; /* sequences */
	int frames;            /* of a packet, as the newest has them */
	struct jitter_slot slots[JITTER_SLOTS]; /* by sequence */
	opus_int16 pcm[JITTER_FRAMES * 2];      /* decoded, stereo */
	int pcm_at, pcm_end;                    /* frames */
	int dry;          /* blocks made up since packets ended */
	int takes, least; /* blocks that waited, at least, in so many takes */
};

/* -ENOMEM. */
int jitter_open(struct jitter *j);
void jitter_close(struct jitter *j);

/* Another microphone speaks from now on. */
void jitter_reset(struct jitter *j);

/* A packet arrived. */
void jitter_put(
    struct jitter *j, uint32_t seq, const uint8_t *opus, size_t len);

/* The next 10 ms, stereo.  False when there are none, and it is silence. */
bool jitter_take(struct jitter *j, int16_t pcm[JITTER_BLOCK * 2]);

#endif
