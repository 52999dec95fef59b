#include <stdio.h>
#include <string.h>

#include "web/web.h"

static const struct lws_protocol_vhost_options headers[] = {
	{ &headers[1], NULL, "content-security-policy:",
	    "default-src 'self'; img-src 'self' data: blob:; "
	    "media-src 'self' blob:; worker-src 'self' blob:; "
	    "object-src 'none'; base-uri 'none'; form-action 'self'; "
	    "frame-ancestors 'none'" },
	{ &headers[2], NULL, "x-content-type-options:", "nosniff" },
	{ &headers[3], NULL, "referrer-policy:", "no-referrer" },
	{ &headers[4], NULL, "cross-origin-opener-policy:", "same-origin" },
	{ &headers[5], NULL, "cross-origin-resource-policy:", "same-origin" },
	{ &headers[6], NULL, "permissions-policy:",
	    "clipboard-read=(self), clipboard-write=(self), "
	    "microphone=(self), fullscreen=(self), "
	    "camera=(), geolocation=(), payment=(), usb=()" },
	{ NULL, NULL, "cache-control:", "no-cache" },
};

const struct lws_protocol_vhost_options *const reply_headers = headers;

static const char *
reason_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 206, "Partial Content" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 409, "Conflict" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" },
		{ 426, "Upgrade Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 507, "Insufficient Storage" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

/* Status line and fields; body bytes may follow it in the same buffer. */
static size_t
print_head(char *out, size_t size, unsigned status, const char *extra,
    const char *type, size_t len)
{
	size_t n = (size_t)snprintf(
	    out, size, "HTTP/1.1 %u %s\r\n", status, reason_of(status));

	for (const struct lws_protocol_vhost_options *h = headers; h;
	     h = h->next)
		n += (size_t)snprintf(
		    out + n, size - n, "%s %s\r\n", h->name, h->value);
	if (type)
		n += (size_t)snprintf(
		    out + n, size - n, "content-type: %s\r\n", type);
	if (status != 204 && status != 304)
		n += (size_t)snprintf(
		    out + n, size - n, "content-length: %zu\r\n", len);
	n += (size_t)snprintf(out + n, size - n, "%s%s\r\n", extra,
	    status >= 400 ? "connection: close\r\n" : "");
	return n;
}

enum { HEAD_MAX = 4096 };

int
reply_head(struct lws *wsi, unsigned status, const char *extra,
    const char *type, size_t len)
{
	unsigned char buf[LWS_PRE + HEAD_MAX];
	size_t n = print_head(
	    (char *)buf + LWS_PRE, HEAD_MAX, status, extra, type, len);

	return lws_write(wsi, buf + LWS_PRE, n, LWS_WRITE_HTTP_HEADERS) < 0 ? -1
									    : 0;
}

int
reply(struct lws *wsi, unsigned status, const char *extra, const char *type,
    const char *body, size_t len)
{
	static unsigned char buf[LWS_PRE + HEAD_MAX + REPLY_MAX];
	unsigned char *p = buf + LWS_PRE;
	size_t n = print_head((char *)p, HEAD_MAX, status, extra, type, len);

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0)
		len = 0;
	memcpy(p + n, body, len);
	if (lws_write(wsi, p, n + len, LWS_WRITE_HTTP) < 0 || status >= 400)
		return -1;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

int
reply_text(struct lws *wsi, unsigned status, const char *text)
{
	return reply(wsi, status,
	    status == 401 ? "www-authenticate: Bearer\r\n" : "",
	    "text/plain; charset=utf-8", text, strlen(text));
}

int
reply_status(struct lws *wsi, unsigned status, const char *extra)
{
	return reply(wsi, status, extra, NULL, "", 0);
}
