#include "sctp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <usrsctp.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/loop.h"
#include "dtls/dtls.h"
#include "events/events.h"

enum {
	TICK_US = 10000, /* usrsctp's own unit */
	IDLE_TICK_US = 10000000,
	STREAMS = 16,
	COMMON_HEADER = 12, /* which usrsctp leaves out of the path's MTU */
	SEND_BUFFER = 2 * EVENT_MAX, /* clipboards are the largest */
};

/* RFC 8831 section 8 and RFC 8832 section 5. */
enum ppid {
	PPID_DCEP = 50,
	PPID_STRING = 51,
	PPID_BINARY = 53,
};

enum dcep {
	DCEP_ACK = 2,
	DCEP_OPEN = 3,
};

struct sctp {
	const struct sctp_ops *ops;
	void *arg;
	struct socket *socket;
	uint16_t port;
	int streams[SCTP_CHANNELS]; /* -1: not open */
	int64_t last_tick_us;
	bool busy;  /* its timers may be running */
	size_t len; /* of the message being assembled */
	bool too_long;
	uint8_t message[SCTP_MESSAGE_MAX];
};

/* What usrsctp calls us by: a name, never a pointer. */
static void *const address = (void *)1;
static struct sctp *self;

static int
on_output(void *addr, void *p, size_t len, uint8_t tos, uint8_t df)
{
	(void)addr;
	(void)tos;
	(void)df;
	if (self)
		self->ops->send(self->arg, p, len);
	return 0;
}

static int
send_on(struct sctp *s, int stream, enum ppid ppid, const void *p, size_t len)
{
	struct sctp_sndinfo info = { .snd_sid = (uint16_t)stream,
		.snd_ppid = htonl(ppid) };

	s->busy = true;
	if (usrsctp_sendv(s->socket, p, len, NULL, 0, &info, sizeof(info),
		SCTP_SENDV_SNDINFO, 0) < 0)
		return errno == EWOULDBLOCK ? -ENOBUFS : -ENOTCONN;
	return 0;
}

/* RFC 8832 section 5.1: DATA_CHANNEL_OPEN. */
static void
control(struct sctp *s, int stream, const uint8_t *p, size_t len)
{
	static const char *const labels[SCTP_CHANNELS] = {
		[SCTP_EVENTS] = "events",
		[SCTP_MOTION] = "motion",
	};
	static const uint8_t ack = DCEP_ACK;
	struct rbuf r = rbuf_of(p, len);
	uint8_t type = rbuf_u8(&r);
	size_t label_len;
	const uint8_t *label;

	rbuf_take(&r, 7); /* channel type, priority, reliability */
	label_len = rbuf_u16(&r);
	rbuf_u16(&r); /* length of the protocol's name */
	label = rbuf_take(&r, label_len);
	if (r.bad || type != DCEP_OPEN)
		return;
	for (int c = 0; c < SCTP_CHANNELS; c++)
		if (label_len == strlen(labels[c]) &&
		    memcmp(label, labels[c], label_len) == 0 &&
		    s->streams[c] == -1) {
			s->streams[c] = stream;
			send_on(s, stream, PPID_DCEP, &ack, sizeof(ack));
			s->ops->opened(s->arg, (enum sctp_channel)c);
			return;
		}
	log_info("ignored data channel '%.*s'",
	    (int)(label_len < 32 ? label_len : 32), (const char *)label);
}

static void
whole_message(struct sctp *s, const struct sctp_rcvinfo *info)
{
	uint32_t ppid = ntohl(info->rcv_ppid);

	if (ppid == PPID_DCEP) {
		control(s, info->rcv_sid, s->message, s->len);
		return;
	}
	if (ppid != PPID_STRING && ppid != PPID_BINARY)
		return;
	for (int c = 0; c < SCTP_CHANNELS; c++)
		if (s->streams[c] == info->rcv_sid)
			s->ops->message(
			    s->arg, (enum sctp_channel)c, s->message, s->len);
}

static void
notification(struct sctp *s, const union sctp_notification *n, size_t len)
{
	if (len < sizeof(n->sn_header) ||
	    n->sn_header.sn_type != SCTP_ASSOC_CHANGE ||
	    len < sizeof(n->sn_assoc_change))
		return;
	if (n->sn_assoc_change.sac_state == SCTP_COMM_LOST ||
	    n->sn_assoc_change.sac_state == SCTP_SHUTDOWN_COMP ||
	    n->sn_assoc_change.sac_state == SCTP_CANT_STR_ASSOC)
		s->ops->down(s->arg);
}

/* Large messages come in pieces; the last one has MSG_EOR. */
static int
on_receive(struct socket *socket, union sctp_sockstore from, void *data,
    size_t len, struct sctp_rcvinfo info, int flags, void *arg)
{
	struct sctp *s = arg;

	(void)socket;
	(void)from;
	if (!data)
		return 1;
	if (flags & MSG_NOTIFICATION) {
		notification(s, data, len);
	} else {
		if (len > sizeof(s->message) - s->len)
			s->too_long = true;
		if (!s->too_long) {
			memcpy(s->message + s->len, data, len);
			s->len += len;
		}
		if (flags & MSG_EOR) {
			if (s->too_long)
				log_warn("dropped a message over %d bytes",
				    SCTP_MESSAGE_MAX);
			else
				whole_message(s, &info);
			s->len = 0;
			s->too_long = false;
		}
	}
	free(data);
	return 1;
}

