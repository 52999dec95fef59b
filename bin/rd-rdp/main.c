/* rd-rdp - RDP server on frames */
#include <errno.h>

#include <winpr/ssl.h>
#include <winpr/wlog.h>

#include "base/die.h"
#include "base/log.h"
#include "server.h"

static const char usage[] =
    "rd-rdp [-TVv] [-e events] [-H packets] [-m max] [-p passwords]\n"
    "       [-R fd] [-s sound] -c cert -k key -l [host:]port frames\n";

enum {
	CLIENTS_MAX = 32, /* let in, by default */
	PROVE_US = 60000000,
};

static struct server server = {
	.guests = { .loop = &server.loop,
	    .ops = &client_ops,
	    .arg = &server,
	    .max = CLIENTS_MAX,
	    .ends = 1,
	    .patience_us = PROVE_US },
};

struct options {
	const char *listen[LISTENERS], *cert, *key, *passwords;
	size_t nlisten;
};

static void
parse_options(struct options *o, int argc, char **argv)
{
	struct config *c = &server.config;
	int ch;

	while (
	    (ch = opt_next(argc, argv, ":c:e:H:hk:l:m:p:R:s:TVv", usage)) != -1)
		switch (ch) {
		case 'c':
			o->cert = optarg;
			break;
		case 'e':
			c->events = optarg;
			break;
		case 'H':
			c->video = optarg;
			break;
		case 'k':
			o->key = optarg;
			break;
		case 'l':
			if (o->nlisten == LISTENERS)
				die(EXIT_PERM, 0, "option -l: more than %d",
				    LISTENERS);
			o->listen[o->nlisten++] = optarg;
			break;
		case 'm':
			server.guests.max = (unsigned int)opt_num(
			    ch, optarg, 1, GUESTS - PENDING_MAX);
			break;
		case 'p':
			o->passwords = optarg;
			break;
		case 's':
			c->sound = optarg;
			break;
		case 'T':
			c->without_nla = true;
			break;
		case 'V':
			server.guests.view_only = true;
			break;
		}
	if (argc - optind != 1)
		die(EXIT_PERM, 0,
		    "expected the address of frames (see rd-rdp -h)");
	c->frames = argv[optind];
	if (!o->cert || !o->key || !o->nlisten)
		die(EXIT_PERM, 0, "options -c, -k and -l are needed");
}

/* What the library would open later no client's process could. */
static void
prepare_library(void)
{
	WLog_SetLogLevel(WLog_GetRoot(), WLOG_OFF);
	if (!winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT))
		die(EXIT_TEMP, 0, "cannot prepare TLS");
}

static void
load_secrets(const char *path)
{
	int err = secrets_load(&server.guests.secrets, path, "RDP_PASSWORD");

	if (err == -ENODATA && !path)
		die(EXIT_PERM, 0,
		    "a password is needed, from -p or RDP_PASSWORD: anybody "
		    "could connect");
	if (err)
		die(EXIT_PERM, 0, "cannot read '%s': %s",
		    path ? path : "RDP_PASSWORD", secrets_why(err));
}

static void
listen_all(const struct options *o)
{
	struct listeners *l = &server.guests.listeners;

	for (size_t i = 0; i < o->nlisten; i++) {
		int err = listen_tcp(l, o->listen[i]);

		if (err)
			die(err == -EINVAL || err == -E2BIG ? EXIT_PERM
							    : EXIT_TEMP,
			    0, "option -l: '%s': %s", o->listen[i],
			    listen_why(err));
	}
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	int err;

	prog_init(argv[0]);
	parse_options(&o, argc, argv);
	load_secrets(o.passwords);
	pem_load(o.cert, server.config.cert);
	pem_load(o.key, server.config.key);
	if ((err = loop_init(&server.loop)) ||
	    (err = guests_open(&server.guests)))
		die(EXIT_TEMP, err, "cannot begin");
	prepare_library();
	listen_all(&o);
	ready_tell(ready_fd);
	loop_run(&server.loop);
	guests_close(&server.guests);
	loop_clear(&server.loop);
	return 0;
}
