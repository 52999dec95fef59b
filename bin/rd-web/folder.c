#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "events/utf8.h"
#include "http/auth.h"

#define HIDDEN ".rd-partial-"

static bool
is_name(const char *p, size_t len)
{
	return len > 0 && len <= FOLDER_NAME_MAX && !(len == 1 && *p == '.') &&
	    !(len == 2 && !memcmp(p, "..", 2)) &&
	    (len < sizeof(HIDDEN) - 1 ||
		memcmp(p, HIDDEN, sizeof(HIDDEN) - 1) != 0);
}

bool
folder_is_path(const char *path)
{
	if (!utf8_valid(path, strlen(path)))
		return false;
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	for (const char *p = path;; p++) {
		size_t len = strcspn(p, "/");

		if (!is_name(p, len))
			return false;
		p += len;
		if (!*p)
			return true;
	}
}

static int
open_below(int dir, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	return fd == -1 ? -errno : fd;
}

int
folder_open_file(int dir, const char *path, struct stat *st)
{
	int fd =
	    folder_is_path(path) ? open_below(dir, path, O_RDONLY) : -ENOENT;

	if (fd >= 0 && (fstat(fd, st) || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -ENOENT;
	}
	return fd;
}

int
folder_open_list(int dir, const char *path)
{
	if (*path && !folder_is_path(path))
		return -ENOENT;
	return open_below(dir, *path ? path : ".", O_RDONLY | O_DIRECTORY);
}

/* The folder of the path's last part, part by part. */
static int
open_parent(int dir, const char *path, bool make, const char **last)
{
	char name[FOLDER_NAME_MAX + 1];
	int fd = openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *slash;

	for (; fd != -1 && (slash = strchr(path, '/')); path = slash + 1) {
		int next;

		snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
		if (make && mkdirat(fd, name, 0777) && errno != EEXIST)
			next = -1;
		else
			next = openat(fd, name,
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	*last = path;
	return fd == -1 ? -errno : fd;
}

int
folder_find(
    struct folder_file *f, int dir, const char *path, const char *id, bool make)
{
	char key[FOLDER_ID_MAX + FOLDER_NAME_MAX + 2], hash[AUTH_NAME_SIZE];
	const char *last;

	*f = (struct folder_file){ .parent = -1, .fd = -1 };
	if (!folder_is_path(path))
		return -EINVAL;
	f->parent = open_parent(dir, path, make, &last);
	if (f->parent == -ENOENT && !make)
		f->parent = -1;
	else if (f->parent < 0)
		return f->parent;
	snprintf(f->name, sizeof(f->name), "%s", last);
	snprintf(key, sizeof(key), "%s/%s", id, last);
	auth_name(hash, key);
	snprintf(f->partial, sizeof(f->partial), HIDDEN "%.32s", hash);
	return 0;
}

void
folder_close(struct folder_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->parent >= 0)
		close(f->parent);
	f->fd = f->parent = -1;
}

int64_t
folder_partial_size(const struct folder_file *f)
{
	struct stat st;

	if (f->parent == -1 ||
	    fstatat(f->parent, f->partial, &st, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(st.st_mode))
		return 0;
	return st.st_size;
}

int
folder_taken(const struct folder_file *f)
{
	struct stat st;

	if (f->parent == -1 ||
	    fstatat(f->parent, f->name, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	return S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
}

int
folder_begin(struct folder_file *f, bool anew)
{
	struct stat st;

	f->fd = openat(f->parent, f->partial,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
		(anew ? O_TRUNC : 0),
	    0666);
	if (f->fd == -1)
		return -errno;
	return fstat(f->fd, &st) || !S_ISREG(st.st_mode) ? -EINVAL : 0;
}

int
folder_commit(struct folder_file *f, bool replace)
{
	return renameat2(f->parent, f->partial, f->parent, f->name,
		   replace ? 0 : RENAME_NOREPLACE)
	    ? -errno
	    : 0;
}

void
folder_discard(struct folder_file *f)
{
	if (f->parent != -1)
		unlinkat(f->parent, f->partial, 0);
}
