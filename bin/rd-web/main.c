#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/die.h"
#include "base/log.h"
#include "child.h"
#include "peer.h"

static const char usage[] =
    "rd-web [-hiv] [-a authdir] [-c cert -k key] [-l [host:]port]\n"
    "       [-o origin] [-R fd] path=kind:target ...\n";

enum {
	CONNECTIONS_MAX = 512,
	FDS = 2048, /* enough for all connections and commands */
	ORIGINS_MAX = 16,
	HEADERS_MAX = 16384,
	HEADERS_S = 10, /* to send them */
	KEEPALIVE_S = 30,
};

struct options {
	const char *auth, *cert, *key, *listen;
	bool public;
	int ready_fd;
	struct origin origins[ORIGINS_MAX];
	size_t norigins;
};

static void
add_origin(struct options *o, const char *text)
{
	if (o->norigins == ORIGINS_MAX)
		die(EXIT_PERM, 0, "option -o: more than %d", ORIGINS_MAX);
	if (!origin_parse(&o->origins[o->norigins++], text))
		die(EXIT_PERM, 0,
		    "option -o: '%s' is not an origin such as "
		    "https://desk.example.org",
		    text);
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	int ch;

	while ((ch = getopt(argc, argv, ":a:c:hik:l:o:R:v")) != -1)
		switch (ch) {
		case 'a':
			o->auth = optarg;
			break;
		case 'c':
			o->cert = optarg;
			break;
		case 'h':
			opt_help(usage);
		case 'i':
			o->public = true;
			break;
		case 'k':
			o->key = optarg;
			break;
		case 'l':
			o->listen = optarg;
			break;
		case 'o':
			add_origin(o, optarg);
			break;
		case 'R':
			o->ready_fd = (int)opt_num(ch, optarg, 0, FDS);
			break;
		case 'v':
			log_level++;
			break;
		default:
			opt_bad(ch);
		}
	if (!o->cert != !o->key)
		die(EXIT_PERM, 0, "options -c and -k go together");
	if (optind == argc)
		die(EXIT_PERM, 0, "no route: nothing to serve (see rd-web -h)");
}

static void
open_routes(struct server *s, char **operands, size_t n)
{
	s->routes = calloc(n, sizeof(*s->routes));
	if (!s->routes)
		die(EXIT_TEMP, ENOMEM, "cannot start");
	for (s->nroutes = 0; s->nroutes < n; s->nroutes++) {
		struct route *r = &s->routes[s->nroutes];
		char *whole = strdup(operands[s->nroutes]);
		const char *wrong = route_parse(r, operands[s->nroutes]);

		if (wrong)
			die(EXIT_PERM, 0, "route '%s' %s", whole, wrong);
		free(whole);
		if (r->kind != ROUTE_FILES && r->kind != ROUTE_STORE)
			continue;
		r->dir = open(r->target, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (r->dir == -1)
			die(EXIT_PERM, errno, "folder '%s'", r->target);
	}
}

/* Where the list of people is kept, if any. */
static const char *
people_file(const struct server *s)
{
	for (size_t i = 0; i < s->nroutes; i++)
		if (s->routes[i].kind == ROUTE_PEOPLE)
			return s->routes[i].target;
	return NULL;
}

/* lws says why in its log only; most of it is about what peers do. */
static void
log_lws(int level, const char *line)
{
	(void)level;
	log_debug("lws: %.*s", (int)strcspn(line, "\n"), line);
}

static void
limit_fds(struct server *s)
{
	struct rlimit lim;

	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = lim.rlim_max < FDS ? lim.rlim_max : FDS;
	setrlimit(RLIMIT_NOFILE, &lim);
	s->connections_max = CONNECTIONS_MAX;
	if (lim.rlim_cur < FDS)
		s->connections_max = (unsigned)lim.rlim_cur / 8;
}

static void
check_readable(const char *path)
{
	if (path && access(path, R_OK))
		die(EXIT_PERM, errno, "cannot read '%s'", path);
}

static void
open_lws(struct server *s, const struct options *o)
{
	static const struct lws_protocols protocols[] = {
		{ "rd", server_callback, 0, 16384, 0, NULL,
		    LWS_PRE + BRIDGE_PIECE + 64 },
		{ "loop", server_inner, 0, 0, 0, NULL, 0 },
		{ NULL, NULL, 0, 0, 0, NULL, 0 },
	};
	static const lws_retry_bo_t alive = {
		.secs_since_valid_ping = 30,
		.secs_since_valid_hangup = 45,
	};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.headers = reply_headers,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		    LWS_SERVER_OPTION_VALIDATE_UTF8,
		.gid = -1,
		.uid = -1,
		.user = s,
		.max_http_header_data = HEADERS_MAX,
		.timeout_secs = HEADERS_S,
		.keepalive_timeout = KEEPALIVE_S,
		.retry_and_idle_policy = &alive,
	};
	lws_sock_file_fd_type fd = { .filefd = s->loop.fd };

	check_readable(o->cert);
	check_readable(o->key);
	if (o->cert) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = o->cert;
		info.ssl_private_key_filepath = o->key;
		info.alpn = "http/1.1";
		info.ssl_options_set = SSL_OP_NO_RENEGOTIATION;
		/* None of these is older than TLS 1.2. */
		info.ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
	}
	lws_set_log_level(LLL_ERR | LLL_WARN, log_lws);
	s->context = lws_create_context(&info);
	if (!s->context)
		die(EXIT_TEMP, 0, "cannot start libwebsockets (try -vv)");
	s->vhost = lws_create_vhost(s->context, &info);
	if (!s->vhost)
		die(EXIT_PERM, 0,
		    "certificate '%s' with key '%s' is of no use (try -vv)",
		    o->cert, o->key);
	if (!lws_adopt_descriptor_vhost(
		s->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "loop", NULL))
		die(EXIT_TEMP, 0, "cannot join the event loops");
}

/*
 * Of no use to a web server or the commands of viewers, run by root or not:
 * capabilities, and programs that give more rights.
 */
static void
drop_privileges(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap);
	if (syscall(SYS_capset, &header, none) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die(EXIT_TEMP, errno, "cannot drop privileges");
}

int
main(int argc, char **argv)
{
	struct options o = { .listen = "8080", .ready_fd = -1 };
	static struct server s;
	int err;

	prog_init(argv[0]);
	parse_options(&o, argc, argv);
	open_routes(&s, argv + optind, (size_t)(argc - optind));
	limit_fds(&s);
	s.site = (struct site){ o.cert != NULL, o.origins, o.norigins };
	if (getrandom(&s.throttle.seed, sizeof(s.throttle.seed), 0) < 0)
		die(EXIT_TEMP, errno, "no random numbers");
	err = loop_init(&s.loop);
	if (err)
		die(EXIT_TEMP, err, "cannot make an event loop");
	err = grants_open(&s.grants, &s.loop, o.auth, people_file(&s));
	if (err)
		die(EXIT_PERM, err, "folder '%s'", o.auth);
	open_lws(&s, &o);
	listen_at(&s, o.listen, o.public);
	signal(SIGXFSZ, SIG_IGN); /* writing says so too */
	drop_privileges();
	ready_tell(o.ready_fd);
	while (!s.loop.stopped && lws_service(s.context, 0) >= 0)
		continue;
	while (s.peers)
		peer_end(s.peers);
	lws_context_destroy(s.context);
	grants_close(&s.grants);
	child_end_all();
	return 0;
}
