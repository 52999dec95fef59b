#include "size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <xcb/xcbext.h>

#include "base/log.h"
#include "density.h"

/* Modes and monitors of this name are ours, and go when others come. */
#define PREFIX "rd-"

enum {
	DPI = 96,
	HZ = 60,
	/* Blanking, which real outputs need. */
	MARGIN_X = 160,
	MARGIN_Y = 30,
};

/* Millimetres of so many pixels. */
static uint32_t
millimetres(const struct size *s, int pixels)
{
	return (uint32_t)((pixels * 254 / s->dpi + 5) / 10);
}

/* The first output that has or could have a picture. */
static bool
find_output(
    struct size *s, const xcb_randr_get_screen_resources_current_reply_t *r)
{
	const xcb_randr_output_t *outputs =
	    xcb_randr_get_screen_resources_current_outputs(r);

	s->crtc = XCB_NONE;
	for (uint16_t i = 0; i < r->num_outputs && !s->crtc; i++) {
		xcb_randr_get_output_info_reply_t *o =
		    xcb_randr_get_output_info_reply(s->display->conn,
			xcb_randr_get_output_info(
			    s->display->conn, outputs[i], r->config_timestamp),
			NULL);

		s->output = outputs[i];
		if (o && o->connection == XCB_RANDR_CONNECTION_CONNECTED)
			s->crtc = o->crtc ? o->crtc
			    : o->num_crtcs
			    ? xcb_randr_get_output_info_crtcs(o)[0]
			    : XCB_NONE;
		free(o);
	}
	return s->crtc;
}

static xcb_randr_get_screen_resources_current_reply_t *
resources(struct size *s)
{
	return xcb_randr_get_screen_resources_current_reply(s->display->conn,
	    xcb_randr_get_screen_resources_current(
		s->display->conn, s->display->root),
	    NULL);
}

static void
find_limits(struct size *s)
{
	xcb_randr_get_screen_resources_current_reply_t *r = resources(s);
	xcb_randr_get_screen_size_range_reply_t *range =
	    xcb_randr_get_screen_size_range_reply(s->display->conn,
		xcb_randr_get_screen_size_range(
		    s->display->conn, s->display->root),
		NULL);

	if (r && range && find_output(s, r)) {
		s->max_width = range->max_width;
		s->max_height = range->max_height;
	}
	free(range);
	free(r);
}

static bool
has_monitors(struct size *s)
{
	const xcb_query_extension_reply_t *ext =
	    xcb_get_extension_data(s->display->conn, &xcb_randr_id);
	xcb_randr_query_version_reply_t *v;
	bool good;

	if (!ext || !ext->present)
		return false;
	v = xcb_randr_query_version_reply(s->display->conn,
	    xcb_randr_query_version(s->display->conn, 1, 5), NULL);
	good = v && (v->major_version > 1 || v->minor_version >= 5);
	free(v);
	return good;
}

static xcb_randr_mode_t
add_mode(struct size *s, const char *name, int width, int height)
{
	uint16_t w = (uint16_t)width, h = (uint16_t)height;
	xcb_randr_mode_info_t info = {
		.width = w,
		.height = h,
		.dot_clock =
		    (uint32_t)(w + MARGIN_X) * (uint32_t)(h + MARGIN_Y) * HZ,
		.hsync_start = w + MARGIN_X / 3,
		.hsync_end = w + MARGIN_X / 2,
		.htotal = w + MARGIN_X,
		.vsync_start = h + MARGIN_Y / 3,
		.vsync_end = h + MARGIN_Y / 2,
		.vtotal = h + MARGIN_Y,
		.name_len = (uint16_t)strlen(name),
	};
	xcb_randr_create_mode_reply_t *r =
	    xcb_randr_create_mode_reply(s->display->conn,
		xcb_randr_create_mode(s->display->conn, s->display->root, info,
		    info.name_len, name),
		NULL);
	xcb_randr_mode_t mode = r ? r->mode : XCB_NONE;

	free(r);
	if (mode)
		xcb_randr_add_output_mode(s->display->conn, s->output, mode);
	return mode;
}

