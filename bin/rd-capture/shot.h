/*
 * shot.h - frames as PNG files on standard output
 */
#ifndef SHOT_H
#define SHOT_H

#include "frames/frames.h"

struct shot {
	/* Set by the caller before shot_open(). */
	void *arg;
	void (*ready)(struct shot *s); /* the last one was taken */
	void (*closed)(struct shot *s, int err);

	struct link link;
	uint8_t *png;
	size_t len, done;
};

/* Negative errno on failure. */
int shot_open(struct shot *s, struct loop *loop);
void shot_close(struct shot *s);

/* True when the last picture has been written wholly. */
bool shot_ready(const struct shot *s);
/* Write a picture; the pixels are done with on return.  Negative errno. */
int shot_send(
    struct shot *s, const struct frames_geometry *g, const uint8_t *pixels);

#endif
