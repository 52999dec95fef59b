#include "rfb/message.h"

#include <errno.h>

enum {
	TEXT_HEAD = 8,
	QEMU_KEY = 0,
	MORE_BUTTONS = 0x80,
};

static int
take_format(struct rfb_message *m, struct rbuf *r)
{
	rbuf_take(r, 3);
	if (rbuf_left(r) < RFB_FORMAT_SIZE) {
		r->bad = true;
		return 0;
	}
	return rfb_format_decode(&m->format, r);
}

static int
take_encodings(struct rfb_message *m, struct rbuf *r)
{
	rbuf_u8(r);
	m->encodings.n = rbuf_u16(r);
	m->encodings.list = rbuf_take(r, 4 * m->encodings.n);
	return m->encodings.n > RFB_ENCODINGS_MAX ? -EBADMSG : 0;
}

/* A request, or the switch of continuous updates. */
static int
take_area(struct rfb_message *m, struct rbuf *r)
{
	m->area.incremental = m->area.on = rbuf_u8(r);
	m->area.x = rbuf_u16(r);
	m->area.y = rbuf_u16(r);
	m->area.w = rbuf_u16(r);
	m->area.h = rbuf_u16(r);
	return 0;
}

static int
take_key(struct rfb_message *m, struct rbuf *r)
{
	m->key.extended = false;
	m->key.down = rbuf_u8(r);
	rbuf_u16(r);
	m->key.keysym = rbuf_u32(r);
	m->key.code = 0;
	return 0;
}

static int
take_pointer(struct rfb_message *m, struct rbuf *r, bool buttons)
{
	uint8_t low = rbuf_u8(r);

	m->pointer.x = rbuf_u16(r);
	m->pointer.y = rbuf_u16(r);
	m->pointer.buttons = low;
	if (!buttons || !(low & MORE_BUTTONS))
		return 0;
	m->pointer.buttons =
	    (uint16_t)((low & ~MORE_BUTTONS) | rbuf_u8(r) << 7);
	return 0;
}

/* Of the extended clipboard the length is negative. */
static int
take_text(struct rfb_message *m, struct rbuf *r)
{
	int64_t len;

	rbuf_take(r, 3);
	len = (int32_t)rbuf_u32(r);
	m->text.extended = len < 0;
	m->text.len = (size_t)(len < 0 ? -len : len);
	m->text.p = NULL;
	if (m->text.len <= RFB_TEXT_MAX)
		m->text.p = rbuf_take(r, m->text.len);
	return m->text.extended && m->text.len < 4 ? -EBADMSG : 0;
}

static int
take_fence(struct rfb_message *m, struct rbuf *r)
{
	rbuf_take(r, 3);
	m->fence.flags = rbuf_u32(r);
	m->fence.len = rbuf_u8(r);
	m->fence.p = rbuf_take(r, m->fence.len);
	return m->fence.len > RFB_FENCE_MAX ? -EBADMSG : 0;
}

static int
take_size(struct rfb_message *m, struct rbuf *r)
{
	rbuf_u8(r);
	m->size.w = rbuf_u16(r);
	m->size.h = rbuf_u16(r);
	m->size.nscreens = rbuf_u8(r);
	rbuf_u8(r);
	if (m->size.nscreens > RFB_SCREENS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < m->size.nscreens; i++) {
		struct rfb_screen *s = &m->size.screens[i];

		s->id = rbuf_u32(r);
		s->x = rbuf_u16(r);
		s->y = rbuf_u16(r);
		s->w = rbuf_u16(r);
		s->h = rbuf_u16(r);
		s->flags = rbuf_u32(r);
	}
	return 0;
}

static int
take_qemu(struct rfb_message *m, struct rbuf *r)
{
	uint8_t kind = rbuf_u8(r);

	if (kind == QEMU_KEY) {
		m->type = RFB_KEY;
		m->key.extended = true;
		m->key.down = rbuf_u16(r);
		m->key.keysym = rbuf_u32(r);
		m->key.code = rbuf_u32(r);
		return 0;
	}
	if (kind != RFB_QEMU_SOUND)
		return -EBADMSG;
	m->sound.what = rbuf_u16(r);
	if (m->sound.what != RFB_SOUND_FORMAT)
		return 0;
	m->sound.format.sample = rbuf_u8(r);
	m->sound.format.channels = rbuf_u8(r);
	m->sound.format.hz = rbuf_u32(r);
	return 0;
}

static int
take(struct rfb_message *m, bool buttons, struct rbuf *r)
{
	m->type = rbuf_u8(r);
	switch (m->type) {
	case RFB_SET_FORMAT:
		return take_format(m, r);
	case RFB_SET_ENCODINGS:
		return take_encodings(m, r);
	case RFB_REQUEST:
	case RFB_CONTINUOUS:
		return take_area(m, r);
	case RFB_KEY:
		return take_key(m, r);
	case RFB_POINTER:
		return take_pointer(m, r, buttons);
	case RFB_CUT_TEXT:
		return take_text(m, r);
	case RFB_FENCE:
		return take_fence(m, r);
	case RFB_XVP:
		rbuf_take(r, 3);
		return 0;
	case RFB_SET_SIZE:
		return take_size(m, r);
	case RFB_QEMU:
		return take_qemu(m, r);
	default:
		return -EBADMSG;
	}
}

ssize_t
rfb_message_decode(
    struct rfb_message *m, bool buttons, const void *p, size_t len)
{
	struct rbuf r = rbuf_of(p, len);
	int err;

	if (!len)
		return 0;
	err = take(m, buttons, &r);
	if (err)
		return err;
	return r.bad ? 0 : r.p - (const uint8_t *)p;
}

size_t
rfb_message_length(const void *p, size_t len)
{
	struct rbuf r = rbuf_of(p, len);
	int64_t text;

	if (rbuf_u8(&r) != RFB_CUT_TEXT)
		return RFB_MESSAGE_MAX;
	rbuf_take(&r, 3);
	text = (int32_t)rbuf_u32(&r);
	text = text < 0 ? -text : text;
	if (r.bad || text > RFB_TEXT_MAX)
		return RFB_MESSAGE_MAX;
	return TEXT_HEAD + (size_t)text;
}
