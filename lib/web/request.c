#include <string.h>

#include "web/web.h"

const char *
request_field(
    struct lws *wsi, enum lws_token_indexes field, char *buf, size_t size)
{
	int len = lws_hdr_total_length(wsi, field);

	if (len <= 0 || (size_t)len >= size ||
	    lws_hdr_copy(wsi, buf, (int)size, field) < 0)
		return NULL;
	return buf;
}

const char *
request_named(struct lws *wsi, const char *name, char *buf, size_t size)
{
	int len = (int)strlen(name);
	int got = lws_hdr_custom_length(wsi, name, len);

	if (got < 0 || (size_t)got >= size ||
	    lws_hdr_custom_copy(wsi, buf, (int)size, name, len) < 0)
		return NULL;
	return buf;
}

bool
request_has_body(struct lws *wsi)
{
	char length[2];

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		return true;
	return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 &&
	    (!request_field(
		 wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof(length)) ||
		*length != '0');
}

/* As request_field(), but a field that is there and too long is an error. */
static bool
read_field(struct lws *wsi, enum lws_token_indexes field, const char **value,
    char *buf, size_t size)
{
	*value = request_field(wsi, field, buf, size);
	return *value || lws_hdr_total_length(wsi, field) <= 0;
}

/* The method, and the path that lws has decoded already. */
static bool
read_line(struct request *r, struct lws *wsi)
{
	static const enum lws_token_indexes uris[] = {
		[METHOD_GET] = WSI_TOKEN_GET_URI,
		[METHOD_HEAD] = WSI_TOKEN_HEAD_URI,
		[METHOD_POST] = WSI_TOKEN_POST_URI,
		[METHOD_PUT] = WSI_TOKEN_PUT_URI,
		[METHOD_PATCH] = WSI_TOKEN_PATCH_URI,
		[METHOD_DELETE] = WSI_TOKEN_DELETE_URI,
		[METHOD_OPTIONS] = WSI_TOKEN_OPTIONS_URI,
	};

	r->path = "";
	r->method = METHOD_OTHER;
	for (size_t i = 0; i < sizeof(uris) / sizeof(*uris); i++)
		if (lws_hdr_total_length(wsi, uris[i]) > 0) {
			r->method = (enum method)i;
			if (read_field(wsi, uris[i], &r->path, r->path_buf,
				sizeof(r->path_buf)))
				return true;
			r->path = "(too long)";
			return false;
		}
	return true;
}

bool
request_read(struct request *r, struct lws *wsi)
{
	r->upgrade = lws_hdr_total_length(wsi, WSI_TOKEN_UPGRADE) > 0;
	return read_line(r, wsi) &&
	    read_field(wsi, WSI_TOKEN_HOST, &r->host, r->host_buf,
		sizeof(r->host_buf)) &&
	    read_field(wsi, WSI_TOKEN_ORIGIN, &r->origin, r->origin_buf,
		sizeof(r->origin_buf)) &&
	    read_field(wsi, WSI_TOKEN_HTTP_COOKIE, &r->cookie, r->cookie_buf,
		sizeof(r->cookie_buf)) &&
	    read_field(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, &r->authorization,
		r->authorization_buf, sizeof(r->authorization_buf));
}
