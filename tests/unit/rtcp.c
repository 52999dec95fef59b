#include "rtp/rtcp.h"

#include <errno.h>

#include "../tap.h"

static struct rtcp_reader reader;
static struct rtcp_message m;

/* Read only packets: strings leave a NUL that is not part of them. */
#define BEGIN(bytes) rtcp_begin(&reader, bytes, sizeof(bytes) - 1)

static void
test_encode(void)
{
	static const uint8_t want[] = {
		0x80, 200, 0, 6, 0, 0, 0, 7, /* SR */
		0, 0, 0, 2, 0x80, 0, 0, 0,   /* NTP */
		0, 3, 0x6e, 0xe8,            /* RTP: 5000 + 2.5 s at 88 kHz */
		0, 0, 0, 9, 0, 0, 0x10, 0,   /* counts */
		0x81, 202, 0, 3, 0, 0, 0, 7, /* SDES */
		1, 4, 'n', 'a', 'm', 'e', 0, 0, 0x81, 203, 0, 1, 0, 0, 0,
		7, /* BYE */
	};
	const struct rtp_stream s = {
		.ssrc = 7,
		.clock_hz = 88000,
		.ts_offset = 5000,
		.packets = 9,
		.octets = 4096,
	};
	uint8_t out[sizeof(want)];

	for (size_t size = 0; size <= sizeof(want); size++) {
		struct wbuf w = wbuf_of(out, size);

		rtcp_sr_encode(&w, &s, 2500000);
		rtcp_sdes_encode(&w, 7, "name");
		rtcp_bye_encode(&w, 7);
		if (w.bad == (size == sizeof(want)))
			ok(false, "%zu bytes of room", size);
	}
	is_mem(out, want, sizeof(want), "SR, SDES, BYE");
	BEGIN("\x80\xc8\0\6........................");
	is_int(rtcp_next(&reader, &m), 0, "a report without blocks");
}

static void
test_sdes_lengths(void)
{
	char name[300];
	uint8_t out[300];

	memset(name, 'x', sizeof(name));
	for (size_t len = 0; len < 256; len++) {
		struct wbuf w = wbuf_of(out, sizeof(out));
		size_t words;

		name[len] = '\0';
		rtcp_sdes_encode(&w, 1, name);
		name[len] = 'x';
		words = (size_t)out[2] << 8 | out[3];
		if (w.bad || wbuf_len(&w) != 4 * words + 4 || out[9] != len ||
		    w.p[-1] != 0 || wbuf_len(&w) < 11 + len)
			ok(false, "a name of %zu", len);
	}
	ok(true, "names of all lengths are padded by 1 to 4 zeros");
}

static void
test_reports(void)
{
	BEGIN("\x81\xc8\0\x0c"
	      "\0\0\0\1........------------" /* SR: sender information */
	      "\0\0\0\7\x40\xff\xff\xfe\0\1\0\2\0\0\0\3\1\2\3\4\5\6\7\x08"
	      "\x82\xc9\0\x0e\0\0\0\2" /* RR of two, and an extension */
	      "\0\0\0\x08\0\x7f\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	      "\0\0\0\x09\xff\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	      "more");
	is_int(rtcp_next(&reader, &m), 1, "a block of the SR");
	ok(m.kind == RTCP_REPORT && m.sender == 1 && m.ssrc == 7,
	    "whose it is");
	ok(m.report.fraction_lost == 64 && m.report.lost == -2, "loss");
	ok(m.report.highest_seq == 0x10002 && m.report.jitter == 3 &&
		m.report.lsr == 0x01020304 && m.report.dlsr == 0x05060708,
	    "sequence, jitter, times");
	is_int(rtcp_next(&reader, &m), 1, "the first of the RR");
	ok(m.sender == 2 && m.ssrc == 8 && m.report.lost == 0x7fffff,
	    "most lost");
	is_int(rtcp_next(&reader, &m), 1, "the second");
	ok(m.ssrc == 9 && m.report.lost == -0x800000, "least lost");
	is_int(rtcp_next(&reader, &m), 0, "end");
	is_int(rtcp_next(&reader, &m), 0, "still");
}

