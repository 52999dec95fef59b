#include "http/origin.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* "PORT" to the end of the text, in 1..65535. */
static bool
parse_port(const char *text, uint16_t *port)
{
	unsigned n = 0;
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 5 || text[len])
		return false;
	for (size_t i = 0; i < len; i++)
		n = n * 10 + (unsigned)(text[i] - '0');
	*port = (uint16_t)n;
	return n > 0 && n <= UINT16_MAX;
}

/* HOST[:PORT]: a name, an IPv4 address or an IPv6 address in brackets. */
static bool
parse_authority(struct origin *o, const char *text)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	size_t len;

	if (*text == '[') {
		len = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
		len += text[len] == ']';
		if (text[len - 1] != ']')
			return false;
	} else {
		len = strspn(text, name);
	}
	if (len == 0 || len >= sizeof(o->host))
		return false;
	for (size_t i = 0; i < len; i++)
		o->host[i] = (char)tolower((unsigned char)text[i]);
	o->host[len] = '\0';
	o->port = o->secure ? 443 : 80;
	if (text[len] == ':')
		return parse_port(text + len + 1, &o->port);
	return text[len] == '\0';
}

bool
origin_parse(struct origin *o, const char *text)
{
	if (strncasecmp(text, "https://", 8) == 0)
		o->secure = true;
	else if (strncasecmp(text, "http://", 7) == 0)
		o->secure = false;
	else
		return false;
	return parse_authority(o, text + (o->secure ? 8 : 7));
}

bool
origin_equal(const struct origin *a, const struct origin *b)
{
	return a->secure == b->secure && a->port == b->port &&
	    strcmp(a->host, b->host) == 0;
}

static bool
is_address(const char *host)
{
	struct in6_addr addr;
	char inner[sizeof(((struct origin *)0)->host)];
	size_t len = strlen(host);

	if (*host != '[')
		return inet_pton(AF_INET, host, &addr) == 1;
	memcpy(inner, host + 1, len - 2);
	inner[len - 2] = '\0';
	return inet_pton(AF_INET6, inner, &addr) == 1;
}

static bool
is_localhost(const char *host)
{
	static const char suffix[] = ".localhost";
	size_t len = strlen(host);

	return strcmp(host, suffix + 1) == 0 ||
	    (len >= sizeof(suffix) &&
		strcmp(host + len + 1 - sizeof(suffix), suffix) == 0);
}

bool
site_origin(const struct site *s, struct origin *self, const char *host)
{
	self->secure = s->tls;
	if (!parse_authority(self, host))
		return false;
	if (is_address(self->host) || is_localhost(self->host))
		return true;
	for (size_t i = 0; i < s->nallowed; i++)
		if (strcmp(self->host, s->allowed[i].host) == 0)
			return true;
	return false;
}

static bool
is_allowed(const struct site *s, const struct origin *o)
{
	for (size_t i = 0; i < s->nallowed; i++)
		if (origin_equal(o, &s->allowed[i]))
			return true;
	return false;
}

bool
site_trusts(const struct site *s, const struct origin *self, const char *origin)
{
	struct origin o;

	return origin_parse(&o, origin) &&
	    (origin_equal(&o, self) || is_allowed(s, &o));
}

bool
site_secure(const struct site *s, const struct origin *self)
{
	struct origin proxied = *self;

	/* A Host without port, under TLS, means the port of https. */
	proxied.secure = true;
	if (!s->tls && self->port == 80)
		proxied.port = 443;
	return s->tls || is_allowed(s, &proxied);
}
