/*
 * painter - noise on the root window
 *
 * usage: painter rate side [count]
 *
 * At most rate times per second paints a square of side pixels at a random
 * place, count times or until it is killed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <xcb/xcb.h>

#include "base/die.h"

enum {
	RATE_MAX = 10000,
	SIDE_MAX = 240, /* as many pixels as one request can hold */
};

static uint32_t noise[SIDE_MAX * SIDE_MAX];

static void
paint(xcb_connection_t *c, const xcb_screen_t *s, xcb_gcontext_t gc, int side)
{
	int x = (int)(random() % s->width_in_pixels);
	int y = (int)(random() % s->height_in_pixels);

	for (int i = 0; i < side * side; i++)
		noise[i] = (uint32_t)random();
	xcb_put_image(c, XCB_IMAGE_FORMAT_Z_PIXMAP, s->root, gc, (uint16_t)side,
	    (uint16_t)side, (int16_t)(x - side / 2), (int16_t)(y - side / 2), 0,
	    s->root_depth, (uint32_t)(side * side) * 4, (uint8_t *)noise);
	xcb_flush(c);
}

static int
number(const char *s, int max)
{
	int n = atoi(s);

	if (n < 1 || n > max)
		die(EXIT_PERM, 0, "'%s' is not from 1 to %d", s, max);
	return n;
}

int
main(int argc, char **argv)
{
	xcb_connection_t *c;
	const xcb_screen_t *s;
	xcb_gcontext_t gc;
	int rate, side, left;

	prog_init(argv[0]);
	if (argc < 3)
		die(EXIT_PERM, 0, "usage: painter rate side [count]");
	rate = number(argv[1], RATE_MAX);
	side = number(argv[2], SIDE_MAX);
	left = argc > 3 ? number(argv[3], INT32_MAX) : INT32_MAX;
	c = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(c))
		die(EXIT_TEMP, 0, "cannot connect to the display");
	s = xcb_setup_roots_iterator(xcb_get_setup(c)).data;
	gc = xcb_generate_id(c);
	xcb_create_gc(c, gc, s->root, 0, NULL);
	while (left-- && !xcb_connection_has_error(c)) {
		paint(c, s, gc, side);
		usleep(1000000u / (unsigned int)rate);
	}
	/* An answer means that all before it was painted. */
	free(xcb_get_input_focus_reply(c, xcb_get_input_focus(c), NULL));
	xcb_disconnect(c);
	return 0;
}
