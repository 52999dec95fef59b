#include "turn/ports.h"

#include <string.h>

#include <openssl/crypto.h>

static bool
is_used(const struct ports *p, enum address_family family, unsigned int port)
{
	return p->used[family == ADDRESS_V6][port / 8] >> port % 8 & 1;
}

static void
set_used(
    struct ports *p, enum address_family family, unsigned int port, bool used)
{
	uint8_t *byte = &p->used[family == ADDRESS_V6][port / 8];
	uint8_t bit = (uint8_t)(1 << port % 8);

	*byte = (uint8_t)(used ? *byte | bit : *byte & ~bit);
}

static bool
suits(const struct ports *p, enum address_family family, enum ports_want want,
    unsigned int port)
{
	if (is_used(p, family, port) || (want != PORTS_ANY && port % 2))
		return false;
	return want != PORTS_PAIR ||
	    (port < p->last && !is_used(p, family, port + 1));
}

uint16_t
ports_take(struct ports *p, enum address_family family, enum ports_want want,
    uint32_t random)
{
	unsigned int n = p->last - p->first + 1u;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int port = p->first + (random % n + i) % n;

		if (!suits(p, family, want, port))
			continue;
		set_used(p, family, port, true);
		return (uint16_t)port;
	}
	return 0;
}

void
ports_give(struct ports *p, const struct address *a)
{
	set_used(p, a->family, a->port, false);
}

void
ports_expire(struct ports *p, int64_t now_us)
{
	for (size_t i = 0; i < PORTS_KEPT; i++) {
		struct ports_kept *k = &p->kept[i];

		if (k->until_us && k->until_us <= now_us) {
			ports_give(p, &k->address);
			k->until_us = 0;
		}
	}
}

bool
ports_keep(struct ports *p, const struct address *a,
    const uint8_t token[static PORTS_TOKEN], int64_t now_us)
{
	for (size_t i = 0; i < PORTS_KEPT; i++) {
		struct ports_kept *k = &p->kept[i];

		if (k->until_us)
			continue;
		k->address = *a;
		k->address.port++;
		k->until_us = now_us + PORTS_KEPT_US;
		memcpy(k->token, token, PORTS_TOKEN);
		set_used(p, k->address.family, k->address.port, true);
		return true;
	}
	return false;
}

bool
ports_claim(struct ports *p, struct address *a,
    const uint8_t token[static PORTS_TOKEN], int64_t now_us)
{
	ports_expire(p, now_us);
	for (size_t i = 0; i < PORTS_KEPT; i++) {
		struct ports_kept *k = &p->kept[i];

		if (!k->until_us || CRYPTO_memcmp(k->token, token, PORTS_TOKEN))
			continue;
		*a = k->address;
		k->until_us = 0;
		return true;
	}
	return false;
}

size_t
ports_used(const struct ports *p)
{
	const uint8_t *bytes = &p->used[0][0];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(p->used); i++)
		n += (size_t)__builtin_popcount(bytes[i]);
	return n;
}
