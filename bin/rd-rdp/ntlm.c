#include "ntlm.h"

#include <string.h>

#include <nettle/arcfour.h>
#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/memops.h>
#include <winpr/crt.h>
#include <winpr/string.h>

static void
hmac(const uint8_t key[NTLM_HASH], const struct ntlm_bytes *parts, size_t n,
    uint8_t out[NTLM_HASH])
{
	struct hmac_md5_ctx c;

	hmac_md5_set_key(&c, NTLM_HASH, key);
	for (size_t i = 0; i < n; i++)
		hmac_md5_update(&c, parts[i].len, parts[i].data);
	hmac_md5_digest(&c, NTLM_HASH, out);
}

/* NTOWFv1: the password in UTF-16LE. */
static bool
hash_password(const char *password, uint8_t out[NTLM_HASH])
{
	WCHAR *wide = NULL;
	struct md4_ctx c;
	int n = ConvertToUnicode(CP_UTF8, 0, password, -1, &wide, 0);

	if (n <= 0)
		return false;
	md4_init(&c);
	md4_update(&c, (size_t)(n - 1) * 2, (const uint8_t *)wide);
	md4_digest(&c, NTLM_HASH, out);
	explicit_bzero(wide, (size_t)n * 2);
	free(wide);
	return true;
}

/* NTOWFv2: the name of the user counts in capitals. */
static bool
hash_user(
    const char *password, const struct ntlm_proof *p, uint8_t out[NTLM_HASH])
{
	WCHAR upper[NTLM_NAME_MAX / 2];
	uint8_t nt[NTLM_HASH];
	struct ntlm_bytes parts[] = { { (uint8_t *)upper, p->user.len },
		p->domain };

	if (p->user.len > sizeof(upper) || !hash_password(password, nt))
		return false;
	memcpy(upper, p->user.data, p->user.len);
	CharUpperBuffW(upper, (DWORD)(p->user.len / 2));
	hmac(nt, parts, 2, out);
	explicit_bzero(nt, sizeof(nt));
	return true;
}

/* The MIC is made with the session's key, which is sent encrypted. */
static bool
holds(const uint8_t hash[NTLM_HASH], const struct ntlm_proof *p)
{
	struct arcfour_ctx rc4;
	uint8_t proof[NTLM_HASH], key[NTLM_HASH], mic[NTLM_HASH];
	struct ntlm_bytes of_proof = { proof, NTLM_HASH };

	hmac(hash, &p->value, 1, proof);
	hmac(hash, &of_proof, 1, key);
	arcfour_set_key(&rc4, NTLM_HASH, key);
	arcfour_crypt(&rc4, NTLM_HASH, key, p->key);
	hmac(key, &p->messages, 1, mic);
	return memeql_sec(mic, p->mic, NTLM_HASH);
}

bool
ntlm_check(
    const char *password, const struct ntlm_proof *p, uint8_t hash[NTLM_HASH])
{
	if (*password && hash_user(password, p, hash) && holds(hash, p))
		return true;
	explicit_bzero(hash, NTLM_HASH);
	return false;
}
