/* Whatever a message says, an address in it is one. */
#include "mdns/mdns.h"

#include <arpa/inet.h>
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr a;

	if (mdns_answer(data, size,
		"7c1a6bf8-dd25-4c0b-9d4e-0123456789ab.local", address) == 0)
		assert(inet_pton(AF_INET, address, &a) == 1 ||
		    inet_pton(AF_INET6, address, &a) == 1);
	return 0;
}
