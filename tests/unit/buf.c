#include "base/buf.h"

#include "../tap.h"

static void
test_read(void)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
		13, 14, 15, 16, 17, 18, 19 };
	uint8_t *copy = exact(bytes, sizeof(bytes));
	struct rbuf r = rbuf_of(copy, sizeof(bytes));

	is_int(rbuf_u8(&r), 0x01, "u8");
	is_int(rbuf_u16(&r), 0x0203, "u16");
	is_int(rbuf_u24(&r), 0x040506, "u24");
	is_int(rbuf_u32(&r), 0x0708090a, "u32");
	is_int(rbuf_left(&r), 9, "bytes left");
	is_int(rbuf_u64(&r), 0x0b0c0d0e0f101112, "u64");
	ok(rbuf_take(&r, 1) == copy + 18, "the last byte, borrowed");
	ok(rbuf_take(&r, 0) == copy + sizeof(bytes) && !r.bad,
	    "nothing can be read at the end");
	is_int(rbuf_u8(&r), 0, "zero past the end");
	ok(r.bad, "and it is bad");
	free(copy);
}

/* Whatever is read over the end reads nothing more, ever. */
static void
test_read_over(void)
{
	for (size_t size = 1; size <= 8; size++)
		for (size_t len = 0; len < size; len++) {
			uint8_t *copy =
			    exact("\377\377\377\377\377\377\377", len);
			struct rbuf r = rbuf_of(copy, len);

			if (rbuf_be(&r, size) || !r.bad || rbuf_left(&r) ||
			    rbuf_u8(&r) || rbuf_take(&r, 0))
				ok(false, "%zu of %zu bytes", size, len);
			free(copy);
		}
	ok(true, "1 to 8 bytes of fewer");
}

static void
test_huge(void)
{
	uint8_t byte = 1;
	struct rbuf r = rbuf_of(&byte, 1);
	struct wbuf w = wbuf_of(&byte, 1);

	ok(!rbuf_take(&r, SIZE_MAX) && r.bad, "SIZE_MAX bytes to read");
	ok(!wbuf_room(&w, SIZE_MAX) && w.bad, "SIZE_MAX bytes to write");
}

static void
test_write(void)
{
	static const uint8_t want[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
		13, 14, 15, 16, 17, 18, 'a', 'b' };
	uint8_t *out = exact(want, sizeof(want));
	struct wbuf w = wbuf_of(out, sizeof(want));

	memset(out, 0, sizeof(want));
	wbuf_u8(&w, 0x01);
	wbuf_u16(&w, 0x0203);
	wbuf_u24(&w, 0x040506);
	wbuf_u32(&w, 0x0708090a);
	wbuf_u64(&w, 0x0b0c0d0e0f101112);
	is_int(wbuf_len(&w), 18, "bytes written");
	wbuf_put(&w, "ab", 2);
	wbuf_put(&w, NULL, 0);
	ok(!w.bad && wbuf_len(&w) == sizeof(want), "full to the brim");
	is_mem(out, want, sizeof(want), "big-endian");
	wbuf_u8(&w, 1);
	ok(w.bad && wbuf_len(&w) == sizeof(want), "no byte more");
	free(out);
}

/* What does not fit is not begun, and nothing is written after it. */
static void
test_write_over(void)
{
	uint8_t *out = exact("xxx", 3);
	struct wbuf w = wbuf_of(out, 3);

	wbuf_u32(&w, 0x01020304);
	wbuf_u8(&w, 5);
	wbuf_put(&w, "a", 1);
	ok(w.bad && wbuf_len(&w) == 0, "4 bytes into 3");
	is_mem(out, "xxx", 3, "nothing was written");
	free(out);
}

int
main(void)
{
	test_read();
	test_read_over();
	test_huge();
	test_write();
	test_write_over();
	return done_testing();
}
