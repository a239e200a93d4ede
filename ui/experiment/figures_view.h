// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

namespace clipscope {

class FiguresModel;

/// A table of numbers; shares of one are bars. Ctrl+C copies the chosen rows, or all, as text.
class FiguresView : public QTableView {
    Q_OBJECT
public:
    FiguresView(FiguresModel* model, const QString& name, QWidget* parent = nullptr);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void shareWidth();

    FiguresModel* m_figures;
};

} // namespace clipscope
