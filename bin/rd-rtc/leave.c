#include "leave.h"

#include "rtp/rtcp.h"

enum { REPORT_US = 1000000 };

bool
sender_pads(const struct sender *s)
{
	return s->bwe.probe.sending && s->rtx.pt && s->left_us;
}

void
sender_leaves(struct sender *s, struct ice_datagram *d,
    const struct rtp_stream *of, int64_t now)
{
	bool told = of->ext[RTP_EXT_TRANSPORT_SEQ], waited;

	rtp_stamp(d->data, d->len, of->ext, now, s->transport_seq);
	if (seal_rtp(s->seal, d->data, &d->len))
		d->len = 0;
	s->bytes += d->len;
	waited = pacer_sent(&s->pacer, now, bwe_pace(&s->bwe),
	    (unsigned int)d->len + BWE_OVERHEAD, sender_pads(s));
	if (told)
		bwe_sent(&s->bwe, now, s->transport_seq++, (unsigned int)d->len,
		    waited);
}

static struct wbuf
begin_rtcp(struct ice_datagram *d)
{
	return wbuf_of(d->data, sizeof(d->data) - SEAL_OVERHEAD);
}

static void
leave_rtcp(struct sender *s, struct ice_datagram *d, const struct wbuf *w)
{
	d->len = wbuf_len(w);
	if (seal_rtcp(s->seal, d->data, &d->len))
		d->len = 0;
}

/* RFC 3550 section 6.2, but never while there is nothing to report. */
void
sender_reports(struct sender *s, int64_t now)
{
	const struct rtp_stream *const streams[] = { &s->video, &s->audio };

	if (now - s->report_us < REPORT_US)
		return;
	s->report_us = now;
	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		struct ice_datagram *d;
		struct wbuf w;

		if (!streams[i]->packets)
			continue;
		d = ice_room(s->ice);
		w = begin_rtcp(d);
		rtcp_sr_encode(&w, streams[i], now);
		rtcp_sdes_encode(&w, streams[i]->ssrc, SEND_CNAME);
		leave_rtcp(s, d, &w);
	}
}

void
sender_bye(struct sender *s)
{
	struct ice_datagram *d;
	struct wbuf w;

	if (!s->seal || !s->video.packets)
		return;
	d = ice_room(s->ice);
	w = begin_rtcp(d);
	rtcp_sr_encode(&w, &s->video, clock_us());
	rtcp_bye_encode(&w, s->video.ssrc);
	leave_rtcp(s, d, &w);
	ice_flush(s->ice);
}
