#include "rfb/handshake.h"

#include <errno.h>
#include <string.h>

enum {
	VERSION = 12, /* bytes */
	VERDICT_OK = 0,
	VERDICT_FAILED = 1,
	IS_SUBTYPE = 256, /* from here on */
};

static const struct {
	uint16_t type;
	const char *name;
} names[] = {
	{ RFB_NONE, "None" },
	{ RFB_VNCAUTH, "VncAuth" },
	{ RFB_PLAIN, "Plain" },
	{ RFB_TLS_NONE, "TLSNone" },
	{ RFB_TLS_VNC, "TLSVnc" },
	{ RFB_TLS_PLAIN, "TLSPlain" },
	{ RFB_X509_NONE, "X509None" },
	{ RFB_X509_VNC, "X509Vnc" },
	{ RFB_X509_PLAIN, "X509Plain" },
};

const char *
rfb_security_name(uint16_t type)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].type == type)
			return names[i].name;
	return "unknown";
}

static bool
is_offered(const struct rfb_handshake *h, uint32_t type)
{
	for (size_t i = 0; i < h->noffers; i++)
		if (h->offers[i] == type)
			return true;
	return false;
}

static size_t
count_subtypes(const struct rfb_handshake *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->noffers; i++)
		n += h->offers[i] >= IS_SUBTYPE;
	return n;
}

static void
put_reason(struct wbuf *out, const char *why)
{
	wbuf_u32(out, (uint32_t)strlen(why));
	wbuf_put(out, why, strlen(why));
}

void
rfb_handshake_begin(struct rfb_handshake *h, struct wbuf *out)
{
	wbuf_put(out, "RFB 003.008\n", VERSION);
	h->state = RFB_VERSION;
}

/* Section 7.1.2; VeNCrypt stands where its first subtype would. */
static void
put_types(const struct rfb_handshake *h, struct wbuf *out)
{
	size_t nsub = count_subtypes(h);
	bool said = false;

	wbuf_u8(out, (uint8_t)(h->noffers - nsub + (nsub > 0)));
	for (size_t i = 0; i < h->noffers; i++) {
		if (h->offers[i] < IS_SUBTYPE)
			wbuf_u8(out, (uint8_t)h->offers[i]);
		else if (!said)
			wbuf_u8(out, RFB_VENCRYPT);
		said |= h->offers[i] >= IS_SUBTYPE;
	}
}

/* What follows the choice of a type that is offered. */
static enum rfb_step
begin_proof(struct rfb_handshake *h, uint16_t type, struct wbuf *out)
{
	switch (type) {
	case RFB_VNCAUTH:
	case RFB_TLS_VNC:
	case RFB_X509_VNC:
		wbuf_put(out, h->challenge, RFB_CHALLENGE);
		h->state = RFB_RESPONSE;
		return RFB_STEP_MORE;
	case RFB_PLAIN:
	case RFB_TLS_PLAIN:
	case RFB_X509_PLAIN:
		h->state = RFB_CREDENTIALS;
		return RFB_STEP_MORE;
	default:
		h->state = RFB_VERDICT;
		return RFB_STEP_FREE;
	}
}

/* Section A.1: the server says, a client has no choice. */
static int
dictate_type(struct rfb_handshake *h, enum rfb_step *step, struct wbuf *out)
{
	uint16_t type = 0;

	for (size_t i = 0; i < h->noffers && !type; i++)
		if (h->offers[i] == RFB_VNCAUTH || h->offers[i] == RFB_NONE)
			type = h->offers[i];
	wbuf_u32(out, type);
	if (!type) {
		put_reason(out,
		    "RFB 3.3 has no encryption: use a newer "
		    "client, or one by ssh");
		return -EPROTONOSUPPORT;
	}
	h->chosen = type;
	*step = begin_proof(h, type, out);
	return 0;
}

/* Section 7.1.1; what is neither 3.7 nor 3.8 is to be taken for 3.3. */
static int
take_version(struct rfb_handshake *h, struct rbuf *r, enum rfb_step *step,
    struct wbuf *out)
{
	static const char like[] = "RFB ###.###\n";
	const uint8_t *p = rbuf_take(r, VERSION);

	for (size_t i = 0; i < VERSION; i++)
		if (like[i] == '#' ? p[i] < '0' || p[i] > '9'
				   : p[i] != (uint8_t)like[i])
			return -EBADMSG;
	if (memcmp(p + 4, "003", 3) < 0)
		return -EBADMSG;
	h->minor = 3;
	if (memcmp(p + 4, "003.007", 7) == 0)
		h->minor = 7;
	else if (memcmp(p + 4, "003.008", 7) >= 0)
		h->minor = 8;
	if (h->minor == 3)
		return dictate_type(h, step, out);
	if (!h->noffers)
		return -EPROTONOSUPPORT;
	put_types(h, out);
	h->state = RFB_TYPE;
	return 0;
}

static int
take_type(struct rfb_handshake *h, struct rbuf *r, enum rfb_step *step,
    struct wbuf *out)
{
	uint8_t type = rbuf_u8(r);

