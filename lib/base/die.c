#include "base/die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

const char *prog_name = "rd";
int ready_fd = -1;

void
prog_init(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	prog_name = slash ? slash + 1 : argv0;
	opterr = 0;
}

void
die(int status, int err, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (err)
		fprintf(stderr, "%s: fatal: %s: %s\n", prog_name, text,
		    strerror(abs(err)));
	else
		fprintf(stderr, "%s: fatal: %s\n", prog_name, text);
	exit(status);
}

long
opt_num(int ch, const char *arg, long min, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(arg, &end, 10);
	if (end == arg || *end || errno || n < min || n > max)
		die(EXIT_PERM, 0,
		    "option -%c: '%s' is not a number from %ld to %ld", ch, arg,
		    min, max);
	return n;
}

static _Noreturn void
bad_option(int ch)
{
	if (ch == ':')
		die(EXIT_PERM, 0, "option -%c needs an operand (see %s -h)",
		    optopt, prog_name);
	die(EXIT_PERM, 0, "unknown option -%c (see %s -h)", optopt, prog_name);
}

static _Noreturn void
help(const char *usage)
{
	exit(fputs(usage, stdout) < 0 || fflush(stdout) ? EXIT_TEMP : 0);
}

int
opt_next(int argc, char **argv, const char *letters, const char *usage)
{
	int ch;

	while ((ch = getopt(argc, argv, letters)) != -1)
		switch (ch) {
		case 'h':
			help(usage);
		case 'R':
			ready_fd = (int)opt_num(ch, optarg, 1, 1023);
			break;
		case 'v':
			log_level++;
			break;
		case ':':
		case '?':
			bad_option(ch);
		default:
			return ch;
		}
	return -1;
}

void
ready_tell(int fd)
{
	if (fd == -1)
		return;
	if (write(fd, "\n", 1) != 1)
		die(EXIT_TEMP, errno, "cannot write to readiness fd %d", fd);
	close(fd);
}
