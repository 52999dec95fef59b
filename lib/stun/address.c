#include "stun/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct address) == 20, "no padding: compared as bytes");

bool
address_same(const struct address *a, const struct address *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool
address_same_ip(const struct address *a, const struct address *b)
{
	return a->family == b->family &&
	    memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

size_t
address_ip_len(const struct address *a)
{
	return a->family == ADDRESS_V6 ? 16 : 4;
}

bool
address_parse_ip(struct address *a, const char *text)
{
	char bare[INET6_ADDRSTRLEN];
	size_t len = strlen(text);

	*a = (struct address){ .family = ADDRESS_V4 };
	if (inet_pton(AF_INET, text, a->ip) == 1)
		return true;
	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= sizeof(bare))
		return false;
	memcpy(bare, text, len);
	bare[len] = '\0';
	*a = (struct address){ .family = ADDRESS_V6 };
	return inet_pton(AF_INET6, bare, a->ip) == 1;
}

bool
address_parse(struct address *a, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	char ip[ADDRESS_TEXT];
	unsigned int port;
	int end = 0;

	if (!len || len >= sizeof(ip))
		return false;
	memcpy(ip, text, len);
	ip[len] = '\0';
	if (!address_parse_ip(a, ip) ||
	    (a->family == ADDRESS_V6 && ip[0] != '[') ||
	    sscanf(colon + 1, "%5u%n", &port, &end) != 1 || colon[1 + end] ||
	    !port || port > UINT16_MAX)
		return false;
	a->port = (uint16_t)port;
	return true;
}

void
address_print(const struct address *a, char text[static ADDRESS_TEXT])
{
	char ip[INET6_ADDRSTRLEN] = "?";
	bool v6 = a->family == ADDRESS_V6;

	inet_ntop(v6 ? AF_INET6 : AF_INET, a->ip, ip, sizeof(ip));
	snprintf(text, ADDRESS_TEXT, v6 ? "[%s]:%u" : "%s:%u", ip, a->port);
}

void
address_of_sockaddr(struct address *a, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

	memset(a, 0, sizeof(*a));
	if (ss->ss_family == AF_INET) {
		a->family = ADDRESS_V4;
		a->port = ntohs(in4->sin_port);
		memcpy(a->ip, &in4->sin_addr, 4);
	} else if (ss->ss_family == AF_INET6) {
		a->family = ADDRESS_V6;
		a->port = ntohs(in6->sin6_port);
		memcpy(a->ip, &in6->sin6_addr, 16);
	}
}

socklen_t
address_to_sockaddr(const struct address *a, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	if (a->family == ADDRESS_V6) {
		*in6 = (struct sockaddr_in6){
			.sin6_family = AF_INET6,
			.sin6_port = htons(a->port),
		};
		memcpy(&in6->sin6_addr, a->ip, 16);
		return sizeof(*in6);
	}
	*in4 = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(a->port),
	};
	memcpy(&in4->sin_addr, a->ip, 4);
	return sizeof(*in4);
}
