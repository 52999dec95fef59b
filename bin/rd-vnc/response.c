#include <openssl/crypto.h>

#include "server.h"

static bool
is_response(const char *password, const uint8_t challenge[RFB_CHALLENGE],
    const uint8_t response[RFB_CHALLENGE])
{
	uint8_t right[RFB_CHALLENGE];

	return *password && vncauth_response(right, challenge, password) &&
	    CRYPTO_memcmp(right, response, RFB_CHALLENGE) == 0;
}

int
response_check(const struct secrets *s, const uint8_t challenge[RFB_CHALLENGE],
    const uint8_t response[RFB_CHALLENGE])
{
	if (is_response(s->control, challenge, response))
		return 1;
	return is_response(s->view, challenge, response) ? 0 : -1;
}
