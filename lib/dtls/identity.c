#include "dtls/identity.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <mbedtls/sha256.h>

enum { DAY = 24 * 60 * 60 };

static void
date(char out[16], time_t t)
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 16, "%Y%m%d%H%M%S", &tm);
}

/* Nothing in it tells who we are: RFC 8827 section 6.5. */
static int
describe(mbedtls_x509write_cert *w, struct identity *id)
{
	char from[16], to[16];
	uint8_t bytes[16];
	mbedtls_mpi serial;
	time_t now = time(NULL);
	int err;

	mbedtls_mpi_init(&serial);
	mbedtls_x509write_crt_set_version(w, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_md_alg(w, MBEDTLS_MD_SHA256);
	mbedtls_x509write_crt_set_subject_key(w, &id->key);
	mbedtls_x509write_crt_set_issuer_key(w, &id->key);
	date(from, now - DAY);
	date(to, now + 30 * DAY);
	err = mbedtls_ctr_drbg_random(&id->drbg, bytes, sizeof(bytes));
	bytes[0] &= 0x7f;
	if (!err)
		err = mbedtls_mpi_read_binary(&serial, bytes, sizeof(bytes));
	if (!err)
		err = mbedtls_x509write_crt_set_serial(w, &serial);
	if (!err)
		err = mbedtls_x509write_crt_set_subject_name(w, "CN=rd");
	if (!err)
		err = mbedtls_x509write_crt_set_issuer_name(w, "CN=rd");
	if (!err)
		err = mbedtls_x509write_crt_set_validity(w, from, to);
	mbedtls_mpi_free(&serial);
	return err;
}

static int
certify(struct identity *id)
{
	mbedtls_x509write_cert w;
	uint8_t der[1024]; /* a P-256 certificate takes about 300 */
	int n;

	mbedtls_x509write_crt_init(&w);
	n = describe(&w, id);
	if (!n)
		n = mbedtls_x509write_crt_der(
		    &w, der, sizeof(der), mbedtls_ctr_drbg_random, &id->drbg);
	mbedtls_x509write_crt_free(&w);
	/* mbedTLS writes backwards, to the end of the buffer. */
	if (n > 0)
		n = mbedtls_x509_crt_parse_der(
		    &id->cert, der + sizeof(der) - n, (size_t)n);
	return n;
}

int
identity_make(struct identity *id)
{
	int err;

	mbedtls_entropy_init(&id->entropy);
	mbedtls_ctr_drbg_init(&id->drbg);
	mbedtls_pk_init(&id->key);
	mbedtls_x509_crt_init(&id->cert);
	if ((err = mbedtls_ctr_drbg_seed(
		 &id->drbg, mbedtls_entropy_func, &id->entropy, NULL, 0)) ||
	    (err = mbedtls_pk_setup(
		 &id->key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY))) ||
	    (err = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1,
		 mbedtls_pk_ec(id->key), mbedtls_ctr_drbg_random, &id->drbg)) ||
	    (err = certify(id)))
		return err;
	return identity_hash(&id->cert, id->fingerprint);
}

void
identity_clear(struct identity *id)
{
	mbedtls_x509_crt_free(&id->cert);
	mbedtls_pk_free(&id->key);
	mbedtls_ctr_drbg_free(&id->drbg);
	mbedtls_entropy_free(&id->entropy);
}

int
identity_hash(const mbedtls_x509_crt *cert, uint8_t out[DTLS_FINGERPRINT])
{
	return mbedtls_sha256_ret(cert->raw.p, cert->raw.len, out, 0);
}
