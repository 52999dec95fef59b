/* The way in: it ends, and nobody gets in by what was not offered. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rfb/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t all[] = { RFB_X509_VNC, RFB_TLS_PLAIN, RFB_TLS_VNC,
	RFB_PLAIN, RFB_VNCAUTH, RFB_NONE };

/* A step's answer, which the first byte of the input has. */
static void
answer(
    struct rfb_handshake *h, enum rfb_step step, uint8_t byte, struct wbuf *out)
{
	bool offered = false;

	for (size_t i = 0; i < h->noffers; i++)
		offered |= h->offers[i] == h->chosen;
	if (step != RFB_STEP_MORE && !offered)
		abort();
	if (step == RFB_STEP_TLS)
		rfb_handshake_secured(h, out);
	else if (step != RFB_STEP_MORE && step != RFB_STEP_READY)
		rfb_handshake_verdict(h, byte & 64 ? "no" : NULL, out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rfb_handshake h = { .noffers = 0 };
	uint8_t sent[RFB_HANDSHAKE_OUT], first = size ? *data : 0;
	enum rfb_step step = RFB_STEP_MORE;
	ssize_t n = 1;

	if (!size--)
		return 0;
	data++;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (first >> i & 1)
			h.offers[h.noffers++] = all[i];
	for (bool begun = false; n > 0 && step != RFB_STEP_READY;) {
		struct wbuf out = wbuf_of(sent, sizeof(sent));

		if (!begun)
			rfb_handshake_begin(&h, &out);
		begun = true;
		n = rfb_handshake_input(&h, data, size, &step, &out);
		if (n >= 0)
			answer(&h, step, first, &out);
		if (out.bad || n > (ssize_t)size)
			abort();
		data += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}
