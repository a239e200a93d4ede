// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/top_bar.h"

#include "search/query_bar.h"
#include "shell/elided_button.h"
#include "shell/elided_label.h"

#include <QGridLayout>

namespace clipscope {

namespace {
constexpr int kNameWidth = 220;
}

TopBar::TopBar(QWidget* parent)
    : QWidget(parent)
    , m_name(new ElidedLabel)
    , m_counts(new ElidedLabel(Qt::ElideRight))
    , m_query(new QueryBar)
    , m_encoder(new ElidedButton)
    , m_encoderNote(new ElidedLabel(Qt::ElideRight))
    , m_note(new ElidedLabel(Qt::ElideRight))
{
    setObjectName(QStringLiteral("topBar"));
    setAttribute(Qt::WA_StyledBackground);
    m_name->setObjectName(QStringLiteral("strong"));
    m_name->setMaximumWidth(kNameWidth);
    m_counts->setObjectName(QStringLiteral("muted"));
    m_note->setObjectName(QStringLiteral("muted"));
    m_encoderNote->setObjectName(QStringLiteral("muted"));
    m_encoderNote->setAlignment(Qt::AlignHCenter | Qt::AlignVCenter);
    m_encoder->setObjectName(QStringLiteral("badge"));
    m_encoder->setAccessibleDescription(tr("Encoder in use"));
    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(16, 7, 16, 7);
    layout->setHorizontalSpacing(12);
    layout->setVerticalSpacing(2);
    layout->addWidget(m_name, 0, 0);
    layout->addWidget(m_counts, 0, 1);
    layout->addWidget(m_query, 0, 2);
    layout->addWidget(m_encoder, 0, 3);
    layout->addWidget(m_note, 1, 2);
    layout->addWidget(m_encoderNote, 1, 3);
    layout->setColumnStretch(2, 1);
    m_note->hide();
    m_encoderNote->hide();
    connect(m_encoder, &QToolButton::clicked, this, &TopBar::encoderClicked);
}

void TopBar::setLibrary(const QString& name, const QString& counts)
{
    m_name->setWhole(name);
    m_counts->setWhole(counts);
}

void TopBar::setEncoder(const QString& text, const QString& note)
{
    m_encoder->setText(text);
    m_encoder->setVisible(!text.isEmpty());
    m_encoderNote->setWhole(note);
    m_encoderNote->setVisible(!note.isEmpty());
}

void TopBar::setNote(const QString& note)
{
    m_note->setWhole(note);
    m_note->setVisible(!note.isEmpty());
}

} // namespace clipscope
