/*
 * secrets.h - the passwords that clients prove
 */
#ifndef GUEST_SECRETS_H
#define GUEST_SECRETS_H

#include <stddef.h>

enum { PASSWORD_MAX = 255 }; /* bytes */

/* "" is none, which nobody can prove. */
struct secrets {
	char control[PASSWORD_MAX + 1], view[PASSWORD_MAX + 1];
};

/*
 * From the lines of a file, to control and to view only, or when path is NULL
 * from a variable of the environment, to control, which is wiped there.
 * Returns 0 or negative errno, of which secrets_why() knows the words:
 * -ENODATA, there is none; -E2BIG, one is longer than PASSWORD_MAX; or why the
 * file cannot be read.
 */
int secrets_load(struct secrets *s, const char *path, const char *variable);
const char *secrets_why(int err);

/*
 * What a password of len bytes, with no NUL behind it, is good for: 1 to
 * control, 0 to view, -1 nothing.  Takes as long wherever it differs.
 */
int secrets_check(const struct secrets *s, const char *password, size_t len);

#endif
