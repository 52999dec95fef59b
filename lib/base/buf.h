/*
 * buf.h - reading and writing big-endian bytes without running over the end
 *
 * Both cursors are sticky: the first access past the end sets bad, and from
 * then on reads give zeros and writes go nowhere, so a decoder or encoder
 * runs straight down and tests bad once.  Caller's memory, no I/O.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rbuf {
	const uint8_t *p, *end;
	bool bad;
};

struct wbuf {
	uint8_t *start, *p, *end;
	bool bad;
};

static inline struct rbuf
rbuf_of(const void *data, size_t len)
{
	const uint8_t *p = data;

	return (struct rbuf){ p, len ? p + len : p, false };
}

static inline struct wbuf
wbuf_of(void *data, size_t size)
{
	uint8_t *p = data;

	return (struct wbuf){ p, p, p + size, false };
}

/* Bytes not read yet; 0 once bad. */
static inline size_t
rbuf_left(const struct rbuf *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->p);
}

/* Bytes written so far. */
static inline size_t
wbuf_len(const struct wbuf *w)
{
	return (size_t)(w->p - w->start);
}

/* The next n bytes, borrowed from the buffer; NULL when they are not there. */
static inline const uint8_t *
rbuf_take(struct rbuf *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

static inline uint64_t
rbuf_be(struct rbuf *r, size_t n)
{
	const uint8_t *p = rbuf_take(r, n);
	uint64_t v = 0;

	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static inline uint8_t
rbuf_u8(struct rbuf *r)
{
	return (uint8_t)rbuf_be(r, 1);
}

static inline uint16_t
rbuf_u16(struct rbuf *r)
{
	return (uint16_t)rbuf_be(r, 2);
}

static inline uint32_t
rbuf_u24(struct rbuf *r)
{
	return (uint32_t)rbuf_be(r, 3);
}

static inline uint32_t
rbuf_u32(struct rbuf *r)
{
	return (uint32_t)rbuf_be(r, 4);
}

static inline uint64_t
rbuf_u64(struct rbuf *r)
{
	return rbuf_be(r, 8);
}

/* Room for n bytes, to be filled by the caller; NULL when there is none. */
static inline uint8_t *
wbuf_room(struct wbuf *w, size_t n)
{
	uint8_t *p = w->p;

	if (w->bad || (size_t)(w->end - w->p) < n) {
		w->bad = true;
		return NULL;
	}
	w->p += n;
	return p;
}

static inline void
wbuf_put(struct wbuf *w, const void *data, size_t n)
{
	uint8_t *p = wbuf_room(w, n);

	if (p && n)
		memcpy(p, data, n);
}

static inline void
wbuf_be(struct wbuf *w, uint64_t v, size_t n)
{
	uint8_t *p = wbuf_room(w, n);

	for (size_t i = 0; p && i < n; i++)
		p[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static inline void
wbuf_u8(struct wbuf *w, uint8_t v)
{
	wbuf_be(w, v, 1);
}

static inline void
wbuf_u16(struct wbuf *w, uint16_t v)
{
	wbuf_be(w, v, 2);
}

static inline void
wbuf_u24(struct wbuf *w, uint32_t v)
{
	wbuf_be(w, v, 3);
}

static inline void
wbuf_u32(struct wbuf *w, uint32_t v)
{
	wbuf_be(w, v, 4);
}

static inline void
wbuf_u64(struct wbuf *w, uint64_t v)
{
	wbuf_be(w, v, 8);
}

#endif
