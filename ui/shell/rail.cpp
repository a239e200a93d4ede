// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/rail.h"

#include "shell/theme.h"

#include <QButtonGroup>
#include <QEvent>
#include <QFile>
#include <QIcon>
#include <QPainter>
#include <QSvgRenderer>
#include <QToolButton>
#include <QVBoxLayout>

namespace clipscope {

namespace {
constexpr int kIconSide = 20;

QPixmap drawn(QByteArray svg, const QColor& colour)
{
    svg.replace("#98a1b0", colour.name().toLatin1()); // the icons are drawn in the dark theme's muted
    QSvgRenderer renderer(svg);
    QPixmap pixmap(2 * kIconSide, 2 * kIconSide);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter);
    return pixmap;
}
} // namespace

QIcon themedIcon(const QString& name, const QPalette& palette)
{
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray svg = file.readAll();
    const Tokens& t = tokensFor(palette);
    QIcon icon;
    icon.addPixmap(drawn(svg, t.muted), QIcon::Normal, QIcon::Off);
    icon.addPixmap(drawn(svg, t.text), QIcon::Normal, QIcon::On);
    return icon;
}

Rail::Rail(QWidget* parent)
    : QWidget(parent)
    , m_buttons(new QButtonGroup(this))
    , m_layout(new QVBoxLayout(this))
{
    setObjectName(QStringLiteral("rail"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Pages"));
    setFixedWidth(84);
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(0);
    m_layout->addStretch();
    connect(m_buttons, &QButtonGroup::idClicked, this, &Rail::pageChosen);
}

void Rail::addPage(const QString& icon, const QString& word)
{
    auto* button = new QToolButton;
    button->setObjectName(QStringLiteral("railButton"));
    button->setProperty("iconName", icon);
    button->setText(word);
    button->setAccessibleName(word);
    button->setCheckable(true);
    button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    button->setIconSize(QSize(kIconSide, kIconSide));
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    button->setMinimumHeight(58);
    m_buttons->addButton(button, int(m_buttons->buttons().size()));
    m_layout->insertWidget(m_layout->count() - 1, button);
    paintIcons();
}

void Rail::setPageToolTip(int page, const QString& text)
{
    if (QAbstractButton* button = m_buttons->button(page))
        button->setToolTip(text);
}

void Rail::setCurrent(int page)
{
    if (QAbstractButton* button = m_buttons->button(page))
        button->setChecked(true);
}

void Rail::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        paintIcons();
    QWidget::changeEvent(event);
}

void Rail::paintIcons()
{
    for (QAbstractButton* button : m_buttons->buttons())
        button->setIcon(themedIcon(button->property("iconName").toString(), palette()));
}

} // namespace clipscope
