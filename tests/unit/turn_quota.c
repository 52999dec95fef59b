/* Quotas and ports are exact, in whatever order things happen. */
#include "turn_client.h"

static void
test_quota(void)
{
	struct turn_client c;

	start();
	for (uint16_t i = 0; i < 6; i++) {
		c = client(i);
		is_int(allocate(&c), i < 4 ? 0 : 486, "alice's %u", i + 1u);
	}
	user = "bob";
	password = "builder";
	for (uint16_t i = 10; i < 14; i++) {
		c = client(i);
		is_int(allocate(&c), i < 12 ? 0 : 486, "from one source: %u",
		    i - 5u);
	}
	c = client(0);
	begin(STUN_ALLOCATE);
	give(&c);
	is_int(refresh(&c, 0), 441, "another's allocation");
	user = "alice";
	password = "wonder";
	c = client(1);
	begin(STUN_ALLOCATE);
	is_int(give(&c), 401, "a nonce");
	is_int(refresh(&c, 0), 0, "the end of one");
	is_int(refresh(&c, 0), 437, "which is gone");
	c = client(5);
	is_int(allocate(&c), 0, "makes room for one");
	is_int(sockets, 6, "as many sockets");
	is_int(ports_used(&turn.shared->ports), 6, "as many ports");
	end();
}

enum { CLIENTS = 18, USERS = 3, SOURCES = 3, STEPS = 6000 };

static const char *const users[USERS] = { "alice", "bob", "1000000900:eve" };
static const char *const passwords[USERS] = { "wonder", "builder", NULL };
static const char *const sources[SOURCES] = { "192.0.2.9", "192.0.2.10",
	"2001:db8:7::9" };

/* The model: what there is, and nothing of how it is kept. */
static struct fake {
	bool lives;
	int user;
	int64_t until;
	int relays;
} fakes[CLIENTS];

static struct {
	uint8_t token[PORTS_TOKEN];
	int64_t until;
} kept[PORTS_KEPT];

static uint32_t seed = 7;

static uint32_t
below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static struct turn_client
who(int i)
{
	/* By IPv6 each has an address of its own, of one network. */
	struct turn_client c = { .address = at(sources[i % SOURCES],
				     (uint16_t)(1000 + i)) };

	if (c.address.family == ADDRESS_V6)
		c.address.ip[15] = (uint8_t)i;
	return c;
}

static void
be(int number, bool wrong)
{
	static char made[CREDENTIAL_PASSWORD];

	user = users[number];
	password = passwords[number];
	if (!password) {
		credentials_password(made, "old secret", user);
		password = made;
	}
	if (wrong)
		password = "wrong";
}

static uint32_t
living(int of_user, int of_source)
{
	uint32_t n = 0;

	for (int i = 0; i < CLIENTS; i++)
		n += fakes[i].lives &&
		    (of_user < 0 || fakes[i].user == of_user) &&
		    (of_source < 0 || i % SOURCES == of_source);
	return n;
}

static size_t
kept_ports(void)
{
	size_t n = 0;

	for (size_t i = 0; i < LEN(kept); i++)
		n += kept[i].until > now;
	return n;
}

enum kind { PLAIN, ONLY_V6, DUAL, PAIR, TOKEN, BAD_TOKEN, KINDS };

static void
put_kind(enum kind kind, size_t *used)
{
	uint8_t token[PORTS_TOKEN] = { 1 };

	if (kind == ONLY_V6)
		stun_put_u32(&w, STUN_A_REQUESTED_FAMILY, 2u << 24);
	if (kind == DUAL)
		stun_put_u32(&w, STUN_A_ADDITIONAL_FAMILY, 2u << 24);
	if (kind == PAIR)
		stun_put(&w, STUN_A_EVEN_PORT, "\x80", 1);
	*used = LEN(kept);
	if (kind == TOKEN)
		for (size_t i = 0; i < LEN(kept); i++)
			if (kept[i].until > now)
				*used = i;
	if (*used < LEN(kept))
		memcpy(token, kept[*used].token, PORTS_TOKEN);
	if (kind >= TOKEN)
		stun_put(&w, STUN_A_RESERVATION_TOKEN, token, PORTS_TOKEN);
}

static int
expected(int i, int as, bool wrong, bool claims_nothing)
{
	if (wrong)
		return 401;
	if (fakes[i].lives)
		return fakes[i].user == as ? 437 : 441;
	if (living(-1, -1) == turn.config.max)
		return 508;
	if (living(as, -1) == turn.config.max_user ||
	    living(-1, i % SOURCES) == turn.config.max_source)
		return 486;
	return claims_nothing ? 508 : 0;
}

