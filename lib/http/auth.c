#include "http/auth.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/sha.h>

enum { TOUCH_S = 60 }; /* how exact the time of last use is */

static const char *const roles[] = {
	[AUTH_VIEW] = "view",
	[AUTH_CONTROL] = "control",
};

const char *
auth_role_name(enum auth_role role)
{
	return roles[role];
}

static void
hex(char *out, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sprintf(out + 2 * i, "%02x", bytes[i]);
}

void
auth_name(char name[AUTH_NAME_SIZE], const char *secret)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)secret, strlen(secret), digest);
	hex(name, digest, sizeof(digest));
}

int
auth_secret(char secret[AUTH_SECRET_SIZE])
{
	unsigned char bytes[(AUTH_SECRET_SIZE - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	hex(secret, bytes, sizeof(bytes));
	return 0;
}

/* A folder only its owner can change; name NULL is dir itself. */
static int
open_folder(int dir, const char *name)
{
	struct stat st;
	int fd;

	if (mkdirat(dir, name, 0700) && errno != EEXIST)
		return -errno;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -errno;
	if (fstat(fd, &st) || st.st_mode & (S_IWGRP | S_IWOTH)) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

int
auth_open(struct auth *a, const char *dir)
{
	struct stat st;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = 0;

	*a = (struct auth){ -1, -1 };
	if (fd == -1)
		return -errno;
	if (fstat(fd, &st) || st.st_mode & (S_IWGRP | S_IWOTH))
		err = -EPERM;
	else if ((a->tokens = open_folder(fd, "tokens")) < 0)
		err = a->tokens;
	else if ((a->sessions = open_folder(fd, "sessions")) < 0)
		err = a->sessions;
	close(fd);
	if (err)
		auth_close(a);
	return err;
}

void
auth_close(struct auth *a)
{
	if (a->tokens >= 0)
		close(a->tokens);
	if (a->sessions >= 0)
		close(a->sessions);
	*a = (struct auth){ -1, -1 };
}

/*
 * The role in a file last used less than limit seconds ago, and that time;
 * any other file is removed.
 */
static enum auth_role
read_role(int dir, const char *name, int64_t limit, int64_t now, int64_t *used)
{
	enum auth_role role = AUTH_NONE;
	char line[16] = "";
	struct stat st;
	int fd =
	    openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return AUTH_NONE;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    now - st.st_mtime < limit && read(fd, line, sizeof(line) - 1) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, roles[AUTH_CONTROL]) == 0)
			role = AUTH_CONTROL;
		else if (strcmp(line, roles[AUTH_VIEW]) == 0)
			role = AUTH_VIEW;
		*used = st.st_mtime;
	}
	close(fd);
	if (role == AUTH_NONE)
		unlinkat(dir, name, 0);
	return role;
}

static void
touch(const struct auth *a, const char *name, int64_t now)
{
	const struct timespec times[2] = { { .tv_sec = now },
		{ .tv_sec = now } };

	utimensat(a->sessions, name, times, AT_SYMLINK_NOFOLLOW);
}

enum auth_role
auth_redeem(
    const struct auth *a, const char *token, const char *session, int64_t now)
{
	int64_t made;
	enum auth_role role =
	    read_role(a->tokens, token, AUTH_TOKEN_S, now, &made);

	if (role == AUTH_NONE ||
	    renameat(a->tokens, token, a->sessions, session))
		return AUTH_NONE;
	touch(a, session, now);
	return role;
}

enum auth_role
auth_session(const struct auth *a, const char *name, int64_t now)
{
	int64_t used;
	enum auth_role role =
	    read_role(a->sessions, name, AUTH_IDLE_S, now, &used);

	if (role != AUTH_NONE && now - used >= TOUCH_S)
		touch(a, name, now);
	return role;
}

void
auth_end(const struct auth *a, const char *name)
{
	unlinkat(a->sessions, name, 0);
}

static void
sweep_folder(int dir, int64_t limit, int64_t now)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct stat st;

	if (!d) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((e = readdir(d)))
		if (!fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode) && now - st.st_mtime >= limit)
			unlinkat(dir, e->d_name, 0);
	closedir(d);
}

void
auth_sweep(const struct auth *a, int64_t now)
{
	sweep_folder(a->tokens, AUTH_TOKEN_S, now);
	sweep_folder(a->sessions, AUTH_IDLE_S, now);
}
