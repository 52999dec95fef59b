/* Who a client is: the parent knows. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "ntlm.h"
#include "session.h"

static void
take_answer(
    struct session *s, enum control_kind kind, const uint8_t *p, size_t len)
{
	if (kind != CONTROL_YES || len != 1 + NTLM_HASH) {
		session_over(s, "it is not let in");
		return;
	}
	s->proven = true;
	s->controls = p[0];
	log_info(
	    "%s: %s", s->from->text, s->controls ? "it controls" : "it views");
	session_ask_links(s);
}

/* The library asks in the middle of a handshake and has to be answered. */
static bool
ask_parent(struct session *s, enum control_kind kind, const void *p, size_t len,
    uint8_t hash[NTLM_HASH])
{
	struct pollfd pfd = { .fd = s->control.fd, .events = POLLIN };
	uint8_t answer[CONTROL_MAX];
	unsigned int answered = CONTROL_NO;
	int fds[CONTROL_FDS];
	ssize_t n;

	session_tell(s, kind, p, len);
	do {
		poll(&pfd, 1, -1);
		n = control_receive(
		    s->control.fd, &answered, answer, sizeof(answer), fds);
	} while (n == -EAGAIN);
	take_answer(s, answered, answer, n < 0 ? 0 : (size_t)n);
	if (s->proven)
		memcpy(hash, answer + 1, NTLM_HASH);
	explicit_bzero(answer, sizeof(answer));
	return s->proven;
}

static void
put_part(struct wbuf *w, const void *p, size_t len)
{
	if (len > UINT16_MAX)
		w->bad = true;
	wbuf_u16(w, (uint16_t)len);
	wbuf_put(w, p, len);
}

SECURITY_STATUS
session_hash(void *arg, const SEC_WINNT_AUTH_IDENTITY *who,
    const SecBuffer *value, const BYTE *key, const BYTE *mic,
    const SecBuffer *messages, BYTE *hash)
{
	struct session *s = ((freerdp_peer *)arg)->ContextExtra;
	uint8_t bytes[CONTROL_MAX];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	put_part(&w, who->User, who->UserLength * 2);
	put_part(&w, who->Domain, who->DomainLength * 2);
	put_part(&w, value->pvBuffer, value->cbBuffer);
	put_part(&w, messages->pvBuffer, messages->cbBuffer);
	wbuf_put(&w, key, NTLM_HASH);
	wbuf_put(&w, mic, NTLM_HASH);
	return !w.bad && !s->proven &&
	    ask_parent(s, CONTROL_PROOF, bytes, wbuf_len(&w), hash);
}

bool
session_check_password(struct session *s)
{
	const char *password = s->peer->settings->Password;
	uint8_t hash[NTLM_HASH];

	return s->proven ||
	    (s->config->without_nla && password &&
		ask_parent(
		    s, CONTROL_PASSWORD, password, strlen(password), hash));
}
