// SPDX-License-Identifier: GPL-3.0-or-later
#include "player/player_widget.h"

#include "player/playback.h"
#include "shell/theme.h"

#include <QKeyEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace clipscope {

PlayerWidget::PlayerWidget(QWidget* parent)
    : QWidget(parent)
    , m_playback(new Playback(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Player"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(m_playback, &Playback::frameShown, this, [this](const QImage& image) {
        m_image = image;
        m_message.clear();
        update();
    });
    connect(m_playback, &Playback::failed, this, [this](const QString& reason) {
        m_message = m_playback->isOpen()
            ? tr("Frame %1 cannot be shown: the file %2").arg(m_playback->frameIndex()).arg(reason)
            : reason;
        if (!m_playback->isOpen())
            m_image = {};
        update();
    });
}

void PlayerWidget::clear()
{
    m_playback->close();
    m_image = {};
    m_message.clear();
    update();
}

void PlayerWidget::togglePlaying()
{
    if (m_playback->isPlaying())
        m_playback->pause();
    else
        m_playback->play(1);
}

void PlayerWidget::playFaster()
{
    const double speed =
        m_playback->isPlaying() && m_playback->speed() >= 1 ? std::min(4.0, m_playback->speed() * 2) : 1;
    m_playback->play(speed);
}

void PlayerWidget::playBackwards()
{
    const double speed =
        m_playback->isPlaying() && m_playback->speed() <= -1 ? std::max(-4.0, m_playback->speed() * 2) : -1;
    m_playback->play(speed);
}

void PlayerWidget::stop()
{
    m_playback->pause();
}

void PlayerWidget::changeSpeed(bool faster)
{
    const double speed = m_playback->isPlaying() ? std::abs(m_playback->speed()) : 1;
    m_playback->play(std::clamp(faster ? speed * 2 : speed / 2, 0.25, 4.0));
}

void PlayerWidget::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokensFor(palette());
    painter.fillRect(rect(), t.dark ? t.bg.darker(140) : t.raised);
    if (!m_image.isNull()) {
        QSizeF size = m_image.size();
        size.scale(this->size(), Qt::KeepAspectRatio);
        const QRectF target((width() - size.width()) / 2, (height() - size.height()) / 2, size.width(), size.height());
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        painter.drawImage(target, m_image);
    }
    const QString message = !m_message.isEmpty()         ? m_message
        : m_image.isNull() && m_playback->path().empty() ? tr("Choose a moment to play it here")
                                                         : QString();
    if (!message.isEmpty()) {
        QRectF box = painter.boundingRect(
            QRectF(rect()).adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, message);
        if (!m_image.isNull())
            painter.fillRect(box.adjusted(-8, -4, 8, 4), t.surface);
        painter.setPen(m_message.isEmpty() ? t.muted : t.text);
        painter.drawText(box, Qt::AlignCenter | Qt::TextWordWrap, message);
    }
    if (hasFocus()) {
        painter.setPen(QPen(t.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

void PlayerWidget::resizeEvent(QResizeEvent*)
{
    m_playback->setBounds(size() * devicePixelRatioF());
}

void PlayerWidget::keyPressEvent(QKeyEvent* event)
{
    const bool shift = event->modifiers() & Qt::ShiftModifier;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right: {
        const int direction = event->key() == Qt::Key_Left ? -1 : 1;
        if (shift)
            m_playback->seek(m_playback->timeSec() + direction);
        else
            m_playback->step(direction);
        return;
    }
    case Qt::Key_Home:
        m_playback->seek(0);
        return;
    case Qt::Key_End:
        m_playback->pause();
        m_playback->seek(m_playback->info().durationSec);
        return;
    case Qt::Key_Comma:
        changeSpeed(false);
        return;
    case Qt::Key_Period:
        changeSpeed(true);
        return;
    case Qt::Key_Escape:
        Q_EMIT leaveAsked();
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void PlayerWidget::mousePressEvent(QMouseEvent* event)
{
    setFocus(Qt::MouseFocusReason);
    togglePlaying();
    event->accept();
}

} // namespace clipscope
