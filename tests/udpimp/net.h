/*
 * net.h - a made-up network in made-up time, for congestion control
 *
 * Flows of media, each with lib/bwe's estimate and pacer and an encoder that
 * does as told, and a TCP, share one bottleneck with a drop-tail queue.  What
 * happens depends on the seed only.
 */
#ifndef TESTS_SIM_NET_H
#define TESTS_SIM_NET_H

#include "bwe/bwe.h"
#include "bwe/pacer.h"
#include "lane.h"

enum {
	NET_FLOWS = 4,
	NET_FLIGHT = 4096, /* packets on the way, either direction */
	NET_FEEDBACKS = 64,
	NET_TOLD = 512, /* packets in one feedback */
};

struct net_packet {
	int flow;    /* NET_FLOWS: the TCP */
	bool answer; /* feedback or acknowledgement, number seq */
	uint16_t seq;
	unsigned int bytes;
	int64_t at_us;
};

struct net_pipe {
	struct lane lane;
	struct net_packet flight[NET_FLIGHT];
	unsigned int first, flying;
};

struct net_feedback {
	int64_t at_us;
	unsigned int count;
	struct {
		uint16_t seq;
		bool received;
		int64_t at_us;
	} told[NET_TOLD];
};

struct net_flow {
	struct bwe bwe;
	struct pacer pacer;
	bool on;
	bool back;          /* from where the others go to */
	int64_t most;       /* bit/s of its encoder */
	double share;       /* of what it is allowed that it uses */
	uint16_t seq, next; /* of RTP, of transport */
	unsigned int sizes[1 << 16];
	int64_t frame_us;
	int64_t sent_bytes, got_bytes; /* for who reads them to reset */
	unsigned int late;             /* pictures left out */
	int64_t held_us; /* the longest a picture waited in the pacer */
	bool blind;      /* feedback gets lost */

	/* The viewer. */
	int64_t arrived_us[1 << 16]; /* by transport number; 0: not yet */
	uint16_t told, newest;
	bool any;
	int64_t feedback_us, skew_us;
	struct net_feedback feedbacks[NET_FEEDBACKS];
	unsigned int feedback, feedbacks_left;
};

struct net_tcp {
	bool on;
	double window, threshold; /* packets */
	int flight;
	uint16_t seq, expected, recover;
	int64_t got_bytes;
};

struct net {
	int64_t now_us;
	uint64_t seed;
	struct net_pipe there, back;
	struct net_flow flows[NET_FLOWS];
	struct net_tcp tcp;
	/* Of media, since they were last reset. */
	unsigned int waits[1000]; /* how many ms they waited, how often */
};

/* What the way there carries, or back. */
void net_rate(struct net_pipe *p, int64_t rate);

/* A bottleneck of rate bit/s; delay one way, as without a queue. */
struct net *net_new(
    uint64_t seed, int64_t rate, int64_t delay_us, int64_t queue_us);

/* Flow i begins, with start bit/s; its encoder makes at most so many. */
void net_flow(struct net *n, int i, int64_t start, int64_t most);
void net_run(struct net *n, int64_t us);

/* Per mille of what waited did so at most as long: ms.  They are reset. */
unsigned int net_wait(struct net *n, unsigned int mille);

/* Bit/s that flow i got over us since this was last asked. */
int64_t net_got(struct net *n, int i, int64_t us);

#endif
