#include "rtp/rtcp.h"

#include <errno.h>
#include <string.h>

enum {
	VERSION = 2,
	PADDED = 0x20,
	CNAME = 1,
	REPORT_BLOCK = 24,
	REMB_ID = 0x52454d42, /* "REMB" */
};

/* Packet type and, where there is one, feedback message type. */
#define TYPE(pt, fmt) ((pt) << 8 | (fmt))
enum {
	SR = 200,
	RR = 201,
	SDES = 202,
	BYE = 203,
	RTPFB = 205,
	PSFB = 206,
	NACK = TYPE(RTPFB, 1),
	TRANSPORT_CC = TYPE(RTPFB, 15),
	PLI = TYPE(PSFB, 1),
	FIR = TYPE(PSFB, 4),
	APPLICATION = TYPE(PSFB, 15),
};

static void
put_head(struct wbuf *w, unsigned int count, uint8_t type, size_t words)
{
	wbuf_u8(w, (uint8_t)(VERSION << 6 | count));
	wbuf_u8(w, type);
	wbuf_u16(w, (uint16_t)words);
}

void
rtcp_sr_encode(struct wbuf *w, const struct rtp_stream *s, int64_t now_us)
{
	put_head(w, 0, SR, 6);
	wbuf_u32(w, s->ssrc);
	wbuf_u64(w, rtp_ntp(now_us));
	wbuf_u32(w, rtp_timestamp(s, now_us));
	wbuf_u32(w, s->packets);
	wbuf_u32(w, s->octets);
}

void
rtcp_sdes_encode(struct wbuf *w, uint32_t ssrc, const char *cname)
{
	size_t len = strnlen(cname, 255);
	size_t padding = 4 - (2 + len) % 4; /* at least the one that ends it */

	put_head(w, 1, SDES, (4 + 2 + len + padding) / 4);
	wbuf_u32(w, ssrc);
	wbuf_u8(w, CNAME);
	wbuf_u8(w, (uint8_t)len);
	wbuf_put(w, cname, len);
	wbuf_be(w, 0, padding);
}

void
rtcp_bye_encode(struct wbuf *w, uint32_t ssrc)
{
	put_head(w, 1, BYE, 1);
	wbuf_u32(w, ssrc);
}

void
rtcp_begin(struct rtcp_reader *r, const void *p, size_t len)
{
	*r = (struct rtcp_reader){ .packets = rbuf_of(p, len) };
	r->items = rbuf_of(p, 0);
}

/* Read the head of the next packet; its items are what follows. */
static void
open_packet(struct rtcp_reader *r)
{
	uint8_t b0 = rbuf_u8(&r->packets), pt = rbuf_u8(&r->packets);
	size_t len = rbuf_u16(&r->packets) * 4u, items;
	unsigned int count = b0 & 0x1f;
	const uint8_t *body = rbuf_take(&r->packets, len);

	if (b0 >> 6 != VERSION || !body) {
		r->packets.bad = true;
		return;
	}
	if (b0 & PADDED && (!len || !body[len - 1] || body[len - 1] > len)) {
		r->packets.bad = true;
		return;
	}
	if (b0 & PADDED)
		len -= body[len - 1];
	r->items = rbuf_of(body, len);
	r->type = pt;
	switch (pt) {
	case SR:
	case RR:
		r->sender = rbuf_u32(&r->items);
		rbuf_take(&r->items, pt == SR ? 20 : 0);
		/* Extensions of a profile may follow the blocks. */
		items = count * REPORT_BLOCK;
		break;
	case BYE:
		items = count * 4; /* without the reason */
		break;
	case RTPFB:
	case PSFB:
		r->type = (uint16_t)TYPE((unsigned int)pt, count);
		r->sender = rbuf_u32(&r->items);
		if (r->type != PLI) /* whose one item it is */
			r->media = rbuf_u32(&r->items);
		items = rbuf_left(&r->items);
		break;
	default:
		items = 0;
	}
	body = rbuf_take(&r->items, items);
	r->packets.bad |= r->items.bad;
	r->items = rbuf_of(body ? body : r->packets.p, body ? items : 0);
}

