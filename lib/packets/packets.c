#include "packets/packets.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

/* Magic and version. */
static const uint8_t start[3] = { 'R', 'd', 1 };

void
packet_encode(const struct packet *p, uint8_t out[PACKET_HEADER])
{
	struct wbuf w = wbuf_of(out, PACKET_HEADER);
	uint32_t wait = p->wait_us / PACKET_WAIT_STEP;

	wbuf_put(&w, start, sizeof(start));
	wbuf_u8(&w, p->kind);
	wbuf_u8(&w, p->codec);
	wbuf_u8(&w, p->flags);
	wbuf_u16(&w, wait < UINT16_MAX ? (uint16_t)wait : UINT16_MAX);
	wbuf_u32(&w, p->len);
	wbuf_u32(&w, p->seq);
	wbuf_u64(&w, p->capture_us);
	wbuf_u64(&w, p->done_us);
}

ssize_t
packet_decode(struct packet *p, const void *data, size_t len)
{
	struct rbuf r = rbuf_of(data, len);

	if (memcmp(data, start, len < sizeof(start) ? len : sizeof(start)))
		return -EBADMSG;
	if (len < PACKET_HEADER)
		return 0;
	rbuf_take(&r, sizeof(start));
	p->kind = rbuf_u8(&r);
	p->codec = rbuf_u8(&r);
	p->flags = rbuf_u8(&r);
	p->wait_us = rbuf_u16(&r) * (uint32_t)PACKET_WAIT_STEP;
	p->len = rbuf_u32(&r);
	p->seq = rbuf_u32(&r);
	p->capture_us = rbuf_u64(&r);
	p->done_us = rbuf_u64(&r);
	if (p->len > PACKET_MAX)
		return -EMSGSIZE;
	p->payload = rbuf_take(&r, p->len);
	return r.bad ? 0 : (ssize_t)(PACKET_HEADER + p->len);
}