static bool
set_option(struct socket *socket, int level, int name, const void *value,
    socklen_t len)
{
	return usrsctp_setsockopt(socket, level, name, value, len) == 0;
}

static bool
configure(struct socket *k)
{
	static const int buffer = SEND_BUFFER, yes = 1;
	static const struct sctp_initmsg init = { .sinit_num_ostreams = STREAMS,
		.sinit_max_instreams = STREAMS };
	static const struct sctp_event change = { .se_assoc_id =
						      SCTP_FUTURE_ASSOC,
		.se_type = SCTP_ASSOC_CHANGE,
		.se_on = 1 };
	static const struct sctp_sack_info sack = { .sack_freq = 1 };

	return usrsctp_set_non_blocking(k, 1) == 0 &&
	    set_option(k, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)) &&
	    set_option(k, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)) &&
	    set_option(k, IPPROTO_SCTP, SCTP_NODELAY, &yes, sizeof(yes)) &&
	    set_option(k, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init)) &&
	    set_option(k, IPPROTO_SCTP, SCTP_EVENT, &change, sizeof(change)) &&
	    set_option(k, IPPROTO_SCTP, SCTP_DELAYED_SACK, &sack, sizeof(sack));
}

int
sctp_open(
    struct sctp **out, uint16_t port, const struct sctp_ops *ops, void *arg)
{
	struct sctp *s = malloc(sizeof(*s));

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->ops = ops;
	s->arg = arg;
	s->port = port;
	s->len = 0;
	s->too_long = false;
	for (int c = 0; c < SCTP_CHANNELS; c++)
		s->streams[c] = -1;
	s->last_tick_us = clock_us();
	s->busy = false;
	usrsctp_init_nothreads(0, on_output, NULL);
	usrsctp_sysctl_set_sctp_ecn_enable(0);
	usrsctp_register_address(address);
	self = s;
	s->socket = usrsctp_socket(
	    AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_receive, NULL, 0, s);
	if (!s->socket || !configure(s->socket)) {
		sctp_close(s);
		return -EIO;
	}
	*out = s;
	return 0;
}

void
sctp_close(struct sctp *s)
{
	if (!s)
		return;
	/*
	 * The socket ends with the process: usrsctp_close() of 0.9.5 frees
	 * one twice whose association still stands.
	 */
	self = NULL;
	free(s);
}

int
sctp_start(struct sctp *s)
{
	struct sockaddr_conn sc = { .sconn_family = AF_CONN,
		.sconn_port = htons(s->port),
		.sconn_addr = address };
	struct sctp_paddrparams path = { .spp_pathmtu =
					     DTLS_DATA_MAX - COMMON_HEADER,
		.spp_flags = SPP_PMTUD_DISABLE | SPP_HB_DISABLE };

	if (usrsctp_bind(s->socket, (struct sockaddr *)&sc, sizeof(sc)) ||
	    (usrsctp_connect(s->socket, (struct sockaddr *)&sc, sizeof(sc)) &&
		errno != EINPROGRESS))
		return -errno;
	/*
	 * A packet fits a DTLS datagram; whether the viewer is alive is for
	 * ICE to know.
	 */
	memcpy(&path.spp_address, &sc, sizeof(sc));
	if (!set_option(s->socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path,
		sizeof(path)))
		return -errno;
	s->busy = true;
	return 0;
}

/* Is anything unacknowledged, or the association still being made? */
static bool
is_busy(struct sctp *s)
{
	struct sctp_status status = { 0 };
	socklen_t len = sizeof(status);

	return usrsctp_getsockopt(
		   s->socket, IPPROTO_SCTP, SCTP_STATUS, &status, &len) ||
	    status.sstat_state != SCTP_ESTABLISHED || status.sstat_unackdata ||
	    status.sstat_penddata;
}

void
sctp_input(struct sctp *s, const void *p, size_t len)
{
	/* Timers count from what usrsctp believes is now. */
	sctp_tick(s, clock_us());
	usrsctp_conninput(address, p, len, 0);
	s->busy = is_busy(s);
}

void
sctp_tick(struct sctp *s, int64_t now_us)
{
	int64_t ticks = (now_us - s->last_tick_us) / TICK_US;

	if (ticks <= 0)
		return;
	s->last_tick_us += ticks * TICK_US;
	usrsctp_handle_timers((uint32_t)(ticks * TICK_US / 1000));
	s->busy = is_busy(s);
}

int64_t
sctp_deadline(const struct sctp *s)
{
	return s->last_tick_us + (s->busy ? TICK_US : IDLE_TICK_US);
}

int
sctp_send_event(struct sctp *s, const void *p, size_t len)
{
	if (s->streams[SCTP_EVENTS] == -1)
		return -ENOTCONN;
	sctp_tick(s, clock_us());
	return send_on(s, s->streams[SCTP_EVENTS], PPID_BINARY, p, len);
}
