#include "turn_client.h"

static bool
send_to(const struct turn_client *c, const char *ip, uint16_t port)
{
	struct address peer = at(ip, port);
	struct turn_result r;

	begin(STUN_SEND | STUN_INDICATION);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, &peer);
	stun_put(&w, STUN_A_DATA, "hello", 5);
	return turn_input(&turn, now, c, request, wbuf_len(&w), &r) ==
	    TURN_FORWARD &&
	    r.len == 5 && memcmp(r.data, "hello", 5) == 0 &&
	    address_same(&r.peer, &peer);
}

static bool
send_channel(const struct turn_client *c, uint16_t number)
{
	struct turn_result r;

	w = wbuf_of(request, sizeof(request));
	wbuf_u16(&w, number);
	wbuf_u16(&w, 5);
	wbuf_put(&w, "hello", 5);
	return turn_input(&turn, now, c, request, wbuf_len(&w), &r) ==
	    TURN_FORWARD &&
	    r.len == 5 && memcmp(r.data, "hello", 5) == 0;
}

/* What the client gets of a peer's 5 bytes: first byte of it, or -1. */
static int
from_peer(const char *ip, uint16_t port)
{
	static uint8_t room[TURN_BEFORE + 5 + TURN_BEHIND];
	struct address peer = at(ip, port);
	uint8_t *data = room + TURN_BEFORE;
	size_t len = 5;
	struct turn_relay *r = &turn.allocs[0].relay[peer.family == ADDRESS_V6];

	memcpy(data, "howdy", 5);
	if (!turn_from_peer(&turn, now, r, &peer, &data, &len))
		return -1;
	if (data[0] == 0 &&
	    (stun_decode(&answer, data, len) ||
		memcmp(data + len - 8, "howdy", 5)))
		return -2;
	return data[0];
}

static void
test_unproved(void)
{
	struct turn_client c = client(1), other = client(2);

	start();
	begin(STUN_BINDING);
	is_int(give(&c), 0, "binding");
	is_int(reply_len, 32, "in 32 bytes");
	challenge(&c);
	ok(reply_len <= 60, "the challenge has %zu bytes for 20", reply_len);
	is_int(turn.nheap, 0, "nothing is kept of it");
	is_int(allocate_plain(&other), 438, "another's nonce");
	challenge(&c);
	nonce[0] ^= 1;
	is_int(allocate_plain(&c), 438, "a changed nonce");
	password = "wrong";
	is_int(allocate_plain(&c), 401, "a wrong password");
	user = "mallory";
	is_int(allocate_plain(&c), 401, "an unknown user");
	user = "alice";
	password = "wonder";
	now += NONCE_S * (int64_t)US;
	is_int(allocate_plain(&c), 438, "an old nonce");
	is_int(allocate_plain(&c), 0, "and a new one");
	end();
}

/* The longest realm: whoever asks as shortly as one can is still answered. */
static void
test_long_realm(void)
{
	struct turn_client c = client(1);

	start();
	memset(turn.config.realm, 'r', sizeof(turn.config.realm) - 1);
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	is_int(give(&c), 401, "a challenge with a long realm");
	ok(reply_len <= 3 * wbuf_len(&w), "%zu bytes for %zu", reply_len,
	    wbuf_len(&w));
	end();
}

static void
test_limit(void)
{
	struct turn_client c = client(1), other = client(2);
	int answers = 0;

	start();
	for (int i = 0; i < 1000; i++) {
		begin(STUN_ALLOCATE);
		answers += give(&c) == 401;
	}
	is_int(answers, LIMIT_BURST, "a source is answered so often");
	now += US;
	for (int i = 0; i < 1000; i++) {
		begin(STUN_ALLOCATE);
		answers += give(&other) == 401;
	}
	is_int(answers, LIMIT_BURST + LIMIT_PER_S, "whatever its port");
	c.stream = true;
	begin(STUN_ALLOCATE);
	is_int(give(&c), 401, "TCP has proved its address");
	end();
}

static void
test_credentials(void)
{
	char name[32], made[CREDENTIAL_PASSWORD];
	struct turn_client c = client(1);

	start();
	user = name;
	password = made;
	snprintf(name, sizeof(name), "%d:eve", UNIX + 10);
	credentials_password(made, "new secret", name);
	is_int(allocate(&c), 0, "a name with an end");
	turn.unix_s = UNIX + 10;
	is_int(refresh(&c, 600), 0, "its allocation lives on");
	c = client(2);
	is_int(allocate(&c), 401, "but there is no other after its end");
	snprintf(name, sizeof(name), "%d:eve", UNIX + 20);
	credentials_password(made, "old secret", name);
	is_int(allocate(&c), 0, "the second secret");
	c = client(3);
	credentials_password(made, "no secret", name);
	is_int(allocate(&c), 401, "and no third");
	/* From RFC 2202's HMAC-SHA1 test 2: key "Jefe". */
	credentials_password(made, "Jefe", "what do ya want for nothing?");
	ok(strcmp(made, "7/zfauXrL6LSdBbV8YTfnCWafHk=") == 0, "RFC 2202");
	ok(strcmp(credentials_id("12:x"), "x") == 0 &&
		strcmp(credentials_id("al:x"), "al:x") == 0,
	    "what quotas count");
	end();
}

