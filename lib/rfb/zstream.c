#include "rfb/zstream.h"

#include <errno.h>

enum {
	LENGTH = 4,
	FAST = 1,
	FLUSH = 64, /* bytes that flushing, and another level, may take */
};

int
zstream_open(struct zstream *s)
{
	*s = (struct zstream){ .level = FAST };
	return deflateInit(&s->z, FAST) == Z_OK ? 0 : -ENOMEM;
}

void
zstream_close(struct zstream *s)
{
	deflateEnd(&s->z);
}

size_t
zstream_bound(struct zstream *s, size_t len)
{
	return LENGTH + deflateBound(&s->z, len) + FLUSH;
}

/* zlib's end of out is moved on from here to there. */
static void
run(struct zstream *s, struct wbuf *out, int flush)
{
	s->z.next_out = out->p;
	s->z.avail_out = out->bad ? 0 : (unsigned int)(out->end - out->p);
	if (flush == Z_TREES)
		deflateParams(&s->z, s->level, Z_DEFAULT_STRATEGY);
	else
		deflate(&s->z, flush);
	if (s->z.avail_in || !s->z.avail_out)
		out->bad = true;
	else
		out->p = s->z.next_out;
}

void
zstream_begin(struct zstream *s, struct wbuf *out, int level)
{
	s->start = wbuf_len(out);
	wbuf_u32(out, 0);
	level = level < 0 ? FAST : level;
	if (level == s->level)
		return;
	s->level = level;
	s->z.avail_in = 0;
	run(s, out, Z_TREES);
}

void
zstream_put(struct zstream *s, struct wbuf *out, const void *p, size_t len)
{
	s->z.next_in = (z_const Bytef *)(uintptr_t)p;
	s->z.avail_in = (unsigned int)len;
	run(s, out, Z_NO_FLUSH);
}

void
zstream_end(struct zstream *s, struct wbuf *out)
{
	struct wbuf length = wbuf_of(out->start + s->start, LENGTH);

	s->z.avail_in = 0;
	run(s, out, Z_SYNC_FLUSH);
	wbuf_u32(&length, (uint32_t)(wbuf_len(out) - s->start - LENGTH));
}
