/*
 * turn.h - a TURN server without sockets (RFC 8656)
 *
 * Bytes and time in, bytes and deadline out; the caller's two functions bind
 * and close relay sockets.  Memory is taken by turn_open() alone, and a page
 * of it is touched when its allocation first is.  Nothing is kept of a
 * source before it proved, by a nonce of ours, that it receives our answers.
 * Times are clock_us()'s.
 */
#ifndef TURN_TURN_H
#define TURN_TURN_H

#include "stun/stun.h"
#include "turn/credentials.h"
#include "turn/limit.h"
#include "turn/nonce.h"
#include "turn/policy.h"
#include "turn/ports.h"
#include "turn/quota.h"

enum {
	TURN_PERMISSIONS = 48, /* of one allocation */
	TURN_CHANNELS = 48,
	TURN_REALM = 64, /* with NUL */
	TURN_LIFETIME_S = 600,
	TURN_LIFETIME_MAX_S = 3600,
	TURN_PERMISSION_US = 300 * 1000000,
	TURN_CHANNEL_US = 600 * 1000000,
	TURN_REPLY = 512,
	/* Room that a peer's datagram needs before and behind it. */
	TURN_BEFORE = 48,
	TURN_BEHIND = 4,
};

/* Who talks to us: the 5-tuple. */
struct turn_client {
	struct address address;
	uint32_t link; /* which listening socket, or which connection */
	bool stream;   /* TCP or TLS */
};

struct turn_alloc;

struct turn_relay {
	struct address address; /* ours; family ADDRESS_NONE: there is none */
	struct turn_alloc *alloc;
	int fd; /* the caller's */
};

struct turn_permission {
	uint8_t ip[16];
	int64_t until_us;
	uint16_t family;
};

struct turn_channel {
	struct address peer;
	uint16_t number;
	int64_t until_us;
};

struct turn_alloc {
	struct turn_client client;
	struct turn_relay relay[2]; /* IPv4, IPv6 */
	uint32_t npermissions, nchannels;
	int64_t until_us, full_us; /* ends; its share of bandwidth is whole */
	uint32_t heap_at, next;
	uint64_t user, user_quota, source_quota;
	uint8_t id[STUN_ID], key[CREDENTIAL_KEY];
	struct turn_channel channels[TURN_CHANNELS];
	struct turn_permission permissions[TURN_PERMISSIONS];
};

struct turn_config {
	char realm[TURN_REALM];
	struct address relay[2];  /* where relays are; family NONE: none */
	struct address public[2]; /* what clients are told instead, if any */
	struct address other[2];  /* who takes what we do not, if anybody */
	uint16_t first_port, last_port;
	uint32_t max, max_user, max_source; /* allocations */
	uint32_t max_bytes_s;               /* each allocation's; 0: any */
	bool can_dont_fragment;             /* the caller's sockets */
	/* Bind r->address and set r->fd.  0, -EADDRINUSE: try another port. */
	int (*open)(void *arg, struct turn_relay *r);
	void (*close)(void *arg, struct turn_relay *r);
	void *arg;
};

struct turn_stats {
	uint64_t allocated, expired, refused, unauthorized, unanswered;
	uint64_t to_peers, from_peers, bytes_to_peers, bytes_from_peers;
	uint64_t not_permitted, over_rate;
};

struct turn {
	struct turn_config config;
	struct policy policy;
	struct credentials credentials;
	int64_t unix_s; /* kept up to date by the caller */
	bool draining;  /* no new allocations */
	struct turn_stats stats;

	struct turn_alloc *allocs;
	uint32_t *buckets, *heap; /* by client; soonest end first */
	uint32_t nbuckets, nheap, nfresh, unused;
	struct ports ports;
	struct quota quota;
	struct limit limit;
	uint64_t seed, data_id;
	uint8_t nonce_key[NONCE_KEY];
	uint8_t reply[TURN_REPLY];
};

enum turn_verdict {
	TURN_DROP,
	TURN_ANSWER,  /* send data to the client */
	TURN_FORWARD, /* send data from relay to peer */
};

struct turn_result {
	const uint8_t *data; /* of the input or of struct turn */
	size_t len;
	struct turn_relay *relay;
	struct address peer;
	bool dont_fragment;
};

/*
 * Start with t->config, policy and credentials filled in.  0, -ENOMEM, or
 * another negative errno when there are no random numbers.
 */
int turn_open(struct turn *t);
/* Closes all relays, forgets all secrets. */
void turn_close(struct turn *t);

/* One datagram, or one message of a stream, from a client. */
enum turn_verdict turn_input(struct turn *t, int64_t now_us,
    const struct turn_client *client, const uint8_t *data, size_t len,
    struct turn_result *result);

/*
 * A datagram came from a peer.  There is room around it, TURN_BEFORE and
 * TURN_BEHIND: *data and *len become what is to be sent to the client of the
 * relay's allocation.  False: nothing is to be sent.
 */
bool turn_from_peer(struct turn *t, int64_t now_us, struct turn_relay *r,
    const struct address *peer, uint8_t **data, size_t *len);

/* The length of the message a stream begins with; 0: it cannot go on. */
size_t turn_message_length(const uint8_t header[static 4]);

/* True once the client has an allocation. */
bool turn_knows(const struct turn *t, const struct turn_client *client);
/* Its connection has ended. */
void turn_gone(struct turn *t, const struct turn_client *client);

/* When turn_expire() has something to do; INT64_MAX: never. */
int64_t turn_deadline(const struct turn *t);
void turn_expire(struct turn *t, int64_t now_us);

#endif
