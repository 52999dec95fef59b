/*
 * media.h - packets of rd-packets(5) as RTP towards one viewer, and the
 * RTCP that comes back
 *
 * Video is kept for retransmission and leaves in bursts the network's
 * buffers can take; audio leaves at once.
 */
#ifndef RD_RTC_MEDIA_H
#define RD_RTC_MEDIA_H

#include <stdbool.h>

#include "base/loop.h"
#include "ice.h"
#include "packets/packets.h"
#include "rtp/history.h"
#include "rtp/rtp.h"
#include "sdp/sdp.h"
#include "seal.h"

#define MEDIA_CNAME "rd" /* RFC 3550 section 6.5.1; tells nothing */

/* Sums over the frames sent since the last media_stats_take(). */
struct media_stats {
	unsigned int frames, resent;
	uint64_t bytes;
	uint64_t encode_us; /* from capture to the access unit being there */
	uint64_t send_us;   /* from then until its last packet left */
	int64_t rtt_us;     /* the newest, or -1 */
};

struct media {
	void *arg;
	/* The viewer cannot go on without a key frame. */
	void (*key_wanted)(void *arg);
	/* An Opus packet of the viewer's, in whatever order it came. */
	void (*heard)(void *arg, uint32_t seq, const uint8_t *opus, size_t len);

	struct loop *loop;
	struct ice *ice;
	struct seal *seal;
	struct rtp_stream video, rtx, audio;
	struct history history;
	uint16_t next_seq; /* of the video packet to leave next */
	uint16_t transport_seq;
	int64_t left_us;    /* when the last video packet left */
	int64_t pli_us;     /* when the viewer last asked for a key frame */
	uint16_t heard_seq; /* of the last video packet the viewer has */
	uint8_t fir_seq;
	bool fir_seen;
	bool hears;         /* the viewer's sound was asked for */
	uint32_t sound_seq; /* of its newest packet, with those that wrapped */
	int64_t audio_us;   /* media time of the next 10 ms of sound */
	int64_t report_us;  /* when the last sender reports left */
	int64_t credit_us;  /* until when the budget of bytes is used up */
	int64_t done_us;    /* of the newest frame, 0 once it left */
	struct loop_timer pacer;
	struct media_stats stats;
};

/* Streams for what the offer takes.  -ENOMEM. */
int media_open(struct media *m, struct loop *loop, const struct sdp_offer *o);
void media_close(struct media *m);

/* The viewer is there and its keys are known; both are borrowed. */
void media_start(struct media *m, struct ice *ice, struct seal *seal);

/* Send an access unit or an Opus packet. */
void media_send(struct media *m, const struct packet *p);

/* An SRTP or SRTCP packet arrived; it is decrypted in place. */
void media_input(struct media *m, uint8_t *packet, size_t len);

/* Tell the viewer that no more will come. */
void media_bye(struct media *m);

struct media_stats media_stats_take(struct media *m);

#endif
