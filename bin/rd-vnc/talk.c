#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "events/utf8.h"
#include "session.h"

struct wbuf
talk_room(struct session *s)
{
	return wbuf_of(s->aside + s->aside_len, ASIDE_MAX - s->aside_len);
}

void
talk_say(struct session *s, const struct wbuf *w)
{
	s->aside_len += wbuf_len(w);
	talk_flush(s);
}

bool
talk_has_room(const struct session *s)
{
	return ASIDE_MAX - s->aside_len >= RFB_SERVER_OUT;
}

/* Text is longer than what else there is to say. */
static void
flush_text(struct session *s)
{
	size_t bound = rfb_clip_bound(s->copied_len);
	struct wbuf w;

	if ((!s->owes_text && !s->owes_cut) || !s->copied)
		return;
	w = conn_room(s->conn, bound);
	if (s->owes_cut)
		rfb_cut_text(&w, s->copied, s->copied_len);
	else
		rfb_clip_provide(&w, s->copied, s->copied_len);
	s->owes_text = s->owes_cut = false;
	conn_send(s->conn, &w);
}

/* Sound begins or ends, and what is heard; unless it would get old. */
static void
flush_sound(struct session *s)
{
	struct sound *sound = &s->sound;
	bool on = sound->wanted && sound->attached;
	struct wbuf w;

	if (on == sound->begun && !sound->len)
		return;
	if (conn_waiting(s->conn) >= CONN_LOW ||
	    !flow_takes_audio(&s->flow, clock_us()))
		return;
	w = conn_room(s->conn, 2 * SOUND_HEAD + sound->len);
	if (on != sound->begun)
		rfb_put_sound(&w, on);
	sound->begun = on;
	if (sound->len) {
		rfb_put_sound_head(&w, sound->len);
		wbuf_put(&w, sound->queue, sound->len);
	}
	sound->len = 0;
	conn_send(s->conn, &w);
	session_watch(s);
}

void
talk_flush(struct session *s)
{
	struct wbuf w;

	if (s->updating)
		return;
	if (s->aside_len || s->owes_caps || s->owes_notify) {
		w = conn_room(s->conn, ASIDE_MAX + 2 * RFB_CLIP_CAPS_SIZE);
		wbuf_put(&w, s->aside, s->aside_len);
		if (s->owes_caps)
			rfb_clip_caps(&w);
		if (s->owes_notify)
			rfb_clip_say(&w, RFB_CLIP_NOTIFY | RFB_CLIP_TEXT);
		s->aside_len = 0;
		s->owes_caps = s->owes_notify = false;
		conn_send(s->conn, &w);
	}
	flush_text(s);
	flush_sound(s);
}

void
talk_copied(struct session *s, const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);

	if (!copy)
		return;
	memcpy(copy, text, len);
	free(s->copied);
	s->copied = copy;
	s->copied_len = len;
	s->owes_notify = s->wants.features & RFB_WANTS_CLIPBOARD;
	s->owes_cut = !s->owes_notify;
	if (s->begun)
		talk_flush(s);
}

static void
take_extended(struct session *s, const uint8_t *p, size_t len)
{
	struct input *in = &s->input;
	uint32_t flags = rfb_clip_flags(p, len);
	ssize_t n;

	if (flags & RFB_CLIP_CAPS || !(flags & RFB_CLIP_TEXT))
		return;
	if (flags & RFB_CLIP_PROVIDE) {
		n = rfb_clip_text(p, len, in->text, sizeof(in->text));
		if (n < 0)
			log_warn("dropped a text that is too long or broken");
		in->text_len = n > 0 ? (size_t)n : 0;
		if (n > 0)
			input_copied(in);
	} else if (flags & RFB_CLIP_NOTIFY && in->attached) {
		struct wbuf w = talk_room(s);

		rfb_clip_say(&w, RFB_CLIP_REQUEST | RFB_CLIP_TEXT);
		talk_say(s, &w);
	} else if (flags & RFB_CLIP_REQUEST) {
		s->owes_text = s->copied;
	} else if (flags & RFB_CLIP_PEEK) {
		s->owes_notify = s->copied;
	}
	talk_flush(s);
}

void
talk_text(struct session *s, const struct rfb_message *m)
{
	struct input *in = &s->input;

	if (m->text.extended) {
		take_extended(s, m->text.p, m->text.len);
		return;
	}
	if (2 * m->text.len > sizeof(in->text))
		return;
	in->text_len = rfb_latin1_to_utf8(in->text, m->text.p, m->text.len);
	input_copied(in);
}
