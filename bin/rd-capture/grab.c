#include "grab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "cursor.h"
#include "verify.h"

/* Asking twice costs the server as much as this many rows between. */
enum { BAND_GAP = 16 };

struct band {
	uint16_t y, h;
};

/* Descriptors can be passed only to a server on this machine. */
static bool
is_local(struct x11 *x)
{
	int domain = 0;
	socklen_t len = sizeof(domain);

	getsockopt(xcb_get_file_descriptor(x->c), SOL_SOCKET, SO_DOMAIN,
	    &domain, &len);
	return domain == AF_UNIX;
}

/* Have the server map the ring, which only it can then write besides us. */
static xcb_shm_seg_t
attach(struct x11 *x, const struct ring *ring)
{
	const xcb_query_extension_reply_t *shm =
	    xcb_get_extension_data(x->c, &xcb_shm_id);
	xcb_shm_seg_t segment;
	int fd;

	if (!is_local(x) || !shm || !shm->present)
		return XCB_NONE;
	fd = fcntl(ring->fd, F_DUPFD_CLOEXEC, 0); /* xcb closes it */
	if (fd == -1)
		return XCB_NONE;
	segment = xcb_generate_id(x->c);
	if (!x11_check(x, xcb_shm_attach_fd_checked(x->c, segment, fd, false)))
		return XCB_NONE;
	return segment;
}

/* Make each slot a pixmap as well, if the server can. */
static void
make_pixmaps(struct grab *g)
{
	struct x11 *x = g->x;
	const struct frames_geometry *size = &g->ring.geometry;
	const uint32_t values[] = { XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS, 0 };
	xcb_shm_query_version_reply_t *shm =
	    x11_reply(x, xcb_shm_query_version(x->c).sequence);
	bool can = shm && shm->shared_pixmaps &&
	    shm->pixmap_format == XCB_IMAGE_FORMAT_Z_PIXMAP;

	free(shm);
	for (uint32_t i = 0; can && i < GRAB_SLOTS; i++) {
		size_t at = (size_t)(ring_slot(&g->ring, i) - g->ring.map);

		g->slots[i] = xcb_generate_id(x->c);
		can = at <= UINT32_MAX &&
		    x11_check(x,
			xcb_shm_create_pixmap_checked(x->c, g->slots[i],
			    x->window, (uint16_t)size->width,
			    (uint16_t)size->height, x->depth, g->segment,
			    (uint32_t)at));
	}
	if (!can) {
		memset(g->slots, 0, sizeof(g->slots));
		return;
	}
	g->gc = xcb_generate_id(x->c);
	xcb_create_gc(x->c, g->gc, g->slots[0],
	    XCB_GC_SUBWINDOW_MODE | XCB_GC_GRAPHICS_EXPOSURES, values);
}

static void
free_pixmaps(struct grab *g)
{
	if (!g->slots[0])
		return;
	for (int i = 0; i < GRAB_SLOTS; i++)
		xcb_free_pixmap(g->x->c, g->slots[i]);
	xcb_free_gc(g->x->c, g->gc);
	memset(g->slots, 0, sizeof(g->slots));
}

static void
damage_all(struct grab *g)
{
	struct rect all = { 0, 0, g->x->width, g->x->height };

	g->damage = (struct region){ .n = 1, .rects = { all } };
	for (int i = 0; i < GRAB_SLOTS; i++)
		g->stale[i] = g->damage;
}

int
grab_resize(struct grab *g)
{
	struct x11 *x = g->x;
	struct frames_geometry size = { x->width, x->height, x->width * 4u,
		GRAB_SLOTS };
	struct ring next;
	xcb_shm_seg_t segment;
	int err = ring_create(&next, &size);

	if (err)
		return err;
	segment = attach(x, &next);
	if (!segment && !g->warned && x11_alive(x))
		log_warn("no shared memory with the X server: "
			 "pixels are copied through its socket");
	g->warned |= !segment;
	err = ring_seal(&next);
	if (!err)
		err = ring_replace(&g->ring, &next);
	if (err) {
		if (segment)
			xcb_shm_detach(x->c, segment);
		ring_close(&next);
		return err;
	}
	free_pixmaps(g);
	if (g->segment)
		xcb_shm_detach(x->c, g->segment);
	g->segment = segment;
	g->ring = next;
	if (segment)
		make_pixmaps(g);
	x->damaged = true;
	damage_all(g);
	return 0;
}

