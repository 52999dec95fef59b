/* The way in: what is offered, chosen and proven, and nothing else. */
#include <errno.h>

#include "../tap.h"
#include "rfb/handshake.h"
#include "rfb/vncauth.h"

enum { OUT = RFB_HANDSHAKE_OUT };

static struct rfb_handshake h;
static uint8_t sent[4 * OUT];
static struct wbuf out;

static const uint16_t *const offers[] = {
	(const uint16_t[]){ RFB_NONE, 0 },
	(const uint16_t[]){ RFB_VNCAUTH, 0 },
	(const uint16_t[]){ RFB_TLS_VNC, 0 },
	(const uint16_t[]){ RFB_TLS_PLAIN, RFB_TLS_VNC, RFB_VNCAUTH, 0 },
	(const uint16_t[]){ RFB_X509_PLAIN, RFB_X509_VNC, RFB_TLS_PLAIN,
	    RFB_TLS_VNC, RFB_VNCAUTH, 0 },
	(const uint16_t[]){ RFB_PLAIN, RFB_NONE, 0 },
	(const uint16_t[]){ 0 },
};

static void
begin(const uint16_t *list)
{
	h = (struct rfb_handshake){ .noffers = 0 };
	for (; *list; list++)
		h.offers[h.noffers++] = *list;
	memset(h.challenge, 0x5a, RFB_CHALLENGE);
	out = wbuf_of(sent, sizeof(sent));
	rfb_handshake_begin(&h, &out);
}

/* All of p, as it comes at once; the step it ended with or an error. */
static int
feed(const void *p, size_t len)
{
	enum rfb_step step = RFB_STEP_MORE;
	uint8_t *copy = exact(p, len);
	size_t at = 0;
	ssize_t n = 1;

	while (n > 0 && step == RFB_STEP_MORE && at < len) {
		uint8_t *rest = exact(copy + at, len - at);

		n = rfb_handshake_input(&h, rest, len - at, &step, &out);
		free(rest);
		at += n > 0 ? (size_t)n : 0;
	}
	free(copy);
	return n < 0 ? (int)n : (int)step;
}

static bool
is_in(const uint16_t *list, unsigned int type)
{
	while (*list && *list != type)
		list++;
	return *list;
}

static bool
has_subtype(const uint16_t *list)
{
	while (*list && *list < 256)
		list++;
	return *list;
}

/* Every type against every configuration, in 3.7 and 3.8. */
static void
test_types(const uint16_t *list, const char *version)
{
	int wrong = 0;

	for (unsigned int type = 0; type < 256 && *list; type++) {
		uint8_t byte = (uint8_t)type;
		bool offered = type == RFB_VENCRYPT ? has_subtype(list)
						    : is_in(list, type);
		int got;

		begin(list);
		feed(version, 12);
		got = feed(&byte, 1);
		wrong += offered ? got < 0 : got != -EACCES;
		wrong +=
		    offered && h.chosen != (type == RFB_VENCRYPT ? 0 : type);
	}
	is_int(wrong, 0, "of 256 types those that are offered");
}

static void
test_subtypes(const uint16_t *list)
{
	int wrong = 0;

	for (uint32_t type = 0; type < 70000 && has_subtype(list); type++) {
		uint8_t b[4] = { 0, (uint8_t)(type >> 16), (uint8_t)(type >> 8),
			(uint8_t)type };
		bool offered = type >= 256 && is_in(list, type);
		int got;

		begin(list);
		feed("RFB 003.008\n\23\0\2", 15);
		got = feed(b, 4);
		if (!offered)
			wrong += got != -EACCES;
		else
			wrong += got !=
			    (type == RFB_PLAIN ? RFB_STEP_MORE : RFB_STEP_TLS);
	}
	is_int(wrong, 0, "of all subtypes those that are offered");
}

