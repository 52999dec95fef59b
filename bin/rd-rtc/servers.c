#include "servers.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "link/line.h"

static void
take(struct words *w, char *out, size_t size)
{
	size_t len;
	const char *word = words_next(w, &len);

	if (len >= size)
		w->bad = true;
	else
		memcpy(out, word, len);
}

static bool
parse(struct ice_server *s, const char *line, size_t len)
{
	struct words w = words_of(line, len);

	memset(s, 0, sizeof(*s));
	s->turn = words_is(&w, "turn");
	if (!s->turn && !words_is(&w, "stun"))
		return false;
	take(&w, s->host, sizeof(s->host));
	s->port = (uint16_t)words_int(&w, 1, 65535);
	if (s->turn) {
		s->tcp = words_is(&w, "tcp");
		if (!s->tcp && !words_is(&w, "udp"))
			return false;
		take(&w, s->user, sizeof(s->user));
		take(&w, s->password, sizeof(s->password));
	}
	return words_end(&w);
}

/* By address, since a sandbox leaves no way to look up names. */
static void
resolve(struct ice_server *s, const char *path, size_t number)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list;
	int err = getaddrinfo(s->host, NULL, &hints, &list);

	if (err)
		die(EXIT_TEMP, 0, "%s:%zu: cannot find '%s': %s", path, number,
		    s->host, gai_strerror(err));
	getnameinfo(list->ai_addr, list->ai_addrlen, s->host, sizeof(s->host),
	    NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(list);
}

size_t
servers_read(const char *path, struct ice_server *servers, size_t max)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0, n = 0, number = 0;
	ssize_t len;

	if (!f)
		die(EXIT_PERM, errno, "option -t: cannot read '%s'", path);
	while ((len = getline(&line, &size, f)) > 0) {
		number++;
		if (line[len - 1] == '\n')
			len--;
		if (!len || line[0] == '#')
			continue;
		if (n == max)
			die(EXIT_PERM, 0, "%s:%zu: more than %zu servers", path,
			    number, max);
		if (!parse(&servers[n++], line, (size_t)len))
			die(EXIT_PERM, 0,
			    "%s:%zu: expected 'stun HOST PORT' or "
			    "'turn HOST PORT udp|tcp USER PASSWORD'",
			    path, number);
		resolve(&servers[n - 1], path, number);
	}
	free(line);
	fclose(f);
	return n;
}
