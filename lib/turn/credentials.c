#include "turn/credentials.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static bool
says_nothing(const char *line)
{
	return !*line || *line == '#';
}

int
credentials_secret(struct credentials *c, const char *line)
{
	size_t len = strlen(line);

	if (says_nothing(line))
		return 0;
	if (len >= CREDENTIAL_NAME)
		return -EINVAL;
	if (c->nsecrets == CREDENTIAL_SECRETS)
		return -ENOSPC;
	memcpy(c->secrets[c->nsecrets++], line, len + 1);
	return 0;
}

int
credentials_user(struct credentials *c, const char *line)
{
	size_t name = strcspn(line, " \t"), password;
	struct credential_user *u;

	if (says_nothing(line))
		return 0;
	if (!name || name >= CREDENTIAL_NAME || !line[name])
		return -EINVAL;
	password = strlen(line + name + 1);
	if (!password || password >= CREDENTIAL_NAME)
		return -EINVAL;
	if (c->nusers == CREDENTIAL_USERS)
		return -ENOSPC;
	if (!c->users)
		c->users = calloc(CREDENTIAL_USERS, sizeof(*c->users));
	if (!c->users)
		return -ENOMEM;
	u = &c->users[c->nusers++];
	memcpy(u->name, line, name);
	memcpy(u->password, line + name + 1, password);
	return 0;
}

void
credentials_clear(struct credentials *c)
{
	if (c->users)
		OPENSSL_cleanse(c->users, CREDENTIAL_USERS * sizeof(*c->users));
	free(c->users);
	OPENSSL_cleanse(c, sizeof(*c));
}

void
credentials_password(char password[static CREDENTIAL_PASSWORD],
    const char *secret, const char *name)
{
	uint8_t mac[20];
	unsigned int len = sizeof(mac);

	HMAC(EVP_sha1(), secret, (int)strlen(secret), (const uint8_t *)name,
	    strlen(name), mac, &len);
	EVP_EncodeBlock((uint8_t *)password, mac, sizeof(mac));
}

/* RFC 8489 section 9.2.2. */
static void
make_key(uint8_t key[static CREDENTIAL_KEY], const char *name,
    const char *realm, const char *password)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	memset(key, 0, CREDENTIAL_KEY);
	if (!md || !EVP_DigestInit_ex(md, EVP_md5(), NULL))
		abort(); /* a key that all know is worse */
	EVP_DigestUpdate(md, name, strlen(name));
	EVP_DigestUpdate(md, ":", 1);
	EVP_DigestUpdate(md, realm, strlen(realm));
	EVP_DigestUpdate(md, ":", 1);
	EVP_DigestUpdate(md, password, strlen(password));
	EVP_DigestFinal_ex(md, key, NULL);
	EVP_MD_CTX_free(md);
}

/* When the name ends; -1 when it has no end, which is a user's name. */
static int64_t
expiry(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	int64_t at = 0;

	if (!digits || digits > 12 || (name[digits] && name[digits] != ':'))
		return -1;
	for (size_t i = 0; i < digits; i++)
		at = at * 10 + (name[i] - '0');
	return at;
}

size_t
credentials_keys(const struct credentials *c, const char *name,
    const char *realm, int64_t unix_s,
    uint8_t keys[static CREDENTIAL_SECRETS][CREDENTIAL_KEY])
{
	char password[CREDENTIAL_PASSWORD];

	for (size_t i = 0; i < c->nusers; i++)
		if (strcmp(c->users[i].name, name) == 0) {
			make_key(keys[0], name, realm, c->users[i].password);
			return 1;
		}
	if (expiry(name) <= unix_s)
		return 0;
	for (size_t i = 0; i < c->nsecrets; i++) {
		credentials_password(password, c->secrets[i], name);
		make_key(keys[i], name, realm, password);
	}
	OPENSSL_cleanse(password, sizeof(password));
	return c->nsecrets;
}

const char *
credentials_id(const char *name)
{
	const char *colon = strchr(name, ':');

	return expiry(name) >= 0 && colon ? colon + 1 : name;
}
