#include "packets/packets.h"

#include <errno.h>

#include "base/buf.h"

enum { MAGIC = 0x5264, VERSION = 1 };

void
packet_encode(const struct packet *p, uint8_t out[PACKET_HEADER])
{
	struct wbuf w = wbuf_of(out, PACKET_HEADER);

	wbuf_u16(&w, MAGIC);
	wbuf_u8(&w, VERSION);
	wbuf_u8(&w, p->kind);
	wbuf_u8(&w, p->codec);
	wbuf_u8(&w, p->flags);
	wbuf_u16(&w, 0);
	wbuf_u32(&w, p->len);
	wbuf_u32(&w, p->seq);
	wbuf_u64(&w, p->capture_us);
	wbuf_u64(&w, p->done_us);
}

ssize_t
packet_decode(struct packet *p, const void *data, size_t len)
{
	struct rbuf r = rbuf_of(data, len);

	if (len < PACKET_HEADER)
		return 0;
	if (rbuf_u16(&r) != MAGIC || rbuf_u8(&r) != VERSION)
		return -EBADMSG;
	p->kind = rbuf_u8(&r);
	p->codec = rbuf_u8(&r);
	p->flags = rbuf_u8(&r);
	rbuf_u16(&r);
	p->len = rbuf_u32(&r);
	p->seq = rbuf_u32(&r);
	p->capture_us = rbuf_u64(&r);
	p->done_us = rbuf_u64(&r);
	if (p->len > PACKET_MAX)
		return -EMSGSIZE;
	p->payload = rbuf_take(&r, p->len);
	return r.bad ? 0 : (ssize_t)(PACKET_HEADER + p->len);
}
