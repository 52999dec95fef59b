/*
 * mic.h - Opus packets of viewers' microphones, played to a PulseAudio sink
 *
 * Viewers come and go on a socket; the one that came last is heard.
 */
#ifndef SOUND_MIC_H
#define SOUND_MIC_H

#include "jitter.h"
#include "link/link.h"
#include "pulse.h"

enum { MIC_SOURCES = 8 };

struct mic {
	struct loop *loop;
	struct pulse *pulse;
	struct jitter jitter;
	struct link_server server;
	struct mic_source {
		struct link link;
		struct mic *mic;
		bool used;
	} sources[MIC_SOURCES];
	struct mic_source *heard; /* NULL: nobody */
	unsigned int silent;      /* blocks in a row */
	struct loop_timer rest;
};

/* Serve path.  Negative errno on failure. */
int mic_open(
    struct mic *m, struct loop *loop, struct pulse *pulse, const char *path);
void mic_close(struct mic *m);

/* The sink wants 10 ms. */
void mic_fill(struct mic *m, uint8_t *pcm);

#endif
