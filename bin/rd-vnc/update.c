/* Updates: RFC 6143 sections 7.5.3 and 7.6.1 */
#include <string.h>

#include "base/log.h"
#include "session.h"

static const unsigned int cursors = RFB_WANTS_CURSOR | RFB_WANTS_XCURSOR |
    RFB_WANTS_ALPHA_CURSOR | RFB_WANTS_VMWARE_CURSOR;

static bool
wants(const struct session *s, unsigned int features)
{
	return s->wants.features & features;
}

/* What of an area lies within the client's picture and the display's. */
static struct rect
visible(const struct session *s, struct area a)
{
	uint16_t w = s->width < s->screen.width ? s->width : s->screen.width;
	uint16_t h =
	    s->height < s->screen.height ? s->height : s->screen.height;

	if (a.x >= w || a.y >= h || !a.w || !a.h)
		return (struct rect){ 0 };
	return (struct rect){ a.x, a.y,
		a.w < w - a.x ? a.w : (uint16_t)(w - a.x),
		a.h < h - a.y ? a.h : (uint16_t)(h - a.y) };
}

/* The part of the picture that may be sent; w is 0 when that is none. */
static struct rect
wanted_area(const struct session *s)
{
	return visible(s, s->continuous.w ? s->continuous : s->asked);
}

/* News that the client has no ears for is none. */
static unsigned int
real_news(const struct session *s)
{
	unsigned int news = s->news;

	if (!wants(s, RFB_WANTS_EXTENDED_SIZE))
		news &=
		    ~(unsigned int)(NEWS_LAYOUT | NEWS_RESIZED | NEWS_REFUSED);
	if (!wants(s, RFB_WANTS_EXTENDED_SIZE | RFB_WANTS_SIZE))
		news &= ~(unsigned int)NEWS_SIZE;
	if (!wants(s, cursors))
		news &= ~(unsigned int)NEWS_CURSOR;
	if (!wants(s, RFB_WANTS_POINTER_POS | RFB_WANTS_VMWARE_POS))
		news &= ~(unsigned int)NEWS_POINTER;
	if (!wants(s, RFB_WANTS_NAME))
		news &= ~(unsigned int)NEWS_NAME;
	if (!wants(s, RFB_WANTS_QEMU_LEDS | RFB_WANTS_VMWARE_LEDS))
		news &= ~(unsigned int)NEWS_LEDS;
	return news;
}

static unsigned int
put_layout(struct session *s, struct wbuf *w, enum rfb_size_reason reason,
    enum rfb_size_status status)
{
	s->layout.w = s->width;
	s->layout.h = s->height;
	rfb_put_extended_size(w, reason, status, &s->layout);
	return 1;
}

static unsigned int
put_size(struct session *s, struct wbuf *w, unsigned int news)
{
	if (news & (NEWS_SIZE | NEWS_RESIZED)) {
		s->width = s->screen.width;
		s->height = s->screen.height;
		film_sized(s, true);
	}
	if (news & NEWS_RESIZED)
		return put_layout(s, w, RFB_SIZE_CLIENT, RFB_SIZE_OK);
	if (news & NEWS_REFUSED)
		return put_layout(s, w, RFB_SIZE_CLIENT, s->size_status);
	if (news & (NEWS_SIZE | NEWS_LAYOUT) &&
	    wants(s, RFB_WANTS_EXTENDED_SIZE))
		return put_layout(s, w, RFB_SIZE_SERVER, RFB_SIZE_OK);
	if (!(news & NEWS_SIZE))
		return 0;
	rfb_put_size(w, s->width, s->height);
	return 1;
}

static unsigned int
put_pointer(const struct session *s, struct wbuf *w)
{
	const struct screen *c = &s->screen;

	if (c->pointer_x < 0 || c->pointer_y < 0 || c->pointer_x >= s->width ||
	    c->pointer_y >= s->height)
		return 0;
	rfb_put_pointer(w,
	    wants(s, RFB_WANTS_VMWARE_POS) ? RFB_VMWARE_POS : RFB_POINTER_POS,
	    (uint16_t)c->pointer_x, (uint16_t)c->pointer_y);
	return 1;
}

