#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/log.h"
#include "http/field.h"
#include "server.h"

static const char not_logged_in[] =
    "Not logged in.\n\n"
    "Open the address that `rd-desktop url` prints on the machine of the\n"
    "desktop, or a link that was shared with you.\n";
static const char wrong_token[] =
    "This address has been used, has ended or is not right.\n\n"
    "`rd-desktop url` prints a new one.\n";
static const char wrong_host[] =
    "This server does not go by that name.\n\n"
    "Use an IP address or localhost, or start rd-web with -o and the address\n"
    "that browsers show, such as -o https://desk.example.org\n";
static const char wrong_origin[] =
    "This request does not come from a page of this server.\n";

/*
 * Cookies are shared by all ports of a host, so that each port has its own
 * name: RFC 6265 section 8.5.
 */
static void
cookie_name(const struct server *s, const struct request *r, char name[48])
{
	snprintf(name, 48, "%srd_session_%u",
	    site_secure(&s->web.site, &r->self) ? "__Host-" : "",
	    (unsigned)r->self.port);
}

/*
 * Begin who->session by the secret of a token or link.  0, or the status to
 * refuse the request with.
 */
static unsigned
redeem(struct server *s, struct lws *wsi, const char *secret, struct grant *who)
{
	char name[AUTH_NAME_SIZE];
	struct sockaddr_storage ss;
	const void *source;
	size_t len = web_source(lws_get_socket_fd(wsi), &ss, &source);

	if (throttle_wait(&s->web.throttle, source, len, clock_us()))
		return 429;
	auth_sweep(&s->grants.auth, time(NULL));
	auth_name(name, secret);
	if (auth_redeem(&s->grants.auth, name, who->session, time(NULL)) &&
	    auth_session(&s->grants.auth, who->session, time(NULL), &who->pass))
		return 0;
	throttle_fail(&s->web.throttle, source, len, clock_us());
	log_warn("login refused: the token is wrong, used or too old");
	return 403;
}

/* Is it the secret of a session?  Fills *who. */
static bool
is_session(struct server *s, struct grant *who, const char *secret)
{
	auth_name(who->session, secret);
	return auth_session(&s->grants.auth, who->session, time(NULL),
		   &who->pass) != AUTH_NONE;
}

static bool
by_cookie(struct server *s, const struct request *r, struct grant *who)
{
	char name[48], secret[AUTH_SECRET_SIZE];

	cookie_name(s, r, name);
	return field_cookie(r->cookie, name, secret, sizeof(secret)) &&
	    is_session(s, who, secret);
}

static unsigned
by_bearer(struct server *s, struct lws *wsi, const struct request *r,
    struct grant *who, bool *once)
{
	char token[sizeof(r->authorization_buf)];

	if (!field_bearer(r->authorization, token, sizeof(token)))
		return 401;
	if (is_session(s, who, token))
		return 0;
	if (!once)
		return 401;
	*once = true;
	return redeem(s, wsi, token, who);
}

/* Does the method, or a WebSocket, act on something? */
static bool
acts(const struct request *r)
{
	return r->upgrade || r->method == METHOD_POST ||
	    r->method == METHOD_PUT || r->method == METHOD_PATCH ||
	    r->method == METHOD_DELETE;
}

unsigned
admit_source(const struct server *s, struct request *r, const char **text)
{
	*text = "The request has no Host.\n";
	if (!r->host)
		return 400;
	*text = wrong_host;
	if (!site_origin(&s->web.site, &r->self, r->host))
		return 421;
	*text = wrong_origin;
	if (r->origin && !site_trusts(&s->web.site, &r->self, r->origin))
		return 403;
	return 0;
}

unsigned
admit(struct server *s, struct lws *wsi, const struct request *r,
    struct grant *who, bool *once, const char **text)
{
	unsigned status;

	who->pass = (struct auth_pass){ AUTH_CONTROL, "", INT64_MAX };
	who->session[0] = '\0';
	if (!s->grants.on)
		return 0;
	/* A browser adds cookies to what any page asks: Origin tells which. */
	*text = wrong_origin;
	if (by_cookie(s, r, who))
		return acts(r) && !r->origin ? 403 : 0;
	status = by_bearer(s, wsi, r, who, once);
	*text = status == 401 ? not_logged_in : wrong_token;
	return status;
}

/*
 * A page of another site leads to a first request that SameSite=Strict
 * leaves without its new cookie when it is a redirection, but not when the
 * page here asks for it.
 */
static const char *
way_on(struct lws *wsi)
{
	char site[16];

	return lws_hdr_custom_copy(
		   wsi, site, sizeof(site), "sec-fetch-site:", 15) > 0 &&
		strcmp(site, "cross-site") == 0
	    ? "refresh: 0; url=/\r\n"
	    : "location: /\r\n";
}

/* Are they in by this very link? */
static bool
is_in(struct server *s, const struct request *r, const char *secret)
{
	char name[AUTH_NAME_SIZE];
	struct grant who;

	auth_name(name, secret);
	return by_cookie(s, r, &who) && strcmp(who.pass.link, name) == 0;
}

int
login(
    struct server *s, struct lws *wsi, const struct request *r, const char *by)
{
	char secret[AUTH_SECRET_SIZE], name[48], extra[256];
	const char *on = way_on(wsi);
	struct grant who;
	unsigned status;

	if (is_in(s, r, by))
		return reply_status(wsi, 303, "location: /\r\n");
	if (auth_secret(secret))
		return reply_text(wsi, 500, "No random numbers.\n");
	auth_name(who.session, secret);
	status = redeem(s, wsi, by, &who);
	/* Opened again by who is in already, as browsers do after a crash. */
	if (status && by_cookie(s, r, &who))
		return reply_status(wsi, 303, "location: /\r\n");
	if (status)
		return reply_text(wsi, status, wrong_token);
	log_info("login with role %s", auth_role_name(who.pass.role));
	grant_welcome(&s->grants, &who);
	cookie_name(s, r, name);
	snprintf(extra, sizeof(extra),
	    "set-cookie: %s=%s; Path=/; HttpOnly; SameSite=Strict%s\r\n%s",
	    name, secret, site_secure(&s->web.site, &r->self) ? "; Secure" : "",
	    on);
	return reply_status(wsi, *on == 'l' ? 303 : 200, extra);
}
