#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "portal.h"
#include "sandbox/sandbox.h"

static const char usage[] =
    "rd-portal [-v] [-d logdir] [-f file] [-l [host:]port] [-R fd]\n"
    "       [-s socket] [-t dir] -a authdir -w page\n"
    "       rd-portal -L [-v] [-f file]\n"
    "       rd-portal -M manifest\n";

struct options {
	const char *auth, *file, *listen, *logs, *manifest, *page, *supervisor,
	    *tunnels;
	bool list;
};

static void
parse_options(struct options *o, int argc, char **argv)
{
	int ch;

	while (
	    (ch = opt_next(argc, argv, ":a:d:f:hLl:M:R:s:t:vw:", usage)) != -1)
		switch (ch) {
		case 'a':
			o->auth = optarg;
			break;
		case 'd':
			o->logs = optarg;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'L':
			o->list = true;
			break;
		case 'l':
			o->listen = optarg;
			break;
		case 'M':
			o->manifest = optarg;
			break;
		case 's':
			o->supervisor = optarg;
			break;
		case 't':
			o->tunnels = optarg;
			break;
		case 'w':
			o->page = optarg;
			break;
		}
	if (argv[optind])
		die(EXIT_PERM, 0, "operand '%s' is not expected", argv[optind]);
	if (!o->list && !o->manifest && (!o->auth || !o->page))
		die(EXIT_PERM, 0,
		    "options -a and -w, or -L, or -M, are needed");
}

static void
open_web(struct portal *p, const struct options *o)
{
	const struct web_config c = {
		.callback = server_callback, .piece = REPLY_MAX, .user = p
	};
	int err = web_open(&p->web, &c);

	if (err)
		die(EXIT_TEMP, err, "cannot start libwebsockets (try -vv)");
	p->client = open(o->page, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->client == -1)
		die(EXIT_PERM, errno, "folder '%s'", o->page);
}

/* Beside file, or below dir. */
static const char *
path_of(const char *dir, size_t len, const char *name)
{
	char *path;

	if (asprintf(&path, "%.*s%s", (int)len, dir, name) == -1)
		die(EXIT_TEMP, ENOMEM, "cannot start");
	return path;
}

/* What is shown. */
static void
open_sources(struct portal *p, const struct options *o)
{
	int err = logs_open(&p->logs, &p->web.loop, o->logs);
	const char *slash;

	if (err)
		die(EXIT_PERM, err, "folder '%s'", o->logs);
	err = metrics_open(&p->metrics, "/");
	if (err)
		die(EXIT_TEMP, err, "cannot open '/'");
	p->state = open(o->auth, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->state == -1)
		die(EXIT_PERM, errno, "folder '%s'", o->auth);
	slash = strrchr(o->file, '/');
	p->links = path_of(o->file, slash ? (size_t)(slash - o->file) + 1 : 0,
	    "portal-links.yaml");
	p->log_file = getenv("PROVISIONER_LOG_FILE");
	if (!p->log_file || !*p->log_file)
		p->log_file =
		    path_of(o->logs, strlen(o->logs), "/provisioning.log");
	p->supervisor = o->supervisor;
	p->tunnels = o->tunnels;
}

static void
listen_at(struct portal *p, const char *address)
{
	int err = web_bind(&p->web, address);

	if (err == -EINVAL || err == -ENOENT)
		die(EXIT_PERM, 0,
		    "option -l: '%s' is not a [HOST:]PORT of this machine",
		    address);
	if (!err && web_is_public(&p->web))
		die(EXIT_PERM, 0,
		    "%s is open to others: what listens here asks nobody",
		    address);
	if (!err)
		err = web_listen(&p->web);
	if (err)
		die(EXIT_TEMP, err, "cannot listen at %s", address);
}

static void
load_apps(struct apps *apps, const char *file)
{
	if (!list_load(apps, file))
		die(EXIT_PERM, 0,
		    "no applications: set PORTAL_CONFIG, or write '%s'", file);
}

int
main(int argc, char **argv)
{
	struct options o = { .file = "/etc/portal.yaml",
		.listen = "11111",
		.logs = "/var/log/portal",
		.supervisor = "/var/run/supervisor.sock" };
	static struct portal p;
	int err;

	prog_init(argv[0]);
	parse_options(&o, argc, argv);
	if (o.manifest) {
		manifest_print(o.manifest);
		return 0;
	}
	load_apps(&p.apps, o.file);
	if (o.list) {
		list_print(&p.apps);
		return 0;
	}
	open_web(&p, &o);
	gate_open(&p, o.auth);
	open_sources(&p, &o);
	listen_at(&p, o.listen);
	err = sandbox_drop_privileges();
	if (err)
		die(EXIT_TEMP, err, "cannot drop privileges");
	ready_tell(ready_fd);
	web_run(&p.web);
	web_close(&p.web);
	logs_close(&p.logs);
	metrics_close(&p.metrics);
	auth_close(&p.auth);
	free(p.login);
	return 0;
}
