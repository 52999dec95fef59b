#include "rtp/h264.h"

#include <errno.h>

#include "../tap.h"

/*
 * A depacketiser written from RFC 6184, to be wrong in other ways than the
 * code: gives back the NAL units, each behind 00 00 00 01.
 */
struct depacketiser {
	uint8_t out[1 << 20];
	size_t len;
	bool in_fu;
	uint8_t fu_type;
	const char *wrong;
};

static void
add(struct depacketiser *d, const uint8_t *p, size_t len)
{
	memcpy(d->out + d->len, p, len);
	d->len += len;
}

static void
add_nal(struct depacketiser *d, const uint8_t *p, size_t len)
{
	add(d, (const uint8_t *)"\0\0\0\1", 4);
	add(d, p, len);
}

static void
take_stap(struct depacketiser *d, const uint8_t *p, size_t len)
{
	uint8_t nri = 0, f = 0;
	size_t units = 0;

	for (size_t i = 1; i < len; units++) {
		size_t n = i + 2 <= len ? (size_t)p[i] << 8 | p[i + 1] : 0;

		if (n == 0 || i + 2 + n > len) {
			d->wrong = "STAP-A is cut";
			return;
		}
		add_nal(d, p + i + 2, n);
		nri = (p[i + 2] & 0x60) > nri ? p[i + 2] & 0x60 : nri;
		f |= p[i + 2] & 0x80;
		i += 2 + n;
	}
	if (units < 2)
		d->wrong = "STAP-A of less than two";
	if ((p[0] & 0x60) != nri || (p[0] & 0x80) != f)
		d->wrong = "F or NRI of STAP-A";
}

static void
take_fu(struct depacketiser *d, const uint8_t *p, size_t len)
{
	bool start = p[1] & 0x80, end = p[1] & 0x40;
	uint8_t header = (uint8_t)((p[0] & 0xe0) | (p[1] & 0x1f));

	if (len < 3)
		d->wrong = "empty fragment";
	if (start && end)
		d->wrong = "one fragment both first and last";
	if (p[1] & 0x20)
		d->wrong = "reserved bit";
	if (start == d->in_fu)
		d->wrong = "start bit";
	if (start)
		add_nal(d, &header, 1);
	else if (header != d->fu_type)
		d->wrong = "header changed between fragments";
	d->fu_type = header;
	d->in_fu = !end;
	add(d, p + 2, len - 2);
}

static void
take(struct depacketiser *d, const uint8_t *p, size_t len)
{
	uint8_t type = p[0] & 0x1f;

	if (type == 28) {
		take_fu(d, p, len);
		return;
	}
	if (d->in_fu)
		d->wrong = "fragments interrupted";
	if (type == 24)
		take_stap(d, p, len);
	else if (type >= 1 && type <= 23)
		add_nal(d, p, len);
	else
		d->wrong = "unknown payload type";
}

/* Through payloads of at most size bytes and back; the number of payloads. */
static size_t
round_trip(struct depacketiser *d, const void *au, size_t len, size_t size)
{
	uint8_t *copy = exact(au, len), *out = malloc(size);
	struct h264_units u;
	size_t count = 0;
	ssize_t n;
	bool last;

	d->len = 0;
	d->in_fu = false;
	d->wrong = NULL;
	h264_begin(&u, copy, len);
	for (;;) {
		last = h264_is_last(&u);
		n = h264_next(&u, out, size);
		if (n <= 0)
			break;
		if (last)
			d->wrong = "a payload after the last one";
		if ((size_t)n > size)
			d->wrong = "too large";
		take(d, out, (size_t)n);
		count++;
	}
	if (n < 0 || !last)
		d->wrong = "ends early";
	if (d->in_fu)
		d->wrong = "no last fragment";
	free(copy);
	free(out);
	return count;
}

static struct depacketiser d;

static void
is_round(const void *au, size_t au_len, size_t size, const void *want,
    size_t len, size_t payloads, const char *what)
{
	is_int(
	    round_trip(&d, au, au_len, size), payloads, "%s: payloads", what);
	ok(!d.wrong, "%s: %s", what, d.wrong ? d.wrong : "well-formed");
	is_int(d.len, len, "%s: length", what);
	if (d.len == len)
		is_mem(d.out, want, len, "%s: NAL units", what);
}

#define S "\0\0\0\1"
#define ROUND(au, size, want, payloads, what)                                  \
	is_round(                                                              \
	    au, sizeof(au) - 1, size, want, sizeof(want) - 1, payloads, what)