static void
read_report(struct rtcp_reader *r, struct rtcp_message *m)
{
	struct rbuf *b = &r->items;
	struct rtcp_report *report = &m->report;

	m->kind = RTCP_REPORT;
	m->ssrc = rbuf_u32(b);
	report->fraction_lost = rbuf_u8(b);
	report->lost = (int32_t)(rbuf_u24(b) << 8) >> 8;
	report->highest_seq = rbuf_u32(b);
	report->jitter = rbuf_u32(b);
	report->lsr = rbuf_u32(b);
	report->dlsr = rbuf_u32(b);
}

static void
read_nack(struct rtcp_reader *r, struct rtcp_message *m)
{
	if (!r->nack_mask) {
		r->nack_seq = rbuf_u16(&r->items);
		r->nack_mask = (uint32_t)rbuf_u16(&r->items) << 1 | 1;
	}
	m->kind = RTCP_NACK;
	m->ssrc = r->media;
	m->seq = (uint16_t)(r->nack_seq + __builtin_ctz(r->nack_mask));
	r->nack_mask &= r->nack_mask - 1;
}

static void
read_pli(struct rtcp_reader *r, struct rtcp_message *m)
{
	m->kind = RTCP_PLI;
	m->ssrc = rbuf_u32(&r->items);
	rbuf_take(&r->items, rbuf_left(&r->items));
}

static void
read_fir(struct rtcp_reader *r, struct rtcp_message *m)
{
	m->kind = RTCP_FIR;
	m->ssrc = rbuf_u32(&r->items);
	m->fir_seq = rbuf_u8(&r->items);
	rbuf_u24(&r->items);
}

/* False for another application's message. */
static bool
read_remb(struct rtcp_reader *r, struct rtcp_message *m)
{
	struct rbuf b = r->items;
	uint32_t id = rbuf_u32(&b);
	uint8_t n = rbuf_u8(&b);
	uint32_t v = rbuf_u24(&b);
	unsigned int exponent = v >> 18;

	rbuf_take(&r->items, rbuf_left(&r->items));
	if (b.bad || id != REMB_ID)
		return false;
	m->kind = RTCP_REMB;
	m->bitrate = (uint64_t)(v & 0x3ffff) << exponent;
	rbuf_take(&b, n * 4u);
	r->items.bad = b.bad || m->bitrate >> exponent != (v & 0x3ffff);
	return true;
}

/*
 * A chunk of transport-wide feedback, section 3.1.3 and 3.1.4: how many
 * statuses it has, and the one that is the left-th from its end.
 */
static uint16_t
chunk_len(uint16_t chunk)
{
	if (!(chunk & 0x8000))
		return chunk & 0x1fff;
	return chunk & 0x4000 ? 7 : 14;
}

static unsigned int
chunk_status(uint16_t chunk, unsigned int left)
{
	if (!(chunk & 0x8000))
		return chunk >> 13 & 3;
	if (chunk & 0x4000)
		return chunk >> 2 * (left - 1) & 3;
	return chunk >> (left - 1) & 1;
}

/* Statuses are the bytes of the delta too; 3 is reserved. */
enum { LOST, SMALL_DELTA, LARGE_DELTA, RESERVED };

/* Bytes of the deltas of the first n statuses of chunk, -1 when malformed. */
static ssize_t
chunk_deltas(uint16_t chunk, uint16_t n)
{
	unsigned int len = chunk_len(chunk), sum = 0;

	if (!(chunk & 0x8000)) {
		unsigned int status = chunk_status(chunk, 1);

		return status == RESERVED ? -1 : (ssize_t)(n * status);
	}
	for (unsigned int i = 0; i < n; i++) {
		unsigned int status = chunk_status(chunk, len - i);

		if (status == RESERVED)
			return -1;
		sum += status;
	}
	return (ssize_t)sum;
}

