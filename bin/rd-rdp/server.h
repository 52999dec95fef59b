/*
 * server.h - rd-rdp's parent: who may connect, and what a client is given
 *
 * One process for each client; this one reads nothing that a client sends but
 * the proof of its password.
 */
#ifndef RD_RDP_SERVER_H
#define RD_RDP_SERVER_H

#include <stdbool.h>

#include "base/loop.h"
#include "control.h"
#include "guest/listen.h"
#include "guest/secrets.h"
#include "http/throttle.h"

enum {
	GUESTS = 64,        /* processes, whatever the options say */
	CLIENTS_MAX = 32,   /* of them let in, by default */
	PENDING_MAX = 16,   /* and still to prove who they are, */
	PENDING_SOURCE = 4, /* from one address */
	PROVE_US = 60000000,
	PEM_MAX = 65536, /* bytes of a certificate or key */
	CLIENT_FDS = 64, /* descriptors of a client's process */
};

/* What all processes know. */
struct config {
	const char *frames; /* addresses, of which these may be NULL: */
	const char *events, *video, *sound;
	bool view_only;   /* everybody */
	bool without_nla; /* TLS and a password sent whole will do */
	char cert[PEM_MAX], key[PEM_MAX];
};

struct server;

struct guest {
	struct server *server; /* NULL: a free place */
	struct loop_watch exit, control;
	struct loop_timer timer;
	pid_t pid;
	struct origin origin;
	bool proven, controls, failed;
};

struct server {
	struct loop loop;
	struct config config;
	struct secrets secrets;
	struct throttle throttle;
	struct listeners listeners;
	struct guest guests[GUESTS];
	unsigned int max; /* clients let in */
};

/* guests.c */
/* Serve a connection, whose descriptor is taken over. */
void guest_start(struct server *s, int fd, const struct origin *origin);
/* False when none from there is to be let in now. */
bool guest_allowed(struct server *s, const struct origin *origin);
void guests_end(struct server *s);

/* pem.c: ends the program when the file is of no use. */
void pem_load(const char *path, char out[PEM_MAX]);

#endif
