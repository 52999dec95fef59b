/*
 * workload - draws on an X display what the bench measures
 *
 * Every load has the same page of text behind it and takes next to nothing
 * itself: pictures are made before the first frame and only copied later.
 *
 * flash toggles a square and a barcoded counter in a window above all else
 * and writes one line per toggle, "COUNTER TIME_US": CLOCK_MONOTONIC right
 * before the request is sent, so that the X server's drawing counts too.
 * With -v the other loads do so for each of their frames.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "base/die.h"
#include "base/log.h"
#include "base/loop.h"

/* The barcode's place, on macroblock borders; receiver.html knows it too. */
enum {
	BAR_X = 1536,
	BAR_Y = 64,
	BAR_CELL = 16, /* pixels, square */
	BAR_DATA = 12, /* counter bits, then BAR_CHECK bits that guard them */
	BAR_CHECK = 4,
	BAR_CELLS = BAR_DATA + BAR_CHECK,
	SQUARE = 64,
};

enum {
	GLYPH_W = 6, /* the font "fixed", which every X server has built in */
	GLYPH_H = 13,
	PICTURE_W = 320,
	PICTURE_H = 640,
	PICTURE_ROWS = 64, /* per request, which must not grow over 256 KB */
	TEXTURES = 4,      /* of one picture, each with noise of its own */
	MARGIN = 256, /* a texture's extra pixels for the picture to move in */
	PAGES = 4,
	TEXT_STEPS = 50,
	TEXT_STEP = 60,
};

struct load {
	const char *name;
	int64_t interval_us; /* between frames; 0: none */
	uint16_t w, h;
	void (*prepare)(const struct load *l);
	void (*draw)(const struct load *l, unsigned int n);
};

static xcb_connection_t *conn;
static xcb_screen_t *screen;
static xcb_gcontext_t black_on_white, white_on_black;
static xcb_window_t window, flash_window;
static xcb_pixmap_t text;
static xcb_shm_seg_t textures[TEXTURES];
static uint64_t seed = 1;

static uint32_t
rnd(void)
{
	/* xorshift64*, Marsaglia 2003: the same pictures on every machine */
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * 2685821657736338717u) >> 32);
}

/* Lines of words, some longer, some shorter. */
static void
draw_text(xcb_drawable_t d, uint16_t w, uint16_t h)
{
	char line[255];
	unsigned int most =
	    w / GLYPH_W < (int)sizeof(line) ? w / GLYPH_W : sizeof(line);

	xcb_poly_fill_rectangle(
	    conn, d, white_on_black, 1, &(xcb_rectangle_t){ 0, 0, w, h });
	for (int y = GLYPH_H; y < h; y += GLYPH_H) {
		unsigned int len = rnd() % most;

		for (unsigned int i = 0; i < len; i++)
			line[i] = rnd() % 6 ? (char)('a' + rnd() % 26) : ' ';
		xcb_image_text_8(
		    conn, (uint8_t)len, d, black_on_white, 0, (int16_t)y, line);
	}
}

/* Waves from wide to a few pixels long, and noise that is new in each. */
static void
texture_fill(uint32_t *p, unsigned int w, unsigned int h, float phase)
{
	for (unsigned int j = 0; j < h; j++)
		for (unsigned int i = 0; i < w; i++) {
			float x = (float)i, y = (float)j;
			float wide = 45 * sinf(x / 61 + y / 113 + phase) +
			    35 * sinf(x * y / 9000);
			float fine =
			    20 * sinf(x / 3 + y / 7 + phase) * sinf(y / 5);
			uint32_t n = rnd();

			*p++ = (uint32_t)(112 + wide + fine + (float)(n & 31))
				<< 16 |
			    (uint32_t)(112 - wide + fine + (float)(n >> 5 & 31))
				<< 8 |
			    (uint32_t)(112 + wide - fine +
				(float)(n >> 10 & 31));
		}
}

/* What there is to see on a desktop: text, and a picture beside it. */
static void
draw_page(xcb_window_t root)
{
	static uint32_t picture[PICTURE_H * PICTURE_W];

	draw_text(root, screen->width_in_pixels, screen->height_in_pixels);
	texture_fill(picture, PICTURE_W, PICTURE_H, 0);
	for (unsigned int y = 0; y < PICTURE_H; y += PICTURE_ROWS)
		xcb_put_image(conn, XCB_IMAGE_FORMAT_Z_PIXMAP, root,
		    black_on_white, PICTURE_W, PICTURE_ROWS, BAR_X,
		    (int16_t)(4 * BAR_Y + y), 0, screen->root_depth,
		    PICTURE_ROWS * PICTURE_W * 4,
		    (const uint8_t *)(picture + y * PICTURE_W));
}

static void
no_draw(const struct load *l, unsigned int n)
{
	(void)l;
	(void)n;
}

