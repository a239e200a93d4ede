// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_comparison_dialog.h"

#include "models/run_comparison_model.h"

#include <QCheckBox>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

namespace clipscope {

namespace {
constexpr int kRowHeight = 26;
constexpr int kNameWidth = 220;
constexpr int kColumnWidth = 170;
} // namespace

RunComparisonDialog::RunComparisonDialog(std::vector<StoredRun> runs, QWidget* parent)
    : QDialog(parent)
    , m_runs(std::move(runs))
    , m_model(new RunComparisonModel(this))
    , m_differences(new QCheckBox(tr("&Differences only")))
    , m_seeds(new QCheckBox(tr("&Seeds together")))
{
    setWindowTitle(tr("Compare runs"));
    m_differences->setChecked(true);
    m_differences->setToolTip(tr("Leave out the settings that all of them share"));
    m_seeds->setChecked(true);
    m_seeds->setToolTip(tr("Runs that differ by their seed alone are one column: mean and standard deviation"));
    auto* table = new QTableView;
    table->setModel(m_model);
    table->setAccessibleName(tr("Runs side by side"));
    table->setShowGrid(false);
    table->setTabKeyNavigation(false);
    table->setWordWrap(false);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(kRowHeight);
    table->horizontalHeader()->setDefaultSectionSize(kColumnWidth);
    table->horizontalHeader()->setHighlightSections(false);
    auto* copy = new QPushButton(tr("&Copy as text"));
    auto* close = new QPushButton(tr("Close"));
    auto* row = new QHBoxLayout;
    row->addWidget(m_differences);
    row->addWidget(m_seeds);
    row->addStretch();
    row->addWidget(copy);
    row->addWidget(close);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(8);
    layout->addWidget(table, 1);
    layout->addLayout(row);
    resize(820, 560);
    connect(m_differences, &QCheckBox::toggled, this, &RunComparisonDialog::compare);
    connect(m_seeds, &QCheckBox::toggled, this, &RunComparisonDialog::compare);
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_model->asText()); });
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
    compare();
    table->setColumnWidth(0, kNameWidth);
}

void RunComparisonDialog::compare()
{
    CompareOptions options;
    options.differencesOnly = m_differences->isChecked();
    options.groupSeeds = m_seeds->isChecked();
    m_model->setComparison(compareRuns(m_runs, options));
}

} // namespace clipscope
