#include <errno.h>

#include <openssl/crypto.h>

#include "stun_priv.h"

static bool
ends_attributes(uint16_t type)
{
	return type == STUN_A_INTEGRITY || type == STUN_A_INTEGRITY_SHA256 ||
	    type == STUN_A_FINGERPRINT;
}

/* RFC 8489 section 14.7: the last attribute, over all before it. */
static bool
fingerprint_good(const struct stun *m, size_t at, struct rbuf value, bool last)
{
	return rbuf_left(&value) == FINGERPRINT && last &&
	    rbuf_u32(&value) == stun_crc(m->data, at);
}

/* One of the attributes at the end; false if it cannot be there. */
static bool
note_end(struct stun *m, uint16_t type, size_t at, struct rbuf value, bool last)
{
	size_t len = rbuf_left(&value);

	if (!m->end)
		m->end = at;
	switch (type) {
	case STUN_A_INTEGRITY:
		if (len != SHA1)
			return false;
		if (!m->integrity && !m->sha256)
			m->integrity = at;
		return true;
	case STUN_A_INTEGRITY_SHA256:
		if (len < 16 || len > SHA256 || len % 4)
			return false;
		if (!m->sha256)
			m->sha256 = at;
		return true;
	case STUN_A_FINGERPRINT:
		m->fingerprint = true;
		return fingerprint_good(m, at, value, last);
	default:
		return true;
	}
}

static bool
take(struct rbuf *r, uint16_t *type, struct rbuf *value)
{
	uint16_t len;

	*type = rbuf_u16(r);
	len = rbuf_u16(r);
	*value = (struct rbuf){ .p = rbuf_take(r, len) };
	if (!value->p)
		return false;
	value->end = value->p + len;
	rbuf_take(r, padded(len) - len);
	return !r->bad;
}

size_t
stun_length(const uint8_t header[static 4])
{
	size_t len = (size_t)header[2] << 8 | header[3];

	return header[0] >> 6 || len % 4 ? 0 : STUN_HEADER + len;
}

int
stun_decode(struct stun *m, const void *data, size_t len)
{
	struct rbuf r = rbuf_of(data, len), value;
	uint16_t type;

	*m = (struct stun){ .data = data };
	if (len < STUN_HEADER || stun_length(data) != len)
		return -EBADMSG;
	m->type = rbuf_u16(&r);
	rbuf_u16(&r);
	if (rbuf_u32(&r) != COOKIE)
		return -EBADMSG;
	m->id = rbuf_take(&r, STUN_ID);
	while (rbuf_left(&r)) {
		size_t at = (size_t)(r.p - m->data);

		if (!take(&r, &type, &value))
			return -EBADMSG;
		if ((m->end || ends_attributes(type)) &&
		    !note_end(m, type, at, value, !rbuf_left(&r)))
			return -EBADMSG;
	}
	if (!m->end)
		m->end = len;
	return 0;
}

struct stun_reader
stun_read(const struct stun *m)
{
	return (struct stun_reader){ rbuf_of(
	    m->data + STUN_HEADER, m->end - STUN_HEADER) };
}

bool
stun_next(struct stun_reader *r, uint16_t *type, struct rbuf *value)
{
	return rbuf_left(&r->rest) && take(&r->rest, type, value);
}

bool
stun_find(const struct stun *m, uint16_t type, struct rbuf *value)
{
	struct stun_reader r = stun_read(m);
	uint16_t found;

	while (stun_next(&r, &found, value))
		if (found == type)
			return true;
	return false;
}

bool
stun_address(const struct stun *m, struct rbuf *value, struct address *address)
{
	size_t len;

	*address = (struct address){ 0 };
	rbuf_u8(value);
	address->family = rbuf_u8(value);
	address->port = rbuf_u16(value) ^ (uint16_t)(COOKIE >> 16);
	if (address->family != ADDRESS_V4 && address->family != ADDRESS_V6)
		return false;
	len = address_ip_len(address);
	if (rbuf_left(value) != len)
		return false;
	memcpy(address->ip, rbuf_take(value, len), len);
	stun_mask(address->ip, len, m->data + 4);
	return true;
}

bool
stun_verify(const struct stun *m, const void *key, size_t len)
{
	size_t at = m->sha256 ? m->sha256 : m->integrity;
	uint8_t copy[STUN_SIGNED_MAX], mac[SHA256];
	size_t mac_len, end;

	if (!at || at > sizeof(copy))
		return false;
	memcpy(copy, m->data, at);
	mac_len = m->sha256 ? (size_t)m->data[at + 3] : SHA1;
	/* Section 14.5: the length counts to the end of this attribute. */
	end = at + ATTRIBUTE + mac_len - STUN_HEADER;
	copy[2] = (uint8_t)(end >> 8);
	copy[3] = (uint8_t)end;
	stun_mac(mac, m->sha256 ? STUN_A_INTEGRITY_SHA256 : STUN_A_INTEGRITY,
	    key, len, copy, at);
	return CRYPTO_memcmp(mac, m->data + at + ATTRIBUTE, mac_len) == 0;
}