void
grab_close(struct grab *g)
{
	free(g->cursor.image);
	ring_close(&g->ring);
}

/* The rows of a region, top down; near ones in one band. */
static unsigned int
bands_of(const struct region *region, struct band bands[REGION_MAX])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < region->n; i++) {
		struct band b = { region->rects[i].y, region->rects[i].h };
		unsigned int k = n++;

		for (; k > 0 && bands[k - 1].y > b.y; k--)
			bands[k] = bands[k - 1];
		bands[k] = b;
	}
	for (unsigned int i = 1; i < n;) {
		struct band *a = &bands[i - 1], *b = &bands[i];
		int end = b->y + b->h;

		if (b->y > a->y + a->h + BAND_GAP) {
			i++;
			continue;
		}
		if (end > a->y + a->h)
			a->h = (uint16_t)(end - a->y);
		memmove(b, b + 1, (--n - i) * sizeof(*b));
	}
	return n;
}

static uint32_t
next_slot(const struct grab *g)
{
	return (uint32_t)((g->seq + 1) % GRAB_SLOTS);
}

static unsigned int
ask_band(struct grab *g, struct band b)
{
	struct x11 *x = g->x;
	int16_t top = (int16_t)(x->border + b.y);
	size_t at = (size_t)(ring_slot(&g->ring, next_slot(g)) - g->ring.map) +
	    (size_t)b.y * g->ring.geometry.stride;

	if (!g->segment)
		return xcb_get_image(x->c, XCB_IMAGE_FORMAT_Z_PIXMAP, x->pixels,
		    x->border, top, x->width, b.h, UINT32_MAX)
		    .sequence;
	return xcb_shm_get_image(x->c, x->pixels, x->border, top, x->width, b.h,
	    UINT32_MAX, XCB_IMAGE_FORMAT_Z_PIXMAP, g->segment, (uint32_t)at)
	    .sequence;
}

static bool
take_band(struct grab *g, struct band b, unsigned int sequence)
{
	void *reply = x11_reply(g->x, sequence);
	size_t stride = g->ring.geometry.stride, len = b.h * stride;
	bool good = reply;

	if (reply && !g->segment) {
		good = (size_t)xcb_get_image_data_length(reply) >= len;
		if (good)
			memcpy(ring_slot(&g->ring, next_slot(g)) + b.y * stride,
			    xcb_get_image_data(reply), len);
	}
	free(reply);
	return good;
}

/*
 * Copying rectangles takes less than reading whole rows up to about half the
 * width, whose rows are not much longer.
 */
static bool
is_narrow(const struct grab *g, const struct region *region)
{
	for (unsigned int i = 0; i < region->n; i++)
		if (region->rects[i].w > g->x->width / 2)
			return false;
	return true;
}

static bool
copy_rects(struct grab *g, const struct region *region)
{
	struct x11 *x = g->x;
	void *reply;

	for (unsigned int i = 0; i < region->n; i++) {
		const struct rect *r = &region->rects[i];

		xcb_copy_area(x->c, x->pixels, g->slots[next_slot(g)], g->gc,
		    (int16_t)(x->border + r->x), (int16_t)(x->border + r->y),
		    (int16_t)r->x, (int16_t)r->y, r->w, r->h);
	}
	reply = x11_reply(x, xcb_get_input_focus(x->c).sequence);
	free(reply);
	/* What was cut off with the picture cannot be copied any more. */
	return reply && !x->resized;
}

/* Read what the slot does not have as it is now. */
static bool
read_stale(struct grab *g)
{
	const struct region *stale = &g->stale[next_slot(g)];
	struct band bands[REGION_MAX];
	unsigned int sequences[REGION_MAX], n;
	bool good = true;

	if (g->slots[0] && is_narrow(g, stale))
		return copy_rects(g, stale);
	n = bands_of(stale, bands);
	for (unsigned int i = 0; i < n; i++)
		sequences[i] = ask_band(g, bands[i]);
	for (unsigned int i = 0; i < n; i++)
		good &= take_band(g, bands[i], sequences[i]);
	return good;
}

