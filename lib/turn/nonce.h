/*
 * nonce.h - a nonce that needs no memory
 *
 * It says when it was made, and proves by an HMAC that we made it for that
 * source: whoever shows it has received what we sent there.  Pure.
 */
#ifndef TURN_NONCE_H
#define TURN_NONCE_H

#include "stun/address.h"

enum {
	NONCE = 20, /* characters */
	NONCE_KEY = 32,
	NONCE_S = 600, /* how long it is good */
};

void nonce_make(char nonce[static NONCE], const uint8_t key[static NONCE_KEY],
    const struct address *source, int64_t now_us);

/* True when it was made for source within the last NONCE_S. */
bool nonce_good(const uint8_t *nonce, size_t len,
    const uint8_t key[static NONCE_KEY], const struct address *source,
    int64_t now_us);

#endif
