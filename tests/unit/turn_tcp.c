/* RFC 6062: connections to peers, without sockets and by a clock of our own. */
#include "turn_client.h"

#include "../alloc.h"

static int connected, connect_error;
static struct turn_connection *last;
static struct turn_client told_client;
static uint8_t told[TURN_REPLY];
static size_t told_len;
static struct stun news;

static int
fake_connect(void *arg, struct turn_connection *c)
{
	(void)arg;
	if (connect_error)
		return connect_error;
	last = c;
	c->fd = 7;
	connected++;
	return 0;
}

static void
fake_disconnect(void *arg, struct turn_connection *c)
{
	(void)arg;
	if (c->fd == 7)
		connected--;
	c->fd = -1;
}

static void
fake_tell(
    void *arg, const struct turn_client *c, const uint8_t *data, size_t len)
{
	(void)arg;
	told_client = *c;
	memcpy(told, data, len);
	told_len = len;
}

static struct turn_client
stream(uint16_t port)
{
	struct turn_client c = client(port);

	c.stream = true;
	return c;
}

static void
start_tcp(void)
{
	start();
	turn_close(&turn);
	turn.config.max_connections = 20;
	turn.config.connect = fake_connect;
	turn.config.disconnect = fake_disconnect;
	turn.config.tell = fake_tell;
	credentials_user(&turn.credentials, "alice wonder");
	credentials_user(&turn.credentials, "bob builder");
	if (turn_open(&turn))
		abort();
	connect_error = 0;
}

static void
end_tcp(void)
{
	end();
	is_int(connected, 0, "no connection is left");
	is_int(turn.nconnections, 0, "none is counted");
}

static int
allocate_tcp(const struct turn_client *c, uint16_t extra)
{
	begin(STUN_ALLOCATE);
	give(c);
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 6u << 24);
	if (extra)
		stun_put(&w, extra, "\0\0\0\0\0\0\0",
		    extra == STUN_A_RESERVATION_TOKEN ? 8
			: extra == STUN_A_EVEN_PORT   ? 1
						      : 0);
	put_auth();
	return give(c);
}

static int
ask_connect(const struct turn_client *c, const char *ip, uint16_t port)
{
	struct address peer = at(ip, port);

	begin(STUN_CONNECT);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, &peer);
	put_auth();
	return give(c);
}

static int
ask_bind(const struct turn_client *c, uint32_t number)
{
	begin(STUN_CONNECTION_BIND);
	stun_put_u32(&w, STUN_A_CONNECTION_ID, number);
	put_auth();
	return give(c);
}

/* The error that the client was told of, 0: success; its number. */
static int
told_error(uint32_t *number)
{
	struct rbuf v;
	unsigned int code;

	if (stun_decode(&news, told, told_len))
		return -1;
	*number = 0;
	if (stun_find(&news, STUN_A_CONNECTION_ID, &v))
		*number = rbuf_u32(&v);
	if (!stun_find(&news, STUN_A_ERROR_CODE, &v))
		return 0;
	code = rbuf_u32(&v);
	return (int)((code >> 8) * 100 + (code & 0xff));
}

static bool
accepted(const char *ip, uint16_t port)
{
	struct address peer = at(ip, port);
	struct turn_connection *c =
	    turn_accepted(&turn, now, &turn.allocs[0].relay[0], &peer);

	if (c) {
		c->fd = 7;
		connected++;
	}
	return c != NULL;
}

static void
test_allocate(void)
{
	struct turn_client c = stream(1), udp = client(2);

	start();
	is_int(allocate_tcp(&c, 0), 442, "off unless asked for");
	is_int(allocate(&c), 0, "a UDP relay");
	is_int(ask_connect(&c, "1.1.1.1", 80), 437, "connects nowhere");
	end();
	start_tcp();
	is_int(allocate_tcp(&udp, 0), 400, "not for a client by UDP");
	is_int(allocate_tcp(&c, STUN_A_EVEN_PORT), 400, "no even port");
	is_int(allocate_tcp(&c, STUN_A_RESERVATION_TOKEN), 400, "no token");
	is_int(allocate_tcp(&c, STUN_A_DONT_FRAGMENT), 400, "no fragments");
	is_int(allocate_tcp(&c, 0), 0, "a TCP relay");
	is_int(bind_channel(&c, 0x4000, "1.1.1.1", 80), 400, "no channels");
	is_int(permit(&c, "1.1.1.1"), 0, "permissions");
	c = stream(2);
	is_int(allocate(&c), 0, "a UDP relay beside it");
	is_int(ask_connect(&c, "1.1.1.1", 80), 437, "is no TCP relay");
	end_tcp();
}

