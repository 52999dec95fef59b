#include "sound.h"

#include <errno.h>

#include "packets/packets.h"

enum {
	FRAME = 4,            /* bytes */
	BLOCK = 1920 / FRAME, /* frames: CODEC_PCM */
};

static void
take_block(struct sound *s, const struct packet *p)
{
	size_t frames = p->len / FRAME;
	struct wbuf w;

	if (p->kind != PACKET_AUDIO || p->codec != CODEC_PCM || frames > BLOCK)
		return;
	/* What could not be sent for so long is too late. */
	if (s->len + rfb_sound_bound(&s->form, frames) > SOUND_QUEUE)
		s->len = 0;
	w = wbuf_of(s->queue + s->len, SOUND_QUEUE - s->len);
	rfb_sound_convert(&s->form, p->payload, frames, &w);
	s->len += wbuf_len(&w);
}

static ssize_t
input(struct link *l, const uint8_t *p, size_t len)
{
	struct sound *s = l->arg;
	struct packet packet;
	size_t done = 0;
	ssize_t n;

	while ((n = packet_decode(&packet, p + done, len - done)) > 0) {
		take_block(s, &packet);
		done += (size_t)n;
	}
	if (s->len)
		s->ops->heard(s);
	return n < 0 ? n : (ssize_t)done;
}

static void
down(struct link *l, int err)
{
	struct sound *s = l->arg;

	(void)err;
	s->attached = false;
	s->ops->gone(s);
}

static const struct link_ops link_ops = { .input = input, .down = down };

int
sound_attach(struct sound *s, struct loop *loop, int fd,
    const struct sound_ops *ops, void *arg)
{
	struct link_config config = { .ops = &link_ops,
		.arg = s,
		.in_size = 4 * (PACKET_HEADER + BLOCK * FRAME) };
	int err;

	s->arg = arg;
	s->ops = ops;
	s->attached = true;
	err = link_open(&s->link, loop, fd, fd, &config);
	s->attached = !err;
	return err;
}

void
sound_close(struct sound *s)
{
	link_close(&s->link);
	s->attached = false;
	s->len = 0;
}

int
sound_take(struct sound *s, const struct rfb_message *m)
{
	/* What a client that says nothing gets, as QEMU has it. */
	static const struct rfb_sound_format usual = { RFB_S16, 2, 44100 };

	switch (m->sound.what) {
	case RFB_SOUND_ON:
		s->wanted = true;
		if (s->form.format.hz)
			return 0;
		return rfb_sound_init(&s->form, &usual);
	case RFB_SOUND_OFF:
		s->wanted = false;
		sound_close(s);
		return 0;
	case RFB_SOUND_FORMAT:
		s->len = 0;
		return rfb_sound_init(&s->form, &m->sound.format);
	default:
		return -EBADMSG;
	}
}
