#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "load.h"
#include "stun/stun.h"

enum {
	MS = 1000000,
	SLOWEST_US = 200000,
	GIVE_UP_NS = 50 * MS, /* what is under way so long is lost */
	STAMP = 16,           /* bytes of data: client and time of sending */
	INDICATION = STUN_HEADER + 4 + 8 + 4,
};

struct run {
	struct load *l;
	struct batch out, in;
	uint64_t sent, arrived, relayed;
	uint32_t next;
	double owed; /* datagrams that are due */
	int64_t heard_ns, due_ns, ends_ns;
	uint32_t took[SLOWEST_US];
};

/* How many bytes come before the data on the way to and from the server. */
static size_t
header(const struct load *l)
{
	return l->direct ? 0 : l->indications ? INDICATION : 4;
}

static size_t
put_header(const struct load *l, uint8_t *out)
{
	struct wbuf w = wbuf_of(out, HEADROOM);
	struct sockaddr_storage ss = { 0 };
	struct address peer;
	uint8_t id[STUN_ID] = { 1 };
	size_t total;

	if (l->direct)
		return 0;
	if (!l->indications) {
		wbuf_u16(&w, CHANNEL);
		wbuf_u16(&w, (uint16_t)l->size);
		return wbuf_len(&w);
	}
	memcpy(&ss, &l->peer, sizeof(l->peer));
	address_of_sockaddr(&peer, &ss);
	stun_begin(&w, STUN_SEND | STUN_INDICATION, id);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, &peer);
	wbuf_u16(&w, STUN_A_DATA);
	wbuf_u16(&w, (uint16_t)l->size);
	total = wbuf_len(&w) + l->size - STUN_HEADER;
	out[2] = (uint8_t)(total >> 8);
	out[3] = (uint8_t)total;
	return wbuf_len(&w);
}

/* A burst of one client: as one run, or one after the other. */
static void
send_burst(struct run *r, uint32_t client)
{
	struct load *l = r->l;
	struct client *c = &l->clients[client];
	bool down = l->way == 'f';
	size_t before = down ? 0 : header(l), each = before + l->size;
	int64_t now = now_ns();

	for (uint32_t i = 0; i < l->burst; i++) {
		bool more = l->gso && i + 1 < l->burst;
		uint8_t *p = r->out.data[r->out.n] + (l->gso ? i * each : 0);

		if (!down)
			put_header(l, p);
		memcpy(p + before, &client, sizeof(client));
		memcpy(p + before + 8, &now, sizeof(now));
		if (more)
			continue;
		batch_add(&r->out, down ? NULL : &c->address,
		    down            ? &c->relay
			: l->direct ? &l->peer
				    : &l->server,
		    l->gso ? l->burst * each : each, each);
		if (r->out.n == BATCH)
			batch_send(&r->out, down ? l->peer_fd : l->fd);
	}
	r->sent += l->burst;
}

/* What came to a socket carries the data of the client that sent it. */
static const uint8_t *
data_of(const struct load *l, int fd, const uint8_t *datagram, size_t len)
{
	struct stun m;
	struct rbuf data = rbuf_of(datagram, len);

	if (fd == l->peer_fd || l->direct)
		return len < STAMP ? NULL : datagram;
	if (!l->indications)
		rbuf_u32(&data);
	else if (stun_decode(&m, datagram, len) ||
	    !stun_find(&m, STUN_A_DATA, &data))
		return NULL;
	return rbuf_left(&data) < STAMP ? NULL : data.p;
}

static void
arrive(struct run *r, int fd, const uint8_t *datagram, size_t len, int64_t now)
{
	const uint8_t *data = data_of(r->l, fd, datagram, len);
	uint32_t client;
	int64_t then;
	int64_t us;

	if (!data)
		return;
	memcpy(&client, data, sizeof(client));
	memcpy(&then, data + 8, sizeof(then));
	if (client >= r->l->nclients)
		return;
	us = (now - then) / 1000;
	r->took[us < 0 ? 0 : us < SLOWEST_US ? us : SLOWEST_US - 1]++;
	r->l->clients[client].credit++;
	r->arrived++;
	r->heard_ns = now;
}

