/*
 * rd-input - events into a display
 */
#include <stdlib.h>
#include <string.h>
#include <xcb/xkb.h>

#include "base/die.h"
#include "base/log.h"
#include "input.h"

static const char synopsis[] =
    "rd-input [-rv] [-c none | in | out | both[:bytes]] [-d display]\n"
    "         [-g directory | uinput] [-l path] [-R fd] [address]\n";

static void
dispatch(struct input *in, const xcb_generic_event_t *event)
{
	const xcb_xkb_map_notify_event_t *xkb = (const void *)event;

	if ((event->response_type & 0x7f) != in->display.xkb_event)
		clipboard_event(&in->clipboard, event);
	else if (xkb->xkbType == XCB_XKB_INDICATOR_STATE_NOTIFY)
		in->leds_stale = true;
	else
		keymap_event(&in->keys.map, event);
}

/* Only a difference that lasts: typing may switch a lock off and on. */
static void
watch_leds(struct input *in)
{
	unsigned int lit = leds_lit(&in->leds);
	struct event e = { .type = EVENT_LEDS, .leds = lit };

	in->leds_stale = false;
	if (lit == in->lit)
		return;
	in->lit = lit;
	source_tell(in, &e);
}

static bool
handle_queued(struct input *in)
{
	xcb_generic_event_t *event;
	bool any = false;

	while ((event = xcb_poll_for_queued_event(in->display.conn))) {
		dispatch(in, event);
		free(event);
		any = true;
	}
	if (in->leds_stale)
		watch_leds(in);
	return any;
}

void
input_settle(struct input *in)
{
	do
		display_flush(&in->display);
	while (handle_queued(in));
}

static void
x_ready(struct loop_watch *w, uint32_t events)
{
	struct input *in = w->arg;
	xcb_generic_event_t *event = xcb_poll_for_event(in->display.conn);

	(void)events;
	if (event)
		dispatch(in, event);
	else if (xcb_connection_has_error(in->display.conn))
		display_lost(&in->display);
	free(event);
	input_settle(in);
}

static void
copied(struct clipboard *c, const struct event_bytes *forms)
{
	struct event e = { .type = EVENT_CLIPBOARD };

	memcpy(e.forms, forms, sizeof(e.forms));
	source_tell(c->arg, &e);
}

/* WAY[:BYTES]: which way clipboards go, and how large. */
static struct clipboard_rule
parse_rule(int ch, char *text)
{
	static const char *const ways[] = { "none", "in", "out", "both" };
	struct clipboard_rule rule = { .max = EVENT_CLIPBOARD_MAX };
	char *bytes = strchr(text, ':');

	if (bytes) {
		*bytes++ = '\0';
		rule.max = (size_t)opt_num(ch, bytes, 0, EVENT_CLIPBOARD_MAX);
	}
	while (strcmp(text, ways[rule.ways]) != 0)
		if (++rule.ways == 4)
			die(EXIT_PERM, 0,
			    "option -%c: '%s' is not none, in, out or both", ch,
			    text);
	return rule;
}

static void
input_open(struct input *in, const char *display)
{
	int err = loop_init(&in->loop);

	if (err)
		die(EXIT_TEMP, err, "cannot make an event loop");
	display_open(&in->display, display);
	keys_open(&in->keys, &in->display);
	in->pointer.display = &in->display;
	in->clipboard.arg = in;
	in->clipboard.changed = copied;
	clipboard_open(&in->clipboard, &in->display, &in->loop);
	leds_open(&in->leds, &in->display);
	in->lit = leds_lit(&in->leds);
	gamepads_open(&in->gamepads, &in->loop);
	size_open(&in->size, &in->display, &in->loop);
	in->watch = (struct loop_watch){
		.fd = xcb_get_file_descriptor(in->display.conn),
		.ready = x_ready,
		.arg = in,
	};
	err = loop_watch(&in->loop, &in->watch, EPOLLIN);
	if (err)
		die(EXIT_TEMP, err, "cannot watch the X connection");
}

static void
input_close(struct input *in)
{
	source_close_all(in);
	gamepads_close(&in->gamepads);
	size_flush(&in->size);
	keys_close(&in->keys);
	clipboard_close(&in->clipboard);
	display_close(&in->display);
	loop_clear(&in->loop);
}

int
main(int argc, char **argv)
{
	static struct input in = {
		.clipboard.rule = { EVENT_WAY_IN | EVENT_WAY_OUT,
		    EVENT_CLIPBOARD_MAX },
	};
	const char *display = NULL, *path = NULL, *addr = NULL;
	bool retry = false;
	int ch, err;

	prog_init(argv[0]);
	while ((ch = opt_next(argc, argv, ":c:d:g:hl:R:rv", synopsis)) != -1)
		switch (ch) {
		case 'c':
			in.clipboard.rule = parse_rule(ch, optarg);
			break;
		case 'd':
			display = optarg;
			break;
		case 'g':
			in.gamepads.dir = optarg;
			break;
		case 'l':
			path = optarg;
			break;
		case 'r':
			retry = true;
			break;
		}
	if (argc - optind > 1)
		die(EXIT_PERM, 0, "more than one address (see %s -h)",
		    prog_name);
	if (optind < argc || !path)
		addr = optind < argc ? argv[optind] : "-";
	input_open(&in, display);
	if (path && (err = source_listen(&in, path)))
		die(EXIT_TEMP, err, "cannot listen on '%s'", path);
	if (addr && (err = source_connect(&in, addr, retry)))
		die(EXIT_TEMP, err, "cannot read events from '%s'", addr);
	ready_tell(ready_fd);
	input_settle(&in);
	loop_run(&in.loop);
	input_close(&in);
	if (in.failed)
		die(in.failed, 0, "%s", in.reason);
	return 0;
}
