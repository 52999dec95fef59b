#include "rtp/red.h"

#include <errno.h>

#include "../tap.h"

static struct red red;
static uint8_t out[3000];

static void
is_bytes(ssize_t n, const char *want, size_t len, const char *name)
{
	is_int(n, len, "%s: length", name);
	is_mem(out, want, len, "%s", name);
}

static ssize_t
encode(unsigned int depth, uint32_t ts, const char *data, size_t size)
{
	return red_encode(&red, depth, 111, ts, data, strlen(data), out, size);
}

static void
test_blocks(void)
{
	is_bytes(encode(2, 480, "b", 99),
	    "\x6f"
	    "b",
	    2, "nothing came before");
	red_keep(&red, UINT32_MAX - 479, "aaa", 3);
	is_bytes(encode(0, 0, "bb", 99),
	    "\x6f"
	    "bb",
	    3, "nothing is repeated");
	is_bytes(encode(2, 0, "bb", 99),
	    "\xef\x07\x80\x03\x6f"
	    "aaabb",
	    10, "what there is, also when the time wraps");
	red_keep(&red, 0, "bb", 2);
	is_bytes(encode(1, 480, "c", 99),
	    "\xef\x07\x80\x02\x6f"
	    "bbc",
	    8, "as many as wanted");
	is_bytes(encode(9, 480, "c", 99),
	    "\xef\x0f\x00\x03\xef\x07\x80\x02\x6f"
	    "aaabbc",
	    15, "the oldest first, at most two");
	is_bytes(encode(2, RED_OLD - 481, "c", 99),
	    "\xef\xff\xfc\x03\xef\xf8\x7c\x02\x6f"
	    "aaabbc",
	    15, "as old as can be said");
	is_bytes(encode(2, RED_OLD - 480, "c", 99),
	    "\xef\xf8\x80\x02\x6f"
	    "bbc",
	    8, "what is too old is not");
}

static void
test_sizes(void)
{
	uint8_t big[RED_BLOCK + 1] = { 7 };

	is_int(encode(2, 480, "c", 15), 15, "it fits");
	is_int(encode(2, 480, "c", 14), 8, "one fits");
	is_int(encode(2, 480, "c", 7), 2, "none fits");
	is_int(encode(2, 480, "c", 1), -ENOSPC, "nor does the block itself");
	red_keep(&red, 480, big, RED_BLOCK);
	is_int(encode(1, 960, "c", 3000), RED_BLOCK + 6, "the longest");
	red_keep(&red, 960, big, sizeof(big));
	is_int(encode(2, 1440, "c", 3000), 2, "a longer one ends it");
}

int
main(void)
{
	test_blocks();
	test_sizes();
	return done_testing();
}