/* One glyph and the block cursor behind it, as a terminal does. */
static void
typing_draw(const struct load *l, unsigned int n)
{
	unsigned int cols = l->w / GLYPH_W - 1, rows = l->h / GLYPH_H;
	int16_t x = (int16_t)(n % cols * GLYPH_W);
	int16_t y = (int16_t)(n / cols % rows * GLYPH_H);
	char glyph = (char)('a' + rnd() % 26);

	xcb_image_text_8(conn, 1, window, black_on_white, x,
	    (int16_t)(y + GLYPH_H - 3), &glyph);
	xcb_poly_fill_rectangle(conn, window, black_on_white, 1,
	    &(xcb_rectangle_t){ (int16_t)(x + GLYPH_W), y, GLYPH_W, GLYPH_H });
}

static void
text_prepare(const struct load *l, unsigned int h)
{
	text = xcb_generate_id(conn);
	xcb_create_pixmap(
	    conn, screen->root_depth, text, window, l->w, (uint16_t)h);
	draw_text(text, l->w, (uint16_t)h);
}

static void
scroll_prepare(const struct load *l)
{
	text_prepare(l, l->h + TEXT_STEPS * TEXT_STEP);
}

/* 0, 1, ... max, max - 1, ... 0, 1: no jump at either end. */
static int16_t
swing(unsigned int n, unsigned int max)
{
	n %= 2 * max;
	return (int16_t)(n < max ? n : 2 * max - n);
}

static void
scroll_draw(const struct load *l, unsigned int n)
{
	xcb_copy_area(conn, text, window, black_on_white, 0,
	    (int16_t)(swing(n, TEXT_STEPS) * TEXT_STEP), 0, 0, l->w, l->h);
}

static void
texture_prepare(const struct load *l)
{
	unsigned int w = l->w + MARGIN, h = l->h + MARGIN;

	for (size_t i = 0; i < TEXTURES; i++) {
		xcb_generic_error_t *e;
		int id = shmget(IPC_PRIVATE, (size_t)w * h * 4, 0600);
		void *p = id == -1 ? (void *)-1 : shmat(id, NULL, 0);

		if (p == (void *)-1)
			die(EXIT_TEMP, errno, "cannot get shared memory");
		texture_fill(p, w, h, (float)i / TEXTURES);
		textures[i] = xcb_generate_id(conn);
		e = xcb_request_check(conn,
		    xcb_shm_attach_checked(conn, textures[i], (uint32_t)id, 1));
		shmctl(id, IPC_RMID, NULL);
		if (e)
			die(EXIT_TEMP, 0, "the display refuses MIT-SHM");
	}
}

static void
texture_draw(const struct load *l, unsigned int n)
{
	xcb_shm_put_image(conn, window, black_on_white,
	    (uint16_t)(l->w + MARGIN), (uint16_t)(l->h + MARGIN),
	    (uint16_t)swing(3 * n, MARGIN), (uint16_t)swing(n, MARGIN), l->w,
	    l->h, 0, 0, screen->root_depth, XCB_IMAGE_FORMAT_Z_PIXMAP, 0,
	    textures[n % TEXTURES], 0);
}

/* One page below the other. */
static void
page_prepare(const struct load *l)
{
	text_prepare(l, l->h * PAGES);
}

static void
page_draw(const struct load *l, unsigned int n)
{
	xcb_copy_area(conn, text, window, black_on_white, 0,
	    (int16_t)(n % PAGES * l->h), 0, 0, l->w, l->h);
}

static void
no_prepare(const struct load *l)
{
	(void)l;
}

static const struct load loads[] = {
	{ "idle", 0, 1, 1, no_prepare, no_draw },
	{ "typing", 100000, 640, 416, no_prepare, typing_draw },
	{ "page", 5000000, 1920, 1080, page_prepare, page_draw },
	{ "scroll", 33333, 960, 900, scroll_prepare, scroll_draw },
	{ "video", 33333, 1280, 720, texture_prepare, texture_draw },
	{ "full", 16666, 1920, 1080, texture_prepare, texture_draw },
};

static const struct load *
load_find(const char *name)
{
	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++)
		if (!strcmp(loads[i].name, name))
			return &loads[i];
	die(EXIT_PERM, 0, "'%s' is not a load (see %s -h)", name, prog_name);
}

static xcb_window_t
window_open(int16_t x, int16_t y, uint16_t w, uint16_t h)
{
	xcb_window_t id = xcb_generate_id(conn);

	xcb_create_window(conn, XCB_COPY_FROM_PARENT, id, screen->root, x, y, w,
	    h, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
	    XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT,
	    (uint32_t[]){ screen->white_pixel, 1 });
	xcb_map_window(conn, id);
	return id;
}

static xcb_gcontext_t
gc_open(uint32_t fg, uint32_t bg, xcb_font_t font)
{
	xcb_gcontext_t gc = xcb_generate_id(conn);

	xcb_create_gc(conn, gc, screen->root,
	    XCB_GC_FOREGROUND | XCB_GC_BACKGROUND | XCB_GC_FONT |
		XCB_GC_GRAPHICS_EXPOSURES,
	    (uint32_t[]){ fg, bg, font, 0 });
	return gc;
}

/* Wait until the server has done everything it was asked for. */
static void
display_sync(void)
{
	free(xcb_get_input_focus_reply(conn, xcb_get_input_focus(conn), NULL));
	if (xcb_connection_has_error(conn))
		die(EXIT_TEMP, 0, "the display is gone");
}

