#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* The client has a part of the picture that it wants again. */
static void
ask_again(struct session *s, struct area a)
{
	const struct rfb_picture *p = &s->screen.picture;

	if (a.x >= p->width || a.y >= p->height || !a.w || !a.h)
		return;
	if (a.w > p->width - a.x)
		a.w = (uint16_t)(p->width - a.x);
	if (a.h > p->height - a.y)
		a.h = (uint16_t)(p->height - a.y);
	region_add(&s->screen.dirty, (struct rect){ a.x, a.y, a.w, a.h });
}

static uint16_t
least(uint16_t a, uint16_t b)
{
	return a < b ? a : b;
}

/* One around both: what is asked for in parts is answered together. */
static struct area
around(struct area a, struct area b)
{
	uint32_t right = (uint32_t)a.x + a.w, bottom = (uint32_t)a.y + a.h;
	struct area both = { least(a.x, b.x), least(a.y, b.y), 0, 0 };

	if (!a.w || !a.h)
		return b;
	if (right < (uint32_t)b.x + b.w)
		right = (uint32_t)b.x + b.w;
	if (bottom < (uint32_t)b.y + b.h)
		bottom = (uint32_t)b.y + b.h;
	both.w = (uint16_t)(right - both.x > UINT16_MAX ? UINT16_MAX
							: right - both.x);
	both.h = (uint16_t)(bottom - both.y > UINT16_MAX ? UINT16_MAX
							 : bottom - both.y);
	return both;
}

static void
take_request(struct session *s, const struct rfb_message *m)
{
	struct area a = { m->area.x, m->area.y, m->area.w, m->area.h };

	if (!m->area.incremental) {
		ask_again(s, a);
		s->news |= NEWS_LAYOUT;
		if (s->video.whole)
			video_key(&s->video);
	}
	/* Even an empty one is to be answered with what else is new. */
	if (!a.w || !a.h)
		a = (struct area){ 0, 0, 1, 1 };
	s->asked = around(s->asked, a);
	session_pump(s);
}

static void
take_continuous(struct session *s, const struct rfb_message *m)
{
	struct wbuf w;

	if (m->area.on && m->area.w && m->area.h) {
		s->continuous =
		    (struct area){ m->area.x, m->area.y, m->area.w, m->area.h };
		session_pump(s);
		return;
	}
	s->continuous = (struct area){ 0 };
	w = talk_room(s);
	rfb_put_end_of_continuous(&w);
	talk_say(s, &w);
}

static void
take_fence(struct session *s, const struct rfb_message *m)
{
	struct rbuf r = rbuf_of(m->fence.p, m->fence.len);
	struct wbuf w;
	uint32_t number;

	if (m->fence.flags & RFB_FENCE_REQUEST) {
		w = talk_room(s);
		rfb_put_fence(&w,
		    m->fence.flags &
			(RFB_FENCE_BEFORE | RFB_FENCE_AFTER |
			    RFB_FENCE_SYNC_NEXT),
		    m->fence.p, m->fence.len);
		talk_say(s, &w);
		return;
	}
	number = rbuf_u32(&r);
	if (!r.bad && flow_acked(&s->flow, clock_us(), number))
		video_bitrate(&s->video, s->flow.bitrate);
	s->moved_us = clock_us();
	session_pump(s);
}

/* What a client can for the first time it is told that we can too. */
static void
greet(struct session *s, unsigned int fresh)
{
	struct wbuf w = talk_room(s);

	if (fresh & RFB_WANTS_FENCES)
		rfb_put_fence(&w, RFB_FENCE_REQUEST, NULL, 0);
	/* Before the first update, or some clients never believe it. */
	if (fresh & RFB_WANTS_CONTINUOUS)
		rfb_put_end_of_continuous(&w);
	if (fresh & RFB_WANTS_CLIPBOARD)
		s->owes_caps = true;
	if (fresh & RFB_WANTS_QEMU_KEYS)
		s->news |= NEWS_KEYS;
	if (fresh & RFB_WANTS_BUTTONS)
		s->news |= NEWS_BUTTONS;
	if (fresh & RFB_WANTS_QEMU_AUDIO && s->config->sound)
		s->news |= NEWS_AUDIO;
	if (fresh & RFB_WANTS_EXTENDED_SIZE)
		s->news |= NEWS_LAYOUT;
	if (fresh & RFB_WANTS_NAME)
		s->news |= NEWS_NAME;
	if (fresh & (RFB_WANTS_POINTER_POS | RFB_WANTS_VMWARE_POS))
		s->news |= NEWS_POINTER;
	if (fresh & (RFB_WANTS_QEMU_LEDS | RFB_WANTS_VMWARE_LEDS))
		s->news |= NEWS_LEDS;
	talk_say(s, &w);
}

