// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/experiment_frame.h"

#include "experiment/explain_panel.h"
#include "experiment/figure_stack.h"
#include "experiment/run_list.h"
#include "shell/column_scroll.h"

#include <QButtonGroup>
#include <QDataStream>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kLeftWidth = 250;
constexpr int kExplainWidth = 300;
constexpr int kExplainFrom = 970; // width of the page
constexpr int kRunsShown = 5;
constexpr int kRunPadding = 12;
constexpr int kListFrame = 10;
constexpr int kTextWidth = 460;

QLabel* heading(const QString& text, const char* style)
{
    auto* label = new QLabel(text);
    label->setObjectName(QLatin1String(style));
    return label;
}
} // namespace

ExperimentFrame::ExperimentFrame(
    const QString& title, const QString& runsTitle, QAbstractItemModel* runs, QWidget* parent)
    : QWidget(parent)
    , m_explain(new ExplainPanel)
{
    m_columns = new QSplitter(Qt::Horizontal);
    m_columns->setChildrenCollapsible(false);
    m_columns->setHandleWidth(1);
    m_columns->addWidget(buildLeft(runsTitle));
    m_columns->addWidget(buildMiddle(title));
    m_columns->addWidget(m_explain);
    m_columns->setStretchFactor(1, 1);
    m_columns->setSizes({kLeftWidth, 800, kExplainWidth});
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_columns);
    m_runs->setModel(runs);
    connect(runs, &QAbstractItemModel::modelReset, this, &ExperimentFrame::fitRuns);
    connect(runs, &QAbstractItemModel::rowsInserted, this, &ExperimentFrame::fitRuns);
    connect(runs, &QAbstractItemModel::rowsRemoved, this, &ExperimentFrame::fitRuns);
    fitRuns();
    setRunnable({});
    setNextStep({});
}

QWidget* ExperimentFrame::buildLeft(const QString& runsTitle)
{
    m_runs = new RunList;
    m_runs->setAccessibleName(runsTitle);
    m_compare = new QPushButton(tr("Compare"));
    m_compare->setObjectName(QStringLiteral("small"));
    m_compare->setToolTip(tr("The chosen runs side by side; choose several with Ctrl or Shift"));
    auto* runsHead = new QHBoxLayout;
    runsHead->addWidget(heading(runsTitle, "strong"), 1);
    runsHead->addWidget(m_compare);

    m_run = new QPushButton;
    m_run->setObjectName(QStringLiteral("primary"));
    m_copy = new QPushButton(tr("Copy as command"));
    m_copy->setToolTip(tr("The line that does the same at a command line"));
    m_why = heading({}, "muted");
    m_why->setWordWrap(true);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_run);
    buttons->addWidget(m_copy);
    buttons->addStretch();

    auto* content = new QWidget;
    m_left = new QVBoxLayout(content);
    m_left->setContentsMargins(12, 12, 12, 12);
    m_left->setSpacing(8);
    m_left->addLayout(runsHead);
    m_left->addWidget(m_runs);
    m_left->addSpacing(8);
    m_left->addWidget(heading(tr("Settings"), "strong"));
    m_left->addLayout(buttons);
    m_left->addWidget(m_why);
    m_left->addStretch();
    auto* scroll = new ColumnScroll(content);
    scroll->setObjectName(QStringLiteral("details"));
    scroll->setMinimumWidth(kLeftWidth);

    connect(m_compare, &QPushButton::clicked, this, &ExperimentFrame::compareAsked);
    connect(m_copy, &QPushButton::clicked, this, &ExperimentFrame::copyAsked);
    connect(m_run, &QPushButton::clicked, this, [this] {
        if (m_running)
            Q_EMIT stopAsked();
        else
            Q_EMIT runAsked();
    });
    return scroll;
}

