// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/patch_panel.h"

#include "inside/patch_view.h"
#include "models/display_text.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>

#include <cmath>
#include <limits>

namespace clipscope {

namespace {
constexpr int kHundred = 100;
constexpr double kMostDropped = .9;
} // namespace

PatchPanel::PatchPanel(QWidget* parent)
    : QWidget(parent)
    , m_view(new PatchView)
    , m_controls(new QWidget)
    , m_slider(new QSlider(Qt::Horizontal))
    , m_share(new QDoubleSpinBox)
    , m_seed(new QSpinBox)
    , m_told(new QLabel)
{
    m_slider->setRange(0, int(kMostDropped * kHundred));
    m_slider->setPageStep(10);
    m_slider->setAccessibleName(tr("Share of patches dropped, in percent"));
    m_share->setRange(0, kMostDropped);
    m_share->setSingleStep(.05);
    m_share->setDecimals(2);
    m_share->setAccessibleName(tr("Share of patches dropped"));
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setAccessibleName(tr("Seed of the draw"));
    m_seed->setMaximumWidth(2 * m_share->sizeHint().width()); // its largest value would ask for more than the slider
    m_told->setObjectName(QStringLiteral("muted"));
    m_told->setWordWrap(true);
    auto* share = new QLabel(tr("dropped &p"));
    share->setBuddy(m_share);
    auto* seed = new QLabel(tr("&seed"));
    seed->setBuddy(m_seed);
    auto* controls = new QHBoxLayout(m_controls);
    controls->setContentsMargins(0, 0, 0, 0);
    controls->setSpacing(8);
    controls->addWidget(share);
    controls->addWidget(m_slider, 1);
    controls->addWidget(m_share);
    controls->addWidget(seed);
    controls->addWidget(m_seed);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_controls);
    layout->addWidget(m_view, 1);
    layout->addWidget(m_told);

    connect(m_slider, &QSlider::valueChanged, this, [this](int value) { m_share->setValue(double(value) / kHundred); });
    connect(m_share, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        const QSignalBlocker quiet(m_slider);
        m_slider->setValue(int(std::lround(value * kHundred)));
        Q_EMIT drawChanged();
    });
    connect(m_seed, &QSpinBox::valueChanged, this, &PatchPanel::drawChanged);
}

void PatchPanel::setPatchesPerSide(int perSide, const QString& instead)
{
    m_perSide = perSide;
    m_controls->setVisible(perSide > 0);
    m_view->setPatches(0, {});
    m_told->setText(perSide > 0 ? QString() : instead);
}

void PatchPanel::setFrame(const QPixmap& frame)
{
    m_view->setFrame(frame);
}

void PatchPanel::setKept(const std::vector<int>& kept)
{
    const int all = m_perSide * m_perSide;
    m_view->setPatches(m_perSide, kept);
    if (all > 0)
        m_told->setText(
            tr("%1 of %2 patches kept (%3)").arg(kept.size()).arg(all).arg(percentText(double(kept.size()) / all)));
}

void PatchPanel::setDraw(double dropped, uint64_t seed)
{
    const QSignalBlocker quiet(this);
    m_share->setValue(dropped);
    m_seed->setValue(int(std::min<uint64_t>(seed, std::numeric_limits<int>::max())));
}

std::pair<double, uint64_t> PatchPanel::draw() const
{
    return {m_share->value(), uint64_t(m_seed->value())};
}

QString PatchPanel::told() const
{
    return m_told->text();
}

} // namespace clipscope
