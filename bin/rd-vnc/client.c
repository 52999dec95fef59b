#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "sandbox/sandbox.h"
#include "session.h"

enum {
	STRANGER_BYTES = 65536, /* from one who has not proven who it is */
	RETRY_US = 250000,      /* to open links that were not there */
};

static struct loop loop;
static struct conn conn;
static struct session session;
static struct rfb_handshake handshake;
static struct loop_watch control;
static struct loop_timer retry;
static const struct origin *from;
static bool entered, chosen;

static void
over(const char *why)
{
	log_info("%s: %s", from->text, why);
	loop_stop(&loop);
}

static void
conn_over(struct conn *c, int err)
{
	(void)c;
	over(err == 0            ? "it left"
		: err == -EACCES ? "it chose what it was not offered"
		: err == -EPROTONOSUPPORT
		? "it can do nothing of what it was offered"
		: err == -EBADMSG ? "it does not speak RFB"
		: err == -EPROTO  ? "no TLS came about"
				  : strerror(-err));
}

static void
tell(enum control_kind kind, const void *p, size_t len)
{
	int err = control_send(control.fd, kind, p, len, NULL, 0);

	if (err)
		over("the server is gone");
}

static void
ask_links(struct session *s)
{
	(void)s;
	if (!retry.set)
		loop_timer_set(&loop, &retry, clock_us() + RETRY_US);
}

static void
listen_again(struct session *s)
{
	(void)s;
	tell(CONTROL_LISTEN, NULL, 0);
}

static void
watch_again(struct session *s)
{
	(void)s;
	tell(CONTROL_WATCH, NULL, 0);
}

static void
retry_links(struct loop_timer *t)
{
	(void)t;
	tell(CONTROL_LINKS, NULL, 0);
	if (session.sound.wanted && !session.sound.attached)
		listen_again(&session);
	if (session.wants.video && !session.video.attached &&
	    session.config->video)
		watch_again(&session);
}

static void
session_over(struct session *s, const char *why)
{
	(void)s;
	over(why);
}

/* The client may read on in what it sent when there is a picture. */
static void
enter(void)
{
	uint8_t shared = handshake.shared;

	log_info("%s: %s, %s", from->text, rfb_security_name(handshake.chosen),
	    session.controls ? "it controls" : "it views");
	entered = true;
	tell(CONTROL_ENTERED, &shared, 1);
	tell(CONTROL_LINKS, NULL, 0);
	conn_hold(&conn, true);
}

static int
secure(struct wbuf *w, bool more)
{
	const struct config *c = session.config;
	int err;

	conn_send(&conn, w);
	err = more ? -EBADMSG
		   : conn_secure(&conn,
			 handshake.chosen >= RFB_X509_NONE ? c->certified
							   : c->anonymous);
	*w = conn_room(&conn, RFB_HANDSHAKE_OUT);
	if (!err)
		rfb_handshake_secured(&handshake, w);
	return err;
}

static int
do_step(enum rfb_step step, struct wbuf *w, bool more)
{
	const char *password = handshake.password;

	switch (step) {
	case RFB_STEP_TLS:
		return secure(w, more);
	case RFB_STEP_RESPONSE:
		tell(CONTROL_RESPONSE, handshake.response, RFB_CHALLENGE);
		break;
	case RFB_STEP_PLAIN:
		tell(CONTROL_PASSWORD, password, strlen(password));
		break;
	case RFB_STEP_FREE:
		tell(CONTROL_FREE, NULL, 0);
		break;
	case RFB_STEP_READY:
		enter();
		break;
	case RFB_STEP_MORE:
		break;
	}
	return 0;
}

static ssize_t
shake_hands(const uint8_t *p, size_t len)
{
	struct wbuf w = conn_room(&conn, RFB_HANDSHAKE_OUT);
	enum rfb_step step;
	ssize_t n;
	int err;

	if (conn.received > STRANGER_BYTES)
		return -EMSGSIZE;
	n = rfb_handshake_input(&handshake, p, len, &step, &w);
	if (n >= 0 && (err = do_step(step, &w, (size_t)n < len)))
		n = err;
	if (handshake.chosen && !chosen) {
		chosen = true;
		tell(CONTROL_CHOSEN, NULL, 0);
	}
	conn_send(&conn, &w);
	return n;
}

