#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/die.h"
#include "base/log.h"
#include "server.h"

static void
take_line(FILE *f, const char *path, char out[PASSWORD_MAX + 1])
{
	char line[PASSWORD_MAX + 3] = "";

	if (!fgets(line, sizeof(line), f))
		return;
	line[strcspn(line, "\r\n")] = '\0';
	if (strlen(line) > PASSWORD_MAX)
		die(EXIT_PERM, 0, "'%s': a password is at most %d bytes", path,
		    PASSWORD_MAX);
	strcpy(out, line);
	explicit_bzero(line, sizeof(line));
}

static FILE *
open_secret(const char *path)
{
	FILE *f = fopen(path, "re");
	struct stat st;

	if (!f)
		die(EXIT_PERM, errno, "cannot read '%s'", path);
	if (fstat(fileno(f), &st) == 0 && st.st_mode & 077)
		log_warn("'%s' can be read by others: chmod 600", path);
	return f;
}

static void
read_environment(struct secrets *s)
{
	char *password = getenv("RDP_PASSWORD");

	if (!password || !*password)
		die(EXIT_PERM, 0,
		    "a password is needed, from -p or RDP_PASSWORD: anybody "
		    "could connect");
	if (strlen(password) > PASSWORD_MAX)
		die(EXIT_PERM, 0, "RDP_PASSWORD is longer than %d bytes",
		    PASSWORD_MAX);
	strcpy(s->control, password);
	explicit_bzero(password, strlen(password));
	unsetenv("RDP_PASSWORD");
}

void
secrets_load(struct secrets *s, const char *path)
{
	FILE *f;

	if (!path) {
		read_environment(s);
		return;
	}
	f = open_secret(path);
	take_line(f, path, s->control);
	take_line(f, path, s->view);
	fclose(f);
	if (!*s->control && !*s->view)
		die(EXIT_PERM, 0,
		    "'%s': expected a password in the first line, one to "
		    "view only in the second, or both",
		    path);
}

void
secrets_pem(const char *path, char out[PEM_MAX])
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		die(EXIT_PERM, errno, "cannot read '%s'", path);
	n = fread(out, 1, PEM_MAX, f);
	fclose(f);
	if (n == PEM_MAX)
		die(EXIT_PERM, 0, "'%s' is longer than %d bytes", path,
		    PEM_MAX - 1);
	out[n] = '\0';
	if (!strstr(out, "-----BEGIN "))
		die(EXIT_PERM, 0, "'%s' is not PEM", path);
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
