#include "rfb/zstream.h"

#include <errno.h>

enum {
	LENGTH = 4,
	COMPACT_LENGTH = 3,
	FAST = 1,
	MEMORY = 8,    /* zlib's default */
	HEAD = 0x7801, /* RFC 1950: deflate, 32 KB, fast */
	FLUSH = 64,    /* bytes that flushing, and another level, may take */
	SMALLEST = 6,  /* from this level on bytes matter more than time */
};

int
zstream_open(void *stream)
{
	struct zstream *s = stream;

	*s = (struct zstream){ .level = FAST, .strategy = Z_DEFAULT_STRATEGY };
	/* Without a head, which is written where there is need of one. */
	return deflateInit2(&s->z, FAST, Z_DEFLATED, -MAX_WBITS, MEMORY,
		   Z_DEFAULT_STRATEGY) == Z_OK
	    ? 0
	    : -ENOMEM;
}

void
zstream_close(void *stream)
{
	struct zstream *s = stream;

	deflateEnd(&s->z);
}

size_t
zstream_bound(struct zstream *s, size_t len)
{
	return LENGTH + deflateBound(&s->z, len) + FLUSH;
}

static size_t
length_of(const struct zstream *s)
{
	return s->compact ? COMPACT_LENGTH : LENGTH;
}

/* Seven bits, seven, and eight, the lowest first. */
void
zstream_put_compact(struct wbuf *out, size_t len)
{
	wbuf_u8(out, (uint8_t)(len | 0x80));
	wbuf_u8(out, (uint8_t)(len >> 7 | 0x80));
	wbuf_u8(out, (uint8_t)(len >> 14));
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

static void
begin_stream(struct zstream *s, struct wbuf *out, const struct rfb_wish *wish)
{
	if (!s->begun && !wish->bare)
		wbuf_u16(out, HEAD);
	s->begun = true;
	if (wish->apart)
		deflateReset(&s->z);
	if (wish->streams)
		*wish->streams |= (uint8_t)(1u << s->number);
}

void
zstream_begin(struct zstream *s, struct wbuf *out, const struct rfb_wish *wish)
{
	int strategy, level = wish->compress < 0 ? FAST : wish->compress;

	s->start = wbuf_len(out);
	wbuf_be(out, 0, length_of(s));
	begin_stream(s, out, wish);
	s->from = s->z.total_in;
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
	struct wbuf length = wbuf_of(out->start + s->start, length_of(s));
	size_t len;

	s->z.avail_in = 0;
	run(s, out, Z_SYNC_FLUSH);
	len = wbuf_len(out) - s->start - length_of(s);
	s->hard = len > (s->z.total_in - s->from) / 8 * 7;
	if (s->compact)
		zstream_put_compact(&length, len);
	else
		wbuf_u32(&length, (uint32_t)len);
}
