#include "http/origin.h"

#include "../tap.h"

static void
test_parse(void)
{
	static const struct {
		const char *text;
		bool good, secure;
		uint16_t port;
		const char *host;
	} rows[] = {
		{ "http://localhost", true, false, 80, "localhost" },
		{ "https://Desk.Example.ORG", true, true, 443,
		    "desk.example.org" },
		{ "HTTP://a:8080", true, false, 8080, "a" },
		{ "http://[::1]:6100", true, false, 6100, "[::1]" },
		{ "http://[2001:DB8::1]", true, false, 80, "[2001:db8::1]" },
		{ "https://a:65535", true, true, 65535, "a" },
		{ "null", false, false, 0, "" },
		{ "", false, false, 0, "" },
		{ "http://", false, false, 0, "" },
		{ "http:///", false, false, 0, "" },
		{ "http://a/", false, false, 0, "" },
		{ "http://a:", false, false, 0, "" },
		{ "http://a:0", false, false, 0, "" },
		{ "http://a:65536", false, false, 0, "" },
		{ "http://a:0x50", false, false, 0, "" },
		{ "http://a:80:80", false, false, 0, "" },
		{ "http://user@a", false, false, 0, "" },
		{ "http://a b", false, false, 0, "" },
		{ "http://a, http://b", false, false, 0, "" },
		{ "http://[::1", false, false, 0, "" },
		{ "http://[", false, false, 0, "" },
		{ "ftp://a", false, false, 0, "" },
		{ "file://", false, false, 0, "" },
		{ "chrome-extension://abcdef", false, false, 0, "" },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct origin o;
		bool good = origin_parse(&o, rows[i].text);

		ok(good == rows[i].good &&
			(!good ||
			    (o.secure == rows[i].secure &&
				o.port == rows[i].port &&
				strcmp(o.host, rows[i].host) == 0)),
		    "origin '%s'", rows[i].text);
	}
}

static void
test_long_host(void)
{
	char text[600] = "http://";
	struct origin o;

	memset(text + 7, 'a', 255);
	ok(origin_parse(&o, text), "a host of 255");
	text[7 + 255] = 'a';
	ok(!origin_parse(&o, text), "a host of 256");
}

static const struct origin allowed[] = {
	{ true, 443, "desk.example.org" },
	{ false, 8080, "lab" },
};

static void
test_host(void)
{
	static const struct site site = { false, allowed, LEN(allowed) };
	static const struct {
		const char *host;
		bool good;
	} rows[] = {
		{ "127.0.0.1:6100", true },
		{ "localhost", true },
		{ "LOCALHOST:80", true },
		{ "rd.localhost:1", true },
		{ "[::1]:6100", true },
		{ "192.0.2.7", true },
		{ "desk.example.org", true },
		{ "desk.example.org:6100", true },
		{ "lab:8080", true },
		{ "evil.example", false },
		{ "127.0.0.1.evil.example", false },
		{ "localhost.evil.example", false },
		{ "xlocalhost", false },
		{ ".localhost", false },
		{ "127.1", false },
		{ "2130706433", false },
		{ "0x7f.0.0.1", false },
		{ "desk.example.org.evil.example", false },
		{ "evil.desk.example.org", false },
		{ "127.0.0.1:6100, evil.example", false },
		{ "127.0.0.1:6100 ", false },
		{ "user@127.0.0.1", false },
		{ "[::1]x", false },
		{ "[]", false },
		{ "", false },
		{ ":80", false },
	};
	struct origin self;

	for (size_t i = 0; i < LEN(rows); i++)
		is_int(site_origin(&site, &self, rows[i].host), rows[i].good,
		    "host '%s'", rows[i].host);
}

/* Every origin a request can claim, against one Host each way. */
static void
test_trust(void)
{
	static const struct {
		bool tls;
		const char *host, *origin;
		bool good;
	} rows[] = {
		{ false, "127.0.0.1:6100", "http://127.0.0.1:6100", true },
		{ false, "localhost:6100", "http://LOCALHOST:6100", true },
		{ false, "localhost", "http://localhost:80", true },
		{ true, "localhost", "https://localhost", true },
		{ true, "localhost:443", "https://localhost", true },
		{ true, "localhost", "http://localhost", false },
		{ false, "localhost", "https://localhost", false },
		{ false, "127.0.0.1:6100", "http://127.0.0.1:6101", false },
		{ false, "127.0.0.1:6100", "http://127.0.0.1", false },
		{ false, "127.0.0.1:6100", "http://localhost:6100", false },
		{ false, "127.0.0.1:6100", "http://[::1]:6100", false },
		{ false, "127.0.0.1:6100", "http://127.0.0.1:61000", false },
		{ false, "127.0.0.1:6100", "http://127.0.0.1:6100.evil.x",
		    false },
		{ false, "127.0.0.1:6100", "http://evil.x", false },
		{ false, "127.0.0.1:6100", "null", false },
		{ false, "127.0.0.1:6100", "", false },
		{ false, "127.0.0.1:6100", "https://desk.example.org", true },
		{ false, "127.0.0.1:6100", "https://desk.example.org:443",
		    true },
		{ false, "127.0.0.1:6100", "http://desk.example.org", false },
		{ false, "127.0.0.1:6100", "https://desk.example.org:8443",
		    false },
		{ false, "127.0.0.1:6100", "https://xdesk.example.org", false },
		{ false, "127.0.0.1:6100", "http://lab:8080", true },
		{ false, "127.0.0.1:6100", "http://lab", false },
	};
	struct origin self;

	for (size_t i = 0; i < LEN(rows); i++) {
		struct site site = { rows[i].tls, allowed, LEN(allowed) };

		is_int(site_origin(&site, &self, rows[i].host) &&
			site_trusts(&site, &self, rows[i].origin),
		    rows[i].good, "%s at %s", rows[i].origin, rows[i].host);
	}
}

static void
test_secure(void)
{
	struct site plain = { false, allowed, LEN(allowed) };
	struct site tls = { true, NULL, 0 };
	struct origin self;

	site_origin(&plain, &self, "localhost");
	ok(!site_secure(&plain, &self), "plain HTTP is not secure");
	site_origin(&plain, &self, "desk.example.org");
	ok(site_secure(&plain, &self), "a proxy's TLS is");
	site_origin(&plain, &self, "lab:8080");
	ok(!site_secure(&plain, &self), "a proxy without TLS is not");
	site_origin(&tls, &self, "localhost");
	ok(site_secure(&tls, &self), "TLS is");
}

int
main(void)
{
	test_parse();
	test_long_host();
	test_host();
	test_trust();
	test_secure();
	return done_testing();
}