static void
test_connect(void)
{
	struct turn_client c = stream(1), data = stream(2), other = stream(3);
	struct turn_client udp = client(4);
	uint32_t number;

	start_tcp();
	is_int(allocate_tcp(&c, 0), 0, "an allocation");
	is_int(ask_connect(&c, "1.1.1.1", 80), -1, "no answer yet");
	is_int(connected, 1, "but an attempt");
	is_int(ask_connect(&c, "1.1.1.1", 80), 446, "which is not made twice");
	turn_connected(&turn, now, last, true);
	is_int(told_error(&number), 0, "success");
	ok(news.integrity && told_client.address.port == 1,
	    "is told to the client, signed");
	is_int(ask_connect(&c, "1.1.1.1", 80), 446, "nor while it is there");
	begin(STUN_ALLOCATE);
	give(&data);
	is_int(ask_bind(&data, number ^ 0x10000), 400, "a wrong number");
	is_int(ask_bind(&data, number ^ 1), 400, "a wrong place");
	is_int(ask_bind(&data, number | 0xffff), 400, "no place");
	begin(STUN_ALLOCATE);
	give(&c);
	is_int(ask_bind(&c, number), 400, "not over the control connection");
	begin(STUN_ALLOCATE);
	give(&udp);
	is_int(ask_bind(&udp, number), 400, "not by UDP");
	user = "bob";
	password = "builder";
	begin(STUN_ALLOCATE);
	give(&other);
	is_int(ask_bind(&other, number), 441, "not by another user");
	ok(!bound, "nothing is bound yet");
	user = "alice";
	password = "wonder";
	begin(STUN_ALLOCATE);
	give(&data);
	is_int(ask_bind(&data, number), 0, "over a new connection");
	ok(bound == last && answer.integrity, "bound");
	is_int(ask_bind(&data, number), 400, "once");
	is_int(turn_deadline(&turn), turn.allocs[0].until_us, "for ever");
	turn_disconnected(&turn, last);
	is_int(connected, 0, "until one side ends");
	is_int(ask_connect(&c, "1.1.1.1", 80), 438,
	    "a nonce of another connection");
	begin(STUN_ALLOCATE);
	give(&c);
	is_int(ask_connect(&c, "1.1.1.1", 80), -1, "then it may again");
	turn_connected(&turn, now, last, false);
	is_int(told_error(&number), 447, "refused");
	is_int(connected, 0, "and closed");
	connect_error = -ENETUNREACH;
	is_int(ask_connect(&c, "1.1.1.1", 80), 447, "at once");
	is_int(turn.nconnections, 0, "nothing is counted");
	end_tcp();
}

static void
test_denied(void)
{
	static const char *const peers[] = { "127.0.0.1", "10.0.0.1",
		"169.254.169.254", "::1", "::ffff:127.0.0.1", "::127.0.0.1",
		"64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1" };
	struct turn_client c = stream(1);

	start_tcp();
	allocate_tcp(&c, 0);
	for (size_t i = 0; i < LEN(peers); i++) {
		is_int(ask_connect(&c, peers[i], 80), 403, "to %s", peers[i]);
		ok(!accepted(peers[i], 80), "from %s", peers[i]);
	}
	is_int(connected, 0, "nothing was tried");
	policy_open(&turn.policy, "10.0.0.1:80");
	is_int(ask_connect(&c, "10.0.0.1", 81), 403, "another port");
	is_int(ask_connect(&c, "10.0.0.1", 80), -1, "an open one");
	is_int(permit(&c, "10.0.0.1"), 0, "permitted");
	ok(!accepted("10.0.0.1", 81), "not from another port");
	ok(accepted("10.0.0.1", 80), "from the open one");
	turn.policy.nopen = 0;
	ok(!accepted("10.0.0.1", 80), "until it is closed");
	is_int(ask_connect(&c, "2606:4700::2", 80), 443, "another family");
	end_tcp();
}

static void
test_accept(void)
{
	struct turn_client c = stream(1), data = stream(2);
	struct address peer;
	struct rbuf v;
	uint32_t number;

	start_tcp();
	allocate_tcp(&c, 0);
	ok(!accepted("1.1.1.1", 5), "not permitted");
	permit(&c, "1.1.1.1");
	ok(accepted("1.1.1.1", 5), "permitted");
	is_int(told_error(&number), 0, "the client is told");
	is_int(news.type, STUN_CONNECTION_ATTEMPT | STUN_INDICATION, "so");
	ok(stun_find(&news, STUN_A_PEER_ADDRESS, &v) &&
		stun_address(&news, &v, &peer) && peer.port == 5,
	    "of whom");
	now += TURN_PERMISSION_US;
	ok(!accepted("1.1.1.1", 6), "no longer permitted");
	begin(STUN_ALLOCATE);
	give(&data);
	is_int(ask_bind(&data, number), 0, "but the first is there");
	end_tcp();
}

