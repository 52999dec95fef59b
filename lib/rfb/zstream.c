#include "rfb/zstream.h"

#include <errno.h>

enum {
	LENGTH = 4,
	FAST = 1,
	FLUSH = 64,   /* bytes that flushing, and another level, may take */
	SMALLEST = 6, /* from this level on bytes matter more than time */
};

int
zstream_open(struct zstream *s)
{
	*s = (struct zstream){ .level = FAST, .strategy = Z_DEFAULT_STRATEGY };
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
		deflateParams(&s->z, s->level, s->strategy);
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
	int strategy;

	s->start = wbuf_len(out);
	wbuf_u32(out, 0);
	s->from = s->z.total_in;
	level = level < 0 ? FAST : level;
	strategy =
	    s->hard && level < SMALLEST ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY;
	if (level == s->level && strategy == s->strategy)
		return;
	s->level = level;
	s->strategy = strategy;
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
	size_t len;

	s->z.avail_in = 0;
	run(s, out, Z_SYNC_FLUSH);
	len = wbuf_len(out) - s->start - LENGTH;
	s->hard = len > (s->z.total_in - s->from) / 8 * 7;
	wbuf_u32(&length, (uint32_t)len);
}
