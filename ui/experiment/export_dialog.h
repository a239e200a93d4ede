// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plots/figure_export.h"

#include <QString>

namespace clipscope {

class JobManager;
class Page;

/// Asks for a file and writes the figure there, in a job; the ending chooses the format. `name` without one is
/// proposed. The page says how it ended.
void saveFigure(Figure& figure, const FigureProvenance& provenance, const QString& name, JobManager& jobs, Page& page);

} // namespace clipscope
