/*
 * framecheck - are the frames of rd-capture what the display shows?
 *
 *	framecheck [-a] address truth|follow|whole|window
 *
 * A picture is put together from the damaged rectangles alone, as a reader
 * would, and must come to equal what the X server says.  Exit 0 when it did.
 *
 *	truth	paint at random, look, again
 *	follow	until standard input ends, while somebody else paints
 *	whole	paint the screen in one colour after another; every frame
 *		must be of one colour
 *	window	make a window and print its id; paint in it, cover it,
 *		resize it, destroy it
 *
 * With -a each frame is acknowledged.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xcb/xcb.h>

#include "base/die.h"
#include "frames/frames.h"

enum { ROUNDS = 150, WHOLE_FRAMES = 1000, PATIENCE_US = 3000000 };

struct check {
	struct loop loop;
	struct frames_reader reader;
	struct loop_watch input;
	xcb_connection_t *x;
	xcb_window_t window;
	xcb_gcontext_t gc;
	bool acks, whole, ended, lost;
	uint8_t *picture;
	uint32_t first; /* the colour of the last whole frame */
	unsigned int frames, torn, mixed, colours;
};

static void
on_geometry(struct frames_reader *r, const struct frames_geometry *g)
{
	struct check *c = r->arg;

	free(c->picture);
	c->picture = calloc(g->height, g->stride);
}

static void
compose(struct check *c, const struct frame *f)
{
	size_t stride = c->reader.geometry.stride;

	for (unsigned int i = 0; i < f->damage.n; i++) {
		const struct rect *r = &f->damage.rects[i];

		for (int y = r->y; y < r->y + r->h; y++) {
			size_t at = (size_t)y * stride + r->x * 4u;

			memcpy(c->picture + at, f->pixels + at, r->w * 4u);
		}
	}
}

/* The picture as composed must be of one colour at any moment. */
static void
look_whole(struct check *c)
{
	const struct frames_geometry *g = &c->reader.geometry;
	const uint32_t *p = (const void *)c->picture;
	size_t n = (size_t)g->width * g->height, i = 1;

	while (i < n && (p[i] & 0xffffff) == (p[0] & 0xffffff))
		i++;
	c->mixed += i < n;
	c->colours += (p[0] & 0xffffff) != c->first;
	c->first = p[0] & 0xffffff;
}

static void
on_ready(struct frames_reader *r)
{
	struct check *c = r->arg;
	struct frame f;

	while (frames_reader_take(r, &f)) {
		uint8_t *before = NULL;
		size_t size = (size_t)r->geometry.stride * r->geometry.height;

		if (c->whole) {
			before = malloc(size);
			memcpy(before, c->picture, size);
		}
		compose(c, &f);
		if (frames_reader_check(r, &f)) {
			c->frames++;
			if (c->whole)
				look_whole(c);
			if (c->acks)
				frames_reader_ack(r, &f);
		} else {
			c->torn++;
			if (before)
				memcpy(c->picture, before, size);
		}
		free(before);
	}
}

static void
on_line(struct frames_reader *r, const char *line, size_t len)
{
	(void)r;
	(void)line;
	(void)len;
}

static void
on_down(struct frames_reader *r, int err)
{
	struct check *c = r->arg;

	(void)err;
	c->lost = true;
}

static const struct frames_reader_ops ops = {
	.geometry = on_geometry,
	.ready = on_ready,
	.line = on_line,
	.down = on_down,
};

/* Does the picture equal the display's? */
static bool
is_true(struct check *c)
{
	const struct frames_geometry *g = &c->reader.geometry;
	xcb_get_geometry_reply_t *size = xcb_get_geometry_reply(
	    c->x, xcb_get_geometry(c->x, c->window), NULL);
	xcb_get_image_reply_t *image = NULL;
	const uint32_t *want, *have = (const void *)c->picture;
	size_t n, i = 0;

	if (!size)
		die(EXIT_TEMP, 0, "the window is gone");
	n = (size_t)size->width * size->height;
	if (c->picture && size->width == g->width && size->height == g->height)
		image = xcb_get_image_reply(c->x,
		    xcb_get_image(c->x, XCB_IMAGE_FORMAT_Z_PIXMAP, c->window, 0,
			0, size->width, size->height, UINT32_MAX),
		    NULL);
	free(size);
	if (!image)
		return false;
	want = (const void *)xcb_get_image_data(image);
	while (i < n && ((want[i] ^ have[i]) & 0xffffff) == 0)
		i++;
	free(image);
	return i == n;
}