static void
test_dictated(void)
{
	begin(offers[1]);
	is_int(feed("RFB 003.003\n", 12), RFB_STEP_MORE, "3.3");
	is_int(wbuf_len(&out), 12 + 4 + 16, "is told a type and a challenge");
	is_int(sent[15], RFB_VNCAUTH, "VncAuth");
	is_int(feed("0123456789abcdef", 16), RFB_STEP_RESPONSE, "a response");
	is_mem(h.response, "0123456789abcdef", 16, "is there");
	rfb_handshake_verdict(&h, NULL, &out);
	is_mem(sent + 32, "\0\0\0\0", 4, "which is right");
	is_int(feed("\1", 1), RFB_STEP_READY, "and it is in");
	ok(h.shared, "sharing");
	begin(offers[0]);
	is_int(feed("RFB 003.003\n", 12), RFB_STEP_FREE, "3.3 without proof");
	rfb_handshake_verdict(&h, NULL, &out);
	is_int(wbuf_len(&out), 16, "gets no verdict");
	is_int(feed("\0", 1), RFB_STEP_READY, "and is in");
	ok(!h.shared, "not sharing");
	begin(offers[2]);
	is_int(feed("RFB 003.003\n", 12), -EPROTONOSUPPORT,
	    "3.3 where only TLS is offered");
	ok(wbuf_len(&out) > 40 && !memcmp(sent + 12, "\0\0\0\0", 4),
	    "is told why");
	begin(offers[6]);
	is_int(feed("RFB 003.008\n", 12), -EPROTONOSUPPORT, "nothing at all");
}

static void
test_versions(void)
{
	static const struct {
		const char *text;
		int minor; /* 0: refused */
	} rows[] = { { "RFB 003.003\n", 3 }, { "RFB 003.005\n", 3 },
		{ "RFB 003.007\n", 7 }, { "RFB 003.008\n", 8 },
		{ "RFB 003.889\n", 8 }, { "RFB 004.001\n", 8 },
		{ "RFB 005.000\n", 8 }, { "RFB 002.002\n", 0 },
		{ "RFB 003.008\r", 0 }, { "RFB 003 008\n", 0 },
		{ "RFB 003.00x\n", 0 }, { "GET / HTTP/1", 0 },
		{ "\26\3\1\2\0\1\0\1\374\3\3\0", 0 } };

	for (size_t i = 0; i < LEN(rows); i++) {
		int got;

		begin(offers[5]);
		got = feed(rows[i].text, 12);
		ok(rows[i].minor ? h.minor == rows[i].minor && got >= 0
				 : got == -EBADMSG,
		    "%.11s", rows[i].text);
	}
}

static void
test_results(void)
{
	begin(offers[0]);
	is_int(feed("RFB 003.007\n\1", 13), RFB_STEP_FREE, "3.7, None");
	rfb_handshake_verdict(&h, NULL, &out);
	is_int(wbuf_len(&out), 12 + 2, "has no verdict");
	begin(offers[0]);
	feed("RFB 003.008\n\1", 13);
	rfb_handshake_verdict(&h, NULL, &out);
	is_int(wbuf_len(&out), 12 + 2 + 4, "3.8 has one");
	begin(offers[1]);
	feed("RFB 003.007\n\2"
	     "0123456789abcdef",
	    29);
	rfb_handshake_verdict(&h, "no", &out);
	is_mem(sent + 14 + 16, "\0\0\0\1", 4, "3.7 is refused");
	is_int(wbuf_len(&out), 14 + 16 + 4, "and not told why");
	begin(offers[1]);
	feed("RFB 003.008\n\2"
	     "0123456789abcdef",
	    29);
	rfb_handshake_verdict(&h, "no", &out);
	is_mem(sent + 14 + 16, "\0\0\0\1\0\0\0\2no", 10, "3.8 is told why");
	is_int(feed("\1", 1), RFB_STEP_MORE, "and nothing is taken any more");
	is_int(h.state, RFB_OVER, "whatever comes");
}

static void
test_vencrypt(void)
{
	static const uint8_t plain[] = "\0\0\0\2\0\0\0\3mesea";

	begin(offers[4]);
	is_int(feed("RFB 003.008\n", 12), RFB_STEP_MORE, "VeNCrypt");
	is_mem(sent + 12, "\2\23\2", 3, "is one of two types");
	feed("\23", 1);
	is_mem(sent + 15, "\0\2", 2, "in its version");
	feed("\0\2", 2);
	is_mem(sent + 17, "\0\4\0\0\1\6\0\0\1\5\0\0\1\3\0\0\1\2", 18,
	    "with its subtypes in order");
	is_int(feed("\0\0\1\3", 4), RFB_STEP_TLS, "one begins with TLS");
	is_int(sent[35], 1, "which is said");
	is_int(feed("x", 1), RFB_STEP_MORE, "nothing comes before it");
	rfb_handshake_secured(&h, &out);
	is_int(feed(plain, sizeof(plain) - 1), RFB_STEP_PLAIN,
	    "then a name and a password");
	ok(!strcmp(h.name, "me") && !strcmp(h.password, "sea"), "are there");
	rfb_handshake_verdict(&h, NULL, &out);
	ok(!*h.password, "and forgotten");
	begin(offers[2]);
	feed("RFB 003.008\n\23\0\2\0\0\1\2", 19);
	rfb_handshake_secured(&h, &out);
	is_mem(sent + wbuf_len(&out) - 16, h.challenge, 16,
	    "another with a challenge");
	begin(offers[2]);
	is_int(feed("RFB 003.008\n\23\0\1", 15), -EPROTONOSUPPORT,
	    "an old version of it");
}

