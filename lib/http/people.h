/*
 * people.h - who is here, and which of them is in control
 *
 * A person is a session with something open, or that had until a moment ago,
 * so that who loads a page again stays the same one.  At most one person is
 * in control.  Who has the role control can be it whenever they like; who has
 * the role view asks, and is let by those or hands it back to them.
 *
 * No clock, no I/O, no allocation.
 */
#ifndef HTTP_PEOPLE_H
#define HTTP_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/auth.h"

enum {
	PEOPLE_MAX = 64,
	PEOPLE_AWAY_US = 10000000, /* they come back within, or are gone */
	PEOPLE_NAME_SIZE = 65,
	PEOPLE_COMMAND_MAX = 128,
	PEOPLE_TEXT_SIZE = 16 + PEOPLE_MAX * 128,
};

struct person {
	unsigned number;
	enum auth_role role;
	char session[AUTH_NAME_SIZE];
	char by[AUTH_NAME_SIZE]; /* the name of their link or, without, session
	                          */
	char name[PEOPLE_NAME_SIZE];
	bool asks;
	unsigned open;   /* so many connections */
	int64_t left_us; /* the last of them ended */
};

struct people {
	struct person list[PEOPLE_MAX];
	size_t n;
	unsigned numbers; /* given so far */
	unsigned control; /* the number of who is in control, or 0 */
	bool changed;     /* what people_print() says; the caller resets it */
};

/*
 * Somebody opens something, or closes it.  The first who may control does,
 * when nobody is in control.  False when there are PEOPLE_MAX others.
 */
bool people_come(
    struct people *ps, const char *session, const struct auth_pass *pass);
void people_leave(struct people *ps, const char *session, int64_t now_us);

/* Whose desktop it is has just logged in, and takes control of it. */
void people_welcome(struct people *ps, const char *session,
    const struct auth_pass *pass, int64_t now_us);

/*
 * Forget who stayed away; when that was who controls, the one who may, if
 * there is one only, gets it.  When to call again, or INT64_MAX.
 */
int64_t people_sweep(struct people *ps, int64_t now_us);

/* What they are now, and if one of that role would come, who may be here. */
enum auth_role people_role(const struct people *ps, const char *session);
enum auth_role people_role_of_next(
    const struct people *ps, const char *session, enum auth_role role);

/*
 * A person says one of these, without a newline:
 *
 *	name TEXT   what the others call them; no TEXT is no name
 *	ask         for control, which one of the role control just gets
 *	drop        the control they have or ask for
 *	give N      control to person N
 *	refuse N    what person N asks
 *
 * What they may not do, or comes too late, changes nothing.  False when it is
 * none of these.
 */
bool people_command(
    struct people *ps, const char *session, const char *line, size_t len);

/*
 * Print all of them, in the order they came, one line each:
 *
 *	person NUMBER control|view controls|asks|here|away ID [NAME]
 *
 * where ID is how the name of their link or, without one, session begins;
 * and before that "you NUMBER" if session is not NULL.  Returns the length;
 * size is PEOPLE_TEXT_SIZE.
 */
size_t people_print(
    const struct people *ps, const char *session, char *out, size_t size);

#endif