static void
display_open(const char *name, const struct load *load)
{
	xcb_font_t font;
	int n;

	conn = xcb_connect(name, &n);
	if (xcb_connection_has_error(conn))
		die(EXIT_TEMP, 0, "cannot open display '%s'",
		    name ? name : getenv("DISPLAY"));
	screen = xcb_setup_roots_iterator(xcb_get_setup(conn)).data;
	font = xcb_generate_id(conn);
	xcb_open_font(conn, font, 5, "fixed");
	black_on_white =
	    gc_open(screen->black_pixel, screen->white_pixel, font);
	white_on_black =
	    gc_open(screen->white_pixel, screen->black_pixel, font);
	draw_page(window_open(
	    0, 0, screen->width_in_pixels, screen->height_in_pixels));
	window = window_open(0, 0, load->w, load->h);
	load->prepare(load);
	load->draw(load, 0);
}

static void
flash_open(void)
{
	flash_window =
	    window_open(BAR_X, BAR_Y, BAR_CELLS * BAR_CELL, BAR_CELL + SQUARE);
}

/*
 * The counter's bits, high one first, white for 1, then the complement of
 * the sum of its three nibbles: neither all black nor all white is valid.
 */
static void
flash_draw(unsigned int counter)
{
	unsigned int sum = (counter >> 8) + (counter >> 4) + counter;
	unsigned int code = counter << BAR_CHECK | (~sum & 15);
	xcb_rectangle_t cells[2][BAR_CELLS + 1];
	uint32_t n[2] = { 0, 0 };

	for (int i = 0; i < BAR_CELLS; i++) {
		unsigned int bit = code >> (BAR_CELLS - 1 - i) & 1;

		cells[bit][n[bit]++] =
		    (xcb_rectangle_t){ (int16_t)(i * BAR_CELL), 0, BAR_CELL,
			    BAR_CELL };
	}
	cells[counter & 1][n[counter & 1]++] =
	    (xcb_rectangle_t){ 0, BAR_CELL, SQUARE, SQUARE };
	xcb_poly_fill_rectangle(
	    conn, flash_window, black_on_white, n[0], cells[0]);
	xcb_poly_fill_rectangle(
	    conn, flash_window, white_on_black, n[1], cells[1]);
}

/* Tell of what was drawn and is not sent yet. */
static void
say_drawn(unsigned int counter)
{
	printf("%u %lld\n", counter, (long long)clock_us());
	fflush(stdout);
}

static void
flash_toggle(unsigned int counter)
{
	flash_draw(counter);
	say_drawn(counter);
	xcb_flush(conn);
}

static void
sleep_until(int64_t us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* Returns the number of frames drawn. */
static unsigned int
run(const struct load *load, bool flash, bool tell, int64_t end)
{
	int64_t start = clock_us(), draw_at, flash_at;
	unsigned int drawn = 0, counter = 0;

	draw_at = load->interval_us ? start : INT64_MAX;
	flash_at = flash ? start : INT64_MAX;
	for (;;) {
		int64_t at = draw_at < flash_at ? draw_at : flash_at;

		if (at >= end)
			break;
		sleep_until(at);
		if (at == flash_at) {
			flash_toggle(
			    counter = (counter + 1) & ((1 << BAR_DATA) - 1));
			flash_at = clock_us() + 150000 + rnd() % 300000;
			continue;
		}
		load->draw(load, ++drawn);
		if (tell)
			say_drawn(drawn);
		display_sync();
		draw_at += load->interval_us;
		if (draw_at < clock_us()) /* the server is too slow: skip */
			draw_at = clock_us();
	}
	sleep_until(end);
	return drawn;
}

int
main(int argc, char **argv)
{
	static const char usage[] =
	    "workload [-d display] [-l load] [-R fd] [-s seed] [-t seconds] "
	    "[-v] load\n"
	    "load: idle typing page scroll video full flash; with flash, -l is "
	    "the load under it\n";
	const char *display = NULL, *under = "idle";
	long seconds = 86400;
	int ch;
	const struct load *load;
	unsigned int drawn;
	bool flash;

	prog_init(argv[0]);
	while ((ch = opt_next(argc, argv, ":d:hl:R:s:t:v", usage)) != -1)
		switch (ch) {
		case 'd':
			display = optarg;
			break;
		case 'l':
			under = optarg;
			break;
		case 's':
			seed = (uint64_t)opt_num(ch, optarg, 1, INT32_MAX);
			break;
		case 't':
			seconds = opt_num(ch, optarg, 1, 86400);
			break;
		}
	if (argc - optind != 1)
		die(EXIT_PERM, 0, "one load is needed (see %s -h)", prog_name);
	flash = !strcmp(argv[optind], "flash");
	load = load_find(flash ? under : argv[optind]);
	display_open(display, load);
	if (flash)
		flash_open();
	display_sync();
	ready_tell(ready_fd);
	drawn = run(
	    load, flash, log_level > LOG_WARN, clock_us() + seconds * 1000000);
	printf("frames %u\n", drawn);
	return 0;
}
