/*
 * flow.h - what is under way to a viewer, and how much the way carries
 *
 * A byte stream hides its queues: what was written may wait in a pipe, in the
 * kernel, in a proxy.  So packets are acknowledged by the viewer itself, and
 * no picture is begun while an older one has been under way for longer than
 * the way takes and FLOW_QUEUE_US.
 *
 * The way works on a packet from when that was sent, or the one before had
 * come through, until it has come through itself, which is the time of flight
 * before its acknowledgement.  So it can be told how much the way carries,
 * also when it is not always at work.
 *
 * Pure: no I/O and no clock but now_us, any monotonic time in microseconds.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FLOW_MAX = 256,         /* packets under way */
	FLOW_QUEUE_US = 40000,  /* pictures may wait so long on the way */
	FLOW_STALL_US = 250000, /* and sound */
	FLOW_RTT_US = 30000000, /* the time of flight is the least of these */
	FLOW_LOOK_US = 500000,  /* how often the rate is thought over */
	FLOW_RATE_MIN = 100000, /* bit/s */
	FLOW_RATE_FREE = 100000000, /* from here on there is no limit */
};

struct flow_mark {
	uint32_t seq;
	size_t bytes;
	int64_t sent_us;
};

struct flow {
	struct flow_mark marks[FLOW_MAX]; /* the oldest at first */
	unsigned int first, count;
	int64_t rtt_us;      /* the newest; 0: none yet */
	int64_t least_us[2]; /* of this and the last FLOW_RTT_US; 0: none */
	int64_t least_since_us;
	int64_t acked_us; /* when the last one was */
	int64_t bitrate;  /* bit/s; 0: no limit */

	/* Since look_us. */
	int64_t look_us;
	int64_t carried_us;
	uint64_t carried; /* bytes */
	bool refused;     /* a picture had to wait */
};

/* A packet of bytes, numbered seq, was sent, which is to be acknowledged. */
void flow_sent(struct flow *f, int64_t now_us, uint32_t seq, size_t bytes);

/*
 * The viewer has seq and all before it.  True when f->bitrate has changed.
 * A seq that is not under way is nothing.
 */
bool flow_acked(struct flow *f, int64_t now_us, uint32_t seq);

/* A picture, or only sound, may be sent. */
bool flow_takes_video(struct flow *f, int64_t now_us);
bool flow_takes_audio(const struct flow *f, int64_t now_us);

/* For how long the oldest packet under way has been so; 0: there is none. */
int64_t flow_age_us(const struct flow *f, int64_t now_us);

#endif
