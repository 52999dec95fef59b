/*
 * identity.h - a fresh P-256 key and its certificate: private to lib/dtls
 */
#ifndef DTLS_IDENTITY_H
#define DTLS_IDENTITY_H

#include <stdint.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "dtls/dtls.h"

struct identity {
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context drbg;
	mbedtls_pk_context key;
	mbedtls_x509_crt cert;
	uint8_t fingerprint[DTLS_FINGERPRINT];
};

/* 0, or an mbedTLS error; identity_clear() is right after both. */
int identity_make(struct identity *id);
void identity_clear(struct identity *id);

/* SHA-256 of a certificate as it was sent: RFC 8122 section 5. */
int identity_hash(const mbedtls_x509_crt *cert, uint8_t out[DTLS_FINGERPRINT]);

#endif
