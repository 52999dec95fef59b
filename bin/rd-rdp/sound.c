#include "sound.h"

#include <string.h>

#include <freerdp/codec/audio.h>
#include <winpr/synch.h>

#include "packets/packets.h"

enum {
	CHANNELS = 2,
	RATE = 48000, /* Hz */
	BITS = 16,
	FRAME = CHANNELS * BITS / 8, /* bytes */
	LATE = 25,                   /* that were sent, not confirmed */
	PAUSE_US = 20000,            /* between blocks that do not join */
	WINDOWS_8 = 8,               /* [MS-RDPEA] 2.2.2.1: wVersion */
};

static const AUDIO_FORMAT pcm = {
	.wFormatTag = WAVE_FORMAT_PCM,
	.nChannels = CHANNELS,
	.nSamplesPerSec = RATE,
	.nAvgBytesPerSec = RATE * FRAME,
	.nBlockAlign = FRAME,
	.wBitsPerSample = BITS,
};

/* --- the source */

static bool
is_late(const struct sound *s)
{
	return (uint8_t)(s->server->block_no - 1 - s->confirmed) > LATE;
}

/*
 * Several are sent as one: FreeRDP drops what would make it wait for longer
 * than two last.  Before silence the rest is silent, too.
 */
static void
take_block(struct sound *s, const struct packet *p)
{
	uint64_t ms = p->capture_us / 1000;

	if (p->kind != PACKET_AUDIO || p->codec != CODEC_PCM ||
	    p->len != SOUND_BLOCK || is_late(s))
		return;
	if (p->capture_us - s->last_us > PAUSE_US)
		s->len = 0;
	s->last_us = p->capture_us;
	memcpy(s->queue + s->len, p->payload, p->len);
	s->len += p->len;
	if (s->len < sizeof(s->queue))
		return;
	s->server->SendSamples2(
	    s->server, s->format, s->queue, s->len, (UINT16)ms, (UINT32)ms);
	s->len = 0;
}

static ssize_t
input(struct link *l, const uint8_t *data, size_t len)
{
	struct sound *s = l->arg;
	struct packet p;
	size_t done = 0;
	ssize_t n;

	while ((n = packet_decode(&p, data + done, len - done)) > 0) {
		take_block(s, &p);
		done += (size_t)n;
	}
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
sound_attach(struct sound *s, int fd)
{
	struct link_config config = { .ops = &link_ops,
		.arg = s,
		.in_size = 4 * (PACKET_HEADER + SOUND_BLOCK) };
	int err;

	s->attached = true;
	err = link_open(&s->link, s->loop, fd, fd, &config);
	s->attached = !err;
	return err;
}

void
sound_close(struct sound *s)
{
	link_close(&s->link);
	s->attached = false;
}

/*
 * --- the client
 *
 * Its sound is not encoded: the library would make the samples unsigned.
 */

static bool
is_pcm(const AUDIO_FORMAT *f)
{
	return f->wFormatTag == pcm.wFormatTag &&
	    f->nChannels == pcm.nChannels &&
	    f->nSamplesPerSec == pcm.nSamplesPerSec &&
	    f->nBlockAlign == pcm.nBlockAlign &&
	    f->wBitsPerSample == pcm.wBitsPerSample;
}

static void
activated(RdpsndServerContext *c)
{
	struct sound *s = c->data;

	if (c->clientVersion < WINDOWS_8 || s->wanted)
		return;
	for (UINT16 i = 0; i < c->num_client_formats && !s->wanted; i++)
		if (is_pcm(&c->client_formats[i])) {
			s->wanted = true;
			s->format = i;
		}
	if (s->wanted)
		s->ops->wanted(s);
}

static UINT
confirmed(RdpsndServerContext *c, BYTE block, UINT16 ms)
{
	struct sound *s = c->data;

	(void)ms;
	s->confirmed = block;
	return CHANNEL_RC_OK;
}

static void
sound_ready(struct loop_watch *w, uint32_t events)
{
	struct sound *s = w->arg;
	UINT err;

	(void)events;
	do {
		err = rdpsnd_server_handle_messages(s->server);
	} while (err == CHANNEL_RC_OK);
	if (err != ERROR_NO_DATA)
		s->ops->broken(s);
}

static RdpsndServerContext *
make_server(struct sound *s, HANDLE manager)
{
	RdpsndServerContext *c = rdpsnd_server_context_new(manager);

	if (!c)
		return NULL;
	c->data = s;
	c->server_formats = audio_formats_new(1);
	c->Activated = activated;
	c->ConfirmBlock = confirmed;
	if (c->server_formats) {
		c->num_server_formats = 1;
		*c->server_formats = pcm;
		if (c->Initialize(c, FALSE) == CHANNEL_RC_OK)
			return c;
	}
	rdpsnd_server_context_free(c);
	return NULL;
}

void
sound_open(struct sound *s, struct loop *loop, void *manager,
    const struct sound_ops *ops, void *arg)
{
	s->arg = arg;
	s->ops = ops;
	s->loop = loop;
	s->confirmed = UINT8_MAX;
	s->server = make_server(s, manager);
	if (!s->server)
		return;
	s->watch = (struct loop_watch){
		.fd = GetEventFileDescriptor(
		    rdpsnd_server_get_event_handle(s->server)),
		.ready = sound_ready,
		.arg = s,
	};
	if (loop_watch(loop, &s->watch, EPOLLIN))
		s->ops->broken(s);
}
