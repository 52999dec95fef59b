#include "rtp/flexfec.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

enum {
	FIXED = 12, /* bytes of RTP's header that are not simply added up */
	FLAGS = 0x3f,
	/* Bits of the mask that its parts end with, and what marks the last. */
	PART_1 = 15,
	PART_2 = 46,
};

#define LAST_1 (UINT64_C(1) << 15)
#define LAST_2 (UINT64_C(1) << 31)
#define LAST_3 (UINT64_C(1) << 63)

/* Which packets of a block a repair packet covers: from first, every step. */
struct line {
	unsigned int first, step, end;
};

bool
flexfec_add(struct flexfec *f, const void *pkt, size_t len)
{
	if (f->count == FLEXFEC_MAX || len < FIXED)
		return false;
	f->packets[f->count].data = pkt;
	f->packets[f->count++].len = len;
	return true;
}

static unsigned int
row_len(const struct flexfec *f)
{
	unsigned int n = 1;

	while (n * n < f->count)
		n++;
	return n;
}

static unsigned int
row_count(const struct flexfec *f)
{
	unsigned int n = row_len(f);

	return (f->count + n - 1) / n;
}

unsigned int
flexfec_repairs(const struct flexfec *f)
{
	unsigned int rows = row_count(f);

	/* Columns of one packet would be mere copies. */
	return rows > 1 ? rows + row_len(f) : rows;
}

static struct line
line_of(const struct flexfec *f, unsigned int i)
{
	unsigned int rows = row_count(f), len = row_len(f);
	unsigned int end = (i + 1) * len;

	if (i >= rows)
		return (struct line){ i - rows, len, f->count };
	return (struct line){ i * len, 1, end < f->count ? end : f->count };
}

/* One bit per packet of the block, n bits from bit on, highest first. */
static uint64_t
mask(const struct line *l, unsigned int bit, unsigned int n)
{
	uint64_t v = 0;

	for (unsigned int k = l->first; k < l->end; k += l->step)
		if (k >= bit && k < bit + n)
			v |= UINT64_C(1) << (n - 1 - (k - bit));
	return v;
}

/* Section 4.2.2.1; a line is said to be no longer than need be. */
static void
put_mask(struct wbuf *w, const struct line *l)
{
	unsigned int last = l->end - 1;

	wbuf_u16(
	    w, (uint16_t)(mask(l, 0, PART_1) | (last < PART_1 ? LAST_1 : 0)));
	if (last < PART_1)
		return;
	wbuf_u32(w,
	    (uint32_t)(mask(l, PART_1, PART_2 - PART_1) |
		(last < PART_2 ? LAST_2 : 0)));
	if (last >= PART_2)
		wbuf_u64(w, mask(l, PART_2, 63) | LAST_3);
}

static void
add(uint8_t *to, const uint8_t *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] ^= from[i];
}

static void
put_repair(struct wbuf *w, const struct flexfec *f, const struct line *l)
{
	uint8_t *head = wbuf_room(w, 8), *sum;
	const uint8_t *first = f->packets[0].data;
	size_t longest = FIXED;
	uint16_t lengths = 0;

	wbuf_u32(w, UINT32_C(1) << 24); /* one stream, */
	wbuf_put(w, first + 8, 4);      /* this one, */
	wbuf_put(w, first + 2, 2);      /* from this number on */
	put_mask(w, l);
	for (unsigned int k = l->first; k < l->end; k += l->step)
		if (f->packets[k].len > longest)
			longest = f->packets[k].len;
	sum = wbuf_room(w, longest - FIXED);
	if (w->bad)
		return;
	memset(head, 0, 8);
	memset(sum, 0, longest - FIXED);
	for (unsigned int k = l->first; k < l->end; k += l->step) {
		const uint8_t *p = f->packets[k].data;
		size_t len = f->packets[k].len - FIXED;

		add(head, p, 2);
		lengths ^= (uint16_t)len;
		add(head + 4, p + 4, 4);
		add(sum, p + FIXED, len);
	}
	head[0] &= FLAGS;
	head[2] = (uint8_t)(lengths >> 8);
	head[3] = (uint8_t)lengths;
}

ssize_t
flexfec_encode(const struct flexfec *f, unsigned int i, struct rtp_stream *s,
    int64_t us, void *out, size_t size)
{
	ssize_t header = rtp_begin(s, us, out, size);
	struct line l = line_of(f, i);
	struct wbuf w;

	if (header < 0)
		return header;
	w = wbuf_of((uint8_t *)out + header, size - (size_t)header);
	put_repair(&w, f, &l);
	if (w.bad)
		return -ENOSPC;
	rtp_commit(s, out, (size_t)header + wbuf_len(&w), false);
	return header + (ssize_t)wbuf_len(&w);
}
