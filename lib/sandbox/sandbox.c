#include "sandbox/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#ifdef __SANITIZE_ADDRESS__
enum { HAS_SANITIZER = 1 };
#else
enum { HAS_SANITIZER = 0 };
#endif

/* Libraries try these now and then and can do without. */
static const int refused[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(openat2),
	SCMP_SYS(creat),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(link),
	SCMP_SYS(linkat),
	SCMP_SYS(symlink),
	SCMP_SYS(symlinkat),
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(rmdir),
	SCMP_SYS(mknod),
	SCMP_SYS(mknodat),
	SCMP_SYS(truncate),
	SCMP_SYS(chmod),
	SCMP_SYS(fchmodat),
	SCMP_SYS(chown),
	SCMP_SYS(lchown),
	SCMP_SYS(fchownat),
	SCMP_SYS(setxattr),
	SCMP_SYS(lsetxattr),
};

/* Nobody but an attacker would. */
static const int deadly[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(kill),
	SCMP_SYS(tkill),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(move_mount),
	SCMP_SYS(fsopen),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(personality),
};

static const struct {
	unsigned int need;
	unsigned int family;
} sockets[] = {
	{ SANDBOX_INET, AF_INET },
	{ SANDBOX_INET, AF_INET6 },
	{ SANDBOX_INET, AF_NETLINK },
	{ SANDBOX_UNIX, AF_UNIX },
};

static int
add_socket_rules(scmp_filter_ctx f, unsigned int needs)
{
	int err = 0;

	/* Any family but those: rules of one call are alternatives. */
	err = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
	    SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));
	for (unsigned int family = 0; family <= AF_NETLINK && !err; family++) {
		unsigned int allowed = 0;

		for (size_t i = 0; i < COUNT(sockets); i++)
			if (sockets[i].family == family)
				allowed |= sockets[i].need & needs;
		if (!allowed)
			err = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES),
			    SCMP_SYS(socket), 1,
			    SCMP_A0(SCMP_CMP_EQ, family, 0));
	}
	return err;
}

static int
add_rules(scmp_filter_ctx f, unsigned int needs)
{
	int err = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);

	for (size_t i = 0; i < COUNT(refused) && !err; i++)
		err =
		    seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
	for (size_t i = 0; i < COUNT(deadly) && !err; i++)
		err = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
	/* A thread is fine; clone3() hides its flags, so libc must not. */
	if (!err)
		err =
		    seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone),
			1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	if (!err)
		err = seccomp_rule_add(
		    f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return err ? err : add_socket_rules(f, needs);
}

int
sandbox_enter(unsigned int needs)
{
	scmp_filter_ctx f;
	int err;

	if (HAS_SANITIZER)
		return 0;
	f = seccomp_init(SCMP_ACT_ALLOW);
	if (!f)
		return -ENOMEM;
	err = add_rules(f, needs);
	if (!err)
		err = seccomp_load(f); /* sets no_new_privs too */
	seccomp_release(f);
	return err;
}
