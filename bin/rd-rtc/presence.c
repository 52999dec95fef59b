#include "presence.h"

#include "base/log.h"

static void
silent_expired(struct loop_timer *t)
{
	struct presence *p = t->arg;

	if (clock_us() - p->heard_us >= PRESENCE_SILENT_US) {
		presence_lose(p);
		return;
	}
	if (!media_arrives(p->media))
		ice_follow(p->ice);
	loop_timer_set(p->loop, t, p->heard_us + PRESENCE_SILENT_US);
}

static void
gone_expired(struct loop_timer *t)
{
	struct presence *p = t->arg;

	p->gone(p->arg);
}

void
presence_found(struct presence *p)
{
	presence_close(p);
	p->heard_us = clock_us();
	p->silent = false;
	ice_hold(p->ice, false);
	p->silent_timer =
	    (struct loop_timer){ .expired = silent_expired, .arg = p };
	p->gone_timer =
	    (struct loop_timer){ .expired = gone_expired, .arg = p };
	if (media_reported(p->media))
		loop_timer_set(p->loop, &p->silent_timer,
		    p->heard_us + PRESENCE_SILENT_US);
}

void
presence_heard(struct presence *p)
{
	p->heard_us = clock_us();
	if (p->silent && ice_consents(p->ice))
		presence_found(p);
}

void
presence_lose(struct presence *p)
{
	log_info("the viewer is out of reach");
	p->silent = true;
	ice_hold(p->ice, true);
	ice_follow(p->ice);
	loop_timer_stop(p->loop, &p->silent_timer);
	loop_timer_set(p->loop, &p->gone_timer, clock_us() + PRESENCE_GONE_US);
	p->lost(p->arg);
}

void
presence_close(struct presence *p)
{
	loop_timer_stop(p->loop, &p->silent_timer);
	loop_timer_stop(p->loop, &p->gone_timer);
}
