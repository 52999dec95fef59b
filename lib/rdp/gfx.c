#include "rdp/gfx.h"

#include <errno.h>

#include "rdp/le.h"

enum {
	HEADER = 8,
	WRAP_SINGLE = 0xe0,
	WRAP_MULTI = 0xe1,
	WRAP_PLAIN = 0x04, /* RDP8, not compressed */
	PIXEL_XRGB = 0x20,
	RESET_LENGTH = 340,
	MONITOR_PRIMARY = 1,

	WIRE_TO_SURFACE = 0x0001,
	CREATE_SURFACE = 0x0009,
	DELETE_SURFACE = 0x000a,
	START_FRAME = 0x000b,
	END_FRAME = 0x000c,
	FRAME_ACK = 0x000d,
	RESET_GRAPHICS = 0x000e,
	MAP_SURFACE = 0x000f,
	CAPS_ADVERTISE = 0x0012,
	CAPS_CONFIRM = 0x0013,

	CAPS_8 = 0x00080004,
	CAPS_81 = 0x00080105,
	CAPS_10 = 0x000a0002,
	CAPS_101 = 0x000a0100,
	CAPS_107 = 0x000a0701,
	FLAG_AVC420 = 0x10,       /* of 8.1 */
	FLAG_AVC_DISABLED = 0x20, /* of 10 and later */
	FLAG_THIN_CLIENT = 0x01,
	FLAG_SMALL_CACHE = 0x02,
};

static const uint32_t NO_MORE_ACKS = 0xffffffff;

/*
 * 10.1 has no flags, so that what it says of H.264 is not known; it is passed
 * over for what else there is.
 */
static void
consider(struct gfx_message *m, uint32_t version, uint32_t flags)
{
	bool known = version == CAPS_8 || version == CAPS_81 ||
	    (version >= CAPS_10 && version <= CAPS_107 && version != CAPS_101);

	if (!known || version <= m->version)
		return;
	m->version = version;
	m->flags = flags;
	m->avc420 = version >= CAPS_10 ? !(flags & FLAG_AVC_DISABLED)
	    : version == CAPS_81       ? flags & FLAG_AVC420
				       : false;
}

static void
take_caps(struct gfx_message *m, struct rbuf *r)
{
	uint16_t n = rbuf_le16(r);

	m->type = GFX_CAPS;
	for (uint16_t i = 0; i < n && !r->bad; i++) {
		uint32_t version = rbuf_le32(r), len = rbuf_le32(r);
		const uint8_t *p = rbuf_take(r, len);
		struct rbuf data = rbuf_of(p, p ? len : 0);

		if (p && len >= 4)
			consider(m, version, rbuf_le32(&data));
	}
}

static void
take_ack(struct gfx_message *m, struct rbuf *r)
{
	m->type = GFX_ACK;
	m->unasked = rbuf_le32(r) == NO_MORE_ACKS;
	m->frame = rbuf_le32(r);
	rbuf_take(r, 4); /* how many it has decoded */
}

ssize_t
gfx_decode(struct gfx_message *m, const void *data, size_t len)
{
	struct rbuf r = rbuf_of(data, len), body;
	uint16_t type = rbuf_le16(&r);
	uint32_t size;

	*m = (struct gfx_message){ .type = GFX_OTHER };
	rbuf_take(&r, 2);
	size = rbuf_le32(&r);
	if (r.bad || size < HEADER || size > len)
		return -EBADMSG;
	body = rbuf_of((const uint8_t *)data + HEADER, size - HEADER);
	if (type == CAPS_ADVERTISE)
		take_caps(m, &body);
	else if (type == FRAME_ACK)
		take_ack(m, &body);
	return body.bad ? -EBADMSG : (ssize_t)size;
}

/* In one segment: len bytes of body follow. */
static void
begin(struct wbuf *w, uint16_t type, uint32_t len)
{
	wbuf_u8(w, WRAP_SINGLE);
	wbuf_u8(w, WRAP_PLAIN);
	wbuf_le16(w, type);
	wbuf_le16(w, 0);
	wbuf_le32(w, HEADER + len);
}

void
gfx_put_caps(struct wbuf *w, uint32_t version, uint32_t flags)
{
	begin(w, CAPS_CONFIRM, 12);
	wbuf_le32(w, version);
	wbuf_le32(w, 4);
	wbuf_le32(w, flags);
}

