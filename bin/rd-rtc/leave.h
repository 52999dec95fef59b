/*
 * leave.h - the way out of all RTP and RTCP for one viewer
 */
#ifndef RD_RTC_LEAVE_H
#define RD_RTC_LEAVE_H

#include "send.h"

/*
 * The packet of stream of in d, ice_room()'s, is whole: stamp, encrypt, count
 * and let it go.
 */
void sender_leaves(struct sender *s, struct ice_datagram *d,
    const struct rtp_stream *of, int64_t now);

/* Padding is of use for a probe. */
bool sender_pads(const struct sender *s);

/* Report on what was sent, once a second at most. */
void sender_reports(struct sender *s, int64_t now);

/* Tell the viewer that no more will come. */
void sender_bye(struct sender *s);

#endif