static ssize_t
conn_input(struct conn *c, const uint8_t *p, size_t len, size_t *need)
{
	(void)c;
	return entered ? session_input(&session, p, len, need)
		       : shake_hands(p, len);
}

static void
conn_drained(struct conn *c)
{
	(void)c;
	session_pump(&session);
}

static const struct conn_ops conn_ops = {
	.input = conn_input,
	.drained = conn_drained,
	.over = conn_over,
};

/* The parent has decided. */
static void
take_verdict(const char *why)
{
	struct wbuf w = conn_room(&conn, RFB_HANDSHAKE_OUT);

	rfb_handshake_verdict(&handshake, why, &w);
	conn_send(&conn, &w);
	if (why)
		over(why);
	else
		conn_hold(&conn, false);
}

static void
control_ready(struct loop_watch *w, uint32_t events)
{
	unsigned int kind;
	char p[CONTROL_MAX + 1];
	int fds[CONTROL_FDS];
	ssize_t n = control_receive(w->fd, &kind, p, CONTROL_MAX, fds);

	(void)events;
	if (n == -EAGAIN)
		return;
	if (n < 0) {
		over("the server is gone");
		return;
	}
	p[n] = '\0';
	switch (kind) {
	case CONTROL_WELCOME:
		session.controls = *p;
		take_verdict(NULL);
		break;
	case CONTROL_NO:
		take_verdict(p);
		break;
	case CONTROL_SOUND:
		session_hear(&session, fds[0]);
		break;
	case CONTROL_VIDEO:
		session_see(&session, fds[0]);
		break;
	case CONTROL_TILES:
		session_share(&session, fds[0], fds[1]);
		break;
	default:
		session_attach(&session, fds[0], fds[1]);
		if (!session.screen.attached ||
		    (!session.input.hands.attached && session.controls &&
			session.config->events))
			ask_links(&session);
	}
}

/*
 * A password that eight characters of do not make whole is better sent whole,
 * though with a name for which there is no use.
 */
static void
offer(uint16_t plain, uint16_t vnc)
{
	if (session.config->long_password)
		handshake.offers[handshake.noffers++] = plain;
	handshake.offers[handshake.noffers++] = vnc;
}

static void
make_offers(void)
{
	const struct config *c = session.config;

	if (from->trusted) {
		handshake.offers[handshake.noffers++] = RFB_NONE;
		return;
	}
	if (c->certified)
		offer(RFB_X509_PLAIN, RFB_X509_VNC);
	offer(RFB_TLS_PLAIN, RFB_TLS_VNC);
	if (from->loopback || c->unsafe)
		handshake.offers[handshake.noffers++] = RFB_VNCAUTH;
}

static void
open_all(const int fds[3])
{
	int err = loop_init(&loop);

	if (!err)
		err = conn_open(&conn, &loop, fds[0], fds[1], &conn_ops, NULL);
	control = (struct loop_watch){ .fd = fds[2], .ready = control_ready };
	if (!err)
		err = loop_watch(&loop, &control, EPOLLIN);
	if (err)
		die(EXIT_TEMP, err, "cannot serve a client");
	retry.expired = retry_links;
	if ((err = sandbox_enter(0)))
		die(EXIT_TEMP, err, "cannot enter the sandbox");
}

void
client_run(const struct config *config, const struct origin *origin,
    const uint8_t challenge[RFB_CHALLENGE], const int fds[3])
{
	struct wbuf w;

	from = origin;
	session.loop = &loop;
	session.config = config;
	session.conn = &conn;
	session.links = ask_links;
	session.listen = listen_again;
	session.watch = watch_again;
	session.over = session_over;
	memcpy(handshake.challenge, challenge, RFB_CHALLENGE);
	make_offers();
	open_all(fds);
	w = conn_room(&conn, RFB_HANDSHAKE_OUT);
	rfb_handshake_begin(&handshake, &w);
	conn_send(&conn, &w);
	loop_run(&loop);
	session_close(&session);
	conn_close(&conn);
	_exit(0);
}
