#include "rdp/disp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"

enum { ONE = 16 + 40, TWO = ONE + 40 };

/* A layout of two monitors side by side, the second at twice the density. */
static const uint8_t layout[TWO] = { 2, 0, 0, 0, TWO, 0, 0, 0, 40, 0, 0, 0, 2,
	0, 0, 0,                                                        /* */
	1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0,     /* */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, /* */
	0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 32, 0, 0,  /* */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 180, 0, 0, 0 };

/* The layout with one byte of it changed. */
static int
changed(size_t at, uint8_t to)
{
	uint8_t bytes[TWO];
	struct disp_layout l;

	memcpy(bytes, layout, TWO);
	bytes[at] = to;
	return disp_decode(&l, bytes, TWO);
}

static void
lies(void)
{
	ok(changed(4, TWO - 1) == -EBADMSG, "another length");
	ok(changed(8, 41) == -EBADMSG, "another length of monitors");
	ok(changed(12, 1) == -EBADMSG && changed(12, 3) == -EBADMSG &&
		changed(15, 0xff) == -EBADMSG,
	    "more or fewer monitors than there are");
	ok(changed(29, 0) == -EBADMSG && changed(31, 1) == -EBADMSG,
	    "a monitor too narrow, or too wide");
	ok(changed(76, 1) == 0 && changed(72, 199) == -EBADMSG, "or too high");
	ok(changed(0, 9) == 0, "what is not known is passed over");
}

int
main(void)
{
	static const uint8_t none[16] = { 2, 0, 0, 0, 16, 0, 0, 0, 40 };
	struct disp_layout l;
	uint8_t caps[DISP_CAPS_SIZE];
	struct wbuf w = wbuf_of(caps, sizeof(caps));
	bool good = true;

	ok(disp_decode(&l, layout, TWO) == 0 && l.n == 2 &&
		l.monitors[0].width == 1024 && l.monitors[0].height == 768 &&
		l.monitors[1].left == 1024 && l.monitors[1].width == 200 &&
		l.monitors[1].height == 8192 && l.monitors[1].scale == 200,
	    "two monitors");
	for (size_t n = 0; n < TWO; n++) {
		uint8_t *part = malloc(n + 1);

		memcpy(part, layout, n);
		if (n > 4)
			part[4] = (uint8_t)n;
		good = good && disp_decode(&l, part, n) == -EBADMSG;
		free(part);
	}
	ok(good, "no part of a layout is one, whatever its length says");
	ok(disp_decode(&l, none, sizeof(none)) == -EBADMSG, "no monitors");
	lies();
	disp_put_caps(&w);
	ok(!w.bad && wbuf_len(&w) == DISP_CAPS_SIZE && caps[0] == 5 &&
		caps[8] == DISP_MONITORS,
	    "what the server can do");
	return done_testing();
}
