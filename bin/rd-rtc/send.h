/*
 * send.h - RTP on its way to one viewer: kept for retransmission, paced,
 * encrypted
 *
 * Video leaves in bursts the network's buffers can take; audio leaves at
 * once.
 */
#ifndef RD_RTC_SEND_H
#define RD_RTC_SEND_H

#include <stdbool.h>

#include "base/loop.h"
#include "ice.h"
#include "rtp/history.h"
#include "rtp/rtp.h"
#include "sdp/sdp.h"
#include "seal.h"

#define SEND_CNAME "rd" /* RFC 3550 section 6.5.1; tells nothing */

enum {
	/* With SRTP's tag or as retransmission it still fits 1200 bytes. */
	SEND_PACKET_MAX = 1200 - SEAL_OVERHEAD - RTP_RTX_HEADER,
};

struct sender {
	struct loop *loop;
	struct ice *ice;
	struct seal *seal;
	struct rtp_stream video, rtx, audio; /* pt 0: not negotiated */
	struct history history;              /* of video */

	double loss; /* share of video packets that do not arrive at first */
	uint16_t transport_seq;
	uint16_t next_seq; /* of the video packet to leave next */
	int64_t left_us;   /* when the last video packet left */
	int64_t report_us; /* when the last sender reports left */
	int64_t credit_us; /* until when the budget of bytes is used up */
	int64_t done_us;   /* of the newest frame, 0 once it left */
	struct loop_timer pacer;

	/* Sums, for who reads them to reset. */
	uint64_t bytes, send_us; /* from a frame's done_us until it left */
	unsigned int resent;
};

/* Streams for what the offer takes.  -ENOMEM. */
int sender_open(struct sender *s, struct loop *loop, const struct sdp_offer *o);
void sender_close(struct sender *s);

/* The viewer is there and its keys are known; both are borrowed. */
void sender_start(struct sender *s, struct ice *ice, struct seal *seal);

/*
 * Video packets of a frame, encoded at done_us, have been put in the history
 * under the stream's next numbers: they are to leave.
 */
void sender_video(struct sender *s, int64_t done_us);

/* Let an audio packet leave; d is sender_room()'s, with its len. */
void sender_audio(struct sender *s, struct ice_datagram *d);
struct ice_datagram *sender_room(struct sender *s);

/*
 * Send a video packet again that was lost, unless it is gone or was sent again
 * less than rtt_us ago.  It leaves with the next sender_flush().
 */
void sender_resend(struct sender *s, uint16_t seq, int64_t rtt_us);

/* What left under a transport-wide number arrived; if not, likewise. */
void sender_told(struct sender *s, uint16_t transport_seq, bool arrived);
void sender_flush(struct sender *s);

/* Tell the viewer that no more will come. */
void sender_bye(struct sender *s);

#endif
