// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// QCustomPlot's header is written in Qt's keywords, which this program does without.
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef foreach
#undef slots
#undef signals