static void
test_rtt(void)
{
	/* RFC 3550 figure 2. */
	struct rtcp_report report = { .lsr = 0xb7052000, .dlsr = 0x00054000 };
	int64_t at_us = INT64_C(0xb710) * 1000000 + 500000;

	is_int(rtcp_rtt_us(&report, at_us), 6125000, "RFC 3550's example");
	report.dlsr = 0x000b6001;
	is_int(rtcp_rtt_us(&report, at_us), 0, "never less than nothing");
	report.lsr = 0;
	is_int(rtcp_rtt_us(&report, at_us), -1, "no report to tell it by");
	report = (struct rtcp_report){ .lsr = 0xffffff00, .dlsr = 0x80 };
	is_int(rtcp_rtt_us(&report, INT64_C(65536) * 1000000),
	    0x80 * 1000000 / 65536, "wraps");
}

static void
test_nack(void)
{
	static const uint16_t want[] = { 10, 11, 26, 0xfffe, 0xffff, 0, 5 };
	size_t n = 0;

	BEGIN("\x81\xcd\0\5\0\0\0\1\0\0\0\7"
	      "\0\x0a\x80\x01\xff\xfe\0\3\0\5\0\0");
	for (; rtcp_next(&reader, &m) == 1; n++)
		if (n >= LEN(want) || m.kind != RTCP_NACK || m.ssrc != 7 ||
		    m.sender != 1 || m.seq != want[n])
			ok(false, "NACK %zu: %u", n, m.seq);
	is_int(n, LEN(want), "all sequence numbers of a NACK");
	BEGIN("\x81\xcd\0\2\0\0\0\1\0\0\0\7");
	is_int(rtcp_next(&reader, &m), 0, "a NACK of nothing");
}

static void
test_key_frames(void)
{
	BEGIN("\x81\xce\0\2\0\0\0\1\0\0\0\7" /* PLI */
	      "\x84\xce\0\6\0\0\0\1\0\0\0\0" /* FIR of two */
	      "\0\0\0\7\xfe\0\0\0\0\0\0\x08\x03\0\0\0"
	      "\x82\xcb\0\3\0\0\0\1\0\0\0\2\3bye"); /* BYE of two, reason */
	ok(rtcp_next(&reader, &m) == 1 && m.kind == RTCP_PLI && m.ssrc == 7 &&
		m.sender == 1,
	    "PLI");
	ok(rtcp_next(&reader, &m) == 1 && m.kind == RTCP_FIR && m.ssrc == 7 &&
		m.fir_seq == 254,
	    "FIR");
	ok(rtcp_next(&reader, &m) == 1 && m.kind == RTCP_FIR && m.ssrc == 8 &&
		m.fir_seq == 3,
	    "and its second entry");
	ok(rtcp_next(&reader, &m) == 1 && m.kind == RTCP_BYE && m.sender == 1,
	    "BYE");
	ok(rtcp_next(&reader, &m) == 1 && m.kind == RTCP_BYE && m.sender == 2,
	    "of two");
	is_int(rtcp_next(&reader, &m), 0, "end");
}

static void
test_remb(void)
{
	BEGIN("\x8f\xce\0\5\0\0\0\1\0\0\0\0REMB\1\x0b\xff\xff\0\0\0\7");
	is_int(rtcp_next(&reader, &m), 1, "REMB");
	ok(m.kind == RTCP_REMB && m.bitrate == 0x3ffff << 2, "its bitrate");
	BEGIN("\x8f\xce\0\4\0\0\0\1\0\0\0\0REMB\0\xbf\xff\xff");
	ok(rtcp_next(&reader, &m) == -EBADMSG, "more than 64 bit/s of bits");
	BEGIN("\x8f\xce\0\4\0\0\0\1\0\0\0\0REMB\2\0\0\0");
	ok(rtcp_next(&reader, &m) == -EBADMSG, "fewer streams than it says");
	BEGIN("\x8f\xce\0\3\0\0\0\1\0\0\0\0LOSS\x81\xce\0\2\0\0\0\1\0\0\0\7");
	ok(rtcp_next(&reader, &m) == 1 && m.kind == RTCP_PLI,
	    "another application's message is skipped");
}

