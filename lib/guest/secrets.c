#include "guest/secrets.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

static int
take_line(FILE *f, char out[PASSWORD_MAX + 1])
{
	char line[PASSWORD_MAX + 3] = "";

	if (!fgets(line, sizeof(line), f))
		return ferror(f) ? -EIO : 0;
	line[strcspn(line, "\r\n")] = '\0';
	if (strlen(line) > PASSWORD_MAX)
		return -E2BIG;
	strcpy(out, line);
	explicit_bzero(line, sizeof(line));
	return 0;
}

static int
read_file(struct secrets *s, const char *path)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	int err;

	if (!f)
		return -errno;
	if (fstat(fileno(f), &st) == 0 && st.st_mode & 077)
		log_warn("'%s' can be read by others: chmod 600", path);
	err = take_line(f, s->control);
	if (!err)
		err = take_line(f, s->view);
	fclose(f);
	return err;
}

static int
take_variable(struct secrets *s, const char *name)
{
	char *password = getenv(name);

	if (!password)
		return 0;
	if (strlen(password) > PASSWORD_MAX)
		return -E2BIG;
	strcpy(s->control, password);
	explicit_bzero(password, strlen(password));
	unsetenv(name);
	return 0;
}

int
secrets_load(struct secrets *s, const char *path, const char *variable)
{
	int err;

	*s = (struct secrets){ "", "" };
	err = path ? read_file(s, path) : take_variable(s, variable);
	return err || *s->control || *s->view ? err : -ENODATA;
}

const char *
secrets_why(int err)
{
	switch (err) {
	case -E2BIG:
		return "a password is at most 255 bytes";
	case -ENODATA:
		return "expected a password in the first line, one to view "
		       "only in the second, or both";
	default:
		return strerror(-err);
	}
}

/* In a time that does not depend on where they differ, nor on lengths. */
static bool
is_password(const char *right, const char *given)
{
	return *right && CRYPTO_memcmp(right, given, PASSWORD_MAX + 1) == 0;
}

int
secrets_check(const struct secrets *s, const char *password, size_t len)
{
	char given[PASSWORD_MAX + 1] = "";
	int role = -1;

	if (len > PASSWORD_MAX || memchr(password, '\0', len))
		return -1;
	memcpy(given, password, len);
	if (is_password(s->control, given))
		role = 1;
	else if (is_password(s->view, given))
		role = 0;
	explicit_bzero(given, sizeof(given));
	return role;
}