static void
test_ports(void)
{
	struct turn_client c = client(1);
	struct rbuf v;
	uint8_t token[8] = { 0 };

	start();
	for (int i = 0; i < 200; i++) {
		begin(STUN_ALLOCATE);
		give(&c);
		begin(STUN_ALLOCATE);
		stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
		stun_put(&w, EVEN, i % 2 ? "\x80" : "\0", 1);
		put_auth();
		if (give(&c) || turn.allocs[0].relay[0].address.port % 2)
			ok(false, "an even port, time %d", i);
		refresh(&c, 0);
		now += PORTS_KEPT_US;
		ports_expire(&turn.shared->ports, now);
	}
	is_int(ports_used(&turn.shared->ports), 0,
	    "10 times the pool: all came back");
	begin(STUN_ALLOCATE);
	give(&c);
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	stun_put(&w, EVEN, "\x80", 1);
	put_auth();
	is_int(give(&c), 0, "a pair");
	ok(stun_find(&answer, STUN_A_RESERVATION_TOKEN, &v), "a token");
	if (rbuf_left(&v) == 8)
		memcpy(token, v.p, 8);
	is_int(ports_used(&turn.shared->ports), 2, "two ports");
	for (int i = 0; i < 2; i++) {
		c = client((uint16_t)(2 + i));
		begin(STUN_ALLOCATE);
		give(&c);
		begin(STUN_ALLOCATE);
		stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
		stun_put(&w, STUN_A_RESERVATION_TOKEN, token, 8);
		put_auth();
		is_int(give(&c), i ? 508 : 0, "the token, time %d", i + 1);
	}
	is_int(turn.allocs[1].relay[0].address.port,
	    turn.allocs[0].relay[0].address.port + 1, "the port above");
	end();
}

static void
test_families(void)
{
	struct turn_client c = client(1);
	struct rbuf v;

	start();
	begin(STUN_ALLOCATE);
	give(&c);
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	stun_put_u32(&w, STUN_A_ADDITIONAL_FAMILY, 2u << 24);
	put_auth();
	is_int(give(&c), 0, "both families");
	is_int(sockets, 2, "two sockets");
	is_int(permit(&c, "2606:4700::2"), 0, "an IPv6 peer");
	ok(send_to(&c, "2606:4700::2", 9), "is sent to");
	refresh(&c, 0);
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 6u << 24);
	put_auth();
	is_int(give(&c), 442, "no TCP relays");
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	stun_put_u32(&w, 0x7fff, 0);
	put_auth();
	is_int(give(&c), 420, "an unknown attribute");
	ok(stun_find(&answer, STUN_A_UNKNOWN, &v) && rbuf_u16(&v) == 0x7fff,
	    "which one");
	turn.config.relay[1].family = ADDRESS_NONE;
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	stun_put_u32(&w, STUN_A_REQUESTED_FAMILY, 2u << 24);
	put_auth();
	is_int(give(&c), 440, "a family that is not there");
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	stun_put_u32(&w, STUN_A_ADDITIONAL_FAMILY, 2u << 24);
	put_auth();
	is_int(give(&c), 0, "one of both families");
	ok(stun_find(&answer, STUN_A_ADDRESS_ERROR, &v), "says so");
	end();
}

static void
test_denied(void)
{
	static const char *const peers[] = { "127.0.0.1", "10.0.0.1",
		"169.254.169.254", "::1", "::ffff:127.0.0.1", "::127.0.0.1",
		"64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1" };
	struct turn_client c = client(1);

	start();
	allocate(&c);
	for (size_t i = 0; i < LEN(peers); i++) {
		is_int(permit(&c, peers[i]), 403, "permission %s", peers[i]);
		is_int(bind_channel(&c, 0x4000, peers[i], 80), 403,
		    "channel %s", peers[i]);
		ok(!send_to(&c, peers[i], 80), "send %s", peers[i]);
		is_int(from_peer(peers[i], 80), -1, "hear %s", peers[i]);
	}
	policy_open(&turn.policy, "10.0.0.1:80");
	is_int(permit(&c, "10.0.0.1"), 0, "one port is open");
	ok(send_to(&c, "10.0.0.1", 80), "it");
	ok(!send_to(&c, "10.0.0.1", 81), "no other");
	is_int(from_peer("10.0.0.1", 81), -1, "nor from there");
	is_int(bind_channel(&c, 0x4000, "10.0.0.1", 81), 403, "nor a channel");
	is_int(bind_channel(&c, 0x4000, "10.0.0.1", 80), 0, "but to it");
	ok(send_channel(&c, 0x4000), "and data");
	turn.policy.nopen = 0;
	ok(!send_channel(&c, 0x4000), "until it is closed");
	end();
}

