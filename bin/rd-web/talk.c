/*
 * The WebSocket of a person: the list of all after each change, and what the
 * person says.  A list that was not sent yet is replaced by the next.
 */
#include <string.h>

#include "server.h"

static void
told(struct grant *g)
{
	lws_callback_on_writable(g->arg);
}

void
talk_open(struct conn *c, struct lws *wsi)
{
	c->said_len = 0;
	c->grant.told = told;
	lws_callback_on_writable(wsi);
}

int
talk_receive(struct server *s, struct conn *c, struct lws *wsi, const void *p,
    size_t len)
{
	static char why[] = "expected name, ask, drop, give or refuse";
	bool good = c->grant.held && !lws_frame_is_binary(wsi) &&
	    len <= sizeof(c->said) - c->said_len;

	if (good) {
		memcpy(c->said + c->said_len, p, len);
		c->said_len += len;
		if (!lws_is_final_fragment(wsi) ||
		    lws_remaining_packet_payload(wsi))
			return 0;
		good =
		    grant_command(&s->grants, &c->grant, c->said, c->said_len);
		c->said_len = 0;
	}
	if (good)
		return 0;
	lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION,
	    (unsigned char *)why, sizeof(why) - 1);
	return -1;
}

int
talk_writable(struct server *s, struct conn *c, struct lws *wsi)
{
	static unsigned char buf[LWS_PRE + PEOPLE_TEXT_SIZE];
	char *text = (char *)buf + LWS_PRE;
	size_t len;

	if (!c->grant.held) /* revoked: the reason is set */
		return -1;
	len = people_print(
	    &s->grants.people, c->grant.session, text, PEOPLE_TEXT_SIZE);
	return lws_write(wsi, buf + LWS_PRE, len, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}
