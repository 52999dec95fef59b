#include <errno.h>
#include <linux/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/die.h"
#include "load.h"
#include "stun/stun.h"

enum {
	BUFFER = 8 << 20,
	FIRST_HOST = 0x7f100000, /* 127.16.0.0 */
	TRIES = 20,
	PATIENCE_MS = 500,
	UDP = 17,
};

static const char name[] = "bench", realm[] = "rd";

struct sockaddr_in
at_loopback(uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(host) };
}

static int
open_socket(uint32_t host, struct sockaddr_in *at, bool gro)
{
	int one = 1, bytes = BUFFER;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(*at);

	*at = at_loopback(host, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)at, len) ||
	    getsockname(fd, (struct sockaddr *)at, &len) ||
	    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)))
		die(EXIT_TEMP, errno, "cannot make a socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	if (gro && setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof(one)))
		die(EXIT_TEMP, errno, "cannot receive runs");
	return fd;
}

void
load_open(struct load *l)
{
	struct credentials c = { 0 };
	uint8_t keys[CREDENTIAL_SECRETS][CREDENTIAL_KEY];
	struct sockaddr_in own;

	credentials_user(&c, "bench bench");
	credentials_keys(&c, name, realm, 0, keys);
	memcpy(l->key, keys[0], sizeof(l->key));
	l->fd = open_socket(INADDR_ANY, &own, l->gso);
	l->peer_fd = open_socket(INADDR_LOOPBACK, &l->peer, l->gso);
	l->clients = calloc(l->nclients, sizeof(*l->clients));
	if (!l->clients)
		die(EXIT_TEMP, ENOMEM, "cannot have so many clients");
	for (uint32_t i = 0; i < l->nclients; i++)
		l->clients[i].address =
		    at_loopback(FIRST_HOST + i, ntohs(own.sin_port));
}

static struct wbuf
begin(uint8_t *out, size_t size, uint16_t type)
{
	struct wbuf w = wbuf_of(out, size);
	uint8_t id[STUN_ID];

	if (getrandom(id, sizeof(id), 0) != sizeof(id))
		die(EXIT_TEMP, errno, "no random numbers");
	stun_begin(&w, type, id);
	if (type == STUN_ALLOCATE)
		stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, UDP << 24);
	return w;
}

size_t
client_ask(uint8_t *out, size_t size)
{
	struct wbuf w = begin(out, size, STUN_ALLOCATE);

	return wbuf_len(&w);
}

/* Send until the answer comes, which is left in the batch. */
static struct stun
transact(struct load *l, struct client *c, const uint8_t *request, size_t len)
{
	static struct batch out, in;
	struct pollfd pfd = { .fd = l->fd, .events = POLLIN };

	if (!out.data) {
		batch_open(&out);
		batch_open(&in);
	}
	for (int i = 0; i < TRIES; i++) {
		struct stun m;

		memcpy(out.data[0], request, len);
		batch_add(&out, &c->address, &l->server, len, 0);
		batch_send(&out, l->fd);
		while (poll(&pfd, 1, PATIENCE_MS) > 0) {
			unsigned int n = batch_receive(&in, l->fd);

			for (unsigned int k = 0; k < n; k++)
				if (stun_decode(
					&m, in.data[k], in.m[k].msg_len) == 0 &&
				    memcmp(m.id, request + 8, STUN_ID) == 0)
					return m;
		}
	}
	die(EXIT_TEMP, 0, "the server does not answer");
}

static unsigned int
error_of(const struct stun *m)
{
	struct rbuf value;

	if (!stun_find(m, STUN_A_ERROR_CODE, &value))
		return 0;
	rbuf_u16(&value);
	return rbuf_u8(&value) * 100u + rbuf_u8(&value);
}

static void
keep_nonce(struct client *c, const struct stun *m)
{
	struct rbuf value;

	if (!stun_find(m, STUN_A_NONCE, &value) ||
	    rbuf_left(&value) > sizeof(c->nonce))
		return;
	c->nonce_len = rbuf_left(&value);
	memcpy(c->nonce, value.p, c->nonce_len);
}

/* Sign the request; an answer that is an error ends the program. */
static struct stun
ask(struct load *l, struct client *c, struct wbuf *w)
{
	struct stun m;
	unsigned int error;

	stun_put(w, STUN_A_USERNAME, name, strlen(name));
	stun_put(w, STUN_A_REALM, realm, strlen(realm));
	stun_put(w, STUN_A_NONCE, c->nonce, c->nonce_len);
	stun_sign(w, STUN_A_INTEGRITY, l->key, sizeof(l->key));
	m = transact(l, c, w->start, wbuf_len(w));
	if ((error = error_of(&m)))
		die(EXIT_TEMP, 0, "the server says %u", error);
	return m;
}

void
client_allocate(struct load *l, struct client *c)
{
	uint8_t out[1024];
	struct address relay;
	struct sockaddr_storage ss;
	struct rbuf value;
	struct stun m;
	struct wbuf w;

	m = transact(l, c, out, client_ask(out, sizeof(out)));
	keep_nonce(c, &m);
	w = begin(out, sizeof(out), STUN_ALLOCATE);
	m = ask(l, c, &w);
	if (!stun_find(&m, STUN_A_RELAYED_ADDRESS, &value) ||
	    !stun_address(&m, &value, &relay))
		die(EXIT_TEMP, 0, "the server names no relay");
	address_to_sockaddr(&relay, &ss);
	memcpy(&c->relay, &ss, sizeof(c->relay));
}

void
client_permit(struct load *l, struct client *c)
{
	uint8_t out[1024];
	struct sockaddr_storage ss = { 0 };
	struct address peer;
	struct wbuf w = begin(out, sizeof(out),
	    l->indications ? STUN_CREATE_PERMISSION : STUN_CHANNEL_BIND);

	memcpy(&ss, &l->peer, sizeof(l->peer));
	address_of_sockaddr(&peer, &ss);
	if (!l->indications)
		stun_put_u32(&w, STUN_A_CHANNEL_NUMBER, CHANNEL << 16);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, &peer);
	ask(l, c, &w);
}

void
client_release(struct load *l, struct client *c)
{
	uint8_t out[1024];
	struct wbuf w = begin(out, sizeof(out), STUN_REFRESH);

	stun_put_u32(&w, STUN_A_LIFETIME, 0);
	ask(l, c, &w);
}
