#include "frames/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "link/line.h"

enum { VERSION = 1 };

/* Memory of another process: /proc/PID/fd/N and nothing else. */
static void
decode_path(struct frames_line *l, struct words *w)
{
	char path[40], again[40];
	size_t len;
	const char *word = words_next(w, &len);

	if (len >= sizeof(path)) {
		w->bad = true;
		return;
	}
	memcpy(path, word, len);
	path[len] = '\0';
	if (sscanf(path, "/proc/%d/fd/%d", &l->geometry.pid, &l->geometry.fd) !=
	    2)
		w->bad = true;
	snprintf(again, sizeof(again), "/proc/%d/fd/%d", l->geometry.pid,
	    l->geometry.fd);
	if (strcmp(path, again) != 0 || l->geometry.pid <= 0 ||
	    l->geometry.fd < 0)
		w->bad = true;
}

static void
decode_geometry(struct frames_line *l, struct words *w)
{
	struct frames_geometry *g = &l->geometry.size;

	g->width = (uint32_t)words_int(w, 1, FRAMES_SIZE_MAX);
	g->height = (uint32_t)words_int(w, 1, FRAMES_SIZE_MAX);
	g->stride = (uint32_t)words_int(w, g->width * 4, FRAMES_SIZE_MAX * 4);
	if (!words_is(w, "bgrx") || g->stride % 4)
		w->bad = true;
	g->slots = (uint32_t)words_int(w, 1, FRAMES_SLOTS_MAX);
	decode_path(l, w);
}

static void
decode_frame(struct frames_line *l, struct words *w)
{
	struct region *g = &l->frame.damage;

	l->frame.seq = (uint64_t)words_int(w, 1, INT64_MAX);
	l->frame.time_us = words_int(w, 0, INT64_MAX);
	l->frame.slot = (uint32_t)words_int(w, 0, FRAMES_SLOTS_MAX - 1);
	g->n = 0;
	do {
		struct rect *r = &g->rects[g->n];

		r->x = (uint16_t)words_int(w, 0, FRAMES_SIZE_MAX - 1);
		r->y = (uint16_t)words_int(w, 0, FRAMES_SIZE_MAX - 1);
		r->w = (uint16_t)words_int(w, 1, FRAMES_SIZE_MAX);
		r->h = (uint16_t)words_int(w, 1, FRAMES_SIZE_MAX);
	} while (++g->n < REGION_MAX && !w->bad && !words_end(w));
}

static bool
is_base64(const char *p, size_t len)
{
	size_t pad =
	    len >= 2 && p[len - 1] == '=' ? 1u + (p[len - 2] == '=') : 0;

	for (size_t i = 0; i < len - pad; i++)
		if (!p[i] ||
		    !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
			    "yz0123456789+/",
			p[i]))
			return false;
	return len % 4 == 0;
}

static void
decode_cursor(struct frames_line *l, struct words *w)
{
	l->cursor.width = (int)words_int(w, 0, FRAMES_CURSOR_MAX);
	l->cursor.height = (int)words_int(w, 0, FRAMES_CURSOR_MAX);
	l->cursor.xhot = (int)words_int(w, 0, FRAMES_CURSOR_MAX);
	l->cursor.yhot = (int)words_int(w, 0, FRAMES_CURSOR_MAX);
	l->cursor.png = words_next(w, &l->cursor.png_len);
	if (!l->cursor.width != !l->cursor.height)
		w->bad = true;
	if (l->cursor.width && !is_base64(l->cursor.png, l->cursor.png_len))
		w->bad = true;
	if (!l->cursor.width &&
	    (l->cursor.xhot || l->cursor.yhot || l->cursor.png_len != 1 ||
		*l->cursor.png != '-'))
		w->bad = true;
}

static void
decode_pointer(struct frames_line *l, struct words *w)
{
	l->pointer.x = (int)words_int(w, INT16_MIN, INT16_MAX);
	l->pointer.y = (int)words_int(w, INT16_MIN, INT16_MAX);
}

static bool
has_controls(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			return true;
	return false;
}

static void
decode_window(struct frames_line *l, struct words *w)
{
	l->window.icon = words_next(w, &l->window.icon_len);
	if (l->window.icon_len == 1 && *l->window.icon == '-')
		l->window.icon_len = 0;
	else if (!is_base64(l->window.icon, l->window.icon_len))
		w->bad = true;
	l->window.title = words_rest(w, &l->window.title_len);
	if (!l->window.title_len || l->window.title_len > FRAMES_TITLE_MAX ||
	    has_controls(l->window.title, l->window.title_len))
		w->bad = true;
}

