/*
 * die.h - how every rd program takes options, gets ready and ends
 *
 * For programs only; libraries return errors.  All messages are one line on
 * stderr that begins with the program's name.
 */
#ifndef BASE_DIE_H
#define BASE_DIE_H

#include <getopt.h> /* optarg, optind */

/* Exit statuses beside 0, done. */
enum {
	EXIT_NO = 1,     /* the answer is no */
	EXIT_PERM = 100, /* wrong command line or input: do not try again */
	EXIT_TEMP = 111, /* the system failed: may work later */
};

/* Last component of argv[0]; the name in every message. */
extern const char *prog_name;

void prog_init(const char *argv0);

/*
 * Print "prog: fatal: MESSAGE: reason" and exit with status.  err is a
 * negative or positive errno whose text is the reason; 0 prints none.
 */
_Noreturn void die(int status, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The descriptor of option -R, or -1. */
extern int ready_fd;

/*
 * getopt() with letters, which begin with ':'.  Those options that are the same
 * everywhere are seen to here, where letters has them: h prints usage, the
 * synopsis, on stdout and exits 0; R takes ready_fd; v raises log_level.  One
 * that is unknown or lacks its operand is EXIT_PERM.
 */
int opt_next(int argc, char **argv, const char *letters, const char *usage);

/* The operand of option -ch as a number within min..max, or EXIT_PERM. */
long opt_num(int ch, const char *arg, long min, long max);

/* Write a newline to fd and close it; fd -1 does nothing. */
void ready_tell(int fd);

#endif