static int
take_encodings(struct session *s, const struct rfb_message *m)
{
	unsigned int before = s->wants.features;
	const struct rfb_encoder *last = s->wants.encoder;
	int err;

	rfb_wants_read(&s->wants, m->encodings.list, m->encodings.n);
	err = rfb_encoders_open(&s->encoders, s->wants.encoder);
	if (!err)
		err = rfb_encoders_open(&s->encoders, s->wants.exact);
	if (err)
		return err;
	if (s->wants.encoder != last)
		log_info("encoding %d, features %#x",
		    (int)s->wants.encoder->encoding, s->wants.features);
	/* It may have a cursor of another kind until now. */
	s->news |= NEWS_CURSOR;
	greet(s, s->wants.features & ~before);
	film_wish(s);
	session_pump(s);
	return 0;
}

static void
take_format(struct session *s, const struct rfb_message *m)
{
	s->format = m->format;
	s->format_changed = true;
	log_info("pixels of %d bits, depth %d%s", m->format.bits,
	    m->format.depth,
	    m->format.true_colour ? "" : ", with a colour map");
}

static void
resize_failed(struct loop_timer *t)
{
	struct session *s = t->arg;

	s->news |= NEWS_REFUSED;
	s->size_status = RFB_SIZE_NO_RESOURCES;
	session_pump(s);
}

/* What came of it is known when the display has another size, or has not. */
static void
take_size(struct session *s, const struct rfb_message *m)
{
	if (m->size.nscreens) {
		s->layout.id = m->size.screens[0].id;
		s->layout.flags = m->size.screens[0].flags;
	}
	if (!s->input.hands.attached) {
		s->news |= NEWS_REFUSED;
		s->size_status = RFB_SIZE_PROHIBITED;
	} else if (m->size.w < EVENT_SIZE_MIN || m->size.h < EVENT_SIZE_MIN ||
	    m->size.w > EVENT_SIZE_MAX || m->size.h > EVENT_SIZE_MAX ||
	    !m->size.nscreens) {
		s->news |= NEWS_REFUSED;
		s->size_status = RFB_SIZE_INVALID;
	} else if (m->size.w == s->screen.width &&
	    m->size.h == s->screen.height) {
		s->news |= NEWS_RESIZED;
	} else {
		s->resize.expired = resize_failed;
		s->resize.arg = s;
		loop_timer_set(s->loop, &s->resize, clock_us() + RESIZE_US);
		input_size(&s->input, m->size.w, m->size.h);
	}
	session_pump(s);
}

static int
take_sound(struct session *s, const struct rfb_message *m)
{
	int err = sound_take(&s->sound, m);

	if (!err && s->sound.wanted && !s->sound.attached && s->config->sound)
		s->listen(s);
	talk_flush(s);
	return err;
}

static void
take_text(struct session *s, const struct rfb_message *m)
{
	if (m->text.p) {
		talk_text(s, m);
		return;
	}
	log_info("skipped a text of %zu bytes", m->text.len);
	s->skip = m->text.len;
}

/* Who gives input leads what it sees. */
static void
note_lead(struct session *s)
{
	if (s->input.hands.attached)
		video_lead(&s->video);
}

static int
take(struct session *s, const struct rfb_message *m)
{
	switch (m->type) {
	case RFB_SET_FORMAT:
		take_format(s, m);
		break;
	case RFB_SET_ENCODINGS:
		return take_encodings(s, m);
	case RFB_REQUEST:
		take_request(s, m);
		break;
	case RFB_KEY:
		note_lead(s);
		input_key(&s->input, m);
		break;
	case RFB_POINTER:
		note_lead(s);
		input_pointer(&s->input, m);
		break;
	case RFB_CUT_TEXT:
		take_text(s, m);
		break;
	case RFB_CONTINUOUS:
		take_continuous(s, m);
		break;
	case RFB_FENCE:
		take_fence(s, m);
		break;
	case RFB_SET_SIZE:
		take_size(s, m);
		break;
	case RFB_QEMU:
		return take_sound(s, m);
	default:
		break;
	}
	return 0;
}

ssize_t
session_input(struct session *s, const uint8_t *p, size_t len, size_t *need)
{
	struct rfb_message m;
	ssize_t n;
	int err;

	if (s->skip) {
		n = (ssize_t)(len < s->skip ? len : s->skip);
		s->skip -= (size_t)n;
		return n;
	}
	if (!talk_has_room(s)) {
		conn_hold(s->conn, true);
		return 0;
	}
	n = rfb_message_decode(
	    &m, s->wants.features & RFB_WANTS_BUTTONS, p, len);
	if (n == 0)
		*need = rfb_message_length(p, len);
	if (n <= 0)
		return n;
	err = take(s, &m);
	return err ? err : n;
}

