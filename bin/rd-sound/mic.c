#include "mic.h"

#include <string.h>

#include "base/log.h"
#include "packets/packets.h"

enum { REST = 100 }; /* blocks of silence until the sink may sleep */

static ssize_t
source_input(struct link *l, const uint8_t *data, size_t len)
{
	struct mic_source *s = l->arg;
	struct mic *m = s->mic;
	struct packet p;
	ssize_t n = packet_decode(&p, data, len);

	if (n <= 0 || p.kind != PACKET_AUDIO || p.codec != CODEC_OPUS ||
	    s != m->heard)
		return n;
	jitter_put(&m->jitter, p.seq, p.payload, p.len);
	m->silent = 0;
	pulse_want(m->pulse, true);
	return n;
}

static void
source_up(struct link *l)
{
	struct mic_source *s = l->arg;

	s->used = true;
	s->mic->heard = s;
	jitter_reset(&s->mic->jitter);
}

static void
source_down(struct link *l, int err)
{
	struct mic_source *s = l->arg;

	if (err)
		log_warn("a microphone is gone: %s", strerror(-err));
	s->used = false;
	if (s->mic->heard == s)
		s->mic->heard = NULL;
}

static const struct link_ops ops = {
	.up = source_up,
	.input = source_input,
	.down = source_down,
};

static struct link *
accept_source(struct link_server *server)
{
	struct mic *m = server->arg;

	for (size_t i = 0; i < MIC_SOURCES; i++)
		if (!m->sources[i].used) {
			m->sources[i] = (struct mic_source){ .mic = m };
			server->config.arg = &m->sources[i];
			return &m->sources[i].link;
		}
	log_warn("refused a microphone: there are %d already", MIC_SOURCES);
	return NULL;
}

static void
rest(struct loop_timer *t)
{
	struct mic *m = t->arg;

	pulse_want(m->pulse, false);
}

int
mic_open(
    struct mic *m, struct loop *loop, struct pulse *pulse, const char *path)
{
	static const struct link_config config = { .ops = &ops,
		.in_size = 4 * (PACKET_HEADER + JITTER_BYTES) };
	int err = jitter_open(&m->jitter);

	m->loop = loop;
	m->pulse = pulse;
	m->rest = (struct loop_timer){ .expired = rest, .arg = m };
	m->server.arg = m;
	m->server.accept = accept_source;
	return err ? err : link_listen(&m->server, loop, path, &config);
}

void
mic_close(struct mic *m)
{
	link_unlisten(&m->server);
	for (size_t i = 0; i < MIC_SOURCES; i++)
		link_close(&m->sources[i].link);
	loop_timer_stop(m->loop, &m->rest);
	jitter_close(&m->jitter);
}

void
mic_fill(struct mic *m, uint8_t *pcm)
{
	int16_t samples[JITTER_BLOCK * 2];

	m->silent = jitter_take(&m->jitter, samples) ? 0 : m->silent + 1;
	for (size_t i = 0; i < JITTER_BLOCK * 2; i++) {
		pcm[2 * i] = (uint8_t)samples[i];
		pcm[2 * i + 1] = (uint8_t)((uint16_t)samples[i] >> 8);
	}
	if (m->silent > REST)
		loop_timer_set(m->loop, &m->rest, 1);
}
