/* What is copied, both ways */
#include <errno.h>
#include <zlib.h>

#include "../tap.h"
#include "rfb/clipboard.h"
#include "rfb/fragment.h"

static uint8_t buffer[4096];

#define BYTES(text) ((struct event_bytes){ text, sizeof(text) - 1 })

/* Forms as a client would send them. */
static size_t
provide(uint8_t *to, size_t size, uint32_t forms, const void *p, size_t len)
{
	struct wbuf w = wbuf_of(to, size);
	uLongf n = size - 4;

	wbuf_u32(&w, RFB_CLIP_PROVIDE | forms);
	compress(to + 4, &n, p, len);
	return n + 4;
}

/* One of text, of which it claims another length. */
static size_t
claim(uint8_t *to, size_t size, const void *text, size_t len, size_t claimed)
{
	uint8_t *plain = malloc(len + 4);
	struct wbuf w = wbuf_of(plain, len + 4);
	size_t n;

	wbuf_u32(&w, (uint32_t)claimed);
	wbuf_put(&w, text, len);
	n = provide(to, size, RFB_CLIP_TEXT, plain, len + 4);
	free(plain);
	return n;
}

static void
is_form(struct event_bytes got, struct event_bytes wanted, const char *name)
{
	is_int(got.len, wanted.len, "%s has its length", name);
	if (got.len == wanted.len)
		is_mem(
		    got.data, wanted.data, wanted.len, "%s is the same", name);
}

/* No prefix of what is provided is as much, but without zlib's sum. */
static void
test_prefixes(size_t len)
{
	struct rfb_copy c;
	char got[512];

	for (size_t n = 4; n < len - 8; n++) {
		uint8_t *part = exact(buffer + 8, n);

		if (!rfb_clip_read(&c, part, n, got, sizeof(got)) &&
		    n + 6 < len - 8)
			ok(false, "a prefix of %zu is not enough", n);
		free(part);
	}
}

static void
test_provided(void)
{
	static const struct rfb_copy copy = {
		{ "one\ntwo\r\nthree \303\244", 17 }, { "<b>one</b>\n", 11 }
	};
	char got[512];
	struct rfb_copy c;
	struct wbuf w = wbuf_of(buffer, rfb_clip_bound(&copy));
	size_t len;

	ok(rfb_clip_provide(&w, &copy, RFB_CLIP_KNOWN) && !w.bad,
	    "both forms are provided");
	len = wbuf_len(&w);
	is_mem(buffer, "\3\0\0\0\377\377", 6, "as an extended one");
	is_int(65536 - 256 * buffer[6] - buffer[7], len - 8, "of its length");
	is_mem(buffer + 8, "\20\0\0\5", 4, "with both forms");
	is_int(rfb_clip_read(&c, buffer + 8, len - 8, got, sizeof(got)), 0,
	    "they come back");
	is_form(c.text, BYTES("one\ntwo\nthree \303\244"), "text");
	is_form(c.html, copy.html, "HTML");
	test_prefixes(len);
	w = wbuf_of(buffer, rfb_clip_bound(&copy));
	ok(rfb_clip_provide(&w, &copy, RFB_CLIP_HTML), "one of them");
	is_int(
	    rfb_clip_read(&c, buffer + 8, wbuf_len(&w) - 8, got, sizeof(got)),
	    0, "comes back");
	is_int(rfb_clip_forms(&c), RFB_CLIP_HTML, "by itself");
	is_form(c.html, copy.html, "HTML alone");
}

static void
test_nothing(void)
{
	const struct rfb_copy copy = { .text = { "", 0 } };
	struct rfb_copy c;
	char got[64];
	struct wbuf w = wbuf_of(buffer, rfb_clip_bound(&copy));

	ok(rfb_clip_provide(&w, &copy, RFB_CLIP_KNOWN),
	    "nothing is a text too");
	is_int(rfb_clip_read(&c, buffer + 8, wbuf_len(&w) - 8, got, 64), 0,
	    "and comes back");
	is_form(c.text, copy.text, "nothing");
	ok(!c.html.data, "without HTML");
}

/* Forms that are not known are between those that are, and behind. */
static void
test_unknown(void)
{
	static const char forms[] =
	    "\0\0\0\2a\0\0\0\0\3rtf\0\0\0\4<p>\0\0\0\0\1x";
	struct rfb_copy c;
	char got[64];
	size_t n = provide(buffer, sizeof(buffer), 0x0f, forms, 26);

	is_int(rfb_clip_read(&c, buffer, n, got, sizeof(got)), 0, "all forms");
	is_form(c.text, BYTES("a"), "their text");
	is_form(c.html, BYTES("<p>"), "their HTML");
	is_int(rfb_clip_read(&c, buffer, n, got, 4), -EFBIG,
	    "HTML is longer than what is left");
	is_int(rfb_clip_forms(&c), RFB_CLIP_TEXT, "the text counts");
	is_int(rfb_clip_read(&c, (const uint8_t *)"\20\0\0\2", 4, got, 9), 0,
	    "no known form");
	is_int(rfb_clip_forms(&c), 0, "is none");
}

static int
read_bomb(const uint8_t *p, size_t n)
{
	static char got[1 << 20];
	struct rfb_copy c;
	int err = rfb_clip_read(&c, p, n, got, sizeof(got));

	return err ? err : (int)c.text.len;
}

