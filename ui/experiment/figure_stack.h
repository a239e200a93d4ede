// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

class QButtonGroup;
class QHBoxLayout;
class QLabel;
class QStackedWidget;

namespace clipscope {

/// The figures of one experiment, of which one is seen; buttons above it choose. In the place of one that has nothing
/// to show stands what would fill it.
class FigureStack : public QWidget {
    Q_OBJECT
public:
    explicit FigureStack(QWidget* parent = nullptr);

    /// Returns its number. `tip` says what it shows.
    int addFigure(QWidget* figure, const QString& name, const QString& tip);
    /// Something at the end of the row of buttons.
    void addControl(QWidget* control);
    /// What would fill the figure; empty: it is filled.
    void setMissing(int number, const QString& what);
    QString missing() const; ///< of the one that is seen
    int current() const;
    void setCurrent(int number);
    void focusFigure();

Q_SIGNALS:
    void currentChanged(int number);

private:
    QHBoxLayout* m_head;
    QButtonGroup* m_names;
    QStackedWidget* m_pages; ///< of each figure a stack: itself | what is missing
    std::vector<QStackedWidget*> m_parts;
    std::vector<QLabel*> m_missing;
};

} // namespace clipscope
