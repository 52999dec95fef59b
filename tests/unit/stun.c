#include "stun/stun.h"

#include <errno.h>
#include <openssl/evp.h>

#include "../tap.h"

#define ID "\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
#define HEAD(type, len) type "\0" len "\x21\x12\xa4\x42" ID
#define PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"

/* RFC 5769, section in the name; the keys are of section 2. */
static const struct vector {
	const char *name, *bytes;
	size_t len;
	uint16_t type;
	const char *address;
} vectors[] = {
	{ "2.1 request",
	    HEAD(
		"\0\1", "\x58") "\x80\x22\0\x10STUN test client"
				"\0\x24\0\4\x6e\0\1\xff"
				"\x80\x29\0\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36"
				"\0\6\0\x09"
				"evtj:h6vY   "
				"\0\x08\0\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56"
				"\x78\x1e\xf2\xb5"
				"\xb2\xd3\xf2\x49\xc1\xb5\x71\xa2"
				"\x80\x28\0\4\xe5\x7a\x3b\xcf",
	    108, 0x001, NULL },
	{ "2.2 IPv4 response",
	    HEAD("\1\1", "\x3c") "\x80\x22\0\x0btest vector "
				 "\0\x20\0\x08\0\1\xa1\x47\xe1\x12\xa6\x43"
				 "\0\x08\0\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3"
				 "\x8c\x74\x89\xf9"
				 "\x2a\xf9\xba\x53\xf0\x6b\xe7\xd7"
				 "\x80\x28\0\4\xc0\x7d\x4c\x96",
	    80, 0x101, "192.0.2.1:32853" },
	{ "2.3 IPv6 response",
	    HEAD("\1\1", "\x48") "\x80\x22\0\x0btest vector "
				 "\0\x20\0\x14\0\2\xa1\x47\x01\x13\xa9\xfa\xa5"
				 "\xd3\xf1\x79"
				 "\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9"
				 "\0\x08\0\x14\xa3\x82\x95\x4e\x4b\xe6\x7b\xf1"
				 "\x17\x84\xc9\x7c"
				 "\x82\x92\xc2\x75\xbf\xe3\xed\x41"
				 "\x80\x28\0\4\xc8\xfb\x0b\x4c",
	    92, 0x101, "[2001:db8:1234:5678:11:2233:4455:6677]:32853" },
};

static const char long_term[] =
    "\0\1\0\x60\x21\x12\xa4\x42\x78\xad\x34\x33\xc6\xad\x72\xc0\x29\xda\x41\x2e"
    "\0\6\0\x12\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf"
    "\xe3\x82\xb9\0\0"
    "\0\x15\0\x1c"
    "f//499k954d6OL34oL9FSTvy64sA"
    "\0\x14\0\x0b"
    "example.org\0"
    "\0\x08\0\x14\xf6\x70\x24\x65\x6d\xd6\x4a\x3e\x02\xb8\xe0\x71\x2e\x85\xc9"
    "\xa2\x8c\xa8\x96\x66";

static int
decode(const void *data, size_t len)
{
	struct stun m;
	uint8_t *copy = exact(data, len);
	int err = stun_decode(&m, copy, len);

	free(copy);
	return err;
}

