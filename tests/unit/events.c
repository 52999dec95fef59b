#include "events/events.h"

#include <errno.h>

#include "../tap.h"
#include "events/utf8.h"

#define PNG "\211PNG\r\n\032\n"

static const struct {
	const char *msg;
	const char *canonical; /* NULL: refused */
} rows[] = {
	{ "motion 0 0", "motion 0 0" },
	{ "motion 16383 16383", "motion 16383 16383" },
	{ "motion 007 -0", "motion 7 0" },
	{ "motion 16384 0", NULL },
	{ "motion -1 0", NULL },
	{ "motion 1", NULL },
	{ "motion 1 2 3", NULL },
	{ "motion 1  2", NULL },
	{ "motion 1 2 ", NULL },
	{ " motion 1 2", NULL },
	{ "Motion 1 2", NULL },
	{ "motion 99999999999999999999 2", NULL },
	{ "motion 0x1 2", NULL },
	{ "motion 1 2\nmotion 3 4", NULL },
	{ "move -16383 16383", "move -16383 16383" },
	{ "move 0 -5", "move 0 -5" },
	{ "move 16384 0", NULL },
	{ "move 1", NULL },
	{ "move 1 2 3", NULL },
	{ "button 1 down", "button 1 down" },
	{ "button 9 up 12 34", "button 9 up 12 34" },
	{ "button 0 down", NULL },
	{ "button 10 down", NULL },
	{ "button 1", NULL },
	{ "button 1 press", NULL },
	{ "button 1 down 5", NULL },
	{ "button 1 down 5 16384", NULL },
	{ "button 1 down 5 6 7", NULL },
	{ "scroll -12000 12000", "scroll -12000 12000" },
	{ "scroll 0 12001", NULL },
	{ "scroll 1", NULL },
	{ "key a", "key a" },
	{ "key Control_L down", "key Control_L down" },
	{ "key Control_L up", "key Control_L up" },
	{ "key XF86AudioRaiseVolume", "key XF86AudioRaiseVolume" },
	{ "key 1 down", "key 1 down" },
	{ "key 0x20ac", "key 0x20ac" },
	{ "key 0x10020AC up", "key 0x10020ac up" },
	{ "key 0x1fffffff", "key 0x1fffffff" },
	{ "key 0x20000000", NULL },
	{ "key 0xfffffffff", NULL },
	{ "key 0x0", NULL },
	{ "key 0xg", NULL },
	{ "key", NULL },
	{ "key ", NULL },
	{ "key a b", NULL },
	{ "key a down up", NULL },
	{ "key \303\244", NULL },
	{ "key a-b", NULL },
	{ "key abcdefghijklmnopqrstuvwxyz12345",
	    "key abcdefghijklmnopqrstuvwxyz12345" },
	{ "key abcdefghijklmnopqrstuvwxyz123456", NULL },
	{ "text hello", "text hello" },
	{ "text  two  spaces ", "text  two  spaces " },
	{ "text  ", "text  " },
	{ "text a\tb", "text a\tb" },
	{ "text \303\244\342\202\254\360\237\230\200",
	    "text \303\244\342\202\254\360\237\230\200" },
	{ "text", NULL },
	{ "text ", NULL },
	{ "text a\rb", NULL },
	{ "text a\033[201~", NULL },
	{ "text a\037", NULL },
	{ "text a\177", NULL },
	{ "text a\302\233b", NULL }, /* CSI, in C1 */
	{ "text \303", NULL },
	{ "text \355\240\200", NULL },
	{ "clipboard text/plain 0\n", "clipboard text/plain 0\n" },
	{ "clipboard text/plain 5\na\r\nb\n",
	    "clipboard text/plain 5\na\r\nb\n" },
	{ "clipboard text/plain 5\na\nb", NULL },
	{ "clipboard text/plain 2\nabc", NULL },
	{ "clipboard text/plain 1\n\377", NULL },
	{ "clipboard text/plain", NULL },
	{ "clipboard text/plain 0", NULL },
	{ "clipboard text/plain -1\n", NULL },
	{ "clipboard\n", NULL },
	{ "clipboard text/html 1\na", "clipboard text/html 1\na" },
	{ "clipboard text/html 3 text/plain 2\n<b>ab",
	    "clipboard text/plain 2 text/html 3\nab<b>" },
	{ "clipboard text/plain 0 text/html 0\n",
	    "clipboard text/plain 0 text/html 0\n" },
	{ "clipboard text/plain 1 image/png 9\na" PNG "x",
	    "clipboard text/plain 1 image/png 9\na" PNG "x" },
	{ "clipboard text/plain 1 text/plain 1\nab", NULL },
	{ "clipboard text/plain 1 text/html 1\na", NULL },
	{ "clipboard text/plain 1 text/html 1\nabc", NULL },
	{ "clipboard text/plain 1 text/html 1\na\377", NULL },
	{ "clipboard text/plain 1 text/html\na", NULL },
	{ "clipboard text/plain 1 image/bmp 1\nab", NULL },
	{ "clipboard image/png 1\na", NULL },
	{ "clipboard image/png 8\n\211PNX\r\n\032\n", NULL },
	{ "gamepad 0 on Pad", "gamepad 0 on Pad" },
	{ "gamepad 3 on  a b ", "gamepad 3 on  a b " },
	{ "gamepad 3 off", "gamepad 3 off" },
	{ "gamepad 1 axis 3 -32767", "gamepad 1 axis 3 -32767" },
	{ "gamepad 1 button 16 255", "gamepad 1 button 16 255" },
	{ "gamepad 4 off", NULL },
	{ "gamepad 0", NULL },
	{ "gamepad 0 on", NULL },
	{ "gamepad 0 on a\033b", NULL },
	{ "gamepad 0 off now", NULL },
	{ "gamepad 0 axis 4 0", NULL },
	{ "gamepad 0 axis 0 -32768", NULL },
	{ "gamepad 0 axis 0", NULL },
	{ "gamepad 0 button 17 0", NULL },
	{ "gamepad 0 button 0 256", NULL },
	{ "gamepad 0 button 0 -1", NULL },
	{ "gamepad 0 button 0 1 2", NULL },
	{ "release", "release" },
	{ "release 1", NULL },
	{ "alive", "alive" },
	{ "alive 1", NULL },
	{ "size 1920 1080", "size 1920 1080" },
	{ "size 64 16384 768", "size 64 16384 768" },
	{ "size 800 600 96 1280 1024", "size 800 600 96 1280 1024" },
	{ "size 4096 64 48 4096 64 4096 64 4096 64",
	    "size 4096 64 48 4096 64 4096 64 4096 64" },
	{ "size 4096 64 48 4096 64 4096 64 4097 64", NULL },
	{ "size 64 64 48 64 64 64 64 64 64 64 64", NULL },
	{ "size 800 600 96 1280", NULL },
	{ "size 800 600 96 1280 63", NULL },
	{ "size 800 600 96 ", NULL },
	{ "size 800 600 47", NULL },
	{ "size 800 600 769", NULL },
	{ "size 63 600", NULL },
	{ "size 800 16385", NULL },
	{ "size 800", NULL },
	{ "leds none", "leds none" },
	{ "leds caps num scroll", "leds caps num scroll" },
	{ "leds num", "leds num" },
	{ "leds scroll caps", NULL },
	{ "leds", NULL },
	{ "leds none caps", NULL },
	{ "clipboard-rule both 4194304", "clipboard-rule both 4194304" },
	{ "clipboard-rule in 0", "clipboard-rule in 0" },
	{ "clipboard-rule out 4194305", NULL },
	{ "clipboard-rule all 1", NULL },
	{ "file a b.txt", "file a b.txt" },
	{ "file a/\303\244", "file a/\303\244" },
	{ "file", NULL },
	{ "file a\nb", NULL },
	{ "", NULL },
	{ " ", NULL },
	{ "touch 1", NULL },
};

