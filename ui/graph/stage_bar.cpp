// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/stage_bar.h"

#include "shell/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPushButton>
#include <QToolTip>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kPlaySide = 30;
constexpr int kGap = 8;
constexpr int kLeastWidth = 138, kMostWidth = 300; // of a card
constexpr int kPadding = 9;
constexpr int kStageMs = 1200;
constexpr double kRounding = 5;

/// A triangle, or two bars.
QIcon playIcon(bool playing, const QColor& colour)
{
    QPixmap pixmap(32, 32);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    if (playing) {
        painter.drawRect(7, 5, 7, 22);
        painter.drawRect(19, 5, 7, 22);
    } else {
        painter.drawPolygon(QPolygon({QPoint(8, 4), QPoint(28, 16), QPoint(8, 28)}));
    }
    return pixmap;
}
} // namespace

StageBar::StageBar(QWidget* parent)
    : QWidget(parent)
    , m_play(new QPushButton(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Stages"));
    m_play->setObjectName(QStringLiteral("small"));
    m_play->setFixedSize(kPlaySide, kPlaySide);
    m_play->setFocusPolicy(Qt::NoFocus); // Space does the same
    m_timer.setInterval(kStageMs);
    connect(m_play, &QPushButton::clicked, this, [this] { setPlaying(!isPlaying()); });
    connect(&m_timer, &QTimer::timeout, this, [this] {
        if (m_current + 1 < count())
            setCurrent(m_current + 1);
        if (m_current + 1 >= count())
            setPlaying(false);
    });
    setPlaying(false);
}

QSize StageBar::sizeHint() const
{
    return {600, 3 * fontMetrics().lineSpacing() + 2 * kPadding + 6};
}

QSize StageBar::minimumSizeHint() const
{
    return {kPlaySide + kGap + kLeastWidth, sizeHint().height()};
}

void StageBar::setCards(std::vector<Card> cards)
{
    m_cards = std::move(cards);
    const int stage = std::clamp(m_current, m_cards.empty() ? -1 : 0, count() - 1);
    m_play->setEnabled(count() > 1);
    if (count() < 2)
        setPlaying(false);
    m_current = -1;
    setCurrent(stage);
    update();
}

void StageBar::setCurrent(int stage)
{
    if (stage == m_current || stage >= count())
        return;
    m_current = stage;
    if (stage >= 0) {
        const Card& card = m_cards[size_t(stage)];
        setAccessibleDescription(QStringLiteral("%1: %2, %3").arg(card.title, card.value, card.detail));
    } else {
        setAccessibleDescription({});
    }
    update();
    Q_EMIT stageChosen(stage);
}

void StageBar::setPlaying(bool playing)
{
    if (playing && count() > 1) {
        if (m_current + 1 >= count())
            setCurrent(0);
        m_timer.start();
    } else {
        m_timer.stop();
    }
    m_play->setIcon(playIcon(isPlaying(), tokensFor(palette()).text));
    m_play->setToolTip(isPlaying() ? tr("Stop (Space)") : tr("Play the stages (Space)"));
    m_play->setAccessibleName(isPlaying() ? tr("Stop") : tr("Play the stages"));
}

int StageBar::shown() const
{
    return std::clamp((width() - kPlaySide) / (kLeastWidth + kGap), 1, std::max(1, count()));
}

int StageBar::first() const
{
    return std::clamp(m_current - shown() / 2, 0, std::max(0, count() - shown()));
}

QRect StageBar::cardRect(int stage) const
{
    const int place = stage - first();
    if (place < 0 || place >= shown() || stage >= count())
        return {};
    const int each = std::min((width() - kPlaySide) / shown() - kGap, kMostWidth);
    return {kPlaySide + kGap + place * (each + kGap), 1, each, height() - 2};
}

void StageBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokensFor(palette());
    QFont strong = font();
    strong.setBold(true);
    const int line = fontMetrics().height();
    for (int stage = first(); stage < std::min(count(), first() + shown()); ++stage) {
        const Card& card = m_cards[size_t(stage)];
        const QRectF box = QRectF(cardRect(stage)).adjusted(.5, .5, -.5, -.5);
        const bool chosen = stage == m_current;
        painter.setPen(QPen(chosen ? t.accent : t.line, chosen && hasFocus() ? 2 : 1));
        painter.setBrush(chosen ? t.raised : t.surface);
        painter.drawRoundedRect(box, kRounding, kRounding);
        QRectF text = box.adjusted(kPadding, kPadding, -kPadding, -kPadding);
        painter.setPen(t.text);
        painter.drawText(QRectF(text.left(), text.top(), text.width(), line), Qt::AlignRight, card.value);
        const int room = int(text.width()) - fontMetrics().horizontalAdvance(card.value) - kGap;
        painter.setFont(strong);
        painter.drawText(QRectF(text.left(), text.top(), room, line), Qt::AlignLeft,
            QFontMetrics(strong).elidedText(card.title, Qt::ElideRight, room));
        painter.setFont(font());
        painter.setPen(t.muted);
        text.setTop(text.top() + line);
        painter.drawText(text, Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, card.detail);
    }
}

void StageBar::mousePressEvent(QMouseEvent* event)
{
    setFocus(Qt::MouseFocusReason);
    for (int stage = 0; stage < count(); ++stage)
        if (cardRect(stage).contains(event->pos())) {
            setPlaying(false);
            return setCurrent(stage);
        }
}

void StageBar::keyPressEvent(QKeyEvent* event)
{
    if (count() == 0)
        return QWidget::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_Left:
        return setCurrent(std::max(m_current - 1, 0));
    case Qt::Key_Right:
        return setCurrent(std::min(m_current + 1, count() - 1));
    case Qt::Key_Home:
        return setCurrent(0);
    case Qt::Key_End:
        return setCurrent(count() - 1);
    case Qt::Key_Space:
        return setPlaying(!isPlaying());
    default:
        QWidget::keyPressEvent(event);
    }
}

void StageBar::resizeEvent(QResizeEvent*)
{
    m_play->move(0, (height() - kPlaySide) / 2);
}

bool StageBar::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        for (int stage = 0; stage < count(); ++stage)
            if (cardRect(stage).contains(help->pos())) {
                const Card& card = m_cards[size_t(stage)];
                QToolTip::showText(
                    help->globalPos(), QStringLiteral("%1: %2\n%3").arg(card.title, card.value, card.detail), this);
                return true;
            }
        QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::PaletteChange)
        m_play->setIcon(playIcon(isPlaying(), tokensFor(palette()).text));
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    return QWidget::event(event);
}

} // namespace clipscope
