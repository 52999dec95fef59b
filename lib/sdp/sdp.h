/*
 * sdp.h - a viewer's offer and our answer to it
 *
 * RFC 8866 (SDP), RFC 8829 (as browsers use it), RFC 8843 (BUNDLE), RFC 8839
 * (ICE), RFC 8122 and RFC 8842 (DTLS), RFC 8841 (data channels), RFC 6184
 * section 8 (H.264), RFC 7587 section 6 (Opus), RFC 4588 section 8 (RTX).
 *
 * We send one video and one audio stream, may take the viewer's audio, and
 * have one SCTP association, all on one transport, and are always the DTLS
 * client.  Caller's memory, no allocation, no I/O.
 */
#ifndef SDP_SDP_H
#define SDP_SDP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rtp/rtp.h"

enum {
	SDP_MAX = 65536,         /* bytes of an offer */
	SDP_LINE_MAX = 4096,     /* bytes of a line of it */
	SDP_MEDIA_MAX = 16,      /* m-lines */
	SDP_CANDIDATES_MAX = 20, /* in an offer; more are ignored */
	SDP_ICE_MAX = 256,       /* characters: RFC 8839 section 5.4 */
	SDP_TEXT_MAX = 255,      /* characters of other strings that are kept */
	SDP_FINGERPRINT = 32,    /* SHA-256 */
	SDP_MESSAGE_MAX = 1 << 20, /* bytes of a data channel message to us */
};

enum sdp_kind {
	SDP_REFUSED, /* port 0 in the answer: not wanted, or not possible */
	SDP_VIDEO,
	SDP_AUDIO,
	SDP_APPLICATION,
};

/* Feedback the viewer can give: a=rtcp-fb. */
enum sdp_feedback {
	SDP_NACK = 1,
	SDP_PLI = 2,
	SDP_FIR = 4,
	SDP_REMB = 8,
	SDP_TRANSPORT_CC = 16,
};

struct sdp_media {
	enum sdp_kind kind;
	/* Of the m-line, for the answer. */
	char type[SDP_TEXT_MAX + 1], proto[SDP_TEXT_MAX + 1];
	char format[SDP_TEXT_MAX + 1]; /* the first, or the chosen one */
	char mid[SDP_TEXT_MAX + 1];    /* "" when there is none */

	/* SDP_VIDEO: H.264 in packetization-mode 1; SDP_AUDIO: Opus. */
	uint8_t pt;
	uint8_t rtx_pt;              /* 0: none */
	uint8_t red_pt;              /* of RFC 2198; 0: none */
	uint8_t fec_pt;              /* of flexfec-03; 0: none */
	bool sends;                  /* SDP_AUDIO: the viewer may, too */
	uint8_t ext[RTP_EXT_COUNT];  /* ids for struct rtp_stream */
	unsigned int feedback;       /* set of enum sdp_feedback */
	char fmtp[SDP_TEXT_MAX + 1]; /* what the viewer can take */

	/* SDP_APPLICATION */
	uint16_t sctp_port;
	uint32_t max_message; /* bytes to the viewer; 0: any number */
};

enum sdp_candidate_type {
	SDP_HOST,
	SDP_SRFLX,
	SDP_PRFLX,
	SDP_RELAY,
};

enum sdp_transport {
	SDP_UDP,
	SDP_TCP_ACTIVE,
	SDP_TCP_PASSIVE,
	SDP_TCP_SO,
};

/* RFC 8839 section 5.1, RFC 6544 section 4.5 */
struct sdp_candidate {
	char foundation[33];
	uint16_t component; /* 1..256 */
	enum sdp_transport transport;
	uint32_t priority;
	char address[SDP_TEXT_MAX + 1]; /* IPv4, IPv6, or a name if mdns */
	bool mdns; /* a name in .local, hidden by a browser */
	uint16_t port;
	enum sdp_candidate_type type;
	char related[INET6_ADDRSTRLEN]; /* raddr; "" when there is none */
	uint16_t related_port;
};

struct sdp_offer {
	char ufrag[SDP_ICE_MAX + 1], pwd[SDP_ICE_MAX + 1];
	uint8_t fingerprint[SDP_FINGERPRINT];
	bool trickle; /* more candidates may come */
	size_t nmedia;
	struct sdp_media media[SDP_MEDIA_MAX]; /* in the offer's order */
	bool bundle;                           /* mids are grouped */
	size_t transport; /* index of the m-line whose transport all use */
	size_t ncandidates;
	struct sdp_candidate
	    candidates[SDP_CANDIDATES_MAX]; /* of component 1 */

	/* After -EBADMSG: what is wrong, and in which line, or 0. */
	char reason[64];
	unsigned int line;
};

/*
 * Read an offer.  All m-lines but the first possible one of each kind come
 * out as SDP_REFUSED.  -EBADMSG, with o->reason, when it is malformed, over
 * one of the limits, or leaves us nothing to send or no way to do so: no
 * SHA-256 fingerprint or two that differ, no ICE credentials, the viewer
 * wants to be DTLS client itself, nothing we can send.
 */
int sdp_offer_decode(struct sdp_offer *o, const char *text, size_t len);

/* The one m-line of that kind that is not refused, or NULL. */
const struct sdp_media *sdp_offer_media(
    const struct sdp_offer *o, enum sdp_kind kind);

/*
 * Is now, a later offer of the viewer whose first one was was, the same but for
 * ICE credentials and candidates?
 */
bool sdp_offer_is_same(
    const struct sdp_offer *was, const struct sdp_offer *now);
/* Are the credentials new?  RFC 8839 section 4.4.1.1.1. */
bool sdp_offer_restarts(
    const struct sdp_offer *was, const struct sdp_offer *now);

/* What we are, for the answer.  All strings are of our own making. */
struct sdp_local {
	uint64_t session;     /* random, below 2^63: RFC 8829 section 5.2.1 */
	unsigned int version; /* of the answer: one more each time */
	const char *ufrag, *pwd, *cname;
	const uint8_t *fingerprint; /* SDP_FINGERPRINT bytes */
	uint32_t video_ssrc, rtx_ssrc, fec_ssrc, audio_ssrc;
	const char *const *candidates; /* "candidate:..." */
	size_t ncandidates;
	bool gathered; /* no candidates follow */
};

/*
 * Write our answer to o, which the caller may have narrowed (rtx_pt, fec_pt,
 * red_pt, sends, ext, feedback set to 0), as text and a NUL.  Returns its
 * length without the NUL, -ENOSPC when size is too small.
 */
ssize_t sdp_answer_encode(const struct sdp_offer *o, const struct sdp_local *us,
    char *out, size_t size);

/*
 * Read "candidate:..." (with or without "a=" before it).  Extension
 * attributes are skipped.  -EBADMSG when it is malformed or its address is a
 * name other than *.local: nothing may be looked up for a stranger.
 */
int sdp_candidate_decode(struct sdp_candidate *c, const char *text, size_t len);

/*
 * Write "candidate:..." and a NUL.  Returns its length without the NUL,
 * -ENOSPC when size is too small.
 */
ssize_t sdp_candidate_encode(
    const struct sdp_candidate *c, char *out, size_t size);

#endif
