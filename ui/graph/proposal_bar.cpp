// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/proposal_bar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>

namespace clipscope {

namespace {
constexpr int kSurePercent = 90;
}

ProposalBar::ProposalBar(QWidget* parent)
    : QWidget(parent)
    , m_accept(new QPushButton(tr("Accept")))
    , m_reject(new QPushButton(tr("Reject")))
    , m_labels(new QComboBox)
    , m_acceptSure(new QPushButton)
    , m_confidence(new QSpinBox)
{
    m_accept->setToolTip(tr("The chosen videos get the labels that are proposed (A)"));
    m_reject->setToolTip(tr("The chosen proposals are not listed again, until the next run or start (R)"));
    m_labels->setAccessibleName(tr("Another label for the chosen videos"));
    m_labels->setToolTip(tr("The chosen videos get this label instead"));
    m_acceptSure->setToolTip(tr("All proposals of at least this confidence become labels"));
    m_confidence->setRange(0, 100);
    m_confidence->setSuffix(tr(" %"));
    m_confidence->setValue(kSurePercent);
    m_confidence->setAccessibleName(tr("Confidence from which on all are accepted"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_accept);
    layout->addWidget(m_reject);
    layout->addWidget(m_labels, 1);
    layout->addWidget(m_acceptSure);
    layout->addWidget(m_confidence);
    for (QPushButton* button : {m_accept, m_reject, m_acceptSure})
        button->setObjectName(QStringLiteral("small"));
    connect(m_accept, &QPushButton::clicked, this, &ProposalBar::acceptAsked);
    connect(m_reject, &QPushButton::clicked, this, &ProposalBar::rejectAsked);
    connect(m_acceptSure, &QPushButton::clicked, this, &ProposalBar::acceptSureAsked);
    connect(m_confidence, &QSpinBox::valueChanged, this, &ProposalBar::confidenceChanged);
    connect(m_labels, &QComboBox::activated, this, [this](int row) {
        const QString label = m_labels->itemText(row);
        m_labels->setCurrentIndex(0);
        if (row > 0)
            Q_EMIT labelAsked(label);
    });
    setLabels({});
    setCounts(0, 0);
}

void ProposalBar::setLabels(const QStringList& labels)
{
    const QSignalBlocker silent(m_labels);
    m_labels->clear();
    m_labels->addItem(tr("Another label \u2026"));
    m_labels->addItems(labels);
}

void ProposalBar::setCounts(int chosen, int sure)
{
    m_accept->setEnabled(chosen > 0);
    m_reject->setEnabled(chosen > 0);
    m_labels->setEnabled(chosen > 0);
    m_acceptSure->setEnabled(sure > 0);
    m_acceptSure->setText(tr("Accept %1 from").arg(QLocale().toString(sure)));
}

double ProposalBar::confidence() const
{
    return m_confidence->value() / 100.;
}

} // namespace clipscope
