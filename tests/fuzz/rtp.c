/* What is accepted can be stamped and sent again with the same payload. */
#include "rtp/rtp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t ext[RTP_EXT_COUNT] = { 1, 2, 3, 4, 5 };
	struct rtp_stream rtx = { .ssrc = 1, .seq = 2, .pt = 3 };
	struct rtp_header h, again;
	const uint8_t *payload, *resent;
	uint8_t *pkt, *out;
	ssize_t len, n;

	len = rtp_decode(&h, &payload, data, size);
	if (len < 0)
		return 0;
	pkt = malloc(size);
	out = malloc(size + RTP_RTX_HEADER);
	assert(pkt && out);
	memcpy(pkt, data, size);
	rtp_stamp(pkt, size, ext, 123456789, 7);
	assert(rtp_decode(&again, &resent, pkt, size) == len);
	assert(memcmp(resent, payload, (size_t)len) == 0);
	n = rtp_rtx(&rtx, pkt, size, out, size + RTP_RTX_HEADER);
	assert(n > 0);
	assert(rtp_decode(&again, &resent, out, (size_t)n) ==
	    len + RTP_RTX_HEADER);
	assert(resent[0] == h.seq >> 8 && resent[1] == (h.seq & 0xff));
	assert(memcmp(resent + 2, payload, (size_t)len) == 0);
	assert(again.ssrc == 1 && again.seq == 2 && again.pt == 3);
	assert(again.ts == h.ts && again.marker == h.marker);
	free(pkt);
	free(out);
	return 0;
}
