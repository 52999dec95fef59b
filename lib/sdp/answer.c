#include "sdp/sdp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "sdp/text.h"

const char *const sdp_feedback_names[SDP_FEEDBACK_NAMES] = {
	"nack",
	"nack pli",
	"ccm fir",
	"goog-remb",
	"transport-cc",
};

__attribute__((format(printf, 2, 3))) static void
put(struct wbuf *w, const char *fmt, ...)
{
	size_t left = (size_t)(w->end - w->p);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf((char *)w->p, left, fmt, ap);
	va_end(ap);
	/* The NUL needs room as well, and is overwritten by what follows. */
	if (n < 0 || (size_t)n >= left)
		w->bad = true;
	else
		w->p += n;
}

static void
put_fingerprint(struct wbuf *w, const uint8_t *hash)
{
	put(w, "a=fingerprint:sha-256");
	for (size_t i = 0; i < SDP_FINGERPRINT; i++)
		put(w, "%c%02X", i ? ':' : ' ', hash[i]);
	put(w, "\r\n");
}

static void
put_transport(struct wbuf *w, const struct sdp_local *us, bool candidates)
{
	put(w, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\n",
	    us->ufrag, us->pwd);
	put_fingerprint(w, us->fingerprint);
	put(w, "a=setup:active\r\n");
	for (size_t i = 0; candidates && i < us->ncandidates; i++)
		put(w, "a=%s\r\n", us->candidates[i]);
	if (candidates && us->gathered)
		put(w, "a=end-of-candidates\r\n");
}

/* What video and audio have in common. */
static void
put_stream(struct wbuf *w, const struct sdp_media *m, const char *codec,
    const char *fmtp)
{
	put(w, "a=%s\r\na=rtcp-mux\r\na=rtcp-rsize\r\n",
	    m->sends ? "sendrecv" : "sendonly");
	for (size_t i = 0; i < RTP_EXT_COUNT; i++)
		if (m->ext[i])
			put(w, "a=extmap:%u %s\r\n", m->ext[i], rtp_ext_uri[i]);
	put(w, "a=rtpmap:%u %s\r\n", m->pt, codec);
	if (*fmtp)
		put(w, "a=fmtp:%u %s\r\n", m->pt, fmtp);
	for (size_t i = 0; i < SDP_FEEDBACK_NAMES; i++)
		if (m->feedback & 1u << i)
			put(w, "a=rtcp-fb:%u %s\r\n", m->pt,
			    sdp_feedback_names[i]);
}

/* Streams of their own: a common one would make video wait for audio. */
static void
put_video(struct wbuf *w, const struct sdp_media *m, const struct sdp_local *us)
{
	put_stream(w, m, "H264/90000", m->fmtp);
	put(w, "a=msid:rd-video v\r\n");
	if (m->rtx_pt) {
		put(w, "a=rtpmap:%u rtx/90000\r\n", m->rtx_pt);
		put(w, "a=fmtp:%u apt=%u\r\n", m->rtx_pt, m->pt);
		put(w, "a=ssrc-group:FID %u %u\r\n", us->video_ssrc,
		    us->rtx_ssrc);
	}
	if (m->fec_pt) {
		put(w, "a=rtpmap:%u flexfec-03/90000\r\n", m->fec_pt);
		put(w, "a=fmtp:%u repair-window=10000000\r\n", m->fec_pt);
		put(w, "a=ssrc-group:FEC-FR %u %u\r\n", us->video_ssrc,
		    us->fec_ssrc);
	}
	put(w, "a=ssrc:%u cname:%s\r\n", us->video_ssrc, us->cname);
	if (m->rtx_pt)
		put(w, "a=ssrc:%u cname:%s\r\n", us->rtx_ssrc, us->cname);
	if (m->fec_pt)
		put(w, "a=ssrc:%u cname:%s\r\n", us->fec_ssrc, us->cname);
}

static void
put_audio(struct wbuf *w, const struct sdp_media *m, const struct sdp_local *us)
{
	put_stream(w, m, "opus/48000/2",
	    "minptime=10;stereo=1;sprop-stereo=1;useinbandfec=1");
	if (m->red_pt) {
		put(w, "a=rtpmap:%u red/48000/2\r\n", m->red_pt);
		put(w, "a=fmtp:%u %u/%u\r\n", m->red_pt, m->pt, m->pt);
	}
	put(w, "a=ptime:10\r\na=msid:rd-audio a\r\n");
	put(w, "a=ssrc:%u cname:%s\r\n", us->audio_ssrc, us->cname);
}

static void
put_application(struct wbuf *w, const struct sdp_media *m)
{
	if (strcmp(m->format, "webrtc-datachannel") == 0)
		put(w, "a=sctp-port:%u\r\n", m->sctp_port);
	else
		put(w, "a=sctpmap:%u webrtc-datachannel 65535\r\n",
		    m->sctp_port);
	put(w, "a=max-message-size:%u\r\n", SDP_MESSAGE_MAX);
}

static void
put_media(struct wbuf *w, const struct sdp_offer *o, size_t i,
    const struct sdp_local *us)
{
	const struct sdp_media *m = &o->media[i];

	put(w, "m=%s %u %s %s", m->type, m->kind == SDP_REFUSED ? 0 : 9,
	    m->proto, m->format);
	if (m->rtx_pt)
		put(w, " %u", m->rtx_pt);
	if (m->fec_pt)
		put(w, " %u", m->fec_pt);
	if (m->red_pt)
		put(w, " %u", m->red_pt);
	put(w, "\r\nc=IN IP4 0.0.0.0\r\n");
	if (*m->mid)
		put(w, "a=mid:%s\r\n", m->mid);
	if (m->kind == SDP_REFUSED) {
		put(w, "a=inactive\r\n");
		return;
	}
	put_transport(w, us, i == o->transport);
	if (m->kind == SDP_VIDEO)
		put_video(w, m, us);
	else if (m->kind == SDP_AUDIO)
		put_audio(w, m, us);
	else
		put_application(w, m);
}

/* The m-line with the transport comes first: RFC 8843 section 7.3.1. */
static void
put_bundle(struct wbuf *w, const struct sdp_offer *o)
{
	put(w, "a=group:BUNDLE %s", o->media[o->transport].mid);
	for (size_t i = 0; i < o->nmedia; i++)
		if (i != o->transport && o->media[i].kind != SDP_REFUSED)
			put(w, " %s", o->media[i].mid);
	put(w, "\r\n");
}

ssize_t
sdp_answer_encode(const struct sdp_offer *o, const struct sdp_local *us,
    char *out, size_t size)
{
	struct wbuf w = wbuf_of(out, size);

	put(&w, "v=0\r\no=- %llu %u IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
	    (unsigned long long)us->session, us->version);
	if (o->bundle)
		put_bundle(&w, o);
	for (size_t i = 0; i < o->nmedia; i++)
		put_media(&w, o, i, us);
	return w.bad ? -ENOSPC : (ssize_t)wbuf_len(&w);
}
