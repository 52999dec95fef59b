/*
 * policy.h - to whom a relay may talk
 *
 * Nobody of the IANA special-purpose registries (private, loopback,
 * link-local, multicast and so on), nor an address of this machine, in
 * whatever way it is written as IPv6: mapped, compatible, 6to4, NAT64.  What is
 * opened is opened as written, nothing else with it.  One function answers
 * for every way to a peer.  Pure.
 */
#ifndef TURN_POLICY_H
#define TURN_POLICY_H

#include "stun/address.h"

enum {
	POLICY_OPEN = 64,
	POLICY_OWN = 64,
};

struct policy_open {
	struct address ip;
	uint16_t first, last; /* ports */
};

struct policy {
	struct policy_open open[POLICY_OPEN];
	struct address own[POLICY_OWN];
	size_t nopen, nown;
};

/*
 * Open "192.0.2.1", "192.0.2.1:80", "192.0.2.1:80-90", "2001:db8::1" or
 * "[2001:db8::1]:80".  0, -EINVAL, or -ENOSPC.
 */
int policy_open(struct policy *p, const char *text);

/* This machine has that address.  0, or -ENOSPC. */
int policy_own(struct policy *p, const struct address *ip);

/* True when a relay may send to this peer and hear from it. */
bool policy_allows(const struct policy *p, const struct address *peer);
/* True when some port of this peer is allowed. */
bool policy_allows_ip(const struct policy *p, const struct address *peer);

#endif
