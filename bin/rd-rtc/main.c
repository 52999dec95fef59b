#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "base/loop.h"
#include "link/line.h"
#include "peer.h"
#include "sandbox/sandbox.h"
#include "seal.h"
#include "servers.h"
#include "signal.h"

static const char usage[] =
    "rd-rtc [-rVv] [-2 packets] [-e events] [-m microphone] [-p first-last]\n"
    "       [-T servers] [-t servers] [packets ...]\n";

static struct loop loop;
static struct link in, out;
static struct peer peer;
static int status;
static char *first_line; /* for the viewer: the servers that it may use */

static void
tell(void *arg, const char *line)
{
	(void)arg;
	if (link_send(&out, line, strlen(line), -1))
		log_debug("nobody reads the signalling");
}

static void
over(void *arg, int code, const char *why)
{
	char *line;

	(void)arg;
	status = code;
	if (code) {
		log_error("%s", why);
		line = signal_print("error", "message", why);
		if (line)
			tell(NULL, line);
		free(line);
	} else {
		log_info("%s", why);
	}
	loop_stop(&loop);
}

static ssize_t
signal_input(struct link *l, const uint8_t *p, size_t len)
{
	ptrdiff_t n = line_find(p, len);

	(void)l;
	if (n < 0)
		return len < SIGNAL_LINE_MAX ? 0 : -EMSGSIZE;
	if (n && peer_signal(&peer, (const char *)p, (size_t)n))
		over(NULL, EXIT_PERM,
		    "signalling: expected one JSON object per line with type "
		    "offer, candidate or bye");
	return n + 1;
}

static void
signal_down(struct link *l, int err)
{
	(void)l;
	if (err)
		over(NULL, EXIT_PERM, "signalling: the line is too long");
	else if (!peer.answer.offered)
		over(NULL, EXIT_PERM, "signalling ended without an offer");
}

static void
out_down(struct link *l, int err)
{
	(void)l;
	log_debug("standard output: %s", strerror(-err));
}

static const struct link_ops in_ops = {
	.input = signal_input,
	.down = signal_down,
};
static const struct link_ops out_ops = { .down = out_down };

static void
parse_ports(const char *text)
{
	unsigned int first, last;
	int end = 0;

	if (sscanf(text, "%5u-%5u%n", &first, &last, &end) != 2 || text[end] ||
	    !first || first > last || last > UINT16_MAX)
		die(EXIT_PERM, 0, "option -p: '%s' is not FIRST-LAST", text);
	peer.first_port = (uint16_t)first;
	peer.last_port = (uint16_t)last;
}

static void
name_servers(int opt, const char *path)
{
	struct ice_server servers[SERVERS_MAX];
	size_t n = servers_read(opt, path, servers, SERVERS_MAX);

	free(first_line);
	first_line = signal_print_servers(servers, n);
	if (!first_line)
		die(EXIT_TEMP, ENOMEM, "cannot start");
}

static void
add_packets(struct sources *s, const char *addr,
    bool (*add)(struct sources *s, const char *addr))
{
	if (!add(s, addr))
		die(EXIT_PERM, 0, "more than %d packet links", SOURCES_MAX);
}

static void
parse_options(int argc, char **argv)
{
	bool view_only = false;
	int ch;

	while ((ch = opt_next(argc, argv, ":2:e:hm:p:rT:t:Vv", usage)) != -1)
		switch (ch) {
		case '2':
			add_packets(&peer.sources, optarg, sources_add_half);
			break;
		case 'e':
			peer.channels.events = optarg;
			break;
		case 'm':
			peer.mic.addr = optarg;
			break;
		case 'p':
			parse_ports(optarg);
			break;
		case 'r':
			peer.sources.retry = peer.channels.retry = true;
			peer.mic.retry = true;
			break;
		case 'T':
			name_servers(ch, optarg);
			break;
		case 't':
			peer.nservers = servers_find(peer.servers,
			    servers_read(
				ch, optarg, peer.servers, SERVERS_MAX));
			break;
		case 'V':
			view_only = true;
			break;
		}
	if (view_only)
		peer.channels.events = peer.mic.addr = NULL;
	for (; optind < argc; optind++)
		add_packets(&peer.sources, argv[optind], sources_add);
}

/* GLib's main context is what libnice lives in: ours is a source of it. */
static gboolean
loop_ready(gint fd, GIOCondition condition, gpointer arg)
{
	(void)fd;
	(void)condition;
	loop_turn(arg, 0);
	return G_SOURCE_CONTINUE;
}

int
main(int argc, char **argv)
{
	struct link_config config = { .ops = &in_ops,
		.in_size = SIGNAL_LINE_MAX + 1 };
	struct link_config out_config = { .ops = &out_ops,
		.out_size = 2 * SIGNAL_LINE_MAX };
	GSource *source;
	int err;

	prog_init(argv[0]);
	parse_options(argc, argv);
	peer.loop = &loop;
	peer.tell = tell;
	peer.over = over;
	if ((err = loop_init(&loop)) || (err = seal_init()) ||
	    (err = peer_open(&peer)))
		die(EXIT_TEMP, err, "cannot set up ICE, DTLS and SRTP");
	if ((err = sandbox_enter(SANDBOX_INET | SANDBOX_UNIX)))
		die(EXIT_TEMP, err, "cannot enter the sandbox");
	if ((err = link_open_stdout(&out, &loop, &out_config)) ||
	    (err = link_open_stdin(&in, &loop, &config)))
		die(EXIT_TEMP, err, "cannot use standard input and output");
	if (first_line)
		tell(NULL, first_line);
	free(first_line);
	source = g_unix_fd_source_new(loop.fd, G_IO_IN);
	g_source_set_callback(source, G_SOURCE_FUNC(loop_ready), &loop, NULL);
	/* Else GLib wakes itself up twice around each turn. */
	g_source_set_can_recurse(source, TRUE);
	g_source_attach(source, NULL);
	while (!loop.stopped)
		g_main_context_iteration(NULL, TRUE);
	g_source_destroy(source);
	g_source_unref(source);
	peer_close(&peer);
	return status;
}
