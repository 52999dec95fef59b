/* What a client says: each message, each prefix of it, each length. */
#include <errno.h>
#include <zlib.h>

#include "../tap.h"
#include "rfb/cursor.h"
#include "rfb/message.h"
#include "rfb/server.h"
#include "rfb/wants.h"

static struct rfb_message m;

#define M(text)                                                                \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct {
	const char *p;
	size_t len;
} messages[] = {
	M("\0\0\0\0\x20\x18\0\1\0\xff\0\xff\0\xff\x10\x08\0\0\0\0"),
	M("\2\0\0\0"),
	M("\2\0\0\2\0\0\0\1\xff\xff\xff\x11"),
	M("\3\1\0\1\0\2\1\3\1\4"),
	M("\4\1\0\0\0\0\xff\x0d"),
	M("\5\1\0\1\0\2"),
	M("\5\x81\0\1\0\2\3"),
	M("\6\0\0\0\0\0\0\0"),
	M("\6\0\0\0\0\0\0\3abc"),
	M("\6\0\0\0\xff\xff\xff\xfc\1\0\0\1"),
	M("\x96\1\0\0\0\0\1\0\1\0"),
	M("\xf8\0\0\0\x80\0\0\1\0"),
	M("\xf8\0\0\0\0\0\0\1\4abcd"),
	M("\xfa\0\1\2"),
	M("\xfb\0\4\0\3\0\1\0\0\0\0\7\0\0\0\0\4\0\3\0\0\0\0\0"),
	M("\xff\0\0\1\0\0\0\x61\0\0\0\x1e"),
	M("\xff\1\0\0"),
	M("\xff\1\0\2\0\2\0\0\xac\x44"),
};

static ssize_t
decode(const void *p, size_t len)
{
	uint8_t *copy = exact(p, len);
	ssize_t n = rfb_message_decode(&m, true, copy, len);
	size_t need = rfb_message_length(copy, len);

	free(copy);
	return n || need > len ? n : -EMSGSIZE;
}

static void
test_all(void)
{
	for (size_t i = 0; i < LEN(messages); i++) {
		int wrong = 0;

		for (size_t n = 0; n < messages[i].len; n++)
			wrong += decode(messages[i].p, n) != 0;
		is_int(wrong, 0, "each prefix of message %zu waits", i);
		is_int(decode(messages[i].p, messages[i].len), messages[i].len,
		    "and all of it is taken");
	}
}

static void
test_types(void)
{
	static const uint8_t known[] = { 0, 2, 3, 4, 5, 6, 150, 248, 250, 251,
		255 };
	int wrong = 0;

	for (int type = 0; type < 256; type++) {
		uint8_t b = (uint8_t)type;
		bool is_known = memchr(known, type, sizeof(known));

		wrong += decode(&b, 1) != (is_known ? 0 : -EBADMSG);
	}
	is_int(wrong, 0, "of 256 types those that there are");
}

static void
test_limits(void)
{
	uint8_t b[32] = { 2, 0, 4, 0 };

	is_int(decode(b, 4), 0, "1024 encodings");
	b[3] = 1;
	is_int(decode(b, 4), -EBADMSG, "and one more");
	is_int(decode("\xf8\0\0\0\0\0\0\0\101", 9), -EBADMSG,
	    "a fence of 65 bytes");
	is_int(decode("\xfb\0\4\0\3\0\21\0", 8), -EBADMSG, "17 screens");
	is_int(decode("\xff\2\0\0", 4), -EBADMSG, "something else of QEMU's");
	is_int(decode("\6\0\0\0\0\100\0\1", 8), 8,
	    "of a text of 4 MiB and a byte");
	ok(!m.text.p && m.text.len == RFB_TEXT_MAX + 1, "the head");
	is_int(decode("\6\0\0\0\177\377\377\377", 8), 8, "and of 2 GiB");
	is_int(decode("\6\0\0\0\200\0\0\0", 8), 8, "of an extended one too");
	ok(m.text.extended && m.text.len == 1u << 31, "with its length");
	is_int(decode("\6\0\0\0\377\377\377\376", 8), -EBADMSG,
	    "an extended text of 2 bytes is none");
	is_int(
	    decode("\0\0\0\0\x20\x18\0\1\0\0\0\xff\0\xff\x10\x08\0\0\0\0", 20),
	    -EBADMSG, "a maximum of 0");
	is_int(rfb_message_length("\6\0\0\0\0\100\0\0", 8), RFB_TEXT_MAX + 8,
	    "the longest text has room");
	is_int(rfb_message_length("\6\0\0\0\0\100\0\1", 8), RFB_MESSAGE_MAX,
	    "what is longer needs none");
}

