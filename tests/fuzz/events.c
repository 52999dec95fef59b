/* What is accepted can be said again, and means the same when it is. */
#include <stdlib.h>
#include <string.h>

#include "events/events.h"
#include "events/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
same_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return !a == !b && a_len == b_len && (!a || !memcmp(a, b, a_len));
}

static bool
same(const struct event *a, const struct event *b)
{
	for (size_t i = 0; i < EVENT_FORMS; i++)
		if (!same_bytes(a->forms[i].data, a->forms[i].len,
			b->forms[i].data, b->forms[i].len))
			return false;
	return a->type == b->type && a->action == b->action &&
	    a->placed == b->placed && a->x == b->x && a->y == b->y &&
	    a->button == b->button && a->part == b->part && a->pad == b->pad &&
	    a->control == b->control && a->value == b->value &&
	    a->leds == b->leds && a->ways == b->ways &&
	    a->keysym == b->keysym && a->dpi == b->dpi &&
	    a->nmonitors == b->nmonitors &&
	    !memcmp(a->monitors, b->monitors, sizeof(a->monitors)) &&
	    (a->keysym || same_bytes(a->data, a->len, b->data, b->len));
}

static bool
inside(const struct event_bytes *b, const uint8_t *data, size_t size)
{
	const uint8_t *p = (const uint8_t *)b->data;

	return !p || (p >= data && p + b->len <= data + size);
}

static void
check_event(const struct event *e, const uint8_t *data, size_t size)
{
	static char out[EVENT_MAX];
	struct event again;
	ssize_t n = event_print(e, out, sizeof(out));

	const struct event_bytes name = { e->data, e->len };

	if (!inside(&name, data, size))
		abort();
	for (size_t i = 0; i < EVENT_FORMS; i++)
		if (!inside(&e->forms[i], data, size))
			abort();
	if (e->type == EVENT_TEXT && !utf8_valid(e->data, e->len))
		abort();
	if (n <= 0 || (size_t)n > size + 16)
		abort();
	if (event_parse(&again, out, (size_t)n) || !same(e, &again))
		abort();
	out[n] = '\n';
	if (event_decode(&again, out, (size_t)n + 1) != n + 1 ||
	    !same(e, &again))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event e;
	uint64_t next = 0;
	size_t done = 0;
	ssize_t n;

	if (!event_parse(&e, data, size) && event_missing(data, size))
		abort();
	if (!event_parse(&e, data, size))
		check_event(&e, data, size);
	if (!event_parse_motion(&e, &next, data, size) &&
	    event_parse_motion(&e, &next, data, size) == 0)
		abort(); /* never twice */
	while ((n = event_decode(&e, data + done, size - done)) > 0) {
		if ((size_t)n > size - done ||
		    data[done + (size_t)n - 1] != '\n')
			abort();
		if (e.type != EVENT_NONE)
			check_event(&e, data + done, (size_t)n);
		done += (size_t)n;
	}
	return 0;
}
