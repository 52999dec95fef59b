/*
 * viewer.h - one viewer at the other end of a byte stream
 *
 * To it go packets of rd-packets(5), numbered by us; from it come its
 * events, and lines of rd-stream(1).
 */
#ifndef RD_STREAM_VIEWER_H
#define RD_STREAM_VIEWER_H

#include "flow/flow.h"
#include "viewer/channels.h"
#include "viewer/mic.h"
#include "viewer/sources.h"

struct viewer {
	/* Set by the caller. */
	struct loop *loop;
	struct link *out;
	/* It is over: an exit status, and text for people. */
	void (*over)(int status, const char *why);
	struct sources sources;
	struct channels channels;
	struct mic mic;

	struct flow flow;
	struct loop_timer beat;
	bool stirred; /* something happened since the last beat */
	int64_t heard_us;
	uint32_t seq;
	int64_t asked_us; /* when sound last was to be acknowledged */

	/* Since the last stats. */
	unsigned int frames;
	uint64_t bytes, capture_us, encode_us;
	int64_t rest_us; /* longest from one frame to the next */
	int64_t sent_us; /* when the last one was sent */

	uint8_t packet[PACKET_HEADER + PACKET_MAX];
};

enum {
	/* What may wait for the stream: a picture begun, and a few events. */
	VIEWER_OUT = PACKET_HEADER + PACKET_MAX + 2 * EVENT_MAX,
	VIEWER_MESSAGE_MAX = 2 * CHANNEL_PIECE,
	VIEWER_IN = VIEWER_MESSAGE_MAX + 16, /* with its length */
	/* It is asked whether it is there while something happens, or not. */
	VIEWER_BEAT_US = 1000000,
	VIEWER_REST_US = 7000000,
	/* It is gone when it says nothing for so long, */
	VIEWER_GONE_US = 4000000,
	/* or talks but acknowledges nothing: a long picture takes its time. */
	VIEWER_STALL_US = 20000000,
};

/* Connect to all; negative errno, and the address that failed in *addr. */
int viewer_open(struct viewer *v, const char **addr);
void viewer_close(struct viewer *v);

/* Once there is a stream to it: what the viewer may do. */
void viewer_greet(struct viewer *v);

/* What the viewer sent: bytes taken; -EBADMSG when they are no message. */
ssize_t viewer_input(struct viewer *v, const uint8_t *p, size_t len);

/* The stream has taken all it was given. */
void viewer_drained(struct viewer *v);

#endif
