#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "portal.h"

static void
warn(void *arg, const char *entry, const char *why)
{
	log_warn("%s: entry '%s' %s: left out", (const char *)arg, entry, why);
}

bool
list_load(struct apps *as, const char *file)
{
	const char *config = getenv("PORTAL_CONFIG"), *why;
	int err;

	if (!apps_load(as, file, config,
		(struct apps_bad){ warn, "PORTAL_CONFIG" }, &why, &err))
		return false;
	if (why && strcmp(why, "is not there") != 0)
		log_warn("'%s' %s: made anew from PORTAL_CONFIG", file, why);
	if (err == -EINVAL)
		log_warn(
		    "PORTAL_CONFIG has no good entry: '%s' is not made", file);
	else if (err)
		log_warn("cannot write '%s': %s", file, strerror(-err));
	return true;
}

void
list_print(const struct apps *as)
{
	for (size_t i = 0; i < as->n; i++) {
		const struct app *a = &as->list[i];

		printf("%u\t%u\t%s\t%s\t%u\t%s\t%s\n", (unsigned)a->external,
		    (unsigned)a->internal, a->host,
		    app_way_name(apps_way(as, i, environ)),
		    (unsigned)apps_mapped(environ, a->external), a->path,
		    a->name);
	}
	if (fflush(stdout))
		die(EXIT_TEMP, errno, "cannot write to standard output");
}
