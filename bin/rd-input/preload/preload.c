/*
 * rd-gamepad.so - the session's gamepads as devices, where there is no uinput
 *
 * For LD_PRELOAD: /dev/input is $RD_GAMEPADS, the directory of rd-input -g,
 * for the program that has it.  A device there is a socket, which gives the
 * events that one would.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "answer.h"

enum { INPUT_MAJOR = 13, EVENT_MINOR = 64 };

#define EXPORT __attribute__((visibility("default")))
/* The function of this name that would be called without us. */
#define NEXT(type, name) ((type)next(name))

static void *
next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* Where path really is, in out if that is another place. */
static const char *
place(const char *path, char out[PATH_MAX])
{
	static const char dev[] = "/dev/input";
	const char *dir = getenv("RD_GAMEPADS");
	size_t n = sizeof(dev) - 1;

	if (!dir || !path || strncmp(path, dev, n) ||
	    (path[n] && path[n] != '/'))
		return path;
	snprintf(out, PATH_MAX, "%s%s", dir, path + n);
	return out;
}

/* The kind and number of the pad that this path of ours is, or -1. */
static int
pad_of(const char *path, enum pad_kind *kind)
{
	const char *dir = getenv("RD_GAMEPADS");
	size_t n = dir ? strlen(dir) : 0;

	if (!n || strncmp(path, dir, n) || path[n] != '/')
		return -1;
	path += n + 1;
	*kind = *path == 'j' ? PAD_JS : PAD_EVENT;
	if (strncmp(path, "event", 5) == 0)
		path += 5;
	else if (strncmp(path, "js", 2) == 0)
		path += 2;
	else
		return -1;
	return *path >= '0' && *path <= '9' && !path[1] ? *path - '0' : -1;
}

static int
pad_of_fd(int fd, enum pad_kind *kind)
{
	struct sockaddr_un sun = { 0 };
	socklen_t len = sizeof(sun) - 1;
	int saved = errno, pad = -1;

	if (!getpeername(fd, (struct sockaddr *)&sun, &len) &&
	    sun.sun_family == AF_UNIX)
		pad = pad_of(sun.sun_path, kind);
	errno = saved;
	return pad;
}

static int
connect_pad(const char *path, int flags)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int type = SOCK_STREAM | (flags & O_CLOEXEC ? SOCK_CLOEXEC : 0) |
	    (flags & O_NONBLOCK ? SOCK_NONBLOCK : 0);
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, type, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&sun, sizeof(sun))) {
		close(fd);
		errno = ENODEV;
		fd = -1;
	}
	return fd;
}

typedef int openat_fn(int, const char *, int, ...);

static int
open_any(int dir, const char *path, int flags, mode_t mode)
{
	char out[PATH_MAX];
	const char *real = place(path, out);
	enum pad_kind kind;

	if (real != path && pad_of(real, &kind) >= 0)
		return connect_pad(real, flags);
	return NEXT(openat_fn *, "openat64")(dir, real, flags, mode);
}

static mode_t
mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

#define OPEN(name, extra)                                                      \
	EXPORT int name(const char *path, int flags, ...);                     \
	EXPORT int name(const char *path, int flags, ...)                      \
	{                                                                      \
		va_list ap;                                                    \
		mode_t mode;                                                   \
		va_start(ap, flags);                                           \
		mode = mode_of(flags, ap);                                     \
		va_end(ap);                                                    \
		return open_any(AT_FDCWD, path, flags | (extra), mode);        \
	}
#define OPENAT(name, extra)                                                    \
	EXPORT int name(int dir, const char *path, int flags, ...);            \
	EXPORT int name(int dir, const char *path, int flags, ...)             \
	{                                                                      \
		va_list ap;                                                    \
		mode_t mode;                                                   \
		va_start(ap, flags);                                           \
		mode = mode_of(flags, ap);                                     \
		va_end(ap);                                                    \
		return open_any(dir, path, flags | (extra), mode);             \
	}
OPEN(open, 0)
OPEN(open64, O_LARGEFILE)
OPEN(__open_2, 0)
OPEN(__open64_2, O_LARGEFILE)
OPENAT(openat, 0)
OPENAT(openat64, O_LARGEFILE)

