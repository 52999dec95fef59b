#include "leds.h"

#include <stdlib.h>
#include <xcb/xkb.h>

#include "events/events.h"

void
leds_open(struct leds *l, struct display *d)
{
	*l = (struct leds){ d,
		{ display_atom(d, "Caps Lock"), display_atom(d, "Num Lock"),
		    display_atom(d, "Scroll Lock") } };
}

unsigned int
leds_lit(struct leds *l)
{
	static const unsigned int bits[LEDS] = { EVENT_LED_CAPS, EVENT_LED_NUM,
		EVENT_LED_SCROLL };
	xcb_xkb_get_named_indicator_cookie_t asked[LEDS];
	unsigned int lit = 0;

	for (unsigned int i = 0; i < LEDS; i++)
		asked[i] = xcb_xkb_get_named_indicator(l->display->conn,
		    (xcb_xkb_device_spec_t)l->display->keyboard,
		    XCB_XKB_LED_CLASS_DFLT_XI_CLASS, XCB_XKB_ID_DFLT_XI_ID,
		    l->names[i]);
	for (unsigned int i = 0; i < LEDS; i++) {
		xcb_xkb_get_named_indicator_reply_t *r =
		    xcb_xkb_get_named_indicator_reply(
			l->display->conn, asked[i], NULL);

		if (r && r->found && r->on)
			lit |= bits[i];
		free(r);
	}
	return lit;
}
