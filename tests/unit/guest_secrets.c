#include "guest/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../tap.h"

static char path[] = "/tmp/guest_secrets.XXXXXX";
static struct secrets s;

static int
load(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd == -1 || write(fd, text, strlen(text)) < 0 || close(fd))
		abort();
	return secrets_load(&s, path, "GUEST_PASSWORD");
}

static int
check(const char *password)
{
	return secrets_check(&s, password, strlen(password));
}

static void
test_file(void)
{
	char most[PASSWORD_MAX + 2];

	memset(most, 'x', sizeof(most));
	most[PASSWORD_MAX + 1] = '\0';
	is_int(load("own\nlook\n"), 0, "two lines");
	is_int(check("own"), 1, "the first is to control");
	is_int(check("look"), 0, "the second to view");
	is_int(check("ow"), -1, "a part of it is neither");
	is_int(check("owns"), -1, "nor is it and more");
	is_int(secrets_check(&s, "own\0", 4), -1, "nor with a NUL in it");
	is_int(check(""), -1, "nor is none");
	is_int(load("own\r\n"), 0, "one line, ended as DOS does");
	is_int(check("own"), 1, "is to control");
	is_int(check(""), -1, "and to view there is none");
	is_int(load("\nlook"), 0, "only the second");
	is_int(check("look"), 0, "is to view");
	is_int(check(""), -1, "and to control there is none");
	is_int(load(""), -ENODATA, "an empty file");
	is_int(load("\n\n"), -ENODATA, "two empty lines");
	is_int(load(most), -E2BIG, "one that is too long");
	is_int(check(most), -1, "proves nothing");
	most[PASSWORD_MAX] = '\0';
	is_int(load(most), 0, "one as long as can be");
	is_int(check(most), 1, "proves what it should");
	ok(strstr(secrets_why(-E2BIG), "255"), "the words for too long");
}

static void
test_variable(void)
{
	char *own;

	setenv("GUEST_PASSWORD", "own", 1);
	own = getenv("GUEST_PASSWORD");
	is_int(secrets_load(&s, NULL, "GUEST_PASSWORD"), 0, "a variable");
	is_int(check("own"), 1, "is to control");
	ok(!getenv("GUEST_PASSWORD") && !*own, "and is wiped");
	is_int(
	    secrets_load(&s, NULL, "GUEST_PASSWORD"), -ENODATA, "no variable");
	is_int(check("own"), -1, "and what was there before is gone");
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd == -1)
		abort();
	close(fd);
	test_file();
	unlink(path);
	is_int(secrets_load(&s, path, "GUEST_PASSWORD"), -ENOENT, "no file");
	test_variable();
	return done_testing();
}
