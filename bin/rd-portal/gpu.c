#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metrics.h"

enum { MB = 1 << 20, GPUS_MAX = 64 };

/* What all of them do together. */
struct gpus {
	unsigned nvidia, amd;
	double load, used, total; /* percent in sum, bytes */
	bool memory;              /* all have said how much there is */
};

/* Of NVIDIA's management library (NVML), whose interface is stable. */
struct nvml_utilization {
	unsigned gpu, memory;
};
struct nvml_memory {
	unsigned long long total, free, used;
};
struct nvml {
	int (*init)(void);
	int (*count)(unsigned *n);
	int (*handle)(unsigned i, void **device);
	int (*utilization)(void *device, struct nvml_utilization *u);
	int (*memory)(void *device, struct nvml_memory *m);
};

static bool
find(void *library, const char *name, void *function)
{
	void *symbol = dlsym(library, name);

	memcpy(function, &symbol, sizeof(symbol));
	return symbol;
}

/* Loaded once, if it is there; what it has opened it keeps. */
static const struct nvml *
nvml_open(void)
{
	static struct nvml n;
	static bool tried, good;
	void *library;

	if (tried)
		return good ? &n : NULL;
	tried = true;
	library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
	good = library && find(library, "nvmlInit_v2", &n.init) &&
	    find(library, "nvmlDeviceGetCount_v2", &n.count) &&
	    find(library, "nvmlDeviceGetHandleByIndex_v2", &n.handle) &&
	    find(library, "nvmlDeviceGetUtilizationRates", &n.utilization) &&
	    find(library, "nvmlDeviceGetMemoryInfo", &n.memory) &&
	    n.init() == 0;
	return good ? &n : NULL;
}

static void
read_nvidia(struct gpus *g)
{
	const struct nvml *n = nvml_open();
	unsigned count = 0;

	if (!n || n->count(&count))
		return;
	for (unsigned i = 0; i < count && i < GPUS_MAX; i++) {
		struct nvml_utilization u = { 0 };
		struct nvml_memory m = { 0 };
		void *device;

		if (n->handle(i, &device))
			continue;
		g->nvidia++;
		if (n->utilization(device, &u) == 0)
			g->load += u.gpu;
		if (n->memory(device, &m) || !m.total)
			g->memory = false;
		g->used += (double)m.used;
		g->total += (double)m.total;
	}
}

static bool
number(int dir, const char *card, const char *file, double *out)
{
	char path[320], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/device/%s", card, file);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	*out = read(fd, text, sizeof(text) - 1) > 0 ? strtod(text, NULL) : 0;
	close(fd);
	return *text != '\0';
}

static void
read_amd(struct gpus *g, int root)
{
	int fd =
	    openat(root, "sys/class/drm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;
	double load, used, total;

	if (!dir)
		return;
	while ((e = readdir(dir))) {
		if (strncmp(e->d_name, "card", 4) != 0 ||
		    strchr(e->d_name, '-') ||
		    !number(fd, e->d_name, "gpu_busy_percent", &load))
			continue;
		g->amd++;
		g->load += load;
		if (number(fd, e->d_name, "mem_info_vram_used", &used) &&
		    number(fd, e->d_name, "mem_info_vram_total", &total)) {
			g->used += used;
			g->total += total;
		} else {
			g->memory = false;
		}
	}
	closedir(dir);
}

cJSON *
gpu_read(int root)
{
	struct gpus g = { .memory = true };
	cJSON *json = cJSON_CreateObject();
	unsigned count;

	read_nvidia(&g);
	read_amd(&g, root);
	count = g.nvidia + g.amd;
	cJSON_AddNumberToObject(json, "count", count);
	cJSON_AddNumberToObject(
	    json, "avg_load_percent", count ? g.load / count : 0);
	if (count && g.memory && g.total > 0) {
		cJSON_AddNumberToObject(json, "memory_used", g.used / MB);
		cJSON_AddNumberToObject(json, "memory_total", g.total / MB);
		cJSON_AddNumberToObject(
		    json, "memory_percent", g.used * 100 / g.total);
	} else {
		cJSON_AddNullToObject(json, "memory_used");
		cJSON_AddNullToObject(json, "memory_total");
		cJSON_AddNullToObject(json, "memory_percent");
	}
	cJSON_AddStringToObject(json, "memory_unit", "MB");
	if (g.nvidia)
		cJSON_AddNumberToObject(json, "nvidia_count", g.nvidia);
	if (g.amd)
		cJSON_AddNumberToObject(json, "amd_count", g.amd);
	return json;
}