static void
test_lengths(void)
{
	uint8_t text[8 + 600] = { 0, 0, 0, 255, 0, 0, 0, 255 };

	begin(offers[5]);
	feed("RFB 003.008\n\23\0\2\0\0\1\0", 19);
	is_int(feed(text, 8 + 510), RFB_STEP_PLAIN, "the longest texts");
	text[2] = 1;
	begin(offers[5]);
	feed("RFB 003.008\n\23\0\2\0\0\1\0", 19);
	is_int(feed(text, 8), -EBADMSG, "and one byte more");
	memset(text, 255, 8);
	begin(offers[5]);
	feed("RFB 003.008\n\23\0\2\0\0\1\0", 19);
	is_int(feed(text, 8), -EBADMSG, "and all of four GiB");
}

/* Every prefix of a whole way in leaves it open, and the rest completes it. */
static void
test_prefixes(void)
{
	static const uint8_t way[] = "RFB 003.008\n\23\0\2\0\0\1\0"
				     "\0\0\0\2\0\0\0\3mesea";
	size_t len = sizeof(way) - 1;
	int wrong = 0;

	for (size_t n = 0; n < len; n++) {
		begin(offers[5]);
		wrong += feed(way, n) != RFB_STEP_MORE;
	}
	is_int(wrong, 0, "every prefix waits for more");
	begin(offers[5]);
	is_int(feed(way, len), RFB_STEP_PLAIN, "the whole does not");
}

/* By hand with openssl: enc -des-ede3-ecb, and DES's own vectors. */
static void
test_vncauth(void)
{
	/* FIPS 81's key and text; VNC mirrors the key's bytes. */
	static const uint8_t now[16] = "Now is the time ";
	static const uint8_t want[16] = { 0x3f, 0xa4, 0x0e, 0x8a, 0x98, 0x4d,
		0x48, 0x15, 0x6a, 0x27, 0x17, 0x87, 0xab, 0x88, 0x83, 0xf9 };
	static const char key[] = "\x80\xc4\xa2\xe6\x91\xd5\xb3\xf7";
	static const uint8_t zero[16] = { 0 };
	static const uint8_t weak[16] = { 0x8c, 0xa6, 0x4d, 0xe9, 0xc1, 0xb1,
		0x23, 0xa7, 0x8c, 0xa6, 0x4d, 0xe9, 0xc1, 0xb1, 0x23, 0xa7 };
	uint8_t got[16], again[16];

	ok(vncauth_response(got, now, key), "there is DES");
	is_mem(got, want, 16, "FIPS 81, table B1");
	vncauth_response(got, zero, "");
	is_mem(got, weak, 16, "an empty password is a key of zeros");
	vncauth_response(got, now, "password");
	vncauth_response(again, now, "password and more");
	is_mem(got, again, 16, "eight characters count");
	vncauth_response(again, now, "passwore");
	ok(memcmp(got, again, 16) != 0, "all eight");
}

int
main(void)
{
	for (size_t i = 0; i < LEN(offers); i++) {
		test_types(offers[i], "RFB 003.007\n");
		test_types(offers[i], "RFB 003.008\n");
		test_subtypes(offers[i]);
	}
	test_versions();
	test_dictated();
	test_results();
	test_vencrypt();
	test_lengths();
	test_prefixes();
	test_vncauth();
	ok(!strcmp(rfb_security_name(RFB_TLS_VNC), "TLSVnc") &&
		!strcmp(rfb_security_name(3), "unknown"),
	    "types have names");
	return done_testing();
}