static enum turn_verdict
give_send(const struct turn_client *c, uint16_t more, bool peer, bool data)
{
	struct address first = at("1.1.1.1", 7), second = at("1.1.1.1", 8);
	struct turn_result r;
	enum turn_verdict v;

	begin(STUN_SEND | STUN_INDICATION);
	if (peer) {
		stun_put_address(&w, STUN_A_PEER_ADDRESS, &first);
		stun_put_address(&w, STUN_A_PEER_ADDRESS, &second);
	}
	if (data) {
		stun_put(&w, STUN_A_DATA, "first", 5);
		stun_put(&w, STUN_A_DATA, "second", 6);
	}
	stun_put_u32(&w, more, 0);
	v = turn_input(&turn, now, c, request, wbuf_len(&w), &r);
	if (v == TURN_FORWARD && (r.len != 5 || r.peer.port != 7))
		ok(false, "the first of each");
	return v;
}

static void
test_indications(const struct turn_client *c)
{
	is_int(give_send(c, 0xc000, true, true), TURN_FORWARD,
	    "what need not be understood is not");
	is_int(give_send(c, 0x7000, true, true), TURN_DROP,
	    "what must be understood is not sent");
	is_int(give_send(c, 0xc000, false, true), TURN_DROP, "no peer");
	is_int(give_send(c, 0xc000, true, false), TURN_DROP, "no data");
}

static void
test_relay(void)
{
	struct turn_client c = client(1), other = client(2);

	start();
	allocate(&c);
	ok(!send_to(&c, "1.1.1.1", 7), "no permission");
	is_int(from_peer("1.1.1.1", 7), -1, "either way");
	is_int(permit(&c, "1.1.1.1"), 0, "permission");
	ok(send_to(&c, "1.1.1.1", 7), "to it");
	is_int(from_peer("1.1.1.1", 8), 0, "a Data indication");
	ok(!send_to(&other, "1.1.1.1", 7), "others have none");
	test_indications(&c);
	is_int(bind_channel(&c, 0x3fff, "1.1.1.1", 7), 400, "a low channel");
	is_int(bind_channel(&c, 0x4001, "1.1.1.1", 7), 0, "a channel");
	is_int(bind_channel(&c, 0x4002, "1.1.1.1", 7), 400, "peer taken");
	is_int(bind_channel(&c, 0x4001, "1.1.1.1", 8), 400, "number taken");
	ok(send_channel(&c, 0x4001), "channel data");
	ok(!send_channel(&c, 0x4002), "of no other channel");
	is_int(from_peer("1.1.1.1", 7), 0x40, "and back");
	is_int(permit(&c, "2606:4700::2"), 443, "another family");
	turn.config.max_bytes_s = 20;
	ok(send_channel(&c, 0x4001) && send_channel(&c, 0x4001),
	    "bandwidth for some");
	ok(!send_channel(&c, 0x4001), "and no more");
	now += US / 2;
	ok(send_channel(&c, 0x4001), "until later");
	end();
}

static void
test_timers(void)
{
	struct turn_client c = client(1);

	start();
	is_int(turn_deadline(&turn), INT64_MAX, "idle: no timer");
	allocate(&c);
	is_int(turn_deadline(&turn), now + 600 * (int64_t)US, "600 s");
	permit(&c, "1.1.1.1");
	bind_channel(&c, 0x4000, "8.8.8.8", 7);
	is_int(refresh(&c, 9999), 0, "refreshed");
	is_int(turn_deadline(&turn), now + 3600 * (int64_t)US, "3600 at most");
	now += TURN_PERMISSION_US - 1;
	ok(send_to(&c, "1.1.1.1", 7), "a permission lasts 300 s");
	now++;
	ok(!send_to(&c, "1.1.1.1", 7), "no longer");
	is_int(from_peer("1.1.1.1", 7), -1, "either way");
	now += TURN_CHANNEL_US - TURN_PERMISSION_US - 1;
	ok(send_channel(&c, 0x4000), "a channel lasts 600 s");
	now++;
	ok(!send_channel(&c, 0x4000), "no longer");
	turn_expire(&turn, turn_deadline(&turn) - 1);
	is_int(turn.nheap, 1, "it lives until its time");
	turn_expire(&turn, turn_deadline(&turn));
	is_int(turn.nheap, 0, "and not longer");
	is_int(sockets, 0, "its socket is closed");
	end();
}

