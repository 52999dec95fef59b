/*
 * rtcp.h - what a sender says and hears by RTCP
 *
 * RFC 3550 section 6, RFC 4585 (NACK, PLI), RFC 5104 (FIR), RFC 5506
 * (reduced size), draft-alvestrand-rmcat-remb-03, and
 * draft-holmer-rmcat-transport-wide-cc-extensions-01.  Plain RTCP: SRTCP is
 * the caller's.  Caller's memory, no allocation.
 */
#ifndef RTP_RTCP_H
#define RTP_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "rtp/rtp.h"

/*
 * Compound packets are written piece after piece to w, whose bad tells that
 * it was too small.  The first piece is a sender report.
 */
void rtcp_sr_encode(struct wbuf *w, const struct rtp_stream *s, int64_t now_us);
/* cname: at most 255 bytes. */
void rtcp_sdes_encode(struct wbuf *w, uint32_t ssrc, const char *cname);
void rtcp_bye_encode(struct wbuf *w, uint32_t ssrc);

enum rtcp_kind {
	RTCP_REPORT,       /* report: of our stream ssrc */
	RTCP_NACK,         /* seq: one lost packet of ssrc */
	RTCP_PLI,          /* ssrc needs a key frame */
	RTCP_FIR,          /* the same; once per fir_seq, repeats are equal */
	RTCP_REMB,         /* bitrate */
	RTCP_TRANSPORT_CC, /* cc: to be read by rtcp_cc_next() */
	RTCP_BYE,          /* sender left */
};

struct rtcp_report {
	uint8_t fraction_lost; /* of 256, since the last report */
	int32_t lost;         /* packets since the beginning; may be negative */
	uint32_t highest_seq; /* extended by the count of wraps */
	uint32_t jitter;      /* in units of the stream's clock */
	uint32_t lsr, dlsr;   /* see rtcp_rtt_us() */
};

/* Arrival of packets by their transport-wide sequence number. */
struct rtcp_cc {
	uint16_t base_seq;
	uint16_t count;   /* of packets told about, received or not */
	uint8_t feedback; /* running number of this message */
	int64_t base_us;  /* reference time: of the receiver's own clock,
	                     0 <= base_us < 2^24 * 64000, then it wraps */

	/* Where rtcp_cc_next() stands. */
	struct rbuf chunks, deltas;
	uint16_t left, run, chunk;
	int64_t at_us;
	uint16_t seq;
};

struct rtcp_message {
	enum rtcp_kind kind;
	uint32_t sender; /* who says it */
	uint32_t ssrc;   /* about whom: REPORT, NACK, PLI, FIR */
	union {
		struct rtcp_report report;
		uint16_t seq;
		uint8_t fir_seq;
		uint64_t bitrate; /* bit/s */
		struct rtcp_cc cc;
	};
};

struct rtcp_reader {
	struct rbuf packets;
	struct rbuf items; /* of the present packet, not read yet */
	uint16_t type;     /* of the present packet */
	uint32_t sender, media;
	uint16_t nack_seq; /* with a mask of it and the 16 after it */
	uint32_t nack_mask;
};

/* Begin to read one datagram, which must stay meanwhile. */
void rtcp_begin(struct rtcp_reader *r, const void *p, size_t len);

/*
 * The next thing said: 1, or 0 after the last one.  -EBADMSG, once and for
 * all, when what follows is malformed.  Types that are not in rtcp_kind are
 * skipped.
 */
int rtcp_next(struct rtcp_reader *r, struct rtcp_message *m);

struct rtcp_arrival {
	uint16_t seq;
	bool received;
	int64_t at_us; /* when received: in the clock of base_us, may pass it */
};

/*
 * The next packet that cc tells about, in order of sequence numbers.  False
 * after cc->count of them: up to 65535 from a datagram of any size.
 */
bool rtcp_cc_next(struct rtcp_cc *cc, struct rtcp_arrival *a);

/*
 * Round trip time by a report that arrives at now_us, in the clock given to
 * rtcp_sr_encode() (RFC 3550 section 6.4.1).  -1 when the viewer had no
 * sender report yet.
 */
int64_t rtcp_rtt_us(const struct rtcp_report *report, int64_t now_us);

#endif
