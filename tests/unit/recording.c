/* rd-recording(5): what is read, what is refused, cut anywhere, said again */
#include "../../bin/rd-replay/recording.h"

#include <errno.h>

#include "../tap.h"

#define HEAD "rd-recording 1\ngeometry 3 2\n"
#define TWO_RECTS "frame 7 0 0 1 2 2 1 1 1\n"
#define PIXELS "aaaabbbbcccc"
#define POINTER "cursor 0 0 0 0 -\npointer 1 -2\n"
#define SMALLER "geometry 1 1\nframe 9 0 0 1 1\nabcd"

static const struct {
	const char *name, *text;
	int items; /* whole ones read before the end or what is wrong */
	const char *wrong;
} rows[] = {
	{ "nothing", "", 0, "no geometry" },
	{ "a first line", "rd-recording 1\n", 1, "no geometry" },
	{ "no frame", HEAD, 2, NULL },
	{ "a frame", HEAD "frame 7 1 1 2 1\nabcdefgh", 3, NULL },
	{ "the whole picture", HEAD "frame 0 0 0 3 2\n0123456789abcdef01234567",
	    3, NULL },
	{ "two rectangles", HEAD TWO_RECTS PIXELS, 3, NULL },
	{ "pixels that look like lines",
	    HEAD "frame 7 0 0 1 2\n\nframe\n\npointer 1 2\n", 4, NULL },
	{ "frames of one time",
	    HEAD "frame 7 0 0 1 1\nabcdframe 7 0 0 1 1\nabcd", 4, NULL },
	{ "a cursor", HEAD "cursor 16 16 7 7 iVBORw0KGgo=\n", 3, NULL },
	{ "no cursor", HEAD "cursor 0 0 0 0 -\npointer -3 7\n", 4, NULL },
	{ "unknown lines", "rd-recording 1\n\nack 1\ngeometry 3 2\nfps\n", 5,
	    NULL },
	{ "another size", HEAD "geometry 5 1\nframe 7 4 0 1 1\nabcd", 4, NULL },
	{ "the largest size", "rd-recording 1\ngeometry 16384 16384\n", 2,
	    NULL },

	{ "something else", "\x89PNG\r\n\x1a\n", 0, "not a recording" },
	{ "frames", "rd-frames 1\n", 0, "not a recording" },
	{ "version 2", "rd-recording 2\n", 0, "not a recording of version 1" },
	{ "a frame too early", "rd-recording 1\nframe 7 0 0 1 1\nabcd", 1,
	    "frame before the first geometry" },
	{ "a cursor too early", "rd-recording 1\ncursor 0 0 0 0 -\n", 1,
	    "cursor before the first geometry" },
	{ "no width", "rd-recording 1\ngeometry 0 2\n", 1,
	    "malformed geometry" },
	{ "too wide", "rd-recording 1\ngeometry 16385 2\n", 1,
	    "malformed geometry" },
	{ "too many sizes", "rd-recording 1\ngeometry 1 2 3\n", 1,
	    "malformed geometry" },
	{ "no rectangle", HEAD "frame 7\n", 2, "malformed frame" },
	{ "three numbers", HEAD "frame 7 0 0 1\nabcd", 2, "malformed frame" },
	{ "five numbers", HEAD "frame 7 0 0 1 1 2\nabcd", 2,
	    "malformed frame" },
	{ "an empty rectangle", HEAD "frame 7 0 0 0 1\n", 2,
	    "malformed frame" },
	{ "left of the picture", HEAD "frame 7 -1 0 1 1\nabcd", 2,
	    "malformed frame" },
	{ "right of the picture", HEAD "frame 7 3 0 1 1\nabcd", 2,
	    "malformed frame" },
	{ "beyond its right", HEAD "frame 7 2 0 2 1\nabcdefgh", 2,
	    "malformed frame" },
	{ "beyond its bottom", HEAD "frame 7 0 1 1 2\nabcdefgh", 2,
	    "malformed frame" },
	{ "in the size before", HEAD "geometry 1 1\nframe 7 1 0 1 1\nabcd", 3,
	    "malformed frame" },
	{ "more than the picture",
	    HEAD "frame 7 0 0 3 2 0 0 1 1\n0123456789abcdef01234567abcd", 2,
	    "frame with more pixels" },
	{ "a time before zero", HEAD "frame -7 0 0 1 1\nabcd", 2,
	    "malformed frame" },
	{ "a time beyond all", HEAD "frame 9223372036854775807 0 0 1 1\nabcd",
	    2, "malformed frame" },
	{ "a time that goes back",
	    HEAD "frame 7 0 0 1 1\nabcdframe 6 0 0 1 1\nabcd", 3,
	    "frame older" },
	{ "half a cursor", HEAD "cursor 16 16 7\n", 2, "malformed cursor" },
	{ "half a pointer", HEAD "pointer 7\n", 2, "malformed cursor" },
	{ "half a pixel", HEAD "frame 7 0 0 1 1\nabc", 2, "cut short" },
	{ "half a line", HEAD "point", 2, "cut short" },
};