int
frames_line_decode(struct frames_line *l, const char *line, size_t len)
{
	struct words w = words_of(line, len);

	l->kind = FRAMES_UNKNOWN;
	if (words_is(&w, "rd-frames")) {
		l->kind = FRAMES_HELLO;
		words_int(&w, VERSION, VERSION);
	} else if (words_is(&w, "geometry")) {
		l->kind = FRAMES_GEOMETRY;
		decode_geometry(l, &w);
	} else if (words_is(&w, "frame")) {
		l->kind = FRAMES_FRAME;
		decode_frame(l, &w);
	} else if (words_is(&w, "cursor")) {
		l->kind = FRAMES_CURSOR;
		decode_cursor(l, &w);
	} else if (words_is(&w, "pointer")) {
		l->kind = FRAMES_POINTER;
		decode_pointer(l, &w);
	} else if (words_is(&w, "window")) {
		l->kind = FRAMES_WINDOW;
		decode_window(l, &w);
	} else if (words_is(&w, "input")) {
		l->kind = FRAMES_INPUT;
	} else if (words_is(&w, "ack")) {
		l->kind = FRAMES_ACK;
		l->frame.seq = (uint64_t)words_int(&w, 1, INT64_MAX);
	} else if (words_is(&w, "fps")) {
		l->kind = FRAMES_RATE;
		l->fps = (int)words_int(&w, 1, FRAMES_RATE_MAX);
	} else {
		return 0;
	}
	return words_end(&w) ? 0 : -EBADMSG;
}

int
frames_rects_print(const struct region *g, char *out, size_t size, int n)
{
	for (unsigned int i = 0; i < g->n && (size_t)n < size; i++)
		n += snprintf(out + n, size - (size_t)n, " %d %d %d %d",
		    g->rects[i].x, g->rects[i].y, g->rects[i].w, g->rects[i].h);
	if ((size_t)n < size)
		n += snprintf(out + n, size - (size_t)n, "\n");
	return n;
}

static int
encode_frame(const struct frames_line *l, char *out, size_t size)
{
	int n = snprintf(out, size, "frame %" PRIu64 " %" PRId64 " %u",
	    l->frame.seq, l->frame.time_us, l->frame.slot);

	return frames_rects_print(&l->frame.damage, out, size, n);
}

ssize_t
frames_line_encode(const struct frames_line *l, char *out, size_t size)
{
	const struct frames_geometry *g = &l->geometry.size;
	int n = 0;

	switch (l->kind) {
	case FRAMES_UNKNOWN:
		break;
	case FRAMES_HELLO:
		n = snprintf(out, size, "rd-frames %d\n", VERSION);
		break;
	case FRAMES_GEOMETRY:
		n = snprintf(out, size,
		    "geometry %u %u %u bgrx %u /proc/%d/fd/%d\n", g->width,
		    g->height, g->stride, g->slots, l->geometry.pid,
		    l->geometry.fd);
		break;
	case FRAMES_FRAME:
		n = encode_frame(l, out, size);
		break;
	case FRAMES_CURSOR:
		n = snprintf(out, size, "cursor %d %d %d %d %.*s\n",
		    l->cursor.width, l->cursor.height, l->cursor.xhot,
		    l->cursor.yhot, (int)l->cursor.png_len, l->cursor.png);
		break;
	case FRAMES_POINTER:
		n = snprintf(
		    out, size, "pointer %d %d\n", l->pointer.x, l->pointer.y);
		break;
	case FRAMES_INPUT:
		n = snprintf(out, size, "input\n");
		break;
	case FRAMES_WINDOW:
		n = snprintf(out, size, "window %.*s %.*s\n",
		    l->window.icon_len ? (int)l->window.icon_len : 1,
		    l->window.icon_len ? l->window.icon : "-",
		    (int)l->window.title_len, l->window.title);
		break;
	case FRAMES_ACK:
		n = snprintf(out, size, "ack %" PRIu64 "\n", l->frame.seq);
		break;
	case FRAMES_RATE:
		n = snprintf(out, size, "fps %d\n", l->fps);
		break;
	}
	return n >= 0 && (size_t)n < size ? n : -ENOSPC;
}
