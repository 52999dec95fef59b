#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SHORTEST_US = 200000 };

/* A small file as text; false when it is not there. */
static bool
slurp(int root, const char *path, char *out, size_t size)
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, out, size - 1);

	if (fd != -1)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The number in a file; -1 when there is none, as with "max". */
static double
number(int root, const char *path)
{
	char text[64], *end;
	double n;

	if (!slurp(root, path, text, sizeof(text)))
		return -1;
	n = strtod(text, &end);
	return end == text ? -1 : n;
}

/* The number behind a word that begins a line; -1 when there is none. */
static double
number_of(int root, const char *path, const char *word)
{
	static char text[16384];
	size_t len = strlen(word);
	const char *p = text;

	if (!slurp(root, path, text, sizeof(text)))
		return -1;
	for (; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (strncmp(p, word, len) == 0 && strchr(" :\t", p[len]))
			return strtod(p + len + 1, NULL);
	return -1;
}

/* Cores that we may use: the quota, or those that there are. */
static double
cores(int root)
{
	char text[64];
	double quota = -1, period = -1;

	if (slurp(root, "sys/fs/cgroup/cpu.max", text, sizeof(text))) {
		sscanf(text, "%lf %lf", &quota, &period);
	} else {
		quota = number(root, "sys/fs/cgroup/cpu/cpu.cfs_quota_us");
		period = number(root, "sys/fs/cgroup/cpu/cpu.cfs_period_us");
	}
	return quota > 0 && period > 0 ? quota / period
				       : (double)sysconf(_SC_NPROCESSORS_ONLN);
}

/* Of all processors, from /proc/stat: ticks that were not idle. */
static double
machine_us(int root)
{
	unsigned long long t[8] = { 0 };
	char text[256];

	if (!slurp(root, "proc/stat", text, sizeof(text)) ||
	    sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0],
		&t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) < 4)
		return 0;
	return (double)(t[0] + t[1] + t[2] + t[5] + t[6] + t[7]) * 1e6 /
	    (double)sysconf(_SC_CLK_TCK);
}

static int64_t
cpu_used_us(int root)
{
	double us = number_of(root, "sys/fs/cgroup/cpu.stat", "usage_usec");

	if (us < 0) {
		us = number(root, "sys/fs/cgroup/cpuacct/cpuacct.usage");
		us = us < 0 ? machine_us(root) : us / 1000;
	}
	return (int64_t)us;
}

int
metrics_open(struct metrics *m, const char *root)
{
	*m = (struct metrics){ 0 };
	m->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return m->root == -1 ? -errno : 0;
}

void
metrics_close(struct metrics *m)
{
	close(m->root);
}

/* Two who ask at almost the same time are told the same. */
static double
cpu_load(struct metrics *m, double count, int64_t now_us)
{
	int64_t used;

	if (m->at_us && now_us - m->at_us < SHORTEST_US)
		return m->load;
	used = cpu_used_us(m->root);
	if (m->at_us)
		m->load = (double)(used - m->used_us) * 100 /
		    ((double)(now_us - m->at_us) * count);
	m->at_us = now_us;
	m->used_us = used;
	return m->load < 0 ? 0 : m->load > 100 ? 100 : m->load;
}

static cJSON *
share(double total, double used)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddNumberToObject(json, "total", total);
	cJSON_AddNumberToObject(json, "used", used);
	cJSON_AddNumberToObject(
	    json, "percent", total > 0 ? used * 100 / total : 0);
	return json;
}

static double
memory_limit(int root, double machine)
{
	static const char *const files[] = {
		"sys/fs/cgroup/memory/memory.soft_limit_in_bytes",
		"sys/fs/cgroup/memory/memory.limit_in_bytes",
		"sys/fs/cgroup/memory.low",
		"sys/fs/cgroup/memory.max",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		double n = number(root, files[i]);

		if (n > 0 && n < machine)
			return n;
	}
	return machine;
}

/* What is used of a limit is without what can be dropped at once. */
static double
memory_used(int root, double machine, double limit)
{
	double used = number(root, "sys/fs/cgroup/memory.current");
	double cache =
	    number_of(root, "sys/fs/cgroup/memory.stat", "inactive_file");

	if (used < 0) {
		used =
		    number(root, "sys/fs/cgroup/memory/memory.usage_in_bytes");
		cache = number_of(root, "sys/fs/cgroup/memory/memory.stat",
		    "total_inactive_file");
	}
	if (used < 0 || limit == machine)
		return machine -
		    1024 * number_of(root, "proc/meminfo", "MemAvailable");
	return cache > 0 && cache < used ? used - cache : used;
}

static cJSON *
memory(int root)
{
	double machine = 1024 * number_of(root, "proc/meminfo", "MemTotal");
	double limit = memory_limit(root, machine);

	return share(limit, memory_used(root, machine, limit));
}

static cJSON *
disk(const char *path)
{
	struct statvfs st;
	double block;

	if (statvfs(path, &st))
		return share(0, 0);
	block = (double)st.f_frsize;
	return share(block * (double)st.f_blocks,
	    block * (double)(st.f_blocks - st.f_bfree));
}

static bool
is_own_disk(const char *path)
{
	struct stat root, st;

	return path && *path && !stat("/", &root) && !stat(path, &st) &&
	    root.st_dev != st.st_dev;
}

static const char *
environment(int root)
{
	return faccessat(root, ".dockerenv", F_OK, 0) == 0 ||
		faccessat(root, "run/.containerenv", F_OK, 0) == 0 ||
		getenv("container") || getenv("CONTAINER_ID")
	    ? "container"
	    : "host";
}

cJSON *
metrics_read(struct metrics *m, const char *workspace, int64_t now_us)
{
	double count = cores(m->root);
	cJSON *json = cJSON_CreateObject(), *cpu, *volume;

	cJSON_AddItemToObject(json, "ram", memory(m->root));
	cJSON_AddItemToObject(json, "disk", disk("/"));
	cJSON_AddStringToObject(json, "environment", environment(m->root));
	cpu = cJSON_AddObjectToObject(json, "cpu");
	cJSON_AddNumberToObject(cpu, "percent", cpu_load(m, count, now_us));
	cJSON_AddNumberToObject(cpu, "count", count);
	if (is_own_disk(workspace)) {
		volume = disk(workspace);
		cJSON_AddStringToObject(volume, "path", workspace);
		cJSON_AddItemToObject(json, "volume", volume);
	}
	cJSON_AddItemToObject(json, "gpu", gpu_read(m->root));
	return json;
}
