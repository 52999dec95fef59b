/*
 * resend.h - video packets once more: those that got lost, or as padding
 */
#ifndef RD_RTC_RESEND_H
#define RD_RTC_RESEND_H

#include "send.h"

/*
 * A video packet was lost: send it again, unless it is gone, was sent again
 * less than rtt_us ago or is not needed.  It leaves with sender_flush() or
 * later. When so much was lost that it would take too long, it is skipped.
 */
void sender_resend(struct sender *s, uint16_t seq, int64_t rtt_us);

/* What left under a transport-wide number arrived; if not, likewise. */
void sender_told(struct sender *s, uint16_t transport_seq, bool arrived);

/* The lost packet's turn has come. */
void sender_lost(struct sender *s, uint16_t seq, int64_t now);

/* Let something leave as padding, or give the probe up. */
void sender_pad(struct sender *s, int64_t now);

#endif
