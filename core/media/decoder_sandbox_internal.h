// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace clipscope {

/// Limits the address space of this process to `bytes`, and makes it the first that the kernel ends when memory runs
/// out. Under sanitizers, which need terabytes of addresses, the first part is left out.
void limitMemory(int64_t bytes);

/// From now on no thread of this process opens a file or a socket, starts or ends another process: the kernel answers
/// "not permitted". Where the kernel has no such filter, or under sanitizers, nothing changes.
void giveUpRights();

} // namespace clipscope