struct arrivals {
	uint16_t seq;
	int64_t at_us; /* -1: lost */
};

static void
is_cc(const struct arrivals *want, size_t n, const char *what)
{
	struct rtcp_arrival a;
	size_t i = 0;

	is_int(rtcp_next(&reader, &m), 1, "%s", what);
	is_int(m.kind, RTCP_TRANSPORT_CC, "%s: kind", what);
	is_int(m.cc.count, n, "%s: count", what);
	for (; rtcp_cc_next(&m.cc, &a); i++)
		if (i >= n || a.seq != want[i].seq ||
		    a.received != (want[i].at_us >= 0) ||
		    (a.received && a.at_us != want[i].at_us))
			ok(false, "%s: packet %u at %" PRId64, what, a.seq,
			    a.at_us);
	is_int(i, n, "%s: all of them", what);
	is_int(rtcp_next(&reader, &m), 0, "%s: end", what);
}

/* 205/15 of so many words, from 1 about 7. */
#define CC(words) "\x8f\xcd\0" words "\0\0\0\1\0\0\0\7"

static void
test_transport_cc(void)
{
	static const struct arrivals runs[] = { { 0xfffe, 64000 },
		{ 0xffff, 64250 }, { 0, -1 }, { 1, -1 }, { 2, -1 },
		{ 3, 65000 } };
	static const struct arrivals ones[] = { { 5, 0 }, { 6, -1 },
		{ 7, 63750 }, { 8, -1 }, { 9, -1 }, { 10, -1 }, { 11, -1 },
		{ 12, -1 }, { 13, -1 }, { 14, -1 }, { 15, -1 }, { 16, -1 },
		{ 17, -1 }, { 18, 63750 }, { 19, 64000 } };
	static const struct arrivals twos[] = {
		{ 0, 0xffffffll * 64000 + 8191750 },
		{ 1, 0xffffffll * 64000 + 8191500 },
		{ 2, 0xffffffll * 64000 + 8191500 }, { 3, -1 }
	};

	BEGIN(CC("\x07") "\xff\xfe\0\6\0\0\1\x2a"
			 "\x20\2\0\3\x3f\xff" /* 2 small, 3 lost, 8191 small */
			 "\0\1\3\0\0\0");
	is_cc(runs, LEN(runs), "runs, the last one longer than needed");
	BEGIN(CC("\x06") "\0\5\0\x0f\0\0\0\0" /* 1 0 1 0*10 1, then 1 */
			 "\xa8\x01\xa0\0"
			 "\0\xff\0\1");
	is_cc(ones, LEN(ones), "vectors of one bit");
	BEGIN(CC("\x06") "\0\0\0\4\xff\xff\xff\0"
			 "\xe9\0" /* large, large, small, lost */
			 "\x7f\xff\xff\xff\0\0");
	is_cc(twos, LEN(twos), "vectors of two bits, going back in time");
	BEGIN(CC("\x04") "\0\0\0\0\0\0\0\0");
	is_cc(NULL, 0, "feedback of nothing");
	BEGIN(
	    "\xaf\xcd\0\5\0\0\0\1\0\0\0\7\0\x99\0\1\x3d\xe8\2\x17\x20\1\x94\1");
	is_cc((struct arrivals[]){ { 0x99, 0x3de802ll * 64000 + 148 * 250 } },
	    1, "padded by one byte, as Chromium does");
}

static void
test_transport_cc_malformed(void)
{
	BEGIN(CC("\x05") "\0\0\0\2\0\0\0\0\xdc\0\0\0");
	is_int(rtcp_next(&reader, &m), -EBADMSG, "status 3 in a vector");
	is_int(rtcp_next(&reader, &m), -EBADMSG, "is the end of it");
	BEGIN(CC("\x05") "\0\0\0\2\0\0\0\0\x60\2\0\0");
	is_int(rtcp_next(&reader, &m), -EBADMSG, "status 3 in a run");
	BEGIN(CC("\x05") "\0\0\0\3\0\0\0\0\x20\3\0\0");
	is_int(rtcp_next(&reader, &m), -EBADMSG, "a delta is missing");
	BEGIN(CC("\x05") "\0\0\xff\xff\0\0\0\0\x1f\xff\x1f\xff");
	is_int(rtcp_next(&reader, &m), -EBADMSG, "chunks are missing");
	BEGIN(CC("\x05") "\0\0\0\1\0\0\0\0\0\0\0\0");
	is_int(rtcp_next(&reader, &m), -EBADMSG, "runs of nothing");
	BEGIN(CC("\x05") "\0\0\0\1\0\0\0\0\xd3\0\0\0");
	is_int(rtcp_next(&reader, &m), 1, "status 3 past the count is no harm");
}

