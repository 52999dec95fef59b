/* rd-turn - STUN and TURN server */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "sandbox/sandbox.h"
#include "workers.h"

static const char usage[] =
    "rd-turn [-hv] [-A addr[:ports]] [-a addr[=public]] [-b kbit]\n"
    "        [-C connections] [-c cert -k key] [-j workers] [-l [host:]port]\n"
    "        [-m max] [-N source-max] [-n user-max] [-o other:port]\n"
    "        [-p first-last] [-R fd] [-r realm] [-S stats] [-s secrets]\n"
    "        [-T [host:]port] [-u users]\n"
    "rd-turn -g id -s secrets [-t seconds]\n";

enum {
	PORT_FIRST = 49152,
	USER_MAX = 10,
	SOURCE_MAX = 100,
	ALLOCATIONS = 1000,
	LIFETIME_S = 86400,
};

struct options {
	const char *listen[LISTENERS], *listen_tls[LISTENERS], *id;
	size_t nlisten, nlisten_tls;
	long lifetime_s;
};

static void
add_listen(const char **list, size_t *n, int ch, const char *text)
{
	if (*n == LISTENERS)
		die(EXIT_PERM, 0, "option -%c: more than %d", ch, LISTENERS);
	list[(*n)++] = text;
}

static void
parse_ports(struct turn_config *c, const char *text)
{
	unsigned int first, last;
	int end = 0;

	if (sscanf(text, "%5u-%5u%n", &first, &last, &end) != 2 || text[end] ||
	    !first || first > last || last > UINT16_MAX)
		die(EXIT_PERM, 0, "option -p: '%s' is not FIRST-LAST", text);
	c->first_port = (uint16_t)first;
	c->last_port = (uint16_t)last;
}

static void
open_peer(struct policy *p, const char *text)
{
	int err = policy_open(p, text);

	if (err == -ENOSPC)
		die(EXIT_PERM, 0, "option -A: more than %d", POLICY_OPEN);
	if (err)
		die(EXIT_PERM, 0,
		    "option -A: '%s' is not ADDRESS, ADDRESS:PORT or "
		    "ADDRESS:FIRST-LAST",
		    text);
}

static void
parse_realm(struct turn_config *c, const char *text)
{
	size_t len = strlen(text);

	if (!len || len >= sizeof(c->realm) || strpbrk(text, "\"\\"))
		die(EXIT_PERM, 0, "option -r: a name of 1 to %zu bytes",
		    sizeof(c->realm) - 1);
	memcpy(c->realm, text, len + 1);
}

/* Those that need each other, or do not go together. */
static void
check_options(const struct options *o, const struct server *s)
{
	if (!s->files.paths[FILE_CERT] != !o->nlisten_tls ||
	    !s->files.paths[FILE_KEY] != !o->nlisten_tls)
		die(EXIT_PERM, 0, "options -c, -k and -T go together");
	if (s->turn.config.max_connections && s->nworkers > 1)
		die(EXIT_PERM, 0,
		    "option -C: a connection may come to another worker: "
		    "leave out -j");
}

static void
set_limit(struct turn_config *c, int ch, const char *text)
{
	switch (ch) {
	case 'b':
		c->max_bytes_s = (uint32_t)opt_num(ch, text, 1, 10000000) * 125;
		break;
	case 'C':
		c->max_connections =
		    (uint32_t)opt_num(ch, text, 1, TURN_CONNECTIONS_ALL);
		break;
	case 'm':
		c->max = (uint32_t)opt_num(ch, text, 1, 100000);
		break;
	case 'N':
		c->max_source = (uint32_t)opt_num(ch, text, 1, 100000);
		break;
	case 'n':
		c->max_user = (uint32_t)opt_num(ch, text, 1, 100000);
		break;
	}
}

static void
name_file(struct files *f, int ch, const char *path)
{
	static const char letters[] = { [FILE_CERT] = 'c',
		[FILE_KEY] = 'k',
		[FILE_SECRETS] = 's',
		[FILE_USERS] = 'u' };

	for (size_t i = 0; i < sizeof(letters); i++)
		if (letters[i] == ch)
			f->paths[i] = path;
}

static void
parse_options(struct options *o, struct server *s, int argc, char **argv)
{
	struct turn_config *c = &s->turn.config;
	int ch;

	while (
	    (ch = opt_next(argc, argv,
		 ":A:a:b:C:c:g:hj:k:l:m:N:n:o:p:R:r:S:s:T:t:u:v", usage)) != -1)
		switch (ch) {
		case 'A':
			open_peer(&s->turn.policy, optarg);
			break;
		case 'a':
			relay_at(s, optarg);
			break;
		case 'g':
			o->id = optarg;
			break;
		case 'j':
			s->nworkers = (size_t)opt_num(ch, optarg, 1, WORKERS);
			break;
		case 'l':
			add_listen(o->listen, &o->nlisten, ch, optarg);
			break;
		case 'o':
			other_at(s, optarg);
			break;
		case 'p':
			parse_ports(c, optarg);
			break;
		case 'r':
			parse_realm(c, optarg);
			break;
		case 'S':
			s->stats_path = optarg;
			break;
		case 'T':
			add_listen(o->listen_tls, &o->nlisten_tls, ch, optarg);
			break;
		case 't':
			o->lifetime_s = opt_num(ch, optarg, 1, 1L << 30);
			break;
		case 'c':
		case 'k':
		case 's':
		case 'u':
			name_file(&s->files, ch, optarg);
			break;
		default:
			set_limit(c, ch, optarg);
		}
	if (optind < argc)
		die(EXIT_PERM, 0, "unexpected operand '%s' (see rd-turn -h)",
		    argv[optind]);
	check_options(o, s);
}