/* What came to a socket; returns whether any did. */
static bool
receive(struct run *r, int fd, bool last)
{
	unsigned int n = batch_receive(&r->in, fd);
	int64_t now = now_ns();

	for (unsigned int i = 0; i < n; i++) {
		size_t len = r->in.m[i].msg_len, segment, left = len;
		uint32_t to;

		batch_told(&r->in, i, &to, &segment);
		r->relayed += (len + segment - 1) / segment;
		for (; last && left > segment; left -= segment)
			arrive(r, fd, r->in.data[i] + len - left, segment, now);
		if (last) {
			arrive(r, fd, r->in.data[i] + len - left, left, now);
			continue;
		}
		memcpy(r->out.data[r->out.n], r->in.data[i], len);
		batch_add(&r->out, NULL, &r->in.name[i], len, segment);
		if (r->out.n == BATCH)
			batch_send(&r->out, fd);
	}
	if (!last)
		batch_send(&r->out, fd);
	return n > 0;
}

static bool
receive_all(struct run *r)
{
	char way = r->l->way;
	bool any = receive(r, r->l->peer_fd, way == 't');

	return receive(r, r->l->fd, way != 't') || any;
}

/* So many bursts as are due, of one client after the other. */
static void
send_due(struct run *r, int64_t now)
{
	struct load *l = r->l;

	double tick_ns = (double)l->tick_us * 1e3;
	double burst_ns = l->burst * 1e9 / (double)l->rate;

	if (tick_ns < burst_ns)
		tick_ns = burst_ns;
	for (; r->due_ns <= now; r->due_ns += (int64_t)tick_ns) {
		r->owed += (double)l->rate * tick_ns / 1e9 + 1e-6;
		for (; r->owed >= l->burst; r->owed -= l->burst)
			send_burst(r, r->next++ % l->nclients);
	}
	batch_send(&r->out, l->way == 'f' ? l->peer_fd : l->fd);
}

static void
send_credit(struct run *r, int64_t now)
{
	struct load *l = r->l;
	bool renew = now - r->heard_ns > GIVE_UP_NS;

	for (uint32_t i = 0; i < l->nclients; i++) {
		struct client *c = &l->clients[i];

		if (renew)
			c->credit = l->window;
		for (; c->credit >= l->burst; c->credit -= l->burst)
			send_burst(r, i);
	}
	if (renew)
		r->heard_ns = now;
	batch_send(&r->out, l->way == 'f' ? l->peer_fd : l->fd);
}

static void
wait(const struct run *r, int64_t now)
{
	struct pollfd fds[] = { { .fd = r->l->fd, .events = POLLIN },
		{ .fd = r->l->peer_fd, .events = POLLIN } };
	int64_t until = r->l->rate ? r->due_ns : now + 10 * MS;
	struct timespec ts = { 0 };

	if (until > r->ends_ns)
		until = r->ends_ns;
	if (until > now)
		ts.tv_nsec = until - now;
	ppoll(fds, 2, &ts, NULL);
}

static void
run(struct run *r, long ms)
{
	struct load *l = r->l;
	int64_t now = now_ns();

	r->sent = r->arrived = r->relayed = 0;
	memset(r->took, 0, sizeof(r->took));
	r->due_ns = now;
	r->ends_ns = now + ms * MS;
	while ((now = now_ns()) < r->ends_ns) {
		if (l->rate)
			send_due(r, now);
		else
			send_credit(r, now);
		if (!receive_all(r))
			wait(r, now);
	}
}

static uint32_t
slower_than(const struct run *r, double share)
{
	uint64_t left = (uint64_t)((double)r->arrived * share);
	uint32_t us = 0;

	while (us < SLOWEST_US - 1 && left >= r->took[us])
		left -= r->took[us++];
	return us;
}

void
relay(struct load *l)
{
	struct run *r = calloc(1, sizeof(*r));
	struct cost before, after;
	double took_s;
	int64_t from;

	if (!r)
		die(EXIT_TEMP, 0, "no memory");
	r->l = l;
	batch_open(&r->out);
	batch_open(&r->in);
	for (uint32_t i = 0; i < l->nclients && !l->direct; i++) {
		client_allocate(l, &l->clients[i]);
		client_permit(l, &l->clients[i]);
	}
	run(r, 500); /* to warm up */
	before = cost_of(l->pid);
	from = now_ns();
	run(r, l->ms);
	took_s = (double)(now_ns() - from) / 1e9;
	after = cost_of(l->pid);
	printf("relayed_s %.0f\n", (double)r->relayed / took_s);
	printf("cpu_us_each %.3f\n",
	    (double)(after.cpu_ns - before.cpu_ns) / 1e3 / (double)r->relayed);
	printf("cpu_share %.3f\n",
	    (double)(after.cpu_ns - before.cpu_ns) / 1e9 / took_s);
	printf("lost %.5f\n",
	    r->sent > r->arrived
		? (double)(r->sent - r->arrived) / (double)r->sent
		: 0);
	printf("p50_us %u\np99_us %u\n", slower_than(r, 0.5),
	    slower_than(r, 0.99));
}
