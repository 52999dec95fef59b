#include "rdp/clip.h"

#include <errno.h>
#include <stdlib.h>

#include "../tap.h"
#include "rdp/copy.h"

/* Text, "HTML Format" by 0xc0de, and a format that is not known. */
static const uint8_t list[] = { 2, 0, 0, 0, 46, 0, 0, 0, /* */
	13, 0, 0, 0, 0, 0,                               /* */
	0xde, 0xc0, 0, 0, 'H', 0, 'T', 0, 'M', 0, 'L', 0, ' ', 0, 'F', 0, 'o',
	0, 'r', 0, 'm', 0, 'a', 0, 't', 0, 0, 0, /* */
	7, 0, 0, 0, 'N', 0, 'o', 0, 'p', 0, 0, 0 };

/* Is no front of this message, as long as it says, one that can be read? */
static bool
is_whole(const uint8_t *message, size_t len, bool long_names)
{
	struct clip_message m;
	bool good = true;

	for (size_t n = 0; n < len; n++) {
		uint8_t *part = malloc(n + 1);

		memcpy(part, message, n);
		good = good && clip_decode(&m, part, n, long_names);
		free(part);
	}
	return good;
}

static void
messages(void)
{
	static const uint8_t caps[] = { 7, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 1,
		0, 12, 0, 2, 0, 0, 0, 2, 0, 0, 0 };
	static const uint8_t bad[] = { 7, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0,
		3, 0 };
	static const uint8_t huge[] = { 5, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 1 };
	struct clip_message m;

	ok(!clip_decode(&m, list, sizeof(list), true) && m.type == CLIP_LIST &&
		m.numbers[EVENT_PLAIN] == 13 &&
		m.numbers[EVENT_HTML] == 0xc0de && !m.numbers[EVENT_PNG],
	    "a list of formats");
	ok(is_whole(list, sizeof(list), true), "no part of it is one");
	ok(!clip_decode(&m, caps, sizeof(caps), false) && m.type == CLIP_CAPS &&
		m.long_names && is_whole(caps, sizeof(caps), false),
	    "long names");
	ok(clip_decode(&m, bad, sizeof(bad), false) == -EBADMSG,
	    "a set shorter than its head");
	ok(clip_decode(&m, huge, sizeof(huge), false) == -EBADMSG,
	    "a message that is not as long as it says");
}

static void
short_names(void)
{
	uint8_t bytes[CLIP_SMALL];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));
	struct clip_message m;

	clip_put_list(
	    &w, 1 << EVENT_PLAIN | 1 << EVENT_HTML | 1 << EVENT_PNG, false);
	ok(!w.bad && !clip_decode(&m, bytes, wbuf_len(&w), false) &&
		clip_form(m.numbers[EVENT_PLAIN]) == EVENT_PLAIN &&
		clip_form(m.numbers[EVENT_HTML]) == EVENT_HTML &&
		clip_form(m.numbers[EVENT_PNG]) == EVENT_PNG,
	    "our list, with short names");
	ok(is_whole(bytes, wbuf_len(&w), false), "and no part of it");
	ok(clip_form(0) == EVENT_FORMS && clip_form(1) == EVENT_FORMS,
	    "other numbers are none");
	w = wbuf_of(bytes, sizeof(bytes));
	clip_put_list(
	    &w, 1 << EVENT_PLAIN | 1 << EVENT_HTML | 1 << EVENT_PNG, true);
	ok(!clip_decode(&m, bytes, wbuf_len(&w), true) &&
		clip_form(m.numbers[EVENT_PNG]) == EVENT_PNG,
	    "and with long ones");
}

/* Does this come back as it was, in a room that is just large enough? */
static bool
comes_back(enum event_form form, const char *text)
{
	struct event_bytes ours = { text, strlen(text) }, back = { 0 };
	size_t bound = copy_bound(form, ours.len);
	uint8_t *theirs = malloc(bound);
	char *out = malloc(ours.len + 1);
	struct wbuf w = wbuf_of(theirs, bound);
	bool good;

	copy_put(&w, form, ours);
	good = !w.bad &&
	    !copy_take(&back, form, theirs, wbuf_len(&w), out, ours.len + 1) &&
	    back.len == ours.len && memcmp(out, text, ours.len) == 0;
	if (good && ours.len)
		good = copy_take(&back, form, theirs, wbuf_len(&w), out,
			   ours.len - 1) == -ENOSPC;
	free(theirs);
	free(out);
	return good;
}

static void
forms(void)
{
	static const uint8_t lines[] = { 'a', 0, '\r', 0, '\n', 0, '\r', 0, 'b',
		0, 0x3d, 0xd8, 0, 0, 'c', 0 };
	static const char far[] = "StartFragment:9 EndFragment:99";
	struct event_bytes back;
	char out[64];

	ok(comes_back(
	       EVENT_PLAIN, "a\nb\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") &&
		comes_back(EVENT_PLAIN, ""),
	    "text, to characters of two units");
	ok(comes_back(EVENT_HTML, "<b>\xc3\xa4</b>"), "HTML");
	ok(!copy_take(
	       &back, EVENT_PLAIN, lines, sizeof(lines), out, sizeof(out)) &&
		back.len == 7 && memcmp(out, "a\n\rb\xef\xbf\xbd", 7) == 0,
	    "a NUL ends text, half a character is U+FFFD");
	ok(copy_take(&back, EVENT_HTML, (const uint8_t *)far, strlen(far), out,
	       sizeof(out)) == -EBADMSG &&
		copy_take(&back, EVENT_HTML, NULL, 0, out, sizeof(out)) ==
		    -EBADMSG,
	    "HTML that is not where it says");
	ok(copy_take(&back, EVENT_PNG, lines, sizeof(lines), out,
	       sizeof(out)) == -EBADMSG,
	    "a picture that is none");
}

int
main(void)
{
	messages();
	short_names();
	forms();
	return done_testing();
}
