/* What processes of rd-vnc say to each other about tiles. */
#include <stdlib.h>

#include "../../bin/rd-vnc/tiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rfb_encoder *e;
	struct rfb_wish wish;
	struct tiles_want want;
	struct tile_place places[TILES_MAX];
	uint8_t again[CONTROL_MAX];

	if (!tiles_take_want(data, size, &want) &&
	    (want.n > TILES_MAX || tiles_put_want(again, &want) != size ||
		memcmp(again, data, size)))
		abort();
	if (!tiles_take_wish(data, size, &e, &wish) &&
	    (!e || tiles_put_wish(again, e, &wish) != size))
		abort();
	if (size && data[0] <= TILES_MAX &&
	    !tiles_take_have(data, size, places, data[0]) &&
	    tiles_put_have(again, places, data[0]) != size)
		abort();
	return 0;
}