/* Read all of it, from exactly len bytes.  The number of whole items. */
static int
read_all(struct recording *r, const char *text, size_t len)
{
	uint8_t *copy = exact(text, len);
	struct recording_item item;
	size_t at = 0;
	ssize_t n;
	int items = 0;

	*r = (struct recording){ 0 };
	while ((n = recording_next(r, &item, copy + at, len - at)) > 0) {
		at += (size_t)n;
		items++;
	}
	if (n == 0)
		recording_end(r, len - at);
	if (r->offset != at)
		ok(false, "the offset is %zu", at);
	free(copy);
	return items;
}

static void
test_rows(void)
{
	struct recording r;

	for (size_t i = 0; i < LEN(rows); i++) {
		const char *wrong = rows[i].wrong;
		int n = read_all(&r, rows[i].text, strlen(rows[i].text));

		is_int(n, rows[i].items, "%s: items", rows[i].name);
		ok(wrong
			? r.wrong && strncmp(r.wrong, wrong, strlen(wrong)) == 0
			: !r.wrong,
		    "%s: %s", rows[i].name, r.wrong ? r.wrong : "good");
	}
}

/* A proper prefix is good only where an item ends, and then says less. */
static void
test_cut(void)
{
	static const char text[] = HEAD TWO_RECTS PIXELS POINTER SMALLER;
	static const size_t ends[] = { 28, 64, 81, 94, 107, 127 };
	size_t good = 0;

	for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
		struct recording r;
		int items = read_all(&r, text, cut);

		if (cut == ends[good]) {
			is_int(items, good + 2, "whole at %zu", cut);
			ok(!r.wrong, "and good");
			good++;
		} else if (!r.wrong) {
			ok(false, "cut at %zu", cut);
		}
	}
	is_int(good, LEN(ends) - 1, "as often as items end");
}

static void
test_long_line(void)
{
	static uint8_t line[FRAMES_LINE_MAX + 1];
	struct recording r = { .greeted = true };
	struct recording_item item;

	memset(line, 'x', sizeof(line));
	is_int(recording_next(&r, &item, line, FRAMES_LINE_MAX - 1), 0,
	    "a line may go on");
	is_int(recording_next(&r, &item, line, FRAMES_LINE_MAX), -EBADMSG,
	    "but not for ever");
	line[FRAMES_LINE_MAX] = '\n';
	is_int(recording_next(&r, &item, line, sizeof(line)), -EBADMSG,
	    "nor end too late");
	line[FRAMES_LINE_MAX - 1] = '\n';
	is_int(recording_next(&r, &item, line, sizeof(line)), FRAMES_LINE_MAX,
	    "only just in time");
}

static void
test_many_rects(void)
{
	struct frames_line l = { .kind = FRAMES_FRAME,
		.frame = { .time_us = 7, .damage.n = REGION_MAX } };
	struct recording r = { .greeted = true, .width = 16384, .height = 9 };
	struct recording_item item;
	char text[FRAMES_TEXT_MAX + REGION_MAX * 4];
	ssize_t n;

	for (unsigned int i = 0; i < REGION_MAX; i++)
		l.frame.damage.rects[i] =
		    (struct rect){ (uint16_t)(16352 + i), 8, 1, 1 };
	n = recording_encode(&l, text, FRAMES_TEXT_MAX);
	ok(n > 0, "REGION_MAX rectangles");
	is_int(recording_next(&r, &item, (uint8_t *)text, (size_t)n + 4), 0,
	    "want all their pixels");
	is_int(recording_next(
		   &r, &item, (uint8_t *)text, (size_t)n + REGION_MAX * 4),
	    n + REGION_MAX * 4, "are read");
	is_mem(&item.line.frame.damage, &l.frame.damage, sizeof(l.frame.damage),
	    "as written");
	strcpy(text + n - 1, " 0 0 1 1\n");
	is_int(recording_next(&r, &item, (uint8_t *)text, sizeof(text)),
	    -EBADMSG, "and not one more");
}

/* What is read can be said again, in the same words. */
static void
test_said_again(void)
{
	static const char text[] = HEAD TWO_RECTS PIXELS POINTER SMALLER;
	struct recording r = { 0 };
	struct recording_item i;
	const uint8_t *p = (const uint8_t *)text;
	size_t len = sizeof(text) - 1;
	char again[FRAMES_TEXT_MAX];
	ssize_t n;

	while ((n = recording_next(&r, &i, p, len)) > 0) {
		is_int(recording_encode(&i.line, again, sizeof(again)),
		    i.text_len, "as long");
		is_mem(again, i.text, i.text_len, "%.*s", (int)i.text_len - 1,
		    i.text);
		for (size_t size = 0; size <= i.text_len; size++)
			if (recording_encode(&i.line, again, size) != -ENOSPC)
				ok(false, "written into %zu bytes", size);
		if (i.line.kind == FRAMES_FRAME)
			is_mem(i.pixels, r.width == 3 ? PIXELS : "abcd",
			    recording_pixels(&i.line.frame.damage),
			    "its pixels");
		p += n;
		len -= (size_t)n;
	}
	is_int(recording_end(&r, len), 0, "all of it");
}

int
main(void)
{
	test_rows();
	test_cut();
	test_long_line();
	test_many_rects();
	test_said_again();
	return done_testing();
}