/* A descriptor for each relay, connection and whatever else is open. */
static void
limit_fds(const struct server *s)
{
	const struct turn_config *c = &s->turn.config;
	rlim_t want = 2 * (rlim_t)c->max + c->max_connections + STREAMS + 64;
	struct rlimit lim;

	getrlimit(RLIMIT_NOFILE, &lim);
	if (lim.rlim_max < want)
		log_warn("%ju descriptors are fewer than %u allocations may "
			 "need: raise the limit, or give a lower -m",
		    (uintmax_t)lim.rlim_max, c->max);
	lim.rlim_cur = lim.rlim_max < want ? lim.rlim_max : want;
	setrlimit(RLIMIT_NOFILE, &lim);
}

void
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
	if (syscall(SYS_capset, &header, none) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die(EXIT_TEMP, errno, "cannot drop privileges");
}

static void
drop_privileges(void)
{
	int err;

	drop_capabilities();
	if ((err = sandbox_enter(SANDBOX_INET)))
		die(EXIT_TEMP, err, "cannot enter the sandbox");
}

static void
hangup_ready(struct loop_watch *w, uint32_t events)
{
	struct signalfd_siginfo si;

	(void)events;
	(void)!read(w->fd, &si, sizeof(si));
	if (find_own_addresses(w->arg))
		log_error("cannot list this machine's addresses again");
	secrets_load(w->arg);
}

static void
watch_hangup(struct server *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->hangup = (struct loop_watch){
		.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
		.ready = hangup_ready,
		.arg = s,
	};
	if (s->hangup.fd == -1 || loop_watch(&s->loop, &s->hangup, EPOLLIN))
		die(EXIT_TEMP, errno, "cannot wait for signals");
}

static void
expired(struct loop_timer *t)
{
	struct server *s = t->arg;

	turn_expire(&s->turn, clock_us());
	streams_expire(s);
	server_set_expiry(s);
}

int64_t
server_now(struct server *s)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	s->turn.unix_s = ts.tv_sec;
	return clock_us();
}

void
server_set_expiry(struct server *s)
{
	int64_t at = turn_deadline(&s->turn);

	if (at == INT64_MAX)
		loop_timer_stop(&s->loop, &s->expiry);
	else if (!s->expiry.set || s->expiry.at_us != at)
		loop_timer_set(&s->loop, &s->expiry, at);
}

static void
turn_once(struct server *s)
{
	unsigned int us;

	loop_turn(&s->loop, -1);
	stats_report(s); /* before anybody hears of it */
	batch_flush(&s->batch);
	us = gather_turn(&s->gather, clock_us(), s->batch.received);
	s->batch.received = 0;
	if (us)
		usleep(us);
}

/* Until a signal; then until the last allocation, or another signal. */
static void
run(struct server *s)
{
	while (!s->loop.stopped &&
	    !(s->turn.draining && !s->turn.shared->allocations)) {
		turn_once(s);
		if (s->loop.stopped && !s->turn.draining) {
			s->turn.draining = true;
			s->loop.stopped = false;
			log_info(
			    "no new allocations; %u are left", s->turn.nheap);
		}
	}
}

static void
listen_all(struct server *s, const struct options *o)
{
	for (size_t i = 0; i < o->nlisten; i++)
		listen_at(s, o->listen[i], false);
	for (size_t i = 0; i < o->nlisten_tls; i++)
		listen_at(s, o->listen_tls[i], true);
	find_addresses(s);
}

static void
open_all(struct server *s)
{
	int err;

	if ((err = loop_init(&s->loop)))
		die(EXIT_TEMP, err, "cannot make an event loop");
	watch_hangup(s);
	secrets_load(s);
	udp_open(s);
	streams_open(s);
	if ((err = turn_open(&s->turn)))
		die(EXIT_TEMP, err, "cannot start");
	s->expiry = (struct loop_timer){ .expired = expired, .arg = s };
	for (size_t i = 0; i < s->nlisteners; i++)
		if (loop_watch(&s->loop, &s->listeners[i].watch, EPOLLIN))
			die(EXIT_TEMP, errno, "cannot watch a socket");
	stats_open(s);
}

int
main(int argc, char **argv)
{
	static struct server s = { .turn.config = { .realm = "rd",
				       .first_port = PORT_FIRST,
				       .last_port = UINT16_MAX,
				       .max = ALLOCATIONS,
				       .max_user = USER_MAX,
				       .max_source = SOURCE_MAX },
		.nworkers = 1 };
	struct options o = { .lifetime_s = LIFETIME_S };

	prog_init(argv[0]);
	parse_options(&o, &s, argc, argv);
	if (o.id) {
		files_start(&s.files, NULL);
		secrets_print(&s.files, o.id, o.lifetime_s);
		return 0;
	}
	if (!o.nlisten)
		add_listen(o.listen, &o.nlisten, 'l', "3478");
	limit_fds(&s);
	listen_all(&s, &o);
	stats_share(&s);
	if (s.nworkers > 1)
		workers_start(&s);
	files_start(&s.files, s.stats_path);
	open_all(&s);
	drop_privileges();
	ready_tell(ready_fd);
	run(&s);
	streams_close(&s);
	turn_close(&s.turn);
	batch_close(&s.batch);
	files_stop(&s.files);
	SSL_CTX_free(s.tls);
	loop_clear(&s.loop);
	free(s.relays);
	return 0;
}
