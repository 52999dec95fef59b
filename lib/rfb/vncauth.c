#include "rfb/vncauth.h"

#include <openssl/evp.h>
#include <string.h>

/* VNC takes the bits of each byte of the key from the lowest on. */
static uint8_t
mirrored(uint8_t b)
{
	uint8_t m = 0;

	for (int i = 0; i < 8; i++)
		m |= (uint8_t)((b >> i & 1) << (7 - i));
	return m;
}

/* DES is triple DES with one key thrice, which libcrypto still has. */
bool
vncauth_response(uint8_t response[RFB_CHALLENGE],
    const uint8_t challenge[RFB_CHALLENGE], const char *password)
{
	uint8_t key[3 * VNCAUTH_PASSWORD] = { 0 };
	size_t len = strnlen(password, VNCAUTH_PASSWORD);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0;
	bool done;

	for (size_t i = 0; i < len; i++)
		key[i] = mirrored((uint8_t)password[i]);
	memcpy(key + VNCAUTH_PASSWORD, key, VNCAUTH_PASSWORD);
	memcpy(key + 2 * VNCAUTH_PASSWORD, key, VNCAUTH_PASSWORD);
	done = c &&
	    EVP_EncryptInit_ex(c, EVP_des_ede3_ecb(), NULL, key, NULL) &&
	    EVP_CIPHER_CTX_set_padding(c, 0) &&
	    EVP_EncryptUpdate(c, response, &n, challenge, RFB_CHALLENGE) &&
	    n == RFB_CHALLENGE;
	EVP_CIPHER_CTX_free(c);
	explicit_bzero(key, sizeof(key));
	return done;
}
