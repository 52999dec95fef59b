/* rd-replay - frames into a file, and out of it again: rd-recording(5) */
#include <getopt.h>
#include <limits.h>

#include "base/die.h"
#include "base/log.h"
#include "play.h"
#include "record.h"

static const char usage[] = "rd-replay [-ahv] [-l path] [-R fd] [file]\n"
			    "rd-replay -s [-v] [-n count] [address]\n";

int
main(int argc, char *argv[])
{
	static struct play play = { .ready_fd = -1 };
	static struct record record;
	const char *operand;
	bool records = false;
	int ch;

	prog_init(argv[0]);
	while ((ch = getopt(argc, argv, ":ahl:n:R:sv")) != -1)
		switch (ch) {
		case 'a':
			play.all = true;
			break;
		case 'h':
			opt_help(usage);
		case 'l':
			play.path = optarg;
			break;
		case 'n':
			record.left = opt_num(ch, optarg, 1, LONG_MAX);
			break;
		case 'R':
			play.ready_fd = (int)opt_num(ch, optarg, 0, INT_MAX);
			break;
		case 's':
			records = true;
			break;
		case 'v':
			log_level++;
			break;
		default:
			opt_bad(ch);
		}
	operand = optind < argc ? argv[optind++] : "-";
	if (optind < argc)
		die(EXIT_PERM, 0, "operand '%s' is one too many (see %s -h)",
		    argv[optind], prog_name);
	if (records && (play.all || play.path || play.ready_fd != -1))
		die(EXIT_PERM, 0, "-a, -l and -R are for playing, without -s");
	if (!records && record.left)
		die(EXIT_PERM, 0, "-n is for recording, with -s");
	if (play.all && !play.path)
		die(EXIT_PERM, 0,
		    "-a needs -l: on a socket readers say what they have");
	if (records) {
		record.addr = operand;
		record_run(&record);
	} else {
		play.file = operand;
		play_run(&play);
	}
	return 0;
}
