/*
 * events.h - what a person does at a display, as messages: rd-events(5)
 *
 * A message is one event without its final newline; a stream is messages
 * with a newline behind each.  Only a clipboard has newlines inside: its
 * line, a newline and as many bytes as the line says, form after form.
 *
 * Works on the caller's bytes: no allocation, no I/O, no X.
 */
#ifndef EVENTS_EVENTS_H
#define EVENTS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	EVENT_XY_MAX = 16383,     /* pixels */
	EVENT_SCROLL_MAX = 12000, /* 1/120 of a wheel's notch, either way */
	EVENT_BUTTON_MAX = 9,     /* 1 left 2 middle 3 right 8 back 9 forward */
	EVENT_KEYSYM_MAX = 0x1fffffff,
	EVENT_SIZE_MIN = 64,    /* pixels of a monitor, either way */
	EVENT_SIZE_MAX = 16384, /* and of all together */
	EVENT_DPI_MIN = 48,
	EVENT_DPI_MAX = 768,
	EVENT_MONITORS = 4,
	EVENT_PADS = 4,
	EVENT_PAD_AXES = 4, /* of the W3C's standard gamepad */
	EVENT_PAD_BUTTONS = 17,
	EVENT_PAD_AXIS_MAX = 32767, /* either way */
	EVENT_PAD_BUTTON_MAX = 255,
	EVENT_PAD_NAME_MAX = 63,       /* bytes */
	EVENT_NAME_MAX = 31,           /* bytes of a keysym's name */
	EVENT_TEXT_MAX = 4096,         /* bytes typed by one event */
	EVENT_FILE_MAX = 1000,         /* bytes of a file's name */
	EVENT_CLIPBOARD_MAX = 1 << 22, /* bytes of all its forms together */
	EVENT_LINE_MAX = 5 + EVENT_TEXT_MAX, /* "text ..." */
	EVENT_MAX =
	    EVENT_LINE_MAX + 1 + EVENT_CLIPBOARD_MAX + 1, /* in a stream */
};

enum event_type {
	EVENT_NONE, /* not an event */
	EVENT_MOTION,
	EVENT_MOVE,
	EVENT_BUTTON,
	EVENT_SCROLL,
	EVENT_KEY,
	EVENT_TEXT,
	EVENT_CLIPBOARD,
	EVENT_RELEASE,
	EVENT_SIZE,
	EVENT_LEDS,
	EVENT_ALIVE,
	EVENT_GAMEPAD,
	/* From the display only, not to it: */
	EVENT_CLIPBOARD_RULE,
	EVENT_FILE, /* is there to be saved */
};

enum event_action {
	EVENT_UP,
	EVENT_DOWN,
	EVENT_TAP, /* key: down and up */
};

enum event_pad {
	EVENT_PAD_ON,
	EVENT_PAD_OFF,
	EVENT_PAD_AXIS,
	EVENT_PAD_BUTTON,
};

enum event_led {
	EVENT_LED_CAPS = 1,
	EVENT_LED_NUM = 2,
	EVENT_LED_SCROLL = 4,
};

struct event_monitor {
	int width, height; /* pixels */
};

/* The forms that one copy may have. */
enum event_form {
	EVENT_PLAIN, /* text/plain */
	EVENT_HTML,  /* text/html */
	EVENT_PNG,   /* image/png */
	EVENT_FORMS,
};

struct event_bytes {
	const char *data; /* NULL: there is no such form */
	size_t len;
};

/* Which way a clipboard may go. */
enum event_way {
	EVENT_WAY_IN = 1,  /* to the display */
	EVENT_WAY_OUT = 2, /* from it */
};

struct event {
	enum event_type type;
	enum event_action action; /* button, key */
	bool placed;              /* button: x and y are given */
	/* Pixels; move: by how many; scroll: 1/120 of a notch; size: in all. */
	int x, y;
	unsigned int button;
	unsigned int leds;    /* set of enum event_led */
	enum event_pad part;  /* gamepad: what of it, */
	unsigned int pad;     /* which one, */
	unsigned int control; /* which axis or button, */
	int value;            /* and where it is */
	uint32_t keysym;      /* key by number; 0: by its name in data */
	int dpi;              /* size: dots per inch; 0: not given */
	unsigned int nmonitors;
	struct event_monitor monitors[EVENT_MONITORS]; /* from the left */
	const char
	    *data;  /* key's, pad's or file's name, text: borrowed, UTF-8, */
	size_t len; /* not terminated; rule: bytes allowed */
	struct event_bytes forms[EVENT_FORMS]; /* clipboard: borrowed */
	unsigned int ways;                     /* rule: enum event_way */
	const char *why; /* EVENT_NONE: the form it should have */
};

/* Are these bytes of that form?  UTF-8 for text; PNG by how it begins. */
bool event_is_form(enum event_form form, const char *p, size_t len);

/* Does e come from the display only? */
static inline bool
event_is_report(const struct event *e)
{
	return e->type >= EVENT_CLIPBOARD_RULE;
}

/*
 * Read one message.  -EBADMSG when it is not an event; then e->type is
 * EVENT_NONE and e->why a text for a person.
 */
int event_parse(struct event *e, const void *msg, size_t len);

/*
 * Read one message of the data channel "motion": a number that counts up,
 * and a motion.  *next, 0 at first, is the lowest number still of interest;
 * -ESTALE when the message is older.  Else as event_parse().
 */
int event_parse_motion(
    struct event *e, uint64_t *next, const void *msg, size_t len);

/*
 * Read the event at the front of a stream.  Returns the bytes it took,
 * newline included, with e->type EVENT_NONE when they are no event and were
 * skipped; 0 when more bytes are needed, never for EVENT_MAX of them.
 * -EBADMSG when it cannot be told where the next event begins (no end of
 * line, a clipboard's length wrong); e->why says which.
 */
ssize_t event_decode(struct event *e, const void *p, size_t len);

/*
 * How many bytes a clipboard lacks of which msg is the front, its line whole;
 * 0 for all else.
 */
size_t event_missing(const void *msg, size_t len);

/*
 * Write e, any but EVENT_NONE, as one message.  Returns its length in bytes,
 * -ENOSPC when size is less; EVENT_MAX is always enough, EVENT_LINE_MAX but for
 * a clipboard.
 */
ssize_t event_print(const struct event *e, void *out, size_t size);

#endif
