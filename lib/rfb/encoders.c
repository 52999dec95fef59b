#include <errno.h>
#include <stdlib.h>

#include "rfb/encoder.h"

static const struct rfb_encoder *const encoders[RFB_ENCODERS] = {
	&rfb_tight,
	&rfb_zrle,
	&rfb_zlib,
	&rfb_trle,
	&rfb_jpeg,
	&rfb_hextile,
	&rfb_raw,
};

const struct rfb_encoder *
rfb_encoder_of(int32_t encoding)
{
	for (size_t i = 0; i < RFB_ENCODERS; i++)
		if (encoders[i]->encoding == encoding)
			return encoders[i];
	return NULL;
}

static void **
state_of(struct rfb_encoders *all, const struct rfb_encoder *e)
{
	size_t i = 0;

	while (encoders[i] != e)
		i++;
	return &all->states[i];
}

int
rfb_encoders_open(struct rfb_encoders *all, const struct rfb_encoder *e)
{
	void **state = state_of(all, e);
	int err;

	if (!e->state || *state)
		return 0;
	*state = calloc(1, e->state);
	if (!*state)
		return -ENOMEM;
	err = e->open ? e->open(*state) : 0;
	if (err) {
		free(*state);
		*state = NULL;
	}
	return err;
}

void
rfb_encoders_close(struct rfb_encoders *all)
{
	for (size_t i = 0; i < RFB_ENCODERS; i++) {
		if (all->states[i] && encoders[i]->close)
			encoders[i]->close(all->states[i]);
		free(all->states[i]);
		all->states[i] = NULL;
	}
}

size_t
rfb_encoders_bound(
    struct rfb_encoders *all, const struct rfb_encoder *e, size_t pixels)
{
	return e->bound(*state_of(all, e), pixels);
}

struct rfb_written
rfb_encode(struct rfb_encoders *all, const struct rfb_encoder *e,
    const struct rfb_picture *p, struct rect r, const struct rfb_wish *wish,
    struct wbuf *out)
{
	return e->encode(*state_of(all, e), p, r, wish, out);
}

void
rfb_rect(struct wbuf *w, struct rect r, int32_t encoding)
{
	wbuf_u16(w, r.x);
	wbuf_u16(w, r.y);
	wbuf_u16(w, r.w);
	wbuf_u16(w, r.h);
	wbuf_u32(w, (uint32_t)encoding);
}

void
rfb_copyrect(struct wbuf *w, struct rect r, uint16_t x, uint16_t y)
{
	rfb_rect(w, r, RFB_COPYRECT);
	wbuf_u16(w, x);
	wbuf_u16(w, y);
}

static uint16_t
least(uint32_t a, uint32_t b)
{
	return (uint16_t)(a < b ? a : b);
}

/* How high the pieces beside each other are. */
static uint32_t
rows_of(const struct rfb_encoder *e, uint32_t width)
{
	uint32_t rows = (uint32_t)RFB_PIECE_AREA / least(width, e->width);

	return rows - rows % e->rows;
}

bool
rfb_pieces_next(struct rfb_pieces *p, struct rect *r)
{
	const struct rect *all;

	if (p->rect == p->region->n)
		return false;
	all = &p->region->rects[p->rect];
	r->x = (uint16_t)(all->x + p->x);
	r->y = (uint16_t)(all->y + p->y);
	r->w = least(all->w - p->x, p->encoder->width);
	r->h = least(all->h - p->y, rows_of(p->encoder, all->w));
	p->x = (uint16_t)(p->x + r->w);
	if (p->x < all->w)
		return true;
	p->x = 0;
	p->y = (uint16_t)(p->y + r->h);
	if (p->y == all->h) {
		p->y = 0;
		p->rect++;
	}
	return true;
}

unsigned int
rfb_pieces_left(struct rfb_pieces p)
{
	struct rect r;
	unsigned int n = 0;

	while (rfb_pieces_next(&p, &r))
		n++;
	return n;
}
