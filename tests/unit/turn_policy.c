#include "turn/policy.h"

#include <errno.h>

#include "../tap.h"

static struct policy policy;

static void
is_allowed(const char *ip, uint16_t port, bool want)
{
	struct address a;

	if (!address_parse_ip(&a, ip))
		abort();
	a.port = port;
	ok(policy_allows(&policy, &a) == want, "%s:%u is %s", ip, port,
	    want ? "allowed" : "denied");
}

static void
test_default(void)
{
	static const char *const denied[] = { "0.0.0.0", "0.1.2.3", "10.0.0.1",
		"10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
		"127.255.255.255", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
		"192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
		"255.255.255.255", "8.8.4.4", "::", "::1", "::ffff:127.0.0.1",
		"::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8",
		"::127.0.0.1", "::10.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1",
		"64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254",
		"64:ff9b::8.8.4.4", "64:ff9b:1::8.8.8.8",
		"2002:7f00:1::", "2002:a00:1::1",
		"2002:c0a8:101::", "2002:808:404::", "2001::1", "2001:db8::1",
		"2620:4f:8000::1", "3fff::1", "5f00::1", "100::1", "fc00::1",
		"fd12::1", "fe80::1", "febf::1", "fec0::1", "ff02::1",
		"ff05::2", "2606:4700::1" };
	static const char *const allowed[] = { "1.1.1.1", "8.8.8.8",
		"9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
		"172.15.255.255", "172.32.0.0", "192.167.255.255",
		"198.17.255.255", "198.20.0.0", "223.255.255.255",
		"2606:4700::2", "2a00:1450::1", "2001:4860:4860::8888",
		"64:ff9b::8.8.8.8", "2002:808:808::1" };
	struct address own;

	address_parse_ip(&own, "8.8.4.4");
	policy_own(&policy, &own);
	address_parse_ip(&own, "2606:4700::1");
	policy_own(&policy, &own);
	for (size_t i = 0; i < LEN(denied); i++)
		is_allowed(denied[i], 80, false);
	for (size_t i = 0; i < LEN(allowed); i++)
		is_allowed(allowed[i], 80, true);
}

static void
test_open(void)
{
	struct address a;

	is_int(policy_open(&policy, "10.0.0.1:1000-2000"), 0, "open ports");
	is_allowed("10.0.0.1", 1000, true);
	is_allowed("10.0.0.1", 2000, true);
	is_allowed("10.0.0.1", 999, false);
	is_allowed("10.0.0.1", 2001, false);
	is_allowed("10.0.0.2", 1000, false);
	is_allowed("::ffff:10.0.0.1", 1000, false);
	is_allowed("64:ff9b::10.0.0.1", 1000, false);
	address_parse_ip(&a, "10.0.0.1");
	ok(policy_allows_ip(&policy, &a), "some port of it is allowed");
	is_int(policy_open(&policy, "127.0.0.1"), 0, "open a host");
	is_allowed("127.0.0.1", 1, true);
	is_allowed("127.0.0.2", 1, false);
	is_int(policy_open(&policy, "[fd00::1]:7"), 0, "IPv6 and a port");
	is_allowed("fd00::1", 7, true);
	is_allowed("fd00::1", 8, false);
	is_int(policy_open(&policy, "fd00::2"), 0, "IPv6");
	is_allowed("fd00::2", 8, true);
}

static void
test_bad(void)
{
	static const char *const bad[] = { "", "10.0.0.1:", "10.0.0.1:0",
		"10.0.0.1:70000", "10.0.0.1:5-4", "10.0.0.1:5-", "10.0.0.0/8",
		"host", "[fd00::1", "10.0.0.1:5x", ":80" };

	for (size_t i = 0; i < LEN(bad); i++)
		is_int(
		    policy_open(&policy, bad[i]), -EINVAL, "not: '%s'", bad[i]);
	while (policy.nopen < POLICY_OPEN)
		policy_open(&policy, "10.9.9.9");
	is_int(policy_open(&policy, "10.9.9.9"), -ENOSPC, "too many");
}

int
main(void)
{
	test_default();
	test_open();
	test_bad();
	return done_testing();
}