static void
remember_token(void)
{
	struct rbuf v;
	size_t i = 0;

	while (kept[i].until > now)
		i++;
	kept[i].until = now + PORTS_KEPT_US;
	if (stun_find(&answer, STUN_A_RESERVATION_TOKEN, &v) &&
	    rbuf_left(&v) == PORTS_TOKEN)
		memcpy(kept[i].token, v.p, PORTS_TOKEN);
	else
		ok(false, "no token");
}

static void
try_allocate(int step, int i, int as)
{
	struct turn_client c = who(i);
	enum kind kind = below(KINDS);
	bool wrong = below(8) == 0;
	size_t used;
	int got, want;

	begin(STUN_ALLOCATE);
	give(&c);
	be(as, wrong);
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	put_kind(kind, &used);
	put_auth();
	want = expected(i, as, wrong, kind >= TOKEN && used == LEN(kept));
	got = give(&c);
	if (got != want)
		ok(false, "step %d: allocate %d, not %d", step, got, want);
	if (got)
		return;
	fakes[i] = (struct fake){ true, as, now + 600 * (int64_t)US,
		kind == DUAL ? 2 : 1 };
	if (kind == PAIR)
		remember_token();
	if (kind == TOKEN)
		kept[used].until = 0;
}

static void
try_refresh(int step, int i, int as)
{
	struct turn_client c = who(i);
	uint32_t s = below(2) ? 0 : 600 + below(3000);
	int got, want;

	begin(STUN_ALLOCATE);
	give(&c);
	be(as, false);
	want = !fakes[i].lives ? 437 : fakes[i].user == as ? 0 : 441;
	got = refresh(&c, s);
	if (got != want)
		ok(false, "step %d: refresh %d, not %d", step, got, want);
	if (got)
		return;
	fakes[i].lives = s != 0;
	fakes[i].until = now + s * (int64_t)US;
}

static void
pass_time(void)
{
	now += below(40) * (int64_t)US;
	turn_expire(&turn, now);
	ports_expire(&turn.shared->ports, now);
	for (int i = 0; i < CLIENTS; i++)
		if (fakes[i].lives && fakes[i].until <= now)
			fakes[i].lives = false;
}

static void
check(int step)
{
	size_t relays = 0, counted = 0, n = living(-1, -1);

	for (int i = 0; i < CLIENTS; i++) {
		struct turn_client c = who(i);

		relays += fakes[i].lives ? (size_t)fakes[i].relays : 0;
		if (turn_knows(&turn, &c) != fakes[i].lives)
			ok(false, "step %d: client %d", step, i);
	}
	for (size_t i = 0; i <= turn.shared->quota.mask; i++)
		counted += turn.shared->quota.counts[i].count;
	if (turn.nheap != n || counted != 2 * n || (size_t)sockets != relays ||
	    ports_used(&turn.shared->ports) != relays + kept_ports())
		ok(false, "step %d: %u of %zu, %zu counted, %d sockets of %zu",
		    step, turn.nheap, n, counted, sockets, relays);
}

/*
 * Random operations by several users from several sources: each answer is what
 * a model says that only counts, and what is left is what it knows of.
 */
static void
test_model(void)
{
	uint32_t most = 0;

	start();
	turn.config.max_source = 4;
	for (int step = 0; step < STEPS; step++) {
		int i = (int)below(CLIENTS), as = (int)below(USERS);
		struct turn_client c = who(i);

		switch (below(8)) {
		case 0:
			turn_gone(&turn, &c);
			fakes[i].lives = false;
			break;
		case 1:
			pass_time();
			break;
		case 2:
			try_refresh(step, i, as);
			break;
		default:
			/* Ports must not be what there is too little of. */
			if (kept_ports() < 3)
				try_allocate(step, i, as);
		}
		check(step);
		most = turn.nheap > most ? turn.nheap : most;
	}
	is_int(most, turn.config.max, "%d random steps, at most", STEPS);
	now += 4000 * (int64_t)US;
	turn_expire(&turn, now);
	ports_expire(&turn.shared->ports, now);
	is_int(ports_used(&turn.shared->ports), 0, "all ports came back");
	end();
}

int
main(void)
{
	test_quota();
	test_model();
	return done_testing();
}
