#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "child.h"
#include "peer.h"
#include "sandbox/sandbox.h"

static const char usage[] =
    "rd-web [-hiv] [-a authdir] [-c cert -k key] [-l [host:]port]\n"
    "       [-o origin] [-R fd] path=kind:target ...\n";

enum {
	ORIGINS_MAX = 16,
};

struct options {
	const char *auth, *cert, *key, *listen;
	bool public;
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

	while ((ch = opt_next(argc, argv, ":a:c:hik:l:o:R:v", usage)) != -1)
		switch (ch) {
		case 'a':
			o->auth = optarg;
			break;
		case 'c':
			o->cert = optarg;
			break;
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

static void
check_readable(const char *path)
{
	if (path && access(path, R_OK))
		die(EXIT_PERM, errno, "cannot read '%s'", path);
}

static void
open_web(struct server *s, const struct options *o)
{
	struct web_config c = {
		.callback = server_callback,
		.piece = BRIDGE_PIECE,
		.cert = o->cert,
		.key = o->key,
		.site = { o->cert != NULL, o->origins, o->norigins },
		.user = s,
	};
	int err;

	check_readable(o->cert);
	check_readable(o->key);
	err = web_open(&s->web, &c);
	if (err == -EBADMSG)
		die(EXIT_PERM, 0,
		    "certificate '%s' with key '%s' is of no use (try -vv)",
		    o->cert, o->key);
	if (err)
		die(EXIT_TEMP, err, "cannot start libwebsockets (try -vv)");
}

static void
listen_at(struct server *s, const char *address, bool public)
{
	int err = web_bind(&s->web, address);

	if (err == -EINVAL)
		die(EXIT_PERM, 0, "option -l: '%s' is not [HOST:]PORT",
		    address);
	if (err == -ENOENT)
		die(EXIT_PERM, 0, "option -l: '%s' is not known", address);
	if (err == -EADDRINUSE)
		die(EXIT_TEMP, 0,
		    "%s is in use by another program: choose another "
		    "port with -l",
		    address);
	if (!err && web_is_public(&s->web) && !s->grants.on)
		die(EXIT_PERM, 0,
		    "%s is open to others: give -a to ask who they are",
		    address);
	if (!err && web_is_public(&s->web) && !s->web.site.tls && !public)
		die(EXIT_PERM, 0,
		    "%s is open to others without TLS: give -c and -k, or -i "
		    "behind a proxy that has it",
		    address);
	if (!err)
		err = web_listen(&s->web);
	if (err)
		die(EXIT_TEMP, err, "cannot listen at %s", address);
}

int
main(int argc, char **argv)
{
	struct options o = { .listen = "8080" };
	static struct server s;
	int err;

	prog_init(argv[0]);
	parse_options(&o, argc, argv);
	open_routes(&s, argv + optind, (size_t)(argc - optind));
	open_web(&s, &o);
	err = grants_open(&s.grants, &s.web.loop, o.auth, people_file(&s));
	if (err)
		die(EXIT_PERM, err, "folder '%s'", o.auth);
	listen_at(&s, o.listen, o.public);
	signal(SIGXFSZ, SIG_IGN); /* writing says so too */
	/* Of no use to the commands of viewers either. */
	err = sandbox_drop_privileges();
	if (err)
		die(EXIT_TEMP, err, "cannot drop privileges");
	ready_tell(ready_fd);
	web_run(&s.web);
	while (s.peers)
		peer_end(s.peers);
	web_close(&s.web);
	grants_close(&s.grants);
	child_end_all();
	return 0;
}