/* The mode called name; all others of ours can be removed. */
static xcb_randr_mode_t
sort_modes(struct size *s,
    const xcb_randr_get_screen_resources_current_reply_t *r, const char *name,
    bool remove)
{
	const xcb_randr_mode_info_t *info =
	    xcb_randr_get_screen_resources_current_modes(r);
	const char *names =
	    (const char *)xcb_randr_get_screen_resources_current_names(r);
	xcb_randr_mode_t found = XCB_NONE;

	for (uint16_t i = 0; i < r->num_modes; i++) {
		size_t len = info[i].name_len;

		if (len == strlen(name) && memcmp(names, name, len) == 0) {
			found = info[i].id;
		} else if (remove && len > strlen(PREFIX) &&
		    memcmp(names, PREFIX, strlen(PREFIX)) == 0) {
			xcb_randr_delete_output_mode(
			    s->display->conn, s->output, info[i].id);
			xcb_randr_destroy_mode(s->display->conn, info[i].id);
		}
		names += len;
	}
	return found;
}

/*
 * The mode goes off while the screen changes below it, which other clients
 * do not get to see.
 */
static bool
change(struct size *s, xcb_randr_mode_t mode, xcb_timestamp_t config)
{
	xcb_connection_t *c = s->display->conn;
	int w = s->wanted.x, h = s->wanted.y;
	xcb_randr_set_crtc_config_cookie_t asked;
	xcb_randr_set_crtc_config_reply_t *r;
	bool good;

	xcb_grab_server(c);
	xcb_discard_reply(c,
	    xcb_randr_set_crtc_config(c, s->crtc, XCB_CURRENT_TIME, config, 0,
		0, XCB_NONE, XCB_RANDR_ROTATION_ROTATE_0, 0, NULL)
		.sequence);
	xcb_randr_set_screen_size(c, s->display->root, (uint16_t)w, (uint16_t)h,
	    millimetres(s, w), millimetres(s, h));
	asked = xcb_randr_set_crtc_config(c, s->crtc, XCB_CURRENT_TIME, config,
	    0, 0, mode, XCB_RANDR_ROTATION_ROTATE_0, 1, &s->output);
	xcb_ungrab_server(c);
	r = xcb_randr_set_crtc_config_reply(c, asked, NULL);
	good = r && r->status == XCB_RANDR_SET_CONFIG_SUCCESS;
	free(r);
	return good;
}

static bool
resize(struct size *s)
{
	xcb_randr_get_screen_resources_current_reply_t *r = resources(s);
	xcb_randr_mode_t mode;
	char name[32];
	bool good;

	if (!r)
		return false;
	snprintf(name, sizeof(name), PREFIX "%dx%d", s->wanted.x, s->wanted.y);
	mode = sort_modes(s, r, name, false);
	if (!mode)
		mode = add_mode(s, name, s->wanted.x, s->wanted.y);
	good =
	    find_output(s, r) && mode && change(s, mode, r->config_timestamp);
	if (good)
		sort_modes(s, r, name, true);
	free(r);
	return good;
}

static void
delete_monitors(struct size *s)
{
	while (s->nmonitors)
		xcb_randr_delete_monitor(s->display->conn, s->display->root,
		    s->monitors[--s->nmonitors]);
}

/* xcb 1.15 itself sends it too short, and dies of that. */
static void
set_monitor(struct size *s, const xcb_randr_monitor_info_t *info)
{
	xcb_protocol_request_t request = { .count = 3,
		.ext = &xcb_randr_id,
		.opcode = XCB_RANDR_SET_MONITOR,
		.isvoid = 1 };
	xcb_randr_set_monitor_request_t head = { .window = s->display->root };
	struct iovec parts[5] = { { 0 }, { 0 }, { &head, sizeof(head) },
		{ (void *)info, sizeof(*info) },
		{ &s->output, info->nOutput * sizeof(s->output) } };

	xcb_send_request(s->display->conn, 0, parts + 2, &request);
}

