// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

namespace clipscope {

class SeenFramesModel;

/// The frames an encoder saw side by side, time and score under each, and under them all a strip of their weights. The
/// arrow keys walk through them.
class FrameList : public QListView {
    Q_OBJECT
public:
    explicit FrameList(SeenFramesModel* model, QWidget* parent = nullptr);
    QSize sizeHint() const override;

Q_SIGNALS:
    void leaveAsked(); ///< Escape

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void fit();
};

} // namespace clipscope