/* A message as a test's name: one line of ASCII. */
static const char *
shown(const char *msg)
{
	static char name[160];
	size_t n = 0;

	for (; msg[n] && n < sizeof(name) - 1; n++)
		name[n] = msg[n] >= ' ' && msg[n] < 0x7f ? msg[n] : '?';
	name[n] = '\0';
	return name;
}

static int
parse(struct event *e, const char *msg, size_t len)
{
	char *copy = exact(msg, len);
	int err = event_parse(e, copy, len);

	free(copy);
	return err;
}

static void
test_messages(void)
{
	struct event e;
	char out[128];

	for (size_t i = 0; i < LEN(rows); i++) {
		const char *msg = rows[i].msg, *want = rows[i].canonical;
		ssize_t n;

		if (event_parse(&e, msg, strlen(msg))) {
			ok(!want && e.type == EVENT_NONE && e.why,
			    "refused: '%s'", shown(msg));
			continue;
		}
		n = event_print(&e, out, sizeof(out));
		ok(want && n == (ssize_t)strlen(want) &&
			!memcmp(out, want, (size_t)n),
		    "accepted and said again: '%s'", shown(msg));
		is_int(event_print(&e, out, (size_t)n - 1), -ENOSPC,
		    "one byte less is too small");
	}
}

