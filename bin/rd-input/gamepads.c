#include "gamepads.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

void
gamepads_open(struct gamepads *g, struct loop *loop)
{
	g->loop = loop;
	g->uinput = g->dir && !strcmp(g->dir, "uinput");
	for (int i = 0; i < PADS; i++) {
		g->pads[i] = (struct gamepad){ .all = g, .device = -1 };
		for (int k = 0; k < GAMEPAD_KINDS; k++)
			g->pads[i].listen[k].fd = -1;
	}
}

static void
unplug(struct gamepad *p)
{
	if (!p->used)
		return;
	p->used = false;
	if (p->all->uinput)
		uinput_unplug(p);
	else
		socket_unplug(p);
}

void
gamepads_close(struct gamepads *g)
{
	for (int i = 0; i < PADS; i++)
		unplug(&g->pads[i]);
}

static void
plug(struct gamepads *g, unsigned int *mine, const struct event *e)
{
	unsigned int i = 0;
	int err;

	while (i < PADS && g->pads[i].used)
		i++;
	if (*mine || i == PADS || !g->dir)
		return;
	memset(g->pads[i].values, 0, sizeof(g->pads[i].values));
	err = g->uinput ? uinput_plug(&g->pads[i]) : socket_plug(&g->pads[i]);
	if (err) {
		log_warn("no gamepad: %s: %s", g->dir, strerror(-err));
		return;
	}
	log_info("gamepad %u: %.*s", i, (int)e->len, e->data);
	g->pads[i].used = true;
	*mine = i + 1;
}

static void
send_changes(struct gamepad *p, const int before[PAD_CONTROLS])
{
	if (!memcmp(before, p->values, sizeof(p->values)))
		return;
	if (p->all->uinput)
		uinput_send(p, before);
	else
		socket_send(p, before);
}

void
gamepads_event(
    struct gamepads *g, struct gamepads_held *h, const struct event *e)
{
	unsigned int *mine = &h->mine[e->pad];
	struct gamepad *p = *mine ? &g->pads[*mine - 1] : NULL;
	int before[PAD_CONTROLS];

	if (e->part == EVENT_PAD_ON) {
		plug(g, mine, e);
	} else if (p && e->part == EVENT_PAD_OFF) {
		unplug(p);
		*mine = 0;
	} else if (p) {
		memcpy(before, p->values, sizeof(before));
		if (e->part == EVENT_PAD_AXIS)
			pad_axis(p->values, e->control, e->value);
		else
			pad_button(p->values, e->control, e->value);
		send_changes(p, before);
	}
}

void
gamepads_release(struct gamepads *g, struct gamepads_held *h)
{
	int before[PAD_CONTROLS];

	for (unsigned int i = 0; i < EVENT_PADS; i++) {
		struct gamepad *p = &g->pads[h->mine[i] - 1];

		if (!h->mine[i])
			continue;
		memcpy(before, p->values, sizeof(before));
		memset(p->values, 0, sizeof(p->values));
		send_changes(p, before);
	}
}

void
gamepads_drop(struct gamepads *g, struct gamepads_held *h)
{
	gamepads_release(g, h);
	for (unsigned int i = 0; i < EVENT_PADS; i++)
		if (h->mine[i])
			unplug(&g->pads[h->mine[i] - 1]);
	*h = (struct gamepads_held){ 0 };
}
