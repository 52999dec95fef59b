/*
 * auth.h - who may enter: tokens, links and sessions as files
 *
 * A folder holds tokens/, links/ and sessions/.  In each a secret is one small
 * file named by the lowercase hex SHA-256 of the secret's characters, whose
 * only line begins with the role: "control" or "view".  So a look-up compares
 * no secret byte by byte, the disk never holds one, and removing a file
 * revokes it.
 *
 *	tokens/    ROLE         good for one login
 *	links/     ROLE UNTIL   for any number of them before that second
 *	sessions/  ROLE [LINK]  begun by the link of that name, and ends with it
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
	int tokens, links, sessions; /* the folders */
};

/* What a session is worth. */
struct auth_pass {
	enum auth_role role;
	char link[AUTH_NAME_SIZE]; /* its link's name, or "" */
	int64_t until;             /* when that ends, or INT64_MAX */
};

/*
 * Open the folder dir, making those in it when they are not there.  -EPERM
 * when others than its owner can write to one of the four.
 */
int auth_open(struct auth *a, const char *dir);
void auth_close(struct auth *a);

/* The file name of a secret. */
void auth_name(char name[AUTH_NAME_SIZE], const char *secret);

/* A new secret.  Negative errno when the system gives no random bytes. */
int auth_secret(char secret[AUTH_SECRET_SIZE]);

/*
 * Begin a session of that name by the token or link of name by.  A token
 * becomes it, atomically: of two callers one succeeds.  AUTH_NONE when there
 * is none of the two, or one past its time; then it is removed.
 */
enum auth_role auth_redeem(
    const struct auth *a, const char *by, const char *session, int64_t now);

/* Begin one of a password.  Negative errno. */
int auth_begin(const struct auth *a, const char *session, enum auth_role role);

/* Make a token.  Negative errno. */
int auth_issue(const struct auth *a, const char *token, enum auth_role role);

/*
 * What a session is worth, which counts as used now; its role is returned as
 * well.  AUTH_NONE when there is none, none used within AUTH_IDLE_S or its
 * link has ended, and then it is removed.
 */
enum auth_role auth_session(const struct auth *a, const char *name, int64_t now,
    struct auth_pass *pass);

/* End a session; nothing when there is none. */
void auth_end(const struct auth *a, const char *name);

/* End all but one, or all (NULL). */
void auth_end_others(const struct auth *a, const char *name);

/* Remove what is past its time. */
void auth_sweep(const struct auth *a, int64_t now);

#endif
