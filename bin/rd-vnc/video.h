/*
 * video.h - the display as H.264, for a client that would rather have that
 *
 * Units are what rd-encode makes for everybody.  One that the client cannot
 * take yet stays where it is: then rd-encode leaves others out for it.
 */
#ifndef RD_VNC_VIDEO_H
#define RD_VNC_VIDEO_H

#include "link/link.h"
#include "packets/packets.h"

enum {
	VIDEO_WAIT_US = 1000000, /* for a key picture, without any other */
	VIDEO_LEAD_US = 1000000, /* from one saying that it leads to the next */
};

struct video;

struct video_ops {
	/*
	 * The next unit; of a key picture width and height are known.  False:
	 * not now, until video_resume().
	 */
	bool (*unit)(struct video *v, const struct packet *p);
	void (*late)(struct video *v); /* no key picture came in time */
	void (*gone)(struct video *v); /* nobody sends any: attach again */
};

struct video {
	/* Set by the caller. */
	void *arg;
	const struct video_ops *ops;
	struct loop *loop;

	struct link link;
	bool attached;
	uint16_t width, height; /* of the display, as of the last key picture */
	bool whole; /* the client has what the next unit refers to */
	bool fresh; /* it has no decoder for it yet */
	struct loop_timer wait;
	int64_t led_us;
};

/*
 * fd is taken over; bitrate is what the way to the client carries.  Negative
 * errno on failure.
 */
int video_attach(struct video *v, int fd, int64_t bitrate);
void video_close(struct video *v);

/* The client begins anew, with a key picture; also before one can come. */
void video_restart(struct video *v);
/* Units may be taken again. */
void video_resume(struct video *v);

/* Nothing of these while it is not attached. */
void video_key(struct video *v);
void video_bitrate(struct video *v, int64_t bitrate);
void video_lead(struct video *v); /* the client gives input */

#endif
