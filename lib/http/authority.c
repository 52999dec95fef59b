#include "http/authority.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "http/field.h"
#include "http/query.h"

enum { SWEEP_S = 60 }; /* it takes as long as there are sessions */

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* What is as good in cookies as in JSON and header fields. */
static const char word[] = ALNUM "-._", plain[] = ALNUM "-._@+";

/* Asked for by browsers and machines that have no credentials. */
static bool
is_free(const char *uri)
{
	static const char *const paths[] = {
		"/.well-known/change-password",
		"/.well-known/security.txt",
		"/manifest.json",
		"/manifest.webmanifest",
		"/portal-resolver",
		"/security.txt",
		"/site.webmanifest",
	};
	static const char acme[] = "/.well-known/acme-challenge/";
	static const char name[] = ALNUM "-_";
	size_t len = strcspn(uri, "?#");

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (strlen(paths[i]) == len && memcmp(uri, paths[i], len) == 0)
			return true;
	/* One name below it, which leads to nothing else. */
	return strncmp(uri, acme, sizeof(acme) - 1) == 0 &&
	    len == sizeof(acme) - 1 + strspn(uri + sizeof(acme) - 1, name);
}

static void
name_of(char name[AUTH_NAME_SIZE], const char *secret)
{
	char clean[1024];
	size_t len = 0;

	for (; *secret && len + 1 < sizeof(clean); secret++)
		if (!strchr("\r\n;", *secret))
			clean[len++] = *secret;
	clean[len] = '\0';
	if (len)
		auth_name(name, clean);
	else
		*name = '\0';
	OPENSSL_cleanse(clean, sizeof(clean));
}

bool
authority_secrets(struct authority *a, const char *password, const char *token)
{
	name_of(a->password, password ? password : "");
	name_of(a->token, token ? token : "");
	if (!*a->password)
		strcpy(a->password, a->token);
	if (!*a->token)
		strcpy(a->token, a->password);
	return *a->token != '\0';
}

bool
authority_user(struct authority *a, const char *user)
{
	if (!user || !*user)
		user = "vastai";
	return !user[strspn(user, plain)] &&
	    (size_t)snprintf(a->user, sizeof(a->user), "%s", user) <
	    sizeof(a->user);
}

void
authority_label(struct authority *a, const char *label)
{
	snprintf(
	    a->label, sizeof(a->label), "%s", label && *label ? label : "rd");
	for (char *p = a->label; *(p += strspn(p, word));)
		*p = '_';
}

bool
authority_exclude(struct authority *a, uint16_t port)
{
	if (a->nexcluded == AUTHORITY_PORTS)
		return false;
	a->excluded[a->nexcluded++] = port;
	return true;
}

static bool
asks(const struct authority *a, const struct visit *v)
{
	for (size_t i = 0; i < a->nexcluded; i++)
		if (a->excluded[i] == v->port)
			return false;
	return a->on && !is_free(v->uri);
}

/* Names are of one length, and say nothing of how far secrets agree. */
static bool
is_secret(const char *name, const char *shown)
{
	char other[AUTH_NAME_SIZE];

	auth_name(other, shown);
	return CRYPTO_memcmp(name, other, AUTH_NAME_SIZE) == 0;
}

static bool
is_either(const struct authority *a, const char *shown)
{
	bool password = is_secret(a->password, shown);

	return is_secret(a->token, shown) || password;
}

/* The name of what is good at one port only. */
static void
port_name(char name[AUTH_NAME_SIZE], const char *secret, uint16_t port)
{
	char text[AUTHORITY_PASSWORD + 16];

	snprintf(text, sizeof(text), "%.*s@%u", AUTHORITY_PASSWORD, secret,
	    (unsigned)port);
	auth_name(name, text);
	OPENSSL_cleanse(text, sizeof(text));
}

/* A browser sends cookies to all ports of a host: RFC 6265 section 8.5. */
static void
cookie_name(const struct authority *a, const struct visit *v, char name[128])
{
	snprintf(name, 128, "%s%s_auth_token_%u",
	    v->self.secure ? "__Host-" : "", a->label, (unsigned)v->port);
}

