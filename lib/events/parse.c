#include <errno.h>
#include <string.h>

#include "events/utf8.h"
#include "events_priv.h"

/* A browser counts in doubles. */
#define SEQ_MAX ((INT64_C(1) << 53) - 1)

static const char *const led_names[] = { "caps", "num", "scroll" };
const char *const event_way_names[4] = { "none", "in", "out", "both" };

static bool
read_motion(struct words *w, struct event *e)
{
	e->x = (int)words_int(w, 0, EVENT_XY_MAX);
	e->y = (int)words_int(w, 0, EVENT_XY_MAX);
	return words_end(w);
}

static bool
read_move(struct words *w, struct event *e)
{
	e->x = (int)words_int(w, -EVENT_XY_MAX, EVENT_XY_MAX);
	e->y = (int)words_int(w, -EVENT_XY_MAX, EVENT_XY_MAX);
	return words_end(w);
}

static bool
read_action(struct words *w, struct event *e)
{
	if (words_is(w, "down"))
		e->action = EVENT_DOWN;
	else if (words_is(w, "up"))
		e->action = EVENT_UP;
	else
		return false;
	return true;
}

static bool
read_button(struct words *w, struct event *e)
{
	e->button = (unsigned int)words_int(w, 1, EVENT_BUTTON_MAX);
	if (!read_action(w, e))
		return false;
	e->placed = !words_end(w);
	return !e->placed || read_motion(w, e);
}

