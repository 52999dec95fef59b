#include "events_priv.h"

#include <string.h>

#include "events/utf8.h"

const char *const event_form_names[EVENT_FORMS] = {
	[EVENT_PLAIN] = "text/plain",
	[EVENT_HTML] = "text/html",
	[EVENT_PNG] = "image/png",
};

static int
find_form(struct words *w)
{
	for (int i = 0; i < EVENT_FORMS; i++)
		if (words_is(w, event_form_names[i]))
			return i;
	return -1;
}

bool
copy_read(struct words *w, struct copy *c)
{
	size_t len;

	*c = (struct copy){ .known = true };
	do {
		int form = find_form(w);

		if (form < 0)
			words_next(w, &len);
		len = (size_t)words_int(
		    w, 0, EVENT_CLIPBOARD_MAX - (int64_t)c->size);
		if (w->bad)
			return false;
		if (form < 0 || c->forms[form].there) {
			c->known = false;
		} else {
			c->forms[form].there = true;
			c->forms[form].at = c->size;
			c->forms[form].len = len;
		}
		c->size += len;
	} while (!words_end(w));
	return true;
}

bool
event_is_form(enum event_form form, const char *p, size_t len)
{
	static const char png[8] = "\211PNG\r\n\032\n";

	if (form == EVENT_PNG)
		return len >= sizeof(png) && !memcmp(p, png, sizeof(png));
	return utf8_valid(p, len);
}

bool
copy_read_whole(struct words *w, struct event *e)
{
	ptrdiff_t line = line_find(w->p, (size_t)(w->end - w->p));
	struct words head = words_of(w->p, line < 0 ? 0 : (size_t)line);
	const char *body = w->p + line + 1;
	struct copy c;

	if (!copy_read(&head, &c) || !c.known ||
	    c.size != (size_t)(w->end - body))
		return false;
	for (size_t i = 0; i < EVENT_FORMS; i++) {
		if (!c.forms[i].there)
			continue;
		e->forms[i].data = body + c.forms[i].at;
		e->forms[i].len = c.forms[i].len;
		if (!event_is_form(
			(enum event_form)i, e->forms[i].data, e->forms[i].len))
			return false;
	}
	return true;
}

size_t
event_missing(const void *msg, size_t len)
{
	ptrdiff_t line =
	    line_find(msg, len > EVENT_LINE_MAX ? EVENT_LINE_MAX + 1 : len);
	struct words w = words_of(msg, line < 0 ? 0 : (size_t)line);
	size_t whole;
	struct copy c;

	if (!words_is(&w, "clipboard") || !copy_read(&w, &c))
		return 0;
	whole = (size_t)line + 1 + c.size;
	return whole > len ? whole - len : 0;
}
