#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "portal.h"

static const char usage[] = "rd-portal [-hLv] [-f file]\n";

struct options {
	const char *file;
	bool list;
};

static void
parse_options(struct options *o, int argc, char **argv)
{
	int ch;

	while ((ch = getopt(argc, argv, ":f:hLv")) != -1)
		switch (ch) {
		case 'f':
			o->file = optarg;
			break;
		case 'h':
			opt_help(usage);
		case 'L':
			o->list = true;
			break;
		case 'v':
			log_level++;
			break;
		default:
			opt_bad(ch);
		}
	if (argv[optind])
		die(EXIT_PERM, 0, "operand '%s' is not expected", argv[optind]);
	if (!o->list)
		die(EXIT_PERM, 0, "option -L is needed");
}

int
main(int argc, char **argv)
{
	struct options o = { .file = "/etc/portal.yaml" };
	static struct apps apps;

	prog_init(argv[0]);
	parse_options(&o, argc, argv);
	if (!list_load(&apps, o.file))
		die(EXIT_PERM, 0,
		    "no applications: set PORTAL_CONFIG, or write '%s'",
		    o.file);
	list_print(&apps);
	return 0;
}