static unsigned int
put_leds(const struct session *s, struct wbuf *w)
{
	uint8_t leds = 0;

	leds |= s->input.leds & EVENT_LED_CAPS ? RFB_LED_CAPS : 0;
	leds |= s->input.leds & EVENT_LED_NUM ? RFB_LED_NUM : 0;
	leds |= s->input.leds & EVENT_LED_SCROLL ? RFB_LED_SCROLL : 0;
	rfb_put_leds(w,
	    wants(s, RFB_WANTS_QEMU_LEDS) ? RFB_QEMU_LEDS : RFB_VMWARE_LEDS,
	    leds);
	return 1;
}

static unsigned int
put_yes(struct wbuf *w, int32_t encoding)
{
	rfb_put_yes(w, encoding);
	return 1;
}

/* All news as rectangles: how many. */
static unsigned int
put_news(struct session *s, struct wbuf *w)
{
	unsigned int news = real_news(s), n = put_size(s, w, news);

	s->news = 0;
	if (news & NEWS_CURSOR)
		n += rfb_put_cursor(
		    w, &s->screen.cursor, s->wants.features, &s->wish.format);
	if (news & NEWS_POINTER)
		n += put_pointer(s, w);
	if (news & NEWS_LEDS)
		n += put_leds(s, w);
	if (news & NEWS_KEYS)
		n += put_yes(w, RFB_QEMU_KEYS);
	if (news & NEWS_BUTTONS)
		n += put_yes(w, RFB_MORE_BUTTONS);
	if (news & NEWS_AUDIO)
		n += put_yes(w, RFB_QEMU_AUDIO);
	if (news & NEWS_NAME) {
		rfb_put_name(w, s->config->name);
		n++;
	}
	return n;
}

static void
put_copies(struct session *s, struct wbuf *w)
{
	for (unsigned int i = 0; i < s->screen.ncopies; i++) {
		const struct screen_copy *c = &s->screen.copies[i];

		rfb_copyrect(w, c->to, c->x, c->y);
		refine_copied(s, c);
	}
}

static bool
has_all(const struct session *s, struct rect area)
{
	const struct screen *c = &s->screen;

	return area.w == c->width && area.h == c->height && screen_is_whole(c);
}

/* The client moves what was scrolled only if it has all of the picture. */
static bool
may_copy(const struct session *s, struct rect area)
{
	return wants(s, RFB_WANTS_COPYRECT) && has_all(s, area);
}

static void
change_format(struct session *s)
{
	struct wbuf w;

	if (!s->format_changed)
		return;
	s->format_changed = false;
	s->wish.format = s->format;
	s->news |= NEWS_CURSOR;
	if (s->format.true_colour)
		return;
	w = conn_room(s->conn, 8 + 6 * RFB_COLOURS);
	rfb_format_map(&w);
	conn_send(s->conn, &w);
}

/* The client changed how it wants its pixels while others were under way. */
static void
change_wish(struct session *s)
{
	s->wish.compress = s->wants.compress;
	s->wish.quality = s->wants.quality;
	s->wish.hues = s->wants.hues;
	s->wish.splits = wants(s, RFB_WANTS_LAST_RECT);
	change_format(s);
	if (s->pieces.encoder != s->wants.encoder)
		s->streams = 0; /* as far as is known here */
	tiles_wish(&s->tiles, s->wants.encoder, &s->wish);
	if (s->refining)
		s->wish.quality = -1;
}

/* What was asked for is answered once; continuous updates go on. */
static void
put_head(struct session *s, struct wbuf *w, struct wbuf *news, unsigned int n)
{
	n += s->screen.ncopies + rfb_pieces_left(s->pieces);
	s->until_last = s->pieces.encoder->splits && s->wish.splits;
	rfb_put_update(w, s->until_last ? RFB_MANY_RECTS : (uint16_t)n);
	wbuf_put(w, news->start, wbuf_len(news));
	put_copies(s, w);
}

