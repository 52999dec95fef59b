#include "bwe/trend.h"

#include <math.h>

enum {
	GROUP_US = 5000,   /* what leaves within that is one group */
	BURST_US = 100000, /* and what arrives at once, up to that */
	JUMP_US = 3000000, /* a clock was set */
	COUNT_MAX = 60,    /* of deltas, as weight of the slope */
};

static const double SMOOTHING = 0.9, GAIN = 4;
static const double THRESHOLD = 12.5, THRESHOLD_MIN = 9, THRESHOLD_MAX = 600;
static const double STEEPER = 0.0087, FLATTER = 0.039; /* its change per ms */
static const double OUTLIER = 15; /* above it this does not adapt */
static const double OVER_MS = 10;

void
trend_init(struct trend *t)
{
	*t = (struct trend){ .threshold = THRESHOLD };
}

/* A jump of a clock: what was known of the delay is worth nothing. */
static void
restart(struct trend *t)
{
	struct trend_group now = t->now;
	double threshold = t->threshold;

	trend_init(t);
	t->threshold = threshold;
	t->now = now;
}

static void
adapt(struct trend *t, double slope, int64_t now_us)
{
	double over = fabs(slope) - t->threshold, ms;

	if (!t->threshold_us)
		t->threshold_us = now_us;
	ms = (double)(now_us - t->threshold_us) / 1000;
	t->threshold_us = now_us;
	if (over > OUTLIER)
		return;
	t->threshold +=
	    (over < 0 ? FLATTER : STEEPER) * over * (ms < 100 ? ms : 100);
	t->threshold = fmin(fmax(t->threshold, THRESHOLD_MIN), THRESHOLD_MAX);
}

static void
judge(struct trend *t, double slope, double sent_ms, int64_t now_us)
{
	if (slope > t->threshold) {
		t->over_ms += t->over ? sent_ms : sent_ms / 2;
		t->over++;
		if (t->over_ms > OVER_MS && t->over > 1 && slope >= t->slope)
			t->usage = TREND_OVER;
	} else {
		t->over_ms = 0;
		t->over = 0;
		t->usage = slope < -t->threshold ? TREND_UNDER : TREND_NORMAL;
	}
	t->slope = slope;
	adapt(t, slope, now_us);
}

/* Least squares; 0 when all arrived at the same time. */
static double
fit(const struct trend *t)
{
	double x = 0, y = 0, xy = 0, xx = 0;

	for (int i = 0; i < TREND_WINDOW; i++) {
		x += t->x[i] / TREND_WINDOW;
		y += t->y[i] / TREND_WINDOW;
	}
	for (int i = 0; i < TREND_WINDOW; i++) {
		xy += (t->x[i] - x) * (t->y[i] - y);
		xx += (t->x[i] - x) * (t->x[i] - x);
	}
	return xx > 0 ? xy / xx : 0;
}

static void
add_delta(struct trend *t, double sent_ms, double arrived_ms, int64_t now_us)
{
	unsigned int at = t->count % TREND_WINDOW, weight;

	if (!t->count)
		t->origin_us = now_us;
	t->count++;
	t->delay += arrived_ms - sent_ms;
	t->smooth = SMOOTHING * t->smooth + (1 - SMOOTHING) * t->delay;
	t->x[at] = (double)(now_us - t->origin_us) / 1000;
	t->y[at] = t->smooth;
	if (t->count < TREND_WINDOW)
		return;
	weight = t->count < COUNT_MAX ? t->count : COUNT_MAX;
	judge(t, fit(t) * weight * GAIN, sent_ms, now_us);
}

/* The group is whole: how much later than the last did it arrive? */
static void
close_group(struct trend *t)
{
	int64_t sent = t->now.sent_us - t->last.sent_us;
	int64_t arrived = t->now.arrived_us - t->last.arrived_us;

	if (t->last.packets &&
	    (arrived - sent > JUMP_US || sent - arrived > JUMP_US))
		restart(t);
	else if (arrived < 0 && t->last.packets)
		return; /* out of order */
	else if (t->last.packets)
		add_delta(t, (double)sent / 1000, (double)arrived / 1000,
		    t->now.arrived_us);
	t->last = t->now;
}

/* What a link layer kept together, and delivered faster than it was sent. */
static bool
is_burst(const struct trend_group *g, int64_t sent_us, int64_t arrived_us)
{
	int64_t sent = sent_us - g->sent_us;
	int64_t arrived = arrived_us - g->arrived_us;

	return sent == 0 ||
	    (arrived >= 0 && arrived < sent && arrived <= GROUP_US &&
		arrived_us - g->first_arrived_us < BURST_US);
}

void
trend_packet(struct trend *t, int64_t sent_us, int64_t arrived_us)
{
	struct trend_group *g = &t->now;

	if (g->packets && sent_us < g->first_sent_us)
		return;
	if (g->packets && sent_us - g->first_sent_us > GROUP_US &&
	    !is_burst(g, sent_us, arrived_us)) {
		close_group(t);
		g->packets = 0;
	}
	if (!g->packets) {
		g->first_sent_us = sent_us;
		g->first_arrived_us = arrived_us;
		g->arrived_us = arrived_us;
	}
	g->packets++;
	g->sent_us = sent_us;
	if (arrived_us > g->arrived_us)
		g->arrived_us = arrived_us;
}
