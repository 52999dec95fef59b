/* What is read is bounded by the message, and can be written again. */
#include "stun/stun.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
copy_attributes(const struct stun *m, struct wbuf *w)
{
	struct stun_reader r = stun_read(m);
	struct rbuf value;
	uint16_t type;

	while (stun_next(&r, &type, &value)) {
		struct rbuf address = value;
		struct address a;

		assert(value.p >= m->data && value.end <= m->data + m->end);
		if (stun_address(m, &address, &a))
			stun_put_address(w, type, &a);
		else
			stun_put(w, type, value.p, rbuf_left(&value));
	}
	assert(!r.rest.bad);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[70000];
	struct wbuf w = wbuf_of(out, 65535);
	struct stun m, again;

	if (stun_decode(&m, data, size))
		return 0;
	assert(stun_length(data) == size && m.end <= size);
	stun_verify(&m, "key", 3);
	stun_begin(&w, m.type, m.id);
	copy_attributes(&m, &w);
	if (w.bad)
		return 0;
	assert(wbuf_len(&w) == m.end);
	assert(stun_decode(&again, out, wbuf_len(&w)) == 0);
	return 0;
}
