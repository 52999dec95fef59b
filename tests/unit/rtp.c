#include "rtp/rtp.h"

#include <errno.h>

#include "../tap.h"

static const struct rtp_stream full = {
	.ssrc = 0x11223344,
	.seq = 0xffff,
	.ts_offset = 0xfffffff0,
	.clock_hz = RTP_VIDEO_HZ,
	.pt = 108,
	.ext = { 9, 5, 2, 4, 14, 11 },
	.picture = { 0x1234, 17 },
	.mid = "v0",
};

static void
test_timestamps(void)
{
	struct rtp_stream s = full;

	is_int(
	    rtp_timestamp(&s, 0), 0xfffffff0, "time 0 has the random offset");
	is_int(
	    rtp_timestamp(&s, 1000000), 0xfffffff0u + 90000u, "90 kHz, wraps");
	is_int(rtp_timestamp(&s, INT64_C(1) << 60),
	    0xfffffff0u +
		(uint32_t)((INT64_C(1) << 60) / 1000000 * 90000 +
		    (INT64_C(1) << 60) % 1000000 * 9 / 100),
	    "no overflow in a life time");
	is_int(rtp_ntp(1500000), INT64_C(3) << 31, "NTP format of 1.5 s");
	is_int(rtp_ntp(0), 0, "NTP format of 0 s");
}

static void
test_encode(void)
{
	static const uint8_t want[] = {
		0x90, 108, 0xff, 0xff, 0x00, 0x02, 0xbf, 0x10, /* RTP */
		0x11, 0x22, 0x33, 0x44,                        /* SSRC */
		0xbe, 0xde, 0x00, 0x08,                        /* RFC 8285 */
		0x91, 'v', '0',                                /* mid */
		0x52, 0, 0, 0,                         /* playout-delay */
		0x22, 0, 0, 0,                         /* abs-send-time */
		0x41, 0, 0,                            /* transport-wide */
		0xe7, 0, 0, 0, 2, 0, 0, 0, 0,          /* capture time */
		0xb5, 0x81, 0x12, 0x34, 0x14, 0x20, 0, /* dependency */
		0, 0,                                  /* padding */
	};
	struct rtp_stream s = full;
	uint8_t pkt[64];

	is_int(rtp_begin(&s, 2000000, pkt, sizeof(pkt)), sizeof(want),
	    "all extensions");
	is_mem(pkt, want, sizeof(want), "their bytes");
	for (size_t size = 0; size < sizeof(want); size++) {
		uint8_t *tight = malloc(size + 1);

		if (rtp_begin(&s, 0, tight, size) != -ENOSPC)
			ok(false, "no room in %zu bytes", size);
		free(tight);
	}
	memset(s.ext, 0, sizeof(s.ext));
	is_int(rtp_begin(&s, 0, pkt, sizeof(pkt)), 12, "no extensions");
	is_int(pkt[0], 0x80, "then no X bit");
	s.ext[RTP_EXT_MID] = 1;
	s.mid[0] = '\0';
	is_int(rtp_begin(&s, 0, pkt, sizeof(pkt)), 12, "an empty mid is none");
	s = full;
	memcpy(s.mid, "0123456789abcdef", RTP_MID_MAX + 1);
	s.picture.back = 0;
	is_int(rtp_begin(&s, 0, pkt, sizeof(pkt)), RTP_HEADER_MAX,
	    "the longest header");
}

static void
test_commit(void)
{
	struct rtp_stream s = full;
	struct rtp_header h;
	const uint8_t *payload;
	uint8_t pkt[100] = { 0 }, next[100];
	ssize_t n = rtp_begin(&s, 0, pkt, sizeof(pkt));
	size_t len;

	is_int(s.seq, 0xffff, "beginning a packet counts nothing");
	rtp_commit(&s, pkt, sizeof(pkt), true);
	is_int(s.seq, 0, "sequence numbers wrap");
	is_int(rtp_begin(&s, 0, next, sizeof(next)), n - 8,
	    "a time is told in its first packet");
	is_int(rtp_begin(&s, 20, next, sizeof(next)), n, "so is the next");
	is_int(s.packets, 1, "one packet");
	is_int(s.octets, (ssize_t)sizeof(pkt) - n, "octets are the payload's");
	is_int(rtp_decode(&h, &payload, pkt, sizeof(pkt)),
	    (ssize_t)sizeof(pkt) - n, "decodes");
	is_int(rtp_ext_find(&h, 11, &len)[0], 0xc1, "a picture in one packet");
	ok(h.marker && h.pt == 108 && h.seq == 0xffff && h.ssrc == 0x11223344 &&
		h.ts == 0xfffffff0,
	    "to what was encoded");
	rtp_begin(&s, 0, pkt, sizeof(pkt));
	rtp_commit(&s, pkt, sizeof(pkt), false);
	rtp_decode(&h, &payload, pkt, sizeof(pkt));
	ok(!h.marker, "no marker");
	rtp_begin(&s, 0, pkt, sizeof(pkt));
	rtp_decode(&h, &payload, pkt, sizeof(pkt));
	is_int(rtp_ext_find(&h, 11, &len)[0], 1, "the second of a picture");
	rtp_commit(&s, pkt, sizeof(pkt), true);
	rtp_begin(&s, 0, pkt, sizeof(pkt));
	rtp_decode(&h, &payload, pkt, sizeof(pkt));
	is_int(rtp_ext_find(&h, 11, &len)[0], 0x81,
	    "the first of the next, whatever the time");
}

