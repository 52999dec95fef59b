#include "rdp/gfx.h"

#include <errno.h>
#include <stdlib.h>

#include "../tap.h"

static void
messages(void)
{
	static const uint8_t caps[] = { 0x12, 0, 0, 0, 34, 0, 0, 0, 2, 0, 0x05,
		0x01, 0x08, 0, 4, 0, 0, 0, 0x10, 0, 0, 0, /* 8.1 */
		0x04, 0x00, 0x08, 0, 4, 0, 0, 0, 0x02, 0, 0, 0 /* 8 */ };
	static const uint8_t ack[] = { 0x0d, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0,
		7, 0, 0, 0, 7, 0, 0, 0 };
	struct gfx_message m;
	bool good = true;

	ok(gfx_decode(&m, caps, sizeof(caps)) == sizeof(caps) &&
		m.type == GFX_CAPS && m.version == 0x80105 && m.avc420,
	    "the best of what a client has");
	ok(gfx_decode(&m, ack, sizeof(ack)) == sizeof(ack) &&
		m.type == GFX_ACK && m.frame == 7 && !m.unasked,
	    "an acknowledgement");
	for (size_t n = 0; n < sizeof(caps); n++) {
		uint8_t *part = malloc(n + 1);

		memcpy(part, caps, n);
		good = good && gfx_decode(&m, part, n) == -EBADMSG;
		free(part);
	}
	ok(good, "no part of a message is one");
}

static void
lies(void)
{
	uint8_t caps[] = { 0x12, 0, 0, 0, 22, 0, 0, 0, 1, 0, 0x07, 0x01, 0x0a,
		0, 4, 0, 0, 0, 0, 0, 0, 0 };
	struct gfx_message m;

	ok(gfx_decode(&m, caps, sizeof(caps)) == sizeof(caps) && m.avc420,
	    "10.7 has H.264 unless it says otherwise");
	caps[18] = 0x20;
	gfx_decode(&m, caps, sizeof(caps));
	ok(!m.avc420, "which it can");
	caps[14] = 5;
	ok(gfx_decode(&m, caps, sizeof(caps)) == -EBADMSG,
	    "a set longer than its message");
	caps[14] = 4;
	caps[8] = 2;
	ok(gfx_decode(&m, caps, sizeof(caps)) == -EBADMSG,
	    "fewer sets than it says");
	caps[4] = 7;
	ok(gfx_decode(&m, caps, sizeof(caps)) == -EBADMSG,
	    "a message shorter than its header");
}

/* The message in out, its wrapping taken off. */
static size_t
unwrap(const uint8_t *out, size_t len, uint8_t *message)
{
	size_t at = 7, n = 0;

	if (out[0] == 0xe0) {
		memcpy(message, out + 2, len - 2);
		return len - 2;
	}
	while (at < len) {
		size_t size = out[at] | (size_t)out[at + 1] << 8 |
		    (size_t)out[at + 2] << 16;

		memcpy(message + n, out + at + 5, size - 1);
		n += size - 1;
		at += 4 + size;
	}
	return at == len ? n : 0;
}

static void
pictures(void)
{
	static uint8_t data[3 * GFX_SEGMENT], out[4 * GFX_SEGMENT],
	    message[4 * GFX_SEGMENT];
	static const size_t sizes[] = { 0, 1, GFX_SEGMENT - GFX_PICTURE_HEAD,
		GFX_SEGMENT - GFX_PICTURE_HEAD + 1, 2 * GFX_SEGMENT,
		3 * GFX_SEGMENT };
	bool good = true, bounded = true;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	for (int i = 0; i < 6; i++) {
		struct gfx_picture p = { 1, GFX_PLANAR, 2, 3, 4, 5, data,
			sizes[i] };
		struct wbuf w = wbuf_of(out, gfx_picture_size(p.len));
		size_t n;

		gfx_put_picture(&w, &p);
		bounded = bounded && !w.bad;
		n = unwrap(out, wbuf_len(&w), message);
		good = good && n == GFX_PICTURE_HEAD + p.len &&
		    memcmp(message + GFX_PICTURE_HEAD, data, p.len) == 0 &&
		    message[4] == (uint8_t)n && message[17] == 6 &&
		    message[19] == 8;
	}
	ok(bounded, "a picture has room where it says");
	ok(good, "it comes whole in its segments");
}

static void
reset(void)
{
	uint8_t out[GFX_RESET_SIZE];
	struct wbuf w = wbuf_of(out, sizeof(out));

	gfx_put_reset(&w, 1920, 1080);
	ok(!w.bad && wbuf_len(&w) == sizeof(out), "a reset has its length");
	w = wbuf_of(out, GFX_AVC_HEAD);
	gfx_put_avc(&w, 1920, 1080);
	ok(!w.bad && wbuf_len(&w) == GFX_AVC_HEAD,
	    "what goes before H.264 has its length");
	w = wbuf_of(out, sizeof(out));
	gfx_put_reset(&w, 1920, 1080);
	ok(out[2 + 28] == 0x7f && out[2 + 29] == 0x07,
	    "a monitor ends with its last column");
}

int
main(void)
{
	messages();
	lies();
	pictures();
	reset();
	return done_testing();
}
