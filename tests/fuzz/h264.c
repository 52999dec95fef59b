/*
 * Payloads of any size, put together again, are the wanted NAL units of the
 * access unit, found by the plainest of scanners.
 */
#include "rtp/h264.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t want[1 << 17], got[1 << 17];
static size_t want_len, got_len;

static bool
is_start(const uint8_t *p, const uint8_t *end)
{
	return end - p >= 3 && p[0] == 0 && p[1] == 0 && p[2] == 1;
}

/* Length as u32, then the bytes: units cannot run into one another. */
static void
add(uint8_t *out, size_t *len, const uint8_t *nal, size_t n)
{
	uint32_t n32 = (uint32_t)n;

	memcpy(out + *len, &n32, sizeof(n32));
	memcpy(out + *len + sizeof(n32), nal, n);
	*len += sizeof(n32) + n;
}

static void
split(const uint8_t *p, const uint8_t *end)
{
	want_len = 0;
	while (p < end) {
		const uint8_t *stop;
		size_t n;

		if (!is_start(p, end)) {
			p++;
			continue;
		}
		p += 3;
		for (stop = p; stop < end && !is_start(stop, end);)
			stop++;
		for (n = (size_t)(stop - p); n && p[n - 1] == 0;)
			n--;
		if (n && strchr("\1\2\3\4\5\7\x08", *p & 0x1f) && *p & 0x1f)
			add(want, &want_len, p, n);
		p = stop;
	}
}

static void
join(const uint8_t *p, size_t n)
{
	static uint8_t nal[1 << 17];
	static size_t nal_len;

	switch (p[0] & 0x1f) {
	case 24:
		for (size_t i = 1; i < n;) {
			size_t len = (size_t)p[i] << 8 | p[i + 1];

			add(got, &got_len, p + i + 2, len);
			i += 2 + len;
		}
		break;
	case 28:
		if (p[1] & 0x80) {
			nal[0] = (uint8_t)((p[0] & 0xe0) | (p[1] & 0x1f));
			nal_len = 1;
		}
		memcpy(nal + nal_len, p + 2, n - 2);
		nal_len += n - 2;
		if (p[1] & 0x40)
			add(got, &got_len, nal, nal_len);
		break;
	default:
		add(got, &got_len, p, n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t payload[300];
	struct h264_units u;
	size_t room;
	ssize_t n;

	if (size < 1 || size > 1 << 14)
		return 0;
	room = 3 + *data++; /* the first byte tells how large they may be */
	size--;
	split(data, data + size);
	got_len = 0;
	h264_begin(&u, data, size);
	while ((n = h264_next(&u, payload, room)) > 0) {
		assert((size_t)n <= room);
		join(payload, (size_t)n);
	}
	assert(n == 0 && h264_is_last(&u));
	assert(got_len == want_len && memcmp(got, want, got_len) == 0);
	return 0;
}