static bool
is_over(const struct check *c)
{
	return c->lost || c->loop.stopped;
}

static void
settle(struct check *c, const char *what)
{
	int64_t end = clock_us() + PATIENCE_US;

	while (!is_true(c)) {
		if (is_over(c))
			die(EXIT_NO, 0, "%s: the frames ended", what);
		if (clock_us() > end)
			die(EXIT_NO, 0, "%s: the picture is not the display's",
			    what);
		loop_turn(&c->loop, 20);
	}
}

static int16_t
below(int n)
{
	return (int16_t)(rand() % n);
}

static void
paint_something(struct check *c, int width, int height)
{
	uint32_t colour = (uint32_t)rand() & 0xffffff;
	xcb_rectangle_t r = { below(width), below(height),
		(uint16_t)(1 + below(rand() % 8 ? 40 : width)),
		(uint16_t)(1 + below(rand() % 8 ? 40 : height)) };
	xcb_point_t line[] = { { below(width), below(height) },
		{ below(width), below(height) } };

	xcb_change_gc(c->x, c->gc, XCB_GC_FOREGROUND, &colour);
	switch (rand() % 4) {
	case 0:
		xcb_copy_area(c->x, c->window, c->window, c->gc, 0, 13, 0, 0,
		    (uint16_t)width, (uint16_t)(height - 13));
		break;
	case 1:
		xcb_poly_line(
		    c->x, XCB_COORD_MODE_ORIGIN, c->window, c->gc, 2, line);
		break;
	default:
		xcb_poly_fill_rectangle(c->x, c->window, c->gc, 1, &r);
	}
}

static void
truth(struct check *c, int rounds, const char *what)
{
	settle(c, what);
	for (int i = 0; i < rounds; i++) {
		int width = (int)c->reader.geometry.width;
		int height = (int)c->reader.geometry.height;

		for (int k = rand() % 30; k >= 0; k--)
			paint_something(c, width, height);
		settle(c, what);
	}
}

static void
on_input(struct loop_watch *w, uint32_t events)
{
	struct check *c = w->arg;
	char byte;

	(void)events;
	if (read(w->fd, &byte, 1) <= 0) {
		loop_unwatch(&c->loop, w);
		c->ended = true;
	}
}

static void
follow(struct check *c)
{
	c->input = (struct loop_watch){ .ready = on_input, .arg = c };
	loop_watch(&c->loop, &c->input, EPOLLIN);
	while (!c->ended && !is_over(c))
		loop_turn(&c->loop, -1);
	settle(c, "follow");
}

static _Noreturn void
paint_solid(void)
{
	xcb_connection_t *x = xcb_connect(NULL, NULL);
	const xcb_screen_t *s = xcb_setup_roots_iterator(xcb_get_setup(x)).data;
	xcb_gcontext_t gc = xcb_generate_id(x);
	xcb_rectangle_t all = { 0, 0, s->width_in_pixels, s->height_in_pixels };

	xcb_create_gc(x, gc, s->root, 0, NULL);
	while (!xcb_connection_has_error(x)) {
		uint32_t colour = (uint32_t)rand() & 0xffffff;
		xcb_rectangle_t dot = { 0, below(s->height_in_pixels), 9, 9 };

		/*
		 * A small part is damaged after quiet, and captured at once;
		 * the whole changes between that being found and read.
		 */
		usleep(2000);
		xcb_poly_fill_rectangle(x, s->root, gc, 1, &dot);
		xcb_flush(x);
		for (int64_t end = clock_us() + rand() % 200; clock_us() < end;)
			;
		xcb_change_gc(x, gc, XCB_GC_FOREGROUND, &colour);
		xcb_poly_fill_rectangle(x, s->root, gc, 1, &all);
		free(
		    xcb_get_input_focus_reply(x, xcb_get_input_focus(x), NULL));
	}
	exit(0);
}

