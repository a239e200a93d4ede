// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScrollArea>

namespace clipscope {

/// Scrolls a column of widgets, which is as wide as itself, up and down alone. It takes no focus: what stands in it
/// does.
class ColumnScroll : public QScrollArea {
public:
    explicit ColumnScroll(QWidget* content, QWidget* parent = nullptr);
};

} // namespace clipscope
