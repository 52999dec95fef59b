/*
 * sctp.h - data channels: SCTP over DTLS by usrsctp (RFC 8261, 8831, 8832)
 *
 * The viewer opens the channels.  Those labelled "events" and "motion" are
 * taken, anything else is ignored.  One association per process: usrsctp
 * has global state.
 */
#ifndef RD_RTC_SCTP_H
#define RD_RTC_SCTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCTP_MESSAGE_MAX = 1 << 20, /* as the answer's SDP says */
};

enum sctp_channel {
	SCTP_EVENTS,
	SCTP_MOTION,
	SCTP_CHANNELS,
};

struct sctp_ops {
	/* Send a packet through DTLS. */
	void (*send)(void *arg, const void *p, size_t len);
	/* The viewer opened a channel. */
	void (*opened)(void *arg, enum sctp_channel c);
	/* A whole message, borrowed. */
	void (*message)(
	    void *arg, enum sctp_channel c, const uint8_t *p, size_t len);
	/* The association is lost. */
	void (*down)(void *arg);
};

struct sctp;

/* Negative errno on failure. */
int sctp_open(
    struct sctp **out, uint16_t port, const struct sctp_ops *ops, void *arg);
/* The process must end soon: usrsctp keeps what it has. */
void sctp_close(struct sctp *s);

/* Begin the association: DTLS is up. */
int sctp_start(struct sctp *s);
/* A packet came out of DTLS. */
void sctp_input(struct sctp *s, const void *p, size_t len);

/*
 * Let time pass, given clock_us() time.  sctp_deadline() says when next:
 * soon while something is unacknowledged, else seldom.
 */
void sctp_tick(struct sctp *s, int64_t now_us);
int64_t sctp_deadline(const struct sctp *s);

/*
 * Send a message, not empty, on the events channel.  -ENOTCONN before it is
 * open, -ENOBUFS when too much is under way; then it is not sent.
 */
int sctp_send_event(struct sctp *s, const void *p, size_t len);

#endif
