#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "stun_priv.h"

void
stun_mask(uint8_t *ip, size_t len, const uint8_t *cookie)
{
	for (size_t i = 0; i < len; i++)
		ip[i] ^= cookie[i];
}

uint32_t
stun_crc(const uint8_t *data, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc ^ 0x5354554e;
}

size_t
stun_mac(uint8_t mac[static SHA256], uint16_t type, const void *key,
    size_t key_len, const uint8_t *data, size_t len)
{
	unsigned int mac_len = 0;

	memset(mac, 0, SHA256);
	HMAC(type == STUN_A_INTEGRITY ? EVP_sha1() : EVP_sha256(), key,
	    (int)key_len, data, len, mac, &mac_len);
	return mac_len;
}

/* The header says how long the message is when `more` bytes follow. */
static void
set_length(struct wbuf *w, size_t more)
{
	size_t len = wbuf_len(w) + more - STUN_HEADER;

	if (w->bad || len > UINT16_MAX) {
		w->bad = true;
		return;
	}
	w->start[2] = (uint8_t)(len >> 8);
	w->start[3] = (uint8_t)len;
}

void
stun_begin(struct wbuf *w, uint16_t type, const uint8_t id[static STUN_ID])
{
	wbuf_u16(w, type);
	wbuf_u16(w, 0);
	wbuf_u32(w, COOKIE);
	wbuf_put(w, id, STUN_ID);
}

void
stun_put(struct wbuf *w, uint16_t type, const void *value, size_t len)
{
	if (len > UINT16_MAX)
		w->bad = true;
	wbuf_u16(w, type);
	wbuf_u16(w, (uint16_t)len);
	wbuf_put(w, value, len);
	wbuf_be(w, 0, padded(len) - len);
	set_length(w, 0);
}

void
stun_put_u32(struct wbuf *w, uint16_t type, uint32_t value)
{
	wbuf_u16(w, type);
	wbuf_u16(w, 4);
	wbuf_u32(w, value);
	set_length(w, 0);
}

void
stun_put_plain_address(
    struct wbuf *w, uint16_t type, const struct address *address)
{
	size_t len = address_ip_len(address);

	wbuf_u16(w, type);
	wbuf_u16(w, (uint16_t)(4 + len));
	wbuf_u16(w, address->family);
	wbuf_u16(w, address->port);
	wbuf_put(w, address->ip, len);
	set_length(w, 0);
}

void
stun_put_address(struct wbuf *w, uint16_t type, const struct address *address)
{
	struct address masked = *address;

	if (w->bad)
		return;
	masked.port ^= (uint16_t)(COOKIE >> 16);
	stun_mask(masked.ip, address_ip_len(address), w->start + 4);
	stun_put_plain_address(w, type, &masked);
}

/* Without a phrase: the code says it, and replies to anybody stay short. */
void
stun_put_error(struct wbuf *w, unsigned int code)
{
	stun_put_u32(w, STUN_A_ERROR_CODE, code / 100 << 8 | code % 100);
}

void
stun_sign(struct wbuf *w, uint16_t type, const void *key, size_t len)
{
	size_t mac_len = type == STUN_A_INTEGRITY ? SHA1 : SHA256;
	uint8_t mac[SHA256];

	set_length(w, ATTRIBUTE + mac_len);
	if (w->bad)
		return;
	stun_mac(mac, type, key, len, w->start, wbuf_len(w));
	stun_put(w, type, mac, mac_len);
}

void
stun_put_fingerprint(struct wbuf *w)
{
	set_length(w, ATTRIBUTE + FINGERPRINT);
	if (!w->bad)
		stun_put_u32(
		    w, STUN_A_FINGERPRINT, stun_crc(w->start, wbuf_len(w)));
}
