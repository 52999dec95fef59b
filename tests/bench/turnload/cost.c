#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* One number of a file that begins with numbers. */
static int64_t
number(const char *path, int which)
{
	FILE *f = fopen(path, "re");
	long long n = 0;

	while (f && which-- >= 0 && fscanf(f, "%lld", &n) == 1)
		;
	if (f)
		fclose(f);
	return n;
}

struct cost
cost_of(int pid)
{
	struct cost cost = { 0 };
	struct dirent *e;
	char path[128];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	cost.rss = number(path, 1) * sysconf(_SC_PAGESIZE);
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	if (!(d = opendir(path)))
		return cost;
	while ((e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid,
		    atoi(e->d_name));
		if (*e->d_name != '.')
			cost.cpu_ns += number(path, 0);
	}
	closedir(d);
	return cost;
}
