#include "servers.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
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
words_transport(struct words *w, enum ice_transport *transport)
{
	static const char *const names[] = { "udp", "tcp", "tls" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (words_is(w, names[i])) {
			*transport = (enum ice_transport)i;
			return true;
		}
	return false;
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
		if (!words_transport(&w, &s->transport))
			return false;
		take(&w, s->user, sizeof(s->user));
		take(&w, s->password, sizeof(s->password));
	}
	return words_end(&w);
}

static bool
find_address(struct ice_server *s)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list;
	int err = getaddrinfo(s->host, NULL, &hints, &list);

	if (err) {
		log_warn("cannot find the server '%s': %s", s->host,
		    gai_strerror(err));
		return false;
	}
	getnameinfo(list->ai_addr, list->ai_addrlen, s->host, sizeof(s->host),
	    NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(list);
	return true;
}

size_t
servers_find(struct ice_server *servers, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (servers[i].transport != ICE_TLS &&
		    find_address(&servers[i]))
			servers[found++] = servers[i];
	return found;
}

size_t
servers_read(int opt, const char *path, struct ice_server *servers, size_t max)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0, n = 0, number = 0;
	ssize_t len;

	if (!f)
		die(EXIT_PERM, errno, "option -%c: cannot read '%s'", opt,
		    path);
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
			    "'turn HOST PORT udp|tcp|tls USER PASSWORD'",
			    path, number);
	}
	free(line);
	fclose(f);
	return n;
}
