#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "events_priv.h"

static ssize_t
print_key(const struct event *e, char *out, size_t size)
{
	static const char *const actions[] = { " up", " down", "" };
	const char *action = actions[e->action];

	if (e->keysym)
		return snprintf(out, size, "key 0x%x%s", e->keysym, action);
	return snprintf(out, size, "key %.*s%s", (int)e->len, e->data, action);
}

static ssize_t
print_button(const struct event *e, char *out, size_t size)
{
	const char *action = e->action == EVENT_DOWN ? "down" : "up";

	if (e->placed)
		return snprintf(out, size, "button %u %s %d %d", e->button,
		    action, e->x, e->y);
	return snprintf(out, size, "button %u %s", e->button, action);
}

static ssize_t
print_size(const struct event *e, char *out, size_t size)
{
	const struct event_monitor *m = e->monitors;
	int n = snprintf(out, size, "size %d %d", m->width, m->height);

	if (e->dpi)
		n += snprintf(out + n, size - (size_t)n, " %d", e->dpi);
	for (unsigned int i = 1; i < e->nmonitors; i++)
		n += snprintf(out + n, size - (size_t)n, " %d %d", m[i].width,
		    m[i].height);
	return n;
}

static ssize_t
print_gamepad(const struct event *e, char *out, size_t size)
{
	if (e->part == EVENT_PAD_ON)
		return snprintf(out, size, "gamepad %u on %.*s", e->pad,
		    (int)e->len, e->data);
	if (e->part == EVENT_PAD_OFF)
		return snprintf(out, size, "gamepad %u off", e->pad);
	return snprintf(out, size, "gamepad %u %s %u %d", e->pad,
	    e->part == EVENT_PAD_AXIS ? "axis" : "button", e->control,
	    e->value);
}

static ssize_t
print_leds(const struct event *e, char *out, size_t size)
{
	return snprintf(out, size, "leds%s%s%s%s", e->leds ? "" : " none",
	    e->leds & EVENT_LED_CAPS ? " caps" : "",
	    e->leds & EVENT_LED_NUM ? " num" : "",
	    e->leds & EVENT_LED_SCROLL ? " scroll" : "");
}

static ssize_t
print_copy(const struct event *e, char *out, size_t size)
{
	int n = snprintf(out, size, "clipboard");

	for (size_t i = 0; i < EVENT_FORMS; i++)
		if (e->forms[i].data)
			n += snprintf(out + n, size - (size_t)n, " %s %zu",
			    event_form_names[i], e->forms[i].len);
	return n + snprintf(out + n, size - (size_t)n, "\n");
}

/* The message up to its data; its length, whether it fits or not. */
static ssize_t
print_line(const struct event *e, char *out, size_t size)
{
	switch (e->type) {
	case EVENT_MOTION:
		return snprintf(out, size, "motion %d %d", e->x, e->y);
	case EVENT_MOVE:
		return snprintf(out, size, "move %d %d", e->x, e->y);
	case EVENT_BUTTON:
		return print_button(e, out, size);
	case EVENT_SCROLL:
		return snprintf(out, size, "scroll %d %d", e->x, e->y);
	case EVENT_KEY:
		return print_key(e, out, size);
	case EVENT_TEXT:
		return snprintf(out, size, "text ");
	case EVENT_CLIPBOARD:
		return print_copy(e, out, size);
	case EVENT_RELEASE:
		return snprintf(out, size, "release");
	case EVENT_SIZE:
		return print_size(e, out, size);
	case EVENT_LEDS:
		return print_leds(e, out, size);
	case EVENT_GAMEPAD:
		return print_gamepad(e, out, size);
	case EVENT_ALIVE:
		return snprintf(out, size, "alive");
	case EVENT_CLIPBOARD_RULE:
		return snprintf(out, size, "clipboard-rule %s %zu",
		    event_way_names[e->ways], e->len);
	case EVENT_FILE:
		return snprintf(out, size, "file ");
	case EVENT_NONE:
		break;
	}
	return 0;
}

ssize_t
event_print(const struct event *e, void *out, size_t size)
{
	char line[128];
	struct wbuf w = wbuf_of(out, size);

	wbuf_put(&w, line, (size_t)print_line(e, line, sizeof(line)));
	if (e->type == EVENT_TEXT || e->type == EVENT_FILE)
		wbuf_put(&w, e->data, e->len);
	for (size_t i = 0; i < EVENT_FORMS; i++)
		if (e->forms[i].data)
			wbuf_put(&w, e->forms[i].data, e->forms[i].len);
	return w.bad ? -ENOSPC : (ssize_t)wbuf_len(&w);
}