static void
test_examples(void)
{
	ROUND(S "\x41"
		"abc",
	    4,
	    S "\x41"
	      "abc",
	    1, "fits exactly");
	ROUND(S "\x41"
		"abc",
	    3,
	    S "\x41"
	      "abc",
	    3, "one byte too long");
	ROUND(S "\x67sps" S "\x68pp" S "\x65idr", 100,
	    S "\x67sps" S "\x68pp" S "\x65idr", 1, "three aggregated");
	ROUND(S "\x67sps" S "\x68pp" S "\x65idr", 12,
	    S "\x67sps" S "\x68pp" S "\x65idr", 2,
	    "two fit exactly, one alone");
	ROUND(S "\x67sps" S "\x68pp" S "\x65idr", 11,
	    S "\x67sps" S "\x68pp" S "\x65idr", 3, "each alone");
	ROUND(S "\x09\x10" S "\x67s" S "\x06sei" S "\x0c\xff" S "\x0b" S
		"\x65i",
	    100, S "\x67s" S "\x65i", 1, "AUD, SEI, filler, end left out");
	ROUND("\0\0\1\x41x\0\0\0\0\0\1\x01y\0\0\0", 100, S "\x41x" S "\x01y", 1,
	    "short start code, zeros around");
	ROUND(S "\x41\0\0\3\1\0\1\2\0\0", 100, S "\x41\0\0\3\1\0\1\2", 1,
	    "emulation prevention is left alone");
	ROUND(S "\x78stap" S "\x7c" S "\x00" S "\x41x", 100, S "\x41x", 1,
	    "types that RTP uses itself are left out");
	ROUND("", 100, "", 0, "nothing");
	ROUND("\x41no start code", 100, "", 0, "no start code");
	ROUND(S, 100, "", 0, "start code alone");
	ROUND(S "\x06sei", 100, "", 0, "nothing but SEI");
}

static void
test_bits(void)
{
	struct h264_units u;
	uint8_t out[16];

	h264_begin(&u, S "\x67s" S "\x08p", 12);
	h264_next(&u, out, sizeof(out));
	is_mem(out, "\x78\0\2\x67s\0\2\x08p", 9, "STAP-A");
	h264_begin(&u,
	    S "\x65"
	      "abcd",
	    9);
	is_int(h264_next(&u, out, 4), 4, "first fragment");
	is_mem(out,
	    "\x7c\x85"
	    "ab",
	    4, "starts");
	ok(!h264_is_last(&u), "one more");
	is_int(h264_next(&u, out, 4), 4, "last fragment");
	is_mem(out,
	    "\x7c\x45"
	    "cd",
	    4, "ends");
	ok(h264_is_last(&u), "that was all");
	h264_begin(&u,
	    S "\x65"
	      "abcd",
	    9);
	is_int(h264_next(&u, out, 2), -ENOSPC, "no room for a fragment");
	is_int(h264_next(&u, out, 3), 3, "which loses nothing");
}

static uint32_t
random32(void)
{
	static uint32_t x = 2463534242;

	x ^= x << 13;
	x ^= x >> 17;
	return x ^= x << 5;
}

/* Access units of random NAL units, with sizes around multiples of size. */
static void
test_random(void)
{
	static const uint8_t types[] = { 1, 5, 7, 8, 6, 9, 12, 2 };
	static uint8_t au[1 << 20], want[1 << 20];
	size_t failed = 0;

	for (int round = 0; round < 3000; round++) {
		size_t size = 3 + random32() % 1500, len = 0, want_len = 0;

		for (unsigned int i = random32() % 8 + 1; i; i--) {
			uint8_t type = types[random32() % 8];
			size_t start = len,
			       n = 1 + random32() % 8 + random32() % 3 * size -
			    (random32() % 2 ? 0 : 4);

			n = n > 100000 ? 1 : n;
			memcpy(au + len, "\0\0\0\1", 4);
			len += 4;
			au[len++] = (uint8_t)(type | (random32() & 0x60));
			for (size_t j = 1; j < n; j++) /* no zeros at all */
				au[len++] = (uint8_t)(1 + random32() % 255);
			if (type != 6 && type != 9 && type != 12) {
				memcpy(
				    want + want_len, au + start, len - start);
				want_len += len - start;
			}
		}
		round_trip(&d, au, len, size);
		if (d.wrong || d.len != want_len ||
		    memcmp(d.out, want, want_len) != 0) {
			printf("# round %d, size %zu: %s\n", round, size,
			    d.wrong ? d.wrong : "bytes differ");
			failed++;
		}
	}
	is_int(failed, 0, "random access units survive");
}

static void
test_large(void)
{
	static uint8_t au[300000];

	memset(au, 0x55, sizeof(au));
	memcpy(au, S "\x65", 5);
	is_int(round_trip(&d, au, sizeof(au), 1180), 255, "a large IDR");
	ok(!d.wrong && d.len == sizeof(au) && !memcmp(d.out, au, d.len),
	    "survives");
	memcpy(au + 150000, S "\x65", 5);
	round_trip(&d, au, sizeof(au), 280000);
	ok(!d.wrong && d.len == sizeof(au) && !memcmp(d.out, au, d.len),
	    "lengths over 16 bits are not aggregated");
}

int
main(void)
{
	test_examples();
	test_bits();
	test_random();
	test_large();
	return done_testing();
}