/* What would inflate to more than there is room for stops before. */
static void
test_bombs(void)
{
	static char zeros[8 << 20];
	static uint8_t bomb[1 << 17];
	size_t size = sizeof(bomb);
	size_t n = claim(bomb, size, zeros, sizeof(zeros), sizeof(zeros));

	is_int(read_bomb(bomb, n), -EFBIG, "a bomb");
	for (uint32_t form = RFB_CLIP_TEXT; form <= RFB_CLIP_HTML; form *= 2) {
		struct wbuf w = wbuf_of(bomb, size);

		wbuf_u32(&w, RFB_CLIP_PROVIDE | RFB_CLIP_HTML | form);
		is_int(read_bomb(bomb, n), -EFBIG, "one in form %u", form);
	}
	n = claim(bomb, size, zeros, sizeof(zeros), 16);
	is_int(read_bomb(bomb, n), 15, "more than it says: what it says");
	n = claim(bomb, size, "x", 1, 2);
	is_int(read_bomb(bomb, n), -EBADMSG, "less than it says");
	n = claim(bomb, size, "x", 1, 0xffffffff);
	is_int(read_bomb(bomb, n), -EFBIG, "4 GiB");
	is_int(
	    read_bomb((const uint8_t *)"\20\0\0\1abc", 7), -EBADMSG, "no zlib");
	is_int(read_bomb((const uint8_t *)"\20\0\0\1", 4), -EBADMSG, "nothing");
}

static void
test_fragments(void)
{
	static const struct {
		const char *p;
		size_t len;
		const char *part;
	} cases[] = {
#define C(p, part) { p, sizeof(p) - 1, part }
		C("", ""),
		C("<b>a</b>", "<b>a</b>"),
		C("<b>a</b>\0", "<b>a</b>"),
		C("Version:0.9\nStartFragment:12\nEndFragment:17\n", "Start"),
		C("Version:1.0\r\nEndFragment:0000000064\r\n"
		  "StartFragment:000000062\r\nab",
		    "ab"),
		C("Version:0.9\nStartFragment:3\nEndFragment:2\n",
		    "Version:0.9\nStartFragment:3\nEndFragment:2\n"),
		C("Version:0.9\nStartFragment:3\nEndFragment:999\n",
		    "Version:0.9\nStartFragment:3\nEndFragment:999\n"),
		C("Version:0.9\nStartFragment:x\nEndFragment:9\n",
		    "Version:0.9\nStartFragment:x\nEndFragment:9\n"),
		C("Version:0.9\nStartFragment:", "Version:0.9\nStartFragment:"),
#undef C
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *p = exact(cases[i].p, cases[i].len), name[32];
		const char *part = p;
		size_t len = cases[i].len;

		snprintf(name, sizeof(name), "fragment %zu", i);
		rfb_fragment_find(&part, &len);
		is_form((struct event_bytes){ part, len },
		    (struct event_bytes){
			cases[i].part, strlen(cases[i].part) },
		    name);
		free(p);
	}
}

/* The head says where everything is, to the byte. */
static void
test_fragment_head(void)
{
	char head[RFB_FRAGMENT_HEAD];
	size_t n = rfb_fragment_head(head, 1000), numbers[4];

	is_int(sscanf(head,
		   "Version:0.9\r\nStartHTML:%zu\r\nEndHTML:%zu\r\n"
		   "StartFragment:%zu\r\nEndFragment:%zu\r\n",
		   &numbers[0], &numbers[1], &numbers[2], &numbers[3]),
	    4, "four numbers");
	is_mem(head + numbers[0], "<html>", 6, "the HTML begins there");
	is_int(numbers[1], n + 1000 + strlen(rfb_fragment_tail), "and ends");
	is_int(numbers[2], n, "what was copied begins there");
	is_int(numbers[3], n + 1000, "and ends");
}

static void
test_latin1(void)
{
	char got[16];
	struct wbuf w = wbuf_of(buffer, sizeof(buffer));

	is_int(rfb_latin1_to_utf8(got, (const uint8_t *)"a\344\377", 3), 5,
	    "Latin-1");
	is_mem(got, "a\303\244\303\277", 5, "as UTF-8");
	rfb_cut_text(&w, "a\303\244\342\202\254\r\nb\r", 10);
	is_mem(
	    buffer, "\3\0\0\0\0\0\0\6a\344?\nb\r", 14, "and back, with loss");
	is_int(wbuf_len(&w), 14, "of what it lacks");
}

static void
test_words(void)
{
	struct wbuf w = wbuf_of(buffer, sizeof(buffer));

	rfb_clip_say(&w, RFB_CLIP_REQUEST | RFB_CLIP_TEXT);
	is_mem(buffer, "\3\0\0\0\377\377\377\374\2\0\0\1", 12, "a request");
	w = wbuf_of(buffer, RFB_CLIP_CAPS_SIZE);
	rfb_clip_caps(&w);
	is_mem(buffer, "\3\0\0\0\377\377\377\364\37\0\0\5\0\0\0\0\0\0\0\0", 20,
	    "what we can");
	ok(!w.bad, "has room");
}

int
main(void)
{
	test_provided();
	test_nothing();
	test_unknown();
	test_bombs();
	test_fragments();
	test_fragment_head();
	test_latin1();
	test_words();
	return done_testing();
}
