#include "rtp/history.h"

#include <errno.h>

#include "../alloc.h"
#include "../tap.h"

static struct history h;

static void
test_open(void)
{
	for (int n = 0; n < 3; n++) {
		int err;

		allocations = n;
		err = history_open(&h);
		allocations = -1;
		is_int(err, -ENOMEM, "allocation %d fails", n);
		ok(!h.slots && !h.copies && !h.bytes, "and leaves nothing");
	}
}

static void
put(uint16_t seq, size_t len, int64_t now_us)
{
	uint8_t pkt[2000] = { 0x80, 96, (uint8_t)(seq >> 8), (uint8_t)seq };

	memset(pkt + 12, seq & 0xff, len - 12);
	history_put(&h, pkt, len, now_us);
}

/* Whether packet seq is there and still what was put. */
static bool
is_there(uint16_t seq, size_t len, int64_t now_us)
{
	size_t n;
	const uint8_t *p = history_resend(&h, seq, now_us, 0, &n);

	if (!p)
		return false;
	if (n != len || p[2] != seq >> 8 || p[3] != (seq & 0xff))
		return !ok(false, "packet %u is another", seq);
	for (size_t i = 12; i < n; i++)
		if (p[i] != (seq & 0xff))
			return !ok(false, "packet %u is overwritten", seq);
	return true;
}

static void
test_find(void)
{
	size_t len;

	history_open(&h);
	ok(!is_there(0, 100, 0), "nothing at first");
	put(65535, 100, 0);
	put(0, 200, 0);
	ok(is_there(65535, 100, 0) && is_there(0, 200, 0), "two packets");
	ok(history_find(&h, 0, &len) && len == 200, "found");
	ok(!history_find(&h, 1, &len) && len == 0, "not found");
	ok(!is_there(1, 100, 0), "not a third one");
	ok(!is_there(HISTORY_PACKETS, 200, 0), "nor one of the same slot");
	put(HISTORY_PACKETS, 300, 0);
	ok(!is_there(0, 200, 0) && is_there(HISTORY_PACKETS, 300, 0),
	    "which takes its place");
	history_put(&h, "short", 5, 0);
	ok(!history_resend(&h, 0x6f72, 0, 0, &len) && len == 0,
	    "what is not RTP is not kept");
	history_close(&h);
	history_close(&h);
	ok(!h.slots && !h.bytes, "closed twice");
}

static void
test_rate(void)
{
	size_t len;

	history_open(&h);
	put(1, 100, 1000);
	history_find(&h, 1, &len);
	ok(history_resend(&h, 1, 1001, 20000, &len), "sent again at once");
	ok(!history_resend(&h, 1, 21000, 20000, &len), "not within rtt");
	ok(history_resend(&h, 1, 21001, 20000, &len), "but after it");
	ok(!history_resend(&h, 1, 41000, 20000, &len), "which counts again");
	ok(history_resend(&h, 1, 50000, 0, &len), "or when that one got lost");
	ok(history_resend(&h, 1, 1000 + HISTORY_AGE_US, 0, &len),
	    "to the last");
	ok(!history_resend(&h, 1, 1000 + HISTORY_AGE_US, 200000, &len),
	    "but not when it would arrive after that");
	ok(!history_resend(&h, 1, 1001 + HISTORY_AGE_US, 0, &len), "too old");
	put(1, 50, 0);
	ok(history_resend(&h, 1, 1, 20000, &len) && len == 50,
	    "a new packet has no past");
	history_close(&h);
}

static void
test_lost(void)
{
	uint16_t seq;

	history_open(&h);
	put(0, 100, 0);
	ok(!history_told(&h, 0, false, &seq), "what never left is not lost");
	put(1, 100, 0);
	history_left(&h, 0, 65535);
	history_left(&h, 1, 0);
	ok(history_told(&h, 65535, false, &seq) && seq == 0,
	    "what left may be");
	ok(history_told(&h, 0, false, &seq) && seq == 1,
	    "each under its number");
	ok(!history_told(&h, 1, false, &seq), "which nothing else has");
	history_left(&h, 0, 1);
	ok(!history_told(&h, 65535, false, &seq), "not when a copy left since");
	ok(history_told(&h, 1, false, &seq) && seq == 0, "unless that is lost");
	history_left(&h, 77, 2);
	ok(!history_told(&h, 2, false, &seq), "what is not kept cannot be");
	history_left(&h, 0, 3);
	ok(!history_told(&h, 1, true, &seq), "what arrived is not,");
	ok(!history_told(&h, 3, false, &seq), "whatever became of a copy");
	history_left(&h, 1, 4096);
	ok(!history_told(&h, 0, false, &seq), "old numbers are forgotten");
	put(0, 100, 0);
	ok(!history_told(&h, 1, false, &seq), "nor one that came before it");
	history_close(&h);
}

static void
test_ring(void)
{
	const size_t len = 1201; /* no divisor of the size */
	const uint16_t held = HISTORY_BYTES / len;
	uint16_t wrong = 0;

	history_open(&h);
	for (uint32_t seq = 0; seq < 3u * held; seq++) {
		put((uint16_t)seq, len, seq);
		if (!is_there((uint16_t)seq, len, seq) ||
		    (seq >= held &&
			!is_there((uint16_t)(seq - held + 1), len, seq)))
			wrong++;
		if (seq >= held + 1u &&
		    is_there((uint16_t)(seq - held - 1), len, seq))
			wrong++;
	}
	is_int(wrong, 0, "the ring has as many packets as fit");
	history_close(&h);
}

static void
test_sizes(void)
{
	uint32_t x = 1;

	history_open(&h);
	for (uint32_t seq = 0; seq < 100000; seq++) {
		x = x * 1664525 + 1013904223;
		put((uint16_t)seq, 12 + x % 1400, seq);
		for (uint16_t back = 0; back < 8000; back += 997) {
			size_t len;
			uint16_t old = (uint16_t)(seq - back);
			const uint8_t *p =
			    history_resend(&h, old, seq, 0, &len);

			if (p && (p[2] << 8 | p[3]) != old)
				ok(false, "packet %u is another", old);
			if (p && len > 12 && p[len - 1] != (old & 0xff))
				ok(false, "packet %u is overwritten", old);
		}
	}
	ok(true, "what is found is whole");
	history_close(&h);
}

static void
test_quiet(void)
{
	history_open(&h);
	for (uint16_t seq = 0; seq < 100; seq++) {
		put(seq, 1000, seq * (HISTORY_AGE_US + INT64_C(1)));
		if (h.head % HISTORY_BYTES != 1000)
			ok(false, "packet %u", seq);
	}
	ok(true, "a quiet stream stays at the front of the ring");
	ok(is_there(99, 1000, 99 * (HISTORY_AGE_US + INT64_C(1))),
	    "and is kept");
	history_close(&h);
}

int
main(void)
{
	test_open();
	test_find();
	test_rate();
	test_lost();
	test_ring();
	test_sizes();
	test_quiet();
	return done_testing();
}
