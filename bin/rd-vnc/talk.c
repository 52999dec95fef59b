#include <stdlib.h>
#include <string.h>

#include "base/log.h"
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

/* Copies are longer than what else there is to say. */
static void
flush_copy(struct session *s)
{
	const struct rfb_copy *c = &s->copied;
	struct wbuf w;

	if (!s->owes_forms && !s->owes_cut)
		return;
	w = conn_room(s->conn, rfb_clip_bound(c));
	if (s->owes_cut)
		rfb_cut_text(&w, c->text.data, c->text.len);
	else
		rfb_clip_provide(&w, c, s->owes_forms);
	s->owes_forms = 0;
	s->owes_cut = false;
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
			rfb_clip_say(
			    &w, RFB_CLIP_NOTIFY | rfb_clip_forms(&s->copied));
		s->aside_len = 0;
		s->owes_caps = s->owes_notify = false;
		conn_send(s->conn, &w);
	}
	flush_copy(s);
	flush_sound(s);
}

static struct event_bytes
keep(char *to, struct event_bytes form)
{
	if (form.data)
		form.data = memcpy(to, form.data, form.len);
	return form;
}

void
talk_copied(struct session *s, const struct event_bytes *forms)
{
	struct event_bytes text = forms[EVENT_PLAIN], html = forms[EVENT_HTML];
	char *copy = malloc(text.len + html.len + 1);

	if (!copy)
		return;
	free(s->copy);
	s->copy = copy;
	s->copied.text = keep(copy, text);
	s->copied.html = keep(copy + text.len, html);
	s->owes_forms &= rfb_clip_forms(&s->copied);
	s->owes_notify = s->wants.features & RFB_WANTS_CLIPBOARD;
	s->owes_cut = !s->owes_notify && text.data;
	if (s->begun)
		talk_flush(s);
}

static void
take_provided(struct session *s, const uint8_t *p, size_t len)
{
	struct input *in = &s->input;
	struct rfb_copy c;

	if (rfb_clip_read(&c, p, len, in->copied, sizeof(in->copied)))
		log_warn("dropped a copy that is too long or broken");
	input_copied(in, &c);
}

static void
take_extended(struct session *s, const uint8_t *p, size_t len)
{
	uint32_t flags = rfb_clip_flags(p, len);
	uint32_t forms = flags & RFB_CLIP_KNOWN;

	if (flags & RFB_CLIP_CAPS)
		return;
	if (flags & RFB_CLIP_PROVIDE) {
		take_provided(s, p, len);
	} else if (flags & RFB_CLIP_NOTIFY && forms &&
	    s->input.hands.attached) {
		struct wbuf w = talk_room(s);

		rfb_clip_say(&w, RFB_CLIP_REQUEST | forms);
		talk_say(s, &w);
	} else if (flags & RFB_CLIP_REQUEST) {
		s->owes_forms = forms & rfb_clip_forms(&s->copied);
	} else if (flags & RFB_CLIP_PEEK) {
		s->owes_notify = s->copy;
	}
	talk_flush(s);
}

void
talk_text(struct session *s, const struct rfb_message *m)
{
	struct input *in = &s->input;
	struct rfb_copy c = { .text = { .data = in->copied } };

	if (m->text.extended) {
		take_extended(s, m->text.p, m->text.len);
		return;
	}
	if (2 * m->text.len > sizeof(in->copied))
		return;
	c.text.len = rfb_latin1_to_utf8(in->copied, m->text.p, m->text.len);
	input_copied(in, &c);
}
