/*
 * halve.h - pictures of half the size for a viewer while whole ones are too
 * much: fit.h
 */
#ifndef RD_RTC_HALVE_H
#define RD_RTC_HALVE_H

#include "base/loop.h"
#include "fit.h"
#include "viewer/sources.h"

struct halve {
	struct loop *loop;
	struct sources *sources;
	struct fit fit;
	struct loop_timer timer; /* runs while they are halved */
};

/* Borrows both. */
void halve_init(struct halve *h, struct loop *loop, struct sources *sources);
void halve_close(struct halve *h);

/* A picture of so many bytes came. */
void halve_picture(struct halve *h, size_t bytes);

#endif
