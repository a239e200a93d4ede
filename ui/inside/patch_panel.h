// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <cstdint>
#include <utility>
#include <vector>

class QDoubleSpinBox;
class QLabel;
class QPixmap;
class QSlider;
class QSpinBox;

namespace clipscope {

class PatchView;

/// The chosen frame's patches, and the share and seed of the draw that keeps them.
class PatchPanel : public QWidget {
    Q_OBJECT
public:
    explicit PatchPanel(QWidget* parent = nullptr);

    /// Where there are no patches `instead` says so in place of share and seed.
    void setPatchesPerSide(int perSide, const QString& instead);
    void setFrame(const QPixmap& frame);
    void setKept(const std::vector<int>& kept); ///< of the draw asked for
    void setDraw(double dropped, uint64_t seed);
    std::pair<double, uint64_t> draw() const; ///< share dropped, seed
    PatchView& view() { return *m_view; }
    QString told() const; ///< "18 of 36 patches kept"

Q_SIGNALS:
    void drawChanged();

private:
    PatchView* m_view;
    QWidget* m_controls;
    QSlider* m_slider;
    QDoubleSpinBox* m_share;
    QSpinBox* m_seed;
    QLabel* m_told;
    int m_perSide = 0;
};

} // namespace clipscope
