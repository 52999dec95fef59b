/* What is read is what is printed and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "portal/apps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 4096 };

static void
tell(void *arg, const char *entry, const char *why)
{
	(void)arg;
	if (!entry || !why || !*why)
		abort();
}

static void
check(const struct apps *as)
{
	static char text[8 * APPS_TEXT_MAX];
	static struct apps again;
	const struct apps_bad bad = { tell, NULL };
	long len = apps_print_yaml(as, text, sizeof(text));

	if (len < 0)
		abort();
	if (as->n == 0)
		return;
	if (apps_read_yaml(&again, text, (size_t)len, bad) ||
	    again.n != as->n ||
	    memcmp(again.list, as->list, as->n * sizeof(*as->list)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct apps as;
	const struct apps_bad bad = { tell, NULL };
	char text[TEXT_MAX + 1];

	if (size > TEXT_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&as, 0, sizeof(as));
	apps_parse(&as, text, bad);
	check(&as);
	memset(&as, 0, sizeof(as));
	if (!apps_read_yaml(&as, text, size, bad))
		check(&as);
	return 0;
}
