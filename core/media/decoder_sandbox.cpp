// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decoder_sandbox_internal.h"

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CLIPSCOPE_SANITIZED 1
#endif

#if defined(__x86_64__)
#define CLIPSCOPE_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CLIPSCOPE_AUDIT_ARCH AUDIT_ARCH_AARCH64
#endif

namespace clipscope {

void limitMemory(int64_t bytes)
{
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0) {
        [[maybe_unused]] const ssize_t written = ::write(score, "500", 3);
        ::close(score);
    }
#ifdef CLIPSCOPE_SANITIZED
    (void)bytes;
#else
    // A heap for each thread would reserve much of the limit.
    ::mallopt(M_ARENA_MAX, 1);
    const rlimit most{rlim_t(bytes), rlim_t(bytes)};
    ::setrlimit(RLIMIT_AS, &most);
#endif
}

#if defined(CLIPSCOPE_AUDIT_ARCH) && !defined(CLIPSCOPE_SANITIZED)

namespace {

constexpr uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;

sock_filter load(size_t offset)
{
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, uint32_t(offset));
}
sock_filter answer(uint32_t action)
{
    return BPF_STMT(BPF_RET | BPF_K, action);
}
/// Goes on with the next line when the value equals, passes `over` lines over when not.
sock_filter unlessEqual(uint32_t value, uint8_t over)
{
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, over);
}
sock_filter unlessAnyBit(uint32_t bits, uint8_t over)
{
    return BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, over);
}
/// The lower half of the call's argument number `i`, on little-endian machines.
sock_filter loadArgument(size_t i)
{
    return load(offsetof(seccomp_data, args) + i * sizeof(uint64_t));
}

/// Memory, time, threads, signals to itself, and what is already open.
constexpr int kAllowed[] = {
    SYS_read,
    SYS_pread64,
    SYS_readv,
    SYS_write,
    SYS_writev,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_sendto,
    SYS_recvfrom,
    SYS_lseek,
    SYS_fstat,
    SYS_close,
    SYS_newfstatat,
    SYS_ppoll,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_futex,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_getpid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getrandom,
    SYS_getrusage,
    SYS_uname,
    SYS_sysinfo,
    SYS_exit,
    SYS_exit_group,
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_time
    SYS_time,
#endif
};

std::vector<sock_filter> filter()
{
    // Calls of a foreign architecture have other numbers.
    std::vector<sock_filter> lines{load(offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLIPSCOPE_AUDIT_ARCH, 1, 0), answer(SECCOMP_RET_KILL_PROCESS),
        load(offsetof(seccomp_data, nr))};
    for (const int call : kAllowed) {
        lines.push_back(unlessEqual(uint32_t(call), 1));
        lines.push_back(answer(SECCOMP_RET_ALLOW));
    }
    // Threads, no processes. clone3 hides its flags behind a pointer: glibc takes clone when there is none.
    for (const sock_filter& line :
        {unlessEqual(SYS_clone3, 1), answer(SECCOMP_RET_ERRNO | ENOSYS), unlessEqual(SYS_clone, 4), loadArgument(0),
            unlessAnyBit(CLONE_THREAD, 1), answer(SECCOMP_RET_ALLOW), answer(kRefuse)})
        lines.push_back(line);
    // Memory for data; no new code.
    for (const uint32_t call : {SYS_mmap, SYS_mprotect}) {
        for (const sock_filter& line : {unlessEqual(call, 4), loadArgument(2), unlessAnyBit(PROT_EXEC, 1),
                 answer(kRefuse), answer(SECCOMP_RET_ALLOW)})
            lines.push_back(line);
    }
    // abort() signals this very process.
    for (const sock_filter& line : {unlessEqual(SYS_tgkill, 4), loadArgument(0), unlessEqual(uint32_t(::getpid()), 1),
             answer(SECCOMP_RET_ALLOW), answer(kRefuse)})
        lines.push_back(line);
    lines.push_back(answer(kRefuse));
    return lines;
}

} // namespace

void giveUpRights()
{
    std::vector<sock_filter> lines = filter();
    sock_fprog program{static_cast<unsigned short>(lines.size()), lines.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

#else

void giveUpRights() { }

#endif

} // namespace clipscope
