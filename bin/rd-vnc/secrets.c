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
take_line(FILE *f, const char *path, char out[RFB_PASSWORD_MAX + 1])
{
	char line[RFB_PASSWORD_MAX + 3] = "";

	if (!fgets(line, sizeof(line), f))
		return;
	line[strcspn(line, "\r\n")] = '\0';
	if (strlen(line) > RFB_PASSWORD_MAX)
		die(EXIT_PERM, 0, "'%s': a password is at most %d bytes", path,
		    RFB_PASSWORD_MAX);
	strcpy(out, line);
	explicit_bzero(line, sizeof(line));
}

static void
read_file(struct secrets *s, const char *path)
{
	FILE *f = fopen(path, "re");
	struct stat st;

	if (!f)
		die(EXIT_PERM, errno, "cannot read '%s'", path);
	if (fstat(fileno(f), &st) == 0 && st.st_mode & 077)
		log_warn("'%s' can be read by others: chmod 600", path);
	take_line(f, path, s->control);
	take_line(f, path, s->view);
	fclose(f);
	if (!*s->control && !*s->view)
		die(EXIT_PERM, 0,
		    "'%s': expected a password in the first line, one to "
		    "view only in the second, or both",
		    path);
}

static void
read_environment(struct secrets *s)
{
	char *password = getenv("VNC_PASSWORD");

	if (!password || !*password)
		return;
	if (strlen(password) > RFB_PASSWORD_MAX)
		die(EXIT_PERM, 0, "VNC_PASSWORD is longer than %d bytes",
		    RFB_PASSWORD_MAX);
	strcpy(s->control, password);
	explicit_bzero(password, strlen(password));
	unsetenv("VNC_PASSWORD");
}

bool
secrets_load(struct secrets *s, const char *path)
{
	if (path)
		read_file(s, path);
	else
		read_environment(s);
	return *s->control || *s->view;
}

static bool
is_response(const char *password, const uint8_t challenge[RFB_CHALLENGE],
    const uint8_t response[RFB_CHALLENGE])
{
	uint8_t right[RFB_CHALLENGE];

	return *password && vncauth_response(right, challenge, password) &&
	    CRYPTO_memcmp(right, response, RFB_CHALLENGE) == 0;
}

int
secrets_check_response(const struct secrets *s,
    const uint8_t challenge[RFB_CHALLENGE],
    const uint8_t response[RFB_CHALLENGE])
{
	if (is_response(s->control, challenge, response))
		return 1;
	return is_response(s->view, challenge, response) ? 0 : -1;
}

/* In a time that does not depend on where they differ, nor on lengths. */
static bool
is_password(const char *right, const char *given)
{
	return *right && CRYPTO_memcmp(right, given, RFB_PASSWORD_MAX + 1) == 0;
}

int
secrets_check(const struct secrets *s, const char *password, size_t len)
{
	char given[RFB_PASSWORD_MAX + 1] = "";
	int role = -1;

	if (len > RFB_PASSWORD_MAX || memchr(password, '\0', len))
		return -1;
	memcpy(given, password, len);
	if (is_password(s->control, given))
		role = 1;
	else if (is_password(s->view, given))
		role = 0;
	explicit_bzero(given, sizeof(given));
	return role;
}
