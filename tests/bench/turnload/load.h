/* load.h - what the parts of turnload share */
#ifndef TURNLOAD_LOAD_H
#define TURNLOAD_LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "turn/credentials.h"

enum {
	CLIENTS = 200000,
	SIZE = 1400,
	BURST = 32,
	BATCH = 64,
	NONCE_MAX = 256,
	CHANNEL = 0x4000,
	HEADROOM = 48, /* for what comes before the data */
};

struct client {
	struct sockaddr_in address, relay;
	uint32_t credit; /* datagrams it may have under way */
	size_t nonce_len;
	uint8_t nonce[NONCE_MAX];
};

struct load {
	enum { JOB_RELAY, JOB_ALLOCATE, JOB_FLOOD } job;
	bool gso, indications, direct;
	char way; /* t: to the peer, f: from it, b: there and back */
	uint32_t burst, nclients, window;
	long ms, tick_us, rate; /* rate 0: as fast as answers come */
	size_t size;
	int pid; /* the server's, to tell its costs; 0: unknown */

	struct sockaddr_in server, peer;
	int fd, peer_fd;
	struct client *clients;
	uint8_t key[CREDENTIAL_KEY];
};

/* client.c: what a client asks for; a refusal ends the program */
struct sockaddr_in at_loopback(uint32_t host, uint16_t port);
void load_open(struct load *l);
void client_allocate(struct load *l, struct client *c);
void client_permit(struct load *l, struct client *c);
void client_release(struct load *l, struct client *c);
/* An Allocate request that proves nothing; returns its length. */
size_t client_ask(uint8_t *out, size_t size);

/* batch.c: many datagrams by one system call */
struct batch {
	struct mmsghdr m[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_in name[BATCH];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][128];
	uint8_t (*data)[1 << 16];
	unsigned int n;
};
void batch_open(struct batch *b);
/* from: 0 the socket's own; segment: 0 one datagram. */
void batch_add(struct batch *b, const struct sockaddr_in *from,
    const struct sockaddr_in *to, size_t len, size_t segment);
void batch_send(struct batch *b, int fd);
unsigned int batch_receive(struct batch *b, int fd);
/* Where it was sent to, and how long each of its datagrams is. */
void batch_told(
    const struct batch *b, unsigned int i, uint32_t *to, size_t *segment);

/* cost.c: of the server */
struct cost {
	int64_t cpu_ns, rss;
};
struct cost cost_of(int pid);
int64_t now_ns(void);

/* The jobs. */
void relay(struct load *l);
void allocate_many(struct load *l);
void flood(struct load *l);

#endif
