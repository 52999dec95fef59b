#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "portal/apps.h"

static const char *
read_file(struct apps *as, const char *path, struct apps_bad bad)
{
	static char text[APPS_TEXT_MAX + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd == -1)
		return errno == ENOENT ? "is not there" : "cannot be read";
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n < 0)
		return "cannot be read";
	if ((size_t)n == sizeof(text))
		return "is above 64 KiB";
	return apps_read_yaml(as, text, (size_t)n, bad);
}

/* Where a link leads, that it goes on leading there. */
static void
resolve(const char *path, char out[PATH_MAX])
{
	if (!realpath(path, out))
		snprintf(out, PATH_MAX, "%s", path);
}

static int
write_all(int fd, const char *text, size_t len, mode_t mode)
{
	if (fchmod(fd, mode))
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		return errno ? -errno : -EIO;
	return fsync(fd) ? -errno : 0;
}

/* Whole or not at all; who may read it stays as it was. */
static int
write_file(const struct apps *as, const char *path)
{
	static char text[8 * APPS_TEXT_MAX];
	char real[PATH_MAX], temporary[PATH_MAX + 8];
	long len = apps_print_yaml(as, text, sizeof(text));
	struct stat st;
	int fd, err;

	if (len < 0)
		return (int)len;
	resolve(path, real);
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", real);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd == -1)
		return -errno;
	errno = 0;
	err = write_all(
	    fd, text, (size_t)len, stat(real, &st) ? 0644 : st.st_mode & 0777);
	close(fd);
	if (!err && rename(temporary, real))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

bool
apps_load(struct apps *as, const char *path, const char *config,
    struct apps_bad bad, const char **why, int *err)
{
	*err = 0;
	*why = read_file(as, path, bad);
	if (!*why)
		return true;
	as->n = 0;
	if (!config)
		return false;
	apps_parse(as, config, bad);
	/* Who waits for the file must not take a mistake for "none". */
	*err = as->n || !*config ? write_file(as, path) : -EINVAL;
	return true;
}
