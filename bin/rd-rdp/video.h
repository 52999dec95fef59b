/*
 * video.h - H.264 of rd-encode, packet by packet, when one can be sent
 */
#ifndef RD_RDP_VIDEO_H
#define RD_RDP_VIDEO_H

#include "link/link.h"
#include "packets/packets.h"

struct video;

struct video_ops {
	/* May one be sent now?  If not, video_resume() is to follow. */
	bool (*wanted)(struct video *v);
	/* An access unit, the first of them a key picture. */
	void (*unit)(struct video *v, const struct packet *p);
	void (*gone)(struct video *v);
};

struct video {
	void *arg;
	const struct video_ops *ops;
	struct link link;
	bool attached;
	bool started; /* with a key picture */
};

/* fd is taken over; negative errno on failure. */
int video_attach(struct video *v, struct loop *loop, int fd,
    const struct video_ops *ops, void *arg);
void video_resume(struct video *v);
/* What comes next is to be a key picture. */
void video_restart(struct video *v);
void video_close(struct video *v);

#endif
