/*
 * media.h - packets of rd-packets(5) as RTP towards one viewer, and the
 * sound that comes from it
 */
#ifndef RD_RTC_MEDIA_H
#define RD_RTC_MEDIA_H

#include "feedback.h"
#include "packets/packets.h"
#include "rtp/red.h"
#include "send.h"

/* Sums over the frames sent since the last media_stats_take(). */
struct media_stats {
	unsigned int frames, left_out, nacks, resent;
	int32_t lost; /* packets, by what the viewer reported meanwhile */
	uint64_t bytes;
	uint64_t capture_us; /* until encoding began */
	uint64_t encode_us;  /* from then until the access unit was there */
	uint64_t send_us;    /* from then until its last packet left */
	int64_t rest_us;     /* longest from one frame to the next */
	int64_t rtt_us;      /* the newest, or -1 */
	int64_t bitrate;     /* bit/s that the way is thought to carry now */
	int64_t queue_us;    /* for which a picture waits now */
};

struct media {
	void *arg;
	/* An Opus packet of the viewer's, in whatever order it came. */
	void (*heard)(void *arg, uint32_t seq, const uint8_t *opus, size_t len);

	/* The callbacks of both and their arg are the caller's. */
	struct sender sender;
	struct feedback feedback;
	bool hears;         /* the viewer's sound was asked for */
	uint32_t sound_seq; /* of its newest packet, with those that wrapped */
	uint8_t red_pt;     /* 0: not negotiated */
	struct red red;
	int64_t audio_us; /* media time of the next 10 ms of sound */
	/* The next picture goes back to that one. */
	bool goes_back;
	uint32_t refers;
	unsigned int frames;
	uint64_t capture_us, encode_us;
	int64_t frame_us; /* when the last one came */
	int64_t rest_us;
};

/* Streams for what the offer takes.  -ENOMEM. */
int media_open(struct media *m, struct loop *loop, const struct sdp_offer *o);
void media_close(struct media *m);

/* The viewer is there and its keys are known; both are borrowed. */
void media_start(struct media *m, struct ice *ice, struct seal *seal);

/* The viewer is sent media, so that it reports: RFC 3550 section 6.2. */
bool media_reported(const struct media *m);
/* The last reports told of more video, or of all that left. */
bool media_arrives(const struct media *m);

/* The way to the viewer is another one now. */
void media_moved(struct media *m);

/* Send an access unit or an Opus packet. */
void media_send(struct media *m, const struct packet *p);

/* What may be SRTP or SRTCP arrived; decrypted in place.  False: it is not. */
bool media_input(struct media *m, uint8_t *packet, size_t len);

/* Tell the viewer that no more will come. */
void media_bye(struct media *m);

struct media_stats media_stats_take(struct media *m);

#endif