	if (type == RFB_VENCRYPT && count_subtypes(h)) {
		wbuf_u16(out, 0x0002); /* 0.2 */
		h->state = RFB_VENCRYPT_VERSION;
		return 0;
	}
	if (!is_offered(h, type))
		return -EACCES;
	h->chosen = type;
	*step = begin_proof(h, type, out);
	return 0;
}

static int
take_vencrypt_version(struct rfb_handshake *h, struct rbuf *r,
    enum rfb_step *step, struct wbuf *out)
{
	(void)step;
	if (rbuf_u16(r) != 0x0002) {
		wbuf_u8(out, 0xff);
		return -EPROTONOSUPPORT;
	}
	wbuf_u8(out, 0);
	wbuf_u8(out, (uint8_t)count_subtypes(h));
	for (size_t i = 0; i < h->noffers; i++)
		if (h->offers[i] >= IS_SUBTYPE)
			wbuf_u32(out, h->offers[i]);
	h->state = RFB_SUBTYPE;
	return 0;
}

static int
take_subtype(struct rfb_handshake *h, struct rbuf *r, enum rfb_step *step,
    struct wbuf *out)
{
	uint32_t type = rbuf_u32(r);

	if (type < IS_SUBTYPE || !is_offered(h, type))
		return -EACCES;
	h->chosen = (uint16_t)type;
	if (type == RFB_PLAIN) {
		*step = begin_proof(h, RFB_PLAIN, out);
		return 0;
	}
	wbuf_u8(out, 1);
	h->state = RFB_OVER; /* until TLS is made */
	*step = RFB_STEP_TLS;
	return 0;
}

void
rfb_handshake_secured(struct rfb_handshake *h, struct wbuf *out)
{
	begin_proof(h, h->chosen, out);
}

static int
take_response(struct rfb_handshake *h, struct rbuf *r, enum rfb_step *step,
    struct wbuf *out)
{
	(void)out;
	memcpy(h->response, rbuf_take(r, RFB_CHALLENGE), RFB_CHALLENGE);
	h->state = RFB_VERDICT;
	*step = RFB_STEP_RESPONSE;
	return 0;
}

/* Both lengths, then both texts: how many bytes that is, 0 for too many. */
static size_t
credentials_length(const uint8_t *p, size_t len)
{
	struct rbuf r = rbuf_of(p, len);
	uint32_t name = rbuf_u32(&r), password = rbuf_u32(&r);

	if (r.bad)
		return 8;
	if (name > RFB_NAME_MAX || password > RFB_PASSWORD_MAX)
		return 0;
	return 8 + name + password;
}

static int
take_credentials(struct rfb_handshake *h, struct rbuf *r, enum rfb_step *step,
    struct wbuf *out)
{
	uint32_t name = rbuf_u32(r), password = rbuf_u32(r);
	const uint8_t *p;

	(void)out;
	p = rbuf_take(r, name + password);
	memcpy(h->name, p, name);
	memcpy(h->password, p + name, password);
	h->name[name] = h->password[password] = '\0';
	h->state = RFB_VERDICT;
	*step = RFB_STEP_PLAIN;
	return 0;
}

static int
take_init(struct rfb_handshake *h, struct rbuf *r, enum rfb_step *step,
    struct wbuf *out)
{
	(void)out;
	h->shared = rbuf_u8(r);
	h->state = RFB_OVER;
	*step = RFB_STEP_READY;
	return 0;
}

/* Section 7.1.3: 3.8 tells why, and 3.3 and 3.7 nothing after None. */
void
rfb_handshake_verdict(
    struct rfb_handshake *h, const char *why, struct wbuf *out)
{
	explicit_bzero(h->password, sizeof(h->password));
	if (h->minor >= 8 || h->chosen != RFB_NONE || why)
		wbuf_u32(out, why ? VERDICT_FAILED : VERDICT_OK);
	if (why && h->minor >= 8)
		put_reason(out, why);
	h->state = why ? RFB_OVER : RFB_INIT;
}

/* How many bytes a state takes, and what it does with them. */
static const struct {
	size_t len;
	int (*take)(struct rfb_handshake *h, struct rbuf *r,
	    enum rfb_step *step, struct wbuf *out);
} states[] = {
	[RFB_VERSION] = { VERSION, take_version },
	[RFB_TYPE] = { 1, take_type },
	[RFB_VENCRYPT_VERSION] = { 2, take_vencrypt_version },
	[RFB_SUBTYPE] = { 4, take_subtype },
	[RFB_RESPONSE] = { RFB_CHALLENGE, take_response },
	[RFB_CREDENTIALS] = { 8, take_credentials },
	[RFB_INIT] = { 1, take_init },
	[RFB_OVER] = { 0, NULL },
};

ssize_t
rfb_handshake_input(struct rfb_handshake *h, const void *p, size_t len,
    enum rfb_step *step, struct wbuf *out)
{
	struct rbuf r;
	size_t n = states[h->state].len;
	int err;

	*step = RFB_STEP_MORE;
	if (!n)
		return 0; /* others have to do something first */
	if (h->state == RFB_CREDENTIALS && !(n = credentials_length(p, len)))
		return -EBADMSG;
	if (len < n)
		return 0;
	r = rbuf_of(p, n);
	err = states[h->state].take(h, &r, step, out);
	return err ? err : (ssize_t)n;
}
