#include <errno.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "sandbox/sandbox.h"
#include "viewer.h"

static const char usage[] =
    "rd-stream [-rVv] [-e events] [-m microphone] [packets ...]\n";

static struct loop loop;
static struct link in, out;
static struct viewer viewer;
static int status;

static void
over(int code, const char *why)
{
	if (loop.stopped)
		return;
	status = code;
	if (code)
		log_error("%s", why);
	else
		log_info("%s", why);
	loop_stop(&loop);
}

static ssize_t
in_input(struct link *l, const uint8_t *p, size_t len)
{
	ssize_t n = viewer_input(&viewer, p, len);

	(void)l;
	if (n < 0)
		over(EXIT_PERM,
		    "standard input: expected the length of a message, at "
		    "most 131072, a newline and the message");
	return n;
}

static void
in_down(struct link *l, int err)
{
	(void)l;
	(void)err;
	over(0, "the viewer left");
}

static void
out_writable(struct link *l)
{
	(void)l;
	viewer_drained(&viewer);
}

static const struct link_ops in_ops = { .input = in_input, .down = in_down };
static const struct link_ops out_ops = {
	.writable = out_writable,
	.down = in_down,
};

static void
parse_options(int argc, char **argv)
{
	bool view_only = false;
	int ch;

	while ((ch = opt_next(argc, argv, ":e:hm:rVv", usage)) != -1)
		switch (ch) {
		case 'e':
			viewer.channels.events = optarg;
			break;
		case 'm':
			viewer.mic.addr = optarg;
			break;
		case 'r':
			viewer.sources.retry = viewer.channels.retry = true;
			viewer.mic.retry = true;
			break;
		case 'V':
			view_only = true;
			break;
		}
	if (view_only)
		viewer.channels.events = viewer.mic.addr = NULL;
	for (; optind < argc; optind++)
		if (!sources_add(&viewer.sources, argv[optind]))
			die(EXIT_PERM, 0, "more than %d packet links",
			    SOURCES_MAX);
	if (!viewer.sources.count)
		die(EXIT_PERM, 0, "no packets to send (see rd-stream -h)");
}

int
main(int argc, char **argv)
{
	struct link_config in_config = { .ops = &in_ops, .in_size = VIEWER_IN };
	struct link_config out_config = { .ops = &out_ops,
		.out_size = VIEWER_OUT };
	const char *addr;
	int err;

	prog_init(argv[0]);
	parse_options(argc, argv);
	viewer.loop = &loop;
	viewer.out = &out;
	viewer.over = over;
	if ((err = loop_init(&loop)))
		die(EXIT_TEMP, err, "cannot make an event loop");
	if ((err = viewer_open(&viewer, &addr)))
		die(EXIT_TEMP, err, "cannot connect to '%s'", addr);
	if ((err = sandbox_enter(SANDBOX_UNIX)))
		die(EXIT_TEMP, err, "cannot enter the sandbox");
	if ((err = link_open_stdout(&out, &loop, &out_config)) ||
	    (err = link_open_stdin(&in, &loop, &in_config)))
		die(EXIT_TEMP, err, "cannot use standard input and output");
	viewer_greet(&viewer);
	loop_run(&loop);
	viewer_close(&viewer);
	return status;
}
