#include "http/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../tap.h"

static char dir[] = "/tmp/http_auth.XXXXXX";
static struct auth auth;
static int64_t now;

static void
write_file(int folder, const char *name, const char *text, int64_t age)
{
	struct timespec times[2] = { { .tv_sec = now - age },
		{ .tv_sec = now - age } };
	int fd = openat(folder, name, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	if (fd == -1 || write(fd, text, strlen(text)) < 0 ||
	    futimens(fd, times) || close(fd))
		abort();
}

static int64_t
age_of(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, 0) ? -1 : now - st.st_mtime;
}

static enum auth_role
role_of(const char *session, int64_t at)
{
	struct auth_pass pass;

	return auth_session(&auth, session, at, &pass);
}

static void
test_names(void)
{
	char name[AUTH_NAME_SIZE], a[AUTH_SECRET_SIZE], b[AUTH_SECRET_SIZE];

	/* FIPS 180-2 appendix B.1 */
	auth_name(name, "abc");
	ok(strcmp(name,
	       "ba7816bf8f01cfea414140de5dae2223"
	       "b00361a396177a9cb410ff61f20015ad") == 0,
	    "a name is SHA-256 in hex");
	is_int(auth_secret(a), 0, "a secret");
	is_int(auth_secret(b), 0, "another");
	ok(strlen(a) == 64 && strcmp(a, b) != 0, "which differ");
}

static void
test_redeem(void)
{
	write_file(auth.tokens, "t1", "control\n", 10);
	is_int(auth_redeem(&auth, "t1", "s1", now), AUTH_CONTROL, "a token");
	is_int(age_of(auth.tokens, "t1"), -1, "is gone");
	is_int(age_of(auth.sessions, "s1"), 0, "is a session used now");
	is_int(auth_redeem(&auth, "t1", "s2", now), AUTH_NONE,
	    "not a second time");
	is_int(role_of("s1", now), AUTH_CONTROL, "the session");
	is_int(role_of("s2", now), AUTH_NONE, "none but that");

	write_file(auth.tokens, "t2", "view", AUTH_TOKEN_S - 1);
	is_int(auth_redeem(&auth, "t2", "s2", now), AUTH_VIEW,
	    "one that is old, without newline");
	write_file(auth.tokens, "t3", "control\n", AUTH_TOKEN_S);
	is_int(auth_redeem(&auth, "t3", "s3", now), AUTH_NONE,
	    "one that is too old");
	is_int(age_of(auth.tokens, "t3"), -1, "is gone, too");
	is_int(age_of(auth.sessions, "s3"), -1, "and no session");
}

static void
test_malformed(void)
{
	static const char *const texts[] = { "", "\n", "admin\n", "controls\n",
		"control \n", "control 1\n", "Control\n", "control\r\n",
		"controlcontrolcontrol\n" };
	char link[64];

	for (size_t i = 0; i < LEN(texts); i++) {
		write_file(auth.tokens, "bad", texts[i], 0);
		is_int(auth_redeem(&auth, "bad", "s", now), AUTH_NONE,
		    "role %zu of nothing", i);
		is_int(age_of(auth.tokens, "bad"), -1, "is removed");
	}
	write_file(auth.tokens, "real", "control\n", 0);
	snprintf(link, sizeof(link), "%s/tokens/link", dir);
	ok(symlinkat("real", auth.tokens, "link") == 0 &&
		auth_redeem(&auth, "link", "s", now) == AUTH_NONE,
	    "a symbolic link is nobody's token");
	unlinkat(auth.tokens, "link", 0);
	mkfifoat(auth.tokens, "fifo", 0600);
	is_int(auth_redeem(&auth, "fifo", "s", now), AUTH_NONE,
	    "a FIFO is none and does not block");
}

static void
test_session(void)
{
	write_file(auth.sessions, "new", "view\n", 59);
	role_of("new", now);
	is_int(age_of(auth.sessions, "new"), 59, "use is noted by the minute");
	write_file(auth.sessions, "idle", "view\n", AUTH_IDLE_S - 1);
	is_int(role_of("idle", now), AUTH_VIEW, "nearly expired");
	is_int(age_of(auth.sessions, "idle"), 0, "and in use again");
	write_file(auth.sessions, "old", "view\n", AUTH_IDLE_S);
	is_int(role_of("old", now), AUTH_NONE, "expired");
	is_int(age_of(auth.sessions, "old"), -1, "and removed");
	auth_end(&auth, "idle");
	is_int(role_of("idle", now), AUTH_NONE, "ended");
}

