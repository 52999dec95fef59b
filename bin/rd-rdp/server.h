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
#include "guest/guests.h"

enum { PEM_MAX = 65536 }; /* bytes of a certificate or key */

/* What all processes know. */
struct config {
	const char *frames; /* addresses, of which these may be NULL: */
	const char *events, *video, *sound;
	bool without_nla; /* TLS and a password sent whole will do */
	char cert[PEM_MAX], key[PEM_MAX];
};

struct server {
	struct loop loop;
	struct config config;
	struct guests guests;
};

/* guests.c: of clients; guests.arg is the server. */
extern const struct guest_ops client_ops;

/* pem.c: ends the program when the file is of no use. */
void pem_load(const char *path, char out[PEM_MAX]);

#endif
