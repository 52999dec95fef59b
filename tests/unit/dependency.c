#include "rtp/dependency.h"

#include "../tap.h"

static void
check(const struct dependency *d, bool first, const char *want, size_t len,
    const char *what)
{
	uint8_t got[DEPENDENCY_MAX];

	is_int(dependency_encode(d, first, got), (int64_t)len, "%s", what);
	is_mem(got, want, len, "its bytes");
}

int
main(void)
{
	uint8_t descriptor[DEPENDENCY_MAX];

	check(&(struct dependency){ 0x1234, 0 }, true,
	    "\x80\x12\x34\x80\x00\x3a\x40\x00", 8,
	    "a key picture brings the structure");
	check(&(struct dependency){ 0x1234, 0 }, false, "\x00\x12\x34", 3,
	    "in its first packet");
	check(&(struct dependency){ 0x1235, 1 }, true, "\x81\x12\x35", 3,
	    "the next needs it");
	check(&(struct dependency){ 7, 2 }, true, "\x81\x00\x07\x12\x20", 5,
	    "or the one before");
	check(&(struct dependency){ 7, 16 }, false, "\x01\x00\x07\x13\xe0", 5,
	    "16 back, in 4 bits");
	check(&(struct dependency){ 7, 17 }, false, "\x01\x00\x07\x14\x20\x00",
	    6, "17 back, in 8");
	check(&(struct dependency){ 7, DEPENDENCY_BACK_MAX }, false,
	    "\x01\x00\x07\x17\xff\xe0", 6, "the most");
	dependency_encode(&(struct dependency){ 7, 1 }, false, descriptor);
	dependency_end(descriptor);
	is_int(descriptor[0], 0x41, "the last packet says so");
	return done_testing();
}
