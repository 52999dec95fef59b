#include "fit.h"

enum {
	TOO_MUCH = 125, /* per cent of the rate */
	ROOM = 75,      /* less: what there is takes no more */
};

static void
change(struct fit *f, int64_t now_us)
{
	bool mistake = f->changed_us && now_us - f->changed_us < FIT_LASTS_US;

	f->half = !f->half;
	if (f->half)
		f->wait = mistake ? 2 * f->wait : FIT_WAIT_MIN;
	if (f->wait > FIT_WAIT_MAX)
		f->wait = FIT_WAIT_MAX;
	f->changed_us = now_us;
	f->looks = 0;
}

bool
fit_look(struct fit *f, int64_t now_us, size_t bytes)
{
	int64_t passed = now_us - f->begun_us, percent;
	bool otherwise;

	f->bytes += bytes;
	if (f->begun_us && passed < FIT_LOOK_US)
		return false;
	percent = f->begun_us && f->rate
	    ? (int64_t)f->bytes * 8 * 100 / f->rate * 1000000 / passed
	    : 0;
	f->begun_us = now_us;
	f->bytes = 0;
	otherwise = f->half ? percent < ROOM : percent > TOO_MUCH;
	f->looks = otherwise ? f->looks + 1 : 0;
	if (f->looks < (f->half ? f->wait : FIT_LOOKS))
		return false;
	change(f, now_us);
	return true;
}
