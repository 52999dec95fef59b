/*
 * credentials.h - who may use a relay
 *
 * Static users, and names that carry their own end: "expiry:id", whose
 * password is an HMAC of the name by a secret that whoever hands them out
 * shares with the relay.  Two secrets at a time, to change from one to the
 * other.  Pure: files are read by the caller.
 */
#ifndef TURN_CREDENTIALS_H
#define TURN_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CREDENTIAL_KEY = 16,
	CREDENTIAL_NAME = 256, /* of a user, and most of a password, with NUL */
	CREDENTIAL_PASSWORD = 32, /* of a name with an end, with NUL */
	CREDENTIAL_SECRETS = 2,
	CREDENTIAL_USERS = 256,
};

struct credential_user {
	char name[CREDENTIAL_NAME], password[CREDENTIAL_NAME];
};

struct credentials { /* all zero: nobody */
	char secrets[CREDENTIAL_SECRETS][CREDENTIAL_NAME];
	size_t nsecrets, nusers;
	struct credential_user *users;
};

/*
 * Take one line of a file of secrets, or "NAME PASSWORD" of a file of users,
 * without its newline; empty lines and those that begin with # are nothing.
 * 0, -EINVAL, -ENOSPC when there are too many, -ENOMEM.
 */
int credentials_secret(struct credentials *c, const char *line);
int credentials_user(struct credentials *c, const char *line);
/* Forget all, and overwrite it. */
void credentials_clear(struct credentials *c);

/* The password of a name with an end. */
void credentials_password(char password[static CREDENTIAL_PASSWORD],
    const char *secret, const char *name);

/*
 * Keys by which a request of this user may be signed at unix_s (RFC 8489
 * section 9.2.2): one per secret, or one.  Returns how many; 0 when the user
 * is unknown or its time is over.
 */
size_t credentials_keys(const struct credentials *c, const char *name,
    const char *realm, int64_t unix_s,
    uint8_t keys[static CREDENTIAL_SECRETS][CREDENTIAL_KEY]);

/* The part of a name by which quotas are counted: behind its end. */
const char *credentials_id(const char *name);

#endif