static void
test_vector(const struct vector *v)
{
	struct stun m;
	struct rbuf value;
	struct address a;
	char text[ADDRESS_TEXT];
	uint8_t changed[128];

	is_int(stun_decode(&m, v->bytes, v->len), 0, "%s", v->name);
	is_int(m.type, v->type, "%s: type", v->name);
	ok(stun_verify(&m, PASSWORD, strlen(PASSWORD)), "%s: signed", v->name);
	ok(!stun_verify(&m, "other", 5), "%s: not by another", v->name);
	ok(!stun_find(&m, STUN_A_FINGERPRINT, &value),
	    "%s: no attribute after the signature", v->name);
	if (v->address) {
		ok(stun_find(&m, STUN_A_MAPPED_ADDRESS, &value) &&
			stun_address(&m, &value, &a),
		    "%s: address", v->name);
		address_print(&a, text);
		ok(strcmp(text, v->address) == 0, "%s: is %s", v->name, text);
	}
	for (size_t cut = 0; cut < v->len; cut++)
		if (decode(v->bytes, cut) != -EBADMSG)
			ok(false, "%s cut to %zu", v->name, cut);
	memcpy(changed, v->bytes, v->len);
	for (size_t bit = 0; bit < 8 * (v->len - 32); bit++) {
		changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (!stun_decode(&m, changed, v->len) &&
		    stun_verify(&m, PASSWORD, strlen(PASSWORD)))
			ok(false, "%s: bit %zu changed", v->name, bit);
		changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ok(true,
	    "%s: every prefix, every changed bit before the signature fails",
	    v->name);
}

static void
test_long_term(void)
{
	struct stun m;
	uint8_t key[16];
	static const char text[] = "マトリックス:example.org:TheMatrIX";

	is_int(stun_decode(&m, long_term, sizeof(long_term) - 1), 0,
	    "2.4 long-term credentials");
	EVP_Q_digest(NULL, "MD5", NULL, text, sizeof(text) - 1, key, NULL);
	ok(stun_verify(&m, key, sizeof(key)), "and its key");
}

static size_t
write_all(uint8_t *out, size_t size, uint16_t signature)
{
	struct wbuf w = wbuf_of(out, size);
	struct address a;

	address_parse_ip(&a, "2001:db8::7");
	a.port = 7;
	stun_begin(&w, STUN_ALLOCATE | STUN_SUCCESS, (const uint8_t *)ID);
	stun_put(&w, STUN_A_REALM, "realm", 5);
	stun_put_address(&w, STUN_A_RELAYED_ADDRESS, &a);
	stun_put_u32(&w, STUN_A_LIFETIME, 600);
	stun_put_error(&w, 438);
	stun_sign(&w, signature, "key", 3);
	stun_put_fingerprint(&w);
	return w.bad ? 0 : wbuf_len(&w);
}

static void
test_encode(uint16_t signature)
{
	uint8_t out[256];
	size_t len = write_all(out, sizeof(out), signature);
	struct stun m;
	struct rbuf v;
	struct address a;

	is_int(stun_decode(&m, out, len), 0, "what was written can be read");
	ok(stun_verify(&m, "key", 3), "it is signed");
	ok(!stun_verify(&m, "kez", 3), "by that key");
	ok(stun_find(&m, STUN_A_REALM, &v) && rbuf_left(&v) == 5, "text");
	ok(stun_find(&m, STUN_A_LIFETIME, &v) && rbuf_u32(&v) == 600, "number");
	ok(stun_find(&m, STUN_A_ERROR_CODE, &v) && rbuf_u32(&v) == 0x426,
	    "error");
	ok(stun_find(&m, STUN_A_RELAYED_ADDRESS, &v) &&
		stun_address(&m, &v, &a) && a.port == 7 && a.ip[15] == 7,
	    "address");
	for (size_t size = 0; size < len; size++)
		if (write_all(out, size, signature))
			ok(false, "%zu bytes of room", size);
}

#define PLAIN(len) "\0\1\0" len "\x21\x12\xa4\x42" ID
static void
test_bad(void)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
		int want;
	} rows[] = {
		{ "no attribute", PLAIN("\0"), 20, 0 },
		{ "an empty one", PLAIN("\4") "\x80\1\0\0", 24, 0 },
		{ "more bytes than it says", PLAIN("\0") "\0\0\0\0", 24,
		    -EBADMSG },
		{ "another cookie", "\0\1\0\0\x21\x12\xa4\x43" ID, 20,
		    -EBADMSG },
		{ "a length that is no multiple of 4", PLAIN("\2") "\0\0", 22,
		    -EBADMSG },
		{ "an attribute past the end", PLAIN("\4") "\x80\1\0\1", 24,
		    -EBADMSG },
		{ "a short signature", PLAIN("\x08") "\0\x08\0\4abcd", 28,
		    -EBADMSG },
		{ "a short SHA-256 signature", PLAIN("\x08") "\0\x1c\0\4abcd",
		    28, -EBADMSG },
		{ "channel data", "\x40\1\0\0\x21\x12\xa4\x42" ID, 20,
		    -EBADMSG },
	};

	for (size_t i = 0; i < LEN(rows); i++)
		is_int(decode(rows[i].bytes, rows[i].len), rows[i].want, "%s",
		    rows[i].name);
}

static void
test_addresses(void)
{
	struct address a;
	static const char *const wrong[] = { "", "[]", "[::1", "1.2.3",
		"1.2.3.4:5", "[1.2.3.4]", "::g",
		"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111" };
	static const char *const no_port[] = { "", ":1", "1.2.3.4",
		"1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:1x", "::1",
		"2001:db8::1:80", "[::1]", "[::1]80", "x:1" };
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < LEN(wrong); i++)
		ok(!address_parse_ip(&a, wrong[i]), "not: '%s'", wrong[i]);
	ok(address_parse_ip(&a, "[2001:db8::1]"), "brackets are allowed");
	address_print(&a, text);
	ok(strcmp(text, "[2001:db8::1]:0") == 0, "%s", text);
	for (size_t i = 0; i < LEN(no_port); i++)
		ok(!address_parse(&a, no_port[i]), "no port: '%s'", no_port[i]);
	ok(address_parse(&a, "[2001:db8::1]:65535") && a.port == 65535, "IPv6");
	ok(address_parse(&a, "192.0.2.1:1") && a.port == 1, "IPv4");
}

int
main(void)
{
	for (size_t i = 0; i < LEN(vectors); i++)
		test_vector(&vectors[i]);
	test_long_term();
	test_encode(STUN_A_INTEGRITY);
	test_encode(STUN_A_INTEGRITY_SHA256);
	test_bad();
	test_addresses();
	return done_testing();
}
