#include "http/route.h"

#include <stdbool.h>
#include <string.h>

static const char *const kinds[] = {
	[ROUTE_FILES] = "files",
	[ROUTE_STORE] = "store",
	[ROUTE_SOCKET] = "socket",
	[ROUTE_EXEC] = "exec",
	[ROUTE_PIPE] = "pipe",
	[ROUTE_WHEP] = "whep",
	[ROUTE_PEOPLE] = "people",
};

/* Paths that a URL can hold as they are. */
static bool
good_path(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/";

	return *path == '/' && !path[strspn(path, plain)] &&
	    !strstr(path, "//") && !strstr(path, "/.");
}

const char *
route_parse(struct route *r, char *operand)
{
	char *kind = strchr(operand, '=');
	char *target = kind ? strchr(kind, ':') : NULL;
	size_t len;

	*r = (struct route){ .dir = -1 };
	if (!target)
		return "is not PATH=KIND:TARGET";
	*kind++ = *target++ = '\0';
	if (!good_path(operand))
		return "is not a path such as /ws/signal";
	if (!*target)
		return "has no TARGET";
	len = strlen(operand);
	if (operand[len - 1] == '/')
		operand[len - 1] = '\0';
	r->path = operand;
	r->target = target;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kind, kinds[i]) == 0) {
			r->kind = (enum route_kind)i;
			return NULL;
		}
	return "has a KIND that is not files, store, socket, exec, pipe, whep "
	       "or "
	       "people";
}

static bool
fits(const struct route *r, const char *rest)
{
	switch (r->kind) {
	case ROUTE_FILES:
	case ROUTE_STORE:
		return *rest == '\0' || *rest == '/';
	case ROUTE_WHEP:
		return *rest == '\0' ||
		    (*rest == '/' && rest[1] && !strchr(rest + 1, '/'));
	default:
		return *rest == '\0';
	}
}

const struct route *
route_find(
    const struct route *routes, size_t n, const char *path, const char **rest)
{
	const struct route *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct route *r = &routes[i];
		size_t len = strlen(r->path);

		if (strncmp(path, r->path, len) != 0 || !fits(r, path + len))
			continue;
		if (best && strlen(best->path) >= len)
			continue;
		best = r;
		*rest = path + len;
	}
	return best;
}