static void
test_skipped(void)
{
	BEGIN("\x81\xca\0\3\0\0\0\1\1\2"
	      "ab\0\0\0\0"               /* SDES */
	      "\x80\xcc\0\2\0\0\0\1name" /* APP */
	      "\x80\xcf\0\1\0\0\0\1"     /* XR */
	      "\x83\xcd\0\3........data" /* TMMBR */
	      "\x81\xff\0\0"
	      "\x81\xce\0\2\0\0\0\1\0\0\0\7");
	ok(rtcp_next(&reader, &m) == 1 && m.kind == RTCP_PLI,
	    "unknown types are skipped");
	rtcp_begin(&reader, "", 0);
	is_int(rtcp_next(&reader, &m), 0, "nothing");
}

/* All that can be read, or the error. */
static int
read_all(const void *p, size_t len)
{
	struct rtcp_arrival a;
	int n;

	rtcp_begin(&reader, p, len);
	while ((n = rtcp_next(&reader, &m)) > 0)
		while (m.kind == RTCP_TRANSPORT_CC && rtcp_cc_next(&m.cc, &a))
			;
	return n;
}

static void
test_malformed(void)
{
	static const char *const packets[] = {
		"\x81\xc9\0\7........................----",
		"\x81\xcd\0\3............",
		"\x81\xce\0\2........",
		"\x84\xce\0\4........--------",
		"\x8f\xce\0\5........REMB\1\0\0\1----",
		CC("\x05") "\0\5\0\2\1\1\1\1\x20\2\1\1",
		"\x81\xcb\0\1....",
		"\x80\xc8\0\6........................",
	};
	static const uint8_t lengths[] = { 32, 16, 12, 20, 24, 24, 8, 28 };

	for (size_t i = 0; i < LEN(packets); i++) {
		is_int(read_all(packets[i], lengths[i]), 0, "packet %zu", i);
		for (size_t n = 1; n < lengths[i]; n++) {
			uint8_t *cut = exact(packets[i], n);

			if (read_all(cut, n) != -EBADMSG)
				ok(false, "packet %zu cut at %zu", i, n);
			free(cut);
		}
		for (uint8_t words = 0; words < lengths[i] / 4 - 1; words++) {
			uint8_t *lie = exact(packets[i], words * 4 + 4u);

			lie[3] = words;
			read_all(lie, words * 4 + 4u);
			free(lie);
		}
	}
	is_int(read_all("\x41\xce\0\2........", 12), -EBADMSG, "version 1");
	is_int(read_all("\xa1\xce\0\2.......\0", 12), -EBADMSG, "padding of 0");
	is_int(read_all("\xa1\xce\0\2.......\x09", 12), -EBADMSG,
	    "more padding than packet");
	is_int(read_all("\xa1\xce\0\2.......\x08", 12), -EBADMSG,
	    "padding instead of a packet");
	is_int(
	    read_all("\xa1\xce\0\0", 4), -EBADMSG, "padding of an empty one");
	is_int(read_all("\x82\xc9\0\7........................----", 32),
	    -EBADMSG, "more blocks than fit");
	is_int(
	    read_all("\x84\xce\0\3........----", 16), -EBADMSG, "half a FIR");
}

int
main(void)
{
	test_encode();
	test_sdes_lengths();
	test_reports();
	test_rtt();
	test_nack();
	test_key_frames();
	test_remb();
	test_transport_cc();
	test_transport_cc_malformed();
	test_skipped();
	test_malformed();
	return done_testing();
}
