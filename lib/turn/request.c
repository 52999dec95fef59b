#include <openssl/crypto.h>

#include "turn_priv.h"

enum { REPLY_RATIO = 3 }; /* to who proved nothing: so many times its bytes */

static bool
text_attribute(const struct stun *m, uint16_t type, char *out, size_t size)
{
	struct rbuf value;
	size_t len;

	if (!stun_find(m, type, &value))
		return false;
	len = rbuf_left(&value);
	if (len >= size || memchr(value.p, 0, len))
		return false;
	memcpy(out, value.p, len);
	out[len] = '\0';
	return true;
}

static bool
signed_by_any(struct request *r, uint8_t keys[][CREDENTIAL_KEY], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (stun_verify(&r->m, keys[i], CREDENTIAL_KEY)) {
			memcpy(r->key, keys[i], CREDENTIAL_KEY);
			return true;
		}
	return false;
}

/*
 * RFC 8489 section 9.2.4.  An allocation keeps the key it was made with: a
 * name may reach its end, and secrets may change, while it is in use.
 */
static unsigned int
authenticate(struct request *r)
{
	uint8_t keys[CREDENTIAL_SECRETS][CREDENTIAL_KEY];
	char realm[TURN_REALM];
	struct rbuf nonce;
	struct turn *t = r->t;
	size_t n;

	if (!r->m.integrity && !r->m.sha256)
		return E_UNAUTHORIZED;
	if (!text_attribute(&r->m, STUN_A_USERNAME, r->name, sizeof(r->name)) ||
	    !text_attribute(&r->m, STUN_A_REALM, realm, sizeof(realm)) ||
	    !stun_find(&r->m, STUN_A_NONCE, &nonce))
		return E_BAD;
	if (!nonce_good(nonce.p, rbuf_left(&nonce), t->nonce_key,
		&r->client->address, r->now_us))
		return E_STALE;
	if (r->alloc && r->alloc->user == name_hash(t, r->name, HASH_NAME)) {
		memcpy(keys[0], r->alloc->key, CREDENTIAL_KEY);
		n = 1;
	} else
		n = credentials_keys(
		    &t->credentials, r->name, t->config.realm, t->unix_s, keys);
	r->proved = signed_by_any(r, keys, n);
	OPENSSL_cleanse(keys, sizeof(keys));
	if (!r->proved)
		return E_UNAUTHORIZED;
	shared_lock(t->shared);
	limit_proved(&t->shared->limit, &r->client->address);
	shared_unlock(t->shared);
	if (r->alloc && r->alloc->user != name_hash(t, r->name, HASH_NAME))
		return E_WRONG_USER;
	return 0;
}

bool
attribute_known(const struct turn *t, uint16_t type)
{
	switch (type) {
	case STUN_A_USERNAME:
	case STUN_A_CHANNEL_NUMBER:
	case STUN_A_LIFETIME:
	case STUN_A_PEER_ADDRESS:
	case STUN_A_DATA:
	case STUN_A_REALM:
	case STUN_A_NONCE:
	case STUN_A_REQUESTED_FAMILY:
	case STUN_A_EVEN_PORT:
	case STUN_A_REQUESTED_TRANSPORT:
	case STUN_A_RESERVATION_TOKEN:
	case STUN_A_CONNECTION_ID:
		return true;
	case STUN_A_DONT_FRAGMENT:
		return t->config.can_dont_fragment;
	default:
		return type >= 0x8000; /* need not be understood */
	}
}

static unsigned int
check_known(struct request *r)
{
	struct stun_reader reader = stun_read(&r->m);
	struct rbuf value;
	uint16_t type;

	while (stun_next(&reader, &type, &value))
		if (!attribute_known(r->t, type) && r->nunknown < UNKNOWN_MAX)
			r->unknown[r->nunknown++] = type;
	return r->nunknown ? E_UNKNOWN : 0;
}

static unsigned int
bind_request(struct request *r)
{
	stun_put_address(&r->w, STUN_A_MAPPED_ADDRESS, &r->client->address);
	return 0;
}