static void
test_fields(void)
{
	struct event e;

	event_parse(&e, "button 8 down 3 4", 17);
	ok(e.type == EVENT_BUTTON && e.button == 8 && e.action == EVENT_DOWN &&
		e.placed && e.x == 3 && e.y == 4,
	    "button with its position");
	event_parse(&e, "button 1 up", 11);
	ok(e.action == EVENT_UP && !e.placed, "button without");
	event_parse(&e, "scroll -120 60", 14);
	ok(e.type == EVENT_SCROLL && e.x == -120 && e.y == 60, "scroll");
	event_parse(&e, "key Return", 10);
	ok(e.action == EVENT_TAP && !e.keysym && e.len == 6 &&
		!memcmp(e.data, "Return", 6),
	    "key by name");
	event_parse(&e, "key 0xFF0d up", 13);
	ok(e.action == EVENT_UP && e.keysym == 0xff0d, "key by number");
	event_parse(&e, "leds caps scroll", 16);
	is_int(e.leds, EVENT_LED_CAPS | EVENT_LED_SCROLL, "leds");
	event_parse(&e, "size 800 600 96 1280 1024", 25);
	ok(e.type == EVENT_SIZE && e.dpi == 96 && e.nmonitors == 2 &&
		e.monitors[1].width == 1280 && e.monitors[1].height == 1024 &&
		e.x == 2080 && e.y == 1024,
	    "monitors, and what they add up to");
	event_parse(&e, "clipboard text/plain 3\nabc", 26);
	ok(e.type == EVENT_CLIPBOARD && e.forms[EVENT_PLAIN].len == 3 &&
		!memcmp(e.forms[EVENT_PLAIN].data, "abc", 3) &&
		!e.forms[EVENT_HTML].data && !e.forms[EVENT_PNG].data,
	    "clipboard's bytes");
	event_parse(&e, "clipboard text/html 1 text/plain 2\nabc", 38);
	ok(e.forms[EVENT_PLAIN].len == 2 && e.forms[EVENT_HTML].len == 1 &&
		!memcmp(e.forms[EVENT_PLAIN].data, "bc", 2) &&
		*e.forms[EVENT_HTML].data == 'a',
	    "each form has its own");
	event_parse(&e, "clipboard-rule in 99", 20);
	ok(e.type == EVENT_CLIPBOARD_RULE && e.ways == EVENT_WAY_IN &&
		e.len == 99 && event_is_report(&e),
	    "clipboard-rule");
	event_parse(&e, "file a b", 8);
	ok(e.type == EVENT_FILE && e.len == 3 && !memcmp(e.data, "a b", 3),
	    "file");
}

