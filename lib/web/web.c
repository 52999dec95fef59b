#include "web/web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include <openssl/ssl.h>

#include "base/log.h"

enum {
	CONNECTIONS_MAX = 512,
	HEADERS_MAX = 16384,
	HEADERS_S = 10, /* to send them */
	KEEPALIVE_S = 30,
};

struct web *
web_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

/* Of w->loop inside lws' loop: descriptors, timers, signals, not lws' own. */
static int
inner(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
    size_t len)
{
	(void)user;
	(void)in;
	(void)len;
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		loop_turn(&web_of(wsi)->loop, 0);
	return 0;
}

/* lws says why in its log only; most of it is about what peers do. */
static void
log_lws(int level, const char *line)
{
	(void)level;
	log_debug("lws: %.*s", (int)strcspn(line, "\n"), line);
}

static void
limit_fds(struct web *w)
{
	struct rlimit lim;

	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = lim.rlim_max < WEB_FDS ? lim.rlim_max : WEB_FDS;
	setrlimit(RLIMIT_NOFILE, &lim);
	w->connections_max = CONNECTIONS_MAX;
	if (lim.rlim_cur < WEB_FDS)
		w->connections_max = (unsigned)lim.rlim_cur / 8;
}

static int
open_lws(struct web *w, const struct web_config *c)
{
	/* lws keeps them, and there is one server in a program. */
	static struct lws_protocols protocols[] = {
		{ "rd", NULL, 0, 16384, 0, NULL, 0 },
		{ "loop", inner, 0, 0, 0, NULL, 0 },
		{ NULL, NULL, 0, 0, 0, NULL, 0 },
	};
	static const lws_retry_bo_t alive = {
		.secs_since_valid_ping = 30,
		.secs_since_valid_hangup = 45,
	};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.headers = reply_headers,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		    LWS_SERVER_OPTION_VALIDATE_UTF8,
		.gid = -1,
		.uid = -1,
		.user = w,
		.max_http_header_data = HEADERS_MAX,
		.timeout_secs = HEADERS_S,
		.keepalive_timeout = KEEPALIVE_S,
		.retry_and_idle_policy = &alive,
	};
	lws_sock_file_fd_type fd = { .filefd = w->loop.fd };

	protocols[0].callback = c->callback;
	protocols[0].tx_packet_size = LWS_PRE + c->piece + 64;
	if (c->cert) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = c->cert;
		info.ssl_private_key_filepath = c->key;
		info.alpn = "http/1.1";
		info.ssl_options_set = SSL_OP_NO_RENEGOTIATION;
		/* None of these is older than TLS 1.2. */
		info.ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
	}
	lws_set_log_level(LLL_ERR | LLL_WARN, log_lws);
	w->context = lws_create_context(&info);
	if (!w->context)
		return -EIO;
	w->vhost = lws_create_vhost(w->context, &info);
	if (!w->vhost)
		return -EBADMSG;
	return lws_adopt_descriptor_vhost(
		   w->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "loop", NULL)
	    ? 0
	    : -EIO;
}

int
web_open(struct web *w, const struct web_config *c)
{
	int err;

	*w = (struct web){
		.site = c->site, .user = c->user, .listener = { .fd = -1 }
	};
	limit_fds(w);
	if (getrandom(&w->throttle.seed, sizeof(w->throttle.seed), 0) < 0)
		return -errno;
	err = loop_init(&w->loop);
	return err ? err : open_lws(w, c);
}

void
web_run(struct web *w)
{
	while (!w->loop.stopped && lws_service(w->context, 0) >= 0)
		continue;
}

void
web_close(struct web *w)
{
	lws_context_destroy(w->context);
}
