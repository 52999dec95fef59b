/*
 * turn.h - a TURN server without sockets (RFC 8656, RFC 6062)
 *
 * Bytes and time in, bytes and deadline out; the caller's functions bind,
 * connect and close the sockets of relays.  Memory is taken by turn_open()
 * alone, and a page of it is touched when its allocation first is.  Nothing is
 * kept of a source before it proved, by a nonce of ours, that it receives our
 * answers. Times are clock_us()'s.
 */
#ifndef TURN_TURN_H
#define TURN_TURN_H

#include "stun/stun.h"
#include "turn/credentials.h"
#include "turn/nonce.h"
#include "turn/policy.h"
#include "turn/shared.h"

enum {
	TURN_PERMISSIONS = 48, /* of one allocation */
	TURN_CHANNELS = 48,
	/* With NUL: 3 times the shortest Allocate must hold a challenge. */
	TURN_REALM = 29,
	TURN_LIFETIME_S = 600,
	TURN_LIFETIME_MAX_S = 3600,
	TURN_PERMISSION_US = 300 * 1000000,
	TURN_CHANNEL_US = 600 * 1000000,
	TURN_CONNECTIONS = 16,         /* to peers, of one allocation */
	TURN_CONNECTIONS_ALL = 65536,  /* max_connections is at most this */
	TURN_CONNECTION_US = 30000000, /* to connect; to be bound */
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

enum turn_connection_state {
	TURN_FREE,
	TURN_CONNECTING,
	TURN_PENDING, /* there, but the client has not bound one to it */
	TURN_BOUND,
};

/* To a peer by TCP. */
struct turn_connection {
	struct turn_alloc *alloc;
	struct address peer;
	int fd;     /* the caller's */
	void *user; /* the caller's; NULL at first */

	enum turn_connection_state state; /* ours, all of this */
	uint32_t number;
	int64_t until_us; /* 0: as long as the allocation */
	struct turn_connection *next, *older, *newer;
	uint8_t request[STUN_ID];
	bool sha256;
};

struct turn_alloc {
	struct turn_client client;
	struct turn_relay relay[2]; /* IPv4, IPv6 */
	uint32_t npermissions, nchannels;
	int64_t until_us, full_us; /* ends; its share of bandwidth is whole */
	uint32_t heap_at, next;
	uint64_t user, user_quota, source_quota;
	struct turn_connection *connections;
	uint32_t nconnections;
	bool tcp; /* relays listen for connections: no datagrams */
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
	uint32_t max_connections; /* to peers by TCP; 0: by UDP only */
	/*
	 * Bind r->address, listen if r->alloc->tcp, and set r->fd.  0,
	 * -EADDRINUSE: try another port.
	 */
	int (*open)(void *arg, struct turn_relay *r);
	void (*close)(void *arg, struct turn_relay *r);
	/*
	 * Of TCP, so needed if max_connections: begin to connect to c->peer
	 * from c's relay, 0 or negative errno, and call turn_connected() later;
	 * close c and what is bound to it; send bytes to a client.
	 */
	int (*connect)(void *arg, struct turn_connection *c);
	void (*disconnect)(void *arg, struct turn_connection *c);
	void (*tell)(void *arg, const struct turn_client *client,
	    const uint8_t *data, size_t len);
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
	struct shared *shared; /* NULL: turn_open() makes it */

	struct turn_alloc *allocs;
	uint32_t *buckets, *heap; /* by client; soonest end first */
	uint32_t nbuckets, nheap, nfresh, unused;
	struct turn_connection *connections, *free_connections;
	struct turn_connection *oldest, *newest; /* of those with an end */
	uint32_t nconnections;
	uint64_t data_id;
	uint8_t nonce_key[NONCE_KEY];
	uint8_t reply[TURN_REPLY];
};

enum turn_verdict {
	TURN_DROP,
	TURN_ANSWER,  /* send data to the client */
	TURN_FORWARD, /* send data from relay to peer */
	TURN_BIND,    /* answer; then bytes go from it to connection and back */
};

struct turn_result {
	const uint8_t *data; /* of the input or of struct turn */
	size_t len;
	struct turn_relay *relay;
	struct address peer;
	bool dont_fragment;
	struct turn_connection *connection;
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

/*
 * A connection to a peer has been made, or not; then it is closed before this
 * returns.
 */
void turn_connected(
    struct turn *t, int64_t now_us, struct turn_connection *c, bool success);
/* One came to a relay; NULL: it is to be closed. */
struct turn_connection *turn_accepted(struct turn *t, int64_t now_us,
    struct turn_relay *r, const struct address *peer);
/* Bytes went over it.  Returns when more may: within bandwidth, now_us. */
int64_t turn_data(struct turn *t, int64_t now_us, struct turn_connection *c,
    size_t len, bool to_peer);
/* One of both sides has ended: it is closed before this returns. */
void turn_disconnected(struct turn *t, struct turn_connection *c);

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
