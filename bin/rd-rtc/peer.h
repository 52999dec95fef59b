/*
 * peer.h - one viewer: from its offer to the end of its connection
 *
 * Order of things, each only after the one before: the offer's answer; ICE
 * has a pair the viewer consents to; DTLS has proven the viewer's
 * fingerprint; media, data channels and input.
 */
#ifndef RD_RTC_PEER_H
#define RD_RTC_PEER_H

#include "answer.h"
#include "dtls/dtls.h"
#include "halve.h"
#include "ice.h"
#include "media.h"
#include "presence.h"
#include "sctp.h"
#include "servers.h"
#include "viewer/channels.h"
#include "viewer/mic.h"
#include "viewer/sources.h"

enum {
	PEER_CONNECT_US = 30000000, /* from the offer to the media */
};

struct peer {
	/* Set by the caller. */
	void *arg;
	/* A signalling line for the viewer, with newline. */
	void (*tell)(void *arg, const char *line);
	/* It is over: an exit status, and text for people. */
	void (*over)(void *arg, int status, const char *why);
	struct loop *loop;
	struct ice_server servers[SERVERS_MAX];
	size_t nservers;
	uint16_t first_port, last_port; /* to bind to; 0: any */
	struct sources sources;
	struct channels channels;
	struct mic mic;

	struct ice *ice;
	struct dtls *dtls;
	struct seal *seal;
	struct sctp *sctp;
	struct media media;
	struct halve halve;
	struct answer answer;
	struct presence presence;
	bool found, up, ended;
	struct loop_timer protocol_timer, connect_timer;
};

/*
 * Make what does not depend on the offer, and does not work in a sandbox.
 * Negative errno on failure.
 */
int peer_open(struct peer *p);

/* The viewer's signalling line, without newline.  -EBADMSG: not one. */
int peer_signal(struct peer *p, const char *line, size_t len);
/* Say goodbye and release everything. */
void peer_close(struct peer *p);

#endif
