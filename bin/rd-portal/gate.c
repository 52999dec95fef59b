#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "http/query.h"
#include "portal.h"

enum { PAGE_MAX = 16384 };

/* What a visit points into. */
struct visit_text {
	char method[16], uri[AUTHORITY_URI], host[300], scheme[8];
	char accept[512], dest[32], site[32], authorization[512], port[8];
	char key[64];
	struct in6_addr address;
};

static void
exclude_ports(struct authority *a, const char *list)
{
	char item[32];
	uint16_t port;

	while (list && *list) {
		size_t len = strcspn(list, ",");

		snprintf(item, sizeof(item), "%.*s", (int)len, list);
		if (!apps_port(item, &port))
			log_warn(
			    "AUTH_EXCLUDE: '%s' is not a port: left out", item);
		else if (!authority_exclude(a, port))
			log_warn("AUTH_EXCLUDE: more than %d ports: %s left "
				 "out",
			    AUTHORITY_PORTS, item);
		list += len;
		list += *list == ',';
	}
}

/* One that was made up before, or now. */
static void
make_secret(struct authority *a, const char *dir)
{
	char path[512], secret[AUTH_SECRET_SIZE] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/password", dir);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		die(EXIT_PERM, errno, "cannot keep a password in '%s'", path);
	if (read(fd, secret, sizeof(secret) - 1) <= 0 &&
	    (auth_secret(secret) ||
		write(fd, secret, strlen(secret)) != (ssize_t)strlen(secret)))
		die(EXIT_TEMP, errno, "cannot write '%s'", path);
	close(fd);
	authority_secrets(a, secret, NULL);
	log_warn("neither WEB_PASSWORD nor OPEN_BUTTON_TOKEN is set: the "
		 "password is in '%s'",
	    path);
}