static void
add_damage(struct grab *g, struct rect r)
{
	region_add(&g->damage, r);
	for (int i = 0; i < GRAB_SLOTS; i++)
		region_add(&g->stale[i], r);
}

static bool
take_damage(struct grab *g, xcb_xfixes_fetch_region_cookie_t cookie)
{
	struct region damage = { 0 };

	if (!x11_damage_take(g->x, cookie, &damage))
		return false;
	for (unsigned int i = 0; i < damage.n; i++)
		add_damage(g, damage.rects[i]);
	return true;
}

/*
 * Something was painted while we read, so that what we have may be of two
 * moments.  Keep everybody else from painting for one batch of requests.
 */
static bool
read_all_grabbed(struct grab *g)
{
	struct x11 *x = g->x;
	struct band all = { 0, x->height };
	xcb_xfixes_fetch_region_cookie_t damage;
	unsigned int sequence;
	bool good;

	xcb_grab_server(x->c);
	damage = x11_damage_ask(x);
	sequence = ask_band(g, all);
	xcb_ungrab_server(x->c);
	good = take_damage(g, damage);
	return take_band(g, all, sequence) && good;
}

/* Where the cursor was painted and where it will be is damaged. */
static bool
locate_cursor(struct grab *g)
{
	struct x11 *x = g->x;
	struct grab_cursor now = { 0 };
	unsigned int image = xcb_xfixes_get_cursor_image(x->c).sequence;
	unsigned int pointer = xcb_query_pointer(x->c, x->window).sequence;
	xcb_query_pointer_reply_t *at;

	now.image = x11_reply(x, image);
	at = x11_reply(x, pointer);
	if (now.image && at) {
		now.x = at->win_x;
		now.y = at->win_y;
		now.serial = now.image->cursor_serial;
		now.rect =
		    cursor_rect(now.image, now.x, now.y, &g->ring.geometry);
	}
	free(at);
	if (now.x != g->cursor.x || now.y != g->cursor.y ||
	    now.serial != g->cursor.serial) {
		if (g->cursor.rect.w)
			add_damage(g, g->cursor.rect);
		if (now.rect.w)
			add_damage(g, now.rect);
	} else if (now.rect.w) {
		/* It is painted over pixels that do not have it. */
		region_add(&g->stale[next_slot(g)], now.rect);
	}
	free(g->cursor.image);
	g->cursor = now;
	return x11_alive(x);
}

/* What changed since the last frame; false when that cannot be known. */
static bool
find_damage(struct grab *g)
{
	if (g->paint && !locate_cursor(g))
		return false;
	if (g->x->has_damage)
		return take_damage(g, x11_damage_ask(g->x));
	damage_all(g);
	return true;
}

/* Painted on since its damage was found. */
static bool
is_torn(const struct x11 *x)
{
	return x->has_damage && x->damaged;
}

static bool
read_pixels(struct grab *g)
{
	if (!is_torn(g->x) && !read_stale(g))
		return false;
	return !is_torn(g->x) || read_all_grabbed(g);
}

/* Leave of the damage what differs from the newest frame. */
static void
verify(struct grab *g)
{
	uint32_t newest = (uint32_t)(g->seq % GRAB_SLOTS);

	if (g->seq && ring_holds(&g->ring, newest, g->seq))
		verify_damage(&g->damage, &g->ring.geometry,
		    ring_slot(&g->ring, next_slot(g)),
		    ring_slot(&g->ring, newest));
}

int
grab_frame(struct grab *g, struct frame *f)
{
	uint32_t slot = next_slot(g);

	if (!find_damage(g))
		return -EIO;
	if (!g->damage.n)
		return 0;
	f->time_us = clock_us();
	ring_begin(&g->ring, slot);
	if (!read_pixels(g))
		return -EIO;
	if (g->cursor.rect.w)
		cursor_paint(g->cursor.image, g->cursor.x, g->cursor.y,
		    &g->ring.geometry, ring_slot(&g->ring, slot));
	region_clear(&g->stale[slot]);
	verify(g);
	if (!g->damage.n) /* the slot stays the next one */
		return 0;
	ring_end(&g->ring, slot, ++g->seq);
	f->seq = g->seq;
	f->slot = slot;
	f->pixels = ring_slot(&g->ring, slot);
	f->damage = g->damage;
	region_clear(&g->damage);
	return 1;
}