/* A number or a word cut short may be another one; nothing else may. */
static void
test_prefixes(void)
{
	static const char *const whole[] = { "motion 1 2", "move 1 2",
		"button 1 down", "scroll 1 2", "key a down", "text a",
		"release", "leds caps", "alive", "clipboard text/plain 3\nabc",
		"clipboard text/plain 1 text/html 1\nab" };
	struct event e;

	for (size_t i = 0; i < LEN(whole); i++)
		for (size_t cut = 0; cut < strlen(whole[i]); cut++)
			if (strncmp(whole[i], "key a", cut) || cut != 5)
				is_int(parse(&e, whole[i], cut), -EBADMSG,
				    "'%s' cut to %zu", shown(whole[i]), cut);
}

static void
test_missing(void)
{
	static const char msg[] = "clipboard text/plain 2 text/html 3\nab<b>";
	const size_t whole = sizeof(msg) - 1, line = 35;

	for (size_t cut = 0; cut <= whole; cut++) {
		char *copy = exact(msg, cut);

		is_int(event_missing(copy, cut), cut < line ? 0 : whole - cut,
		    "missing of %zu bytes", cut);
		free(copy);
	}
	is_int(event_missing(msg, whole + 1), 0, "too much lacks nothing");
	is_int(event_missing("text a\n", 7), 0, "no clipboard");
	is_int(event_missing("clipboard text/plain 4194305\n", 29), 0,
	    "a wrong length");
	is_int(event_missing("clipboard text/plain 4194304\n", 29),
	    EVENT_CLIPBOARD_MAX, "the longest");
	is_int(event_missing("clipboard image/bmp 7\n", 22), 7,
	    "one of another type");
}

static void
test_text_limit(void)
{
	char msg[EVENT_LINE_MAX + 1] = "text ";
	struct event e;

	memset(msg + 5, 'x', EVENT_TEXT_MAX + 1);
	is_int(parse(&e, msg, EVENT_LINE_MAX), 0, "4096 bytes of text");
	is_int(parse(&e, msg, EVENT_LINE_MAX + 1), -EBADMSG, "4097 bytes");
}

static void
test_motion_channel(void)
{
	uint64_t next = 0;
	struct event e;

	is_int(event_parse_motion(&e, &next, "0 motion 1 2", 12), 0, "first");
	is_int(event_parse_motion(&e, &next, "5 motion 3 4", 12), 0, "newer");
	ok(e.type == EVENT_MOTION && e.x == 3 && e.y == 4, "its position");
	is_int(event_parse_motion(&e, &next, "4 motion 1 2", 12), -ESTALE,
	    "older");
	is_int(event_parse_motion(&e, &next, "5 motion 1 2", 12), -ESTALE,
	    "the same again");
	is_int(event_parse_motion(&e, &next, "9 motion 1", 10), -EBADMSG,
	    "malformed");
	is_int(next, 6, "a malformed one does not count");
	is_int(event_parse_motion(&e, &next, "7 move 1 2", 10), -EBADMSG,
	    "only motions");
	is_int(event_parse_motion(&e, &next, "motion 1 2", 10), -EBADMSG,
	    "no number");
	is_int(event_parse_motion(&e, &next, "-1 motion 1 2", 13), -EBADMSG,
	    "negative");
	is_int(event_parse_motion(&e, &next, "9007199254740992 motion 1 2", 27),
	    -EBADMSG, "beyond what a browser can count");
}

static void
test_stream(void)
{
	static const char stream[] = "motion 1 2\n"
				     "bogus\n"
				     "clipboard text/plain 9\nkey a\nb\nc\n"
				     "clipboard image/bmp 6\nkey b\n\n"
				     "clipboard text/html 6 image/bmp 2\n"
				     "key b\n\n\n\n"
				     "release\n";
	static const struct {
		enum event_type type;
		ssize_t used;
	} want[] = { { EVENT_MOTION, 11 }, { EVENT_NONE, 6 },
		{ EVENT_CLIPBOARD, 33 }, { EVENT_NONE, 29 }, { EVENT_NONE, 43 },
		{ EVENT_RELEASE, 8 } };
	const char *p = stream;
	struct event e;

	for (size_t i = 0; i < LEN(want); i++) {
		for (ssize_t cut = 0; cut < want[i].used; cut++) {
			char *copy = exact(p, (size_t)cut);

			if (event_decode(&e, copy, (size_t)cut))
				ok(false, "unit %zu cut to %zd", i, cut);
			free(copy);
		}
		is_int(event_decode(&e, p, strlen(p)), want[i].used,
		    "bytes of unit %zu", i);
		is_int(e.type, want[i].type, "its type");
		p += want[i].used;
	}
	is_int(*p, 0, "all of it was read");
}