static void
whole(struct check *c)
{
	pid_t painter;

	settle(c, "whole");
	painter = fork();
	if (painter == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		paint_solid();
	}
	c->whole = true;
	while (
	    c->colours < 2 && !is_over(c)) /* what was there before is gone */
		loop_turn(&c->loop, -1);
	c->frames = c->torn = c->mixed = c->colours = 0;
	while (c->frames < WHOLE_FRAMES && !is_over(c))
		loop_turn(&c->loop, -1);
	kill(painter, SIGKILL); /* the loop keeps others for itself */
	waitpid(painter, NULL, 0);
	printf("# %u frames, %u colours, %u overwritten, %u of two colours\n",
	    c->frames, c->colours, c->torn, c->mixed);
	if (c->mixed || c->colours < WHOLE_FRAMES / 2)
		die(EXIT_NO, 0, "frames were of two moments");
}

static xcb_window_t
make_window(struct check *c, const xcb_screen_t *s, xcb_rectangle_t r)
{
	xcb_window_t window = xcb_generate_id(c->x);
	uint32_t values[] = { 0x8080ff, true };

	xcb_create_window(c->x, XCB_COPY_FROM_PARENT, window, s->root, r.x, r.y,
	    r.width, r.height, 3, XCB_WINDOW_CLASS_INPUT_OUTPUT,
	    XCB_COPY_FROM_PARENT, XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT,
	    values);
	xcb_map_window(c->x, window);
	return window;
}

static void
window(struct check *c, const xcb_screen_t *s)
{
	uint32_t size[] = { 333, 77 };

	settle(c, "window");
	truth(c, 10, "window");
	make_window(c, s, (xcb_rectangle_t){ 0, 0, 400, 400 });
	truth(c, 10, "covered window");
	xcb_configure_window(c->x, c->window,
	    XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
	truth(c, 10, "resized window");
	xcb_unmap_window(c->x, c->window);
	size[0] = 334;
	xcb_configure_window(c->x, c->window,
	    XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
	xcb_map_window(c->x, c->window);
	truth(c, 10, "window mapped again");
	xcb_destroy_window(c->x, c->window);
	xcb_flush(c->x);
	while (!is_over(c))
		loop_turn(&c->loop, -1);
}

int
main(int argc, char *argv[])
{
	static struct check c;
	const xcb_screen_t *screen;
	const char *mode;
	uint32_t inferiors = XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS;
	int err;

	prog_init(argv[0]);
	if (argc > 1 && strcmp(argv[1], "-a") == 0) {
		c.acks = true;
		argc--;
		argv++;
	}
	if (argc != 3)
		die(EXIT_PERM, 0, "framecheck [-a] address mode");
	mode = argv[2];
	c.x = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(c.x) || loop_init(&c.loop))
		die(EXIT_TEMP, 0, "no display");
	screen = xcb_setup_roots_iterator(xcb_get_setup(c.x)).data;
	c.window = screen->root;
	c.gc = xcb_generate_id(c.x);
	xcb_create_gc(c.x, c.gc, c.window, XCB_GC_SUBWINDOW_MODE, &inferiors);
	if (strcmp(mode, "window") == 0) {
		c.window = make_window(
		    &c, screen, (xcb_rectangle_t){ 30, 40, 201, 151 });
		xcb_flush(c.x);
		printf("0x%x\n", c.window);
		fflush(stdout);
	}
	err = frames_reader_open(
	    &c.reader, &c.loop, argv[1], strcmp(mode, "window") == 0, &ops, &c);
	if (err)
		die(EXIT_TEMP, err, "%s", argv[1]);
	if (strcmp(mode, "truth") == 0)
		truth(&c, ROUNDS, "truth");
	else if (strcmp(mode, "follow") == 0)
		follow(&c);
	else if (strcmp(mode, "whole") == 0)
		whole(&c);
	else
		window(&c, screen);
	printf("# %u frames, %u overwritten\n", c.frames, c.torn);
	frames_reader_close(&c.reader);
	return 0;
}