/* Begin an update of what is in s->region or the unit, and of the news. */
static void
begin(struct session *s, const struct packet *unit)
{
	static uint8_t bytes[RFB_CURSOR_OUT + RFB_SERVER_OUT + RFB_TITLE_MAX];
	struct wbuf w, news = wbuf_of(bytes, sizeof(bytes));
	unsigned int n = put_news(s, &news) + !!unit;
	size_t size = sizeof(bytes) + SCREEN_COPIES * 16 + 4;

	s->pieces = (struct rfb_pieces){ .region = &s->region,
		.encoder = s->refining ? s->wants.exact : s->wants.encoder };
	w = conn_room(s->conn, size + (unit ? RFB_VIDEO_HEAD + unit->len : 0));
	put_head(s, &w, &news, n);
	if (unit)
		film_put(s, &w, unit);
	s->screen.ncopies = 0;
	s->updating = true;
	s->update_bytes = wbuf_len(&w);
	s->asked = (struct area){ 0 };
	conn_send(s->conn, &w);
}

/* A fence behind the update comes back when the client has dealt with it. */
static void
put_fence(struct session *s)
{
	uint8_t number[4];
	struct wbuf n = wbuf_of(number, sizeof(number)), w;

	if (!wants(s, RFB_WANTS_FENCES))
		return;
	wbuf_u32(&n, ++s->fence);
	flow_sent(&s->flow, clock_us(), s->fence, (size_t)s->update_bytes);
	w = talk_room(s);
	rfb_put_fence(
	    &w, RFB_FENCE_REQUEST | RFB_FENCE_BEFORE, number, sizeof(number));
	talk_say(s, &w);
}

static void
finish(struct session *s)
{
	struct wbuf w;

	if (s->until_last) {
		w = conn_room(s->conn, RFB_RECT_HEADER);
		rfb_put_last_rect(&w);
		conn_send(s->conn, &w);
	}
	s->updating = false;
	put_fence(s);
	talk_flush(s);
	conn_hold(s->conn, false);
}

/* Take what is encoded already, if it is, and if the client can go on there. */
static bool
take_shared(
    const struct session *s, const struct tile_place *place, struct wbuf *w)
{
	return !(place->streams & ~s->streams) &&
	    tiles_copy(&s->tiles, place, w);
}

static void
send_piece(struct session *s, struct rect r, const struct tile_place *place)
{
	const struct rfb_encoder *e = s->pieces.encoder;
	struct wbuf w = conn_room(
	    s->conn, rfb_encoders_bound(&s->encoders, e, (size_t)r.w * r.h));

	bool lossy = place->lossy;

	if (take_shared(s, place, &w)) {
		s->wish.apart =
		    true; /* for good: what is between is not ours */
	} else {
		s->wish.streams = &s->streams;
		lossy = rfb_encode(
		    &s->encoders, e, &s->screen.picture, r, &s->wish, &w)
			    .lossy;
		screen_check(&s->screen, r);
	}
	refine_sent(s, r, lossy);
	s->update_bytes += wbuf_len(&w);
	conn_send(s->conn, &w);
}

/* Ask for the next pieces where they are encoded for others too. */
static void
ask_for_pieces(struct session *s)
{
	struct tiles_want *want = &s->tiles.want;

	want->seq = s->screen.seq;
	want->slot = s->screen.slot;
	want->n = 0;
	while (want->n < TILES_MAX &&
	    rfb_pieces_next(&s->pieces, &want->rects[want->n]))
		want->n++;
	if (want->n)
		tiles_ask(&s->tiles);
}

/* Are pieces encoded for others too?  What is sent exactly again is not. */
static bool
shares(const struct session *s)
{
	return s->tiles.shared && !s->refining;
}