QWidget* ExperimentFrame::buildMiddle(const QString& title)
{
    m_export = new QPushButton(tr("Export figure"));
    m_export->setToolTip(tr("PNG, SVG or PDF, with what it was made of inside"));
    m_head = new QHBoxLayout;
    m_head->setSpacing(8);
    m_head->addWidget(heading(title, "title"), 1);
    m_head->addWidget(m_export);
    auto* upper = new QWidget;
    m_figure = new QVBoxLayout(upper);
    m_figure->setContentsMargins(16, 12, 16, 4);
    m_figure->setSpacing(8);
    m_figure->addLayout(m_head);

    m_belowNames = new QButtonGroup(this);
    m_below = new QStackedWidget;
    m_belowHead = new QHBoxLayout;
    m_belowHead->setSpacing(8);
    m_belowHead->addStretch();
    auto* lower = new QWidget;
    auto* lowerLayout = new QVBoxLayout(lower);
    lowerLayout->setContentsMargins(16, 8, 16, 12);
    lowerLayout->setSpacing(8);
    lowerLayout->addLayout(m_belowHead);
    lowerLayout->addWidget(m_below, 1);

    m_parts = new QSplitter(Qt::Vertical);
    m_parts->setChildrenCollapsible(false);
    m_parts->setHandleWidth(1);
    m_parts->addWidget(upper);
    m_parts->addWidget(lower);
    m_parts->setStretchFactor(0, 3);
    m_parts->setStretchFactor(1, 2);
    m_parts->setSizes({480, 320});

    m_nextText = heading({}, "muted");
    m_nextText->setWordWrap(true);
    m_nextText->setAlignment(Qt::AlignCenter);
    m_nextText->setMinimumWidth(kTextWidth);
    m_nextFirst = new QPushButton;
    m_nextFirst->setObjectName(QStringLiteral("primary"));
    m_nextSecond = new QPushButton;
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(m_nextFirst);
    buttons->addWidget(m_nextSecond);
    buttons->addStretch();
    auto* next = new QWidget;
    auto* row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(m_nextText);
    row->addStretch();
    auto* nextLayout = new QVBoxLayout(next);
    nextLayout->addStretch();
    nextLayout->addLayout(row);
    nextLayout->addSpacing(12);
    nextLayout->addLayout(buttons);
    nextLayout->addStretch();

    m_middle = new QStackedWidget;
    m_middle->addWidget(m_parts);
    m_middle->addWidget(next);
    connect(m_export, &QPushButton::clicked, this, &ExperimentFrame::exportAsked);
    connect(m_belowNames, &QButtonGroup::idClicked, this, &ExperimentFrame::showBelow);
    connect(m_nextFirst, &QPushButton::clicked, this, [this] { Q_EMIT nextStepChosen(0); });
    connect(m_nextSecond, &QPushButton::clicked, this, [this] { Q_EMIT nextStepChosen(1); });
    return m_middle;
}

/// As high as its runs, up to a few; what is left is for the settings.
void ExperimentFrame::fitRuns()
{
    const int rows = std::clamp(m_runs->model()->rowCount(), 1, kRunsShown);
    const int row = std::max(m_runs->sizeHintForRow(0), 2 * m_runs->fontMetrics().lineSpacing() + kRunPadding);
    m_compare->setEnabled(m_runs->model()->rowCount() > 1);
    m_runs->setFixedHeight(rows * row + kListFrame);
}

void ExperimentFrame::setSettings(QWidget* form)
{
    m_left->insertWidget(4, form);
    m_form = form;
}

/// Those of `whole` that the tabulator stops at, in the order they were made.
static void appendStops(QList<QWidget*>& stops, QWidget* whole)
{
    if (!whole)
        return;
    if (whole->focusPolicy() & Qt::TabFocus) {
        stops << whole;
        return;
    }
    for (QWidget* part : whole->findChildren<QWidget*>())
        if ((part->focusPolicy() & Qt::TabFocus) && !part->focusProxy() && part->window() == whole->window())
            stops << part;
}

void ExperimentFrame::orderTabs()
{
    QList<QWidget*> stops{m_runs, m_compare};
    appendStops(stops, m_form);
    stops << m_run << m_copy;
    for (int i = 0; i < m_head->count(); ++i)
        appendStops(stops, m_head->itemAt(i)->widget());
    appendStops(stops, m_figure->itemAt(m_figure->count() - 1)->widget());
    for (QAbstractButton* name : m_belowNames->buttons())
        stops << name;
    for (int i = 0; i < m_below->count(); ++i)
        appendStops(stops, m_below->widget(i));
    stops << m_nextFirst << m_nextSecond << m_explain;
    for (qsizetype i = 1; i < stops.size(); ++i)
        QWidget::setTabOrder(stops[i - 1], stops[i]);
}