static void
read_cc(struct rtcp_reader *r, struct rtcp_message *m)
{
	struct rbuf *b = &r->items;
	struct rtcp_cc *cc = &m->cc;
	size_t deltas = 0;

	*cc = (struct rtcp_cc){ 0 };
	cc->base_seq = rbuf_u16(b);
	cc->count = rbuf_u16(b);
	cc->base_us = (int64_t)rbuf_u24(b) * 64000;
	cc->feedback = rbuf_u8(b);
	cc->chunks = *b;
	for (uint16_t left = cc->count; left && !b->bad;) {
		uint16_t chunk = rbuf_u16(b), len = chunk_len(chunk);
		uint16_t n = len < left ? len : left;
		ssize_t bytes = chunk_deltas(chunk, n);

		b->bad |= bytes < 0;
		deltas += (size_t)bytes;
		left = (uint16_t)(left - n);
	}
	cc->deltas = *b;
	rbuf_take(b, deltas);
	rbuf_take(b, rbuf_left(b)); /* zeros up to a word */
	m->kind = RTCP_TRANSPORT_CC;
	cc->left = cc->count;
	cc->seq = cc->base_seq;
	cc->at_us = cc->base_us;
}

static bool
read_item(struct rtcp_reader *r, struct rtcp_message *m)
{
	m->sender = r->sender;
	switch (r->type) {
	case SR:
	case RR:
		read_report(r, m);
		return true;
	case BYE:
		m->kind = RTCP_BYE;
		m->sender = rbuf_u32(&r->items);
		return true;
	case NACK:
		read_nack(r, m);
		return true;
	case PLI:
		read_pli(r, m);
		return true;
	case FIR:
		read_fir(r, m);
		return true;
	case APPLICATION:
		return read_remb(r, m);
	case TRANSPORT_CC:
		read_cc(r, m);
		return true;
	default:
		rbuf_take(&r->items, rbuf_left(&r->items));
		return false;
	}
}

int
rtcp_next(struct rtcp_reader *r, struct rtcp_message *m)
{
	bool found = false;

	*m = (struct rtcp_message){ 0 };
	while (!found && !r->packets.bad) {
		if (rbuf_left(&r->items) || r->nack_mask)
			found = read_item(r, m);
		else if (rbuf_left(&r->packets))
			open_packet(r);
		else
			return 0;
		r->packets.bad |= r->items.bad;
	}
	return r->packets.bad ? -EBADMSG : 1;
}

bool
rtcp_cc_next(struct rtcp_cc *cc, struct rtcp_arrival *a)
{
	unsigned int status;

	if (!cc->left)
		return false;
	while (!cc->run) {
		cc->chunk = rbuf_u16(&cc->chunks);
		cc->run = chunk_len(cc->chunk);
	}
	status = chunk_status(cc->chunk, cc->run--);
	if (status == SMALL_DELTA)
		cc->at_us += rbuf_u8(&cc->deltas) * 250;
	else if (status == LARGE_DELTA)
		cc->at_us += (int16_t)rbuf_u16(&cc->deltas) * 250;
	*a = (struct rtcp_arrival){ cc->seq++, status != LOST, cc->at_us };
	cc->left--;
	return true;
}

int64_t
rtcp_rtt_us(const struct rtcp_report *report, int64_t now_us)
{
	uint32_t now = (uint32_t)(rtp_ntp(now_us) >> 16);
	uint32_t rtt = now - report->lsr - report->dlsr;

	if (!report->lsr)
		return -1;
	/* The roundings of both clocks can make it less than nothing. */
	return (int32_t)rtt < 0 ? 0 : (int64_t)rtt * 1000000 >> 16;
}