static void
test_values(void)
{
	decode(messages[3].p, messages[3].len);
	ok(m.type == RFB_REQUEST && m.area.incremental && m.area.x == 1 &&
		m.area.y == 2 && m.area.w == 259 && m.area.h == 260,
	    "a request");
	decode(messages[4].p, messages[4].len);
	ok(m.type == RFB_KEY && m.key.down && m.key.keysym == 0xff0d &&
		!m.key.extended,
	    "a key");
	decode(messages[5].p, messages[5].len);
	is_int(m.pointer.buttons, 1, "a button");
	decode(messages[6].p, messages[6].len);
	is_int(m.pointer.buttons, 0x181, "buttons 1, 8 and 9");
	is_int(rfb_message_decode(&m, false, messages[6].p, 6), 6,
	    "without more buttons");
	is_int(m.pointer.buttons, 0x81, "the eighth is what it was");
	decode(messages[14].p, messages[14].len);
	ok(m.size.w == 1024 && m.size.h == 768 && m.size.nscreens == 1 &&
		m.size.screens[0].id == 7 && m.size.screens[0].w == 1024,
	    "a size");
	decode(messages[15].p, messages[15].len);
	ok(m.type == RFB_KEY && m.key.extended && m.key.down &&
		m.key.keysym == 0x61 && m.key.code == 0x1e,
	    "a key of QEMU's");
	decode("\xff\1\0\2\3\2\0\0\xac\x44", 10);
	ok(m.type == RFB_QEMU && m.sound.what == RFB_SOUND_FORMAT &&
		m.sound.format.sample == RFB_S16 &&
		m.sound.format.channels == 2 && m.sound.format.hz == 44100,
	    "in what form sound is wanted");
	decode("\xff\1\0\1", 4);
	ok(m.type == RFB_QEMU && m.sound.what == RFB_SOUND_OFF,
	    "and that it is not");
}

static void
test_wants(void)
{
	static const uint8_t list[] = { 0, 0, 0, 1, 255, 255, 255, 17, 1, 2, 3,
		4, 0, 0, 0, 16, 0, 0, 0, 5, 255, 255, 255, 2, 255, 255, 255,
		232, 192, 161, 229, 206, 87, 77, 86, 100 };
	struct rfb_wants w;

	rfb_wants_read(&w, list, sizeof(list) / 4);
	is_int(w.encoder->encoding, RFB_ZRLE, "the first that is known");
	is_int(w.features,
	    RFB_WANTS_COPYRECT | RFB_WANTS_CURSOR | RFB_WANTS_CLIPBOARD |
		RFB_WANTS_VMWARE_CURSOR,
	    "what else is asked for");
	is_int(w.compress, 2, "how much to compress");
	ok(w.quality == 88 && w.hues == RFB_HUES_ALL, "how good");
	rfb_wants_read(&w, list, 1);
	is_int(w.encoder->encoding, RFB_RAW, "Raw if nothing is known");
	ok(w.compress == -1 && w.quality == -1, "and no levels");
}

/* A list of numbers, each below 0 but for the first two. */
static struct rfb_wants
wants_of(int first, int second, int a, int b)
{
	const int all[] = { first, second, a, b };
	struct rfb_wants w;
	uint8_t list[16];
	struct wbuf out = wbuf_of(list, sizeof(list));

	for (size_t i = 0; i < LEN(all); i++)
		wbuf_u32(&out, (uint32_t)all[i]);
	rfb_wants_read(&w, list, LEN(all));
	return w;
}

static void
test_levels(void)
{
	struct rfb_wants w = wants_of(RFB_JPEG, RFB_TIGHT, -224, -224);

	ok(w.encoder == &rfb_tight && w.quality == -1,
	    "without a quality nothing is lost");
	w = wants_of(RFB_JPEG, RFB_TIGHT, -32, -224);
	ok(w.encoder == &rfb_jpeg && w.exact == &rfb_tight && w.quality == 15 &&
		w.hues == RFB_HUES_QUARTER,
	    "the least");
	w = wants_of(RFB_JPEG, -223, -412, -28);
	ok(w.exact == &rfb_raw && w.quality == 100, "the finest");
	w = wants_of(RFB_TIGHT, -768, -512, -23);
	ok(w.quality == 1 && w.hues == RFB_HUES_ALL,
	    "what is finer comes before what is coarse");
	w = wants_of(RFB_TIGHT, -765, -23, -224);
	ok(w.quality == 95 && w.hues == RFB_HUES_NONE, "without hues");
	w = wants_of(RFB_TIGHT, -763, -769, -411);
	ok(w.quality == -1 && w.hues == RFB_HUES_QUARTER,
	    "few hues, and beyond the ends nothing");
}

static uint8_t buffer[1 << 20];