static void
test_lost_streams(void)
{
	static const char *const lost[] = {
		"clipboard text/plain 4194305\n",
		"clipboard text/plain 4194304 text/html 1\n",
		"clipboard text/plain -1\n",
		"clipboard text/plain\n",
		"clipboard text/plain 3 4\n",
		"clipboard text/plain 3\nabcd",
	};
	static char big[EVENT_MAX] = "clipboard text/plain 4194304\n";
	char line[EVENT_LINE_MAX + 1];
	struct event e;

	for (size_t i = 0; i < LEN(lost); i++) {
		is_int(event_decode(&e, lost[i], strlen(lost[i])), -EBADMSG,
		    "no way on after '%s'", shown(lost[i]));
		ok(e.type == EVENT_NONE && e.why, "and it says why");
	}
	memset(line, 'x', sizeof(line));
	is_int(event_decode(&e, line, EVENT_LINE_MAX), 0, "line not ended yet");
	is_int(event_decode(&e, line, sizeof(line)), -EBADMSG, "it never ends");
	memset(big + 29, '\n', EVENT_CLIPBOARD_MAX + 1);
	is_int(event_decode(&e, big, 29 + EVENT_CLIPBOARD_MAX), 0,
	    "4 MiB lack their newline");
	is_int(event_decode(&e, big, sizeof(big)), 29 + EVENT_CLIPBOARD_MAX + 1,
	    "4 MiB");
	is_int(e.forms[EVENT_PLAIN].len, EVENT_CLIPBOARD_MAX, "its length");
}

static void
test_utf8(void)
{
	/* RFC 3629 sections 3 and 4, and its examples of section 7. */
	static const struct {
		const char *bytes;
		int32_t want;
	} chars[] = { { "A", 'A' }, { "\302\200", 0x80 }, { "\337\277", 0x7ff },
		{ "\340\240\200", 0x800 }, { "\342\211\242", 0x2262 },
		{ "\355\225\234", 0xd55c }, { "\355\237\277", 0xd7ff },
		{ "\356\200\200", 0xe000 }, { "\357\277\277", 0xffff },
		{ "\360\220\200\200", 0x10000 },
		{ "\360\243\216\264", 0x233b4 },
		{ "\364\217\277\277", 0x10ffff }, { "\200", -EBADMSG },
		{ "\300\200", -EBADMSG }, { "\301\277", -EBADMSG },
		{ "\340\237\277", -EBADMSG }, { "\355\240\200", -EBADMSG },
		{ "\355\277\277", -EBADMSG }, { "\360\217\277\277", -EBADMSG },
		{ "\364\220\200\200", -EBADMSG },
		{ "\365\200\200\200", -EBADMSG }, { "\302A", -EBADMSG },
		{ "\342\202A", -EBADMSG } };

	for (size_t i = 0; i < LEN(chars); i++) {
		size_t len = strlen(chars[i].bytes);
		const char *p = chars[i].bytes;

		is_int(utf8_next(&p, p + len), chars[i].want, "U+%04X",
		    (unsigned int)chars[i].want);
		if (chars[i].want >= 0)
			ok(p == chars[i].bytes + len, "all its bytes");
		for (size_t cut = 1; cut < len && chars[i].want >= 0; cut++) {
			char *copy = exact(chars[i].bytes, cut);

			ok(!utf8_valid(copy, cut), "cut to %zu", cut);
			free(copy);
		}
	}
	ok(utf8_valid("", 0), "nothing is valid");
}

int
main(void)
{
	test_messages();
	test_fields();
	test_prefixes();
	test_missing();
	test_text_limit();
	test_motion_channel();
	test_stream();
	test_lost_streams();
	test_utf8();
	return done_testing();
}
