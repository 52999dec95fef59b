#include "rdp/disp.h"

#include <errno.h>

#include "rdp/le.h"

enum {
	HEADER = 8,
	MONITOR = 40, /* bytes of one in a layout */
	TYPE_LAYOUT = 2,
	TYPE_CAPS = 5,
	AREA_FACTOR = 8192, /* twice: as large as a monitor can be */
	SCALE_MIN = 100,
};

void
disp_put_caps(struct wbuf *w)
{
	wbuf_le32(w, TYPE_CAPS);
	wbuf_le32(w, DISP_CAPS_SIZE);
	wbuf_le32(w, DISP_MONITORS);
	wbuf_le32(w, AREA_FACTOR);
	wbuf_le32(w, AREA_FACTOR);
}

static void
take_monitor(struct disp_monitor *m, struct rbuf *r)
{
	uint32_t width, height;

	rbuf_take(r, 4); /* which is the primary one */
	m->left = (int32_t)rbuf_le32(r);
	m->top = (int32_t)rbuf_le32(r);
	width = rbuf_le32(r);
	height = rbuf_le32(r);
	rbuf_take(r, 12); /* millimetres and orientation */
	m->scale = rbuf_le32(r);
	rbuf_take(r, 4);
	if (width < DISP_SIZE_MIN || width > DISP_SIZE_MAX ||
	    height < DISP_SIZE_MIN || height > DISP_SIZE_MAX)
		r->bad = true;
	m->width = (uint16_t)width;
	m->height = (uint16_t)height;
	if (m->scale < SCALE_MIN || m->scale > DISP_SCALE_MAX)
		m->scale = 0;
}

int
disp_decode(struct disp_layout *l, const void *data, size_t len)
{
	struct rbuf r = rbuf_of(data, len);
	uint32_t type = rbuf_le32(&r), size = rbuf_le32(&r), n;

	l->n = 0;
	if (r.bad || size != len)
		return -EBADMSG;
	if (type != TYPE_LAYOUT)
		return 0;
	if (rbuf_le32(&r) != MONITOR)
		return -EBADMSG;
	n = rbuf_le32(&r);
	if (r.bad || !n || n > DISP_MONITORS || rbuf_left(&r) != n * MONITOR)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++)
		take_monitor(&l->monitors[i], &r);
	if (r.bad)
		return -EBADMSG;
	l->n = n;
	return 0;
}
