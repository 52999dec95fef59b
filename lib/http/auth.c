#include "http/auth.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

	*a = (struct auth){ -1, -1, -1 };
	if (fd == -1)
		return -errno;
	if (fstat(fd, &st) || st.st_mode & (S_IWGRP | S_IWOTH))
		err = -EPERM;
	else if ((a->tokens = open_folder(fd, "tokens")) < 0)
		err = a->tokens;
	else if ((a->links = open_folder(fd, "links")) < 0)
		err = a->links;
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
	if (a->links >= 0)
		close(a->links);
	if (a->sessions >= 0)
		close(a->sessions);
	*a = (struct auth){ -1, -1, -1 };
}

/* A file's line: a role, perhaps a word behind it, and when it was written. */
struct entry {
	enum auth_role role;
	char word[AUTH_NAME_SIZE];
	int64_t written;
};

static enum auth_role
role_of(const char *name)
{
	for (enum auth_role role = AUTH_VIEW; role <= AUTH_CONTROL; role++)
		if (strcmp(name, roles[role]) == 0)
			return role;
	return AUTH_NONE;
}

/* Its role is AUTH_NONE when there is none, or it is not such a file. */
static struct entry
read_entry(int dir, const char *name)
{
	struct entry e = { .role = AUTH_NONE };
	char line[16 + AUTH_NAME_SIZE] = "", *word;
	struct stat st;
	int fd =
	    openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return e;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    read(fd, line, sizeof(line) - 1) > 0) {
		line[strcspn(line, "\n")] = '\0';
		word = strchr(line, ' ');
		if (word)
			*word++ = '\0';
		if (!word || (*word && strlen(word) < sizeof(e.word)))
			e.role = role_of(line);
		if (e.role != AUTH_NONE && word)
			strcpy(e.word, word);
		e.written = st.st_mtime;
	}
	close(fd);
	return e;
}

/* The link's role and, in *until, its end; without either it is removed. */
static enum auth_role
read_link(const struct auth *a, const char *name, int64_t now, int64_t *until)
{
	struct entry e = read_entry(a->links, name);
	size_t digits = strspn(e.word, "0123456789");

	*until = strtoll(e.word, NULL, 10);
	if (e.role != AUTH_NONE && digits && !e.word[digits] && now < *until)
		return e.role;
	unlinkat(a->links, name, 0);
	return AUTH_NONE;
}

static enum auth_role
read_token(const struct auth *a, const char *name, int64_t now)
{
	struct entry e = read_entry(a->tokens, name);

	if (e.role != AUTH_NONE && !*e.word && now - e.written < AUTH_TOKEN_S)
		return e.role;
	unlinkat(a->tokens, name, 0);
	return AUTH_NONE;
}

/* As auth_session(); *used is when it was. */
static enum auth_role
read_session(const struct auth *a, const char *name, int64_t now,
    struct auth_pass *pass, int64_t *used)
{
	struct entry e = read_entry(a->sessions, name);

	*pass = (struct auth_pass){ e.role, "", INT64_MAX };
	*used = e.written;
	if (now - e.written >= AUTH_IDLE_S)
		pass->role = AUTH_NONE;
	if (pass->role != AUTH_NONE && *e.word) {
		strcpy(pass->link, e.word);
		if (read_link(a, e.word, now, &pass->until) == AUTH_NONE)
			pass->role = AUTH_NONE;
	}
	if (pass->role == AUTH_NONE)
		unlinkat(a->sessions, name, 0);
	return pass->role;
}

static void
touch(const struct auth *a, const char *name, int64_t now)
{
	const struct timespec times[2] = { { .tv_sec = now },
		{ .tv_sec = now } };

	utimensat(a->sessions, name, times, AT_SYMLINK_NOFOLLOW);
}

static int
write_entry(int dir, const char *name, enum auth_role role, const char *link)
{
	int fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool good;

	if (fd == -1)
		return -errno;
	good = dprintf(fd, *link ? "%s %s\n" : "%s\n", roles[role], link) > 0;
	if (!close(fd) && good)
		return 0;
	unlinkat(dir, name, 0);
	return -EIO;
}

enum auth_role
auth_redeem(
    const struct auth *a, const char *by, const char *session, int64_t now)
{
	enum auth_role role = read_token(a, by, now);
	int64_t until;

	if (role != AUTH_NONE) {
		if (renameat(a->tokens, by, a->sessions, session))
			return AUTH_NONE;
	} else {
		role = read_link(a, by, now, &until);
		if (role == AUTH_NONE ||
		    write_entry(a->sessions, session, role, by))
			return AUTH_NONE;
	}
	touch(a, session, now);
	return role;
}

int
auth_begin(const struct auth *a, const char *session, enum auth_role role)
{
	return write_entry(a->sessions, session, role, "");
}

int
auth_issue(const struct auth *a, const char *token, enum auth_role role)
{
	return write_entry(a->tokens, token, role, "");
}

enum auth_role
auth_session(
    const struct auth *a, const char *name, int64_t now, struct auth_pass *pass)
{
	int64_t used;

	if (read_session(a, name, now, pass, &used) != AUTH_NONE &&
	    now - used >= TOUCH_S)
		touch(a, name, now);
	return pass->role;
}

void
auth_end(const struct auth *a, const char *name)
{
	unlinkat(a->sessions, name, 0);
}

/* What is done to a file of a folder; by is the caller's. */
typedef void visit(
    const struct auth *a, const char *name, int64_t now, const char *by);

static void
sweep_token(const struct auth *a, const char *name, int64_t now, const char *by)
{
	(void)by;
	read_token(a, name, now);
}

static void
sweep_link(const struct auth *a, const char *name, int64_t now, const char *by)
{
	int64_t until;

	(void)by;
	read_link(a, name, now, &until);
}

static void
sweep_session(
    const struct auth *a, const char *name, int64_t now, const char *by)
{
	struct auth_pass pass;
	int64_t used;

	(void)by;
	read_session(a, name, now, &pass, &used);
}

static void
end_other(const struct auth *a, const char *name, int64_t now, const char *by)
{
	(void)now;
	if (!by || strcmp(name, by) != 0)
		auth_end(a, name);
}

static void
each(const struct auth *a, int dir, int64_t now, visit *f, const char *by)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((e = readdir(d)))
		if (*e->d_name != '.')
			f(a, e->d_name, now, by);
	closedir(d);
}

void
auth_end_others(const struct auth *a, const char *name)
{
	each(a, a->sessions, 0, end_other, name);
}

/* To read a file is to remove it when it is worth nothing any more. */
void
auth_sweep(const struct auth *a, int64_t now)
{
	each(a, a->tokens, now, sweep_token, NULL);
	each(a, a->links, now, sweep_link, NULL);
	each(a, a->sessions, now, sweep_session, NULL);
}
