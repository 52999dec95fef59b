/* rd-vnc - RFB server on frames */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "server.h"

static const char usage[] =
    "rd-vnc [-iUVvx] [-C [host:]port] [-c cert -k key] [-e events]\n"
    "       [-H video] [-l path | [host:]port] [-m max] [-n name]\n"
    "       [-p passwords] [-R fd] [-s sound] frames\n";

enum {
	CLIENTS_MAX = 32,     /* let in, by default */
	CHOOSE_US = 10000000, /* to choose how to prove who it is */
};

static struct server server = {
	.guests = { .loop = &server.loop,
	    .ops = &client_ops,
	    .arg = &server,
	    .max = CLIENTS_MAX,
	    .ends = 2,
	    .patience_us = CHOOSE_US },
};

struct options {
	const char *listen[LISTENERS], *connect, *cert, *key, *passwords;
	size_t nlisten;
	bool stdio;
};

static void
set_name(const char *name)
{
	if (strlen(name) >= sizeof(server.config.name))
		die(EXIT_PERM, 0, "option -n: longer than %d bytes",
		    RFB_TITLE_MAX);
	strcpy(server.config.name, name);
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	struct config *c = &server.config;
	int ch;

	while ((ch = opt_next(
		    argc, argv, ":C:c:e:H:hik:l:m:n:p:R:s:UVvx", usage)) != -1)
		switch (ch) {
		case 'C':
			o->connect = optarg;
			break;
		case 'c':
			o->cert = optarg;
			break;
		case 'e':
			c->events = optarg;
			break;
		case 'H':
			c->video = optarg;
			break;
		case 'i':
			o->stdio = true;
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
		case 'n':
			set_name(optarg);
			break;
		case 'p':
			o->passwords = optarg;
			break;
		case 's':
			c->sound = optarg;
			break;
		case 'U':
			c->unsafe = true;
			break;
		case 'V':
			server.guests.view_only = true;
			break;
		case 'x':
			server.exclusive = true;
			break;
		}
	if (argc - optind != 1)
		die(EXIT_PERM, 0,
		    "expected the address of frames (see rd-vnc -h)");
	c->frames = argv[optind];
	if (!o->cert != !o->key)
		die(EXIT_PERM, 0, "options -c and -k go together");
	if (!o->stdio && !o->connect && !o->nlisten)
		die(EXIT_PERM, 0, "expected -C, -i or -l");
	if (o->stdio && (o->connect || o->nlisten))
		die(EXIT_PERM, 0, "option -i goes without -C and -l");
}

/* Is there a way in by which anybody may come? */
static bool
is_open(const struct options *o)
{
	for (size_t i = 0; i < o->nlisten; i++)
		if (!strchr(o->listen[i], '/'))
			return true;
	return o->connect;
}

static void
load_secrets(const struct options *o)
{
	struct secrets *s = &server.guests.secrets;
	struct config *c = &server.config;
	int err = secrets_load(s, o->passwords, "VNC_PASSWORD");

	if (err && (err != -ENODATA || o->passwords))
		die(EXIT_PERM, 0, "cannot read '%s': %s",
		    o->passwords ? o->passwords : "VNC_PASSWORD",
		    secrets_why(err));
	if (err && is_open(o))
		die(EXIT_PERM, 0,
		    "a password is needed, from -p or VNC_PASSWORD: anybody "
		    "could connect");
	c->long_password = strlen(s->control) > VNCAUTH_PASSWORD ||
	    strlen(s->view) > VNCAUTH_PASSWORD;
	if (c->long_password && is_open(o))
		log_warn("clients that cannot send a password whole prove its "
			 "first %d characters only",
		    VNCAUTH_PASSWORD);
	c->anonymous = tls_anonymous();
	if (o->cert)
		c->certified = tls_certified(o->cert, o->key);
}

/* err, when it is one, is of option opt. */
static int
need(int err, char opt, const char *text)
{
	if (err < 0)
		die(err == -EINVAL || err == -E2BIG ? EXIT_PERM : EXIT_TEMP, 0,
		    "option -%c: '%s': %s", opt, text, listen_why(err));
	return err;
}

static void
listen_all(const struct options *o)
{
	struct listeners *l = &server.guests.listeners;

	for (size_t i = 0; i < o->nlisten; i++) {
		const char *at = o->listen[i];

		need(strchr(at, '/') ? listen_unix(l, at) : listen_tcp(l, at),
		    'l', at);
	}
}

/* Who was called is not asked whether it may come. */
static void
call(const char *text)
{
	struct origin origin;
	int fd = need(listen_reverse(text, &origin), 'C', text);
	int fds[2] = { fd, fd };

	guest_start(&server.guests, fds, 2, &origin);
}

static void
open_all(const struct options *o)
{
	static const struct origin local = {
		.trusted = true, .loopback = true, .text = "standard input"
	};
	static const int stdio[2] = { STDIN_FILENO, STDOUT_FILENO };
	int err = loop_init(&server.loop);

	if (!err)
		err = guests_open(&server.guests);
	if (err)
		die(EXIT_TEMP, err, "cannot begin");
	load_secrets(o);
	listen_all(o);
	server.single = !o->nlisten;
	if (o->connect)
		call(o->connect);
	if (o->stdio)
		guest_start(&server.guests, stdio, 2, &local);
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };

	prog_init(argv[0]);
	strcpy(server.config.name, "rd");
	parse_options(&o, argc, argv);
	open_all(&o);
	ready_tell(ready_fd);
	loop_run(&server.loop);
	guests_close(&server.guests);
	SSL_CTX_free(server.config.anonymous);
	SSL_CTX_free(server.config.certified);
	loop_clear(&server.loop);
	return 0;
}
