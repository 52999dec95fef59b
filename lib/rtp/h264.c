#include "rtp/h264.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

enum {
	STAP_A = 24,
	FU_A = 28,
	FU_START = 0x80,
	FU_END = 0x40,
	FORBIDDEN = 0x80,
	NRI = 0x60,
	TYPE = 0x1f,
	UNIT_MAX = 65535, /* what STAP-A can say */
};

/* Slices, partitions of slices and parameter sets; all others have no use. */
static bool
is_wanted(uint8_t header)
{
	return 0x1be & 1u << (header & TYPE);
}

/* The first 00 00 01 at or after p, or end. */
static const uint8_t *
find_start(const uint8_t *p, const uint8_t *end)
{
	if (end - p < 3)
		return end;
	for (p += 2; p < end; p++) {
		p = memchr(p, 1, (size_t)(end - p));
		if (!p)
			return end;
		if (p[-1] == 0 && p[-2] == 0)
			return p - 2;
	}
	return end;
}

/* Go to the next wanted NAL unit at or after p; nal is end if there is none. */
static void
advance(struct h264_units *u, const uint8_t *p)
{
	do {
		p = find_start(p, u->end);
		u->nal = p == u->end ? p : p + 3;
		u->nal_end = p = find_start(u->nal, u->end);
		/* trailing_zero_8bits and the zero_byte of the next one */
		while (u->nal_end > u->nal && u->nal_end[-1] == 0)
			u->nal_end--;
	} while (
	    u->nal != u->end && (u->nal == u->nal_end || !is_wanted(*u->nal)));
}

void
h264_begin(struct h264_units *u, const void *au, size_t len)
{
	const uint8_t *p = au;

	*u = (struct h264_units){ .end = p + len };
	advance(u, p);
}

bool
h264_is_last(const struct h264_units *u)
{
	return u->nal == u->end;
}

static size_t
unit_len(const struct h264_units *u)
{
	return (size_t)(u->nal_end - u->nal);
}

/* Move the present NAL unit whole into an aggregate. */
static void
put_unit(struct h264_units *u, struct wbuf *w)
{
	uint8_t header = *u->nal;

	/* Section 5.7.1: the highest NRI, and F if any has it. */
	w->start[0] |= header & FORBIDDEN;
	if ((header & NRI) > (w->start[0] & NRI))
		w->start[0] = (uint8_t)((w->start[0] & ~NRI) | (header & NRI));
	wbuf_u16(w, (uint16_t)unit_len(u));
	wbuf_put(w, u->nal, unit_len(u));
	advance(u, u->nal_end);
}

static size_t
put_whole(struct h264_units *u, void *out, size_t size)
{
	struct wbuf w = wbuf_of(out, size);
	struct h264_units first = *u;

	advance(u, u->nal_end);
	if (h264_is_last(u) ||
	    1 + 2 + unit_len(&first) + 2 + unit_len(u) > size) {
		wbuf_put(&w, first.nal, unit_len(&first));
		return wbuf_len(&w);
	}
	*u = first;
	wbuf_u8(&w, STAP_A);
	do
		put_unit(u, &w);
	while (!h264_is_last(u) && wbuf_len(&w) + 2 + unit_len(u) <= size);
	return wbuf_len(&w);
}

static size_t
put_fragment(struct h264_units *u, void *out, size_t size)
{
	struct wbuf w = wbuf_of(out, size);
	uint8_t bits = 0;
	size_t n;

	if (!u->fu) {
		bits = FU_START;
		u->fu = *u->nal++;
	}
	n = unit_len(u) < size - 2 ? unit_len(u) : size - 2;
	if (n == unit_len(u))
		bits |= FU_END;
	wbuf_u8(&w, (uint8_t)((u->fu & ~TYPE) | FU_A));
	wbuf_u8(&w, (uint8_t)(bits | (u->fu & TYPE)));
	wbuf_put(&w, u->nal, n);
	u->nal += n;
	if (bits & FU_END) {
		u->fu = 0;
		advance(u, u->nal_end);
	}
	return wbuf_len(&w);
}

ssize_t
h264_next(struct h264_units *u, void *out, size_t size)
{
	if (h264_is_last(u))
		return 0;
	if (size < 3)
		return -ENOSPC;
	if (size > UNIT_MAX)
		size = UNIT_MAX;
	if (u->fu || unit_len(u) > size)
		return (ssize_t)put_fragment(u, out, size);
	return (ssize_t)put_whole(u, out, size);
}