/* The name of the session whose cookie is shown, if it is one. */
static bool
in_session(const struct authority *a, const struct visit *v,
    char session[AUTH_NAME_SIZE], int64_t now_s)
{
	char name[128], secret[AUTH_SECRET_SIZE];
	struct auth_pass pass;

	cookie_name(a, v, name);
	if (!field_cookie(v->cookie, name, secret, sizeof(secret)))
		return false;
	port_name(session, secret, v->port);
	return auth_session(a->auth, session, now_s, &pass) == AUTH_CONTROL;
}

/* Scripts show a secret itself, by the name without a port. */
static bool
by_plain_cookie(const struct authority *a, const struct visit *v)
{
	char name[128], secret[AUTHORITY_PASSWORD];

	snprintf(name, sizeof(name), "%s_auth_token", a->label);
	if (!field_cookie(v->cookie, name, secret, sizeof(secret)))
		return false;
	return is_either(a, secret);
}

static bool
by_bearer(const struct authority *a, const struct visit *v)
{
	if (!v->authorization || strncmp(v->authorization, "Bearer ", 7) != 0)
		return false;
	return is_either(a, v->authorization + 7);
}

static bool
by_basic(const struct authority *a, const struct visit *v)
{
	char user[AUTHORITY_USER], password[AUTHORITY_PASSWORD];
	bool good;

	if (!v->authorization || strncasecmp(v->authorization, "Basic ", 6))
		return false;
	if (!field_basic(v->authorization, user, sizeof(user), password,
		sizeof(password)))
		return false;
	good = is_secret(a->password, password);
	OPENSSL_cleanse(password, sizeof(password));
	return strcmp(user, a->user) == 0 && good;
}

bool
visit_navigates(const struct visit *v)
{
	return !v->websocket && strcmp(v->method, "GET") == 0 &&
	    ((v->accept && strstr(v->accept, "text/html")) ||
		(v->dest && strcmp(v->dest, "document") == 0));
}

static bool
acts(const struct visit *v)
{
	return v->websocket ||
	    (strcmp(v->method, "GET") != 0 && strcmp(v->method, "HEAD") != 0 &&
		strcmp(v->method, "OPTIONS") != 0);
}

static bool
is_own_page(const struct visit *v)
{
	struct origin o;

	/* Pages that send no referrer have the origin "null" in forms. */
	if (!v->websocket && v->site)
		return strcmp(v->site, "same-origin") == 0;
	return v->origin && origin_parse(&o, v->origin) &&
	    origin_equal(&o, &v->self);
}

static void
say_cookie(const struct authority *a, const struct visit *v,
    struct verdict *out, const char *value, const char *more)
{
	char name[128];

	cookie_name(a, v, name);
	snprintf(out->cookie, sizeof(out->cookie),
	    "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value,
	    v->self.secure ? "; Secure" : "", more);
}

/*
 * Begin a session, by the one-time token of that name if by is not NULL.
 * False when it is none, or the system fails.
 */
static bool
begin(struct authority *a, const struct visit *v, const char *by,
    struct verdict *out, int64_t now_s)
{
	char secret[AUTH_SECRET_SIZE], name[AUTH_NAME_SIZE];
	bool good;

	if (now_s - a->swept_s >= SWEEP_S) {
		a->swept_s = now_s;
		auth_sweep(a->auth, now_s);
	}
	if (auth_secret(secret))
		return false;
	port_name(name, secret, v->port);
	good = by ? auth_redeem(a->auth, by, name, now_s) == AUTH_CONTROL
		  : !auth_begin(a->auth, name, AUTH_CONTROL);
	if (good)
		say_cookie(a, v, out, secret, "");
	OPENSSL_cleanse(secret, sizeof(secret));
	return good;
}

/* A token of the address: 0 when there is none that is right. */
static unsigned
by_query(struct authority *a, const struct visit *v, struct verdict *out,
    int64_t now_s)
{
	char token[AUTHORITY_PASSWORD], name[AUTH_NAME_SIZE];
	bool right;

	if (!query_value(query_of(v->uri), "token", token, sizeof(token)))
		return 0;
	right = is_either(a, token);
	port_name(name, token, v->port);
	if (visit_navigates(v)) {
		if (!begin(a, v, right ? NULL : name, out, now_s))
			return right ? 500 : 0;
	} else if (!right) {
		return 0;
	}
	query_without(v->uri, "token", out->uri, sizeof(out->uri));
	return visit_navigates(v) ? 302 : 200;
}