static unsigned int
pad_minor(int pad, enum pad_kind kind)
{
	return (unsigned int)pad + (kind == PAD_JS ? 0 : EVENT_MINOR);
}

/* Make a socket look like the device it stands for. */
#define DISGUISE(st, pad, kind)                                                \
	do {                                                                   \
		(st)->st_mode = S_IFCHR | 0660;                                \
		(st)->st_rdev = makedev(INPUT_MAJOR, pad_minor(pad, kind));    \
	} while (0)
#define STAT(name, type)                                                       \
	EXPORT int name(const char *path, struct type *st);                    \
	EXPORT int name(const char *path, struct type *st)                     \
	{                                                                      \
		typedef int fn(const char *, struct type *);                   \
		char out[PATH_MAX];                                            \
		const char *real = place(path, out);                           \
		enum pad_kind kind;                                            \
		int pad = real == path ? -1 : pad_of(real, &kind);             \
		int err = NEXT(fn *, #name)(real, st);                         \
		if (!err && pad >= 0)                                          \
			DISGUISE(st, pad, kind);                               \
		return err;                                                    \
	}
#define FSTAT(name, type)                                                      \
	EXPORT int name(int fd, struct type *st);                              \
	EXPORT int name(int fd, struct type *st)                               \
	{                                                                      \
		typedef int fn(int, struct type *);                            \
		enum pad_kind kind;                                            \
		int err = NEXT(fn *, #name)(fd, st);                           \
		int pad = -1;                                                  \
		if (!err && S_ISSOCK(st->st_mode))                             \
			pad = pad_of_fd(fd, &kind);                            \
		if (pad >= 0)                                                  \
			DISGUISE(st, pad, kind);                               \
		return err;                                                    \
	}
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)

EXPORT int
statx(int dir, const char *restrict path, int flags, unsigned int mask,
    struct statx *restrict st)
{
	typedef int fn(int, const char *, int, unsigned int, struct statx *);
	char out[PATH_MAX];
	const char *real = place(path, out);
	enum pad_kind kind;
	int pad = real == path ? -1 : pad_of(real, &kind);
	int err = NEXT(fn *, "statx")(dir, real, flags, mask, st);

	if (!err && pad >= 0) {
		st->stx_mode = S_IFCHR | 0660;
		st->stx_rdev_major = INPUT_MAJOR;
		st->stx_rdev_minor = pad_minor(pad, kind);
	}
	return err;
}

EXPORT int
access(const char *path, int mode)
{
	typedef int fn(const char *, int);
	char out[PATH_MAX];

	return NEXT(fn *, "access")(place(path, out), mode);
}

EXPORT DIR *
opendir(const char *path)
{
	typedef DIR *fn(const char *);
	char out[PATH_MAX];

	return NEXT(fn *, "opendir")(place(path, out));
}

#define SCANDIR(name, type)                                                    \
	EXPORT int name(const char *path, struct type ***list,                 \
	    int (*filter)(const struct type *),                                \
	    int (*order)(const struct type **, const struct type **))          \
	{                                                                      \
		typedef int fn(const char *, struct type ***,                  \
		    int (*)(const struct type *),                              \
		    int (*)(const struct type **, const struct type **));      \
		char out[PATH_MAX];                                            \
		return NEXT(fn *, #name)(                                      \
		    place(path, out), list, filter, order);                    \
	}
SCANDIR(scandir, dirent)
SCANDIR(scandir64, dirent64)

EXPORT int
inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	typedef int fn(int, const char *, uint32_t);
	char out[PATH_MAX];

	return NEXT(fn *, "inotify_add_watch")(fd, place(path, out), mask);
}

EXPORT int
ioctl(int fd, unsigned long request, ...)
{
	typedef int fn(int, unsigned long, void *);
	unsigned int type = _IOC_TYPE(request);
	enum pad_kind kind;
	va_list ap;
	void *arg;
	int result;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if ((type != 'E' && type != 'j') || pad_of_fd(fd, &kind) < 0)
		return NEXT(fn *, "ioctl")(fd, request, arg);
	result = pad_answer(kind, request, arg);
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}
