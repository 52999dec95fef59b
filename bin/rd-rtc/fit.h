/*
 * fit.h - whether pictures of the whole size fit on the way to a viewer
 *
 * Viewers share an encoder, which goes by one of them.  Where it makes too much
 * for another, pictures of half the size, of an encoder of their own, are
 * better than few whole ones.  To go back is a trial: when that was a mistake
 * the next one has to wait twice as long.
 *
 * Pure: no I/O and no clock but now_us, any monotonic time in microseconds.
 */
#ifndef RD_RTC_FIT_H
#define RD_RTC_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FIT_LOOK_US = 1000000, /* what came is looked at */
	FIT_LOOKS = 4,         /* as often too much in a row: half */
	FIT_WAIT_MIN = 5,      /* as often room in a row: whole */
	FIT_WAIT_MAX = 320,
	FIT_LASTS_US = 60000000, /* it was no mistake to go back */
};

struct fit {
	int64_t rate; /* bit/s that pictures may take: set by the caller */

	bool half;
	int64_t begun_us; /* of this look */
	uint64_t bytes;   /* that came since */
	unsigned int looks, wait;
	int64_t changed_us;
};

/* Bytes of pictures came, 0 for time to pass.  True: half is another now. */
bool fit_look(struct fit *f, int64_t now_us, size_t bytes);

#endif
