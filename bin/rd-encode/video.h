/*
 * video.h - frames into packets of H.264 and of cursors
 *
 * Takes the newest frame when its readers have room for one, and encodes
 * nothing that did not change, except a key picture for a reader that needs
 * one and a few refinements after a motion.
 */
#ifndef ENCODE_VIDEO_H
#define ENCODE_VIDEO_H

#include "base/pace.h"
#include "convert.h"
#include "frames/frames.h"
#include "h264.h"
#include "packets/fanout.h"
#include "rate.h"
#include "recover.h"

enum {
	VIDEO_FPS_MAX = 240,
	VIDEO_SIZE_MIN = 2, /* pixels, either way */
	/* Key pictures are large: readers share them. */
	VIDEO_KEY_GAP_US = 500000,
};

enum video_line {
	VIDEO_CURSOR,
	VIDEO_POINTER,
	VIDEO_WINDOW,
	VIDEO_SIZE,
	VIDEO_LINES
};

struct video {
	struct loop *loop;
	struct frames_reader *in;
	struct fanout *out;
	bool lines; /* pass lines on */
	int fps;
	int64_t bitrate; /* bit/s, at most */
	struct picture_format format;

	int width, height; /* of the display */
	struct picture picture;
	struct h264 h264;
	struct rate rate;
	struct loop_timer timer;
	struct look look;   /* at what changed since the last packet */
	bool fresh;         /* there is a frame to take */
	bool renewed;       /* a newer one was asked for */
	bool last;          /* and no other will come */
	bool whole;         /* picture is one the display showed */
	struct pace pace;   /* of frames, by fps */
	int64_t capture_us; /* of the last packet; they increase */
	struct recover recover;
	int64_t kept_us; /* when a picture to go back to was last kept */
	char line[VIDEO_LINES][FRAMES_LINE_MAX]; /* last of each, to repeat */
	size_t line_len[VIDEO_LINES];
};

/* v->loop, in, out, lines, fps, bitrate, format and rate.mode are set. */
void video_init(struct video *v);
void video_close(struct video *v);

/* What happens at frames.h's reader; a negative errno is final. */
int video_geometry(struct video *v, const struct frames_geometry *g);
void video_frame(struct video *v);
void video_line(struct video *v, const char *line, size_t len);
/* Somebody waits for what comes next. */
void video_input(struct video *v);
/* No frame will come any more: what there is is encoded without delay. */
void video_end(struct video *v);
/* The picture is not to be relied on before the next frame. */
void video_lost(struct video *v);
/* Give the encoder's memory back, until the next geometry. */
void video_release(struct video *v);

/* What happens at fanout.h's readers; but for the first, in control.c. */
void video_ready(struct video *v);
void video_key_for(struct video *v, const struct fanout_reader *r);
void video_control(
    struct video *v, struct fanout_reader *r, const char *line, size_t len);

/* The mode of this name of len bytes, or RATE_MODES. */
enum rate_mode video_mode(const char *name, size_t len);

#endif
