/*
 * h264.h - H.264 access units as RTP payloads
 *
 * RFC 6184, packetization-mode 1: single NAL unit packets (section 5.6),
 * STAP-A (5.7.1) and FU-A (5.8).  Borrowed input, no allocation.
 */
#ifndef RTP_H264_H
#define RTP_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct h264_units {
	const uint8_t *nal, *nal_end; /* what is left of the present NAL unit */
	const uint8_t *end;           /* of the access unit */
	uint8_t fu;                   /* header of the NAL unit in fragments */
};

/*
 * Begin an access unit in Annex B form, which must stay until the last
 * payload is made.  Access unit delimiters, SEI, filler and end-of-stream
 * NAL units are left out: a viewer has no use for them.
 */
void h264_begin(struct h264_units *u, const void *au, size_t len);

/*
 * Write the next payload, at most size bytes, to out: as many whole NAL
 * units as fit, else one fragment.  Returns its length, 0 after the last
 * one, -ENOSPC when size < 3.
 */
ssize_t h264_next(struct h264_units *u, void *out, size_t size);

/* True when no payload follows: the packet of the last one has the marker. */
bool h264_is_last(const struct h264_units *u);

#endif
