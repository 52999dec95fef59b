#include "rtp/red.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

enum {
	FOLLOWED = 0x80, /* another block's header comes */
	HEADER = 4,
	HEADER_LAST = 1,
};

ssize_t
red_encode(const struct red *r, unsigned int depth, uint8_t pt, uint32_t ts,
    const void *data, size_t len, void *out, size_t size)
{
	const struct red_block *used[RED_DEPTH];
	struct wbuf w = wbuf_of(out, size);
	size_t whole = HEADER_LAST + len;
	unsigned int n = 0;

	for (unsigned int i = 0; i < depth && i < RED_DEPTH; i++) {
		const struct red_block *b = &r->kept[i];

		if (!b->len || ts - b->ts >= RED_OLD ||
		    whole + HEADER + b->len > size)
			break;
		whole += HEADER + b->len;
		used[n++] = b;
	}
	for (unsigned int i = n; i-- > 0;) {
		wbuf_u8(&w, FOLLOWED | pt);
		wbuf_be(&w, (ts - used[i]->ts) << 10 | used[i]->len, 3);
	}
	wbuf_u8(&w, pt);
	for (unsigned int i = n; i-- > 0;)
		wbuf_put(&w, used[i]->data, used[i]->len);
	wbuf_put(&w, data, len);
	return w.bad ? -ENOSPC : (ssize_t)wbuf_len(&w);
}

void
red_keep(struct red *r, uint32_t ts, const void *data, size_t len)
{
	memmove(&r->kept[1], &r->kept[0], (RED_DEPTH - 1) * sizeof(*r->kept));
	r->kept[0].ts = ts;
	r->kept[0].len = len <= RED_BLOCK ? len : 0;
	memcpy(r->kept[0].data, data, r->kept[0].len);
}
