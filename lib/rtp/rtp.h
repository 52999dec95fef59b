/*
 * rtp.h - RTP packets as a sender makes them
 *
 * RFC 3550 section 5.1 (header), RFC 8285 (header extensions), RFC 4588
 * (retransmission).  Caller's memory: no allocation, I/O, clock or randomness.
 *
 * A packet is made in place, so that the payload is written once:
 *
 *	n = rtp_begin(s, capture_us, pkt, size);
 *	len = h264_next(&units, pkt + n, size - n);
 *	rtp_commit(s, pkt, n + len, h264_is_last(&units));
 *
 * and just before it is protected and sent, each time it is sent:
 *
 *	rtp_stamp(pkt, n + len, s->ext, now_us, transport_seq++);
 */
#ifndef RTP_RTP_H
#define RTP_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rtp/dependency.h"

enum {
	RTP_MID_MAX = 16,    /* bytes a one-byte extension can carry */
	RTP_HEADER_MAX = 64, /* bytes rtp_begin() writes at most */
	RTP_RTX_HEADER = 2,  /* bytes by which rtp_rtx() lengthens a packet */
	RTP_VIDEO_HZ = 90000,
	RTP_OPUS_HZ = 48000, /* RFC 7587 section 4.1: whatever is coded */
};

/* The header extensions that are sent when negotiated, in rtp_ext_uri. */
enum rtp_ext {
	RTP_EXT_MID,           /* RFC 8843 section 15.2 */
	RTP_EXT_PLAYOUT_DELAY, /* min = max = 0: show frames as they come */
	RTP_EXT_SEND_TIME,     /* abs-send-time: seconds as 6.18 fixed point */
	RTP_EXT_TRANSPORT_SEQ, /* transport-wide-cc-01: u16 */
	RTP_EXT_CAPTURE_TIME,  /* abs-capture-time: NTP format, 64 bit */
	RTP_EXT_DEPENDENCY,    /* of pictures: dependency.h */
	RTP_EXT_COUNT,
};

extern const char *const rtp_ext_uri[RTP_EXT_COUNT];

/* The stream of one SSRC. */
struct rtp_stream {
	/* Set by the caller, random where RFC 3550 section 5.1 says so. */
	uint32_t ssrc;      /* random */
	uint16_t seq;       /* random; then of the next packet */
	uint32_t ts_offset; /* random; of clock_us time 0 */
	uint32_t clock_hz;
	uint8_t pt;
	uint8_t ext[RTP_EXT_COUNT]; /* ids 1..14, 0: not negotiated */
	char mid[RTP_MID_MAX + 1];

	/* For sender reports (RFC 3550 section 6.4.1); both wrap. */
	uint32_t packets, octets;
	uint32_t ts; /* of the newest packet */

	/* Of the picture that packets are made of; the caller's. */
	struct dependency picture;
	bool in_picture; /* one without the marker was the last */
};

/* The RTP timestamp of a time in microseconds. */
uint32_t rtp_timestamp(const struct rtp_stream *s, int64_t us);

/*
 * A time in microseconds in NTP format, 32.32 bit seconds.  RFC 3550 section
 * 6.4.1 lets a sender count from anywhere; all its streams count alike.
 */
uint64_t rtp_ntp(int64_t us);

/*
 * Write the header and extensions of s's next packet, of media captured at
 * capture_us, to pkt; when that was is told in the first packet of a time.
 * Returns their length; -ENOSPC when size is less.  Nothing is counted before
 * rtp_commit().
 */
ssize_t rtp_begin(
    const struct rtp_stream *s, int64_t capture_us, void *pkt, size_t size);

/* The packet begun is whole, of len bytes: set its marker and count it. */
void rtp_commit(struct rtp_stream *s, void *pkt, size_t len, bool marker);

/*
 * The newest packet of s, pkt, will never be sent: its number is free again
 * and it does not count.
 */
void rtp_revoke(struct rtp_stream *s, const void *pkt, size_t len);

/* Fill in the extensions that tell when a packet left.  ext: as of s. */
void rtp_stamp(void *pkt, size_t len, const uint8_t ext[RTP_EXT_COUNT],
    int64_t send_us, uint16_t transport_seq);

/*
 * Make the retransmission of pkt, a packet of another stream, in the stream
 * rtx, which uses its ssrc, seq and pt only, and count it.  Returns the
 * length, len + RTP_RTX_HEADER; -ENOSPC when size is less, -EBADMSG when
 * pkt is not RTP.
 */
ssize_t rtp_rtx(struct rtp_stream *rtx, const void *pkt, size_t len, void *out,
    size_t size);

struct rtp_header {
	bool marker;
	uint8_t pt;
	uint16_t seq;
	uint32_t ts, ssrc;
	const uint8_t *ext; /* one-byte extensions, borrowed; NULL: none */
	size_t ext_len;
};

/*
 * Read the header at the front of pkt.  Points *payload into pkt and returns
 * its length in bytes, CSRCs and padding left out.  -EBADMSG: not RTP.
 */
ssize_t rtp_decode(
    struct rtp_header *h, const uint8_t **payload, const void *pkt, size_t len);

/* The data of extension id and *len, borrowed; NULL when h has none. */
const uint8_t *rtp_ext_find(
    const struct rtp_header *h, uint8_t id, size_t *len);

#endif
