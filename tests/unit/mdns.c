#include "mdns/mdns.h"

#include <errno.h>
#include <string.h>

#include "../tap.h"

#define NAME "7c1a6bf8-dd25-4c0b-9d4e-0123456789aB.local"
#define LABELS                                                                 \
	"\x24"                                                                 \
	"7c1a6bf8-dd25-4c0b-9d4e-0123456789ab"                                 \
	"\x05"                                                                 \
	"local"

/* Of what is no string: with a NUL, which ends the name. */
#define BYTES(text) text, sizeof(text) - 1

static char address[INET6_ADDRSTRLEN];

static int
answer(const void *message, size_t len)
{
	char *copy = exact(message, len);
	int err = mdns_answer(copy, len, NAME, address);

	free(copy);
	return err;
}

static void
test_names(void)
{
	ok(mdns_is_hidden(NAME), "a browser's name");
	ok(!mdns_is_hidden("printer.local"), "a printer's is not");
	ok(!mdns_is_hidden("7c1a6bf8-dd25-4c0b-9d4e-0123456789ab"),
	    "no .local");
	ok(!mdns_is_hidden(NAME "."), "more behind it");
	ok(!mdns_is_hidden("x" NAME), "more before it");
	ok(!mdns_is_hidden("7c1a6bf8-dd25-4c0b-9d4e-0123456789ag.local"),
	    "not all hexadecimal");
	ok(!mdns_is_hidden(""), "nothing");
}

static void
test_query(void)
{
	static const char head[] = "\0\0\0\0\0\2\0\0\0\0\0\0\x24"
				   "7c1a6bf8-dd25";
	static const char tail[] = "\5local\0\0\x1c\x80\1";
	uint8_t query[MDNS_QUERY];

	mdns_query(query, NAME);
	is_mem(query, head, sizeof(head) - 1, "two questions for the name");
	is_mem(query + sizeof(query) - sizeof(tail) + 1, tail, sizeof(tail) - 1,
	    "of IPv6 the second, answered to us");
	is_int(answer(query, sizeof(query)), -EBADMSG, "which is no answer");
}

static void
test_answer(void)
{
	static const char ipv4[] = "\0\0\x84\0\0\0\0\1\0\0\0\0" LABELS
				   "\0\0\1\x80\1\0\0\0\x78\0\4\xc0\0\2\7";
	/* A question, another's address, then ours by pointers to it. */
	static const char pointers[] =
	    "\0\0\x84\0\0\1\0\2\0\0\0\1" LABELS "\0\0\xff\0\1"
	    "\1x\xc0\x31\0\1\0\1\0\0\0\x78\0\4\1\2\3\4"
	    "\xc0\x0c\0\x10\0\1\0\0\0\x78\0\1\0"
	    "\xc0\x0c\0\x1c\0\1\0\0\0\x78\0\x10"
	    "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2";
	static const char circle[] =
	    "\0\0\x84\0\0\0\0\1\0\0\0\0\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4";

	is_int(answer(BYTES(ipv4)), 0, "an IPv4 address");
	ok(strcmp(address, "192.0.2.7") == 0, "%s", address);
	is_int(answer(BYTES(pointers)), 0, "an IPv6 address behind pointers");
	ok(strcmp(address, "fd00::2") == 0, "%s", address);
	for (size_t n = 0; n < sizeof(pointers) - 1; n++)
		if (answer(pointers, n) == 0)
			ok(false, "a cut at %zu is no answer", n);
	for (size_t n = 0; n < sizeof(ipv4) - 1; n++)
		if (answer(ipv4, n) != -EBADMSG)
			ok(false, "a cut at %zu is malformed", n);
	is_int(
	    mdns_answer(BYTES(ipv4), "x" NAME, address), -ENOENT, "another's");
	is_int(answer(BYTES(circle)), -EBADMSG, "a name that never ends");
}

int
main(void)
{
	test_names();
	test_query();
	test_answer();
	return done_testing();
}
