#include "turn/nonce.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum {
	RAW = NONCE / 4 * 3, /* in base64 */
	SECONDS = 4,
	US = 1000000,
};

static void
make(char nonce[static NONCE], const uint8_t key[static NONCE_KEY],
    const struct address *source, uint32_t second)
{
	uint8_t text[SECONDS + sizeof(*source)], mac[32];
	uint8_t coded[NONCE + 1];
	unsigned int len = sizeof(mac);

	for (int i = 0; i < SECONDS; i++)
		text[i] = (uint8_t)(second >> 8 * (SECONDS - 1 - i));
	memcpy(text + SECONDS, source, sizeof(*source));
	HMAC(EVP_sha256(), key, NONCE_KEY, text, sizeof(text), mac, &len);
	memcpy(text + SECONDS, mac, RAW - SECONDS);
	EVP_EncodeBlock(coded, text, RAW);
	memcpy(nonce, coded, NONCE);
}

void
nonce_make(char nonce[static NONCE], const uint8_t key[static NONCE_KEY],
    const struct address *source, int64_t now_us)
{
	make(nonce, key, source, (uint32_t)(now_us / US));
}

bool
nonce_good(const uint8_t *nonce, size_t len,
    const uint8_t key[static NONCE_KEY], const struct address *source,
    int64_t now_us)
{
	uint8_t raw[RAW];
	char want[NONCE];
	uint32_t second = 0;

	if (len != NONCE || EVP_DecodeBlock(raw, nonce, NONCE) != RAW)
		return false;
	for (int i = 0; i < SECONDS; i++)
		second = second << 8 | raw[i];
	make(want, key, source, second);
	/* What is from the future is older than anything by this count. */
	return CRYPTO_memcmp(want, nonce, NONCE) == 0 &&
	    (uint32_t)(now_us / US) - second < NONCE_S;
}
