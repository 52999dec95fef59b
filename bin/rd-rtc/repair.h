/*
 * repair.h - repair packets (lib/rtp/flexfec.h) behind each picture, on a way
 * too long or too bad to send again
 */
#ifndef RD_RTC_REPAIR_H
#define RD_RTC_REPAIR_H

#include "send.h"

/* Pictures get them. */
bool sender_needs_repairs(const struct sender *s);

/* Bytes that a video packet may have. */
size_t sender_video_max(const struct sender *s);

/*
 * The packets of a picture have left, from s->frame_seq up to end: its repair
 * packets are to leave, instead of those of the one before.
 */
void sender_protect(struct sender *s, uint16_t end);

/* Let the next of them leave. */
void sender_repair(struct sender *s, int64_t now);

#endif
