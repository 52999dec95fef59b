#include "seal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nss.h>
#include <srtp2/srtp.h>

#include "cipher.h"

struct seal {
	srtp_t out, in;
};

static int
session(srtp_t *out, srtp_ssrc_type_t direction, const uint8_t *key,
    const uint8_t *salt)
{
	uint8_t secret[DTLS_KEY + DTLS_SALT];
	srtp_policy_t policy = { .ssrc = { .type = direction },
		.key = secret,
		.window_size = 1024,
		/* A NACKed packet may be asked for without RTX. */
		.allow_repeat_tx = 1 };
	srtp_err_status_t err;

	memcpy(secret, key, DTLS_KEY);
	memcpy(secret + DTLS_KEY, salt, DTLS_SALT);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	err = srtp_create(out, &policy);
	explicit_bzero(secret, sizeof(secret));
	return err == srtp_err_status_ok ? 0 : -EIO;
}

int
seal_init(void)
{
	/* Else libsrtp2 loads and unloads NSS for each of its self-tests. */
	return NSS_NoDB_Init(NULL) == SECSuccess ? 0 : -EIO;
}

int
seal_test(void)
{
	return srtp_init() == srtp_err_status_ok ? cipher_install() : -EIO;
}

int
seal_open(struct seal **out, const struct dtls_srtp_keys *keys)
{
	struct seal *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return -ENOMEM;
	if (session(&s->out, ssrc_any_outbound, keys->local_key,
		keys->local_salt) ||
	    session(&s->in, ssrc_any_inbound, keys->remote_key,
		keys->remote_salt)) {
		seal_close(s);
		return -EIO;
	}
	*out = s;
	return 0;
}

void
seal_close(struct seal *s)
{
	if (!s)
		return;
	if (s->out)
		srtp_dealloc(s->out);
	if (s->in)
		srtp_dealloc(s->in);
	free(s);
}

static int
apply(srtp_err_status_t (*act)(srtp_t, void *, int *), srtp_t session,
    uint8_t *packet, size_t *len, int err)
{
	int n = (int)*len;

	if (act(session, packet, &n) != srtp_err_status_ok)
		return err;
	*len = (size_t)n;
	return 0;
}

int
seal_rtp(struct seal *s, uint8_t *packet, size_t *len)
{
	return apply(srtp_protect, s->out, packet, len, -EIO);
}

int
seal_rtcp(struct seal *s, uint8_t *packet, size_t *len)
{
	return apply(srtp_protect_rtcp, s->out, packet, len, -EIO);
}

int
unseal_rtp(struct seal *s, uint8_t *packet, size_t *len)
{
	return apply(srtp_unprotect, s->in, packet, len, -EBADMSG);
}

int
unseal_rtcp(struct seal *s, uint8_t *packet, size_t *len)
{
	return apply(srtp_unprotect_rtcp, s->in, packet, len, -EBADMSG);
}