/* Encode as much as the connection takes: what waits there gets old. */
static void
go_on(struct session *s)
{
	struct tile_place place;
	struct rect r;

	while (s->updating && !s->tiles.waits &&
	    conn_waiting(s->conn) < CONN_LOW && !s->conn->ended) {
		place = (struct tile_place){ .len = 0 };
		if (tiles_next(&s->tiles, &r, &place) ||
		    (!shares(s) && rfb_pieces_next(&s->pieces, &r))) {
			send_piece(s, r, &place);
		} else if (shares(s) && rfb_pieces_left(s->pieces)) {
			ask_for_pieces(s);
		} else {
			finish(s);
		}
	}
	if (s->updating && !s->tiles.waits)
		screen_keep(&s->screen);
}

bool
session_takes(struct session *s)
{
	return s->begun && !s->updating && (s->asked.w || s->continuous.w) &&
	    conn_waiting(s->conn) < CONN_LOW &&
	    flow_takes_video(&s->flow, clock_us());
}

/* Units come by themselves; after the last one all pixels are to be sent. */
static bool
is_filmed(struct session *s)
{
	const struct rfb_picture *p = &s->screen.picture;
	bool before = s->filmed;

	s->filmed = film_shows(s);
	if (before && !s->filmed && p->pixels)
		region_add(&s->screen.dirty,
		    (struct rect){ 0, 0, p->width, p->height });
	return s->filmed;
}

/* Is the client to get an update now?  Then what it needs is in s->region. */
static bool
is_due(struct session *s)
{
	struct rect area = wanted_area(s);

	s->refining = false;
	if (!session_takes(s))
		return false;
	region_clear(&s->region);
	/* News of another size goes first: the picture follows it. */
	if (real_news(s) & (NEWS_SIZE | NEWS_RESIZED))
		return true;
	if (is_filmed(s))
		return real_news(s);
	if (screen_take(&s->screen, may_copy(s, area)) ||
	    lossy_fit(
		&s->lossy, s->screen.picture.width, s->screen.picture.height)) {
		s->over(s, "no memory for a picture of this size");
		return false;
	}
	/* Who asked for a picture takes any update for it. */
	if (!screen_is_whole(&s->screen))
		return false;
	if (area.w)
		region_cut(&s->screen.dirty, area, &s->region);
	if (s->region.n || s->screen.ncopies || real_news(s))
		return true;
	s->refining = has_all(s, area) && refine_due(s);
	return s->refining;
}

/* What the client has not shown to have read: bytes, or fences. */
static bool
owes(const struct session *s)
{
	return conn_waiting(s->conn) || s->flow.count;
}

/* A slow one reads on; one that stopped takes nothing out of any queue. */
static void
patience_over(struct loop_timer *t)
{
	struct session *s = t->arg;
	int64_t now = clock_us();
	size_t queued = conn_queued(s->conn);

	if (queued < s->queued || s->conn->progress_us > s->moved_us)
		s->moved_us = now;
	s->queued = queued;
	if (!owes(s))
		return;
	if (now - s->moved_us >= PATIENCE_US)
		s->over(s, "it has not read for 10 s");
	else
		loop_timer_set(s->loop, t, now + LOOK_US);
}

void
session_watch(struct session *s)
{
	if (s->patience.set || !owes(s))
		return;
	s->patience = (struct loop_timer){ .expired = patience_over, .arg = s };
	s->moved_us = clock_us();
	s->queued = conn_queued(s->conn);
	loop_timer_set(s->loop, &s->patience, s->moved_us + LOOK_US);
}

void
session_send(struct session *s, const struct packet *unit)
{
	region_clear(&s->region);
	s->refining = false;
	s->filmed = true;
	change_wish(s);
	begin(s, unit);
	go_on(s);
	session_watch(s);
}

void
session_pump(struct session *s)
{
	if (session_takes(s))
		video_resume(&s->video);
	if (!s->updating) {
		if (!is_due(s))
			return;
		change_wish(s);
		begin(s, NULL);
	}
	go_on(s);
	session_watch(s);
}
