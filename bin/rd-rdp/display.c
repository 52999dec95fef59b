/*
 * Display control: the display gets the size that the client's window has.
 *
 * What the client asked for when it connected counts as its first wish.  No
 * picture is sent while that comes true, so that its window keeps its size.
 */
#include <stdlib.h>

#include <freerdp/channels/disp.h>
#include <freerdp/settings.h>

#include "base/log.h"
#include "rdp/disp.h"
#include "session.h"

enum {
	FIT_US = 1000000, /* until a new size is there */
	DPI = 96,         /* of a scale of 100 percent */
};

static int
compare_left(const void *a, const void *b)
{
	const struct disp_monitor *m = a, *n = b;

	return (m->left > n->left) - (m->left < n->left);
}

/* Monitors beside each other, as high up: there are no others here. */
static bool
is_row(const struct disp_layout *l)
{
	for (unsigned int i = 1; i < l->n; i++) {
		const struct disp_monitor *m = &l->monitors[i - 1];

		if (m[1].top != m->top || m[1].left != m->left + m->width)
			return false;
	}
	return true;
}

/* One monitor, that has all of them in it. */
static void
put_around(struct event *e, const struct disp_layout *l)
{
	int left = l->monitors[0].left, right = left;
	int top = l->monitors[0].top, bottom = top;

	for (unsigned int i = 0; i < l->n; i++) {
		const struct disp_monitor *m = &l->monitors[i];

		right = m->left + m->width > right ? m->left + m->width : right;
		top = m->top < top ? m->top : top;
		bottom =
		    m->top + m->height > bottom ? m->top + m->height : bottom;
	}
	e->nmonitors = 1;
	e->monitors[0] = (struct event_monitor){ right - left, bottom - top };
}

static bool
wish(struct session *s, struct disp_layout *l)
{
	uint32_t scale = l->monitors[0].scale;
	struct event e = { .type = EVENT_SIZE, .nmonitors = l->n };

	qsort(l->monitors, l->n, sizeof(*l->monitors), compare_left);
	for (unsigned int i = 0; i < l->n; i++)
		e.monitors[i] = (struct event_monitor){ l->monitors[i].width,
			l->monitors[i].height };
	if (!is_row(l))
		put_around(&e, l);
	if (scale > 100)
		e.dpi = (int)(scale * DPI / 100);
	for (unsigned int i = 0; i < e.nmonitors; i++)
		e.x += e.monitors[i].width;
	log_info("it wants %d pixels in a row of %u", e.x, e.nmonitors);
	return e.x <= EVENT_SIZE_MAX && input_size(&s->input, &e);
}

/* What it said when it connected. */
static struct disp_layout
first_wish(const rdpSettings *set)
{
	struct disp_layout l = { .n = 1,
		.monitors = { { .width = (uint16_t)set->DesktopWidth,
		    .height = (uint16_t)set->DesktopHeight } } };

	if (set->MonitorCount > 1 && set->MonitorCount <= DISP_MONITORS)
		l.n = set->MonitorCount;
	for (unsigned int i = 0; i < l.n && l.n > 1; i++) {
		const rdpMonitor *m = &set->MonitorDefArray[i];

		l.monitors[i] = (struct disp_monitor){ m->x, m->y,
			(uint16_t)m->width, (uint16_t)m->height, 0 };
	}
	if (set->DesktopScaleFactor <= DISP_SCALE_MAX)
		l.monitors[0].scale = set->DesktopScaleFactor;
	return l;
}

static void
unfit(struct loop_timer *t)
{
	session_show(t->arg);
}

static void
made(struct channel *c)
{
	struct session *s = c->arg;
	const rdpSettings *set = s->peer->settings;
	struct disp_layout first = first_wish(set);
	uint8_t bytes[DISP_CAPS_SIZE];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	disp_put_caps(&w);
	channel_write(c, bytes, wbuf_len(&w));
	if ((set->DesktopWidth == s->screen.width &&
		set->DesktopHeight == s->screen.height) ||
	    !wish(s, &first))
		return;
	s->fit = (struct loop_timer){ .expired = unfit, .arg = s };
	loop_timer_set(&s->loop, &s->fit, clock_us() + FIT_US);
}

static void
message(struct channel *c, const uint8_t *data, size_t len)
{
	struct disp_layout l;

	if (disp_decode(&l, data, len))
		channel_drop(c);
	else if (l.n)
		wish(c->arg, &l);
}

static void
gone(struct channel *c)
{
	(void)c;
}

static const struct channel_ops ops = {
	.max = 4096,
	.made = made,
	.message = message,
	.gone = gone,
};

void
session_open_display(struct session *s)
{
	if (s->controls && s->config->events)
		channel_open_dynamic(&s->display, &s->loop, s->manager,
		    DISP_DVC_CHANNEL_NAME, &ops, s);
}
