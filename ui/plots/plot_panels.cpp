// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/plot_panels.h"

#include "plots/custom_plot.h"
#include "plots/plot_widget.h"

#include <QHBoxLayout>

namespace clipscope {

PlotPanels::PlotPanels(QWidget* parent)
    : QWidget(parent)
    , m_layout(new QHBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(8);
}

void PlotPanels::setContents(std::vector<PlotContent> contents)
{
    while (m_panels.size() > contents.size()) {
        delete m_panels.back();
        m_panels.pop_back();
    }
    while (m_panels.size() < contents.size()) {
        const int number = count();
        m_panels.push_back(new PlotWidget);
        m_layout->addWidget(m_panels.back(), 1);
        connect(m_panels.back(), &PlotWidget::pointChosen, this,
            [this, number](int curve, int point) { Q_EMIT pointChosen(number, curve, point); });
    }
    for (size_t i = 0; i < contents.size(); ++i)
        m_panels[i]->setContent(std::move(contents[i]));
}

void PlotPanels::drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens)
{
    QCPPainter painter;
    if (m_panels.empty() || !painter.begin(&device))
        return;
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    const auto panels = int(m_panels.size());
    const auto left = [&](int panel) { return panel * size.width() / panels; };
    for (int i = 0; i < panels; ++i)
        m_panels[size_t(i)]->paintInto(painter, QRect(left(i), 0, left(i + 1) - left(i), size.height()), tokens);
    painter.end();
}

} // namespace clipscope
