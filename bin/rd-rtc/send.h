/*
 * send.h - RTP on its way to one viewer: kept for retransmission and paced
 *
 * Audio leaves at once, video at the pace of what the way was found to carry
 * (lib/bwe), and the encoder is told what rate it should keep to.  What is not
 * worth to wait for is left out: skip.h.
 */
#ifndef RD_RTC_SEND_H
#define RD_RTC_SEND_H

#include <stdbool.h>

#include "base/loop.h"
#include "bwe/bwe.h"
#include "bwe/pacer.h"
#include "ice.h"
#include "pictures.h"
#include "rtp/flexfec.h"
#include "rtp/history.h"
#include "rtp/rtp.h"
#include "sdp/sdp.h"
#include "seal.h"

#define SEND_CNAME "rd" /* RFC 3550 section 6.5.1; tells nothing */

enum {
	/* With SRTP's tag or as retransmission it still fits 1200 bytes. */
	SEND_PACKET_MAX = 1200 - SEAL_OVERHEAD - RTP_RTX_HEADER,
	/* And so does a repair packet for shorter ones. */
	SEND_REPAIR = 12 + FLEXFEC_HEADER,
};

/* The packets of a picture for which repair packets leave. */
struct repairs {
	uint16_t first, end; /* those not in a block that is done with */
	unsigned int left;   /* repair packets of the first block that left */
};

struct sender {
	/* Set by the caller. */
	void *arg;
	/* Video should take so many bit/s. */
	void (*rate)(void *arg, int64_t rate);
	/*
	 * The viewer misses pictures: only one that goes back behind this one
	 * can be shown next, or a key picture (NULL: nothing else).
	 */
	void (*behind)(void *arg, const uint32_t *missing);

	struct loop *loop;
	struct ice *ice;
	struct seal *seal;
	struct rtp_stream video, rtx, fec, audio; /* pt 0: not negotiated */
	struct history history;                   /* of video */
	struct bwe bwe;
	struct pacer pacer;
	struct repairs repairs;
	struct loop_timer pace_timer, bwe_timer;

	/* The caller's, by what the viewer reports. */
	double loss; /* share of video packets that do not arrive at first */
	double sound_loss;

	uint16_t transport_seq;
	uint16_t frame_seq; /* of the first packet of the picture that leaves */
	uint16_t pad_seq;   /* of the packet that padding repeated last */
	uint16_t needed_seq; /* what came before is not needed any more */
	int64_t key_us;      /* when the newest key frame came */
	/* What the newest picture that went back, or key frame, needs not. */
	uint16_t skip_from, skip_to;
	struct pictures pictures;
	bool waits;             /* to go on behind what is missing: skip.h */
	bool asked_again;       /* for a picture to go on with */
	uint32_t missing;       /* its name in the stream of packets, */
	uint16_t missing_first; /* and where it began */
	int64_t asked;          /* bit/s that video should take */
	int64_t left_us;        /* when the last video packet left */
	int64_t report_us;      /* when the last sender reports left */
	int64_t done_us;        /* of the newest frame, 0 once it left */
	uint64_t other[2];      /* bytes of all but video, in a second */
	int64_t other_us;

	/* Sums, for who reads them to reset. */
	uint64_t bytes, send_us; /* from a frame's done_us until it left */
	unsigned int resent, left_out;
};

/* Streams for what the offer takes.  -ENOMEM. */
int sender_open(struct sender *s, struct loop *loop, const struct sdp_offer *o);
void sender_close(struct sender *s);

/* The viewer is there and its keys are known; both are borrowed. */
void sender_start(struct sender *s, struct ice *ice, struct seal *seal);

/*
 * Packets of a frame, encoded at done_us, have been put in the history under
 * the video stream's numbers from first on: they are to leave.
 */
void sender_video(struct sender *s, uint16_t first, int64_t done_us);

/* How many packets of sound to repeat in each. */
unsigned int sender_redundancy(const struct sender *s);

/* Let an audio packet leave; d is sender_room()'s, with its len. */
void sender_audio(struct sender *s, struct ice_datagram *d);
struct ice_datagram *sender_room(struct sender *s);

/* Let leave what may. */
void sender_flush(struct sender *s);

/* Something was learnt about the way: s->bwe. */
void sender_learnt(struct sender *s);

#endif
