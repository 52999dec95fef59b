#include "answer.h"

#include <string.h>

#include <libwebsockets.h>

enum {
	PATH_TYPE = 1,
	PATH_SDP,
	PATH_MESSAGE,
};

static const char *const paths[] = { "type", "sdp", "message" };

static signed char
value(struct lejp_ctx *ctx, char reason)
{
	struct answer *a = ctx->user;

	if (reason != LEJPCB_VAL_STR_CHUNK && reason != LEJPCB_VAL_STR_END)
		return 0;
	if (ctx->path_match == PATH_TYPE && reason == LEJPCB_VAL_STR_END) {
		if (strcmp(ctx->buf, "answer") == 0)
			a->kind = ANSWER_SDP;
		else if (strcmp(ctx->buf, "error") == 0)
			a->kind = ANSWER_ERROR;
	} else if (ctx->path_match == PATH_SDP ||
	    ctx->path_match == PATH_MESSAGE) {
		if (ctx->npos > a->size - a->len)
			return -1;
		memcpy(a->text + a->len, ctx->buf, ctx->npos);
		a->len += ctx->npos;
	}
	return 0;
}

bool
answer_read(struct answer *a, const char *line, size_t len)
{
	struct lejp_ctx ctx;
	int n;

	a->kind = ANSWER_OTHER;
	a->len = 0;
	lejp_construct(&ctx, value, a, paths, sizeof(paths) / sizeof(*paths));
	n = lejp_parse(&ctx, (const unsigned char *)line, (int)len);
	lejp_destruct(&ctx);
	return n >= 0;
}
