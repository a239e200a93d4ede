// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace clipscope::fuzz {

/// What the sources compiled with -fsanitize-coverage=trace-pc went through, by edges and how often (in eight steps).
/// One thread.
class Coverage {
public:
    /// Forgets the last run.
    void start();
    /// Whether the run since start() went where none went before.
    bool isNew();
    /// Edges seen in all runs.
    size_t edges() const { return m_edges; }

private:
    size_t m_edges = 0;
};

} // namespace clipscope::fuzz