static void
test_timers(void)
{
	struct turn_client c = stream(1);
	uint32_t number;

	start_tcp();
	allocate_tcp(&c, 0);
	ask_connect(&c, "1.1.1.1", 80);
	is_int(turn_deadline(&turn), now + TURN_CONNECTION_US, "30 s");
	now += 7;
	ask_connect(&c, "1.1.1.1", 81);
	now += 20;
	turn_connected(&turn, now, last, true);
	now = turn_deadline(&turn) - 1;
	turn_expire(&turn, now);
	is_int(connected, 2, "to connect");
	turn_expire(&turn, ++now);
	is_int(told_error(&number), 447, "then the client is told");
	is_int(connected, 1, "and the attempt ends");
	told_len = 0;
	is_int(turn_deadline(&turn), now + 27, "30 s anew");
	now += 26;
	turn_expire(&turn, now);
	is_int(connected, 1, "to be bound");
	turn_expire(&turn, ++now);
	is_int(connected, 0, "then it ends too");
	is_int(told_len, 0, "and nobody is told");
	is_int(turn.nheap, 1, "the allocation stays");
	ask_connect(&c, "1.1.1.1", 80);
	turn_connected(&turn, now, last, true);
	now = turn.allocs[0].until_us;
	turn_expire(&turn, now);
	is_int(connected, 0, "its end is theirs");
	end_tcp();
}

static void
test_limits(void)
{
	struct turn_client c = stream(1);
	struct turn_connection *first;
	uint32_t number;

	start_tcp();
	allocate_tcp(&c, 0);
	for (uint16_t i = 1; i <= TURN_CONNECTIONS + 1; i++)
		is_int(ask_connect(&c, "1.1.1.1", i),
		    i <= TURN_CONNECTIONS ? -1 : 508, "connection %u", i);
	c = stream(2);
	allocate_tcp(&c, 0);
	for (uint16_t i = 1; i <= 5; i++)
		is_int(ask_connect(&c, "1.1.1.1", i),
		    i <= 20 - TURN_CONNECTIONS ? -1 : 508, "another's %u", i);
	first = last;
	turn_connected(&turn, now, last, true);
	told_error(&number);
	turn.config.max_bytes_s = 1000;
	is_int(turn_data(&turn, now, first, 250, true), now, "a burst");
	is_int(turn_data(&turn, now, first, 100, false), now + US / 10,
	    "then bandwidth counts, both ways");
	end_tcp();
}

static bool
first_lives(void)
{
	for (uint32_t i = 0; i < turn.nheap; i++)
		if (turn.heap[i] == 0)
			return true;
	return false;
}

/* Random operations; what is counted is what there is. */
static void
test_model(void)
{
	struct turn_connection *c;
	size_t n = 0, most = 0;
	uint32_t x = 5, number;

	start_tcp();
	for (int i = 0; i < 4000; i++) {
		struct turn_client who;
		uint16_t peer;

		x = x * 1664525 + 1013904223;
		who = stream((uint16_t)((x >> 8) % 3));
		peer = (uint16_t)((x >> 12) % 40 + 1);
		c = turn.nconnections ? &turn.connections[(x >> 12) % 20]
				      : NULL;
		begin(STUN_ALLOCATE);
		give(&who);
		switch (x >> 16 & 7) {
		case 0:
			allocate_tcp(&who, 0);
			permit(&who, "1.1.1.1");
			break;
		case 1:
			if ((x >> 20 & 7) == 0)
				refresh(&who, 0);
			break;
		case 2:
		case 3:
			connect_error = x >> 21 & 1 ? -EADDRINUSE : 0;
			ask_connect(&who, "1.1.1.1", peer);
			break;
		case 4:
			if (c && c->state == TURN_CONNECTING)
				turn_connected(&turn, now, c, x >> 21 & 1);
			break;
		case 5:
			if (c && c->state == TURN_PENDING) {
				who = stream(77);
				begin(STUN_ALLOCATE);
				give(&who);
				ask_bind(&who, c->number);
			} else if (c && c->state == TURN_BOUND)
				turn_disconnected(&turn, c);
			break;
		case 6:
			if (first_lives())
				accepted("1.1.1.1", peer);
			break;
		default:
			now += (int64_t)(x >> 20) * 10000;
			turn_expire(&turn, now);
		}
		n = 0;
		for (c = turn.connections; c < turn.connections + 20; c++)
			n += c->state != TURN_FREE;
		if (n != turn.nconnections || n != (size_t)connected)
			ok(false, "step %d: %zu there, %u counted, %d open", i,
			    n, turn.nconnections, connected);
		for (c = turn.oldest; c && c->newer; c = c->newer)
			if (c->until_us > c->newer->until_us)
				ok(false, "step %d: order", i);
		most = n > most ? n : most;
	}
	ok(most > 8, "4000 random steps, at most %zu at a time", most);
	told_error(&number);
	end_tcp();
}

static void
test_memory(void)
{
	int n = 0, err;

	start_tcp();
	do {
		turn_close(&turn);
		allocations = n++;
		err = turn_open(&turn);
		if (err)
			is_int(err, -ENOMEM, "memory runs out, time %d", n);
	} while (err);
	allocations = -1;
	ok(n > 4, "then it starts");
	end_tcp();
}

int
main(void)
{
	test_memory();
	test_allocate();
	test_connect();
	test_denied();
	test_accept();
	test_timers();
	test_limits();
	test_model();
	return done_testing();
}