/* Side by side; the first one stands for the output, which has its own else. */
static void
set_monitors(struct size *s)
{
	int x = 0;

	delete_monitors(s);
	if (s->wanted.nmonitors == 1)
		return;
	for (unsigned int i = 0; i < s->wanted.nmonitors; i++) {
		const struct event_monitor *m = &s->wanted.monitors[i];
		xcb_randr_monitor_info_t info = {
			.name = s->monitors[i],
			.primary = i == 0,
			.nOutput = i == 0,
			.x = (int16_t)x,
			.width = (uint16_t)m->width,
			.height = (uint16_t)m->height,
			.width_in_millimeters = millimetres(s, m->width),
			.height_in_millimeters = millimetres(s, m->height),
		};

		set_monitor(s, &info);
		x += m->width;
	}
	s->nmonitors = s->wanted.nmonitors;
}

static struct event_monitor
whole(struct size *s)
{
	xcb_get_geometry_reply_t *root =
	    xcb_get_geometry_reply(s->display->conn,
		xcb_get_geometry(s->display->conn, s->display->root), NULL);
	struct event_monitor size = { 0 };

	if (root)
		size = (struct event_monitor){ root->width, root->height };
	free(root);
	return size;
}

/* Viewers ask each time they come: programs are not to be bothered then. */
static bool
is_so(struct size *s)
{
	const struct event *e = &s->wanted;
	struct event_monitor now = whole(s);

	return now.width == e->x && now.height == e->y &&
	    (!e->dpi || e->dpi == s->dpi) &&
	    e->nmonitors == s->done.nmonitors &&
	    memcmp(e->monitors, s->done.monitors, sizeof(e->monitors)) == 0;
}

static void
apply(struct size *s)
{
	const struct event *e = &s->wanted;

	if (e->dpi)
		s->dpi = e->dpi;
	density_set(s->display, s->dpi);
	if (resize(s)) {
		set_monitors(s);
		s->done = *e;
		log_info("%dx%d at %d dpi", e->x, e->y, s->dpi);
	} else {
		log_warn("display '%s' does not take %dx%d", s->display->name,
		    e->x, e->y);
	}
	display_flush(s->display);
	s->next_us = clock_us() + SIZE_EVERY_US;
}

/* They may have been left by one that was killed. */
static void
find_monitors(struct size *s)
{
	for (unsigned int i = 0; i < EVENT_MONITORS; i++) {
		char name[16];

		snprintf(name, sizeof(name), PREFIX "%u", i + 1);
		s->monitors[i] = display_atom(s->display, name);
	}
	s->nmonitors = EVENT_MONITORS;
}

static void
expired(struct loop_timer *t)
{
	size_flush(t->arg);
}

void
size_open(struct size *s, struct display *d, struct loop *loop)
{
	*s = (struct size){ .display = d, .loop = loop, .dpi = DPI };
	s->timer = (struct loop_timer){ .expired = expired, .arg = s };
	if (has_monitors(s)) {
		find_limits(s);
		find_monitors(s);
		s->done.nmonitors = 1;
		s->done.monitors[0] = whole(s);
	}
	if (s->max_width)
		snprintf(s->limits, sizeof(s->limits),
		    "a size up to %dx%d, the largest this X server can have",
		    s->max_width, s->max_height);
	else
		snprintf(s->limits, sizeof(s->limits),
		    "no size: this X server cannot change it");
}

bool
size_set(struct size *s, const struct event *e)
{
	if (e->x > s->max_width || e->y > s->max_height)
		return false;
	s->wanted = *e;
	if (clock_us() >= s->next_us)
		size_flush(s);
	else
		loop_timer_set(s->loop, &s->timer, s->next_us);
	return true;
}

void
size_flush(struct size *s)
{
	loop_timer_stop(s->loop, &s->timer);
	if (s->wanted.type == EVENT_SIZE && !is_so(s))
		apply(s);
	s->wanted.type = EVENT_NONE;
}
