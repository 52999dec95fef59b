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
#include "guest/listen.h"
#include "guest/secrets.h"
#include "http/throttle.h"
#include "rfb/server.h"
#include "rfb/vncauth.h"

enum {
	GUESTS = 128,         /* processes, whatever the options say */
	CLIENTS_MAX = 32,     /* of them let in, by default */
	PENDING_MAX = 32,     /* and still to prove who they are: */
	PENDING_MANY = 16,    /* from here on half are turned away */
	PENDING_SOURCE = 8,   /* from one address */
	CHOOSE_US = 10000000, /* to choose how to prove it, */
	PROVE_US = 60000000,  /* and for somebody to type a password */
	CLIENT_FDS = 32,      /* descriptors of a client's process */
};

/* What all processes know. */
struct config {
	const char *frames; /* addresses, of which these may be NULL: */
	const char *events, *sound, *video;
	char name[RFB_TITLE_MAX + 1];
	bool view_only;     /* everybody */
	bool long_password; /* of more than VNCAUTH_PASSWORD bytes */
	bool unsafe;        /* VncAuth without encryption from anywhere */
	SSL_CTX *anonymous, *certified; /* certified may be NULL */
};

struct server;

struct guest {
	struct server *server; /* NULL: a free place */
	struct loop_watch exit, control;
	struct loop_timer timer;
	pid_t pid;
	struct origin origin;
	uint8_t challenge[RFB_CHALLENGE];
	bool proven, controls, failed;
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
	struct secrets secrets;
	struct throttle throttle;
	struct listeners listeners;
	struct guest guests[GUESTS];
	struct share share;
	unsigned int max; /* clients let in */
	bool exclusive;   /* who asks not to share ends the others */
	bool single;      /* ends with its only client */
};

/* guests.c */
/* Serve a connection, whose descriptors are taken over. */
void guest_start(
    struct server *s, int rfd, int wfd, const struct origin *origin);
/* False when none from there is to be let in now. */
bool guest_allowed(struct server *s, const struct origin *origin);
void guests_end(struct server *s);
/*
 * In a new process: only fds stay, which are numbered anew, and limit more
 * may be opened; nobody's secrets are there.
 */
void guest_confine(
    struct server *s, int *fds, int n, unsigned int limit, pid_t parent);

/* share.c */
/* A client was let in or left. */
void share_update(struct server *s);
/* One that was let in while there are others. */
void share_with(struct guest *g);
void share_end(struct server *s);

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
