/*
 * ntlm.h - is what a client proves by NTLMv2 a password?  [MS-NLMP] 3.3.2
 *
 * Whoever gets a hash without having proven the password could use it in its
 * place, so it is only given out for a proof that holds.
 */
#ifndef RD_RDP_NTLM_H
#define RD_RDP_NTLM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NTLM_HASH = 16,
	NTLM_NAME_MAX = 512, /* bytes of a user's or a domain's name */
};

struct ntlm_bytes {
	const uint8_t *data; /* borrowed */
	size_t len;
};

/* All of it is the client's word. */
struct ntlm_proof {
	struct ntlm_bytes user, domain; /* UTF-16LE */
	struct ntlm_bytes value;    /* challenge and temp, that are hashed */
	struct ntlm_bytes messages; /* all three, that the MIC is of */
	const uint8_t *key;         /* EncryptedRandomSessionKey */
	const uint8_t *mic;         /* both NTLM_HASH bytes */
};

/*
 * NTOWFv2 into hash and true when the proof is one of this password, UTF-8;
 * else hash is all zero.
 */
bool ntlm_check(
    const char *password, const struct ntlm_proof *p, uint8_t hash[NTLM_HASH]);

#endif