static bool
read_scroll(struct words *w, struct event *e)
{
	e->x = (int)words_int(w, -EVENT_SCROLL_MAX, EVENT_SCROLL_MAX);
	e->y = (int)words_int(w, -EVENT_SCROLL_MAX, EVENT_SCROLL_MAX);
	return words_end(w);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_hex(struct event *e)
{
	for (size_t i = 2; i < e->len; i++) {
		int digit = hex_digit(e->data[i]);

		if (digit < 0 || e->keysym > EVENT_KEYSYM_MAX >> 4)
			return false;
		e->keysym = e->keysym << 4 | (uint32_t)digit;
	}
	return e->keysym != 0;
}

static bool
is_name(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != '_' && !(p[i] >= '0' && p[i] <= '9') &&
		    !((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z'))
			return false;
	return len > 0 && len <= EVENT_NAME_MAX;
}

static bool
read_key(struct words *w, struct event *e)
{
	e->data = words_next(w, &e->len);
	if (!is_name(e->data, e->len) ||
	    (e->len > 2 && !memcmp(e->data, "0x", 2) && !read_hex(e)))
		return false;
	e->action = EVENT_TAP;
	return words_end(w) || (read_action(w, e) && words_end(w));
}

/* Control characters are keys of their own: "key Return", not text. */
static bool
is_typable(const char *p, size_t len)
{
	const char *end = p + len;

	while (p < end) {
		int32_t c = utf8_next(&p, end);

		if (c < 0 || (c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}

static bool
read_text(struct words *w, struct event *e)
{
	e->data = words_rest(w, &e->len);
	return e->len > 0 && e->len <= EVENT_TEXT_MAX &&
	    is_typable(e->data, e->len);
}

static bool
read_rule(struct words *w, struct event *e)
{
	for (unsigned int i = 0; i < 4; i++)
		if (words_is(w, event_way_names[i])) {
			e->ways = i;
			e->len = (size_t)words_int(w, 0, EVENT_CLIPBOARD_MAX);
			return words_end(w);
		}
	return false;
}

static bool
read_nothing(struct words *w, struct event *e)
{
	(void)e;
	return words_end(w);
}

/* One monitor more at the right of those before. */
static void
read_monitor(struct words *w, struct event *e)
{
	struct event_monitor *m = &e->monitors[e->nmonitors++];

	m->width = (int)words_int(w, EVENT_SIZE_MIN, EVENT_SIZE_MAX - e->x);
	m->height = (int)words_int(w, EVENT_SIZE_MIN, EVENT_SIZE_MAX);
	e->x += m->width;
	e->y = m->height > e->y ? m->height : e->y;
}

static bool
read_size(struct words *w, struct event *e)
{
	read_monitor(w, e);
	if (words_end(w))
		return true;
	e->dpi = (int)words_int(w, EVENT_DPI_MIN, EVENT_DPI_MAX);
	while (!w->bad && !words_end(w) && e->nmonitors < EVENT_MONITORS)
		read_monitor(w, e);
	return words_end(w);
}

static bool
read_leds(struct words *w, struct event *e)
{
	if (words_is(w, "none"))
		return words_end(w);
	for (unsigned int i = 0; i < 3; i++)
		if (words_is(w, led_names[i]))
			e->leds |= 1u << i;
	return e->leds && words_end(w);
}

static bool
read_file(struct words *w, struct event *e)
{
	e->data = words_rest(w, &e->len);
	return e->len > 0 && e->len <= EVENT_FILE_MAX &&
	    is_typable(e->data, e->len);
}

static bool
read_gamepad(struct words *w, struct event *e)
{
	e->pad = (unsigned int)words_int(w, 0, EVENT_PADS - 1);
	if (words_is(w, "on")) {
		e->part = EVENT_PAD_ON;
		e->data = words_rest(w, &e->len);
		return e->len > 0 && e->len <= EVENT_PAD_NAME_MAX &&
		    is_typable(e->data, e->len);
	}
	if (words_is(w, "off")) {
		e->part = EVENT_PAD_OFF;
	} else if (words_is(w, "axis")) {
		e->part = EVENT_PAD_AXIS;
		e->control = (unsigned int)words_int(w, 0, EVENT_PAD_AXES - 1);
		e->value =
		    (int)words_int(w, -EVENT_PAD_AXIS_MAX, EVENT_PAD_AXIS_MAX);
	} else if (words_is(w, "button")) {
		e->part = EVENT_PAD_BUTTON;
		e->control =
		    (unsigned int)words_int(w, 0, EVENT_PAD_BUTTONS - 1);
		e->value = (int)words_int(w, 0, EVENT_PAD_BUTTON_MAX);
	} else {
		return false;
	}
	return words_end(w);
}

static const struct verb {
	const char *name;
	enum event_type type;
	bool (*read)(struct words *w, struct event *e);
	const char *form;
} verbs[] = {
	{ "motion", EVENT_MOTION, read_motion, "motion X Y, from 0 to 16383" },
	{ "move", EVENT_MOVE, read_move, "move DX DY, from -16383 to 16383" },
	{ "button", EVENT_BUTTON, read_button,
	    "button N down|up [X Y], N from 1 to 9, X and Y from 0 to 16383" },
	{ "scroll", EVENT_SCROLL, read_scroll,
	    "scroll DX DY, from -12000 to 12000" },
	{ "key", EVENT_KEY, read_key,
	    "key KEYSYM [down|up], the keysym by name or as 0xHEX" },
	{ "text", EVENT_TEXT, read_text,
	    "text STRING, at most 4096 bytes of UTF-8 without control "
	    "characters" },
	{ "clipboard", EVENT_CLIPBOARD, copy_read_whole,
	    "clipboard MIME LENGTH ..., then that many bytes (at most "
	    "4194304) of text/plain or text/html in UTF-8, or image/png" },
	{ "release", EVENT_RELEASE, read_nothing, "release" },
	{ "size", EVENT_SIZE, read_size,
	    "size W H [DPI [W H]...], at most 4 times W and H, from 64 to "
	    "16384 and in sum no wider, DPI from 48 to 768" },
	{ "leds", EVENT_LEDS, read_leds, "leds none|[caps] [num] [scroll]" },
	{ "alive", EVENT_ALIVE, read_nothing, "alive" },
	{ "gamepad", EVENT_GAMEPAD, read_gamepad,
	    "gamepad N on NAME|off|axis A VALUE|button B VALUE, N from 0 to 3, "
	    "A from 0 to 3 and -32767 to 32767, B from 0 to 16 and 0 to 255" },
	{ "clipboard-rule", EVENT_CLIPBOARD_RULE, read_rule,
	    "clipboard-rule none|in|out|both BYTES" },
	{ "file", EVENT_FILE, read_file, "file NAME, at most 1000 bytes" },
};

static const struct verb *
find_verb(struct words *w)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (words_is(w, verbs[i].name))
			return &verbs[i];
	return NULL;
}

static int
parse(struct event *e, struct words *w)
{
	const struct verb *verb = find_verb(w);

	*e = (struct event){ 0 };
	if (verb && verb->read(w, e)) {
		e->type = verb->type;
		return 0;
	}
	*e = (struct event){ .why = verb ? verb->form
					 : "motion, move, button, scroll, key, "
					   "text, clipboard, leds, release, "
					   "alive or size" };
	return -EBADMSG;
}

int
event_parse(struct event *e, const void *msg, size_t len)
{
	struct words w = words_of(msg, len);

	return parse(e, &w);
}

int
event_parse_motion(struct event *e, uint64_t *next, const void *msg, size_t len)
{
	struct words w = words_of(msg, len);
	uint64_t seq = (uint64_t)words_int(&w, 0, SEQ_MAX);
	int err = parse(e, &w);

	if (!err && e->type != EVENT_MOTION)
		err = -EBADMSG;
	if (err) {
		*e = (struct event){ .why = "SEQ motion X Y" };
		return err;
	}
	if (seq < *next)
		return -ESTALE;
	*next = seq + 1;
	return 0;
}

ssize_t
event_decode(struct event *e, const void *p, size_t len)
{
	ptrdiff_t line =
	    line_find(p, len > EVENT_LINE_MAX ? EVENT_LINE_MAX + 1 : len);
	size_t end = (size_t)line;
	struct words w;
	struct copy c;

	*e = (struct event){ .why = "a line of at most 4101 bytes" };
	if (line < 0)
		return len > EVENT_LINE_MAX ? -EBADMSG : 0;
	w = words_of(p, (size_t)line);
	/*
	 * The bytes behind a clipboard's line are somebody's copy and must
	 * never be taken for events, so a length that is wrong ends the
	 * stream.
	 */
	if (words_is(&w, "clipboard")) {
		e->why = "a clipboard of exactly the LENGTH it says, at most "
			 "4194304, then a newline";
		if (!copy_read(&w, &c))
			return -EBADMSG;
		end += 1 + c.size;
		if (end >= len)
			return 0;
		if (((const char *)p)[end] != '\n')
			return -EBADMSG;
	}
	event_parse(e, p, end);
	return (ssize_t)end + 1;
}
