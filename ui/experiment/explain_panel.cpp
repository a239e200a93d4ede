// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/explain_panel.h"

#include "models/display_text.h"

#include <QFontDatabase>
#include <QFormLayout>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

namespace clipscope {

namespace {
constexpr int kLeastWidth = 220;

QLabel* textLabel(const QString& text, const QString& style)
{
    auto* label = new QLabel(text);
    label->setObjectName(style);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}
} // namespace

QString provenanceText(const RunRecord& record)
{
    const QLocale locale;
    return ExplainPanel::tr("seed %1 \u00b7 Clipscope %2 \u00b7 %3 \u00b7 %4 s, of the processor %5 s")
        .arg(record.seed)
        .arg(QString::fromStdString(record.version),
            counted(record.machine.value("cores", 0), ExplainPanel::tr("core"), ExplainPanel::tr("cores")),
            locale.toString(record.wallSeconds, 'f', 1), locale.toString(record.cpuSeconds, 'f', 1));
}

ExplainPanel::ExplainPanel(QWidget* parent)
    : QScrollArea(parent)
{
    setObjectName(QStringLiteral("details"));
    setAccessibleName(tr("Explanation of the figure"));
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMinimumWidth(kLeastWidth);
    setFocusPolicy(Qt::StrongFocus);
    setExplanation({});
}

void ExplainPanel::add(const QString& heading, const QString& text, const char* style)
{
    if (text.isEmpty())
        return;
    if (!heading.isEmpty()) {
        m_lines->addSpacing(12);
        m_lines->addWidget(textLabel(heading, QStringLiteral("strong")));
    }
    m_lines->addWidget(textLabel(text, QString::fromLatin1(style)));
}

void ExplainPanel::setExplanation(const Explanation& explanation)
{
    auto* content = new QWidget;
    m_lines = new QVBoxLayout(content);
    m_lines->setContentsMargins(16, 12, 16, 16);
    m_lines->setSpacing(4);
    m_lines->addWidget(textLabel(tr("Explain"), QStringLiteral("title")));
    add(tr("What you see"), explanation.shown);
    add(tr("How it was computed"), explanation.how);
    if (!explanation.formula.isEmpty()) {
        QLabel* formula = textLabel(explanation.formula, QStringLiteral("formula"));
        formula->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
        m_lines->addWidget(formula);
    }
    if (!explanation.config.empty()) {
        auto* form = new QFormLayout;
        form->setContentsMargins(0, 4, 0, 0);
        form->setHorizontalSpacing(16);
        form->setVerticalSpacing(2);
        for (const auto& [setting, value] : explanation.config)
            form->addRow(textLabel(setting, QStringLiteral("muted")), textLabel(value, {}));
        m_lines->addLayout(form);
    }
    if (!explanation.paper.isEmpty()) {
        add(tr("What the paper says"), explanation.paper);
        m_lines->addWidget(textLabel(tr("paper"), QStringLiteral("paper")), 0, Qt::AlignLeft);
    }
    add(tr("When we repeated it"), explanation.repeated);
    add(tr("Measured here"), explanation.measured);
    add(tr("What to try next"), explanation.next);
    if (!explanation.provenance.isEmpty()) {
        auto* line = new QFrame;
        line->setObjectName(QStringLiteral("rule"));
        line->setFixedHeight(1);
        m_lines->addSpacing(12);
        m_lines->addWidget(line);
        m_lines->addWidget(textLabel(explanation.provenance, QStringLiteral("muted")));
    }
    m_lines->addStretch();
    setWidget(content); // deletes the one before
}

QString ExplainPanel::plainText() const
{
    QStringList lines;
    for (const QLabel* label : widget()->findChildren<QLabel*>())
        lines << label->text();
    return lines.join(QLatin1Char('\n'));
}

} // namespace clipscope
