/* rd-packets(5): what is accepted lies within the bytes and can be said again
 */
#include "packets/packets.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t header[PACKET_HEADER];
	struct packet p;
	ssize_t n;

	while ((n = packet_decode(&p, data, size)) > 0) {
		if ((size_t)n > size || p.payload != data + PACKET_HEADER ||
		    p.payload + p.len != data + n)
			abort();
		packet_encode(&p, header);
		/* All but the reserved bytes. */
		if (memcmp(header, data, 6) != 0 ||
		    memcmp(header + 8, data + 8, PACKET_HEADER - 8) != 0)
			abort();
		data += n;
		size -= (size_t)n;
	}
	return 0;
}