/* The picture is there: the client's first words from us. */
static void
begin(struct session *s)
{
	struct wbuf w = conn_room(s->conn, RFB_SERVER_OUT);

	s->begun = true;
	s->width = s->screen.width;
	s->height = s->screen.height;
	s->layout.id = 1; /* libvncclient takes 0 for no screen */
	rfb_format_init(&s->format);
	s->wish.format = s->format;
	s->wants.encoder = s->wants.exact = &rfb_raw;
	rfb_put_init(&w, s->width, s->height, &s->format, s->config->name);
	conn_send(s->conn, &w);
	conn_hold(s->conn, false);
}

static void
screen_size(struct screen *c)
{
	struct session *s = c->arg;

	if (!s->begun) {
		begin(s);
		return;
	}
	if (c->width == s->width && c->height == s->height)
		return;
	s->news |= s->resize.set ? NEWS_RESIZED : NEWS_SIZE;
	loop_timer_stop(s->loop, &s->resize);
	film_sized(s, false);
	session_pump(s);
}

static void
screen_ready(struct screen *c)
{
	session_pump(c->arg);
}

static void
screen_cursor(struct screen *c)
{
	struct session *s = c->arg;

	s->news |= NEWS_CURSOR;
	session_pump(s);
}

/* Who moves the pointer sees it where the hand is. */
static void
screen_pointer(struct screen *c)
{
	struct session *s = c->arg;

	if (s->input.moved_us &&
	    clock_us() - s->input.moved_us < OWN_POINTER_US)
		return;
	s->news |= NEWS_POINTER;
	session_pump(s);
}

static void
screen_gone(struct screen *c)
{
	struct session *s = c->arg;

	s->links(s);
}

static const struct screen_ops screen_ops = {
	.size = screen_size,
	.ready = screen_ready,
	.cursor = screen_cursor,
	.pointer = screen_pointer,
	.gone = screen_gone,
};

static void
hands_said(struct hands *h, const struct event *e)
{
	struct session *s = h->arg;

	if (e->type == EVENT_CLIPBOARD)
		talk_copied(s, e->forms);
	if (e->type != EVENT_LEDS)
		return;
	s->input.leds = e->leds;
	s->news |= NEWS_LEDS;
	session_pump(s);
}

static void
hands_gone(struct hands *h)
{
	struct session *s = h->arg;

	s->links(s);
}

static const struct hands_ops hands_ops = {
	.said = hands_said,
	.gone = hands_gone,
};

void
session_attach(struct session *s, int frames, int events)
{
	int err = 0;

	if (frames != -1 && s->screen.attached)
		close(frames);
	else if (frames != -1)
		err =
		    screen_attach(&s->screen, s->loop, frames, &screen_ops, s);
	if (events != -1 && (err || s->input.hands.attached))
		close(events);
	else if (events != -1) {
		s->input.buttons = 0;
		err = hands_attach(
		    &s->input.hands, s->loop, events, &hands_ops, s);
	}
	if (err)
		s->over(s, strerror(-err));
}

static void
sound_heard(struct sound *sound)
{
	talk_flush(sound->arg);
}

static void
sound_gone(struct sound *sound)
{
	struct session *s = sound->arg;

	talk_flush(s);
	s->links(s);
}

void
session_hear(struct session *s, int fd)
{
	static const struct sound_ops ops = { .heard = sound_heard,
		.gone = sound_gone };
	int err = -ENOENT;

	if (fd != -1 && (s->sound.attached || !s->sound.wanted)) {
		close(fd);
		return;
	}
	if (fd != -1)
		err = sound_attach(&s->sound, s->loop, fd, &ops, s);
	if (err)
		s->links(s);
	talk_flush(s);
}

static void
tiles_ready(struct tiles *t)
{
	session_pump(t->arg);
}

void
session_share(struct session *s, int sock, int memory)
{
	int err;

	s->tiles.arg = s;
	s->tiles.ready = tiles_ready;
	err = tiles_attach(&s->tiles, s->loop, sock, memory);
	if (err)
		log_warn("nothing is shared: %s", strerror(-err));
}

void
session_close(struct session *s)
{
	loop_timer_stop(s->loop, &s->patience);
	loop_timer_stop(s->loop, &s->resize);
	loop_timer_stop(s->loop, &s->quiet);
	lossy_close(&s->lossy);
	screen_close(&s->screen);
	hands_close(&s->input.hands);
	sound_close(&s->sound);
	video_close(&s->video);
	tiles_close(&s->tiles);
	rfb_encoders_close(&s->encoders);
	free(s->copy);
	s->copy = NULL;
}
