#include "sdp/sdp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sdp/text.h"

static const char *const type_names[] = {
	[SDP_HOST] = "host",
	[SDP_SRFLX] = "srflx",
	[SDP_PRFLX] = "prflx",
	[SDP_RELAY] = "relay",
};

static const char *const tcp_names[] = {
	[SDP_TCP_ACTIVE] = "active",
	[SDP_TCP_PASSIVE] = "passive",
	[SDP_TCP_SO] = "so",
};

/* The index of the next word among names, of which some are NULL. */
static unsigned int
read_name(struct words *w, const char *const *names, size_t n)
{
	for (unsigned int i = 0; i < n; i++)
		if (names[i] && words_is(w, names[i]))
			return i;
	w->bad = true;
	return 0;
}
#define READ_NAME(w, names)                                                    \
	read_name(w, names, sizeof(names) / sizeof(*(names)))

static bool
is_ip(const char *s)
{
	struct in6_addr a;

	return inet_pton(AF_INET, s, &a) == 1 ||
	    inet_pton(AF_INET6, s, &a) == 1;
}

static bool
is_mdns(const char *s)
{
	size_t len = strlen(s);

	return len > 6 && strcmp(s + len - 6, ".local") == 0 &&
	    strspn(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-.") == len;
}

static void
read_transport(struct words *w, bool *tcp)
{
	*tcp = words_is(w, "tcp") || words_is(w, "TCP");
	if (!*tcp && !words_is(w, "udp") && !words_is(w, "UDP"))
		w->bad = true;
}

static void
read_related(struct sdp_candidate *c, struct words *w)
{
	char address[SDP_TEXT_MAX + 1];

	text_read(w, address, sizeof(address));
	if (is_ip(address))
		memcpy(c->related, address, strlen(address) + 1);
	else if (!is_mdns(address))
		w->bad = true;
}

/* Pairs of a name and a value; those without a meaning to us are skipped. */
static void
read_attributes(struct sdp_candidate *c, struct words *w)
{
	size_t len;

	while (!words_end(w) && !w->bad) {
		if (words_is(w, "raddr")) {
			read_related(c, w);
		} else if (words_is(w, "rport")) {
			c->related_port = (uint16_t)words_int(w, 0, 65535);
		} else if (words_is(w, "tcptype")) {
			c->transport = READ_NAME(w, tcp_names);
		} else {
			words_next(w, &len);
			words_next(w, &len);
		}
	}
}

int
sdp_candidate_decode(struct sdp_candidate *c, const char *text, size_t len)
{
	static const char prefix[] = "candidate:";
	struct words w;
	bool tcp;

	*c = (struct sdp_candidate){ 0 };
	if (len > 2 && memcmp(text, "a=", 2) == 0)
		text += 2, len -= 2;
	if (len < sizeof(prefix) || len > SDP_LINE_MAX ||
	    memcmp(text, prefix, sizeof(prefix) - 1) != 0)
		return -EBADMSG;
	w = words_of(text + sizeof(prefix) - 1, len - (sizeof(prefix) - 1));
	text_read(&w, c->foundation, sizeof(c->foundation));
	c->component = (uint16_t)words_int(&w, 1, 256);
	read_transport(&w, &tcp);
	c->priority = (uint32_t)words_int(&w, 1, INT32_MAX);
	text_read(&w, c->address, sizeof(c->address));
	c->mdns = is_mdns(c->address);
	c->port = (uint16_t)words_int(&w, 0, 65535);
	if (!words_is(&w, "typ"))
		return -EBADMSG;
	c->type = READ_NAME(&w, type_names);
	read_attributes(c, &w);
	if (!*c->related)
		c->related_port = 0;
	w.bad |= !text_is_ice(c->foundation, strlen(c->foundation));
	/* RFC 6544 section 4.5: tcptype goes with TCP and only with it. */
	if (w.bad || tcp != (c->transport != SDP_UDP) ||
	    (!c->mdns && !is_ip(c->address)))
		return -EBADMSG;
	return 0;
}

ssize_t
sdp_candidate_encode(const struct sdp_candidate *c, char *out, size_t size)
{
	bool tcp = c->transport != SDP_UDP;
	char related[sizeof(" raddr  rport 65535") + sizeof(c->related)] = "";
	int n;

	if (*c->related)
		snprintf(related, sizeof(related), " raddr %s rport %u",
		    c->related, c->related_port);
	n = snprintf(out, size, "candidate:%s %u %s %u %s %u typ %s%s%s%s",
	    c->foundation, c->component, tcp ? "tcp" : "udp", c->priority,
	    c->address, c->port, type_names[c->type], related,
	    tcp ? " tcptype " : "", tcp ? tcp_names[c->transport] : "");
	return n < 0 || (size_t)n >= size ? -ENOSPC : n;
}
