#include "pointer.h"

#include <errno.h>

#include "base/buf.h"

enum {
	SIDE = 96,       /* pixels, either way, that clients take at most, */
	SMALL_SIDE = 32, /* or older ones */
	OPAQUE = 0x80,   /* from this alpha on, where that is a bit */
};

/* [MS-RDPBCGR] 2.2.9.1.1.4.5: from the last row to the first. */
struct masks {
	uint16_t w, h;
	uint8_t xor [SIDE * SIDE * 4], and[SIDE * SIDE / 8];
};

void
pointer_take(struct pointer *p, const struct frames_line *l)
{
	p->changed = true;
	p->w = p->h = 0;
	if (!l->cursor.width || !shape_decode(p->argb, l))
		return;
	p->w = (uint16_t)l->cursor.width;
	p->h = (uint16_t)l->cursor.height;
	p->xhot = (uint16_t)l->cursor.xhot;
	p->yhot = (uint16_t)l->cursor.yhot;
}

/* Each row of bits is padded to 16 of them, set where nothing is drawn. */
static void
fill(struct masks *m, const struct pointer *p, unsigned int factor)
{
	size_t row = (m->w + 15U) / 16 * 2;
	struct wbuf xor = wbuf_of(m->xor, sizeof(m->xor));

	memset(m->and, 0, sizeof(m->and));
	for (size_t y = m->h; y-- > 0;)
		for (size_t x = 0; x < m->w; x++) {
			uint32_t c = p->argb[y * factor * p->w + x * factor];
			uint8_t *and = &m->and [(m->h - 1 - y) * row + x / 8];

			if (c >> 24 < OPAQUE)
				*and |= (uint8_t)(0x80 >> x % 8);
			wbuf_u32(&xor, __builtin_bswap32(c));
		}
}

static bool
send_shape(const struct pointer *p, freerdp_peer *peer)
{
	static struct masks m;
	unsigned int side =
	    peer->settings->LargePointerFlag ? SIDE : SMALL_SIDE;
	unsigned int most = p->w > p->h ? p->w : p->h;
	unsigned int factor = (most + side - 1) / side;
	POINTER_NEW_UPDATE u = { .xorBpp = 32 };
	rdpPointerUpdate *pointer = peer->update->pointer;

	m.w = (uint16_t)(p->w / factor);
	m.h = (uint16_t)(p->h / factor);
	if (!m.w || !m.h)
		return true;
	fill(&m, p, factor);
	u.colorPtrAttr = (POINTER_COLOR_UPDATE){
		.xPos = p->xhot / factor,
		.yPos = p->yhot / factor,
		.width = m.w,
		.height = m.h,
		.lengthAndMask = (m.w + 15U) / 16 * 2 * m.h,
		.lengthXorMask = m.w * m.h * 4U,
		.xorMaskData = m.xor
		, .andMaskData = m.and,
	};
	return pointer->PointerNew(peer->context, &u);
}

static bool
send_hidden(freerdp_peer *peer)
{
	POINTER_SYSTEM_UPDATE u = { .type = SYSPTR_NULL };

	return peer->update->pointer->PointerSystem(peer->context, &u);
}

int
pointer_send(struct pointer *p, freerdp_peer *peer)
{
	p->changed = false;
	return (p->w ? send_shape(p, peer) : send_hidden(peer)) ? 0 : -EPIPE;
}
