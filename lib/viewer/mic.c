#include "viewer/mic.h"

#include <string.h>

#include "base/log.h"
#include "packets/packets.h"

static void
mic_down(struct link *l, int err)
{
	(void)l;
	log_info("lost the microphone's listener: %s",
	    err ? strerror(-err) : "it ended");
}

static const struct link_ops ops = { .down = mic_down };

static void
connect_once(struct mic *m)
{
	struct link_config config = { .ops = &ops,
		.arg = m,
		.in_size = 1,
		.out_size = 4 * (PACKET_HEADER + MIC_MAX),
		.retry = m->retry };
	int err;

	if (m->open)
		return;
	m->open = true;
	err = link_connect(&m->link, m->loop, m->addr, &config);
	if (err)
		log_warn("nobody hears the microphone: cannot connect to "
			 "'%s': %s",
		    m->addr, strerror(-err));
}

void
mic_send(struct mic *m, uint32_t seq, const uint8_t *opus, size_t len)
{
	uint64_t now = (uint64_t)clock_us();
	struct packet p = { .kind = PACKET_AUDIO,
		.codec = CODEC_OPUS,
		.flags = PACKET_KEY,
		.seq = seq,
		.capture_us = now,
		.done_us = now,
		.len = (uint32_t)len };
	uint8_t bytes[PACKET_HEADER + MIC_MAX];

	if (!m->addr || !len || len > MIC_MAX)
		return;
	connect_once(m);
	packet_encode(&p, bytes);
	memcpy(bytes + PACKET_HEADER, opus, len);
	link_send(&m->link, bytes, PACKET_HEADER + len, -1);
}

void
mic_close(struct mic *m)
{
	link_close(&m->link);
}