/* Video is wanted when it comes before all encodings of pixels. */
static void
test_video(void)
{
	static const uint8_t first[] = { 0, 0, 0, 1, 0, 0, 0, 50, 0, 0, 0, 16 },
			     second[] = { 0, 0, 0, 16, 0, 0, 0, 50 };
	struct rfb_wants want;
	struct wbuf w = wbuf_of(buffer, RFB_VIDEO_HEAD + 3);

	rfb_wants_read(&want, first, 3);
	ok(want.video, "video is wanted");
	is_int(want.encoder->encoding, RFB_ZRLE, "and pixels without it");
	rfb_wants_read(&want, second, 2);
	ok(!want.video, "pixels are wanted rather");
	rfb_put_video(
	    &w, (struct rect){ 0, 0, 640, 480 }, RFB_VIDEO_RESET, "abc", 3);
	is_mem(buffer, "\0\0\0\0\2\200\1\340\0\0\0\62\0\0\0\3\0\0\0\2abc", 23,
	    "a unit of video");
	ok(!w.bad, "has room");
}

static void
test_server(void)
{
	struct rfb_format f;
	struct rfb_screen all = { .id = 7, .w = 640, .h = 480 };
	struct wbuf w = wbuf_of(buffer, sizeof(buffer));

	rfb_format_init(&f);
	rfb_put_init(&w, 640, 480, &f, "rd");
	is_mem(buffer, "\2\200\1\340\40\30\0\1", 8, "ServerInit");
	is_mem(buffer + 20, "\0\0\0\2rd", 6, "with a name");
	w = wbuf_of(buffer, sizeof(buffer));
	rfb_put_extended_size(&w, RFB_SIZE_CLIENT, RFB_SIZE_INVALID, &all);
	is_mem(buffer,
	    "\0\1\0\3\2\200\1\340\377\377\376\314\1\0\0\0\0\0\0\7\0\0\0\0"
	    "\2\200\1\340\0\0\0\0",
	    32, "a size");
	w = wbuf_of(buffer, sizeof(buffer));
	rfb_put_fence(&w, RFB_FENCE_REQUEST | RFB_FENCE_BEFORE, "ab", 2);
	is_mem(buffer, "\370\0\0\0\200\0\0\1\2ab", 11, "a fence");
	w = wbuf_of(buffer, sizeof(buffer));
	rfb_put_leds(&w, RFB_QEMU_LEDS, 5);
	is_int(wbuf_len(&w), 13, "LEDs of QEMU");
	rfb_put_leds(&w, RFB_VMWARE_LEDS, 5);
	is_int(wbuf_len(&w), 13 + 16, "and of VMware");
}

static void
test_cursor(void)
{
	static struct rfb_cursor c = { .w = 9, .h = 2, .xhot = 1, .yhot = 1 };
	struct rfb_format f;
	struct wbuf w = wbuf_of(buffer, sizeof(buffer));

	rfb_format_init(&f);
	c.argb[0] = 0x80ff4000; /* half, orange */
	c.argb[8] = 0xff000000;
	is_int(rfb_put_cursor(&w, &c, RFB_WANTS_COPYRECT, &f), 0,
	    "no cursor for who takes none");
	rfb_put_cursor(&w, &c, RFB_WANTS_ALPHA_CURSOR | RFB_WANTS_CURSOR, &f);
	is_int(wbuf_len(&w), 12 + 4 + 9 * 2 * 4, "with alpha");
	is_mem(buffer, "\0\1\0\1\0\11\0\2\377\377\376\306\0\0\0\0", 16,
	    "its head");
	is_mem(buffer + 16, "\200\40\0\200", 4, "multiplied");
	w = wbuf_of(buffer, sizeof(buffer));
	rfb_put_cursor(&w, &c, RFB_WANTS_VMWARE_CURSOR, &f);
	is_mem(buffer + 12, "\1\0\377\100\0\200", 6, "or not");
	w = wbuf_of(buffer, sizeof(buffer));
	rfb_put_cursor(&w, &c, RFB_WANTS_CURSOR | RFB_WANTS_XCURSOR, &f);
	is_int(wbuf_len(&w), 12 + 9 * 2 * 4 + 4, "pixels and a mask");
	is_mem(buffer + 12 + 72, "\200\200\0\0", 4, "of its rows");
	w = wbuf_of(buffer, sizeof(buffer));
	rfb_put_cursor(&w, &c, RFB_WANTS_XCURSOR, &f);
	is_int(wbuf_len(&w), 12 + 6 + 4 + 4, "two colours");
	is_mem(buffer + 12 + 6, "\377\200\377\200", 4, "dark");
	c.w = c.h = RFB_CURSOR_SIDE;
	for (unsigned int k = 1; k <= 4; k++) {
		w = wbuf_of(buffer, RFB_CURSOR_OUT);
		rfb_put_cursor(&w, &c, 1u << k, &f);
		ok(!w.bad, "the largest of them fits");
	}
	c = (struct rfb_cursor){ 0 };
	w = wbuf_of(buffer, sizeof(buffer));
	rfb_put_cursor(&w, &c, RFB_WANTS_XCURSOR, &f);
	is_int(wbuf_len(&w), 12, "none");
}

int
main(void)
{
	test_all();
	test_types();
	test_limits();
	test_values();
	test_wants();
	test_levels();
	test_video();
	test_server();
	test_cursor();
	return done_testing();
}
