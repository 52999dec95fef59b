/* rd-replay - frames into a file, and out of it again: rd-recording(5) */
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
	static struct play play;
	static struct record record;
	const char *operand;
	bool records = false;
	int ch;

	prog_init(argv[0]);
	while ((ch = opt_next(argc, argv, ":ahl:n:R:sv", usage)) != -1)
		switch (ch) {
		case 'a':
			play.all = true;
			break;
		case 'l':
			play.path = optarg;
			break;
		case 'n':
			record.left = opt_num(ch, optarg, 1, LONG_MAX);
			break;
		case 's':
			records = true;
			break;
		}
	operand = optind < argc ? argv[optind++] : "-";
	if (optind < argc)
		die(EXIT_PERM, 0, "operand '%s' is one too many (see %s -h)",
		    argv[optind], prog_name);
	if (records && (play.all || play.path || ready_fd != -1))
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
