/* What clients' processes and the one that encodes say to each other */
#include <errno.h>

#include "tiles.h"

size_t
tiles_put_wish(
    uint8_t *p, const struct rfb_encoder *e, const struct rfb_wish *wish)
{
	struct wbuf w = wbuf_of(p, TILES_WISH);

	wbuf_u32(&w, (uint32_t)e->encoding);
	wbuf_u8(&w, (uint8_t)wish->compress);
	wbuf_u8(&w, (uint8_t)wish->quality);
	wbuf_u8(&w, (uint8_t)wish->hues);
	wbuf_u8(&w, wish->splits);
	rfb_format_encode(&wish->format, &w);
	return wbuf_len(&w);
}

int
tiles_take_wish(const uint8_t *p, size_t len, const struct rfb_encoder **e,
    struct rfb_wish *wish)
{
	struct rbuf r = rbuf_of(p, len);

	*e = rfb_encoder_of((int32_t)rbuf_u32(&r));
	*wish = (struct rfb_wish){ .apart = true, .bare = true };
	wish->compress = (int8_t)rbuf_u8(&r);
	wish->quality = (int8_t)rbuf_u8(&r);
	wish->hues = rbuf_u8(&r);
	wish->splits = rbuf_u8(&r);
	if (rfb_format_decode(&wish->format, &r) || r.bad || rbuf_left(&r) ||
	    !*e || wish->compress < -1 || wish->compress > 9 ||
	    wish->quality < -1 || wish->quality > 100 ||
	    wish->hues > RFB_HUES_NONE)
		return -EBADMSG;
	return 0;
}

size_t
tiles_put_want(uint8_t *p, const struct tiles_want *want)
{
	struct wbuf w = wbuf_of(p, TILES_WANT);

	wbuf_u64(&w, want->seq);
	wbuf_u8(&w, (uint8_t)want->slot);
	wbuf_u8(&w, (uint8_t)want->n);
	for (unsigned int i = 0; i < want->n; i++) {
		wbuf_u16(&w, want->rects[i].x);
		wbuf_u16(&w, want->rects[i].y);
		wbuf_u16(&w, want->rects[i].w);
		wbuf_u16(&w, want->rects[i].h);
	}
	return wbuf_len(&w);
}

int
tiles_take_want(const uint8_t *p, size_t len, struct tiles_want *want)
{
	struct rbuf r = rbuf_of(p, len);

	want->seq = rbuf_u64(&r);
	want->slot = rbuf_u8(&r);
	want->n = rbuf_u8(&r);
	if (want->n > TILES_MAX)
		return -EBADMSG;
	for (unsigned int i = 0; i < want->n; i++) {
		struct rect *a = &want->rects[i];

		a->x = rbuf_u16(&r);
		a->y = rbuf_u16(&r);
		a->w = rbuf_u16(&r);
		a->h = rbuf_u16(&r);
	}
	return r.bad || rbuf_left(&r) ? -EBADMSG : 0;
}

size_t
tiles_put_have(uint8_t *p, const struct tile_place *t, unsigned int n)
{
	struct wbuf w = wbuf_of(p, TILES_HAVE);

	wbuf_u8(&w, (uint8_t)n);
	for (unsigned int i = 0; i < n; i++) {
		wbuf_u64(&w, t[i].at);
		wbuf_u32(&w, t[i].len);
		wbuf_u8(&w, t[i].rects);
		wbuf_u8(&w, t[i].streams);
		wbuf_u8(&w, t[i].lossy);
	}
	return wbuf_len(&w);
}

int
tiles_take_have(
    const uint8_t *p, size_t len, struct tile_place *t, unsigned int n)
{
	struct rbuf r = rbuf_of(p, len);

	if (rbuf_u8(&r) != n)
		return -EBADMSG;
	for (unsigned int i = 0; i < n; i++) {
		t[i].at = rbuf_u64(&r);
		t[i].len = rbuf_u32(&r);
		t[i].rects = rbuf_u8(&r);
		t[i].streams = rbuf_u8(&r);
		t[i].lossy = rbuf_u8(&r);
	}
	return r.bad || rbuf_left(&r) ? -EBADMSG : 0;
}
