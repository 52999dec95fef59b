/*
 * auth.h - who may enter: one-time tokens and sessions as files
 *
 * A folder holds tokens/ and sessions/.  In each a secret is one small file
 * named by the lowercase hex SHA-256 of the secret's characters, whose only
 * line is the role: "control" or "view".  So a look-up compares no secret
 * byte by byte, the disk never holds one, and removing a file revokes it.
 *
 * Names are passed to these functions, never secrets, except where said.
 * Times are seconds of the wall clock, as in the files' modification times.
 */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include <stdint.h>

enum auth_role {
	AUTH_NONE,
	AUTH_VIEW,
	AUTH_CONTROL,
};

enum {
	AUTH_NAME_SIZE = 65,   /* 64 hex digits and a NUL */
	AUTH_SECRET_SIZE = 65, /* of the secrets made here: 256 random bits */
	AUTH_TOKEN_S = 15 * 60,
	AUTH_IDLE_S = 12 * 60 * 60,
};

/* "control" or "view". */
const char *auth_role_name(enum auth_role role);

struct auth {
	int tokens, sessions; /* the folders */
};

/*
 * Open the folder dir, making tokens/ and sessions/ when they are not there.
 * -EPERM when others than its owner can write to one of the three.
 */
int auth_open(struct auth *a, const char *dir);
void auth_close(struct auth *a);

/* The file name of a secret. */
void auth_name(char name[AUTH_NAME_SIZE], const char *secret);

/* A new secret.  Negative errno when the system gives no random bytes. */
int auth_secret(char secret[AUTH_SECRET_SIZE]);

/*
 * Turn the token into a session of that name, atomically: of two callers one
 * succeeds.  AUTH_NONE when there is no such token or it is older than
 * AUTH_TOKEN_S; then it is removed.
 */
enum auth_role auth_redeem(
    const struct auth *a, const char *token, const char *session, int64_t now);

/*
 * The role of a session, which counts as used now; AUTH_NONE when there is
 * none, or none used within AUTH_IDLE_S, and then it is removed.
 */
enum auth_role auth_session(
    const struct auth *a, const char *name, int64_t now);

/* End a session; nothing when there is none. */
void auth_end(const struct auth *a, const char *name);

/* Remove tokens and sessions past their time. */
void auth_sweep(const struct auth *a, int64_t now);

#endif
