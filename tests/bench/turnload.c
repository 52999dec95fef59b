/*
 * turnload - load on a TURN server by UDP, from its own machine
 *
 * All clients share one socket, and their peer has another: each client has
 * an address of its own in 127/8, said and seen by IP_PKTINFO, so that one
 * system call serves many and the load is cheaper than the relay.  Results
 * are lines of a name and a number.
 */
#include <sys/prctl.h>
#include <unistd.h>

#include "base/die.h"
#include "turnload/load.h"

static const char usage[] =
    "turnload [-Ggx] [-b burst] [-c clients] [-d ms] [-i us] [-o "
    "to|from|both]\n"
    "         [-P pid] [-r rate] [-s size] [-w window] port\n"
    "turnload -a|-u [-c clients] [-P pid] port\n";

static void
parse_options(struct load *l, int argc, char **argv)
{
	int ch;

	while ((ch = opt_next(
		    argc, argv, ":ab:c:d:Gghi:o:P:r:s:uw:x", usage)) != -1)
		switch (ch) {
		case 'a':
			l->job = JOB_ALLOCATE;
			break;
		case 'b':
			l->burst = (uint32_t)opt_num(ch, optarg, 1, BURST);
			break;
		case 'c':
			l->nclients = (uint32_t)opt_num(ch, optarg, 1, CLIENTS);
			break;
		case 'd':
			l->ms = opt_num(ch, optarg, 1, 3600000);
			break;
		case 'G':
			l->gso = true;
			break;
		case 'g':
			l->indications = true;
			break;
		case 'i':
			l->tick_us = opt_num(ch, optarg, 1, 1000000);
			break;
		case 'o':
			l->way = *optarg;
			break;
		case 'P':
			l->pid = (int)opt_num(ch, optarg, 1, 1 << 30);
			break;
		case 'r':
			l->rate = opt_num(ch, optarg, 1, 100000000);
			break;
		case 's':
			l->size = (size_t)opt_num(ch, optarg, 16, SIZE);
			break;
		case 'u':
			l->job = JOB_FLOOD;
			break;
		case 'w':
			l->window = (uint32_t)opt_num(ch, optarg, 1, 100000);
			break;
		case 'x':
			l->direct = true;
			break;
		}
	if (optind + 1 != argc)
		die(EXIT_PERM, 0,
		    "one operand: the server's port at 127.0.0.1");
	l->server = at_loopback(
	    INADDR_LOOPBACK, (uint16_t)opt_num('p', argv[optind], 1, 65535));
}

int
main(int argc, char **argv)
{
	static struct load l = {
		.burst = 1,
		.nclients = 1,
		.ms = 3000,
		.tick_us = 1000,
		.size = 200,
		.window = 8,
		.way = 'b',
	};

	prog_init(argv[0]);
	parse_options(&l, argc, argv);
	prctl(PR_SET_TIMERSLACK, 1);
	load_open(&l);
	switch (l.job) {
	case JOB_ALLOCATE:
		allocate_many(&l);
		break;
	case JOB_FLOOD:
		flood(&l);
		break;
	case JOB_RELAY:
		relay(&l);
		break;
	}
	return 0;
}
