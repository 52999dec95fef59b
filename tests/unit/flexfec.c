/* What is lost is made again from the rest, as the draft says a viewer does */
#include "rtp/flexfec.h"

#include <errno.h>

#include "../tap.h"
#include "base/buf.h"

enum { SIZE = 1200, FIXED = 12 };

static uint8_t packets[FLEXFEC_MAX][SIZE], repair[1500];
static size_t lens[FLEXFEC_MAX];
static struct flexfec block;
static struct rtp_stream media, fec;

static void
make(unsigned int n)
{
	media = (struct rtp_stream){ .ssrc = 0x11223344,
		.seq = 65530,
		.ts_offset = 77,
		.clock_hz = RTP_VIDEO_HZ,
		.pt = 96,
		.ext = { [RTP_EXT_TRANSPORT_SEQ] = 3 } };
	fec = media;
	fec.ssrc = 0x55667788;
	fec.pt = 98;
	block.count = 0;
	for (unsigned int i = 0; i < n; i++) {
		ssize_t h = rtp_begin(&media, i * 1000, packets[i], SIZE);

		lens[i] = (size_t)h + i * 37 % 900;
		memset(packets[i] + h, (int)(i * 7 + 1), lens[i] - (size_t)h);
		rtp_commit(&media, packets[i], lens[i], i + 1 == n);
		if (!flexfec_add(&block, packets[i], lens[i]))
			ok(false, "%u packets", i);
	}
}

/* The mask as a viewer reads it: bit i is of the packet base + i. */
static void
read_mask(struct rbuf *r, bool mask[109])
{
	static const int bits[] = { 15, 31, 63 };
	int at = 0;

	for (int part = 0; part < 3; part++) {
		uint64_t v = rbuf_be(r, (size_t)(bits[part] + 1) / 8);

		for (int i = 0; i < bits[part]; i++)
			mask[at++] = v >> (bits[part] - 1 - i) & 1;
		if (v >> bits[part] & 1)
			break;
	}
}

/* Whether packet lost comes out of repair packet i, if that is of it. */
static bool
recovers(unsigned int i, unsigned int lost, bool *covers)
{
	ssize_t n = flexfec_encode(&block, i, &fec, 0, repair, sizeof(repair));
	bool mask[109] = { 0 };
	uint8_t out[SIZE] = { 0 }, len[2];
	struct rtp_header h;
	const uint8_t *payload;
	ssize_t left = rtp_decode(&h, &payload, repair, n > 0 ? (size_t)n : 0);
	struct rbuf r = rbuf_of(payload, left > 0 ? (size_t)left : 0);
	size_t whole;

	memcpy(out, rbuf_take(&r, 2), 2);
	memcpy(len, rbuf_take(&r, 2), 2);
	memcpy(out + 4, rbuf_take(&r, 4), 4);
	if (rbuf_u8(&r) != 1 || rbuf_u24(&r) || rbuf_u32(&r) != media.ssrc ||
	    rbuf_u16(&r) != 65530 || h.ssrc != fec.ssrc || h.pt != fec.pt)
		return false;
	read_mask(&r, mask);
	*covers = mask[lost];
	if (r.bad || out[0] & 0xc0)
		return false;
	memcpy(out + FIXED, r.p, rbuf_left(&r));
	for (unsigned int k = 0; k < 109; k++) {
		if (!mask[k] || k == lost)
			continue;
		if (k >= block.count)
			return false;
		out[0] ^= packets[k][0] & 0x3f;
		out[1] ^= packets[k][1];
		len[0] ^= (uint8_t)((lens[k] - FIXED) >> 8);
		len[1] ^= (uint8_t)(lens[k] - FIXED);
		for (size_t b = 4; b < 8; b++)
			out[b] ^= packets[k][b];
		for (size_t b = FIXED; b < lens[k]; b++)
			out[b] ^= packets[k][b];
	}
	whole = (size_t)(len[0] << 8 | len[1]) + FIXED;
	return whole == lens[lost] && (out[0] | 0x80) == packets[lost][0] &&
	    out[1] == packets[lost][1] &&
	    memcmp(out + 4, packets[lost] + 4, 4) == 0 &&
	    memcmp(out + FIXED, packets[lost] + FIXED, whole - FIXED) == 0;
}

static void
test_recovery(void)
{
	static const unsigned int sizes[] = { 1, 2, 3, 9, 15, 16, 28, 46, 47,
		100 };

	for (size_t s = 0; s < LEN(sizes); s++) {
		unsigned int n = sizes[s], ways, least = 99;
		bool good = true, covers;

		make(n);
		for (unsigned int lost = 0; lost < n; lost++) {
			ways = 0;
			for (unsigned int i = 0; i < flexfec_repairs(&block);
			     i++) {
				bool made = recovers(i, lost, &covers);

				good = good && (made || !covers);
				ways += made && covers;
			}
			least = ways < least ? ways : least;
		}
		ok(good, "of %u packets each one can be made again", n);
		is_int(least, n > 2 ? 2 : 1, "in so many ways");
	}
}

static void
test_limits(void)
{
	size_t len, longest = 0;
	uint32_t sent;

	block.count = 0;
	is_int(flexfec_repairs(&block), 0, "nothing needs no repair");
	make(FLEXFEC_MAX);
	ok(!flexfec_add(&block, packets[0], lens[0]), "a block is full");
	is_int(flexfec_repairs(&block), 20, "and has ten rows and columns");
	for (int i = 0; i < FLEXFEC_MAX; i++)
		longest = lens[i] > longest ? lens[i] : longest;
	len = 0;
	for (unsigned int i = 0; i < 20; i++) {
		ssize_t n =
		    flexfec_encode(&block, i, &fec, 0, repair, sizeof(repair));

		len = n > (ssize_t)len ? (size_t)n : len;
	}
	ok(len > longest && len <= longest + FLEXFEC_HEADER + 12,
	    "as long as was said: %zu of %zu", len, longest);
	sent = fec.packets;
	for (size_t size = 0; size < 60; size++) {
		uint8_t *tight = malloc(size ? size : 1);

		if (flexfec_encode(&block, 0, &fec, 0, tight, size) != -ENOSPC)
			ok(false, "%zu bytes of room", size);
		free(tight);
	}
	is_int(fec.packets, sent, "what does not fit is not counted");
	block.count = 0;
	ok(!flexfec_add(&block, packets[0], 11), "what is not RTP is not kept");
}

int
main(void)
{
	test_recovery();
	test_limits();
	return done_testing();
}
