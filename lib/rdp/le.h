/*
 * le.h - RDP's numbers, which are little-endian
 */
#ifndef RDP_LE_H
#define RDP_LE_H

#include "base/buf.h"

static inline uint16_t
rbuf_le16(struct rbuf *r)
{
	return __builtin_bswap16(rbuf_u16(r));
}

static inline uint32_t
rbuf_le32(struct rbuf *r)
{
	return __builtin_bswap32(rbuf_u32(r));
}

static inline void
wbuf_le16(struct wbuf *w, uint16_t v)
{
	wbuf_u16(w, __builtin_bswap16(v));
}

static inline void
wbuf_le32(struct wbuf *w, uint32_t v)
{
	wbuf_u32(w, __builtin_bswap32(v));
}

#endif
