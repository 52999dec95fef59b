/*
 * server.h - rd-vnc's parent: who may connect, and what a client is given
 *
 * One process for each client; this one reads nothing that a client sends.
 */
#ifndef RD_VNC_SERVER_H
#define RD_VNC_SERVER_H

#include <openssl/ssl.h>

#include "base/loop.h"
#include "control.h"
#include "guest/guests.h"
#include "rfb/server.h"
#include "rfb/vncauth.h"

/* What all processes know. */
struct config {
	const char *frames; /* addresses, of which these may be NULL: */
	const char *events, *sound, *video;
	char name[RFB_TITLE_MAX + 1];
	bool long_password; /* of more than VNCAUTH_PASSWORD bytes */
	bool unsafe;        /* VncAuth without encryption from anywhere */
	SSL_CTX *anonymous, *certified; /* certified may be NULL */
};

/* The process that encodes for several clients: tiles.h. */
struct share {
	pid_t pid; /* 0: there is none */
	struct loop_watch exit;
	struct loop_timer again; /* to start it */
	int control, memory;
};

struct server {
	struct loop loop;
	struct config config;
	struct guests guests;
	struct share share;
	bool exclusive; /* who asks not to share ends the others */
	bool single;    /* ends with its only client */
};

/* guests.c: of clients; guests.arg is the server. */
extern const struct guest_ops client_ops;

/* share.c */
/* A client was let in or left. */
void share_update(struct server *s);
/* One that was let in while there are others. */
void share_with(struct guest *g);

/* response.c */
/* What a response to a challenge proves: 1 to control, 0 to view, -1 nothing.
 */
int response_check(const struct secrets *s,
    const uint8_t challenge[RFB_CHALLENGE],
    const uint8_t response[RFB_CHALLENGE]);

/* tls.c */
SSL_CTX *tls_anonymous(void);
/* Ends the program when the files are of no use. */
SSL_CTX *tls_certified(const char *cert, const char *key);

#endif