/* The page to log in, once and for all. */
static void
read_form(struct portal *p)
{
	int fd = openat(p->client, "login.html", O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	p->login = calloc(1, PAGE_MAX);
	if (!p->login)
		die(EXIT_TEMP, ENOMEM, "cannot start");
	if (fd != -1)
		n = read(fd, p->login, PAGE_MAX - 1);
	if (n <= 0)
		die(EXIT_PERM, errno, "cannot read login.html of the page");
	close(fd);
}

void
gate_open(struct portal *p, const char *dir)
{
	struct authority *a = &p->authority;
	const char *enable = getenv("ENABLE_AUTH");
	int err = auth_open(&p->auth, dir);

	if (err)
		die(EXIT_PERM, err, "folder '%s'", dir);
	read_form(p);
	a->auth = &p->auth;
	a->throttle = &p->web.throttle;
	a->on = !enable || strcasecmp(enable, "false") != 0;
	exclude_ports(a, getenv("AUTH_EXCLUDE"));
	authority_label(a, getenv("VAST_CONTAINERLABEL"));
	if (!authority_user(a, getenv("WEB_USERNAME")))
		die(EXIT_PERM, 0,
		    "WEB_USERNAME is not a name of up to 63 letters, digits, "
		    "-, ., _, @ and +");
	if (!authority_secrets(
		a, getenv("WEB_PASSWORD"), getenv("OPEN_BUTTON_TOKEN")))
		make_secret(a, dir);
	/* What is run later has no use for them. */
	unsetenv("WEB_PASSWORD");
	unsetenv("OPEN_BUTTON_TOKEN");
}

/*
 * Who it is, by the last of those that proxies have seen; Cloudflare's
 * tunnel, which comes from this machine, says whom it has seen.
 */
static void
read_source(struct visit *v, struct visit_text *t, struct lws *wsi)
{
	char seen[512], *last;
	bool local;

	v->source = &t->address;
	v->source_len = 8;
	memset(&t->address, 0, sizeof(t->address));
	if (!request_field(wsi, WSI_TOKEN_X_FORWARDED_FOR, seen, sizeof(seen)))
		return;
	last = strrchr(seen, ',');
	last = last ? last + 1 + strspn(last + 1, " ") : seen;
	local = strcmp(last, "127.0.0.1") == 0 || strcmp(last, "::1") == 0;
	if (local &&
	    request_named(wsi, "cf-connecting-ip:", seen, sizeof(seen)))
		last = seen;
	/* Of IPv6 the network. */
	if (inet_pton(AF_INET, last, &t->address) != 1)
		inet_pton(AF_INET6, last, &t->address);
}

/* The origin it was sent to: the edge's. */
static bool
read_self(struct visit *v, struct visit_text *t, struct lws *wsi)
{
	char text[320], visitor[64];

	if (!request_named(wsi, "x-forwarded-host:", t->host, sizeof(t->host)))
		return false;
	if (!request_named(
		wsi, "x-forwarded-proto:", t->scheme, sizeof(t->scheme)))
		strcpy(t->scheme, "http");
	if (request_named(wsi, "cf-visitor:", visitor, sizeof(visitor)))
		strcpy(t->scheme, "https");
	snprintf(text, sizeof(text), "%s://%s", t->scheme, t->host);
	return origin_parse(&v->self, text);
}

static bool
read_visit(struct visit *v, struct visit_text *t, struct lws *wsi,
    const struct request *r)
{
	*v = (struct visit){ .method = t->method,
		.uri = t->uri,
		.origin = r->origin,
		.cookie = r->cookie };
	if (!request_named(wsi, "x-rd-port:", t->port, sizeof(t->port)) ||
	    !apps_port(t->port, &v->port) || !read_self(v, t, wsi))
		return false;
	if (!request_named(
		wsi, "x-forwarded-method:", t->method, sizeof(t->method)))
		strcpy(t->method, "GET");
	if (!request_named(wsi, "x-forwarded-uri:", t->uri, sizeof(t->uri)))
		strcpy(t->uri, "/");
	v->accept = request_field(
	    wsi, WSI_TOKEN_HTTP_ACCEPT, t->accept, sizeof(t->accept));
	v->authorization = request_field(wsi, WSI_TOKEN_HTTP_AUTHORIZATION,
	    t->authorization, sizeof(t->authorization));
	v->dest =
	    request_named(wsi, "sec-fetch-dest:", t->dest, sizeof(t->dest));
	v->site =
	    request_named(wsi, "sec-fetch-site:", t->site, sizeof(t->site));
	v->websocket = r->upgrade ||
	    request_field(wsi, WSI_TOKEN_KEY, t->key, sizeof(t->key));
	read_source(v, t, wsi);
	return true;
}

/* A path here, whatever it begins with: "//host" is another machine. */
static const char *
own_path(const char *uri)
{
	while (*uri == '/' && (uri[1] == '/' || uri[1] == '\\'))
		uri++;
	return *uri == '/' ? uri : "/";
}

/* Append text up to end, as far as there is room. */
static void
put(char *out, size_t size, const char *text, const char *end)
{
	size_t n = strlen(out), len = (size_t)(end - text);

	if (len < size - n) {
		memcpy(out + n, text, len);
		out[n + len] = '\0';
	}
}

/* The same in HTML, where quotes end an attribute. */
static void
put_escaped(char *out, size_t size, const char *text)
{
	char code[8];

	for (; *text; text++) {
		snprintf(code, sizeof(code),
		    strchr("&<>\"'", *text) ? "&#%d;" : "%c", *text);
		put(out, size, code, code + strlen(code));
	}
}

/* The page to log in: @why@ says what went wrong, @next@ where it leads. */
static int
send_form(struct portal *p, struct lws *wsi, const struct verdict *d,
    const char *extra, const char *why)
{
	static char page[PAGE_MAX + 6 * AUTHORITY_URI];
	const char *at = p->login, *mark;

	*page = '\0';
	while ((mark = strchr(at, '@'))) {
		put(page, sizeof(page), at, mark);
		if (strncmp(mark, "@why@", 5) == 0) {
			put_escaped(page, sizeof(page), why);
			at = mark + 5;
		} else if (strncmp(mark, "@next@", 6) == 0) {
			put_escaped(page, sizeof(page), d->uri);
			at = mark + 6;
		} else {
			put(page, sizeof(page), mark, mark + 1);
			at = mark + 1;
		}
	}
	put(page, sizeof(page), at, at + strlen(at));
	return reply(wsi, d->status, extra, "text/html; charset=utf-8", page,
	    strlen(page));
}

/* A refusal: the form to who shows pages, or has just filled it in. */
static int
refuse(struct portal *p, struct lws *wsi, const struct visit *v,
    const struct verdict *d, bool filled)
{
	bool page = (d->status == 401 || d->status == 429) &&
	    (filled || visit_navigates(v));
	char extra[160] = "";

	log_info("port %u: refused, %u", (unsigned)v->port, d->status);
	if (d->status == 429)
		snprintf(
		    extra, sizeof(extra), "retry-after: %u\r\n", d->wait_s);
	else if (d->status == 401)
		snprintf(extra, sizeof(extra), "www-authenticate: %s\r\n",
		    page ? "Bearer" : "Basic realm=\"rd\"");
	if (page)
		return send_form(p, wsi, d, extra,
		    d->status == 429 ? "wait"
			: filled     ? "wrong"
				     : "");
	return reply(
	    wsi, d->status, extra, "text/plain; charset=utf-8", "No.\n", 4);
}

static void
print_cookie(char *out, size_t size, const struct verdict *d)
{
	if (*d->cookie)
		snprintf(out, size, "set-cookie: %s\r\n", d->cookie);
	else
		*out = '\0';
}

static int
judge(struct portal *p, struct lws *wsi, const struct visit *v,
    const struct request *r)
{
	static struct verdict d;
	char cookie[AUTHORITY_COOKIE + 16];
	char extra[AUTHORITY_URI + sizeof(cookie) + AUTHORITY_USER + 64];

	authority_judge(&p->authority, v, &d, time(NULL), clock_us());
	print_cookie(cookie, sizeof(cookie), &d);
	switch (d.status) {
	case 302:
		snprintf(extra, sizeof(extra), "location: %s\r\n%s",
		    own_path(d.uri), cookie);
		break;
	case 200:
		snprintf(extra, sizeof(extra),
		    "x-rd-user: %s\r\nx-rd-uri: %s\r\n%s", d.user, d.uri,
		    cookie);
		break;
	default:
		return refuse(p, wsi, v, &d, false);
	}
	if (!r->upgrade)
		return reply_status(wsi, d.status, extra);
	/* lws goes on with the connection itself. */
	return reply_head(wsi, d.status, extra, NULL, 0) ? -1 : 1;
}

static int
send_user(struct portal *p, struct lws *wsi, const struct visit *v)
{
	static struct verdict d;
	char json[AUTHORITY_USER + 32];

	authority_judge(&p->authority, v, &d, time(NULL), clock_us());
	snprintf(json, sizeof(json), "{\"user\":\"%s\"}\n",
	    d.status == 200 ? d.user : "");
	return reply(wsi, 200, "", "application/json", json, strlen(json));
}

int
gate_request(struct portal *p, struct lws *wsi, const struct request *r,
    const char *rest)
{
	static struct visit_text t;
	struct visit v;

	if (!read_visit(&v, &t, wsi, r))
		return reply_text(wsi, 400,
		    "The edge has to say X-Rd-Port and X-Forwarded-Host.\n");
	if (strcmp(rest, "/auth") == 0)
		return judge(p, wsi, &v, r);
	if (strcmp(rest, "/user") == 0)
		return send_user(p, wsi, &v);
	return reply_text(wsi, 404, "Not found.\n");
}

static int
go_on(struct lws *wsi, const struct verdict *d, const char *next)
{
	char cookie[AUTHORITY_COOKIE + 16];
	char extra[AUTHORITY_URI + sizeof(cookie) + 16];

	print_cookie(cookie, sizeof(cookie), d);
	snprintf(
	    extra, sizeof(extra), "location: %s\r\n%s", own_path(next), cookie);
	return reply_status(wsi, 303, extra);
}

static int
log_in(struct portal *p, struct lws *wsi, const struct visit *v,
    const char *body, const char *next)
{
	static struct verdict d;
	char user[AUTHORITY_USER] = "", password[AUTHORITY_PASSWORD] = "";

	query_value(body, "username", user, sizeof(user));
	query_value(body, "password", password, sizeof(password));
	authority_login(
	    &p->authority, v, user, password, &d, time(NULL), clock_us());
	explicit_bzero(password, sizeof(password));
	snprintf(d.uri, sizeof(d.uri), "%s", next);
	return d.status == 302 ? go_on(wsi, &d, next)
			       : refuse(p, wsi, v, &d, true);
}

int
gate_form(struct portal *p, struct lws *wsi, const char *body)
{
	static struct request r;
	static struct visit_text t;
	static struct verdict d;
	char next[AUTHORITY_URI], others[8];
	struct visit v;

	if (!request_read(&r, wsi) || !read_visit(&v, &t, wsi, &r))
		return reply_text(wsi, 400,
		    "The edge has to say X-Rd-Port and X-Forwarded-Host.\n");
	v.method = "POST";
	if (!query_value(body, "next", next, sizeof(next)))
		strcpy(next, "/");
	for (char *c = next; *c; c++) /* nothing ends a header line */
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			*next = '\0';
	if (strcmp(r.path, "/.rd/login") == 0)
		return log_in(p, wsi, &v, body, next);
	authority_logout(&p->authority, &v,
	    query_value(body, "others", others, sizeof(others)), &d,
	    time(NULL));
	return d.status == 302 ? go_on(wsi, &d, next)
			       : refuse(p, wsi, &v, &d, false);
}
