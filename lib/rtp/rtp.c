#include "rtp/rtp.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

enum {
	VERSION = 2,
	HEADER = 12,
	EXT_HEADER = 4,
	ONE_BYTE = 0xbede, /* RFC 8285 section 4.2 */
	PADDED = 0x20,
	EXTENDED = 0x10,
	MARKED = 0x80,
};

const char *const rtp_ext_uri[RTP_EXT_COUNT] = {
	[RTP_EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
	[RTP_EXT_PLAYOUT_DELAY] =
	    "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
	[RTP_EXT_SEND_TIME] =
	    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
	[RTP_EXT_TRANSPORT_SEQ] =
	    ("http://www.ietf.org/id/"
	     "draft-holmer-rmcat-transport-wide-cc-extensions-01"),
	[RTP_EXT_CAPTURE_TIME] =
	    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
	[RTP_EXT_DEPENDENCY] = ("https://aomediacodec.github.io/av1-rtp-spec/"
				"#dependency-descriptor-rtp-header-extension"),
};

uint32_t
rtp_timestamp(const struct rtp_stream *s, int64_t us)
{
	int64_t seconds = us / 1000000, rest = us % 1000000;

	return s->ts_offset +
	    (uint32_t)(seconds * s->clock_hz + rest * s->clock_hz / 1000000);
}

uint64_t
rtp_ntp(int64_t us)
{
	uint64_t seconds = (uint64_t)us / 1000000;
	uint64_t rest = (uint64_t)us % 1000000;

	return seconds << 32 | (rest << 32) / 1000000;
}

static void
put_ext_head(struct wbuf *w, unsigned int id, size_t n)
{
	wbuf_u8(w, (uint8_t)(id << 4 | (unsigned int)(n - 1)));
}

static void
put_ext(struct wbuf *w, uint8_t id, uint64_t value, size_t n)
{
	if (!id)
		return;
	put_ext_head(w, id, n);
	wbuf_be(w, value, n);
}

static void
put_dependency(struct wbuf *w, const struct rtp_stream *s)
{
	uint8_t descriptor[DEPENDENCY_MAX];
	size_t n;

	if (!s->ext[RTP_EXT_DEPENDENCY])
		return;
	n = dependency_encode(&s->picture, !s->in_picture, descriptor);
	put_ext_head(w, s->ext[RTP_EXT_DEPENDENCY], n);
	wbuf_put(w, descriptor, n);
}

/* False when there are none. */
static bool
put_exts(struct wbuf *w, const struct rtp_stream *s, int64_t capture_us)
{
	bool told = s->packets && s->ts == rtp_timestamp(s, capture_us);
	uint8_t *head = wbuf_room(w, EXT_HEADER);
	size_t start = wbuf_len(w), mid = strnlen(s->mid, RTP_MID_MAX), n;
	struct wbuf h;

	if (!head)
		return false;
	if (s->ext[RTP_EXT_MID] && mid) {
		put_ext_head(w, s->ext[RTP_EXT_MID], mid);
		wbuf_put(w, s->mid, mid);
	}
	put_ext(w, s->ext[RTP_EXT_PLAYOUT_DELAY], 0, 3);
	put_ext(w, s->ext[RTP_EXT_SEND_TIME], 0, 3);
	put_ext(w, s->ext[RTP_EXT_TRANSPORT_SEQ], 0, 2);
	if (!told)
		put_ext(
		    w, s->ext[RTP_EXT_CAPTURE_TIME], rtp_ntp(capture_us), 8);
	put_dependency(w, s);
	while ((n = wbuf_len(w) - start) % 4 && !w->bad)
		wbuf_u8(w, 0);
	h = wbuf_of(head, EXT_HEADER);
	wbuf_u16(&h, ONE_BYTE);
	wbuf_u16(&h, (uint16_t)(n / 4));
	if (n == 0)
		w->p = head;
	return n != 0;
}

ssize_t
rtp_begin(
    const struct rtp_stream *s, int64_t capture_us, void *pkt, size_t size)
{
	struct wbuf w = wbuf_of(pkt, size);

	wbuf_u8(&w, VERSION << 6);
	wbuf_u8(&w, s->pt);
	wbuf_u16(&w, s->seq);
	wbuf_u32(&w, rtp_timestamp(s, capture_us));
	wbuf_u32(&w, s->ssrc);
	if (put_exts(&w, s, capture_us))
		w.start[0] |= EXTENDED;
	return w.bad ? -ENOSPC : (ssize_t)wbuf_len(&w);
}

static void
count(struct rtp_stream *s, size_t payload)
{
	s->seq++;
	s->packets++;
	s->octets += (uint32_t)payload;
}

static void
end_picture(
    const struct rtp_stream *s, uint8_t *pkt, const struct rtp_header *h)
{
	size_t len;
	const uint8_t *descriptor =
	    rtp_ext_find(h, s->ext[RTP_EXT_DEPENDENCY], &len);

	pkt[1] |= MARKED;
	if (descriptor)
		dependency_end(pkt + (descriptor - pkt));
}

void
rtp_commit(struct rtp_stream *s, void *pkt, size_t len, bool marker)
{
	struct rtp_header h;
	const uint8_t *payload;
	ssize_t n = rtp_decode(&h, &payload, pkt, len);

	if (marker)
		end_picture(s, pkt, &h);
	s->in_picture = !marker;
	s->ts = h.ts;
	count(s, n > 0 ? (size_t)n : 0);
}

void
rtp_revoke(struct rtp_stream *s, const void *pkt, size_t len)
{
	struct rtp_header h;
	const uint8_t *payload;
	ssize_t n = rtp_decode(&h, &payload, pkt, len);

	s->seq--;
	s->packets--;
	s->octets -= n > 0 ? (uint32_t)n : 0;
}

static void
stamp(
    uint8_t *pkt, const struct rtp_header *h, uint8_t id, uint64_t v, size_t n)
{
	size_t len;
	const uint8_t *data = rtp_ext_find(h, id, &len);
	struct wbuf w;

	if (!data || len != n)
		return;
	w = wbuf_of(pkt + (data - pkt), n);
	wbuf_be(&w, v, n);
}

void
rtp_stamp(void *pkt, size_t len, const uint8_t ext[RTP_EXT_COUNT],
    int64_t send_us, uint16_t transport_seq)
{
	struct rtp_header h;
	const uint8_t *payload;

	if (rtp_decode(&h, &payload, pkt, len) < 0)
		return;
	stamp(pkt, &h, ext[RTP_EXT_SEND_TIME], rtp_ntp(send_us) >> 14, 3);
	stamp(pkt, &h, ext[RTP_EXT_TRANSPORT_SEQ], transport_seq, 2);
}

ssize_t
rtp_rtx(
    struct rtp_stream *rtx, const void *pkt, size_t len, void *out, size_t size)
{
	struct rtp_header h;
	struct wbuf w = wbuf_of(out, size);
	const uint8_t *payload, *head = pkt;
	ssize_t n = rtp_decode(&h, &payload, pkt, len);
	size_t rest;

	if (n < 0)
		return n;
	rest = (size_t)(payload - head) - HEADER;
	wbuf_u8(&w, (uint8_t)(head[0] & ~PADDED));
	wbuf_u8(&w, (uint8_t)((h.marker ? MARKED : 0) | rtx->pt));
	wbuf_u16(&w, rtx->seq);
	wbuf_u32(&w, h.ts);
	wbuf_u32(&w, rtx->ssrc);
	wbuf_put(&w, head + HEADER, rest);
	wbuf_u16(&w, h.seq);
	wbuf_put(&w, payload, (size_t)n);
	if (w.bad)
		return -ENOSPC;
	count(rtx, RTP_RTX_HEADER + (size_t)n);
	return (ssize_t)wbuf_len(&w);
}

ssize_t
rtp_decode(
    struct rtp_header *h, const uint8_t **payload, const void *pkt, size_t len)
{
	struct rbuf r = rbuf_of(pkt, len);
	uint8_t b0 = rbuf_u8(&r), b1 = rbuf_u8(&r);
	size_t padding = 0;

	*h = (struct rtp_header){ 0 };
	h->marker = b1 & MARKED;
	h->pt = b1 & 0x7f;
	h->seq = rbuf_u16(&r);
	h->ts = rbuf_u32(&r);
	h->ssrc = rbuf_u32(&r);
	rbuf_take(&r, (b0 & 0x0fu) * 4u); /* CSRCs */
	if (b0 & EXTENDED) {
		bool one_byte = rbuf_u16(&r) == ONE_BYTE;
		size_t n = rbuf_u16(&r) * 4u;
		const uint8_t *ext = rbuf_take(&r, n);

		if (one_byte && ext) {
			h->ext = ext;
			h->ext_len = n;
		}
	}
	if (b0 & PADDED && rbuf_left(&r)) {
		padding = r.end[-1];
		r.bad = r.bad || padding == 0;
	} else if (b0 & PADDED) {
		r.bad = true;
	}
	if (r.bad || b0 >> 6 != VERSION || padding > rbuf_left(&r))
		return -EBADMSG;
	*payload = r.p;
	return (ssize_t)(rbuf_left(&r) - padding);
}

const uint8_t *
rtp_ext_find(const struct rtp_header *h, uint8_t id, size_t *len)
{
	struct rbuf r;

	*len = 0;
	if (!h->ext || !id)
		return NULL;
	r = rbuf_of(h->ext, h->ext_len);
	while (rbuf_left(&r)) {
		uint8_t head = rbuf_u8(&r);
		const uint8_t *data;

		if (head == 0) /* padding */
			continue;
		if (head >> 4 == 15) /* RFC 8285 section 4.2: stop there */
			break;
		data = rbuf_take(&r, (head & 15u) + 1u);
		if (data && head >> 4 == id) {
			*len = (head & 15u) + 1u;
			return data;
		}
	}
	return NULL;
}
