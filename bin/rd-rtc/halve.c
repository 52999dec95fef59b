#include "halve.h"

#include "base/log.h"

static void
look(struct halve *h, size_t bytes)
{
	int64_t now = clock_us();

	if (fit_look(&h->fit, now, bytes)) {
		log_info("pictures are to have %s size",
		    h->fit.half ? "half the" : "their whole");
		sources_halve(h->sources, h->fit.half);
	}
	if (h->fit.half && !h->timer.set)
		loop_timer_set(h->loop, &h->timer, now + FIT_LOOK_US);
}

static void
expired(struct loop_timer *t)
{
	look(t->arg, 0);
}

void
halve_init(struct halve *h, struct loop *loop, struct sources *sources)
{
	*h = (struct halve){ .loop = loop,
		.sources = sources,
		.timer = { .expired = expired, .arg = h } };
}

void
halve_close(struct halve *h)
{
	if (h->loop)
		loop_timer_stop(h->loop, &h->timer);
}

void
halve_picture(struct halve *h, size_t bytes)
{
	if (h->sources->has_half)
		look(h, bytes);
}