static void
test_links(void)
{
	static const char *const bad[] = { "view\n", "view \n", "view soon\n",
		"view 12x\n", "view -1\n", "nobody 99999999999\n" };
	char text[64];
	struct auth_pass pass;

	snprintf(text, sizeof(text), "view %jd\n", (intmax_t)now + 7200);
	write_file(auth.links, "l1", text, 100 * 24 * 3600);
	is_int(auth_redeem(&auth, "l1", "a", now), AUTH_VIEW, "a link");
	is_int(auth_redeem(&auth, "l1", "b", now + 7199), AUTH_VIEW,
	    "more than once, until the last second");
	is_int(auth_redeem(&auth, "l1", "a", now), AUTH_NONE,
	    "never into a session that is there");
	is_int(auth_session(&auth, "a", now + 7199, &pass), AUTH_VIEW,
	    "a session by it");
	ok(strcmp(pass.link, "l1") == 0 && pass.until == now + 7200,
	    "says by which link, and until when");
	is_int(
	    auth_redeem(&auth, "l1", "c", now + 7200), AUTH_NONE, "no longer");
	is_int(age_of(auth.links, "l1"), -1, "and it is gone");
	is_int(role_of("a", now), AUTH_NONE, "what came by it ends with it");
	is_int(age_of(auth.sessions, "a"), -1, "and is removed");
	for (size_t i = 0; i < LEN(bad); i++) {
		write_file(auth.links, "bad", bad[i], 0);
		is_int(auth_redeem(&auth, "bad", "d", now), AUTH_NONE,
		    "link %zu of nothing", i);
		is_int(age_of(auth.links, "bad"), -1, "is removed");
	}
	write_file(auth.links, "l2", text, 0);
	auth_redeem(&auth, "l2", "e", now);
	write_file(auth.sessions, "e", "control l2\n", 0);
	is_int(role_of("e", now), AUTH_CONTROL, "a role can be rewritten");
	unlinkat(auth.links, "l2", 0);
	is_int(role_of("e", now), AUTH_NONE, "to remove a link revokes");
	write_file(auth.sessions, "f", "control", 0);
	is_int(auth_session(&auth, "f", now, &pass), AUTH_CONTROL, "no link");
	ok(!*pass.link && pass.until == INT64_MAX, "no end");
}

static void
test_sweep(void)
{
	char text[64];

	snprintf(text, sizeof(text), "view %jd\n", (intmax_t)now + 1);
	write_file(auth.links, "young", text, 9999999);
	snprintf(text, sizeof(text), "view %jd\n", (intmax_t)now);
	write_file(auth.links, "old", text, 0);
	write_file(auth.sessions, "guest", "view young\n", 0);
	write_file(auth.sessions, "late", "view old\n", 0);
	write_file(auth.tokens, "young", "view\n", AUTH_TOKEN_S - 1);
	write_file(auth.tokens, "old", "view\n", AUTH_TOKEN_S);
	write_file(auth.sessions, "young", "view\n", AUTH_IDLE_S - 1);
	write_file(auth.sessions, "old", "view\n", AUTH_IDLE_S);
	auth_sweep(&auth, now);
	ok(age_of(auth.tokens, "young") > 0 &&
		age_of(auth.links, "young") > 0 &&
		age_of(auth.sessions, "young") > 0 &&
		age_of(auth.sessions, "guest") == 0,
	    "the young ones stay");
	ok(age_of(auth.tokens, "old") == -1 &&
		age_of(auth.links, "old") == -1 &&
		age_of(auth.sessions, "old") == -1 &&
		age_of(auth.sessions, "late") == -1,
	    "the old ones go");
}

static void
test_begin(void)
{
	char mine[AUTH_NAME_SIZE], other[AUTH_NAME_SIZE];

	auth_name(mine, "mine");
	auth_name(other, "other");
	ok(!auth_begin(&auth, mine, AUTH_CONTROL) &&
		!auth_issue(&auth, other, AUTH_VIEW),
	    "a session of a password, and a token");
	is_int(role_of(mine, now), AUTH_CONTROL, "the session is one");
	is_int(auth_begin(&auth, mine, AUTH_VIEW), -EEXIST, "not twice");
	is_int(auth_redeem(&auth, other, other, now), AUTH_VIEW,
	    "the token begins one as well");
	auth_end_others(&auth, mine);
	ok(role_of(mine, now) && !role_of(other, now), "the others end");
	auth_end_others(&auth, NULL);
	is_int(role_of(mine, now), AUTH_NONE, "all end");
}

static void
test_open(void)
{
	struct auth other;

	is_int(auth_open(&other, "/nonexistent"), -ENOENT, "no folder");
	is_int(other.tokens, -1, "and nothing open");
	chmod(dir, 0770);
	is_int(auth_open(&other, dir), -EPERM, "one the group can write to");
	chmod(dir, 0700);
	fchmod(auth.sessions, 0777);
	is_int(auth_open(&other, dir), -EPERM, "sessions all can write to");
	is_int(other.tokens, -1, "and nothing open");
	fchmod(auth.sessions, 0700);
	is_int(auth_open(&other, dir), 0, "again");
	auth_close(&other);
}

int
main(void)
{
	char command[64];

	now = time(NULL);
	if (!mkdtemp(dir))
		abort();
	is_int(auth_open(&auth, dir), 0, "open a fresh folder");
	test_names();
	test_redeem();
	test_malformed();
	test_session();
	test_links();
	test_sweep();
	test_begin();
	test_open();
	auth_close(&auth);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	ok(system(command) == 0, "clean up");
	return done_testing();
}
