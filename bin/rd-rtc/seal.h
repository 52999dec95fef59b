/*
 * seal.h - SRTP and SRTCP, both ways: RFC 3711 by libsrtp2
 */
#ifndef RD_RTC_SEAL_H
#define RD_RTC_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "dtls/dtls.h"

enum { SEAL_OVERHEAD = 14 }; /* bytes added at most: tag, SRTCP index */

struct seal;

/* Load the ciphers, once: it opens files, which a sandbox forbids. */
int seal_init(void);
/* Then libsrtp2 tests them: 4 ms, best spent while the viewer thinks. */
int seal_test(void);

/* Negative errno on failure. */
int seal_open(struct seal **out, const struct dtls_srtp_keys *keys);
void seal_close(struct seal *s);

/*
 * Encrypt the packet of *len bytes in place; *len grows by SEAL_OVERHEAD at
 * most, for which there must be room.  -EIO when libsrtp2 refuses it.
 */
int seal_rtp(struct seal *s, uint8_t *packet, size_t *len);
int seal_rtcp(struct seal *s, uint8_t *packet, size_t *len);

/* Check and decrypt in place; -EBADMSG when forged, replayed or broken. */
int unseal_rtp(struct seal *s, uint8_t *packet, size_t *len);
int unseal_rtcp(struct seal *s, uint8_t *packet, size_t *len);

#endif
