#include "cipher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/hmac.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>

enum { KEY = AES128_KEY_SIZE, SALT = 14 };

struct counter_mode {
	srtp_cipher_t cipher;
	struct aes128_ctx aes;
	uint8_t salt[AES_BLOCK_SIZE], counter[AES_BLOCK_SIZE];
};

static const srtp_cipher_type_t cipher_type;

static srtp_err_status_t
cipher_alloc(srtp_cipher_t **out, int key_len, int tag_len)
{
	struct counter_mode *m;

	(void)tag_len;
	if (key_len != KEY + SALT)
		return srtp_err_status_bad_param;
	m = calloc(1, sizeof(*m));
	if (!m)
		return srtp_err_status_alloc_fail;
	m->cipher = (srtp_cipher_t){ .type = &cipher_type,
		.state = m,
		.key_len = key_len,
		.algorithm = SRTP_AES_ICM_128 };
	*out = &m->cipher;
	return srtp_err_status_ok;
}

static srtp_err_status_t
cipher_dealloc(srtp_cipher_t *c)
{
	void *m = c->state;

	explicit_bzero(m, sizeof(struct counter_mode));
	free(m);
	return srtp_err_status_ok;
}

static srtp_err_status_t
cipher_init(void *state, const uint8_t *key)
{
	struct counter_mode *m = state;

	aes128_set_encrypt_key(&m->aes, key);
	memcpy(m->salt, key + KEY, SALT);
	return srtp_err_status_ok;
}

static srtp_err_status_t
cipher_set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
	struct counter_mode *m = state;

	(void)direction;
	for (int i = 0; i < AES_BLOCK_SIZE; i++)
		m->counter[i] = m->salt[i] ^ iv[i];
	return srtp_err_status_ok;
}

/* libsrtp2 does all that an IV is for at once. */
static srtp_err_status_t
cipher_crypt(void *state, uint8_t *p, unsigned int *len)
{
	struct counter_mode *m = state;

	ctr_crypt(&m->aes, (nettle_cipher_func *)aes128_encrypt, AES_BLOCK_SIZE,
	    m->counter, *len, p, p);
	return srtp_err_status_ok;
}

/* RFC 3711 appendix B.2 */
static const uint8_t cipher_key[KEY + SALT] = { 0x2b, 0x7e, 0x15, 0x16, 0x28,
	0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c, 0xf0,
	0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc,
	0xfd };
static uint8_t cipher_iv[AES_BLOCK_SIZE];
static const uint8_t zeros[32];
static const uint8_t keystream[] = { 0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e,
	0x80, 0xe1, 0x66, 0xb1, 0x6d, 0xd9, 0x2b, 0x4e, 0xb4, 0xd2, 0x35, 0x13,
	0x16, 0x2b, 0x02, 0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f, 0x97,
	0xab };
static const srtp_cipher_test_case_t cipher_test = {
	.key_length_octets = sizeof(cipher_key),
	.key = cipher_key,
	.idx = cipher_iv,
	.plaintext_length_octets = sizeof(zeros),
	.plaintext = zeros,
	.ciphertext_length_octets = sizeof(keystream),
	.ciphertext = keystream,
};

static const srtp_cipher_type_t cipher_type = {
	.alloc = cipher_alloc,
	.dealloc = cipher_dealloc,
	.init = cipher_init,
	.encrypt = cipher_crypt,
	.decrypt = cipher_crypt,
	.set_iv = cipher_set_iv,
	.description = "AES-128 in counter mode by Nettle",
	.test_data = &cipher_test,
	.id = SRTP_AES_ICM_128,
};

struct hmac {
	srtp_auth_t auth;
	struct hmac_sha1_ctx sha1;
};

static const srtp_auth_type_t auth_type;

static srtp_err_status_t
auth_alloc(srtp_auth_t **out, int key_len, int tag_len)
{
	struct hmac *h;

	if (tag_len > SHA1_DIGEST_SIZE)
		return srtp_err_status_bad_param;
	h = calloc(1, sizeof(*h));
	if (!h)
		return srtp_err_status_alloc_fail;
	h->auth = (srtp_auth_t){ .type = &auth_type,
		.state = h,
		.key_len = key_len,
		.out_len = tag_len };
	*out = &h->auth;
	return srtp_err_status_ok;
}

static srtp_err_status_t
auth_dealloc(srtp_auth_t *a)
{
	void *h = a->state;

	explicit_bzero(h, sizeof(struct hmac));
	free(h);
	return srtp_err_status_ok;
}

static srtp_err_status_t
auth_init(void *state, const uint8_t *key, int len)
{
	struct hmac *h = state;

	hmac_sha1_set_key(&h->sha1, (size_t)len, key);
	return srtp_err_status_ok;
}

static srtp_err_status_t
auth_start(void *state)
{
	struct hmac *h = state;

	h->sha1.state = h->sha1.inner;
	return srtp_err_status_ok;
}

static srtp_err_status_t
auth_update(void *state, const uint8_t *p, int len)
{
	struct hmac *h = state;

	hmac_sha1_update(&h->sha1, (size_t)len, p);
	return srtp_err_status_ok;
}

static srtp_err_status_t
auth_compute(void *state, const uint8_t *p, int len, int tag_len, uint8_t *tag)
{
	struct hmac *h = state;

	hmac_sha1_update(&h->sha1, (size_t)len, p);
	hmac_sha1_digest(&h->sha1, (size_t)tag_len, tag);
	return srtp_err_status_ok;
}

/* RFC 2202 section 3 */
static const uint8_t auth_key[] = { 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
	0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
	0x0b };
static const uint8_t auth_tag[] = { 0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72,
	0x64, 0xe2, 0x8b, 0xc0, 0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe,
	0x00 };
static const srtp_auth_test_case_t auth_test = {
	.key_length_octets = sizeof(auth_key),
	.key = auth_key,
	.data_length_octets = 8,
	.data = (const uint8_t *)"Hi There",
	.tag_length_octets = sizeof(auth_tag),
	.tag = auth_tag,
};

static const srtp_auth_type_t auth_type = {
	.alloc = auth_alloc,
	.dealloc = auth_dealloc,
	.init = auth_init,
	.compute = auth_compute,
	.update = auth_update,
	.start = auth_start,
	.description = "HMAC-SHA1 by Nettle",
	.test_data = &auth_test,
	.id = SRTP_HMAC_SHA1,
};

int
cipher_install(void)
{
	if (srtp_replace_cipher_type(&cipher_type, SRTP_AES_ICM_128) !=
		srtp_err_status_ok ||
	    srtp_replace_auth_type(&auth_type, SRTP_HMAC_SHA1) !=
		srtp_err_status_ok)
		return -EIO;
	return 0;
}
