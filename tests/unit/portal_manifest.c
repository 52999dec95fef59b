#include "portal/manifest.h"

#include <stdlib.h>

#include "../tap.h"

static char said[4096];

static void
tell(void *arg, const char *kind, const char *const *words, size_t n)
{
	size_t len = strlen(said);

	(void)arg;
	len += (size_t)snprintf(said + len, sizeof(said) - len, "%s", kind);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(
		    said + len, sizeof(said) - len, "|%s", words[i]);
	snprintf(said + len, sizeof(said) - len, "\n");
}

static const char *
read_len(const char *text, size_t len)
{
	char *copy = exact(text, len);
	const char *why;

	*said = '\0';
	why = manifest_read(copy, len, tell, NULL);
	free(copy);
	return why;
}

static void
is(const char *yaml, const char *want, const char *name)
{
	const char *why = read_len(yaml, strlen(yaml));

	ok(!why && strcmp(said, want) == 0, "%s", name);
	if (why || strcmp(said, want) != 0)
		printf("# %s: %s", why ? why : "", said);
}

static void
fails(const char *yaml, const char *name)
{
	const char *why = read_len(yaml, strlen(yaml));

	ok(why && !*said, "%s", name);
}

static const char whole[] =
    "version: 1\n"
    "settings: {venv: /v}\non_failure: {action: stop, max_retries: 2}\n"
    "auth: {huggingface: {token_env: MINE}}\n"
    "conda_packages: [{packages: [q], channels: [x], python: 3}]\n"
    "conditional_downloads:\n  - when: hf_token_valid\n"
    "    downloads: [{url: 1}]\n    else_downloads: [{url: 2}]\n"
    "env_merge: {MODELS: downloads}\n"
    "post_commands:\n  - echo done\n  - \"x 'y'\"\n"
    "apt_packages: [hello, a=1]\n"
    "git_repos:\n  - url: http://a/b\n    dest: /c\n"
    "    recursive: false\n    post_commands: [make, make install]\n"
    "pip_packages:\n  - packages: [a, b]\n    args: --no-deps\n"
    "    requirements: [r]\n  - c\n"
    "write_files:\n  - path: /f\n    content: |\n      one\n      two\n"
    "services: [{name: s, command: run it, portal_search_term: S,\n"
    "  environment: {A: 1, B: x=y}, wait_for_provisioning: false}]\n"
    "downloads: [{url: u, dest: d}]\n"
    "write_files_late: [{path: /l, permissions: \"0600\"}]\n"
    "extensions: [{module: x}]\n";

static void
test_items(void)
{
	is(whole,
	    "unknown|key=extensions\n"
	    "settings|venv=/v|conda_env=\n"
	    "on_failure|action=stop|max_retries=2|retry_delay=|webhook=|"
	    "webhook_on_success=\n"
	    "auth|huggingface=token_env=MINE|civitai=\n"
	    "file|path=/f|permissions=|owner=|content=one\ntwo\n\n"
	    "apt|package=hello\napt|package=a=1\n"
	    "repository|url=http://a/b|dest=/c|ref=|recursive=false|"
	    "pull_if_exists=|post_commands=make|post_commands=make install\n"
	    "pip|packages=a|packages=b|requirements=r|args=--no-deps|venv=|"
	    "python=|tool=\n"
	    "pip|packages=c|requirements=|args=|venv=|python=|tool=\n"
	    "conda|packages=q|channels=x|args=|env=|python=3\n"
	    "download|url=u|dest=d\n"
	    "download|url=1|dest=|when=hf_token_valid\n"
	    "download|url=2|dest=|unless=hf_token_valid\n"
	    "env_merge|variable=MODELS=downloads\n"
	    "service|name=s|workdir=|venv=|environment=A=1|environment=B=x=y|"
	    "pre_commands=|command=run it|portal_search_term=S|"
	    "skip_on_serverless=|wait_for_provisioning=false\n"
	    "late_file|path=/l|permissions=0600|owner=|content=\n"
	    "command|command=echo done\ncommand|command=x 'y'\n",
	    "all kinds, in the order in which they are done");
	is("version: 1\n", "", "nothing");
	is("apt_packages:\npost_commands: []\n", "", "empty lists");
	is("env_merge: {}\n", "", "an empty mapping");
}

static void
test_expansion(void)
{
	setenv("SET", "a b", 1);
	setenv("EMPTY", "", 1);
	unsetenv("UNSET");
	is("apt_packages: [\"${SET}\", \"x${SET}y${UNSET}z\"]\n",
	    "apt|package=a b\napt|package=xa byz\n", "variables");
	is("apt_packages: [\"${UNSET:-d e}\", \"${EMPTY:=f}\", "
	   "\"${SET:-g}\"]\n",
	    "apt|package=d e\napt|package=f\napt|package=a b\n",
	    "and what there is without them");
	is("apt_packages: ['$SET', '${', '${SET', '${1-x}', '$(id)', '`id`', "
	   "'${a b}']\n",
	    "apt|package=$SET\napt|package=${\napt|package=${SET\n"
	    "apt|package=${1-x}\napt|package=$(id)\napt|package=`id`\n"
	    "apt|package=${a b}\n",
	    "and nothing else");
}

static void
test_refusals(void)
{
	static char many[4096] = "pip_packages: [{packages: [";

	fails("", "nothing at all");
	fails("- a\n", "no mapping");
	fails("version: 2\n", "another version");
	fails("apt_packages: hello\n", "no list");
	fails(
	    "apt_packages: [ok, [a]]\n", "a list for a text, told of nothing");
	fails("git_repos: [x]\n", "a text for a mapping");
	fails("apt_packages: [{a: b}]\n", "a mapping for a text");
	fails("env_merge: [x]\n", "a list for a mapping");
	fails("settings: x\n", "a text for one");
	fails("conditional_downloads: [x]\n", "a text for a choice");
	fails("conditional_downloads: [{downloads: x}]\n",
	    "a choice without a list");
	fails("services: [{name: s, environment: {A: [x]}}]\n",
	    "a list for a variable");
	fails("a: [\n", "what is cut off");
	for (int i = 0; i < 300; i++)
		strcat(many, "x,");
	strcat(many, "]}]\n");
	fails(many, "too many words");
}

static void
test_prefixes(void)
{
	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		read_len(whole, len);
	ok(true, "every prefix is read or refused");
}

int
main(void)
{
	test_items();
	test_expansion();
	test_refusals();
	test_prefixes();
	return done_testing();
}