/// Where there is little room, it is the figure's.
void ExperimentFrame::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_explain->setVisible(width() >= kExplainFrom);
}

void ExperimentFrame::setFigure(QWidget* figure)
{
    m_figure->addWidget(figure, 1);
}

void ExperimentFrame::setFigure(FigureStack* figures)
{
    m_figures = figures;
    setFigure(static_cast<QWidget*>(figures));
}

void ExperimentFrame::addBelow(QWidget* part, const QString& name)
{
    const int number = m_below->addWidget(part);
    auto* button = new QPushButton(name);
    button->setObjectName(QStringLiteral("small"));
    button->setCheckable(true);
    m_belowNames->addButton(button, number);
    m_belowHead->insertWidget(number, button);
    if (number == 0)
        button->setChecked(true);
}

void ExperimentFrame::setBelowShown(QWidget* part, bool shown)
{
    const int number = m_below->indexOf(part);
    m_belowNames->button(number)->setVisible(shown);
    if (!shown && m_below->currentIndex() == number)
        showBelow(0);
}

void ExperimentFrame::setBelowName(QWidget* part, const QString& name)
{
    m_belowNames->button(m_below->indexOf(part))->setText(name);
}

void ExperimentFrame::addHeadButton(QPushButton* button)
{
    m_head->insertWidget(m_head->count() - 1, button);
}

void ExperimentFrame::shareHeight(double figure)
{
    constexpr int kWhole = 800;
    m_parts->setSizes({int(kWhole * figure), int(kWhole * (1 - figure))});
}

void ExperimentFrame::showBelow(int part)
{
    m_below->setCurrentIndex(part);
    if (QAbstractButton* button = m_belowNames->button(part))
        button->setChecked(true);
}

void ExperimentFrame::setNextStep(const QString& text, const QString& first, const QString& second)
{
    m_nextText->setText(text);
    m_nextFirst->setText(first);
    m_nextFirst->setVisible(!first.isEmpty());
    m_nextSecond->setText(second);
    m_nextSecond->setVisible(!second.isEmpty());
    m_middle->setCurrentIndex(text.isEmpty() ? 0 : 1);
}

QString ExperimentFrame::nextStep() const
{
    return m_nextText->text();
}

void ExperimentFrame::setRunnable(const QString& why)
{
    m_run->setEnabled(why.isEmpty());
    m_copy->setEnabled(why.isEmpty());
    m_why->setText(why);
    m_why->setVisible(!why.isEmpty());
    setRunning(m_running);
}

void ExperimentFrame::setRunning(bool running)
{
    m_running = running;
    m_run->setText(running ? tr("Stop") : tr("Run"));
    m_run->setToolTip(running ? tr("Nothing is kept of a run that is stopped") : QString());
}

QWidget* ExperimentFrame::part(const QString& name) const
{
    const bool figure = m_middle->currentWidget() == m_parts;
    const std::pair<const char*, QWidget*> parts[] = {{"form", m_form}, {"run", m_run},
        {"figure", figure ? m_parts->widget(0) : m_middle}, {"below", figure ? m_parts->widget(1) : m_middle}};
    for (const auto& [known, widget] : parts)
        if (name == QLatin1String(known))
            return widget;
    return nullptr;
}

QByteArray ExperimentFrame::saveState() const
{
    QByteArray state;
    QDataStream out(&state, QIODevice::WriteOnly);
    out << m_columns->saveState() << m_parts->saveState() << qint32(m_below->currentIndex())
        << qint32(m_figures ? m_figures->current() : 0);
    return state;
}

void ExperimentFrame::restoreState(const QByteArray& state)
{
    QDataStream in(state);
    QByteArray columns, parts;
    qint32 below = 0;
    in >> columns >> parts >> below;
    if (in.status() != QDataStream::Ok)
        return;
    m_columns->restoreState(columns);
    m_parts->restoreState(parts);
    if (below >= 0 && below < m_below->count())
        showBelow(below);
    qint32 figure = 0;
    in >> figure; // a state written before there were several figures ends here
    if (m_figures && in.status() == QDataStream::Ok)
        m_figures->setCurrent(figure);
}

} // namespace clipscope
