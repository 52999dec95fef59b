/* What is read is bounded by the datagram, and feedback is whole. */
#include "rtp/rtcp.h"

#include <assert.h>
#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_cc(struct rtcp_cc *cc)
{
	struct rtcp_arrival a;
	uint16_t n = 0;

	for (; rtcp_cc_next(cc, &a); n++)
		assert(a.seq == (uint16_t)(cc->base_seq + n));
	assert(n == cc->count);
	assert(!cc->chunks.bad && !cc->deltas.bad);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtcp_reader r;
	struct rtcp_message m;
	size_t things = 0;
	int n;

	rtcp_begin(&r, data, size);
	while ((n = rtcp_next(&r, &m)) > 0) {
		things++;
		if (m.kind == RTCP_TRANSPORT_CC)
			check_cc(&m.cc);
		if (m.kind == RTCP_REPORT)
			assert(rtcp_rtt_us(&m.report, 1) >= -1);
	}
	/* The densest is NACK: 17 packets in 4 bytes. */
	assert(things <= size / 4 * 17);
	assert(n == 0 || (n == -EBADMSG && rtcp_next(&r, &m) == -EBADMSG));
	return 0;
}