static void
test_again(void)
{
	struct turn_client c = client(1);
	uint8_t first[STUN_ID];

	start();
	is_int(allocate(&c), 0, "once");
	memcpy(first, answer.id, sizeof(first));
	is_int(give(&c), 0, "the same request again");
	is_int(turn.nheap, 1, "is the same allocation");
	is_int(allocate_plain(&c), 437, "another request is not");
	turn.draining = true;
	is_int(refresh(&c, 600), 0, "while draining it lives");
	c = client(2);
	is_int(allocate(&c), 508, "and no other is made");
	signature = STUN_A_INTEGRITY_SHA256;
	turn.draining = false;
	is_int(allocate(&c), 0, "signed by SHA-256");
	ok(answer.sha256 != 0, "the answer too");
	signature = STUN_A_INTEGRITY;
	end();
}

static void
test_elsewhere(void)
{
	struct turn_client c = client(1);
	struct rbuf v;

	start();
	turn.draining = true;
	turn.config.other[1] = at("2001:db8::7", 3478);
	is_int(allocate(&c), 508, "nobody for its family");
	turn.config.other[0] = at("192.0.2.7", 3479);
	begin(STUN_ALLOCATE);
	is_int(give(&c), 401, "strangers are told nothing");
	is_int(allocate_plain(&c), 300, "draining: elsewhere");
	ok(answer.integrity != 0, "the answer is signed");
	ok(stun_find(&answer, STUN_A_ALTERNATE_SERVER, &v) &&
		rbuf_left(&v) == 8 &&
		memcmp(v.p, "\0\1\x0d\x97\xc0\0\2\7", 8) == 0,
	    "where");
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	stun_put(&w, STUN_A_RESERVATION_TOKEN, "unknown", 8);
	put_auth();
	is_int(give(&c), 508, "a token is good for nobody else");
	turn.draining = false;
	is_int(allocate(&c), 0, "there is room");
	turn.config.max = 1;
	c = client(2);
	is_int(allocate(&c), 300, "there is none");
	user = "bob";
	password = "builder";
	turn.config.max_user = 0;
	turn.config.max = 8;
	is_int(allocate(&c), 486, "a quota is no reason");
	user = "alice";
	password = "wonder";
	c.address = at("2001:db8::9", 3);
	turn.config.max = 1;
	is_int(allocate(&c), 300, "by IPv6");
	ok(stun_find(&answer, STUN_A_ALTERNATE_SERVER, &v) &&
		rbuf_left(&v) == 20,
	    "to IPv6");
	end();
}

static int
allocate_unfragmented(const struct turn_client *c)
{
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	stun_put(&w, STUN_A_DONT_FRAGMENT, NULL, 0);
	put_auth();
	return give(c);
}

static void
test_dont_fragment(void)
{
	struct turn_client c = client(1);
	struct address peer = at("1.1.1.1", 7);
	struct turn_result r;

	start();
	challenge(&c);
	turn.config.can_dont_fragment = false;
	is_int(allocate_unfragmented(&c), 420, "when sockets cannot");
	turn.config.can_dont_fragment = true;
	is_int(allocate_unfragmented(&c), 0, "when they can");
	is_int(permit(&c, "1.1.1.1"), 0, "a peer");
	begin(STUN_SEND | STUN_INDICATION);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, &peer);
	stun_put(&w, STUN_A_DONT_FRAGMENT, NULL, 0);
	stun_put(&w, STUN_A_DATA, "hello", 5);
	is_int(turn_input(&turn, now, &c, request, wbuf_len(&w), &r),
	    TURN_FORWARD, "sent");
	ok(r.dont_fragment, "whole");
	turn.config.can_dont_fragment = false;
	is_int(turn_input(&turn, now, &c, request, wbuf_len(&w), &r), TURN_DROP,
	    "or not at all");
	begin(STUN_SEND | STUN_INDICATION);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, &peer);
	stun_put(&w, STUN_A_DATA, "hello", 5);
	turn_input(&turn, now, &c, request, wbuf_len(&w), &r);
	ok(!r.dont_fragment, "others as it goes");
	end();
}

int
main(void)
{
	test_unproved();
	test_long_realm();
	test_limit();
	test_credentials();
	test_ports();
	test_families();
	test_denied();
	test_relay();
	test_timers();
	test_again();
	test_elsewhere();
	test_dont_fragment();
	return done_testing();
}
