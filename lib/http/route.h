/*
 * route.h - what is behind which path: PATH=KIND:TARGET
 *
 * Routes come from the command line and live as long as its strings.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stddef.h>

enum route_kind {
	ROUTE_FILES,  /* the files below a folder */
	ROUTE_STORE,  /* the same, put and fetched by who is in control */
	ROUTE_SOCKET, /* WebSocket to a Unix socket */
	ROUTE_EXEC,   /* WebSocket to a command that speaks lines */
	ROUTE_PIPE,   /* WebSocket to a command that speaks bytes */
	ROUTE_WHEP,   /* WHEP to a command that speaks signalling lines */
	ROUTE_PEOPLE, /* WebSocket about who is here, listed in a file */
};

struct route {
	enum route_kind kind;
	const char *path; /* without the slash at its end: "/" is "" */
	const char *target;
	int dir; /* the caller's: the folder of the first two, opened */
};

/*
 * Read an operand, which is cut into its parts.  NULL, or what is wrong with
 * it, such as "has no KIND".
 */
const char *route_parse(struct route *r, char *operand);

/*
 * The route of a decoded request path, the longest that fits, or NULL.
 * ROUTE_FILES and ROUTE_STORE take all below their path and ROUTE_WHEP one name
 * below; *rest is what follows the path: "" or "/...".
 */
const struct route *route_find(
    const struct route *routes, size_t n, const char *path, const char **rest);

#endif
