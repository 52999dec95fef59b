#include "turn/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct prefix {
	uint8_t ip[16];
	unsigned int bits;
};

/* IANA IPv4 Special-Purpose Address Registry, multicast and class E. */
static const struct prefix special4[] = {
	{ { 0 }, 8 },
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },
	{ { 192, 31, 196 }, 24 },
	{ { 192, 52, 193 }, 24 },
	{ { 192, 88, 99 }, 24 },
	{ { 192, 168 }, 16 },
	{ { 192, 175, 48 }, 24 },
	{ { 198, 18 }, 15 },
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 3 },
};

/* IANA IPv6 Special-Purpose Address Registry, and what is no unicast. */
static const struct prefix special6[] = {
	{ { 0 }, 8 }, /* unspecified, loopback, mapped, compatible, ... */
	{ { 0x01, 0x00 }, 8 },
	{ { 0x00, 0x64, 0xff, 0x9b, 0, 1 }, 48 },
	{ { 0x20, 0x01 }, 23 },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
	{ { 0x26, 0x20, 0, 0x4f, 0x80, 0 }, 48 },
	{ { 0x3f, 0xff }, 20 },
	{ { 0x5f }, 16 },
	{ { 0xfc }, 7 },
	{ { 0xfe, 0x80 }, 9 }, /* link-local and site-local */
	{ { 0xff }, 8 },
};

/* IPv6 addresses that stand for the IPv4 address found at a byte. */
static const struct {
	struct prefix prefix;
	size_t at;
} embedding[] = {
	{ { { 0x20, 0x02 }, 16 }, 2 },              /* 6to4 */
	{ { { 0x00, 0x64, 0xff, 0x9b }, 96 }, 12 }, /* NAT64 */
};

static bool
within(const uint8_t *ip, const struct prefix *p)
{
	size_t whole = p->bits / 8;
	uint8_t mask = (uint8_t)(0xff00 >> p->bits % 8);

	return memcmp(ip, p->ip, whole) == 0 &&
	    (!mask || ((ip[whole] ^ p->ip[whole]) & mask) == 0);
}

static bool
within_any(const uint8_t *ip, const struct prefix *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (within(ip, &list[i]))
			return true;
	return false;
}

static bool
is_own(const struct policy *p, const struct address *peer)
{
	for (size_t i = 0; i < p->nown; i++)
		if (address_same_ip(&p->own[i], peer))
			return true;
	return false;
}

static bool
denied4(const struct policy *p, const struct address *peer)
{
	return is_own(p, peer) ||
	    within_any(
		peer->ip, special4, sizeof(special4) / sizeof(*special4));
}

static bool
denied6(const struct policy *p, const struct address *peer)
{
	for (size_t i = 0; i < sizeof(embedding) / sizeof(*embedding); i++) {
		struct address inner = { .family = ADDRESS_V4 };

		if (!within(peer->ip, &embedding[i].prefix))
			continue;
		memcpy(inner.ip, peer->ip + embedding[i].at, 4);
		return is_own(p, peer) || denied4(p, &inner);
	}
	return is_own(p, peer) ||
	    within_any(
		peer->ip, special6, sizeof(special6) / sizeof(*special6));
}

static bool
allows(const struct policy *p, const struct address *peer, bool any_port)
{
	for (size_t i = 0; i < p->nopen; i++) {
		const struct policy_open *o = &p->open[i];

		if (address_same_ip(&o->ip, peer) &&
		    (any_port ||
			(peer->port >= o->first && peer->port <= o->last)))
			return true;
	}
	if (peer->family == ADDRESS_V4)
		return !denied4(p, peer);
	return peer->family == ADDRESS_V6 && !denied6(p, peer);
}

bool
policy_allows(const struct policy *p, const struct address *peer)
{
	return allows(p, peer, false);
}

bool
policy_allows_ip(const struct policy *p, const struct address *peer)
{
	return allows(p, peer, true);
}

static bool
parse_ports(struct policy_open *o, const char *text)
{
	unsigned int first, last;
	int end = 0;

	if (sscanf(text, "%5u%n", &first, &end) != 1)
		return false;
	last = first;
	text += end;
	end = 0;
	if (*text && sscanf(text, "-%5u%n", &last, &end) == 1)
		text += end;
	o->first = (uint16_t)first;
	o->last = (uint16_t)last;
	return !*text && first && first <= last && last <= UINT16_MAX;
}

int
policy_open(struct policy *p, const char *text)
{
	struct policy_open o = { .first = 0, .last = UINT16_MAX };
	char ip[ADDRESS_TEXT];
	const char *colon = strrchr(text, ':');

	if (p->nopen == POLICY_OPEN)
		return -ENOSPC;
	if (!address_parse_ip(&o.ip, text)) {
		if (!colon || (size_t)(colon - text) >= sizeof(ip))
			return -EINVAL;
		memcpy(ip, text, (size_t)(colon - text));
		ip[colon - text] = '\0';
		if (!address_parse_ip(&o.ip, ip) ||
		    (o.ip.family == ADDRESS_V6 && ip[0] != '[') ||
		    !parse_ports(&o, colon + 1))
			return -EINVAL;
	}
	p->open[p->nopen++] = o;
	return 0;
}

int
policy_own(struct policy *p, const struct address *ip)
{
	if (p->nown == POLICY_OWN)
		return -ENOSPC;
	p->own[p->nown] = *ip;
	p->own[p->nown++].port = 0;
	return 0;
}