void
gfx_put_reset(struct wbuf *w, uint16_t width, uint16_t height)
{
	static const uint8_t pad[RESET_LENGTH];
	uint32_t monitor[] = { 0, 0, width - 1U, height - 1U, MONITOR_PRIMARY };

	begin(w, RESET_GRAPHICS, RESET_LENGTH - HEADER);
	wbuf_le32(w, width);
	wbuf_le32(w, height);
	wbuf_le32(w, 1);
	for (int i = 0; i < 5; i++)
		wbuf_le32(w, monitor[i]);
	wbuf_put(w, pad, RESET_LENGTH - HEADER - 12 - sizeof(monitor));
}

void
gfx_put_surface(struct wbuf *w, uint16_t id, uint16_t width, uint16_t height)
{
	begin(w, CREATE_SURFACE, 7);
	wbuf_le16(w, id);
	wbuf_le16(w, width);
	wbuf_le16(w, height);
	wbuf_u8(w, PIXEL_XRGB);
}

void
gfx_put_map(struct wbuf *w, uint16_t id)
{
	begin(w, MAP_SURFACE, 12);
	wbuf_le16(w, id);
	wbuf_le16(w, 0);
	wbuf_le32(w, 0);
	wbuf_le32(w, 0);
}

void
gfx_put_delete(struct wbuf *w, uint16_t id)
{
	begin(w, DELETE_SURFACE, 2);
	wbuf_le16(w, id);
}

void
gfx_put_start(struct wbuf *w, uint32_t frame)
{
	begin(w, START_FRAME, 8);
	wbuf_le32(w, 0);
	wbuf_le32(w, frame);
}

void
gfx_put_end(struct wbuf *w, uint32_t frame)
{
	begin(w, END_FRAME, 4);
	wbuf_le32(w, frame);
}

static void
put_head(struct wbuf *w, const struct gfx_picture *p)
{
	wbuf_le16(w, WIRE_TO_SURFACE);
	wbuf_le16(w, 0);
	wbuf_le32(w, (uint32_t)(GFX_PICTURE_HEAD + p->len));
	wbuf_le16(w, p->surface);
	wbuf_le16(w, (uint16_t)p->codec);
	wbuf_u8(w, PIXEL_XRGB);
	wbuf_le16(w, p->x);
	wbuf_le16(w, p->y);
	wbuf_le16(w, (uint16_t)(p->x + p->w));
	wbuf_le16(w, (uint16_t)(p->y + p->h));
	wbuf_le32(w, (uint32_t)p->len);
}

/* One rectangle; what it says of quality nobody looks at. */
void
gfx_put_avc(struct wbuf *w, uint16_t width, uint16_t height)
{
	wbuf_le32(w, 1);
	wbuf_le16(w, 0);
	wbuf_le16(w, 0);
	wbuf_le16(w, width);
	wbuf_le16(w, height);
	wbuf_u8(w, 22);
	wbuf_u8(w, 100);
}

static size_t
segments(size_t len)
{
	return (GFX_PICTURE_HEAD + len + GFX_SEGMENT - 1) / GFX_SEGMENT;
}

size_t
gfx_picture_size(size_t len)
{
	return 7 + segments(len) * 5 + GFX_PICTURE_HEAD + len;
}

/* A segment's length has its first byte in it. */
void
gfx_put_picture(struct wbuf *w, const struct gfx_picture *p)
{
	size_t left = GFX_PICTURE_HEAD + p->len, sent = 0;

	if (left <= GFX_SEGMENT) {
		wbuf_u8(w, WRAP_SINGLE);
		wbuf_u8(w, WRAP_PLAIN);
		put_head(w, p);
		wbuf_put(w, p->data, p->len);
		return;
	}
	wbuf_u8(w, WRAP_MULTI);
	wbuf_le16(w, (uint16_t)segments(p->len));
	wbuf_le32(w, (uint32_t)left);
	while (left) {
		size_t n = left < GFX_SEGMENT ? left : GFX_SEGMENT;
		size_t data = sent ? n : n - GFX_PICTURE_HEAD;

		wbuf_le32(w, (uint32_t)n + 1);
		wbuf_u8(w, WRAP_PLAIN);
		if (!sent)
			put_head(w, p);
		wbuf_put(w, p->data + sent, data);
		sent += data;
		left -= n;
	}
}
