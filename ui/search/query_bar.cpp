// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/query_bar.h"

#include "search/query_words.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QStyle>
#include <QToolButton>

namespace clipscope {

namespace {
constexpr int kChipWidth = 180; // of a chip's text: file names may be long
}

QueryBar::QueryBar(QWidget* parent)
    : QWidget(parent)
    , m_chipLayout(new QHBoxLayout)
    , m_words(new QLineEdit)
    , m_thenLabel(new QLabel(tr("then")))
    , m_then(new QLineEdit)
{
    setObjectName(QStringLiteral("queryBar"));
    setAttribute(Qt::WA_StyledBackground);
    setMinimumHeight(36);
    m_words->setPlaceholderText(tr("Type what you look for, -word to avoid it, or drop a picture"));
    m_words->setAccessibleName(tr("Query"));
    m_then->setPlaceholderText(tr("what follows it"));
    m_then->setAccessibleName(tr("Then: what follows it"));
    m_thenLabel->setObjectName(QStringLiteral("muted"));
    m_thenLabel->setBuddy(m_then);
    m_chipLayout->setSpacing(4);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 3, 4, 3);
    layout->setSpacing(4);
    layout->addLayout(m_chipLayout);
    layout->addWidget(m_words, 3);
    layout->addWidget(m_thenLabel);
    layout->addWidget(m_then, 2);
    setFocusProxy(m_words);
    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMs);
    connect(&m_pause, &QTimer::timeout, this, &QueryBar::tell);
    for (QLineEdit* field : {m_words, m_then}) {
        field->setMinimumWidth(60);
        field->setClearButtonEnabled(true);
        field->installEventFilter(this);
        field->setAcceptDrops(false); // files are the window's
        connect(field, &QLineEdit::textChanged, this, [this] { m_pause.start(); });
        connect(field, &QLineEdit::returnPressed, this, [this] {
            if (m_pause.isActive())
                tell();
            Q_EMIT enterPressed();
        });
    }
    hideThen();
}

Query QueryBar::query() const
{
    Query query;
    const QueryWords parsed = parseQueryWords(m_words->text());
    if (!parsed.wanted.isEmpty())
        query.positives.push_back(QueryTerm::text(parsed.wanted.toStdString()));
    for (const QString& word : parsed.unwanted)
        query.negatives.push_back(QueryTerm::text(word.toStdString()));
    for (const Chip& chip : m_chips)
        (chip.negative ? query.negatives : query.positives).push_back(chip.term);
    if (!query.positives.empty())
        query.thenWords = m_then->text().trimmed().toStdString();
    return query;
}

bool QueryBar::isEmpty() const
{
    return words().isEmpty() && m_chips.empty();
}

QString QueryBar::words() const
{
    return m_words->text().trimmed();
}

void QueryBar::setWords(const QString& words)
{
    m_words->setText(words);
}

void QueryBar::addTerm(const QueryTerm& term, const QString& label, bool negative)
{
    m_chips.push_back({term, label, negative});
    showChips();
    tell();
}

void QueryBar::replaceBy(const QueryTerm& term, const QString& label)
{
    m_chips.clear();
    m_words->clear();
    hideThen();
    addTerm(term, label, false);
}

void QueryBar::clear()
{
    m_chips.clear();
    m_words->clear();
    hideThen();
    showChips();
    tell();
}

void QueryBar::focusWords()
{
    m_words->setFocus(Qt::ShortcutFocusReason);
    m_words->selectAll();
}

void QueryBar::askThen()
{
    m_thenLabel->show();
    m_then->show();
    m_then->setFocus(Qt::ShortcutFocusReason);
    m_then->selectAll();
}

void QueryBar::hideThen()
{
    m_then->clear();
    m_thenLabel->hide();
    m_then->hide();
}

void QueryBar::tell()
{
    m_pause.stop();
    Q_EMIT queryChanged();
}

void QueryBar::showChips()
{
    while (QLayoutItem* item = m_chipLayout->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    for (size_t i = 0; i < m_chips.size(); ++i) {
        const Chip& chip = m_chips[i];
        auto* button = new QToolButton;
        button->setObjectName(QStringLiteral("term"));
        button->setProperty("negative", chip.negative);
        const QString weight =
            chip.term.weight == 1 ? QString() : QStringLiteral("  %1").arg(chip.term.weight, 0, 'f', 1);
        button->setText((chip.negative ? tr("not %1") : tr("like %1"))
                            .arg(fontMetrics().elidedText(chip.label, Qt::ElideMiddle, kChipWidth))
            + weight + QStringLiteral("  \u00d7"));
        button->setToolTip(chip.label + QLatin1Char('\n') + tr("Click to remove"));
        button->setAccessibleName(tr("Remove %1 from the query").arg(chip.label));
        connect(button, &QToolButton::clicked, this, [this, i] {
            m_chips.erase(m_chips.begin() + std::ptrdiff_t(i));
            showChips();
            m_words->setFocus();
            tell();
        });
        m_chipLayout->addWidget(button);
    }
}

bool QueryBar::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) {
        setProperty("active", event->type() == QEvent::FocusIn);
        style()->unpolish(this);
        style()->polish(this);
    } else if (event->type() == QEvent::KeyPress
        && keyPressed(static_cast<QLineEdit*>(watched), static_cast<QKeyEvent*>(event)->key())) {
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

bool QueryBar::keyPressed(QLineEdit* field, int key)
{
    switch (key) {
    case Qt::Key_Escape:
        if (field == m_then) {
            hideThen();
            focusWords();
        } else {
            Q_EMIT escapePressed();
        }
        return true;
    case Qt::Key_Down:
        Q_EMIT enterPressed();
        return true;
    case Qt::Key_Backspace:
        if (field->cursorPosition() > 0 || field->hasSelectedText())
            return false;
        if (field == m_then && m_then->text().isEmpty()) {
            hideThen();
            focusWords();
            return true;
        }
        if (field == m_words && !m_chips.empty()) {
            m_chips.pop_back();
            showChips();
            tell();
            return true;
        }
        return false;
    default:
        return false;
    }
}

void QueryBar::mousePressEvent(QMouseEvent*)
{
    m_words->setFocus(Qt::MouseFocusReason);
}

} // namespace clipscope
