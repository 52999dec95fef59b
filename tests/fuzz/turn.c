/* A client that has proved who it is says anything: all stays in its bounds. */
#include "turn/turn.h"

#include <assert.h>
#include <stdlib.h>

#include <openssl/evp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1000000000 };

static struct turn turn;
static int sockets;
static uint8_t key[CREDENTIAL_KEY], id[STUN_ID];
static struct turn_client client = { .address = { ADDRESS_V4, 7, { 8 } } };
static struct turn_connection *made;
static int connections;

static int
fake_open(void *arg, struct turn_relay *r)
{
	(void)arg, (void)r;
	sockets++;
	return 0;
}

static void
fake_close(void *arg, struct turn_relay *r)
{
	(void)arg, (void)r;
	sockets--;
}

static int
fake_connect(void *arg, struct turn_connection *c)
{
	(void)arg;
	made = c;
	connections++;
	return 0;
}

static void
fake_disconnect(void *arg, struct turn_connection *c)
{
	(void)arg;
	made = made == c ? NULL : made;
	connections--;
}

static void
fake_tell(
    void *arg, const struct turn_client *c, const uint8_t *data, size_t len)
{
	struct stun m;

	(void)arg, (void)c;
	assert(!stun_decode(&m, data, len));
}

static void
start(void)
{
	turn.config = (struct turn_config){ .realm = "rd",
		.relay = { { ADDRESS_V4, 0, { 9 } }, { ADDRESS_V6, 0, { 9 } } },
		.first_port = 50000,
		.last_port = 50100,
		.max = 4,
		.max_user = 4,
		.max_source = 4,
		.open = fake_open,
		.close = fake_close,
		.max_connections = 4,
		.connect = fake_connect,
		.disconnect = fake_disconnect,
		.tell = fake_tell };
	if (credentials_user(&turn.credentials, "u p") || turn_open(&turn))
		abort();
	EVP_Q_digest(NULL, "MD5", NULL, "u:rd:p", 6, key, NULL);
}

static void
give(const uint8_t *data, size_t len)
{
	struct turn_result r;
	enum turn_verdict v = turn_input(&turn, NOW, &client, data, len, &r);
	struct stun m;

	if (v == TURN_ANSWER)
		assert(r.len <= TURN_REPLY && !stun_decode(&m, r.data, r.len));
	if (v == TURN_FORWARD)
		assert(r.data >= data && r.data + r.len <= data + len &&
		    r.relay->alloc && policy_allows(&turn.policy, &r.peer));
	assert((uint32_t)sockets >= turn.nheap && turn.nheap <= 1);
	assert((uint32_t)connections == turn.nconnections);
}

/* The bytes as attributes of a request that is signed as it should be. */
static void
give_signed(uint16_t type, const uint8_t *attributes, size_t len)
{
	static uint8_t out[4096];
	struct wbuf w = wbuf_of(out, sizeof(out));
	char nonce[NONCE];

	id[0]++;
	nonce_make(nonce, turn.nonce_key, &client.address, NOW);
	stun_begin(&w, type, id);
	wbuf_put(&w, attributes, len & ~(size_t)3);
	stun_put(&w, STUN_A_USERNAME, "u", 1);
	stun_put(&w, STUN_A_REALM, "rd", 2);
	stun_put(&w, STUN_A_NONCE, nonce, sizeof(nonce));
	stun_sign(&w, STUN_A_INTEGRITY, key, sizeof(key));
	if (!w.bad)
		give(out, wbuf_len(&w));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t transport[] = { 0, 0x19, 0, 4, 17, 0, 0, 0 };
	static const uint8_t peer[] = { 0, 0x12, 0, 8, 0, 1, 0, 0, 0x29, 0x12,
		0xa4, 0x42 };

	if (!turn.allocs)
		start();
	client.stream = size & 1; /* as good as any other choice */
	if (client.stream && size & 2)
		transport[4] = 6;
	give_signed(STUN_ALLOCATE, transport, sizeof(transport));
	give_signed(STUN_CREATE_PERMISSION, peer, sizeof(peer));
	while (size >= 2) {
		size_t len = data[1] * 4u;

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		if (data[-2] & 0x80)
			give_signed(data[-2] & 0x7f, data, len);
		else
			give(data, len);
		data += len;
		size -= len;
		if (made && made->state == TURN_CONNECTING)
			turn_connected(&turn, NOW, made, len & 4);
	}
	turn_gone(&turn, &client);
	assert(!turn.nheap && !sockets && !connections);
	return 0;
}
