// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace clipscope {

/// Lets the calling thread, and the threads and programs it starts from then on, work behind all others: nice 10 and
/// the last of the best-effort classes of the disk. `low` false takes that back where the system lets a program do so;
/// an ordinary user's thread stays low until it ends. True when the thread is what was asked for.
bool setLowPriority(bool low);

} // namespace clipscope
