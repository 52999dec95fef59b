#include "../../bin/rd-vnc/tiles.h"

#include <errno.h>
#include <stdlib.h>

#include "../tap.h"

enum kind { WISH, WANT, HAVE };

/* 0 when p is a message of that kind, read at its very size. */
static int
take(enum kind kind, const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	const struct rfb_encoder *e;
	struct rfb_wish wish;
	struct tiles_want want;
	struct tile_place places[TILES_MAX];
	int err;

	memcpy(copy, p, len);
	err = kind == WISH ? tiles_take_wish(copy, len, &e, &wish)
	    : kind == WANT ? tiles_take_want(copy, len, &want)
			   : tiles_take_have(copy, len, places, 2);
	free(copy);
	return err;
}

static void
cut(enum kind kind, const uint8_t *p, size_t len, const char *name)
{
	bool refused = true;

	is_int(take(kind, p, len), 0, "%s", name);
	for (size_t n = 0; n < len; n++)
		refused &= take(kind, p, n) == -EBADMSG;
	refused &= take(kind, p, len + 1) == -EBADMSG;
	ok(refused, "%s of any other length is none", name);
}

static void
test_wish(void)
{
	uint8_t p[TILES_WISH + 1] = { 0 };
	struct rfb_wish wish = { .compress = -1,
		.quality = 7,
		.hues = RFB_HUES_HALF,
		.splits = true },
			got;
	const struct rfb_encoder *e;
	size_t len;

	rfb_format_init(&wish.format);
	len = tiles_put_wish(p, &rfb_zrle, &wish);
	is_int((int)len, TILES_WISH, "a wish has its size");
	cut(WISH, p, len, "a wish");
	tiles_take_wish(p, len, &e, &got);
	ok(e == &rfb_zrle && got.compress == -1 && got.quality == 7 &&
		got.hues == RFB_HUES_HALF && got.splits &&
		got.format.bits == 32 && got.apart && got.bare,
	    "and is the same, for who encodes for several");
	p[4] = 10;
	is_int(take(WISH, p, len), -EBADMSG, "no level is so high");
	p[4] = 1;
	p[5] = 0xfe;
	is_int(take(WISH, p, len), -EBADMSG, "no quality so low");
	p[5] = 0;
	p[6] = 4;
	is_int(take(WISH, p, len), -EBADMSG, "no such hues");
	p[6] = 0;
	p[8] = 17;
	is_int(take(WISH, p, len), -EBADMSG, "no pixel has 17 bits");
	p[8] = 32;
	p[0] = 1;
	is_int(take(WISH, p, len), -EBADMSG, "the encoding is not known");
}

static void
test_want(void)
{
	uint8_t p[TILES_WANT + 1] = { 0 };
	struct tiles_want want = { .seq = 1ull << 40,
		.slot = 2,
		.n = 2,
		.rects = { { 1, 2, 3, 4 }, { 5, 6, 7, 65535 } } },
			  got = { 0 };
	size_t len = tiles_put_want(p, &want);

	cut(WANT, p, len, "what is wanted");
	tiles_take_want(p, len, &got);
	ok(got.seq == want.seq && got.slot == 2 && got.n == 2 &&
		!memcmp(got.rects, want.rects, 2 * sizeof(*want.rects)),
	    "and is the same");
	want.n = TILES_MAX;
	is_int((int)tiles_put_want(p, &want), TILES_WANT, "the most");
	p[9] = TILES_MAX + 1;
	is_int(take(WANT, p, TILES_WANT), -EBADMSG, "more is none");
}

static void
test_have(void)
{
	uint8_t p[TILES_HAVE + 1] = { 0 };
	struct tile_place places[TILES_MAX] = { { 1ull << 33, 77, 2, 5,
	    true } },
			  got[2];
	size_t len = tiles_put_have(p, places, 2);

	cut(HAVE, p, len, "where it is");
	is_int(tiles_take_have(p, len, got, 2), 0, "an answer");
	ok(got[0].at == 1ull << 33 && got[0].len == 77 && got[0].rects == 2 &&
		got[0].streams == 5 && got[0].lossy && !got[1].lossy &&
		got[1].len == 0,
	    "and is the same");
	is_int(tiles_take_have(p, len, got, 1), -EBADMSG,
	    "an answer to another question is none");
	is_int(
	    (int)tiles_put_have(p, places, TILES_MAX), TILES_HAVE, "the most");
}

int
main(void)
{
	test_wish();
	test_want();
	test_have();
	return done_testing();
}
