/*
 * sandbox.h - give up for good what a program does not need any more
 *
 * By seccomp(2).  For a program that has opened what it wants and is about
 * to read its first byte from a stranger.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

/* What may still be done; by default nothing of it. */
enum sandbox_need {
	SANDBOX_INET = 1, /* make IPv4 and IPv6 sockets, list interfaces */
	SANDBOX_UNIX = 2, /* make Unix sockets */
};

/*
 * From now on this process and its threads cannot open, make, remove or
 * rename files (EACCES), nor make sockets but for needs, a set of enum
 * sandbox_need (EACCES).  Running a program, making a process, looking
 * into or signalling another one, and what only an administrator does kills
 * it.  Negative errno when the kernel refuses; then the program must end.
 * Does nothing in a build with AddressSanitizer, which needs files itself.
 */
int sandbox_enter(unsigned int needs);

/*
 * Give up capabilities, and programs that give more rights, for this process
 * and what it runs, by root or not.  Negative errno when the kernel refuses.
 */
int sandbox_drop_privileges(void);

#endif
