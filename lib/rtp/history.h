/*
 * history.h - the packets sent lately, for those that get lost
 *
 * RFC 4585 section 6.2.1.  Memory is allocated at open and touched only as
 * far as the stream's rate needs.
 */
#ifndef RTP_HISTORY_H
#define RTP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HISTORY_PACKETS = 4096,
	HISTORY_BYTES = 4 << 20,  /* 1.7 s at 20 Mbit/s */
	HISTORY_AGE_US = 2000000, /* later than that nobody waits for it */
};

struct history_slot;
struct history_copy;

struct history {
	struct history_slot *slots;
	struct history_copy *copies; /* by the numbers they left under */
	uint8_t *bytes;
	uint64_t head; /* bytes put so far */
	int64_t put_us;
};

/* -ENOMEM on failure. */
int history_open(struct history *h);
/* Nothing when it is closed or all zero. */
void history_close(struct history *h);

/* Keep a copy of the RTP packet pkt, sent at now_us; the oldest give way. */
void history_put(
    struct history *h, const void *pkt, size_t len, int64_t now_us);

/* Packet seq, borrowed until the next history_put(), and *len; or NULL. */
const uint8_t *history_find(const struct history *h, uint16_t seq, size_t *len);

/* Packet seq leaves under a transport-wide number, first or again. */
void history_left(struct history *h, uint16_t seq, uint16_t transport_seq);

/*
 * What left under transport_seq arrived, or did not.  True, with *seq, when it
 * was lost, and no other copy arrived or left since.
 */
bool history_told(
    struct history *h, uint16_t transport_seq, bool arrived, uint16_t *seq);

/* Packet seq was to be sent again, and no copy is known to have arrived. */
bool history_is_lost(const struct history *h, uint16_t seq);

/*
 * The packet to send again now_us, borrowed until the next history_put(),
 * and *len.  NULL when it is gone, would come too late, or was sent again less
 * than rtt_us ago: then that copy is still on its way.  0 for who knows that
 * it is not.
 */
const uint8_t *history_resend(struct history *h, uint16_t seq, int64_t now_us,
    int64_t rtt_us, size_t *len);

#endif
