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
#include "http/throttle.h"

enum {
	PASSWORD_MAX = 255, /* bytes */
	LISTENERS = 8,
	GUESTS = 64,        /* processes, whatever the options say */
	CLIENTS_MAX = 32,   /* of them let in, by default */
	PENDING_MAX = 16,   /* and still to prove who they are, */
	PENDING_SOURCE = 4, /* from one address */
	PROVE_US = 60000000,
	SOURCE_MAX = 8,
	PEM_MAX = 65536, /* bytes of a certificate or key */
	CLIENT_FDS = 64, /* descriptors of a client's process */
};

/* What all processes know. */
struct config {
	const char *frames; /* addresses, of which these may be NULL: */
	const char *events, *video;
	bool view_only;   /* everybody */
	bool without_nla; /* TLS and a password sent whole will do */
	char cert[PEM_MAX], key[PEM_MAX];
};

struct secrets {
	char control[PASSWORD_MAX + 1], view[PASSWORD_MAX + 1];
};

struct server;

struct listener {
	struct loop_watch watch;
	struct server *server;
};

/* Where a connection comes from. */
struct origin {
	uint8_t source[SOURCE_MAX];
	size_t source_len;
	char text[64]; /* for people */
};

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
	struct listener listeners[LISTENERS];
	size_t nlisteners;
	struct guest guests[GUESTS];
	unsigned int max; /* clients let in */
};

/* listen.c: ends the program when it can not. */
void listen_at(struct server *s, const char *text);
void unlisten(struct server *s);

/* guests.c */
/* Serve a connection, whose descriptor is taken over. */
void guest_start(struct server *s, int fd, const struct origin *origin);
/* False when none from there is to be let in now. */
bool guest_allowed(struct server *s, const struct origin *origin);
void guests_end(struct server *s);

/* secrets.c: end the program when the files are of no use. */
void secrets_load(struct secrets *s, const char *path);
void secrets_pem(const char *path, char out[PEM_MAX]);
/* -1: neither; 0: to view; 1: to control. */
int secrets_check(const struct secrets *s, const char *password, size_t len);

#endif