/* With what is shared locked: it is decided and counted as one. */
static unsigned int
perform(struct request *r)
{
	if (r->m.type == STUN_ALLOCATE)
		return request_allocate(r);
	if (r->m.type == STUN_CONNECTION_BIND)
		return request_connection_bind(r);
	if (!r->alloc)
		return E_MISMATCH;
	switch (r->m.type) {
	case STUN_REFRESH:
		return request_refresh(r);
	case STUN_CREATE_PERMISSION:
		return request_permission(r);
	case STUN_CHANNEL_BIND:
		return request_channel(r);
	case STUN_CONNECT:
		return request_connect(r);
	default:
		return E_BAD;
	}
}

static unsigned int
handle(struct request *r)
{
	uint16_t method = r->m.type;
	unsigned int error;

	if (method == STUN_BINDING)
		return check_known(r) ? E_UNKNOWN : bind_request(r);
	if (method == STUN_CONNECTION_BIND) {
		r->pending = connection_by_id(r->t, &r->m);
		r->alloc = r->pending ? r->pending->alloc : NULL;
	} else
		r->alloc = table_find(r->t, r->client);
	if ((error = authenticate(r)) || (error = check_known(r)))
		return error;
	shared_lock(r->t->shared);
	error = perform(r);
	shared_unlock(r->t->shared);
	return error;
}

static void
begin_reply(struct request *r, enum stun_class class)
{
	r->w = wbuf_of(r->t->reply, sizeof(r->t->reply));
	stun_begin(&r->w, (uint16_t)(r->m.type | class), r->m.id);
}

static void
put_challenge(struct request *r)
{
	const char *realm = r->t->config.realm;
	char nonce[NONCE];

	nonce_make(nonce, r->t->nonce_key, &r->client->address, r->now_us);
	stun_put(&r->w, STUN_A_REALM, realm, strlen(realm));
	stun_put(&r->w, STUN_A_NONCE, nonce, sizeof(nonce));
}

static void
write_error(struct request *r, unsigned int error)
{
	uint8_t list[2 * UNKNOWN_MAX];
	struct wbuf w = wbuf_of(list, sizeof(list));

	begin_reply(r, STUN_ERROR);
	stun_put_error(&r->w, error);
	if (error == E_UNAUTHORIZED || error == E_STALE)
		put_challenge(r);
	if (error == E_TRY_ALTERNATE)
		stun_put_plain_address(
		    &r->w, STUN_A_ALTERNATE_SERVER, other_server(r));
	if (error != E_UNKNOWN)
		return;
	for (size_t i = 0; i < r->nunknown; i++)
		wbuf_u16(&w, r->unknown[i]);
	stun_put(&r->w, STUN_A_UNKNOWN, list, wbuf_len(&w));
}

static void
count_error(struct turn_stats *s, unsigned int error)
{
	if (error == E_UNAUTHORIZED || error == E_STALE)
		s->unauthorized++;
	else if (error && error != E_LATER)
		s->refused++;
}

/* Nobody can make us send much to somebody else: an address may be forged. */
static bool
may_answer(struct request *r, size_t len)
{
	struct shared *s = r->t->shared;
	bool may = wbuf_len(&r->w) <= REPLY_RATIO * len;

	if (r->proved || r->client->stream)
		return true;
	shared_lock(s);
	may = may && limit_take(&s->limit, &r->client->address, r->now_us);
	shared_unlock(s);
	r->t->stats.unanswered += !may;
	return may;
}

enum turn_verdict
request_answer(struct request *r, size_t len, struct turn_result *result)
{
	unsigned int error;

	begin_reply(r, STUN_SUCCESS);
	error = handle(r);
	if (error && error != E_LATER)
		write_error(r, error);
	count_error(&r->t->stats, error);
	if (r->proved)
		stun_sign(&r->w,
		    r->m.sha256 ? STUN_A_INTEGRITY_SHA256 : STUN_A_INTEGRITY,
		    r->key, sizeof(r->key));
	if (r->m.fingerprint)
		stun_put_fingerprint(&r->w);
	OPENSSL_cleanse(r->key, sizeof(r->key));
	if (r->w.bad || error == E_LATER || !may_answer(r, len))
		return TURN_DROP;
	result->data = r->t->reply;
	result->len = wbuf_len(&r->w);
	result->connection = error ? NULL : r->pending;
	return result->connection ? TURN_BIND : TURN_ANSWER;
}
