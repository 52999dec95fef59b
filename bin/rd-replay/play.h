/*
 * play.h - a recording into frames: rd-frames(5)
 */
#ifndef PLAY_H
#define PLAY_H

#include "frames/writer.h"
#include "screen.h"
#include "source.h"

struct play {
	/* Set by the caller, the rest zero. */
	const char *file, *path; /* path NULL: standard output */
	bool all;                /* each frame, not by the clock */

	struct loop loop;
	struct source source;
	struct loop_watch source_watch;
	struct screen screen;
	struct frames_writer writer;
	struct recording_item item; /* the next one to be played, if held */
	bool held, begun, ended, broken, was_read;
	int64_t start_us, first_us; /* when, and the time of the first frame */
	struct loop_timer timer;
};

/* Play to the end.  Says what is wrong and exits when that fails. */
void play_run(struct play *p);

#endif
