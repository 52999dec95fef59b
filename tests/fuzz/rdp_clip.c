/* What clients of rd-rdp say about the clipboard, and what they copy. */
#include <stdlib.h>

#include "rdp/clip.h"
#include "rdp/copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clip_message m;
	struct event_bytes ours;
	char out[4096];

	for (int long_names = 0; long_names < 2; long_names++) {
		if (clip_decode(&m, data, size, long_names) || !m.data)
			continue;
		for (int form = 0; form < EVENT_FORMS; form++)
			if (!copy_take(&ours, (enum event_form)form, m.data,
				m.len, out, sizeof(out)) &&
			    ours.len > sizeof(out))
				abort();
	}
	return 0;
}