static void
test_stamp(void)
{
	struct rtp_stream s = full;
	struct rtp_header h;
	const uint8_t *payload, *p;
	uint8_t pkt[72] = { 0 }, plain[72];
	size_t len;

	rtp_begin(&s, 0, pkt, sizeof(pkt));
	memcpy(plain, pkt, sizeof(pkt));
	rtp_stamp(pkt, sizeof(pkt), s.ext, 65500000, 0xabcd);
	rtp_decode(&h, &payload, pkt, sizeof(pkt));
	p = rtp_ext_find(&h, 2, &len);
	ok(p && len == 3 && memcmp(p, "\x06\0\0", 3) == 0,
	    "abs-send-time counts 64 s in 18 bits of fraction");
	p = rtp_ext_find(&h, 4, &len);
	ok(p && len == 2 && memcmp(p, "\xab\xcd", 2) == 0, "transport-wide");
	p = rtp_ext_find(&h, 9, &len);
	ok(p && len == 2 && memcmp(p, "v0", 2) == 0, "mid stays");
	ok(!rtp_ext_find(&h, 3, &len) && len == 0, "no such extension");
	ok(!rtp_ext_find(&h, 0, &len), "id 0 is padding");
	rtp_stamp(pkt, sizeof(pkt), s.ext, 0, 0);
	is_mem(pkt, plain, sizeof(pkt), "nothing else was touched");
	rtp_stamp(pkt, sizeof(pkt), (uint8_t[RTP_EXT_COUNT]){ 0 }, 1, 1);
	is_mem(pkt, plain, sizeof(pkt), "nothing negotiated, nothing stamped");
}

static void
test_rtx(void)
{
	struct rtp_stream s = full,
			  rtx = { .ssrc = 7, .seq = 0xffff, .pt = 109 };
	struct rtp_header h;
	const uint8_t *payload;
	uint8_t pkt[200], out[202];
	ssize_t n;

	memset(pkt, 0x5a, sizeof(pkt));
	n = rtp_begin(&s, 5, pkt, sizeof(pkt));
	rtp_commit(&s, pkt, sizeof(pkt), true);
	is_int(
	    rtp_rtx(&rtx, pkt, sizeof(pkt), out, 202), 202, "two bytes more");
	is_int(rtp_decode(&h, &payload, out, 202), 202 - n, "is RTP");
	ok(h.ssrc == 7 && h.seq == 0xffff && h.pt == 109 && h.marker &&
		h.ts == rtp_timestamp(&s, 5),
	    "stream's own numbers, packet's own time and marker");
	is_mem(
	    payload, "\xff\xff\x5a", 3, "the original sequence number leads");
	is_mem(out + 12, pkt + 12, (size_t)n - 12, "extensions are the same");
	ok(rtx.seq == 0 && rtx.packets == 1 && rtx.octets == 202 - n,
	    "counted");
	is_int(rtp_rtx(&rtx, pkt, sizeof(pkt), out, 201), -ENOSPC, "no room");
	is_int(rtp_rtx(&rtx, pkt, 11, out, 202), -EBADMSG, "not RTP");
	is_int(rtx.packets, 1, "failures are not counted");
}

static void
test_decode(void)
{
	static const uint8_t pkt[] = {
		0xb2, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, /* P X CC=2 M */
		1, 1, 1, 1, 2, 2, 2, 2,                    /* CSRCs */
		0xbe, 0xde, 0, 2,                          /* extensions */
		0x10, 'a', 0, 0x31, 'b', 'c', 0xf0, 0,     /* 15 ends them */
		'p', 'a', 'y', 0, 0, 3, /* payload, padding */
	};
	const size_t header = 32;
	struct rtp_header h;
	const uint8_t *payload, *p;
	size_t len;

	is_int(rtp_decode(&h, &payload, pkt, sizeof(pkt)), 3, "payload");
	is_mem(payload, "pay", 3, "without padding");
	p = rtp_ext_find(&h, 3, &len);
	ok(p && len == 2 && *p == 'b', "extension behind padding");
	ok(!rtp_ext_find(&h, 15, &len), "id 15 is none");
	for (size_t n = 0; n <= header; n++) {
		uint8_t *cut = exact(pkt, n);

		if (rtp_decode(&h, &payload, cut, n) != -EBADMSG)
			ok(false, "cut at %zu is refused", n);
		free(cut);
	}
	is_int(rtp_decode(&h, &payload, pkt, header + 1), -EBADMSG,
	    "more padding than there is");
	is_int(rtp_decode(&h, &payload, "\x40_012345678901234", 12), -EBADMSG,
	    "version 1");
	is_int(rtp_decode(&h, &payload, "\xa0_0123456789\0", 13), -EBADMSG,
	    "padding of no bytes");
	is_int(rtp_decode(&h, &payload,
		   "\x90_0123456789\x10\0\0\1\x10"
		   "abc",
		   20),
	    0, "two-byte extensions are skipped");
	ok(!rtp_ext_find(&h, 1, &len), "and not taken for one-byte ones");
	is_int(rtp_decode(&h, &payload,
		   "\x90_0123456789\xbe\xde\0\1\x13"
		   "abc",
		   20),
	    0, "an extension longer than all of them");
	ok(!rtp_ext_find(&h, 1, &len), "is not there");
}

int
main(void)
{
	test_timestamps();
	test_encode();
	test_commit();
	test_stamp();
	test_rtx();
	test_decode();
	return done_testing();
}
