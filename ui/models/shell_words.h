// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace clipscope {

/// `text` as one word of a POSIX shell, quoted only where it has to be.
QString shellQuoted(const QString& text);

} // namespace clipscope
