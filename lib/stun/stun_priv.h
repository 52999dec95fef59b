/* stun_priv.h - what reading and writing share */
#ifndef STUN_STUN_PRIV_H
#define STUN_STUN_PRIV_H

#include "stun/stun.h"

enum {
	COOKIE = 0x2112a442,
	ATTRIBUTE = 4, /* type and length */
	SHA1 = 20,
	SHA256 = 32,
	FINGERPRINT = 4,
};

static inline size_t
padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* XOR with the cookie and the identifier, from byte 4 of a message on. */
void stun_mask(uint8_t *ip, size_t len, const uint8_t *cookie);

/* RFC 8489 section 14.7. */
uint32_t stun_crc(const uint8_t *data, size_t len);

/* Returns the length of what it wrote to mac. */
size_t stun_mac(uint8_t mac[static SHA256], uint16_t type, const void *key,
    size_t key_len, const uint8_t *data, size_t len);

#endif
