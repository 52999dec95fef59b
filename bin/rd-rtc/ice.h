/*
 * ice.h - one ICE component by libnice: RFC 8445, RFC 8838, RFC 7675
 *
 * We are the answerer, so controlled: the viewer says which pair is used, and
 * may say otherwise at any time, by a check that it signed.  Sockets and
 * timers hang on GLib's default main context; all handlers are called from
 * there.
 */
#ifndef RD_RTC_ICE_H
#define RD_RTC_ICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ICE_REMOTE_MAX = 32, /* candidates taken from the viewer */
	ICE_BATCH = 16,      /* datagrams handed to the kernel at once */
	ICE_DATAGRAM = 1500,
};

struct ice_ops {
	/* A local candidate, "candidate:..."; "" when there are no more. */
	void (*candidate)(void *arg, const char *line);
	/* Datagrams can be sent, and have the viewer's consent (again). */
	void (*connected)(void *arg);
	/* After ice_restart(): they go another way from now on. */
	void (*moved)(void *arg);
	/*
	 * No pair works, or the viewer answered none of libnice's checks, which
	 * it makes every 5 s, for 50 s.
	 */
	void (*failed)(void *arg);
	void (*input)(void *arg, const uint8_t *p, size_t len);
};

enum ice_transport { ICE_UDP, ICE_TCP, ICE_TLS };

/*
 * A relay or reflexive-address server; strings borrowed until ice_open(),
 * which leaves out those by TLS.
 */
struct ice_server {
	bool turn;
	enum ice_transport transport;
	char host[256], user[512], password[256];
	uint16_t port;
};

struct ice;

/* ICE_DATAGRAM bytes each: what ice_room() gives and ice_flush() sends. */
struct ice_datagram {
	size_t len;
	uint8_t data[ICE_DATAGRAM];
};

/* NULL when libnice cannot make an agent. */
struct ice *ice_open(const struct ice_ops *ops, void *arg,
    const struct ice_server *servers, size_t nservers);
/* Runs GLib's main context, calling no handler, until relays are given back. */
void ice_close(struct ice *i);

/* Bind to UDP and TCP ports of this range only: before ice_start(). */
void ice_ports(struct ice *i, uint16_t first, uint16_t last);

/* Our credentials, valid until ice_restart() or ice_close(). */
const char *ice_ufrag(const struct ice *i);
const char *ice_password(const struct ice *i);

/* The viewer's credentials; then gathering and checks begin. */
int ice_start(struct ice *i, const char *ufrag, const char *password);
/*
 * The viewer's new ones, RFC 8445 section 9: we have new ones too and forget
 * its candidates, not our own; datagrams go as they went until it has
 * chosen a new pair.  -EIO when libnice will not.
 */
int ice_restart(struct ice *i, const char *ufrag, const char *password);
/* A candidate of the viewer; -EBADMSG malformed, -E2BIG one too many. */
int ice_remote_candidate(struct ice *i, const char *line);

/* A pair works, and failed() was not called since. */
bool ice_consents(const struct ice *i);
/* Nothing leaves while held. */
void ice_hold(struct ice *i, bool held);
/* The viewer may have moved: whichever pair it nominates next is followed. */
void ice_follow(struct ice *i);

/*
 * The next datagram to fill, left out if its len is 0; when ICE_BATCH are
 * waiting they are sent first. ice_flush() sends the rest.  What the socket
 * does not take is lost.
 */
struct ice_datagram *ice_room(struct ice *i);
void ice_flush(struct ice *i);

#endif
