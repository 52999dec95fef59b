/* rd-rtc: SRTP, as everybody else does it */
#include "../../bin/rd-rtc/seal.h"

#include <errno.h>

#include "../tap.h"

enum { MAX = 1400, HEADER = 12 };

/* As in libsrtp's own tests. */
#define KEY "\xe1\xf9\x7a\x0d\x3e\x01\x8b\xe0\xd6\x4f\xa3\x2c\x06\xde\x41\x39"
#define SALT "\x0e\xc6\x75\xad\x49\x8a\xfe\xeb\xb6\x96\x0b\x3a\xab\xe6"
#define HEAD "\x80\x0f\x12\x34\xde\xca\xfb\xad\xca\xfe\xba\xbe"
#define SEALED                                                                 \
	"\x4e\x55\xdc\x4c\xe7\x99\x78\xd8\x8c\xa4\xd2\x15\x94\x9d\x24\x02"     \
	"\xb7\x8d\x6a\xcc\x99\xea\x17\x9b\x8d\xbb"

static struct seal *
make(void)
{
	struct dtls_srtp_keys keys;
	struct seal *s;

	memcpy(keys.local_key, KEY, sizeof(keys.local_key));
	memcpy(keys.remote_key, KEY, sizeof(keys.remote_key));
	memcpy(keys.local_salt, SALT, sizeof(keys.local_salt));
	memcpy(keys.remote_salt, SALT, sizeof(keys.remote_salt));
	if (seal_open(&s, &keys))
		abort();
	return s;
}

static void
test_vector(void)
{
	struct seal *s = make();
	uint8_t packet[64], copy[64];
	size_t len = 28, sealed;

	memcpy(packet, HEAD, HEADER);
	memset(packet + HEADER, 0xab, 16);
	is_int(seal_rtp(s, packet, &len), 0, "a packet is sealed");
	sealed = len;
	is_int(len, HEADER + sizeof(SEALED) - 1, "and longer by its tag");
	is_mem(
	    packet + HEADER, SEALED, sizeof(SEALED) - 1, "as libsrtp does it");
	for (size_t i = HEADER; i < sealed; i++) {
		memcpy(copy, packet, sealed);
		copy[i] ^= 1;
		len = sealed;
		if (unseal_rtp(s, copy, &len) != -EBADMSG)
			break;
		if (i == sealed - 1)
			ok(true, "a changed byte is noticed");
	}
	memcpy(copy, packet, sealed);
	len = sealed;
	is_int(unseal_rtp(s, packet, &len), 0, "what nobody changed is taken");
	is_int(packet[HEADER], 0xab, "and is what it was");
	is_int(unseal_rtp(s, copy, &sealed), -EBADMSG, "but not twice");
	seal_close(s);
}

/* Every length, by RTP and by RTCP. */
static void
test_lengths(void)
{
	struct seal *s = make();
	uint8_t packet[MAX + SEAL_OVERHEAD] = { 0 };
	unsigned int good = 0, good_rtcp = 0;

	for (size_t size = HEADER; size <= MAX; size++) {
		size_t len = size;

		memcpy(packet, HEAD, HEADER);
		packet[2] = (uint8_t)(size >> 8);
		packet[3] = (uint8_t)size;
		memset(packet + HEADER, (uint8_t)size, size - HEADER);
		good += !seal_rtp(s, packet, &len) &&
		    !unseal_rtp(s, packet, &len) && len == size &&
		    packet[len - 1] == (size > HEADER ? (uint8_t)size : 0xbe);
	}
	is_int(good, MAX - HEADER + 1, "RTP of every length comes back");
	for (size_t size = HEADER; size <= MAX; size += 4) {
		size_t len = size;

		memcpy(packet, "\x80\xc8\x00\x02", 4);
		memset(packet + 4, 7, size - 4);
		good_rtcp += !seal_rtcp(s, packet, &len) &&
		    !unseal_rtcp(s, packet, &len) && len == size &&
		    packet[len - 1] == 7;
	}
	is_int(good_rtcp, (MAX - HEADER) / 4 + 1, "and so does RTCP");
	seal_close(s);
}

int
main(void)
{
	is_int(seal_init(), 0, "the ciphers are loaded");
	is_int(seal_test(), 0, "and tested");
	test_vector();
	test_lengths();
	return done_testing();
}