/* By anything that is not a session. */
static unsigned
by_secret(struct authority *a, const struct visit *v, struct verdict *out,
    int64_t now_s)
{
	unsigned status = by_query(a, v, out, now_s);

	if (status)
		return status;
	if (by_plain_cookie(a, v))
		return acts(v) && v->origin && !is_own_page(v) ? 403 : 200;
	if (by_bearer(a, v))
		return 200;
	if (!by_basic(a, v))
		return 401;
	return visit_navigates(v) && !begin(a, v, NULL, out, now_s) ? 500 : 200;
}

/* Is there anything that may be a secret? */
static bool
shows(const struct authority *a, const struct visit *v)
{
	char name[128], value[AUTHORITY_PASSWORD];

	snprintf(name, sizeof(name), "%s_auth_token", a->label);
	return v->authorization ||
	    query_value(query_of(v->uri), "token", value, sizeof(value)) ||
	    field_cookie(v->cookie, name, value, sizeof(value));
}

/* Who is in already opens an address with a secret: it goes no further. */
static unsigned
led_on(const struct authority *a, const struct visit *v, struct verdict *out)
{
	char token[AUTHORITY_PASSWORD];

	if (!query_value(query_of(v->uri), "token", token, sizeof(token)) ||
	    !is_either(a, token))
		return 200;
	query_without(v->uri, "token", out->uri, sizeof(out->uri));
	return visit_navigates(v) ? 302 : 200;
}

static void
start(const struct authority *a, const struct visit *v, struct verdict *out)
{
	*out = (struct verdict){ .status = 200, .user = a->user };
	snprintf(out->uri, sizeof(out->uri), "%s", v->uri);
}

/* May they try?  Else out says when. */
static bool
may_try(
    struct authority *a, const struct visit *v, struct verdict *out, int64_t us)
{
	out->wait_s = throttle_wait(a->throttle, v->source, v->source_len, us);
	if (out->wait_s)
		out->status = 429;
	return !out->wait_s;
}

void
authority_judge(struct authority *a, const struct visit *v, struct verdict *out,
    int64_t now_s, int64_t now_us)
{
	char session[AUTH_NAME_SIZE];

	start(a, v, out);
	if (!asks(a, v)) {
		out->user = "";
		return;
	}
	if (v->websocket && v->origin && !is_own_page(v)) {
		out->status = 403;
		return;
	}
	if (in_session(a, v, session, now_s)) {
		out->status =
		    acts(v) && !is_own_page(v) ? 403 : led_on(a, v, out);
		return;
	}
	out->status = 401;
	if (!shows(a, v) || !may_try(a, v, out, now_us))
		return;
	out->status = by_secret(a, v, out, now_s);
	if (out->status == 401)
		throttle_fail(a->throttle, v->source, v->source_len, now_us);
}

void
authority_login(struct authority *a, const struct visit *v, const char *user,
    const char *password, struct verdict *out, int64_t now_s, int64_t now_us)
{
	bool right = is_either(a, password);

	start(a, v, out);
	if (!is_own_page(v)) {
		out->status = 403;
		return;
	}
	if (!may_try(a, v, out, now_us))
		return;
	if (strcmp(user, a->user) != 0 || !right) {
		out->status = 401;
		throttle_fail(a->throttle, v->source, v->source_len, now_us);
	} else {
		out->status = begin(a, v, NULL, out, now_s) ? 302 : 500;
	}
}

void
authority_logout(struct authority *a, const struct visit *v, bool others,
    struct verdict *out, int64_t now_s)
{
	char session[AUTH_NAME_SIZE];
	bool in = in_session(a, v, session, now_s);

	start(a, v, out);
	out->status = is_own_page(v) ? 302 : 403;
	if (out->status == 403 || (others && !in))
		return;
	if (others) {
		auth_end_others(a->auth, session);
		return;
	}
	if (in)
		auth_end(a->auth, session);
	say_cookie(a, v, out, "", "; Max-Age=0");
}

int
authority_invite(
    const struct authority *a, uint16_t port, char secret[AUTH_SECRET_SIZE])
{
	char name[AUTH_NAME_SIZE];
	int err = auth_secret(secret);

	if (err)
		return err;
	port_name(name, secret, port);
	return auth_issue(a->auth, name, AUTH_CONTROL);
}
