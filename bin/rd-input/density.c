#include "density.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"

static const char key[] = "Xft.dpi:";

enum { RESOURCES_MAX = 65536 }; /* bytes */

static xcb_get_property_reply_t *
resources(struct display *d)
{
	return xcb_get_property_reply(d->conn,
	    xcb_get_property(d->conn, 0, d->root, XCB_ATOM_RESOURCE_MANAGER,
		XCB_ATOM_STRING, 0, RESOURCES_MAX / 4),
	    NULL);
}

/* The lines of p but for ours. */
static void
put_others(struct wbuf *w, const char *p, const char *end)
{
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((stop ? stop + 1 : end) - p);

		if (len < sizeof(key) || memcmp(p, key, sizeof(key) - 1) != 0)
			wbuf_put(w, p, len);
		if (!stop)
			wbuf_u8(w, '\n');
		p += len;
	}
}

void
density_set(struct display *d, int dpi)
{
	static char text[RESOURCES_MAX + 64];
	xcb_get_property_reply_t *r = resources(d);
	const char *old = r ? xcb_get_property_value(r) : NULL;
	size_t len = r ? (size_t)xcb_get_property_value_length(r) : 0;
	struct wbuf w = wbuf_of(text, sizeof(text));
	char line[32];

	put_others(&w, old, old + len);
	wbuf_put(&w, line,
	    (size_t)snprintf(line, sizeof(line), "%s\t%d\n", key, dpi));
	if (!r || r->bytes_after || w.bad)
		log_warn("no room for %s in the X resources", key);
	else if (wbuf_len(&w) != len || memcmp(text, old, len) != 0)
		xcb_change_property(d->conn, XCB_PROP_MODE_REPLACE, d->root,
		    XCB_ATOM_RESOURCE_MANAGER, XCB_ATOM_STRING, 8,
		    (uint32_t)wbuf_len(&w), text);
	free(r);
}
