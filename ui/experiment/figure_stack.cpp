// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/figure_stack.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace clipscope {

namespace {
constexpr int kTextMargin = 48;
enum Part { Shown, Missing };
} // namespace

FigureStack::FigureStack(QWidget* parent)
    : QWidget(parent)
    , m_head(new QHBoxLayout)
    , m_names(new QButtonGroup(this))
    , m_pages(new QStackedWidget)
{
    m_head->setSpacing(8);
    m_head->addStretch();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addLayout(m_head);
    layout->addWidget(m_pages, 1);
    connect(m_names, &QButtonGroup::idClicked, this, &FigureStack::setCurrent);
}

int FigureStack::addFigure(QWidget* figure, const QString& name, const QString& tip)
{
    auto* missing = new QLabel;
    missing->setObjectName(QStringLiteral("muted"));
    missing->setWordWrap(true);
    missing->setAlignment(Qt::AlignCenter);
    missing->setMargin(kTextMargin);
    auto* parts = new QStackedWidget;
    parts->addWidget(figure);
    parts->addWidget(missing);
    const int number = m_pages->addWidget(parts);
    m_parts.push_back(parts);
    m_missing.push_back(missing);
    auto* button = new QPushButton(name);
    button->setObjectName(QStringLiteral("small"));
    button->setCheckable(true);
    button->setChecked(number == 0);
    button->setToolTip(tip);
    m_names->addButton(button, number);
    m_head->insertWidget(number, button);
    return number;
}

void FigureStack::addControl(QWidget* control)
{
    m_head->addWidget(control);
}

void FigureStack::setMissing(int number, const QString& what)
{
    m_missing[size_t(number)]->setText(what);
    m_parts[size_t(number)]->setCurrentIndex(what.isEmpty() ? Shown : Missing);
}

QString FigureStack::missing() const
{
    return m_missing[size_t(current())]->text();
}

/// The figure, or its first part.
void FigureStack::focusFigure()
{
    QWidget* widget = m_parts[size_t(current())]->currentWidget();
    if (!(widget->focusPolicy() & Qt::TabFocus))
        for (QWidget* part : widget->findChildren<QWidget*>())
            if (part->focusPolicy() & Qt::TabFocus) {
                widget = part;
                break;
            }
    widget->setFocus(Qt::OtherFocusReason);
}

int FigureStack::current() const
{
    return m_pages->currentIndex();
}

void FigureStack::setCurrent(int number)
{
    if (number < 0 || number >= m_pages->count())
        return;
    m_names->button(number)->setChecked(true);
    if (number == current())
        return;
    m_pages->setCurrentIndex(number);
    Q_EMIT currentChanged(number);
}

} // namespace clipscope
